use super::super::event::{Event, GateSide};
use super::super::notice::{Marks, Notice, notices};
use super::super::run::Run;
use super::super::testkit::{Bench, agent, feature, gate, person, plan};
use crate::documents::settings::OnQuota;
use crate::terms::{FailureKind, Outcome, StageState};

/// What the journal of a run tells, read from its beginning.
fn told(bench: &Bench) -> Vec<Notice> {
    let mut run = Run::new(bench.run.plan.clone());
    let mut found = Vec::new();
    for (at, event) in &bench.journal {
        let before = Marks::of(&run);
        run.apply(*at, event).unwrap();
        found.extend(notices(&before, &run, event));
    }
    found
}

fn words(bench: &Bench) -> Vec<String> {
    let word = |n: &Notice| match &n.stage {
        Some(stage) => format!("{} {stage}", n.moment.word()),
        None => n.moment.word().to_owned(),
    };
    told(bench).iter().map(word).collect()
}

#[test]
fn a_run_tells_each_moment_once_and_again_when_it_comes_again() {
    let mut asking = feature();
    asking.approvals.insert("before_build".to_owned(), true);
    let mut bench = Bench::new(asking);
    bench.step("spec", Outcome::NeedsInput);
    bench.order(Event::Answered {
        stage: super::super::testkit::sid("spec"),
        answers: vec![("Q1".to_owned(), "Which?".to_owned(), "Grey".to_owned())],
        by: person(),
    });
    bench.pass(&["spec", "design", "plan"]);
    bench.go();
    bench.approve("build", GateSide::Before);
    bench.step("build", Outcome::Tampering);
    bench.resume();
    // Its approval was for what stands there still: it asks no more.
    bench.pass(&["build"]);
    bench.reject(1);
    bench.pass(&["build", "qa"]);
    bench.go();
    bench.approve("complete", GateSide::Before);
    bench.go();
    let mut words = words(&bench);
    let gates = |words: &[String]| words.iter().filter(|w| *w == "gate build").count();
    assert!(gates(&words) >= 1, "{words:?}");
    words.retain(|w| w != "gate build");
    assert_eq!(
        words,
        [
            "started",
            "question spec",
            "blocked build",
            "gate complete",
            "completed"
        ]
    );
}

#[test]
fn what_stands_still_is_told_as_it_stands() {
    let mut bench = Bench::new(feature());
    bench.go();
    bench.order(Event::Paused {
        now: false,
        by: person(),
    });
    // What runs goes on; the pause has come when nothing does.
    assert_eq!(words(&bench), ["started"]);
    bench.pass(&["spec"]);
    assert_eq!(words(&bench), ["started", "paused"]);
    bench.order(Event::Cancelled {
        reason: "enough".to_owned(),
        by: person(),
    });
    assert_eq!(words(&bench), ["started", "paused", "cancelled"]);
}

#[test]
fn a_lost_attempt_and_a_budget_are_told() {
    let mut small = feature();
    small.budget.cost_micros = Some(12_000);
    let mut bench = Bench::new(small);
    let attempt = bench.go()[0].clone();
    bench.tell(Event::Interrupted {
        attempt,
        reason: "gone".to_owned(),
        again: true,
        last: None,
    });
    bench.step("spec", Outcome::Passed);
    let told = told(&bench);
    assert_eq!(words(&bench), ["started", "interrupted spec", "budget"]);
    assert_eq!(told[2].percent, Some(83));
    assert!(
        bench
            .run
            .notes
            .iter()
            .any(|(_, n)| n == "83 % of the run's budget of cost is used"),
        "{:?}",
        bench.run.notes
    );
    bench.order(Event::BudgetRaised {
        cost_micros: 100_000,
        tokens: 0,
        minutes: 0,
        day: None,
        by: person(),
    });
    bench.pass(&["design"]);
    assert_eq!(words(&bench).len(), told.len(), "below the mark again");
}

#[test]
fn two_gates_side_by_side_are_two_moments() {
    let gated = |id: &str| {
        let mut stage = agent(id, &[]);
        stage.gate_before = Some(gate("true"));
        stage
    };
    let bench = Bench::new(plan(vec![gated("one"), gated("two")]));
    assert_eq!(words(&bench), ["started", "gate one", "gate two"]);
}

#[test]
fn a_quota_is_given_on_to_each_agent_once_before_it_is_waited_for() {
    let mut stage = agent("spec", &[]);
    stage.on_quota.act = OnQuota::Fallback;
    if let super::super::plan::Work::Role(work) = &mut stage.work {
        let mut other = work.agent.clone();
        other.name = "other".to_owned();
        work.fallbacks = vec![other];
    }
    let mut bench = Bench::new(plan(vec![stage]));
    let dry = |bench: &mut Bench| {
        bench.step_with("spec", Outcome::Refused, |r| {
            r.failure = Some(FailureKind::Quota);
            r.retry_after_secs = Some(600);
        });
    };
    dry(&mut bench);
    assert_eq!(bench.of("spec").not_before, None);
    dry(&mut bench);
    assert_eq!(bench.of("spec").state, StageState::Ready);
    assert_eq!(words(&bench), ["started", "quota spec"]);
    let wait = bench.run.waited[0].clone();
    assert_eq!((wait.agent.as_str(), wait.to), ("other", None));
    bench.pass(&["spec"]);
    assert_eq!(bench.run.waited[0].to, Some(wait.until));
    let agents: Vec<_> = bench
        .of("spec")
        .attempts
        .iter()
        .map(|a| a.agent.clone())
        .collect();
    let names: Vec<_> = agents.iter().map(|a| a.as_deref().unwrap()).collect();
    assert_eq!(names, ["replay", "other", "other"]);
}

#[test]
fn a_reset_beyond_what_is_waited_for_blocks() {
    let mut stage = agent("spec", &[]);
    stage.on_quota.until_secs = Some(3_600);
    let mut bench = Bench::new(plan(vec![stage]));
    for (secs, blocks) in [(3_600, false), (3_601, true)] {
        bench.step_with("spec", Outcome::Refused, |r| {
            r.failure = Some(FailureKind::Quota);
            r.retry_after_secs = Some(secs);
        });
        let state = bench.of("spec").state;
        assert_eq!(state == StageState::Blocked, blocks, "{secs}: {state}");
    }
    assert_eq!(bench.stop_code("spec"), "quota");
}

#[test]
fn a_reset_after_the_time_of_day_that_is_waited_to_blocks() {
    let mut stage = agent("spec", &[]);
    stage.on_quota.until_clock = Some(jiff::civil::time(7, 30, 0, 0));
    let mut bench = Bench::new(plan(vec![stage]));
    // The moment that it means arrives with the attempt: the engine has no clock of its own.
    for (secs, blocks) in [(600, false), (20_000, true)] {
        let until = bench.now + jiff::SignedDuration::from_secs(10_000);
        bench.step_with("spec", Outcome::Refused, |r| {
            r.failure = Some(FailureKind::Quota);
            r.retry_after_secs = Some(secs);
            r.quota_until = Some(until);
        });
        let state = bench.of("spec").state;
        assert_eq!(state == StageState::Blocked, blocks, "{secs}: {state}");
    }
    let stop = bench.of("spec").stop.clone().unwrap();
    assert!(
        stop.reason.ends_with("allows a wait to 07:30"),
        "{}",
        stop.reason
    );
}

#[test]
fn what_was_handed_back_as_it_was_is_not_told_again() {
    let take = |bench: &mut Bench, stage: &str| {
        let (stage, by) = (super::super::testkit::sid(stage), person());
        bench.order(Event::Taken { stage, by });
        bench.go();
    };
    let mut own = agent("one", &[]);
    own.gate_after = Some(gate("true"));
    let mut bench = Bench::new(plan(vec![own]));
    bench.pass(&["one"]);
    take(&mut bench, "one");
    bench.step("one", Outcome::Returned);
    assert_eq!(bench.of("one").state, StageState::AwaitingApproval);
    assert_eq!(words(&bench), ["started", "gate one"]);
    // What was changed is asked about anew.
    take(&mut bench, "one");
    bench.step("one", Outcome::Passed);
    assert_eq!(words(&bench), ["started", "gate one", "gate one"]);
    let mut bench = Bench::new(feature());
    bench.step("spec", Outcome::Tampering);
    take(&mut bench, "spec");
    bench.step("spec", Outcome::Returned);
    assert_eq!(bench.of("spec").state, StageState::Blocked);
    assert_eq!(words(&bench), ["started", "blocked spec"]);
    // Nor is the pause of its run.
    let mut bench = Bench::new(feature());
    bench.go();
    bench.order(Event::Paused {
        now: true,
        by: person(),
    });
    bench.step("spec", Outcome::Paused);
    take(&mut bench, "spec");
    bench.step("spec", Outcome::Returned);
    assert_eq!(words(&bench), ["started", "paused"]);
}
