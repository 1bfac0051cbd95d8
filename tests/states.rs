//! Every state of the product can be made on purpose, and is what it says it is.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use harness_tui::terms::{RunState, StageState};
use support::drive::stage;
use support::states::State;

/// Makes one test of each state, so that they are made side by side.
macro_rules! states {
    ($($name:ident: $state:ident => $check:expr,)+) => {
        $(#[test]
        fn $name() {
            let made = State::$state.made();
            let check: fn(&support::states::Made) = $check;
            check(&made);
        })+
    };
}

fn is(made: &support::states::Made, state: RunState) {
    let view = made.view();
    assert_eq!(view.state(), state, "{}", view.why(None));
}

states! {
    nothing: Nothing => |made| assert!(!made.sample.home().join("harness").exists()),
    empty: Empty => |made| assert!(made.run.is_none()),
    fresh: Fresh => |made| {
        let said = made.sample.expect(0, &["status"]).out;
        assert!(said.contains("harness-tui run T001"), "{said}");
    },
    running: Running => |made| {
        is(made, RunState::Running);
        assert_eq!(stage(&made.view(), "build").state, StageState::Running);
    },
    parallel: Parallel => |made| {
        for id in ["build", "notes"] {
            assert_eq!(stage(&made.view(), id).state, StageState::Running);
        }
    },
    rejected: Rejected => |made| {
        is(made, RunState::Running);
        let view = made.view();
        assert_eq!(stage(&view, "build").iteration, 2);
        assert_eq!(stage(&view, "build").findings.len(), 2);
    },
    gate: Gate => |made| is(made, RunState::AwaitingApproval),
    blocked: Blocked => |made| {
        is(made, RunState::Blocked);
        assert!(!stage(&made.view(), "qa").rounds.is_empty());
    },
    stale: Stale => |made| assert!(made.view().run.stale().len() > 3),
    completed: Completed => |made| is(made, RunState::Completed),
    landed: Landed => |made| assert!(made.view().run.landed.is_some()),
    failed: Failed => |made| is(made, RunState::Failed),
    cancelled: Cancelled => |made| is(made, RunState::Cancelled),
    paused: Paused => |made| is(made, RunState::Paused),
    needs_input: NeedsInput => |made| {
        is(made, RunState::NeedsInput);
        assert_eq!(stage(&made.view(), "design").questions.len(), 2);
    },
    replan: Replan => |made| is(made, RunState::ReplanRequired),
    interrupted: Interrupted => |made| is(made, RunState::Interrupted),
}

#[test]
fn each_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> = State::ALL.iter().map(|s| s.name()).collect();
    assert_eq!(names.len(), State::ALL.len());
}
