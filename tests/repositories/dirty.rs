//! A checkout with uncommitted files of every kind: left out of a run, or taken along. Either way
//! the person's files, index and branch stay as they are.

use super::BUILD;
use crate::support::drive::{git_in, last, on_branch, report, stage};
use crate::support::landed::request;
use crate::support::project::{Project, put};
use harness_tui::landing::bring::{Way, bring};
use harness_tui::landing::land::prepare;
use harness_tui::terms::{Outcome, RunState};
use std::process::Command;

/// Adds a line to a file that the person has changed too, where it is there.
const ADDS: &str = "cat >/dev/null; echo dark >> page.txt; echo more >> one.txt";

fn project() -> Project {
    let project = Project::new().agent("build", ADDS);
    for name in ["one", "two", "three", "four", "staged", "both", "gone"] {
        project.put(&format!("{name}.txt"), "first\n");
    }
    project.put("tool.sh", "true\n");
    project.put(".gitignore", "ignored/\n");
    project.flow(BUILD)
}

/// 14 files that differ from the commit.
fn make_dirty(project: &Project) {
    for name in ["one", "two", "three", "four"] {
        project.put(&format!("{name}.txt"), "first\nsecond\n");
    }
    for name in ["staged", "both"] {
        project.put(&format!("{name}.txt"), "first\nstaged\n");
    }
    project.put("new.txt", "new\n");
    project.put("deep/new.txt", "new\n");
    project.git(&["add", "staged.txt", "both.txt", "new.txt", "deep/new.txt"]);
    project.put("both.txt", "first\nstaged\nand more\n");
    project.put("untracked.txt", "untracked\n");
    project.put("two words ünd.txt", "untracked\n");
    project.put("deep/er/untracked.txt", "untracked\n");
    project.put("ignored/file.txt", "ignored\n");
    std::fs::remove_file(project.home().join("gone.txt")).unwrap();
    let chmod = Command::new("chmod")
        .arg("+x")
        .arg(project.home().join("tool.sh"))
        .status();
    assert!(chmod.unwrap().success());
    // A link is a change as well.
    std::os::unix::fs::symlink("page.txt", project.home().join("link")).unwrap();
}

/// The person's side: the index byte for byte, what git says of every file outside harness/ and
/// what is in each, the branch, the stash.
fn theirs(project: &Project) -> (Vec<u8>, String, String) {
    let index = std::fs::read(project.home().join(".git/index")).unwrap();
    let status = [
        "--no-optional-locks",
        "status",
        "--porcelain=v2",
        "--branch",
        "--untracked-files=all",
        "--ignored",
        "--",
        ":(exclude)harness",
    ];
    let status = project.git(&status) + &project.git(&["stash", "list"]);
    let mut names: Vec<_> = walk(&project.home());
    names.sort();
    (index, status, names.join("\n"))
}

fn walk(dir: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = std::fs::symlink_metadata(&path).unwrap();
        if path.ends_with(".git") || path.ends_with("harness") {
            continue;
        }
        if meta.is_dir() {
            found.extend(walk(&path));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(format!(
                "{} {:?} {text}",
                path.display(),
                meta.permissions()
            ));
        }
    }
    found
}

#[test]
fn what_is_not_committed_is_left_out_and_said() {
    let project = project();
    make_dirty(&project);
    let before = theirs(&project);
    let sheet = project.expect(0, &["run", "T001", "--dry-run"]);
    assert!(
        sheet.out.contains("not included: 14 uncommitted files"),
        "{}",
        sheet.out
    );
    let ran = project.expect(0, &["run", "T001"]);
    assert!(ran.out.contains("14 uncommitted files"), "{}", ran.out);
    assert_eq!(theirs(&project), before);
    let view = last(&project);
    assert_eq!(on_branch(&view, "one.txt").unwrap(), "first\nmore\n");
    assert_eq!(on_branch(&view, "new.txt"), None);
    assert_eq!(view.order.taken_on, None);
}

#[test]
fn what_is_not_committed_is_taken_along_as_a_commit_of_its_own() {
    let project = project();
    make_dirty(&project);
    let before = theirs(&project);
    let sheet = project.expect(0, &["run", "T001", "--dry-run", "--with-changes"]);
    let said = "included: 14 uncommitted files, as a commit of their own";
    assert!(sheet.out.contains(said), "{}", sheet.out);
    assert_eq!(theirs(&project), before, "looking changes nothing");
    project.expect(0, &["run", "T001", "--with-changes"]);
    assert_eq!(theirs(&project), before);
    let view = last(&project);
    let head = project.git(&["rev-parse", "HEAD"]);
    let on = view.order.taken_on.as_ref().unwrap();
    assert_eq!(on.as_str(), head);
    let base = view.order.base.as_str();
    let changes = ["diff", "--raw", "--no-renames", "--name-only", &head, base];
    assert_eq!(project.git(&changes).lines().count(), 14);
    let message = project.git(&["log", "-1", "--format=%B", base]);
    assert!(message.starts_with("Uncommitted changes"), "{message}");
    assert!(message.contains(&format!("Harness-Run: {}", view.order.run)));
    // The run's own change is what it did upon them, and nothing of theirs is missing.
    assert_eq!(
        on_branch(&view, "one.txt").unwrap(),
        "first\nsecond\nmore\n"
    );
    assert_eq!(
        on_branch(&view, "both.txt").unwrap(),
        "first\nstaged\nand more\n"
    );
    assert_eq!(on_branch(&view, "gone.txt"), None);
    assert_eq!(on_branch(&view, "ignored/file.txt"), None);
    let mode = ["ls-tree", view.order.branch.as_str(), "tool.sh", "link"];
    let mode = project.git(&mode);
    assert!(mode.contains("100755") && mode.contains("120000"), "{mode}");
    let did = stage(&view, "build").last_result().unwrap();
    assert_eq!(did.outcome, Outcome::Passed);
    assert!(report(&view).contains("with what was not committed"));
    // The harness's own files are used as they are, and are no part of it.
    let names = project.git(&["diff", "--name-only", &head, base]);
    assert!(!names.contains("harness/"), "{names}");
}

#[test]
fn what_was_taken_along_lands_with_the_run_where_it_is_as_it_was_taken() {
    let project = project();
    make_dirty(&project);
    project.expect(0, &["run", "T001", "--with-changes"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    let run = view.order.run.as_str();
    // Half of it is staged: what is staged would be lost.
    let before = theirs(&project);
    let refused = project.run(&["land", run]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("both.txt"), "{}", refused.err);
    assert!(!refused.err.contains("two.txt"), "{}", refused.err);
    assert_eq!(theirs(&project), before);
    project.git(&["add", "both.txt"]);
    // Changed since: it is theirs alone.
    project.put("two.txt", "first\nsecond\nthird\n");
    let refused = project.run(&["land", run]);
    assert!(refused.err.contains("two.txt"), "{}", refused.err);
    project.put("two.txt", "first\nsecond\n");
    let shown = project.expect(0, &["land", run, "--dry-run"]);
    assert!(shown.out.contains("14 files of yours"), "{}", shown.out);
    project.expect(0, &["land", run]);
    assert_eq!(project.read("one.txt"), "first\nsecond\nmore\n");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.read("untracked.txt"), "untracked\n");
    assert!(!project.home().join("gone.txt").exists());
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    let tool = project.git(&["ls-tree", "HEAD", "tool.sh"]);
    assert!(tool.contains("100755"), "{tool}");
    let link = std::fs::read_link(project.home().join("link")).unwrap();
    assert_eq!(link, std::path::Path::new("page.txt"));
    assert!(project.git(&["ls-tree", "HEAD", "link"]).contains("120000"));
}

#[test]
fn a_landing_that_is_taken_back_gives_every_file_back_as_it_was() {
    let project = project();
    make_dirty(&project);
    project.git(&["add", "both.txt"]);
    project.expect(0, &["run", "T001", "--with-changes"]);
    let view = last(&project);
    let mut wanted = request();
    wanted.into = Some("main".to_owned());
    let before = theirs(&project);
    let staged = project.git(&["ls-files", "-s"]);
    let intent = prepare(&view, &wanted, &mut Vec::new()).unwrap();
    assert_eq!(intent.taken.len(), 14);
    // As often as somebody cuts it off.
    for again in [false, true, true] {
        bring(&intent, Way::There, again).unwrap();
        assert_eq!(project.read("one.txt"), "first\nsecond\nmore\n");
    }
    for _ in 0..2 {
        bring(&intent, Way::Back, true).unwrap();
        assert_eq!(project.git(&["ls-files", "-s"]), staged);
        let after = theirs(&project);
        assert_eq!((after.1, after.2), (before.1.clone(), before.2.clone()));
    }
    // What the person wrote in the middle of it stays.
    bring(&intent, Way::There, true).unwrap();
    put(&project.home().join("one.txt"), "mine\n");
    bring(&intent, Way::Back, true).unwrap();
    assert_eq!(project.read("one.txt"), "mine\n");
    assert_eq!(git_in(&project.home(), &["ls-files", "-s"]), staged);
}

#[test]
fn what_can_not_be_taken_along_is_named() {
    let project = project();
    let large = std::fs::File::create(project.home().join("large.bin")).unwrap();
    large.set_len(300 << 20).unwrap();
    let ran = project.expect(2, &["run", "T001", "--with-changes"]);
    assert!(ran.err.contains("large.bin (300 MiB)"), "{}", ran.err);
    assert!(ran.err.contains(".gitignore"), "{}", ran.err);
    std::fs::remove_file(project.home().join("large.bin")).unwrap();
    // A repository of its own is not taken for a folder.
    project.git(&["init", "-q", "other"]);
    project.put("other/file.txt", "theirs\n");
    git_in(&project.home().join("other"), &["add", "-A"]);
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let commit = [&who[..], &["commit", "-qm", "theirs"]].concat();
    git_in(&project.home().join("other"), &commit);
    project.put("untracked.txt", "mine\n");
    project.expect(0, &["run", "T001", "--with-changes"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "untracked.txt").unwrap(), "mine\n");
    let tree = project.git(&["ls-tree", "-r", "--name-only", &view.order.branch]);
    assert!(!tree.contains("other"), "{tree}");
    // The middle of a merge.
    project.git(&["checkout", "-q", "-b", "side"]);
    project.put("page.txt", "side\n");
    project.git(&["commit", "-qam", "side"]);
    project.git(&["checkout", "-q", "main"]);
    project.put("page.txt", "main\n");
    project.git(&["commit", "-qam", "main"]);
    let merge = Command::new("git")
        .args(["merge", "-q", "side"])
        .current_dir(project.home())
        .output()
        .unwrap();
    assert!(!merge.status.success());
    let ran = project.expect(2, &["run", "T001", "--with-changes", "--new"]);
    assert!(ran.err.contains("in the middle of a merge"), "{}", ran.err);
}
