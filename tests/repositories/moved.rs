//! Repositories that were copied or moved while a run waited.

use crate::support::drive::{expect_in, git_in, last};
use crate::support::project::{Project, WORKS};
use std::process::Command;

const GATED: &str = "  - { id: build, name: Build, role: build }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\" } }
";

/// A project whose run waits at its gate.
fn waiting() -> Project {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let _ = project.run(&["run", "T001"]);
    project
}

#[test]
fn a_copied_repository_never_acts_on_the_originals_run() {
    let project = waiting();
    let run = last(&project);
    let copy = project.outside("copy");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(project.home())
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let state = std::fs::read(run.active_dir().run_state()).unwrap();
    let home = project.home().display().to_string();
    let id = run.order.run.as_str();
    for args in [&["approve", id][..], &["cancel", id, "--reason", "x"]] {
        let ran = crate::support::project::ran(
            &project.command(args).current_dir(&copy).output().unwrap(),
        );
        assert_ne!(ran.code, 0, "{args:?}: {}", ran.out);
        assert!(ran.err.contains(&home), "{args:?}: {}", ran.err);
    }
    let told = expect_in(&project, &copy, 0, &["status", "--json"]);
    assert!(
        told.out.contains("belongs to the repository at"),
        "{}",
        told.out
    );
    let kept = expect_in(&project, &copy, 0, &["clean", "--apply"]);
    assert!(!kept.out.contains("removed"), "{}", kept.out);
    assert_eq!(std::fs::read(run.active_dir().run_state()).unwrap(), state);
    assert!(run.order.tree.join("page.txt").exists());
    assert_eq!(last(&project).run.state(), run.run.state());
}

#[test]
fn a_moved_repository_says_so_and_goes_on_by_a_link_in_the_old_place() {
    let project = waiting();
    let id = last(&project).order.run.to_string();
    let moved = project.outside("moved");
    std::fs::rename(project.home(), &moved).unwrap();
    let ran = expect_in(&project, &moved, 2, &["cancel", &id, "--reason", "x"]);
    assert!(ran.err.contains("ln -s"), "{}", ran.err);
    let left = expect_in(&project, &moved, 0, &["clean"]);
    assert!(left.out.contains("tree"), "{}", left.out);
    std::os::unix::fs::symlink(&moved, project.outside("home")).unwrap();
    expect_in(&project, &moved, 0, &["cancel", &id, "--reason", "x"]);
    let tree = last(&project).order.tree;
    assert!(git_in(&tree, &["status", "--short"]).is_empty());
}

#[test]
fn a_folder_that_git_forgot_is_listed_and_taken_away() {
    let project = waiting();
    let view = last(&project);
    let id = view.order.run.to_string();
    project.expect(0, &["cancel", &id, "--reason", "x"]);
    project.until(&id, |v| !v.supervised);
    let tree = view.order.tree.display().to_string();
    project.git(&["worktree", "remove", "--force", "--force", &tree]);
    // What a removal leaves that could not go on.
    std::fs::create_dir_all(view.order.tree.join("cache/mod")).unwrap();
    let listed = project.expect(0, &["clean"]);
    assert!(listed.out.contains("may go  folder"), "{}", listed.out);
    std::fs::write(view.order.tree.join(".git"), "gitdir: elsewhere\n").unwrap();
    let kept = project.expect(0, &["clean", "--apply"]);
    assert!(kept.out.contains("it may hold work"), "{}", kept.out);
    std::fs::remove_file(view.order.tree.join(".git")).unwrap();
    project.expect(0, &["clean", "--apply"]);
    assert!(!view.order.tree.exists());
}
