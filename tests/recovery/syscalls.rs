//! The supervisor killed at system calls of a hand-off, by strace.
//!
//! The whole sweep: `cargo test --release --test recovery -- --ignored every_system_call`.
//! One point again: `REPRO=rename:3 cargo test --test recovery -- one_in_some`
//! (points are printed with `--nocapture`).

use crate::bench::{Bench, git_in};
use crate::support::strace;
use harness_tui::terms::RunState;
use std::path::PathBuf;

/// Where a supervisor changes what others see.
const CALLS: [&str; 5] = [
    "rename,renameat,renameat2",
    "fsync,fdatasync",
    "clone,clone3,vfork,fork",
    "unlink,unlinkat",
    "mkdir,mkdirat",
];

/// A run of two stages that waits for its supervisor.
struct Waiting {
    bench: Bench,
    run: String,
    dir: PathBuf,
}

impl Waiting {
    fn new() -> Self {
        let bench = Bench::short();
        let run = bench.ordered();
        let dir = bench.project.view(&run).dirs.path().to_owned();
        Self { bench, run, dir }
    }

    /// Supervises it under strace; what it wrote down, and whether it was killed.
    fn traced(&self, expressions: &[String]) -> (String, bool) {
        let project = &self.bench.project;
        let mut supervise = project.command(&["supervise", "--dir"]);
        supervise.arg(&self.dir);
        strace::traced(&supervise, &project.outside("trace"), expressions)
    }
}

/// A run whose first supervisor dies at the nth call of these. False: there are not that many.
fn killed_at(calls: &str, n: usize) -> bool {
    let point = format!("{calls}:{n}");
    let waiting = Waiting::new();
    let (said, fired) = waiting.traced(&strace::killing(calls, n));
    let Waiting { bench, run, dir } = waiting;
    if !fired {
        assert_eq!(
            bench.project.view(&run).state(),
            RunState::Completed,
            "{point}"
        );
        return false;
    }
    let again = bench
        .project
        .run(&["supervise", "--dir", &dir.display().to_string()]);
    assert_eq!(again.code, 0, "{point}: {}", again.err);
    let view = bench.project.view(&run);
    assert_eq!(view.state(), RunState::Completed, "{point}\n{said}");
    let done = bench.done();
    // An attempt whose start was not known yet is given up before it did anything, or not at all.
    assert_eq!(
        (done["spec"], done["build"]),
        (1, 1),
        "{point}: done again\n{said}"
    );
    assert_eq!(
        git_in(&view.order.tree, &["show", "HEAD:page.txt"]),
        "light\n1",
        "{point}"
    );
    bench.audit(&run, 2);
    true
}

#[test]
fn the_supervisor_killed_at_one_in_some_system_calls() {
    if strace::works() {
        let undisturbed = || Waiting::new().traced(&strace::tracing(&CALLS)).0;
        strace::sampled("the supervisor", &CALLS, undisturbed, killed_at);
    }
}

#[test]
#[ignore = "takes minutes: cargo test --release --test recovery -- --ignored every_system_call"]
fn the_supervisor_killed_at_every_system_call() {
    let fired = strace::swept(&CALLS, killed_at);
    assert!(fired > 60, "only {fired} faults fired");
}
