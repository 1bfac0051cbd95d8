//! What people edit beside run-state.md: the task, an artifact.

use crate::bench::{Bench, DONE};
use crate::support::project::put;
use harness_tui::terms::RunState;

const TASK: &str = "harness/tasks/T001-dark-mode.md";

#[test]
fn a_task_that_is_edited_meanwhile_makes_the_run_wait_and_rerun_does_what_is_stale() {
    let bench = Bench::long();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    let task = bench.project.read(TASK);
    bench
        .project
        .put(TASK, &task.replace("It is dark.", "It is very dark."));
    bench.project.until(&run, |v| !v.run.stale().is_empty());
    bench.let_go("build");
    bench.no_supervisor(&run);
    let view = bench.project.view(&run);
    assert_eq!(
        view.state(),
        RunState::Paused,
        "it waits and does not complete"
    );
    let stale: Vec<String> = view
        .run
        .stale()
        .into_iter()
        .map(|(s, _)| s.to_string())
        .collect();
    assert!(stale.contains(&"spec".to_owned()), "{stale:?}");
    assert_eq!(
        bench.done().get("qa"),
        None,
        "nothing below a stale stage starts"
    );
    let text = bench
        .project
        .read(&format!("harness/runs/active/{run}/run-state.md"));
    assert!(text.contains("Stop Reason: stale: "), "{text}");
    let followed = bench.project.run(&["logs", &run, "--follow"]);
    assert_eq!(followed.code, 6, "{}\n{}", followed.out, followed.err);
    bench.project.expect(0, &["rerun", &run, "--stale"]);
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    assert_eq!(view.run.stale(), []);
    let done = bench.done();
    // Every stage is told the criteria, so all of them were made from what is no longer so.
    assert_eq!(
        (done["spec"], done["design"], done["plan"]),
        (2, 2, 2),
        "{done:?}"
    );
    bench.project.expect(0, &["approve", &run, "--follow"]);
    assert_eq!(bench.project.view(&run).state(), RunState::Completed);
}

#[test]
fn an_artifact_that_is_edited_at_the_gate_changes_what_is_approved() {
    let bench = Bench::long();
    let run = bench.project.detach();
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    let review = view.order.tree.join("harness/artifacts/T001-qa-review.md");
    let whole = std::fs::read_to_string(&review).unwrap();
    let head = view.run.head.clone().unwrap();
    // A broken one is refused, whoever asks and however often.
    put(&review, "");
    for _ in 0..2 {
        let refused = bench.project.run(&["approve", &run]);
        assert_ne!(refused.code, 0, "{}", refused.out);
        let told = "T001-qa-review.md was edited and now breaks its contract";
        assert!(refused.err.contains(told), "{}", refused.err);
        bench.no_supervisor(&run);
    }
    let view = bench.project.view(&run);
    assert_eq!(
        (view.state(), view.run.head.as_ref()),
        (RunState::AwaitingApproval, Some(&head))
    );
    // A sound one is handed on as the person's, and the gate asks about it.
    put(&review, &format!("{whole}\nI looked at it myself.\n"));
    let first = bench.project.run(&["approve", &run]);
    assert_ne!(first.code, 0, "what was seen is not what is there");
    bench
        .project
        .until(&run, |v| v.run.head.as_ref() != Some(&head));
    bench.no_supervisor(&run);
    let view = bench.project.view(&run);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    let there = bench.project.git(&[
        "show",
        &format!("{}:harness/artifacts/T001-qa-review.md", view.order.branch),
    ]);
    assert!(there.ends_with("I looked at it myself."), "{there}");
    bench.project.expect(0, &["approve", &run, "--follow"]);
    bench.no_supervisor(&run);
    for (stage, times) in DONE {
        assert_eq!(bench.done()[stage], times, "{stage} was done again");
    }
    bench.audit(&run, 6);
}

#[test]
fn what_is_not_stale_is_not_done_again() {
    let bench = Bench::long();
    let run = bench.project.detach();
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    let looks = view.order.tree.join("harness/artifacts/T001-looks.md");
    let whole = std::fs::read_to_string(&looks).unwrap();
    put(&looks, &format!("{whole}\nAnd darker.\n"));
    assert_ne!(
        bench.project.run(&["approve", &run]).code,
        0,
        "the evidence is another"
    );
    let view = bench.until_state(&run, RunState::Paused);
    bench.no_supervisor(&run);
    let stale: Vec<String> = view
        .run
        .stale()
        .into_iter()
        .map(|(s, _)| s.to_string())
        .collect();
    assert_eq!(stale, ["plan"], "who reads it");
    assert_ne!(
        bench.project.run(&["approve", &run]).code,
        0,
        "nothing asks while it is stale"
    );
    bench.project.expect(0, &["rerun", &run, "--stale"]);
    bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    let done = bench.done();
    let counts: Vec<usize> = DONE.iter().map(|(s, _)| done[*s]).collect();
    // Planning comes to the same plan, so what was built on it stands.
    assert_eq!(counts, [1, 1, 2, 2, 2], "Planning alone");
    bench.audit(&run, 7);
}
