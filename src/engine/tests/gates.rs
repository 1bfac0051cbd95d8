//! Where people decide.

use super::super::event::{Event, GateSide};
use super::super::plan::{Loop, Rerun, Until};
use super::super::testkit::*;
use crate::terms::verdict::Met;
use crate::terms::{Digest, Outcome, RunState, StageState};

fn at_the_gate() -> Bench {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.go();
    bench
}

#[test]
fn a_change_above_voids_an_approval_and_the_gate_asks_again() {
    let mut bench = at_the_gate();
    bench.approve("complete", GateSide::Before);
    bench.edit("qa", "v2");
    assert_eq!(bench.of("complete").state, StageState::AwaitingApproval);
    bench.approve("complete", GateSide::Before);
    bench.go();
    assert_eq!(bench.run.state(), RunState::Completed);
    // Even after the end: what was approved is no longer what is there.
    bench.edit("qa", "v3");
    assert_eq!(bench.run.state(), RunState::AwaitingApproval);
    assert!(!bench.run.ended);
}

#[test]
fn an_approval_of_other_evidence_is_refused_and_lets_nothing_through() {
    let mut plan = feature();
    plan.stages[0].gate_after = Some(gate("true"));
    let mut bench = Bench::new(plan);
    bench.pass(&["spec"]);
    let order = Event::Approved {
        stage: sid("spec"),
        side: GateSide::After,
        evidence: Digest::of("other"),
        by: person(),
    };
    assert!(bench.run.may(&order).is_err());
    bench.tell(order);
    assert_eq!(bench.of("spec").state, StageState::AwaitingApproval);
    bench.approve("spec", GateSide::After);
    assert_eq!(bench.of("spec").state, StageState::Passed);
    bench.edit("spec", "v2");
    assert_eq!(bench.of("spec").state, StageState::AwaitingApproval);
}

#[test]
fn a_rejection_reruns_everything_between_before_the_gate_asks_again() {
    let mut bench = at_the_gate();
    bench.send_back("complete", GateSide::Before);
    assert_eq!(bench.of("build").findings[0].code, "person/rejected");
    assert_eq!(bench.of("qa").state, StageState::Pending);
    bench.pass(&["build"]);
    assert_eq!(bench.run.state(), RunState::Running);
    bench.pass(&["qa"]);
    assert_eq!(bench.run.state(), RunState::AwaitingApproval);
}

#[test]
fn rejections_have_a_bound_and_a_person_may_allow_one_more() {
    let mut plan = feature();
    plan.stages[5].gate_before.as_mut().unwrap().on_reject = Some(Rerun {
        stage: sid("build"),
        max: 1,
    });
    let mut bench = Bench::new(plan);
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.send_back("complete", GateSide::Before);
    bench.pass(&["build", "qa"]);
    bench.send_back("complete", GateSide::Before);
    assert_eq!(bench.run.state(), RunState::Failed);
    bench.resume();
    assert_eq!(bench.of("build").findings[0].code, "person/rejected");
    bench.pass(&["build", "qa"]);
    assert_eq!(bench.run.state(), RunState::AwaitingApproval);
}

#[test]
fn a_gate_with_nothing_to_send_back_to_asks_for_a_new_plan() {
    let mut bench = Bench::new(plan(vec![
        agent("spec", &[]),
        gate_only("ok", &["spec"], "true"),
    ]));
    bench.pass(&["spec"]);
    bench.send_back("ok", GateSide::Before);
    assert_eq!(bench.run.state(), RunState::ReplanRequired);
}

#[test]
fn an_interactive_loop_runs_until_approved_and_no_more_than_its_cap() {
    let mut stage = agent("spec", &[]);
    stage.looping = Some(Loop {
        until: Until::Approved,
        max_iterations: 3,
    });
    let mut bench = Bench::new(plan(vec![stage]));
    for n in 1..=3 {
        bench.pass(&["spec"]);
        assert_eq!(bench.of("spec").iteration, n);
        bench.send_back("spec", GateSide::After);
    }
    assert_eq!(bench.run.state(), RunState::Failed);
}

#[test]
fn the_settings_of_approval_count_from_when_they_are_changed() {
    let set = |name: &str, value| Event::ApprovalSetting {
        name: name.to_owned(),
        value,
        by: person(),
    };
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design"]);
    bench.order(set("before_build", true));
    bench.pass(&["plan"]);
    assert_eq!(bench.of("build").state, StageState::AwaitingApproval);
    bench.order(set("before_build", false));
    assert_eq!(bench.of("build").state, StageState::Ready);
}

#[test]
fn what_nobody_could_verify_is_accepted_by_a_person_somewhere() {
    let unverifiable = |bench: &mut Bench| {
        bench.step_with("qa", Outcome::Passed, |r| {
            r.verdict = Some(verdict(Met::Unverifiable));
        });
    };
    let off = Event::ApprovalSetting {
        name: "before_complete".to_owned(),
        value: false,
        by: person(),
    };
    // The gate below will ask …
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build"]);
    unverifiable(&mut bench);
    assert_eq!(bench.of("qa").state, StageState::Passed);
    // … and once it does not, the stage asks itself.
    bench.order(off.clone());
    assert_eq!(bench.of("qa").state, StageState::AwaitingApproval);
    bench.approve("qa", GateSide::After);
    bench.go();
    assert_eq!(bench.run.state(), RunState::Completed);
    // A gate that was left out asks nobody.
    let mut bench = Bench::chosen(feature(), &["qa"]);
    unverifiable(&mut bench);
    assert_eq!(bench.of("qa").state, StageState::AwaitingApproval);
}

#[test]
fn a_rework_by_review_needs_no_second_approval_of_the_same_ground() {
    let mut bench = Bench::new(feature());
    bench.order(Event::ApprovalSetting {
        name: "before_build".to_owned(),
        value: true,
        by: person(),
    });
    bench.pass(&["spec", "design", "plan"]);
    bench.approve("build", GateSide::Before);
    bench.pass(&["build"]);
    bench.reject(1);
    assert_eq!(bench.of("build").state, StageState::Ready);
}
