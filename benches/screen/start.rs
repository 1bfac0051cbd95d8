//! From the start to the first frame, the first rows, everything.

use super::Bench;
use super::driver::{Answers, Start, Tty};
use super::fixture::{PROGRAM, Repo};
use super::table::{Times, note, row};
use std::path::Path;
use std::time::Duration;

const STARTS: usize = 15;
const SIZE: (u16, u16) = (120, 40);

/// The workbench in a repository.
pub fn open(repo: &Repo, size: (u16, u16), answers: Answers) -> Tty {
    begun(repo, size, answers, &[])
}

/// The same with a line a frame in this file.
pub fn traced(repo: &Repo, size: (u16, u16), trace: &Path) -> Tty {
    let trace = trace.display().to_string();
    begun(
        repo,
        size,
        Answers::AtOnce,
        &[("HARNESS_TUI_TRACE", &trace)],
    )
}

fn begun(repo: &Repo, size: (u16, u16), answers: Answers, more: &[(&str, &str)]) -> Tty {
    let user = repo.outside("user").display().to_string();
    let mut env = vec![("HARNESS_TUI_HOME", user.as_str())];
    env.extend(more);
    Tty::start(&Start {
        program: PROGRAM,
        args: &[],
        cwd: &repo.home(),
        env: &env,
        size,
        answers,
    })
}

/// Another program.
pub fn other(program: &str, args: &[&str], cwd: &Path) -> Tty {
    Tty::start(&Start {
        program,
        args,
        cwd,
        env: &[],
        size: SIZE,
        answers: Answers::AtOnce,
    })
}

/// Whether a program is installed.
pub fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

fn starts(open: impl Fn() -> Tty, wanted: impl Fn(&mut Tty) -> Option<Duration>) -> Times {
    let mut times = Times::default();
    for round in 0..=STARTS {
        let mut tty = open();
        let time = wanted(&mut tty);
        if round > 0 {
            times.push(time);
        }
    }
    times
}

pub fn first_frame(bench: &Bench) {
    let repo = bench.large();
    let less = starts(
        || other("less", &["harness/backlog.md"], &repo.home()),
        Tty::first_ink,
    );
    let modes = [
        ("", Answers::AtOnce),
        (", mute terminal", Answers::Never),
        (
            ", slow terminal",
            Answers::After(Duration::from_millis(300)),
        ),
    ];
    for (word, answers) in modes {
        let ours = starts(|| open(repo, SIZE, answers), Tty::first_ink);
        row(
            "P1",
            &format!("start to first frame{word}"),
            "p50 <= 5 ms, p99 <= 10 ms",
            &ours.say(),
            ours.p50() <= 5.0 && ours.p99() <= 10.0,
            &format!("less {}", less.say()),
        );
    }
    if is_there("gitui") {
        let gitui = starts(|| other("gitui", &[], &repo.home()), Tty::first_ink);
        note("P1", "  gitui", &gitui.say());
    }
}

pub fn first_rows(bench: &Bench) {
    let repo = bench.large();
    let ours = starts(
        || open(repo, SIZE, Answers::AtOnce),
        |tty| tty.begins_with("B00002"),
    );
    row(
        "P2",
        "start to the first screen's rows",
        "p50 <= 25 ms",
        &ours.say(),
        ours.p50() <= 25.0,
        "",
    );
}

pub fn everything(bench: &Bench) {
    let repo = bench.large();
    let all = |tty: &mut Tty| {
        tty.begins_with("2000 runs")?;
        Some(tty.settled(Duration::from_millis(150)))
    };
    let cold = starts(
        || {
            // What is only kept to be quick is taken away.
            let _ = std::fs::remove_dir_all(repo.outside("user/cache"));
            open(repo, SIZE, Answers::AtOnce)
        },
        all,
    );
    row(
        "P3",
        "start to everything read and watched, cold",
        "p50 <= 150 ms",
        &cold.say(),
        cold.p50() <= 150.0,
        "",
    );
    let warm = starts(|| open(repo, SIZE, Answers::AtOnce), all);
    row(
        "P3",
        "the same, warm",
        "p50 <= 60 ms",
        &warm.say(),
        warm.p50() <= 60.0,
        "",
    );
}
