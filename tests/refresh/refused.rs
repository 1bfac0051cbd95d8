//! What can't be had changes nothing, and is told with what to do.

use crate::support::drive::{git_in, last};
use crate::support::project::{Project, WORKS};
use crate::{at_the_gate, base_moves, everything, refreshed};

#[test]
fn a_conflict_changes_nothing_and_names_the_paths() {
    let (project, run) = at_the_gate();
    base_moves(&project, "page.txt", "bright\n");
    let told = project.expect(0, &["status", &run]).out;
    assert!(told.contains("1 file of the run's too"), "{told}");
    let before = everything(&project, &last(&project));
    let dry = project.expect(3, &["refresh", &run, "--dry-run"]);
    assert!(
        dry.out.contains("conflict") && dry.out.contains("page.txt"),
        "{}",
        dry.out
    );
    let ran = project.expect(3, &["refresh", &run]);
    assert!(
        ran.err.contains("page.txt") && ran.err.contains("nothing was changed"),
        "{}",
        ran.err
    );
    assert_eq!(everything(&project, &last(&project)), before);
    assert_eq!(refreshed(&last(&project)), 0);
    // What stood at the gate still does.
    project.expect(0, &["approve", &run, "--follow"]);
}

#[test]
fn an_artifact_that_the_base_changed_too_is_a_conflict() {
    let (project, run) = at_the_gate();
    base_moves(&project, "harness/artifacts/T001-review.md", "ours\n");
    let ran = project.expect(3, &["refresh", &run]);
    assert!(ran.err.contains("T001-review.md"), "{}", ran.err);
}

#[test]
fn work_of_a_person_in_the_runs_tree_is_not_lost_by_it() {
    let (project, run) = at_the_gate();
    let tree = last(&project).order.tree;
    std::fs::write(tree.join("page.txt"), "by hand\n").unwrap();
    base_moves(&project, "other.txt", "theirs\n");
    let before = everything(&project, &last(&project));
    for order in [&["refresh", &run][..], &["refresh", &run, "--dry-run"]] {
        let ran = project.expect(2, order);
        assert!(ran.err.contains("page.txt"), "{}", ran.err);
        assert_eq!(ran.err.matches("refused").count(), 1, "{}", ran.err);
    }
    assert_eq!(everything(&project, &last(&project)), before);
    assert_eq!(
        std::fs::read_to_string(tree.join("page.txt")).unwrap(),
        "by hand\n"
    );
}

#[test]
fn a_run_in_place_and_one_from_no_branch_have_no_base_to_follow() {
    let gated = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    let project = Project::new().agent("build", WORKS);
    let project = project.settings("isolation: in-place\n").flow(gated);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let ran = project.expect(2, &["refresh", &run]);
    assert!(ran.err.contains("in place"), "{}", ran.err);
    assert_eq!(ran.err.matches(&run).count(), 1, "{}", ran.err);

    let project = Project::new().agent("build", WORKS).flow(gated);
    project.git(&["checkout", "-q", "--detach"]);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let ran = project.expect(2, &["refresh", &run]);
    assert!(ran.err.contains("from no branch"), "{}", ran.err);
}

#[test]
fn no_attempt_refreshes_its_own_run() {
    let (project, run) = at_the_gate();
    base_moves(&project, "other.txt", "theirs\n");
    let mut command = project.command(&["refresh", &run]);
    let out = command
        .env("HARNESS_ATTEMPT", "RUN-x/build.1.1")
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(refreshed(&last(&project)), 0);
    let tree = last(&project).order.tree;
    assert!(!git_in(&tree, &["log", "--format=%s", "-1"]).contains("Refreshed"));
}

#[test]
fn a_base_that_was_rewritten_is_not_taken_in_and_what_it_lost_comes_back_only_by_order() {
    let project = crate::reviewed(Project::new());
    project.put("other.txt", "theirs\n");
    project.git(&["add", "other.txt"]);
    project.put("secret.txt", "secret\n");
    project.git(&["add", "secret.txt"]);
    project.git(&["commit", "-q", "-m", "with a secret"]);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let stood = project.git(&["rev-parse", "HEAD"]);
    project.git(&["rm", "-q", "secret.txt"]);
    project.git(&["commit", "-q", "--amend", "-m", "without it"]);
    for order in ["status", "why"] {
        let told = project.expect(0, &[order, &run]).out;
        assert!(told.contains("main was rewritten: 1 commit"), "{told}");
        assert!(told.contains("start a new run"), "{order}: {told}");
        assert!(!told.contains("takes it in"), "{order}: {told}");
    }
    let before = everything(&project, &last(&project));
    for order in [&["refresh", &run][..], &["refresh", &run, "--dry-run"]] {
        let ran = project.expect(2, order);
        assert!(ran.err.contains("main was rewritten"), "{}", ran.err);
        assert!(ran.err.contains("new run"), "{}", ran.err);
    }
    assert_eq!(everything(&project, &last(&project)), before);
    project.expect(0, &["approve", &run, "--follow"]);
    let tip = project.git(&["rev-parse", "main"]);
    for order in [&["land", &run][..], &["land", &run, "--dry-run"]] {
        let ran = project.expect(3, order);
        assert!(ran.err.contains("main was rewritten"), "{}", ran.err);
        assert!(ran.err.contains(&stood[..7]), "{}", ran.err);
        assert!(ran.err.contains("--bring-back"), "{}", ran.err);
    }
    assert_eq!(project.git(&["rev-parse", "main"]), tip);
    assert!(!project.home().join("secret.txt").exists());
    // Who looked may still have it, and is told of it.
    let dry = project.expect(0, &["land", &run, "--dry-run", "--bring-back"]);
    assert!(dry.out.contains("comes back"), "{}", dry.out);
    let ran = project.expect(0, &["land", &run, "--bring-back"]);
    assert!(ran.out.contains("comes back"), "{}", ran.out);
}

#[test]
fn a_base_that_was_rewound_after_a_refresh_is_rewritten_too() {
    let (project, run) = at_the_gate();
    base_moves(&project, "other.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    assert_eq!(refreshed(&last(&project)), 1);
    project.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let ran = project.expect(2, &["refresh", &run]);
    assert!(ran.err.contains("writes other.txt"), "{}", ran.err);
    let told = project.expect(0, &["status", &run]).out;
    assert!(told.contains("main was rewritten"), "{told}");
}

#[test]
fn a_base_that_has_nothing_in_common_any_more_is_told_alike_by_all() {
    let (project, run) = at_the_gate();
    let tree = project.git(&["rev-parse", "HEAD^{tree}"]);
    let alone = project.git(&["commit-tree", "-m", "anew", &tree]);
    project.git(&["update-ref", "refs/heads/main", &alone]);
    let told = project.expect(0, &["status", &run]).out;
    assert!(told.contains("start a new run"), "{told}");
    assert!(!told.contains("takes it in"), "{told}");
    let ran = project.expect(2, &["refresh", &run]);
    assert!(ran.err.contains("tart a new run"), "{}", ran.err);
}
