//! Stages in a person's hands, and their words for attempts to come.

use super::super::Decision;
use super::super::event::{Event, GateSide};
use super::super::record::NextKind;
use super::super::testkit::{Bench, feature, person, sid};
use crate::terms::{Digest, Outcome, StageState};

fn take(bench: &mut Bench, stage: &str) {
    let (stage, by) = (sid(stage), person());
    bench.order(Event::Taken { stage, by });
}

/// What is to be started, and how.
fn starts(bench: &Bench) -> Vec<(String, NextKind)> {
    let starts = bench.decide().into_iter().filter_map(|d| match d {
        Decision::Start { attempt, kind, .. } => Some((attempt.stage.to_string(), kind)),
        _ => None,
    });
    starts.collect()
}

#[test]
fn a_stage_that_was_handed_back_as_it_was_is_what_it_was() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    bench.step("build", Outcome::Tampering);
    let before = bench.of("build").clone();
    assert_eq!(before.state, StageState::Blocked);
    take(&mut bench, "build");
    assert_eq!(starts(&bench), [("build".to_owned(), NextKind::Taken)]);
    bench.go();
    let resume = Event::Resumed { by: person() };
    assert!(
        bench
            .run
            .may(&resume)
            .unwrap_err()
            .to_string()
            .contains("has taken build over")
    );
    bench.step("build", Outcome::Returned);
    let after = bench.of("build");
    assert_eq!(
        (after.state, &after.stop, after.next, after.loop_count),
        (before.state, &before.stop, before.next, before.loop_count)
    );
    assert!(bench.run.taken.is_none());
    bench.run.may(&resume).unwrap();
}

#[test]
fn what_a_person_left_unfit_waits_for_their_word() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    bench.step("build", Outcome::Tampering);
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::CheckFailed);
    assert_eq!(bench.of("build").state, StageState::Blocked);
    assert_eq!(bench.stop_code("build"), "check_failed");
    assert_eq!(starts(&bench), []);
}

#[test]
fn what_was_unfit_and_is_thrown_away_is_what_it_was_before_with_its_pass() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    let before = bench.run.stages.clone();
    let made = before[3].attempts.len();
    for outcome in [Outcome::CheckFailed, Outcome::Overreach] {
        take(&mut bench, "build");
        bench.go();
        bench.step("build", outcome);
        assert_eq!(bench.of("build").state, StageState::Blocked);
        assert_eq!(bench.of("qa").state, StageState::Pending);
    }
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::Returned);
    for (was, now) in before.iter().zip(&bench.run.stages) {
        let of = |r: &super::super::record::StageRecord| {
            (r.state, r.commit.clone(), r.asking, r.verdict.clone())
        };
        assert_eq!(of(now), of(was), "{}", was.id);
    }
    let thrown: Vec<bool> = { bench.of("build").attempts[made..].iter() }
        .map(|a| a.thrown)
        .collect();
    assert_eq!(thrown, [true, true, true]);
    assert_eq!(starts(&bench), []);
    // Taken over again, it passes as it would have.
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::Passed);
    assert_eq!(starts(&bench), [("qa".to_owned(), NextKind::Fresh)]);
}

#[test]
fn what_an_agent_worked_on_since_is_not_given_back() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::CheckFailed);
    bench.order(Event::Resumed { by: person() });
    bench.go();
    bench.step("build", Outcome::Tampering);
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::Returned);
    assert_eq!(bench.of("build").state, StageState::Blocked);
    assert_eq!(bench.stop_code("build"), "tampering");
}

#[test]
fn at_a_gate_what_changed_is_judged_anew_and_what_did_not_asks_again() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    assert_eq!(bench.of("complete").asking, Some(GateSide::Before));
    assert_eq!(bench.run.to_take(), Some(&sid("build")));
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::Returned);
    assert_eq!(bench.of("build").state, StageState::Passed);
    assert_eq!(bench.of("complete").asking, Some(GateSide::Before));
    take(&mut bench, "build");
    bench.go();
    bench.step("build", Outcome::Passed);
    assert_eq!(bench.of("build").state, StageState::Passed);
    assert_eq!(starts(&bench), [("qa".to_owned(), NextKind::Fresh)]);
}

#[test]
fn what_runs_is_interrupted_first_and_nothing_else_goes_on_in_a_paused_run() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    bench.go();
    take(&mut bench, "build");
    let decided = bench.decide();
    assert!(
        matches!(&decided[..], [Decision::Interrupt { cancel: false, .. }]),
        "{decided:?}"
    );
    bench.step("build", Outcome::Paused);
    assert_eq!(starts(&bench), [("build".to_owned(), NextKind::Taken)]);
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    bench.go();
    bench.order(Event::Paused {
        now: true,
        by: person(),
    });
    bench.step("build", Outcome::Paused);
    take(&mut bench, "build");
    bench.go();
    // The pause is of the run: what the person has in hand is not interrupted by it.
    assert_eq!(bench.decide(), []);
    bench.step("build", Outcome::Passed);
    assert_eq!(starts(&bench), []);
}

#[test]
fn a_note_is_told_to_one_attempt_and_to_the_next_where_that_was_lost() {
    let mut bench = Bench::new(feature());
    bench.order(Event::NoteGiven {
        stage: sid("spec"),
        text: "short".to_owned(),
        by: person(),
    });
    assert_eq!(bench.run.told_notes(&sid("spec")).len(), 1);
    bench.go();
    assert_eq!(bench.run.told_notes(&sid("spec")).len(), 0);
    bench.step("spec", Outcome::Crashed);
    assert_eq!(bench.run.told_notes(&sid("spec")).len(), 1);
    bench.step("spec", Outcome::Passed);
    assert_eq!(bench.run.told_notes(&sid("spec")).len(), 0);
    let used = bench.run.words[0].used.as_ref().unwrap();
    assert!(used.as_str().ends_with("SPEC-2"), "{used}");
    // The record that lands says who was told it; its words it does not say.
    let decided = bench.run.decisions.iter().find(|d| d.what.contains("N1"));
    let digest = Digest::of("short");
    let said = format!(
        "noted N1 for spec (blake3 {}), told to {used}",
        digest.short()
    );
    assert_eq!(decided.unwrap().what, said);
    let removed = Event::NoteRemoved {
        note: "N1".to_owned(),
        by: person(),
    };
    assert!(bench.run.may(&removed).is_err());
}
