//! The lines that the engine knows of for every outcome and every end, as people read them.

use super::super::event::{Event, GateSide};
use super::super::testkit::*;
use crate::terms::{FailureKind, Finding, Outcome, Place};
use std::fmt::Write as _;

/// Build comes out so until the engine stops asking for more of it.
fn build_ends(outcome: Outcome) -> Bench {
    let mut bench = Bench::new(feature());
    bench.pass(&["spec", "design", "plan"]);
    for _ in 0..5 {
        if bench.go().is_empty() {
            break;
        }
        bench.step_with("build", outcome, |r| {
            if outcome == Outcome::Overreach {
                r.taken_back = vec!["package.json".to_owned()];
            }
            if outcome == Outcome::CheckFailed {
                r.reason = "`npm test` exited 1".to_owned();
                r.findings = vec![
                    Finding::new("check/failed", "toggles the theme")
                        .at(Place::line("src/theme.test.ts", 12)),
                ];
            }
            if outcome == Outcome::Refused {
                r.failure = Some(FailureKind::Auth);
                r.reason = "Not logged in".to_owned();
            }
            if matches!(outcome, Outcome::Paused | Outcome::TimedOut) {
                r.session = Some("4f1c".to_owned());
            }
        });
        if outcome == Outcome::Passed {
            break;
        }
    }
    bench
}

fn reviewed(findings: &[usize]) -> Bench {
    let mut bench = build_ends(Outcome::Passed);
    for (n, finding) in findings.iter().enumerate() {
        if n > 0 {
            bench.pass(&["build"]);
        }
        bench.reject(*finding);
    }
    bench
}

fn at_the_gate() -> Bench {
    let mut bench = build_ends(Outcome::Passed);
    bench.pass(&["qa"]);
    bench.go();
    bench
}

fn scenes() -> Vec<(String, Bench, Option<&'static str>)> {
    let mut scenes = Vec::new();
    for outcome in [
        Outcome::NeedsInput,
        Outcome::Malformed,
        Outcome::Overreach,
        Outcome::Tampering,
        Outcome::CheckFailed,
        Outcome::NoChange,
        Outcome::TimedOut,
        Outcome::Stalled,
        Outcome::Crashed,
        Outcome::Transient,
        Outcome::Refused,
        Outcome::SetupFailed,
        Outcome::SecretFound,
        Outcome::Paused,
        Outcome::Cancelled,
        Outcome::Interrupted,
        Outcome::Replan,
    ] {
        scenes.push((format!("outcome {outcome}"), build_ends(outcome), None));
    }
    let passed = build_ends(Outcome::Passed);
    scenes.push(("outcome passed".to_owned(), passed, Some("build")));
    let failed = reviewed(&[1, 2, 3, 4]);
    scenes.push(("outcome failed, bound used up".to_owned(), failed, None));
    scenes.push(("no progress".to_owned(), reviewed(&[1, 1]), None));
    scenes.push(("sent back, waits".to_owned(), reviewed(&[1]), Some("qa")));
    scenes.push(("awaiting approval".to_owned(), at_the_gate(), None));
    let mut bench = at_the_gate();
    bench.edit("spec", "v2");
    scenes.push(("stale".to_owned(), bench, None));
    let mut bench = at_the_gate();
    bench.approve("complete", GateSide::Before);
    bench.go();
    scenes.push(("completed".to_owned(), bench, None));
    let mut bench = at_the_gate();
    bench.order(Event::Cancelled {
        reason: "no need".to_owned(),
        by: person(),
    });
    scenes.push(("cancelled".to_owned(), bench, None));
    let mut bench = build_ends(Outcome::Passed);
    bench.order(Event::Paused {
        now: false,
        by: person(),
    });
    scenes.push(("paused at the boundary".to_owned(), bench, None));
    let mut plan = feature();
    plan.budget.cost_micros = Some(40_000);
    let mut bench = Bench::new(plan);
    bench.pass(&["spec", "design", "plan", "build"]);
    scenes.push(("budget used up".to_owned(), bench, None));
    let mut plan = feature();
    plan.budget.minutes = Some(0);
    scenes.push(("no minutes".to_owned(), Bench::new(plan), None));
    let mut plan = feature();
    plan.budget.tokens = Some(1);
    let mut bench = Bench::new(plan);
    bench.pass(&["spec"]);
    scenes.push(("tokens used up".to_owned(), bench, None));
    let mut bench = Bench::new(feature());
    bench.go();
    scenes.push(("running".to_owned(), bench, None));
    scenes
}

#[test]
fn every_state_says_what_is_so_and_what_comes_next() {
    let mut all = String::new();
    for (name, bench, stage) in scenes() {
        let mut why = bench.run.cause(&run_id(), stage.map(sid).as_ref());
        if let Some((before, _)) = why.command.split_once(" --on ") {
            why.command = format!("{before} --on EVIDENCE");
        }
        write!(
            all,
            "== {name}\nWhat:     {}\nEvidence: {}\nTried:    {}\nKey:      {}\nCommand:  {}\n\n",
            why.what,
            why.fact(),
            why.tried,
            why.step.told(&|action| Some(format!("[{action}]"))),
            why.command
        )
        .unwrap();
    }
    let golden = include_str!("../../../tests/golden/why.txt");
    assert!(all == golden, "tests/golden/why.txt should be:\n{all}");
}

#[test]
fn what_it_advises_is_lawful() {
    for (name, bench, _) in scenes() {
        let why = bench.run.cause(&run_id(), None);
        let words: Vec<&str> = why.command.split(' ').collect();
        let by = person();
        let order = match words.as_slice() {
            [_, "resume", _] => Event::Resumed { by },
            [_, "resume", _, what, n] => {
                let n: u64 = n.parse().unwrap();
                let only = |option: &str, n: u64| if *what == option { n } else { 0 };
                let raised = Event::BudgetRaised {
                    cost_micros: only("--raise", n * 1_000_000),
                    tokens: only("--raise-tokens", n),
                    minutes: only("--raise-minutes", n),
                    day: None,
                    by,
                };
                let mut bench = bench;
                assert_eq!(bench.run.may(&raised), Ok(()), "{name}");
                bench.order(raised);
                assert_eq!(bench.run.over_budget(), None, "{name}: {}", why.command);
                continue;
            }
            [_, "pause", _] => Event::Paused { now: false, by },
            [_, "run", _, "--from", stage] => Event::Rerun {
                stage: sid(stage),
                only: Vec::new(),
                comments: Vec::new(),
                reason: "again".to_owned(),
                by,
            },
            [_, "approve", ..] => {
                let asks = bench
                    .run
                    .stages
                    .iter()
                    .find(|s| s.asking.is_some())
                    .unwrap();
                let side = asks.asking.unwrap();
                Event::Approved {
                    stage: asks.id.clone(),
                    side,
                    evidence: bench.run.evidence(&asks.id, side),
                    by,
                }
            }
            _ => continue,
        };
        assert_eq!(bench.run.may(&order), Ok(()), "{name}: {}", why.command);
    }
}
