//! kill -9 of the supervisor, of stage-exec and of both, in every stage.

use crate::bench::{Bench, DONE, kill};
use harness_tui::terms::RunState;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Supervisor,
    StageExec,
    Both,
}

/// Each stage by name, and which of its rounds is hit: Build and QA have two.
const ROUNDS: [(&str, usize); 7] = [
    ("spec", 1),
    ("design", 1),
    ("plan", 1),
    ("build", 1),
    ("qa", 1),
    ("build", 2),
    ("qa", 2),
];

/// One run in which the victim is killed in every round of every stage.
fn killed_in_every_stage(victim: Victim) {
    let bench = Bench::long();
    bench.hold("spec");
    let run = bench.project.detach();
    for (n, (stage, round)) in ROUNDS.into_iter().enumerate() {
        let pair = format!("{victim:?} in {stage}, round {round}");
        eprintln!("{pair}");
        bench.until_held(stage);
        let before = bench.done();
        let (supervisor, exec) = (bench.supervisor(&run), bench.stage_exec(&run, stage));
        if victim != Victim::StageExec {
            kill(&supervisor);
        }
        if victim != Victim::Supervisor {
            kill(&exec);
        }
        if victim == Victim::Both {
            assert_eq!(
                bench.project.view(&run).state(),
                RunState::Interrupted,
                "{pair}"
            );
        }
        assert_eq!(bench.done(), before, "{pair}: nobody finished meanwhile");
        if let Some((next, _)) = ROUNDS.get(n + 1) {
            bench.hold(next);
        }
        match victim {
            Victim::Supervisor if n % 2 == 0 => {
                // It ends while nobody supervises it: what it did counts.
                bench.let_go(stage);
                assert!(
                    exec.wait(Some(std::time::Duration::from_mins(1))).unwrap(),
                    "{pair}"
                );
                bench.project.expect(0, &["resume", &run]);
            }
            Victim::Supervisor => {
                bench.project.expect(0, &["resume", &run]);
                assert!(!exec.has_ended().unwrap(), "{pair}: it is adopted");
                bench.let_go(stage);
            }
            // The supervisor notices by itself.
            Victim::StageExec => bench.forget_held(stage),
            Victim::Both => {
                bench.forget_held(stage);
                bench.project.expect(0, &["resume", &run]);
            }
        }
        bench.until_done(stage, before.get(stage).copied().unwrap_or(0) + 1);
    }
    bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    bench.audit(&run, 6);
    bench.project.expect(0, &["approve", &run, "--follow"]);
    for (stage, times) in DONE {
        assert_eq!(
            bench.done()[stage],
            times,
            "{victim:?}: {stage} was done again"
        );
        let lost = if victim == Victim::Supervisor {
            0
        } else {
            times
        };
        assert_eq!(
            bench.said("start")[stage],
            times + lost,
            "{victim:?}: {stage}"
        );
    }
    bench.no_supervisor(&run);
    bench.audit(&run, 6);
    assert_eq!(bench.project.view(&run).state(), RunState::Completed);
}

#[test]
fn the_supervisor_killed_in_every_stage() {
    killed_in_every_stage(Victim::Supervisor);
}

#[test]
fn stage_exec_killed_in_every_stage() {
    killed_in_every_stage(Victim::StageExec);
}

#[test]
fn both_killed_in_every_stage() {
    killed_in_every_stage(Victim::Both);
}

#[test]
fn of_twenty_supervisors_started_at_once_one_works() {
    let bench = Bench::short();
    bench.hold("spec");
    let run = bench.project.detach();
    bench.until_held("spec");
    kill(&bench.supervisor(&run));
    let epoch = bench.epoch(&run);
    let dir = bench.project.view(&run).dirs.path().display().to_string();
    let started: Vec<_> = (0..20)
        .map(|_| bench.project.spawn(&["supervise", "--dir", &dir]))
        .collect();
    bench.let_go("spec");
    bench.until_state(&run, RunState::Completed);
    for child in started {
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success() && said.is_empty(), "{said}");
    }
    // A late one may have found the lock free after the end; it must have had nothing to do.
    assert!(bench.epoch(&run) > epoch);
    let (done, started) = (bench.done(), bench.said("start"));
    assert_eq!((done["spec"], done["build"]), (1, 1));
    assert_eq!((started["spec"], started["build"]), (1, 1));
    bench.audit(&run, 2);
}
