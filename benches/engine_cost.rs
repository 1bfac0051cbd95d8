//! What the engine itself costs a stage: a run of stages that do next to nothing, beside a bare
//! shell loop that runs the same commands and makes the same commits. Prints figures, judges none.
//!
//!     cargo bench --bench engine_cost

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops at the first error"
)]

#[allow(dead_code, reason = "what tests need of it beside")]
#[path = "../tests/support/trusted.rs"]
mod trusted;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const STAGES: u32 = 6;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test` builds and runs benches with this argument; there is nothing to prove here.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let (mut engine, mut shell) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        // Side by side in every round, so that a busy machine hits both.
        let (ours, bare) = (run_engine(), run_shell());
        if round > 0 {
            engine.push(ours);
            shell.push(bare);
        }
    }
    println!("{STAGES} stages, {ROUNDS} rounds, release build of this crate");
    let (ours, bare) = (
        report("engine", &mut engine),
        report("shell loop", &mut shell),
    );
    let per_stage = |d: Duration| d.as_secs_f64() * 1000.0 / f64::from(STAGES);
    println!(
        "engine's own cost: {:.1} ms a stage ({:.1} ms beside {:.1} ms)",
        per_stage(ours) - per_stage(bare),
        per_stage(ours),
        per_stage(bare)
    );
}

fn report(name: &str, times: &mut [Duration]) -> Duration {
    times.sort();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let median = times[times.len() / 2];
    println!(
        "{name:<12} min {:>8.1} ms   median {:>8.1} ms   max {:>8.1} ms",
        ms(times[0]),
        ms(median),
        ms(times[times.len() - 1])
    );
    median
}

fn repository(root: &Path) {
    std::fs::create_dir_all(root).unwrap();
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["config", "user.name", "Bench"]);
    git(root, &["config", "user.email", "bench@localhost"]);
    put(&root.join("README.md"), "bench\n");
}

/// What a stage does: read its prompt, write one file.
fn script(n: u32) -> String {
    format!("cat >/dev/null; mkdir -p out; echo work {n} > out/{n}.md; echo done")
}

fn run_engine() -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("repo");
    repository(&home);
    let mut settings = String::from("version: 1\nagents:\n");
    let mut workflow =
        String::from("name: bench\ndescription: next to nothing\ntask: none\nstages:\n");
    for n in 0..STAGES {
        let path = dir.path().join(format!("{n}.sh"));
        put(&path, &script(n));
        writeln!(
            settings,
            "  - {{ name: a{n}, driver: command, capabilities: [c{n}], command: [sh, \"{}\"] }}",
            path.display()
        )
        .unwrap();
        put(
            &home.join(format!("harness/roles/r{n}.md")),
            &format!("---\ncapability: c{n}\nprofile: workspace\n---\nWork.\n"),
        );
        let above = if n == 0 {
            String::new()
        } else {
            format!(", depends_on: [s{}]", n - 1)
        };
        writeln!(
            workflow,
            "  - {{ id: s{n}, role: r{n}{above}, writes: [\"out/**\"] }}"
        )
        .unwrap();
    }
    put(&home.join("harness/harness.yaml"), &settings);
    put(&home.join("harness/workflows/bench.yaml"), &workflow);
    git(&home, &["add", "-A"]);
    git(&home, &["commit", "-qm", "base"]);
    let started = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_harness-tui"))
        .args(["run", "--workflow", "bench"])
        .current_dir(&home)
        .env("HARNESS_TUI_HOME", trusted::user(dir.path().join("home")))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let took = started.elapsed();
    assert!(status.success(), "the run ended with {status}");
    took
}

fn run_shell() -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("repo");
    repository(&home);
    git(&home, &["add", "-A"]);
    git(&home, &["commit", "-qm", "base"]);
    let mut program = String::from("set -e\ngit worktree add -q -b bench ../tree\ncd ../tree\n");
    for n in 0..STAGES {
        let path = dir.path().join(format!("{n}.sh"));
        put(&path, &script(n));
        writeln!(
            program,
            "echo prompt | sh '{}'\ngit add -A\ngit commit -q -m 'stage {n}'",
            path.display()
        )
        .unwrap();
    }
    let started = Instant::now();
    let status = Command::new("sh")
        .args(["-c", &program])
        .current_dir(&home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let took = started.elapsed();
    assert!(status.success(), "the loop ended with {status}");
    took
}

fn git(dir: &Path, args: &[&str]) {
    assert!(
        Command::new("git")
            .args(args)
            .current_dir(dir)
            .status()
            .unwrap()
            .success()
    );
}

fn put(path: &Path, text: &str) {
    use std::io::Write as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}
