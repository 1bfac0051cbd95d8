//! People's orders: questions, pause, resume, cancel, skip, budget, and what is refused.

use super::super::Decision;
use super::super::event::{Event, GateSide};
use super::super::record::NextKind;
use super::super::testkit::*;
use crate::terms::{Outcome, RunState, StageState};

fn paused(now: bool) -> Event {
    Event::Paused { now, by: person() }
}

fn answered(id: &str, text: &str) -> Event {
    Event::Answered {
        stage: sid("spec"),
        answers: vec![(id.to_owned(), "Which colour?".to_owned(), text.to_owned())],
        by: person(),
    }
}

fn cancelled() -> Event {
    Event::Cancelled {
        reason: "no need".to_owned(),
        by: person(),
    }
}

fn rerun(stage: &str) -> Event {
    Event::Rerun {
        stage: sid(stage),
        only: Vec::new(),
        comments: Vec::new(),
        reason: "again".to_owned(),
        by: person(),
    }
}

#[test]
fn an_answer_lets_the_stage_run_again_with_it_and_touches_no_other() {
    let mut bench = Bench::new(feature());
    bench.step("spec", Outcome::NeedsInput);
    assert_eq!(bench.run.state(), RunState::NeedsInput);
    assert!(bench.run.may(&answered("Q7", "blue")).is_err());
    assert!(bench.run.may(&answered("Q1", " ")).is_err());
    bench.order(answered("Q1", "blue"));
    assert_eq!(bench.of("spec").answers.len(), 1);
    assert_eq!(bench.of("spec").repairs, 0);
    bench.pass(&["spec"]);
    assert!(bench.run.stale().is_empty());
}

#[test]
fn a_pause_outlives_the_way_back_of_what_it_waits_for() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build"]);
    bench.go();
    bench.order(paused(false));
    bench.reject(1);
    assert_eq!(bench.run.state(), RunState::Paused);
    assert_eq!(bench.decide(), [Decision::Rest]);
    bench.resume();
    bench.pass(&["build", "qa"]);
}

#[test]
fn a_pause_now_interrupts_and_goes_on_in_the_session_where_there_is_one() {
    for (session, next) in [
        (Some("s".to_owned()), NextKind::Continue),
        (None, NextKind::Retry),
    ] {
        let mut bench = Bench::new(feature());
        bench.go();
        bench.order(paused(true));
        assert!(matches!(
            bench.decide().as_slice(),
            [Decision::Interrupt { cancel: false, .. }]
        ));
        bench.step_with("spec", Outcome::Paused, |r| r.session = session.clone());
        assert_eq!(bench.run.state(), RunState::Paused);
        bench.resume();
        assert_eq!(bench.of("spec").next, next);
        bench.pass(&["spec"]);
        assert_eq!(bench.of("spec").iteration, 1);
    }
}

#[test]
fn a_cancel_holds_whatever_the_running_attempt_comes_to() {
    for outcome in [
        Outcome::Cancelled,
        Outcome::Failed,
        Outcome::Transient,
        Outcome::Passed,
    ] {
        let mut bench = Bench::new(feature());
        bench.pass(&["spec", "design", "plan", "build"]);
        bench.go();
        bench.order(cancelled());
        assert_eq!(bench.run.state(), RunState::Running);
        let attempt = bench.running()[0].clone();
        let result = bench.result(&attempt, outcome);
        bench.end(result);
        assert_eq!(bench.run.state(), RunState::Cancelled, "{outcome}");
        assert_eq!(bench.of("build").state, StageState::Passed);
        assert!(bench.run.may(&Event::Resumed { by: person() }).is_err());
        bench.order(rerun("qa"));
        bench.pass(&["qa"]);
        assert_eq!(bench.run.state(), RunState::AwaitingApproval);
    }
}

#[test]
fn only_what_may_be_skipped_is_skipped_and_a_rework_does_not_bring_it_back() {
    let skip = |stage: &str| Event::Skipped {
        stage: sid(stage),
        by: person(),
    };
    let mut plan = feature();
    let mut docs = agent("docs", &["build"]);
    docs.skippable = true;
    plan.stages.insert(5, docs);
    let mut bench = Bench::new(plan);
    assert!(bench.run.may(&skip("spec")).is_err());
    bench.order(skip("docs"));
    bench.pass(&["spec", "design", "plan", "build"]);
    bench.reject(1);
    assert_eq!(bench.of("docs").state, StageState::Skipped);
}

#[test]
fn a_budget_warns_stops_and_is_freed_by_raising() {
    let mut plan = feature();
    plan.budget.cost_micros = Some(25_000);
    let mut bench = Bench::new(plan);
    bench.step("spec", Outcome::Passed);
    assert!(!bench.run.budget_share().unwrap().warns());
    bench.step_with("design", Outcome::Passed, |r| r.usage.cost_micros = None);
    let share = bench.run.budget_share().unwrap();
    assert_eq!((share.percent, share.at_least), (40, true));
    bench.step("plan", Outcome::Passed);
    assert!(bench.run.budget_share().unwrap().warns());
    // 5,000 are left, and Build used 10,000 when it last ran.
    bench.step_with("build", Outcome::CheckFailed, |r| {
        r.usage.cost_micros = Some(3_000);
    });
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::Paused);
    assert!(bench.run.over_budget().unwrap().contains("last used"));
    let resume = bench.run.may(&Event::Resumed { by: person() }).unwrap_err();
    assert_eq!(resume.lawful, "raise the budget");
    bench.order(Event::BudgetRaised {
        cost_micros: 50_000,
        tokens: 0,
        minutes: 0,
        day: None,
        by: person(),
    });
    bench.pass(&["build", "qa"]);
}

#[test]
fn the_budget_of_a_stage_stops_that_stage_alone_and_can_be_raised() {
    let mut left = agent("left", &[]);
    left.budget.tokens = Some(100);
    let mut bench = Bench::new(plan(vec![left, agent("right", &[])]));
    bench.step("left", Outcome::Malformed);
    assert_eq!(bench.go().len(), 1, "the other runs on");
    bench.pass(&["right"]);
    assert_eq!(bench.run.state(), RunState::Paused);
    bench.order(Event::BudgetRaised {
        cost_micros: 0,
        tokens: 500,
        minutes: 0,
        day: None,
        by: person(),
    });
    bench.pass(&["left"]);
    bench.go();
    assert_eq!(bench.run.state(), RunState::Completed);
}

#[test]
fn orders_that_fit_nothing_are_refused_with_what_would_be_lawful() {
    let mut bench = Bench::new(feature());
    bench.go();
    let evidence = bench.run.evidence(&sid("complete"), GateSide::Before);
    let refused = [
        Event::Approved {
            stage: sid("complete"),
            side: GateSide::Before,
            evidence,
            by: person(),
        },
        answered("Q1", "blue"),
        Event::Resumed { by: person() },
        Event::RerunStale { by: person() },
        rerun("spec"),
        rerun("build"),
        rerun("nowhere"),
        Event::Skipped {
            stage: sid("nowhere"),
            by: person(),
        },
    ];
    for order in refused {
        let refusal = bench.run.may(&order).unwrap_err();
        assert!(!refusal.lawful.is_empty(), "{order:?}");
    }
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.approve("complete", GateSide::Before);
    bench.go();
    for order in [Event::Resumed { by: person() }, cancelled(), paused(true)] {
        assert!(bench.run.may(&order).is_err(), "{order:?}");
    }
}

#[test]
fn a_fact_of_the_engines_own_is_no_order() {
    let mut bench = Bench::new(feature());
    let running = bench.go();
    let result = bench.result(&running[0], Outcome::Passed);
    let facts = [
        Event::Finished(Box::new(result)),
        Event::GatePassed { stage: sid("spec") },
        Event::Noted {
            text: "all is well".to_owned(),
        },
        Event::Ended,
    ];
    for fact in facts {
        assert!(!fact.is_order(), "{fact:?}");
        let refusal = bench.run.may(&fact).unwrap_err();
        assert!(refusal.reason.contains("only the engine"), "{refusal}");
    }
}
