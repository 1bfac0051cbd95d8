//! What was made from something that has changed since.

use super::super::event::Event;
use super::super::testkit::*;
use crate::terms::{Digest, RunState, StageState};

fn stale(bench: &Bench) -> Vec<String> {
    let stale = bench.run.stale();
    stale.iter().map(|(id, _)| id.to_string()).collect()
}

#[test]
fn a_changed_task_makes_every_agents_stage_stale_and_the_run_waits() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design"]);
    bench.tell(Event::TaskChanged {
        digest: Digest::of("other"),
        criteria: Vec::new(),
    });
    assert_eq!(stale(&bench), ["spec", "design"]);
    assert!(bench.go().is_empty());
    assert_eq!(bench.of("plan").state, StageState::Pending);
    assert_eq!(bench.run.state(), RunState::Paused);
    bench.order(Event::RerunStale { by: person() });
    bench.pass(&["spec", "design", "plan"]);
    assert!(stale(&bench).is_empty());
}

#[test]
fn an_edit_marks_exactly_those_that_read_it() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.edit("spec", "v2");
    assert_eq!(stale(&bench), ["design", "qa"]);
    assert_ne!(bench.run.state(), RunState::Completed);
    bench.order(Event::RerunStale { by: person() });
    assert_eq!(bench.of("plan").state, StageState::Passed);
    assert_eq!(bench.of("build").state, StageState::Passed);
    // Made anew with the same text: what lies below stays valid.
    bench.pass(&["design", "qa"]);
    assert!(stale(&bench).is_empty());
    assert_eq!(bench.of("plan").iteration, 1);
}

#[test]
fn one_order_follows_what_becomes_stale_by_it_and_stops_there() {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.edit("spec", "v2");
    bench.order(Event::RerunStale { by: person() });
    bench.text = "v2".to_owned();
    bench.pass(&["design", "plan", "build", "qa"]);
    assert!(stale(&bench).is_empty());
    assert_eq!(bench.of("spec").iteration, 1);
    bench.edit("spec", "v3");
    assert_eq!(
        bench.of("design").state,
        StageState::Passed,
        "only an order reruns"
    );
}

#[test]
fn a_rerun_resets_a_stage_and_all_below_or_only_what_is_chosen() {
    let rerun = |only: &[&str]| Event::Rerun {
        stage: sid("design"),
        only: only.iter().map(|s| sid(s)).collect(),
        comments: Vec::new(),
        reason: "again".to_owned(),
        by: person(),
    };
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan", "build", "qa"]);
    bench.order(rerun(&["qa"]));
    assert_eq!(bench.of("build").state, StageState::Passed);
    bench.pass(&["design", "qa"]);
    bench.order(rerun(&[]));
    assert_eq!(bench.of("build").state, StageState::Pending);
    assert_eq!(bench.of("spec").state, StageState::Passed);
    bench.pass(&["design", "plan", "build", "qa"]);
}

#[test]
fn work_on_ground_that_was_taken_back_does_not_count() {
    let mut plan = feature();
    plan.stages.insert(5, agent("docs", &["build"]));
    let mut bench = Bench::new(plan);
    bench.pass(&["spec", "design", "plan", "build"]);
    let docs = bench
        .go()
        .into_iter()
        .find(|a| a.stage.as_str() == "docs")
        .unwrap();
    bench.reject(1);
    assert!(bench.of("docs").superseded);
    assert!(matches!(
        bench.decide().as_slice(),
        [super::super::Decision::Interrupt { cancel: true, .. }]
    ));
    let result = bench.result(&docs, crate::terms::Outcome::Passed);
    bench.end(result);
    assert_eq!(bench.of("docs").state, StageState::Pending);
    bench.pass(&["build", "qa", "docs"]);
}

#[test]
fn what_is_run_again_is_asked_for_by_the_criteria_as_they_are() {
    use super::super::plan::{Criterion, PlannedTask};
    use crate::terms::{RepoPath, TaskId};
    let criterion = |text: &str| Criterion {
        id: "AC-1".parse().unwrap(),
        text: text.to_owned(),
    };
    let mut bench = Bench::new(feature());
    bench.run.plan.task = Some(PlannedTask {
        id: TaskId::new("T001").unwrap(),
        title: "Dark mode".to_owned(),
        slug: "dark-mode".to_owned(),
        path: RepoPath::new("harness/tasks/T001-dark-mode.md").unwrap(),
        digest: Digest::of("first"),
        criteria: vec![criterion("dark")],
    });
    let asked = |bench: &Bench| {
        let task = bench.run.plan.task.as_ref();
        task.map(|t| t.criteria.clone()).unwrap_or_default()
    };
    let changed = |text: &str, criteria| Event::TaskChanged {
        digest: Digest::of(text),
        criteria,
    };
    bench.tell(changed("second", vec![criterion("darker")]));
    assert_eq!(asked(&bench), [criterion("darker")]);
    // An older journal tells none: they stay as they are.
    bench.tell(changed("third", Vec::new()));
    assert_eq!(asked(&bench), [criterion("darker")]);
}
