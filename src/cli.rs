//! The command line. Law: a file a command; this room parses, calls, prints and chooses the exit
//! code, and nothing else. It is the only room that prints.

use std::ffi::OsString;
use std::process::ExitCode;

/// Misuse of the command line.
const MISUSE: u8 = 2;

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    hidden(&words).unwrap_or(ExitCode::SUCCESS)
}

/// The subcommands by which the program starts itself.
fn hidden(words: &[OsString]) -> Option<ExitCode> {
    let text: Vec<_> = words.iter().take(4).map(|w| w.to_string_lossy()).collect();
    let text: Vec<&str> = text.iter().map(AsRef::as_ref).collect();
    match text.as_slice() {
        ["stage-exec", "--dir", dir] => Some(stage_exec(std::path::Path::new(dir))),
        ["launch", "--order", order, "--"] => Some(ExitCode::from(crate::stage::launch::run(
            order,
            &words[4..],
        ))),
        ["replay-agent", "--recording", recording, "--tree"] => {
            let tree = words.get(4)?;
            Some(replay_agent(recording.as_ref(), tree.as_ref()))
        }
        ["stage-exec" | "launch" | "replay-agent", ..] => Some(ExitCode::from(MISUSE)),
        _ => None,
    }
}

fn replay_agent(recording: &std::path::Path, tree: &std::path::Path) -> ExitCode {
    use crate::stage::replay::{NOTHING_TO_PLAY, Pace, play};
    let speed = std::env::var("HARNESS_REPLAY_SPEED").ok();
    let mut out = std::io::stdout().lock();
    match play(recording, tree, &mut out, Pace::from_text(speed.as_deref())) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            anstream::eprintln!("replay-agent: {error}");
            ExitCode::from(NOTHING_TO_PLAY)
        }
    }
}

fn stage_exec(dir: &std::path::Path) -> ExitCode {
    match crate::stage::exec::run(dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("stage-exec: {error}");
            ExitCode::FAILURE
        }
    }
}
