//! What follows from each outcome, and the bounds of it.

use super::super::Decision;
use super::super::event::{Attempted, Event, GateSide};
use super::super::plan::Work;
use super::super::record::NextKind;
use super::super::testkit::*;
use crate::terms::verdict::{Judgement, Met};
use crate::terms::{CriterionId, FailureKind, Finding, Outcome, RunState, StageState};

#[test]
fn the_happy_path_completes_once_a_person_has_agreed() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::AwaitingApproval);
    bench.approve("complete", GateSide::Before);
    bench.go();
    assert_eq!(bench.run.state(), RunState::Completed);
    assert!(bench.run.ended);
}

#[test]
fn what_one_repair_or_second_chance_does_not_mend_blocks() {
    for outcome in [
        Outcome::Malformed,
        Outcome::Overreach,
        Outcome::NoChange,
        Outcome::TimedOut,
        Outcome::Stalled,
        Outcome::Crashed,
    ] {
        for session in [None, Some("s".to_owned())] {
            let mut bench = Bench::new(feature());
            bench.step_with("spec", outcome, |r| r.session = session.clone());
            assert_eq!(bench.of("spec").state, StageState::Ready, "{outcome}");
            bench.step_with("spec", outcome, |r| r.session = session.clone());
            assert_eq!(bench.of("spec").state, StageState::Blocked, "{outcome}");
            assert_eq!(bench.stop_code("spec"), outcome.word());
            assert_eq!(bench.of("spec").iteration, 1);
        }
    }
}

#[test]
fn repairs_retries_and_second_chances_are_counted_apart() {
    let mut bench = Bench::new(feature());
    for outcome in [
        Outcome::Malformed,
        Outcome::Crashed,
        Outcome::Transient,
        Outcome::Transient,
        Outcome::Transient,
    ] {
        bench.step("spec", outcome);
        assert_eq!(bench.of("spec").state, StageState::Ready, "{outcome}");
    }
    bench.pass(&["spec"]);
}

#[test]
fn a_transient_failure_is_retried_three_times_with_and_without_a_session() {
    for session in [None, Some("s".to_owned())] {
        let mut bench = Bench::new(feature());
        for n in 0..3 {
            bench.step_with("spec", Outcome::Transient, |r| r.session = session.clone());
            let wait = bench
                .of("spec")
                .not_before
                .unwrap()
                .duration_since(bench.now);
            let full = 5_000_i128 << n;
            assert!((full / 2..=full).contains(&wait.as_millis()), "{wait:?}");
        }
        bench.step_with("spec", Outcome::Transient, |r| r.session = session.clone());
        assert_eq!(bench.stop_code("spec"), "transient");
        assert_eq!(bench.run.state(), RunState::Blocked);
    }
}

#[test]
fn a_retry_waits_as_long_as_asked_but_never_longer_than_an_hour() {
    for (asked, waits) in [(30, 30), (9_999_999, 3_600)] {
        let mut bench = Bench::new(feature());
        bench.step_with("spec", Outcome::Transient, |r| {
            r.retry_after_secs = Some(asked);
        });
        let wait = bench
            .of("spec")
            .not_before
            .unwrap()
            .duration_since(bench.now);
        assert_eq!(wait.as_secs(), waits);
    }
}

#[test]
fn a_quota_with_a_known_reset_is_waited_for_and_charged_to_nothing() {
    let mut bench = Bench::new(feature());
    for _ in 0..6 {
        bench.step_with("spec", Outcome::Refused, |r| {
            r.failure = Some(FailureKind::Quota);
            r.retry_after_secs = Some(7_200);
        });
        let record = bench.of("spec");
        assert_eq!(record.state, StageState::Ready);
        assert_eq!(
            (record.retries, record.repairs, record.second_chances),
            (0, 0, 0)
        );
        assert_eq!(
            record
                .not_before
                .unwrap()
                .duration_since(bench.now)
                .as_secs(),
            7_200
        );
    }
}

#[test]
fn a_reset_that_is_now_or_never_is_no_reason_to_spin() {
    let refuse = |bench: &mut Bench, secs| {
        bench.step_with("spec", Outcome::Refused, |r| {
            r.failure = Some(FailureKind::Quota);
            r.retry_after_secs = secs;
        });
    };
    for secs in [None, Some(u64::MAX)] {
        let mut bench = Bench::new(feature());
        refuse(&mut bench, secs);
        assert_eq!(bench.stop_code("spec"), "quota");
    }
    let mut bench = Bench::new(feature());
    refuse(&mut bench, Some(0));
    assert!(bench.of("spec").not_before.unwrap() > bench.now);
    for _ in 0..24 {
        refuse(&mut bench, Some(0));
    }
    assert_eq!(bench.stop_code("spec"), "quota");
}

#[test]
fn what_trying_again_cannot_mend_blocks_at_once() {
    for outcome in [
        Outcome::Refused,
        Outcome::Tampering,
        Outcome::NotHandedOn,
        Outcome::SetupFailed,
        Outcome::SecretFound,
    ] {
        let mut bench = Bench::new(feature());
        bench.step_with("spec", outcome, |r| r.failure = Some(FailureKind::Auth));
        assert_eq!(bench.of("spec").state, StageState::Blocked, "{outcome}");
    }
}

#[test]
fn an_unmet_precondition_cancels_the_run_until_somebody_orders_it_again() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec"]);
    bench.step("design", Outcome::Unmet);
    assert_eq!(bench.of("design").state, StageState::Cancelled);
    assert_eq!(bench.of("build").state, StageState::Cancelled);
    assert_eq!(bench.of("spec").state, StageState::Passed);
    assert_eq!(bench.run.state(), RunState::Cancelled);
    assert_eq!(bench.run.cancel.as_deref(), Some("it unmet"));
    assert_eq!(bench.of("design").total.attempts, 0, "nothing was used");
    bench.order(Event::Rerun {
        stage: sid("design"),
        only: Vec::new(),
        comments: Vec::new(),
        reason: "mended".to_owned(),
        by: person(),
    });
    bench.pass(&["design", "plan"]);
    assert_eq!(bench.run.cancel, None);
}

#[test]
fn an_unmet_precondition_stops_what_runs_beside_it() {
    let mut plan = feature();
    plan.max_parallel = 2;
    plan.stages = vec![agent("a", &[]), agent("b", &[])];
    let mut bench = Bench::new(plan);
    let running = bench.go();
    assert_eq!(running.len(), 2);
    bench.step("a", Outcome::Unmet);
    assert!(bench.decide().iter().any(|d| matches!(
        d,
        Decision::Interrupt { attempts, cancel: true } if attempts[0].stage == sid("b")
    )));
}

#[test]
fn a_loop_of_three_is_at_most_three_executions() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    for n in 1..=3 {
        bench.step("build", Outcome::CheckFailed);
        assert_eq!(bench.of("build").iteration, n);
    }
    assert_eq!(bench.of("build").state, StageState::Failed);
    assert_eq!(bench.stop_code("build"), "max_iterations");
    assert_eq!(bench.run.state(), RunState::Failed);
    // A person allows exactly one more.
    bench.resume();
    bench.step("build", Outcome::CheckFailed);
    assert_eq!(bench.run.state(), RunState::Failed);
}

#[test]
fn three_reruns_after_the_first_and_each_starts_the_inner_loop_anew() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    for round in 1..=4 {
        bench.step("build", Outcome::CheckFailed);
        bench.step("build", Outcome::CheckFailed);
        bench.pass(&["build"]);
        bench.reject(round);
        if round < 4 {
            assert_eq!(bench.of("qa").state, StageState::Pending);
            assert_eq!(bench.of("build").findings.len(), 1);
            assert_eq!(bench.of("qa").findings, bench.of("build").findings);
        }
    }
    assert_eq!(bench.stop_code("qa"), "on_fail");
    assert_eq!(bench.run.state(), RunState::Failed);
    // One more goes to where the work is mended, with what was found.
    bench.resume();
    assert_eq!(bench.of("build").findings.len(), 1);
    bench.pass(&["build"]);
    bench.reject(9);
    assert_eq!(bench.run.state(), RunState::Failed);
}

#[test]
fn the_same_finding_twice_running_or_a_reopened_one_blocks() {
    for (rounds, word) in [(vec![1, 1], "again"), (vec![1, 2, 1], "reopened")] {
        let mut bench = Bench::new(feature());
        bench.pass(&["spec", "design", "plan"]);
        for finding in rounds {
            bench.pass(&["build"]);
            bench.reject(finding);
        }
        assert_eq!(bench.stop_code("qa"), "no_progress");
        assert!(bench.of("qa").stop.as_ref().unwrap().reason.contains(word));
        assert_eq!(bench.run.state(), RunState::Blocked);
    }
}

#[test]
fn a_rejection_without_findings_is_told_by_its_unmet_criteria() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build"]);
    bench.step_with("qa", Outcome::Failed, |r| {
        let mut verdict = verdict(Met::Met);
        verdict.judgements.push(Judgement {
            criterion: CriterionId::nth(2),
            met: Met::Unmet,
            evidence: "no switch".to_owned(),
        });
        r.verdict = Some(verdict);
    });
    let given: &[Finding] = &bench.of("build").findings;
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].criterion, Some(CriterionId::nth(2)));
}

#[test]
fn a_fail_without_a_way_back_fails() {
    let mut plan = feature();
    plan.stages[4].on_fail = None;
    let mut bench = Bench::new(plan);
    bench.pass(&["spec", "design", "plan", "build"]);
    bench.reject(1);
    assert_eq!(bench.stop_code("qa"), "verdict");
}

#[test]
fn a_pass_whose_evidence_says_otherwise_is_no_pass() {
    let mut bench = Bench::new(feature());
    bench.step_with("spec", Outcome::Passed, |r| r.artifacts.clear());
    assert_eq!(bench.stop_code("spec"), "engine");
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build"]);
    bench.step_with("qa", Outcome::Passed, |r| {
        r.verdict = Some(verdict(Met::Unmet));
    });
    assert_eq!(bench.of("qa").state, StageState::Blocked);
}

#[test]
fn five_interruptions_block_and_charge_nothing_else() {
    let mut bench = Bench::new(feature());
    for n in 1..=5 {
        bench.step("spec", Outcome::Interrupted);
        let record = bench.of("spec");
        assert_eq!(
            (record.iteration, record.retries, record.second_chances),
            (1, 0, 0)
        );
        assert_eq!(record.next, NextKind::Retry);
        assert_eq!(record.total.cost_unknown, 0);
        if n < 5 {
            assert_eq!(bench.run.state(), RunState::Interrupted);
            bench.resume();
        }
    }
    assert_eq!(bench.stop_code("spec"), "interrupted");
}

#[test]
fn a_late_or_repeated_result_decides_nothing() {
    let mut bench = Bench::new(feature());
    bench.step("spec", Outcome::Crashed);
    let late = bench.of("spec").last_result().unwrap().clone();
    let before = bench.run.stages.clone();
    bench.end(late);
    assert_eq!(bench.run.stages, before);
}

#[test]
fn a_login_that_is_gone_holds_what_it_would_serve_until_somebody_resumes() {
    let mut plan = plan(vec![
        agent("one", &[]),
        agent("two", &[]),
        agent("three", &[]),
        agent("four", &[]),
        agent("else", &[]),
    ]);
    if let Work::Role(work) = &mut plan.stages[4].work {
        work.agent.driver = "other".to_owned();
    }
    let mut bench = Bench::new(plan);
    let gone = |result: &mut Attempted| {
        result.failure = Some(FailureKind::Auth);
    };
    bench.step_with("one", Outcome::Refused, gone);
    // What another program serves goes on; two was running already.
    bench.step_with("two", Outcome::Refused, gone);
    bench.pass(&["else"]);
    assert!(bench.go().is_empty());
    assert_eq!(bench.run.state(), RunState::Blocked);
    for held in ["three", "four"] {
        assert_eq!(bench.of(held).state, StageState::Ready);
        assert!(bench.of(held).attempts.is_empty());
    }
    assert_eq!(
        (bench.of("one").retries, bench.of("one").second_chances),
        (0, 0)
    );
    bench.resume();
    bench.pass(&["one", "two", "three", "four"]);
    assert_eq!(bench.run.state(), RunState::Completed);
}

#[test]
fn what_was_lost_of_an_agent_on_a_plan_is_the_plans() {
    let lose = |plan| {
        let mut bench = Bench::new(plan);
        let attempt = bench.go().remove(0);
        bench.tell(Event::Interrupted {
            attempt,
            reason: "gone".to_owned(),
            again: false,
            last: None,
        });
        bench.run.total()
    };
    let mut plan = feature();
    let metered = lose(plan.clone());
    assert_eq!((metered.cost_unknown, metered.on_plan), (1, 0));
    for stage in &mut plan.stages {
        if let Work::Role(work) = &mut stage.work {
            work.agent.plan = true;
        }
    }
    let planned = lose(plan);
    assert_eq!((planned.cost_unknown, planned.on_plan), (0, 1));
}

/// A budget of two minutes, and an attempt that was lost and looked for much later.
fn lost_after(last: Option<i64>) -> Bench {
    let mut plan = feature();
    plan.budget.minutes = Some(2);
    let mut bench = Bench::new(plan);
    let attempt = bench.go().remove(0);
    let begun = bench.now;
    bench.now = begun + jiff::SignedDuration::from_secs(130);
    bench.tell(Event::Interrupted {
        attempt,
        reason: "gone".to_owned(),
        again: true,
        last: last.map(|secs| begun + jiff::SignedDuration::from_secs(secs)),
    });
    bench
}

#[test]
fn what_was_lost_took_the_time_up_to_its_last_sign_of_life() {
    for (last, took, at_least) in [
        (Some(2), 2_000, false),
        // A clock that was set back, and one that was set forth.
        (Some(-5), 0, false),
        (Some(900), 130_000, false),
        (None, 0, true),
    ] {
        let bench = lost_after(last);
        assert_eq!(bench.of("spec").took_ms, took, "{last:?}");
        let share = bench.run.budget_share().unwrap();
        assert_eq!(share.at_least, at_least, "{last:?}");
        // How far it got says nothing of what the next one takes.
        assert_eq!(bench.run.over_budget().is_some(), took > 120_000);
    }
}

#[test]
fn what_a_person_took_says_nothing_of_what_an_agent_will_take() {
    let mut plan = feature();
    plan.budget.minutes = Some(1);
    let mut bench = Bench::new(plan);
    bench.step("spec", Outcome::Tampering);
    let (stage, by) = (sid("spec"), person());
    bench.order(Event::Taken { stage, by });
    bench.go();
    bench.step_with("spec", Outcome::CheckFailed, |r| r.took_ms = Some(75_000));
    bench.resume();
    assert_eq!(bench.run.over_budget(), None);
    assert_eq!(bench.go().len(), 1);
}
