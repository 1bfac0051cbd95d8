//! What becomes of a run whose base was taken in.

use crate::support::drive::{git_in, last, on_branch, outcomes, report, stage};
use crate::support::project::{Project, WORKS, until_there};
use crate::{at_the_gate, base_moves, counts, everything, refreshed, reviewed};
use harness_tui::terms::{Outcome, RunState, StageState};

#[test]
fn at_a_gate_checks_run_again_the_review_is_stale_and_the_approval_is_asked_anew() {
    let (project, run) = at_the_gate();
    let gate = project.expect(0, &["why", &run]).out;
    let on = gate.split("--on ").nth(1).unwrap();
    let on = on.split_whitespace().next().unwrap().to_owned();
    assert!(
        !project
            .expect(0, &["status", &run])
            .out
            .contains("moved on")
    );
    base_moves(&project, "other.txt", "theirs\n");
    let told = project.expect(0, &["status", &run]).out;
    assert!(
        told.contains("main moved on by 1 commit, which changed none"),
        "{told}"
    );
    let before = everything(&project, &last(&project));
    let dry = project.expect(0, &["refresh", &run, "--dry-run"]);
    assert!(dry.out.contains("writes other.txt"), "{}", dry.out);
    assert_eq!(everything(&project, &last(&project)), before);
    assert_eq!(counts(&project), (1, 1));

    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(counts(&project), (1, 2), "the check alone ran again");
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed, Outcome::Passed]);
    assert_eq!(on_branch(&view, "other.txt").unwrap(), "theirs\n");
    assert_eq!(view.state(), RunState::Paused);
    let stale: Vec<String> = view
        .run
        .stale()
        .into_iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(stale, ["qa"]);
    assert_eq!(git_in(&view.order.tree, &["status", "--porcelain"]), "");
    project.expect(2, &["approve", &run, "--on", &on]);
    project.expect(2, &["land", &run]);

    project.expect(6, &["rerun", &run, "--stale", "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "complete").state, StageState::AwaitingApproval);
    assert_eq!(stage(&view, "qa").attempts.len(), 2);
    project.expect(2, &["approve", &run, "--on", &on]);
    project.expect(0, &["approve", &run, "--follow"]);
    let told = report(&last(&project));
    assert!(
        told.contains("refreshed at") && told.contains("refreshed on main"),
        "{told}"
    );
    project.expect(0, &["land", &run]);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.read("other.txt"), "theirs\n");
}

#[test]
fn a_completed_run_is_not_landable_before_it_was_judged_again() {
    let (project, run) = at_the_gate();
    project.expect(0, &["approve", &run, "--follow"]);
    base_moves(&project, "other.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    project.expect(2, &["land", &run]);
    // The approval that was given on the code of before lets nothing through.
    project.expect(6, &["rerun", &run, "--stale", "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "complete").state, StageState::AwaitingApproval);
    project.expect(2, &["land", &run]);
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
}

#[test]
fn what_the_two_together_break_goes_back_to_who_can_mend_it() {
    let (project, run) = at_the_gate();
    base_moves(&project, "poison", "x\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::Passed, Outcome::CheckFailed, Outcome::Passed]
    );
    assert_eq!(
        counts(&project).0,
        2,
        "the second time was the check's alone"
    );
    assert_eq!(on_branch(&view, "cure").unwrap(), "cure\n");
}

#[test]
fn a_base_that_changed_nothing_but_its_harness_voids_nothing() {
    let (project, run) = at_the_gate();
    let more = project.read("harness/backlog.md") + "\n### B009 - More\n\n**Status:** Planned\n";
    base_moves(&project, "harness/backlog.md", &more);
    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "complete").state, StageState::AwaitingApproval);
    assert!(view.run.stale().is_empty());
    assert_eq!(counts(&project), (1, 1));
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
}

#[test]
fn twice_is_once() {
    let (project, run) = at_the_gate();
    let ran = project.expect(0, &["refresh", &run]);
    assert!(ran.out.contains("nothing to do"), "{}", ran.out);
    base_moves(&project, "other.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    let ran = project.expect(0, &["refresh", &run]);
    assert!(ran.out.contains("nothing to do"), "{}", ran.out);
    let head = last(&project).run.head;
    assert_eq!(refreshed(&last(&project)), 1);
    assert_eq!(last(&project).run.head, head);
    // The base moves once more, and so does the run.
    base_moves(&project, "more.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    assert_eq!(refreshed(&last(&project)), 2);
    assert_eq!(counts(&project), (1, 3));
}

#[test]
fn unfinished_work_goes_on_upon_the_new_base() {
    let project = Project::new();
    let (held, go) = (project.outside("held"), project.outside("go"));
    let script = format!(
        "cat >/dev/null\nif test -e part.txt; then cat other.txt >>part.txt; else echo part >part.txt; touch '{}'; until test -e '{}'; do sleep 0.05; done; fi",
        held.display(),
        go.display()
    );
    let stages = "  - { id: build, name: Build, role: build }\n";
    let project = project.agent("build", &script).flow(stages);
    let run = project.detach();
    until_there(&held);
    base_moves(&project, "other.txt", "theirs\n");
    // Under an attempt no base is changed.
    let ran = project.expect(2, &["refresh", &run]);
    assert!(ran.err.contains("pause the run"), "{}", ran.err);
    project.expect(0, &["pause", &run, "--now"]);
    project.until(&run, |v| v.state() == RunState::Paused && !v.supervised);
    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    let tree = &view.order.tree;
    assert_eq!(
        std::fs::read_to_string(tree.join("part.txt")).unwrap(),
        "part\n"
    );
    assert_eq!(
        git_in(tree, &["rev-parse", "HEAD"]),
        view.run.head.as_ref().unwrap().as_str()
    );
    project.expect(0, &["resume", &run]);
    let view = project.until(&run, |v| v.state() == RunState::Completed);
    assert_eq!(on_branch(&view, "part.txt").unwrap(), "part\ntheirs\n");
    assert_eq!(on_branch(&view, "other.txt").unwrap(), "theirs\n");
}

#[test]
fn what_was_not_committed_and_taken_along_stays_with_the_base() {
    let project = reviewed(Project::new());
    project.put("mine.txt", "mine\n");
    project.expect(6, &["run", "T001", "--with-changes"]);
    let run = last(&project).order.run.to_string();
    base_moves(&project, "other.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    let base = view.run.base.as_ref().unwrap().to_string();
    let range = format!("{base}..{}", view.order.branch);
    let files = project.git(&["diff", "--name-only", &range, "--", ":!harness"]);
    assert_eq!(files, "page.txt", "the run's own change alone");
    project.expect(6, &["rerun", &run, "--stale", "--follow"]);
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
    assert_eq!(project.read("mine.txt"), "mine\n");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn in_a_repository_of_long_hashes_and_without_a_task() {
    let project = Project::new();
    std::fs::remove_dir_all(project.home().join(".git")).unwrap();
    project.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    project.git(&["config", "user.name", "Ada"]);
    project.git(&["config", "user.email", "ada@example.org"]);
    let quick = "name: quick\ndescription: for tests\ntask: none\nstages:\n  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    project.put("harness/workflows/quick.yaml", quick);
    let stages = "  - { id: build, name: Build, role: build }\n";
    let project = project.agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "--workflow", "quick"]);
    let run = last(&project).order.run.to_string();
    base_moves(&project, "other.txt", "theirs\n");
    project.expect(6, &["refresh", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(
        view.state(),
        RunState::AwaitingApproval,
        "nothing judged it but a person"
    );
    assert_eq!(on_branch(&view, "other.txt").unwrap(), "theirs\n");
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
    assert_eq!(project.read("other.txt"), "theirs\n");
}
