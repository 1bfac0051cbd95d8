//! Laws over random graphs, outcomes and people.

use super::super::decide::overlap;
use super::super::event::{Event, GateSide};
use super::super::plan::{Loop, Plan, Rerun, Until};
use super::super::testkit::*;
use super::super::{Decision, Run};
use crate::terms::{Finding, Outcome, RunState, StageState};
use proptest::prelude::*;

const OUTCOMES: [Outcome; 21] = [
    Outcome::Passed,
    Outcome::Failed,
    Outcome::Replan,
    Outcome::NeedsInput,
    Outcome::Malformed,
    Outcome::Overreach,
    Outcome::Tampering,
    Outcome::NotHandedOn,
    Outcome::CheckFailed,
    Outcome::NoChange,
    Outcome::TimedOut,
    Outcome::Stalled,
    Outcome::Crashed,
    Outcome::Transient,
    Outcome::Refused,
    Outcome::SetupFailed,
    Outcome::Unmet,
    Outcome::SecretFound,
    Outcome::Paused,
    Outcome::Cancelled,
    Outcome::Interrupted,
];

/// A graph from bits: bit `j` of stage `i` says that it depends on the `j`-th before it.
fn graph(bits: &[u16]) -> Plan {
    let mut stages = Vec::new();
    for (i, bits) in bits.iter().enumerate() {
        let names: Vec<String> = (0..i)
            .filter(|j| bits & (1 << j) != 0)
            .map(|j| format!("s{j}"))
            .collect();
        let above: Vec<&str> = names.iter().map(String::as_str).collect();
        let id = format!("s{i}");
        let mut stage = match bits % 5 {
            0 => gate_only(&id, &above, "true"),
            1 | 2 => writer(&id, &above, &["src/**"]),
            _ => agent(&id, &above),
        };
        stage.skippable = bits.is_multiple_of(3);
        if bits % 5 == 2 {
            stage.looping = Some(Loop {
                until: Until::Checks,
                max_iterations: 3,
            });
        }
        if let (3, Some(first)) = (bits % 5, above.first()) {
            stage.on_fail = Some(Rerun {
                stage: sid(first),
                max: 2,
            });
        }
        if bits % 7 == 4 && bits % 5 != 0 {
            stage.gate_after = Some(gate("true"));
        }
        stages.push(stage);
    }
    plan(stages)
}

/// Some order of a person, made from two numbers; lawful or not.
fn order(run: &Run, kind: u8, which: usize) -> Event {
    let record = &run.stages[which % run.stages.len()];
    let stage = record.id.clone();
    let side = record.asking.unwrap_or(GateSide::Before);
    let by = person();
    match kind % 10 {
        0 | 1 => Event::Approved {
            evidence: run.evidence(&stage, side),
            stage,
            side,
            by,
        },
        2 => Event::Rejected {
            stage,
            side,
            comments: Vec::new(),
            reason: "no".to_owned(),
            by,
        },
        3 => Event::Answered {
            stage,
            answers: vec![("Q1".to_owned(), "?".to_owned(), "blue".to_owned())],
            by,
        },
        4 => Event::Paused {
            now: which.is_multiple_of(2),
            by,
        },
        5 => Event::Resumed { by },
        6 => Event::Rerun {
            stage,
            only: Vec::new(),
            comments: Vec::new(),
            reason: "again".to_owned(),
            by,
        },
        7 => Event::RerunStale { by },
        8 => Event::Skipped { stage, by },
        _ => Event::TaskChanged {
            digest: crate::terms::Digest::of([kind]),
            criteria: Vec::new(),
        },
    }
}

fn lawful_state(run: &Run) {
    let running: Vec<_> = (0..run.stages.len())
        .filter(|i| run.stages[*i].state == StageState::Running)
        .collect();
    assert!(running.len() <= run.plan.max_parallel as usize);
    for (n, i) in running.iter().enumerate() {
        for j in &running[n + 1..] {
            assert!(!overlap(&run.plan.stages[*i], &run.plan.stages[*j]));
        }
    }
    for (stage, record) in run.plan.stages.iter().zip(&run.stages) {
        if let Some(l) = &stage.looping {
            assert!(record.loop_count <= l.max_iterations + record.allowance);
        }
        if let Some(back) = &stage.on_fail {
            assert!(record.reruns <= back.max);
        }
    }
    if running.is_empty() {
        let decisions = run.decide(&run_id(), run.updated.unwrap());
        assert!(!decisions.is_empty());
    }
}

fn carry_out_starts(bench: &mut Bench) {
    let before: Vec<_> = bench.run.stages.iter().map(|s| s.state).collect();
    bench.go();
    for (i, record) in bench.run.stages.iter().enumerate() {
        if record.state == StageState::Running && before[i] != StageState::Running {
            assert!(
                before[i] != StageState::Passed,
                "{} was not reset",
                record.id
            );
            for above in bench.run.plan.above(&record.id) {
                assert!(bench.run.record(&above).unwrap().state.is_done());
            }
        }
    }
}

/// From any state: people free what is held and agree to everything, and all comes out well.
fn come_to_an_end(bench: &mut Bench) {
    for _ in 0..400 {
        for attempt in bench.go() {
            let result = bench.result(&attempt, Outcome::Passed);
            bench.end(result);
        }
        if bench.run.state() == RunState::Completed {
            return;
        }
        let everything = [5, 0, 3, 7];
        let orders: Vec<Event> = everything
            .into_iter()
            .flat_map(|kind| (0..bench.run.stages.len()).map(move |i| (kind, i)))
            .map(|(kind, i)| order(&bench.run, kind, i))
            .collect();
        if let Some(lawful) = orders.into_iter().find(|o| bench.run.may(o).is_ok()) {
            bench.order(lawful);
        } else if bench
            .run
            .stages
            .iter()
            .all(|s| s.state != StageState::Running)
        {
            let open = bench.run.stages.iter().find(|s| !s.state.is_done());
            // A cancelled run goes on from whatever stage is not done, however that one ended.
            let cancelled = bench.run.state() == RunState::Cancelled;
            let reopen = open.filter(|s| {
                let ended = [StageState::ReplanRequired, StageState::Cancelled];
                cancelled || ended.contains(&s.state)
            });
            if let Some(record) = reopen {
                let i = bench.run.plan.index(&record.id).unwrap();
                let again = order(&bench.run, 6, i);
                bench.order(again);
            }
        }
    }
    let states: Vec<_> = bench.run.stages.iter().map(|s| (&s.id, s.state)).collect();
    panic!("never completed: {} {states:?}", bench.run.state());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_the_run_stays_lawful_and_can_be_brought_to_its_end(
        bits in prop::collection::vec(any::<u16>(), 1..12),
        steps in prop::collection::vec((any::<u8>(), any::<usize>(), any::<u8>()), 0..60),
    ) {
        let mut bench = Bench::new(graph(&bits));
        for (outcome, which, kind) in steps {
            carry_out_starts(&mut bench);
            lawful_state(&bench.run);
            let running = bench.running();
            if kind % 16 == 15 && running.is_empty() && bench.run.cancel.is_none() {
                bench.refresh(which % 2);
            } else if kind % 3 == 0 || running.is_empty() {
                let order = order(&bench.run, kind / 3, which);
                if bench.run.may(&order).is_ok() {
                    bench.tell(order);
                }
            } else {
                let attempt = running[which % running.len()].clone();
                let outcome = OUTCOMES.get(outcome as usize % 40).copied();
                let outcome = outcome.unwrap_or(Outcome::Passed);
                let mut result = bench.result(&attempt, outcome);
                if outcome == Outcome::Failed {
                    result.findings = vec![Finding::new("x/y", "z").section(which.to_string())];
                }
                bench.end(result);
            }
            lawful_state(&bench.run);
        }
        // The journal alone gives the same state, and each of its beginnings a valid one.
        let mut replayed = Run::new(bench.run.plan.clone());
        for (at, event) in &bench.journal {
            replayed.apply(*at, event).unwrap();
            replayed.state();
        }
        prop_assert_eq!(&replayed.stages, &bench.run.stages);
        come_to_an_end(&mut bench);
    }

    #[test]
    fn the_state_of_a_run_follows_its_precedence(
        picks in prop::collection::vec(0usize..13, 1..6), pause: bool, cancel: bool,
    ) {
        let names: Vec<String> = (0..picks.len()).map(|i| format!("s{i}")).collect();
        let mut run = Bench::new(plan(names.iter().map(|n| agent(n, &[])).collect())).run;
        for (record, pick) in run.stages.iter_mut().zip(&picks) {
            record.state = StageState::ALL[*pick];
        }
        run.pause = pause;
        run.cancel = cancel.then(|| "x".to_owned());
        let any = |s: StageState| run.stages.iter().any(|r| r.state == s);
        let order = [
            (any(StageState::Running), RunState::Running),
            (cancel, RunState::Cancelled),
            (run.stages.iter().all(|r| r.state.is_done()), RunState::Completed),
            (any(StageState::Ready) && !pause, RunState::Running),
            (pause || any(StageState::Paused), RunState::Paused),
            (any(StageState::ReplanRequired), RunState::ReplanRequired),
            (any(StageState::AwaitingApproval), RunState::AwaitingApproval),
            (any(StageState::NeedsInput), RunState::NeedsInput),
            (any(StageState::Interrupted), RunState::Interrupted),
            (any(StageState::Blocked), RunState::Blocked),
            (any(StageState::Failed), RunState::Failed),
            (any(StageState::Cancelled), RunState::Cancelled),
        ];
        let expected = order.into_iter().find(|(holds, _)| *holds);
        let expected = expected.map_or(RunState::Paused, |(_, state)| state);
        prop_assert_eq!(run.state(), expected);
    }
}

#[test]
fn every_end_has_its_code_and_a_state_that_leads_to_it() {
    let mut codes: Vec<u8> = RunState::ALL
        .into_iter()
        .filter_map(RunState::end)
        .map(crate::terms::End::exit_code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, [0, 1, 3, 4, 5, 6]);
}

#[test]
fn a_retry_that_is_due_is_not_forgotten_while_something_else_runs() {
    let mut bench = Bench::new(plan(vec![agent("left", &[]), agent("right", &[])]));
    bench.go();
    bench.step("left", Outcome::Transient);
    assert!(matches!(
        bench.decide().as_slice(),
        [Decision::WaitUntil(_)]
    ));
}
