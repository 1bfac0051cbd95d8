//! Clones that hold not all objects, and those that hold not all history.

use super::BUILD;
use super::kinds::{changed, did_its_work, lands_in, passes_in, run_in};
use crate::support::drive::{file_of, git_in, outcomes};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;
use std::path::{Path, PathBuf};

/// A clone of a project whose history holds many objects, made with these arguments; and where it
/// comes from.
fn cloned(project: &Project, args: &[&str]) -> (PathBuf, PathBuf) {
    for n in 0..4 {
        project.put("data.txt", &format!("version {n}\n"));
        project.put("docs/big.txt", &format!("large {n}\n"));
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", "more"]);
    }
    let (server, home) = (project.outside("server.git"), project.outside("clone"));
    let path = server.to_str().unwrap();
    project.git(&["clone", "-q", "--bare", ".", path]);
    git_in(&server, &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{path}");
    let all = [&["clone", "-q"][..], args, &[&url, home.to_str().unwrap()]].concat();
    project.git(&all);
    git_in(&home, &["config", "user.name", "Ada"]);
    git_in(&home, &["config", "user.email", "ada@example.org"]);
    (server, home)
}

/// How many objects of the history are not there.
fn missing(home: &Path) -> usize {
    let all = ["rev-list", "--objects", "--all", "--missing=print"];
    let listed = git_in(home, &all);
    listed.lines().filter(|l| l.starts_with('?')).count()
}

#[test]
fn a_partial_clone_stays_partial_and_works_without_its_remote() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let (server, home) = cloned(&project, &["--filter=blob:none"]);
    let lacking = missing(&home);
    assert!(lacking > 5, "{lacking}");
    let view = passes_in(&project, &home, "with its remote");
    did_its_work(&view, "with its remote");
    assert_eq!(missing(&home), lacking, "something was fetched");
    std::fs::rename(&server, project.outside("gone.git")).unwrap();
    let view = passes_in(&project, &home, "without its remote");
    did_its_work(&view, "without its remote");
    lands_in(&project, &view, "without its remote");
    assert_eq!(missing(&home), lacking, "something was fetched");
}

/// A clone of which only a part is checked out, and the rest is not there; its remote is gone.
fn lacking(project: &Project) -> PathBuf {
    let args = ["--filter=blob:none", "--no-checkout"];
    let (server, home) = cloned(project, &args);
    let rules = ["sparse-checkout", "set", "--no-cone", "/*", "!/docs/"];
    git_in(&home, &rules);
    git_in(&home, &["checkout", "-q"]);
    std::fs::rename(server, project.outside("gone.git")).unwrap();
    home
}

#[test]
fn what_is_written_where_the_clone_holds_nothing_is_taken_back_without_a_remote() {
    let script = "cat >/dev/null; echo dark >> page.txt; mkdir docs; echo mine > docs/big.txt";
    let stages = "  - { id: build, name: Build, role: build, writes: [page.txt] }\n";
    let project = Project::new().agent("build", script).flow(stages);
    let home = lacking(&project);
    let view = run_in(&project, &home, 3, "lacking");
    assert_eq!(outcomes(&view, "build"), [Outcome::Overreach; 2]);
    let patch = file_of(&view, "build", 1, "guard.patch");
    assert!(patch.contains("+mine"), "{patch}");
    assert!(!view.order.tree.join("docs").exists());
}

#[test]
fn what_a_partial_clone_lacks_and_cannot_get_is_told_in_clear_words() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let home = lacking(&project);
    // A branch whose files were never here.
    git_in(&home, &["branch", "old", "HEAD~2"]);
    git_in(&home, &["symbolic-ref", "HEAD", "refs/heads/old"]);
    let ran = crate::support::project::ran(
        &project
            .command(&["run", "T001"])
            .current_dir(&home)
            .output()
            .unwrap(),
    );
    assert_ne!(ran.code, 0, "{}", ran.out);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("this is a partial clone"), "{told}");
    assert!(told.contains("its remote can be reached"), "{told}");
}

#[test]
fn a_shallow_clone_and_replaced_objects_are_worked_on_and_landed() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let (_server, home) = cloned(&project, &["--depth=1"]);
    let view = passes_in(&project, &home, "shallow");
    did_its_work(&view, "shallow");
    lands_in(&project, &view, "shallow");
    // The tip itself is replaced, by a commit that holds one file more.
    let home = project.home();
    std::fs::write(home.join("more.txt"), "more\n").unwrap();
    let tip = project.git(&["rev-parse", "HEAD"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "--amend", "-m", "in its place"]);
    let other = project.git(&["rev-parse", "HEAD"]);
    project.git(&["reset", "-q", "--hard", &tip]);
    project.git(&["replace", &tip, &other]);
    project.git(&["reset", "-q", "--hard"]);
    let view = passes_in(&project, &home, "replaced");
    assert_eq!(changed(&view), ["page.txt"]);
    lands_in(&project, &view, "replaced");
}
