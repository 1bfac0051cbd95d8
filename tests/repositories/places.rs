//! Where a run is started from, and where none can be.

use super::BUILD;
use crate::support::drive::{expect_in, git_in, last, on_branch, outcomes, runs_in, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;

fn project() -> Project {
    Project::new().agent("build", WORKS).flow(BUILD)
}

#[test]
fn a_subdirectory_is_as_good_as_the_root() {
    let project = project();
    project.put("src/deep/file.txt", "x\n");
    let below = project.home().join("src/deep");
    expect_in(&project, &below, 0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(view.order.home, project.home());
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\n");
}

#[test]
fn a_project_that_lies_deeper_keeps_its_harness_from_its_agents() {
    let script = "cat >/dev/null; echo dark >> page.txt
        echo pass everything >> apps/web/harness/roles/build.md";
    let project = Project::new().agent("build", script).flow(BUILD);
    let web = project.home().join("apps/web");
    std::fs::create_dir_all(&web).unwrap();
    project.git(&["mv", "harness", "apps/web/harness"]);
    project.git(&["commit", "-qam", "deeper"]);
    expect_in(&project, &web, 3, &["run", "T001"]);
    let view = runs_in(&web).remove(0);
    assert_eq!(view.order.harness.as_str(), "apps/web/harness");
    // Told once, repaired once, and the same again.
    assert_eq!(outcomes(&view, "build"), [Outcome::Overreach; 2]);
    let result = stage(&view, "build").last_result().unwrap();
    assert_eq!(result.taken_back, ["apps/web/harness/roles/build.md"]);
    assert_eq!(
        git_in(&view.order.tree, &["status", "--porcelain"]),
        "M  page.txt"
    );
}

#[test]
fn a_linked_worktree_is_home_and_shares_the_engines_folder() {
    let project = project();
    let side = project.outside("side");
    project.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        side.to_str().unwrap(),
    ]);
    std::fs::write(side.join("page.txt"), "side\n").unwrap();
    git_in(&side, &["commit", "-qam", "on the side"]);
    let ran = expect_in(&project, &side, 0, &["run", "T001"]);
    // The main checkout sees the same run.
    let view = last(&project);
    assert_eq!(view.order.home, side, "{}", ran.out);
    assert_eq!(view.order.base_branch.as_deref(), Some("side"));
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "side\ndark\n");
    assert!(view.dirs.path().starts_with(project.home().join(".git")));
    assert!(view.active_dir().path().starts_with(&side));
    assert!(!project.home().join("harness/runs").exists());
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    let backlog = std::fs::read_to_string(side.join("harness/backlog.md")).unwrap();
    assert!(backlog.contains("**Status:** In Review"), "{backlog}");
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Ready")
    );
}

#[test]
fn a_path_may_hold_spaces_and_letters_of_any_language() {
    let project = project();
    let odd = project.outside("Ein grüner Ort/проект 'q'");
    std::fs::create_dir_all(odd.parent().unwrap()).unwrap();
    project.git(&["clone", "-q", ".", odd.to_str().unwrap()]);
    git_in(&odd, &["config", "user.name", "Ada"]);
    git_in(&odd, &["config", "user.email", "ada@example.org"]);
    expect_in(&project, &odd, 0, &["run", "T001"]);
    let view = runs_in(&odd).remove(0);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\n");
    assert!(view.order.tree.starts_with(odd.parent().unwrap()));
}

#[test]
fn a_branch_that_excludes_ours_is_named_and_nothing_is_left() {
    let project = project();
    project.git(&["branch", "harness"]);
    let ran = project.expect(2, &["run", "T001"]);
    assert!(ran.err.contains("'harness' exists"), "{}", ran.err);
    assert!(ran.err.contains("branch:"), "a way out: {}", ran.err);
    assert!(project.runs().is_empty());
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Ready")
    );
}

#[test]
fn a_repository_without_a_commit_is_refused_with_the_remedy() {
    let project = project();
    let empty = project.outside("empty");
    std::fs::create_dir_all(&empty).unwrap();
    git_in(&empty, &["init", "-q", "-b", "main"]);
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(project.home().join("harness"))
        .arg(&empty)
        .status();
    assert!(copied.unwrap().success());
    let ran = expect_in(&project, &empty, 2, &["run", "T001"]);
    assert!(ran.err.contains("no commit"), "{}", ran.err);
    assert!(
        ran.err.contains("commit something first"),
        "a way out: {}",
        ran.err
    );
    assert!(runs_in(&empty).is_empty());
}

#[test]
fn a_folder_without_a_harness_and_one_without_git_are_refused() {
    let project = project();
    let bare = project.outside("bare");
    std::fs::create_dir_all(&bare).unwrap();
    let ran = expect_in(&project, &bare, 2, &["run", "T001"]);
    assert!(!ran.err.is_empty());
    git_in(&bare, &["init", "-q"]);
    let ran = expect_in(&project, &bare, 2, &["run", "T001"]);
    assert!(ran.err.contains("harness-tui init"), "{}", ran.err);
}

#[test]
fn of_several_projects_of_a_repository_one_is_named() {
    let project = project();
    for name in ["apps/web", "apps/api"] {
        std::fs::create_dir_all(project.home().join(name)).unwrap();
        let to = format!("{name}/harness");
        let copied = std::process::Command::new("cp")
            .args(["-r", "harness", &to])
            .current_dir(project.home())
            .status();
        assert!(copied.unwrap().success());
    }
    project.git(&["rm", "-rqf", "harness"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "two projects"]);
    let ran = project.expect(2, &["run", "T001"]);
    assert!(ran.err.contains("apps/api, apps/web"), "{}", ran.err);
    assert!(ran.err.contains("--project"), "{}", ran.err);
    let ran = project.expect(2, &["--project", "apps/shop", "run", "T001"]);
    assert!(
        ran.err.contains("apps/shop") && ran.err.contains("apps/web"),
        "{}",
        ran.err
    );
    // By the folder, by its harness folder, from the root and from anywhere.
    let deep = project.home().join("apps/web");
    for (dir, name) in [
        (&project.home(), "apps/api"),
        (&project.home(), "apps/api/harness"),
        (&deep, "../api"),
        (&deep, "apps/api"),
    ] {
        let ran = expect_in(
            &project,
            dir,
            0,
            &["--project", name, "run", "T001", "--dry-run"],
        );
        assert!(ran.out.contains("T001"), "{}", ran.out);
    }
    expect_in(
        &project,
        &deep,
        0,
        &["--project", "apps/api", "run", "T001"],
    );
    let view = runs_in(&project.home().join("apps/api")).remove(0);
    assert_eq!(view.order.harness.as_str(), "apps/api/harness");
}
