//! What a base that moved voids, and what it leaves as it is.

use super::super::event::{Event, GateSide};
use super::super::record::NextKind;
use super::super::testkit::*;
use crate::terms::{Outcome, RunState, StageState};

fn stale(bench: &Bench) -> Vec<String> {
    let stale = bench.run.stale();
    stale.iter().map(|(id, _)| id.to_string()).collect()
}

/// All of `feature`, up to its last gate.
fn at_the_gate() -> Bench {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    assert!(bench.go().is_empty());
    bench
}

#[test]
fn checks_run_again_what_judged_is_stale_and_words_stand() {
    let mut bench = at_the_gate();
    let cost = bench.run.total();
    let before = bench.run.evidence(&sid("complete"), GateSide::Before);
    bench.refresh(3);
    assert_eq!(stale(&bench), ["qa"]);
    assert_eq!(bench.of("complete").state, StageState::Pending);
    assert_eq!(bench.of("build").next, NextKind::Recheck);
    bench.pass(&["build"]);
    assert_eq!(bench.run.total(), cost, "no agent was asked");
    assert_eq!(
        bench.of("build").loop_count,
        0,
        "it is no round of the loop"
    );
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::Paused);
    bench.order(Event::RerunStale { by: person() });
    bench.pass(&["qa"]);
    assert!(bench.go().is_empty());
    let now = bench.run.evidence(&sid("complete"), GateSide::Before);
    assert_ne!(now, before);
    bench.approve("complete", GateSide::Before);
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::Completed);
}

#[test]
fn a_completed_run_asks_anew_and_one_without_new_code_does_not() {
    let mut bench = at_the_gate();
    bench.approve("complete", GateSide::Before);
    bench.go();
    bench.refresh(0);
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::Completed);
    bench.refresh(1);
    bench.pass(&["build"]);
    bench.order(Event::RerunStale { by: person() });
    bench.pass(&["qa"]);
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::AwaitingApproval);
}

#[test]
fn checks_that_fail_on_the_two_together_are_the_builders_to_mend() {
    let mut bench = at_the_gate();
    bench.refresh(1);
    bench.step("build", Outcome::CheckFailed);
    assert_eq!(bench.of("build").next, NextKind::Again);
    bench.pass(&["build"]);
    assert_eq!(bench.of("build").loop_count, 1);
    assert_eq!(stale(&bench), ["qa"]);
}

#[test]
fn checks_that_were_broken_off_run_again_and_ask_nobody() {
    let mut bench = at_the_gate();
    bench.refresh(1);
    bench.step("build", Outcome::Crashed);
    assert_eq!(bench.of("build").next, NextKind::Recheck);
    bench.step("build", Outcome::Crashed);
    assert_eq!(bench.of("build").state, StageState::Blocked);
    bench.resume();
    assert_eq!(bench.of("build").next, NextKind::Recheck);
    bench.pass(&["build"]);
    assert_eq!(bench.of("build").next, NextKind::Fresh);
}

#[test]
fn an_approval_of_words_holds_and_nothing_is_refreshed_under_an_attempt() {
    let mut plan = feature();
    plan.approvals.insert("before_build".to_owned(), true);
    let mut bench = Bench::new(plan);
    bench.pass(&["spec", "design", "plan"]);
    bench.go();
    bench.approve("build", GateSide::Before);
    bench.order(Event::Paused {
        now: false,
        by: person(),
    });
    bench.refresh(2);
    assert!(stale(&bench).is_empty());
    bench.resume();
    assert_eq!(bench.go().len(), 1, "it starts without another approval");
    let order = Event::Refresh {
        onto: bench.run.base.clone().unwrap(),
        by: person(),
    };
    let why = bench.run.may(&order).unwrap_err().to_string();
    assert!(why.contains("pause the run"), "{why}");
}

#[test]
fn unfinished_work_goes_on_from_the_merge() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    bench.step("build", Outcome::NeedsInput);
    bench.refresh(1);
    assert_eq!(bench.of("build").checkpoint, bench.run.head);
    assert_eq!(bench.of("build").state, StageState::NeedsInput);
}
