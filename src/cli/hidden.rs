//! The subcommands by which the program starts itself. They are read before any other, so that
//! nothing of the command line people use can get in their way.

use super::MISUSE;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs a hidden subcommand; `None`: it is none.
pub fn run() -> Option<ExitCode> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let text: Vec<_> = words.iter().take(5).map(|w| w.to_string_lossy()).collect();
    let text: Vec<&str> = text.iter().map(AsRef::as_ref).collect();
    match text.as_slice() {
        ["stage-exec", "--dir", dir] => Some(said(crate::stage::exec::run(Path::new(dir)))),
        ["supervise", "--dir", dir] => Some(supervise(Path::new(dir))),
        ["replay-agent", "--recording", recording, "--tree", tree] => {
            Some(replay(Path::new(recording), Path::new(tree)))
        }
        ["launch", "--order", order, "--", ..] => {
            let rest = words.get(4..).unwrap_or_default();
            Some(ExitCode::from(crate::stage::launch::run(order, rest)))
        }
        ["stage-exec" | "launch" | "supervise" | "replay-agent", ..] => {
            Some(ExitCode::from(MISUSE))
        }
        _ => None,
    }
}

fn said<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn supervise(dir: &Path) -> ExitCode {
    // Started from a terminal, it must outlive it.
    if let Err(error) = crate::process::own::leave_terminal() {
        anstream::eprintln!("can't leave the terminal: {error}");
    }
    said(crate::supervisor::turn::supervise(dir))
}

fn replay(recording: &Path, tree: &Path) -> ExitCode {
    use crate::stage::replay::{NOTHING_TO_PLAY, Pace, play};
    let speed = std::env::var("HARNESS_REPLAY_SPEED").ok();
    let played = play(
        recording,
        tree,
        &mut std::io::stdout().lock(),
        Pace::from_text(speed.as_deref()),
    );
    match played {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::from(NOTHING_TO_PLAY)
        }
    }
}
