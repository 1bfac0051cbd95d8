//! The same private harness from every working tree and folder of the repository, and beside one of
//! the team's.

use crate::support::drive::{expect_in, git_in, last};
use crate::{NOTE, PLACE, files, nothing_shows, of_a_team, read, with};

#[test]
fn every_working_tree_of_the_repository_shares_it() {
    let project = with("echo dark >>page.txt");
    let linked = project.outside("linked");
    project.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    let told = expect_in(&project, &linked, 0, &["status"]).out;
    assert!(told.contains("T001"), "{told}");
    let below = linked.join("below");
    std::fs::create_dir(&below).unwrap();
    expect_in(&project, &below, 0, &["check"]);
    expect_in(&project, &linked, 6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    // The other working tree sees the same backlog, and may decide.
    let told = project.expect(0, &["status"]).out;
    assert!(told.contains(&run), "{told}");
    assert!(read(&project, "backlog.md").contains("In Progress"));
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    assert_eq!(git_in(&linked, &["status", "--porcelain", "--ignored"]), "");
    assert_eq!(git_in(&linked, &["log", "-1", "--format=%s"]), "Dark mode");
    let page = std::fs::read_to_string(linked.join("page.txt")).unwrap();
    assert_eq!(page, "light\ndark\n");
    assert!(read(&project, "backlog.md").contains("Done"));
    nothing_shows(&project);
}

#[test]
fn it_stands_in_for_one_of_the_teams_that_comes_later() {
    let project = with("echo dark >>page.txt");
    let kept = files(&project.home().join(PLACE));
    let ours = "# Task T001 — Ours\n\nStatus: Ready\n\n## Summary\n\ns\n\n## Acceptance Criteria\n\n- AC-1: It is.\n";
    project.put("harness/tasks/T001-ours.md", ours);
    project.put("harness/artifacts/notes/T001-note.md", "Ours.\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "A harness of ours"]);
    let told = project.expect(0, &["check"]).out;
    assert!(told.contains("has a harness/ of its own too"), "{told}");
    let told = project.expect(0, &["status"]).out;
    assert!(told.contains("Dark mode"), "{told}");
    let told = project.expect(0, &["--project", ".", "status"]).out;
    assert!(
        told.contains("Ours") && !told.contains("Dark mode"),
        "{told}"
    );
    assert_eq!(files(&project.home().join(PLACE)), kept);
    // A run goes by the private one, also where both have a file, and lands nothing on the team's.
    project.expect(6, &["run", "T001"]);
    project.put("harness/artifacts/notes/T001-note.md", "Ours, anew.\n");
    project.put("harness/roles/build.md", "Ours.\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "More of ours"]);
    let before = project.git(&["rev-parse", "HEAD:harness"]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    assert_eq!(project.git(&["rev-parse", "HEAD:harness"]), before);
    assert_eq!(project.git(&["show", "HEAD:page.txt"]), "light\ndark");
    assert_eq!(read(&project, "artifacts/notes/T001-note.md").trim(), NOTE);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn where_there_is_no_git_it_is_refused_with_a_way_out() {
    let project = of_a_team();
    let nowhere = project.outside("nowhere");
    std::fs::create_dir(&nowhere).unwrap();
    let refused = expect_in(&project, &nowhere, 2, &["init", "--private"]);
    assert!(
        refused.err.contains("leave --private out"),
        "{}",
        refused.err
    );
}

#[test]
fn a_run_whose_base_moved_is_refreshed_and_keeps_its_harness() {
    let project = with("echo dark >>page.txt");
    project.expect(6, &["run", "T001"]);
    project.put("other.txt", "theirs\n");
    // A harness of the team's: with files that the private one has too, and with others.
    let flow = "name: teamflow\nstages:\n  - { id: a, name: A, run: \"true\" }\n";
    for (path, text) in [
        ("backlog.md", "The team's.\n"),
        ("notes.md", "The team's.\n"),
        ("artifacts/notes/T001-note.md", "The team's.\n"),
        ("workflows/teamflow.yaml", flow),
    ] {
        project.put(&format!("harness/{path}"), text);
    }
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "Meanwhile"]);
    let team = project.git(&["rev-parse", "HEAD:harness"]);
    let run = last(&project).order.run.to_string();
    let told = project.expect(0, &["status", &run]).out;
    assert!(told.contains("none of the run's files"), "{told}");
    project.expect(0, &["refresh", &run]);
    let told = project.view(&run);
    let tree = &told.order.tree;
    assert!(tree.join("other.txt").exists() && tree.join("harness/standards/words.md").exists());
    assert!(!tree.join("harness/notes.md").exists());
    let note = std::fs::read_to_string(tree.join("harness/artifacts/notes/T001-note.md"));
    assert_eq!(note.unwrap().trim(), NOTE);
    project.until(&run, |v| {
        !v.supervised && v.run.state() == harness_tui::terms::RunState::AwaitingApproval
    });
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    let names = project.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    assert!(names.ends_with("\nother.txt\npage.txt"), "{names}");
    assert_eq!(project.git(&["rev-parse", "HEAD:harness"]), team);
    let kept = files(&project.home().join(PLACE));
    for path in ["notes.md", "workflows/teamflow.yaml"] {
        assert!(!kept.contains_key(std::path::Path::new(path)), "{path}");
    }
    assert!(read(&project, "backlog.md").contains("Done"));
    assert_eq!(read(&project, "artifacts/notes/T001-note.md").trim(), NOTE);
    assert_eq!(project.git(&["show", "HEAD:page.txt"]), "light\ndark");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn it_is_made_and_serves_wherever_the_git_folder_lies() {
    let team = of_a_team();
    let at = |name: &str| team.outside(name);
    let words = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let home = words(&team.home());
    let git = |args: &[&str]| {
        let allowed = ["-c", "protocol.file.allow=always"];
        team.git(&[&allowed, args].concat());
    };
    // A linked working tree, one of a bare repository, a git folder apart, a submodule.
    let (linked, bare, of_bare) = (at("linked"), words(&at("bare.git")), at("of-bare"));
    git(&["worktree", "add", "-q", "-b", "side", &words(&linked)]);
    git(&["clone", "-q", "--bare", &home, &bare]);
    let add = ["worktree", "add", "-q", &words(&of_bare)];
    git(&[&["--git-dir", &bare], &add[..]].concat());
    let (apart, folder) = (at("apart"), words(&at("apart.git")));
    let to = ["--separate-git-dir", &folder, &home, &words(&apart)];
    git(&[&["clone", "-q"], &to[..]].concat());
    let over = words(&at("over"));
    git(&["init", "-q", &over]);
    git(&["-C", &over, "submodule", "add", "-q", &home, "used"]);
    let used = at("over/used");
    let places = [
        (linked, team.home().join(".git")),
        (of_bare, at("bare.git")),
        (apart, at("apart.git")),
        (used, at("over/.git/modules/used")),
    ];
    for (tree, common) in places {
        expect_in(&team, &tree, 0, &["init", "--private"]);
        let place = common.join("harness/private/harness");
        assert!(place.join("harness.yaml").is_file(), "{}", tree.display());
        let told = expect_in(&team, &tree, 0, &["status"]).out;
        assert!(!told.contains("no harness"), "{told}");
        let told = expect_in(&team, &tree, 0, &["init"]).out;
        assert!(told.contains("Nothing to do"), "{told}");
        assert_eq!(git_in(&tree, &["status", "--porcelain", "--ignored"]), "");
    }
}
