//! The supervisor killed at system calls of a hand-off, by strace.
//!
//! The whole sweep: `cargo test --release --test recovery -- --ignored every_system_call`.
//! One point again: `REPRO=rename:3 cargo test --test recovery -- one_in_some`.

use crate::bench::{Bench, git_in};
use harness_tui::terms::RunState;
use std::process::{Command, Stdio};

/// Where a supervisor changes what others see.
const CALLS: [&str; 7] = [
    "rename,renameat,renameat2",
    "fsync,fdatasync",
    "execve",
    "clone,clone3,vfork,fork",
    "unlink,unlinkat",
    "mkdir,mkdirat",
    "kill,pidfd_send_signal",
];

fn strace_works() -> bool {
    let tried = Command::new("strace")
        .args([
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "inject=getpid:signal=KILL:when=65000",
            "true",
        ])
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|s| s.success())
}

/// A run of two stages whose first supervisor dies at the nth call of these. False: there are not
/// that many.
fn killed_at(calls: &str, n: usize) -> bool {
    let point = format!("REPRO={calls}:{n}");
    let bench = Bench::short();
    let run = bench.ordered();
    let view = bench.project.view(&run);
    let dir = view.dirs.path().to_owned();
    let trace = bench.project.outside("trace");
    // Without -f: the supervisor alone is hit, and its children live on.
    let status = Command::new("strace")
        .arg("-o")
        .arg(&trace)
        .args(["-e", &format!("trace={calls}")])
        .args(["-e", &format!("inject={calls}:signal=KILL:when={n}")])
        .arg(env!("CARGO_BIN_EXE_harness-tui"))
        .args(["supervise", "--dir"])
        .arg(&dir)
        .current_dir(bench.project.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let said = std::fs::read_to_string(&trace).unwrap();
    let fired = said.contains("killed by SIGKILL");
    assert_eq!(fired, !status.success(), "{point}: {status}\n{said}");
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
    if !strace_works() {
        eprintln!("SKIPPED: strace is not installed or may not trace here");
        return;
    }
    if let Ok(point) = std::env::var("REPRO") {
        let (calls, n) = point.rsplit_once(':').expect("REPRO=calls:n");
        assert!(killed_at(calls, n.parse().unwrap()), "the fault fired");
        return;
    }
    // Another sample each day, the same one all day long.
    let seed = jiff::Timestamp::now().as_second().unsigned_abs() / 86_400;
    let mut fired = 0;
    for (n, calls) in CALLS.iter().take(4).enumerate() {
        let at = 1 + usize::try_from((seed * 31 + n as u64 * 17) % 20).unwrap();
        eprintln!("REPRO={calls}:{at}");
        fired += usize::from(killed_at(calls, at));
    }
    assert!(fired > 0, "no fault fired");
}

#[test]
#[ignore = "takes minutes: cargo test --release --test recovery -- --ignored every_system_call"]
fn the_supervisor_killed_at_every_system_call() {
    assert!(strace_works(), "strace is needed for this");
    let mut fired = 0;
    for calls in CALLS {
        let mut n = 1;
        while killed_at(calls, n) {
            n += 1;
        }
        eprintln!("{calls}: {} points", n - 1);
        fired += n - 1;
    }
    assert!(fired > 100, "only {fired} faults fired");
}
