//! What `status` costs with many runs, and `status --format` with very many, beside `git status` in the
//! same repository. Prints figures, judges none.
//!
//!     cargo bench --bench status

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
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 200;
/// For a status line.
const MANY: usize = 2000;
const STAGES: u32 = 6;
const ROUNDS: usize = 9;
/// Lines of a role's text: about what roles hold.
const ROLE_LINES: usize = 60;

fn main() {
    // `cargo test` builds and runs benches with this argument; there is nothing to prove here.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("repo");
    trusted::user(dir.path().join("home"));
    repository(dir.path(), &home);
    let first = run(dir.path(), &home);
    for n in 1..RUNS {
        copy_run(&first, n);
    }
    let listed = text(ours(dir.path(), &home).arg("--json"));
    assert_eq!(
        listed.lines().count(),
        RUNS,
        "a run that can't be read is no measure"
    );
    println!("{RUNS} runs of {STAGES} stages, {ROUNDS} rounds, release build of this crate");
    beside_git(&home, "status", || ours(dir.path(), &home));
    for n in RUNS..MANY {
        copy_run(&first, n);
    }
    println!("{MANY} runs, from the start of the process to its end");
    let line = |format: &str| {
        let mut command = ours(dir.path(), &home);
        command.args(["--format", format]);
        command
    };
    let begun = took(&mut line("tmux"));
    println!(
        "format, nothing kept of any run yet: {:.1} ms",
        begun.as_secs_f64() * 1000.0
    );
    let said = text(&mut line("{needs} {completed} {runs}"));
    assert_eq!(
        said.trim(),
        format!("{MANY} {MANY} {MANY}"),
        "what is not so is no measure"
    );
    beside_git(&home, "format", || line("tmux"));
    let elsewhere = dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    println!("the same where there is no repository");
    beside_git(&home, "format", || {
        let mut command = line("tmux");
        command.current_dir(&elsewhere);
        command
    });
}

/// Both, side by side in every round, so that a busy machine hits both.
fn beside_git(home: &Path, name: &str, ours: impl Fn() -> Command) {
    let (mut own, mut git) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let mut beside = Command::new("git");
        beside.args(["status", "--porcelain"]).current_dir(home);
        let (a, b) = (took(&mut ours()), took(&mut beside));
        if round > 0 {
            own.push(a);
            git.push(b);
        }
    }
    report(name, &mut own);
    report("git status", &mut git);
}

fn report(name: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!(
        "{name:<12} min {:>8.1} ms   median {:>8.1} ms   max {:>8.1} ms",
        ms(times[0]),
        ms(times[times.len() / 2]),
        ms(times[times.len() - 1])
    );
}

fn ours(root: &Path, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
    command
        .arg("status")
        .current_dir(home)
        .env("HARNESS_TUI_HOME", root.join("home"));
    command
}

fn took(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let took = started.elapsed();
    assert!(status.success(), "it ended with {status}");
    took
}

fn text(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn repository(root: &Path, home: &Path) {
    let script = root.join("agent.sh");
    put(
        &script,
        "cat >/dev/null; mkdir -p out; date +%N > out/work.md; echo done",
    );
    let mut settings = String::from("version: 1\nagents:\n");
    let mut workflow =
        String::from("name: bench\ndescription: a usual size\ntask: none\nstages:\n");
    for n in 0..STAGES {
        writeln!(
            settings,
            "  - {{ name: a{n}, driver: command, capabilities: [c{n}], command: [sh, \"{}\"] }}",
            script.display()
        )
        .unwrap();
        let words = format!("- Line {n}: say what is wrong, where, and what to do about it.\n");
        put(
            &home.join(format!("harness/roles/r{n}.md")),
            &format!(
                "---\ncapability: c{n}\nprofile: workspace\n---\n{}",
                words.repeat(ROLE_LINES)
            ),
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
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["config", "user.name", "Bench"],
        &["config", "user.email", "bench@localhost"],
        &["add", "-A"],
        &["commit", "-qm", "base"],
    ] {
        let mut git = Command::new("git");
        assert!(git.args(args).current_dir(home).status().unwrap().success());
    }
}

/// A run from its start to its end; its folder.
fn run(root: &Path, home: &Path) -> PathBuf {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
    command
        .args(["run", "--workflow", "bench"])
        .current_dir(home)
        .env("HARNESS_TUI_HOME", root.join("home"));
    took(&mut command);
    let runs = std::fs::read_dir(home.join(".git/harness/runs")).unwrap();
    runs.map(|e| e.unwrap().path()).next().unwrap()
}

/// The same run once more under another id.
fn copy_run(first: &Path, n: usize) {
    let name = first.file_name().unwrap().to_str().unwrap();
    let other = format!("{name}-{}", n + 1);
    let folder = first.with_file_name(&other);
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(first).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let to = folder.join(path.file_name().unwrap());
        std::fs::copy(&path, &to).unwrap();
        if to.ends_with("run.json") {
            let order = std::fs::read_to_string(&path).unwrap();
            let quoted = |name: &str| format!("\"{name}\"");
            put(&to, &order.replace(&quoted(name), &quoted(&other)));
        }
    }
}

fn put(path: &Path, text: &str) {
    use std::io::Write as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}
