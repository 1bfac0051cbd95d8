//! The subcommands by which the program starts itself. Nobody types them.

use super::{Context, Outcome};
use crate::process::own;
use crate::stage::seal::Key;
use crate::stage::{exec, launch, replay};
use crate::supervisor::turn;
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The exit code of a process of ours that could not do its work; why is in its log.
const COULD_NOT: u8 = 1;

/// The hidden subcommands.
#[derive(Debug, Subcommand)]
pub enum Hidden {
    /// Supervises a run until it ends or only waits for a person
    #[command(hide = true)]
    Supervise(Dir),
    /// Carries out one attempt
    #[command(hide = true)]
    StageExec(Attempt),
    /// Becomes the program it is told to start, confined
    #[command(hide = true)]
    Launch(Launch),
    /// Plays a recorded attempt
    #[command(hide = true)]
    ReplayAgent(Replay),
}

/// A folder to work on.
#[derive(Debug, Args)]
pub struct Dir {
    /// The folder
    #[arg(long)]
    dir: PathBuf,
}

/// An attempt to carry out.
#[derive(Debug, Args)]
pub struct Attempt {
    /// The folder
    #[arg(long)]
    dir: PathBuf,
    /// A key to seal the record with is read from standard input
    #[arg(long)]
    sealed: bool,
}

/// What to become.
#[derive(Debug, Args)]
pub struct Launch {
    /// How, as JSON
    #[arg(long)]
    order: String,
    /// The program and its arguments
    #[arg(last = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// What to play.
#[derive(Debug, Args)]
pub struct Replay {
    /// The recording
    #[arg(long)]
    recording: PathBuf,
    /// The tree to change
    #[arg(long)]
    tree: PathBuf,
}

/// Runs one.
pub fn run(command: &Hidden, context: &Context) -> Outcome {
    match command {
        Hidden::Supervise(Dir { dir }) => {
            own::take_name();
            let done = own::leave_terminal()
                .map_err(color_eyre::Report::from)
                .and_then(|()| Ok(turn::supervise(dir)?));
            Ok(told(context, "supervise", done))
        }
        Hidden::StageExec(Attempt { dir, sealed }) => {
            own::take_name();
            let done = carry_out(dir, *sealed);
            Ok(told(context, "stage-exec", done))
        }
        Hidden::Launch(Launch { order, words }) => Ok(launch::run(order, words)),
        Hidden::ReplayAgent(Replay { recording, tree }) => {
            let speed = std::env::var("HARNESS_REPLAY_SPEED").ok();
            let pace = replay::Pace::from_text(speed.as_deref());
            let mut out = std::io::stdout().lock();
            Ok(
                replay::play(recording, tree, &mut out, pace).unwrap_or_else(|error| {
                    context.out.error(format!("replay-agent: {error}"));
                    replay::NOTHING_TO_PLAY
                }),
            )
        }
    }
}

/// Carries an attempt out. Whoever starts it and dies before it told the key starts another one:
/// this one does nothing.
fn carry_out(dir: &Path, sealed: bool) -> Result<(), color_eyre::Report> {
    let key = Key::told_if(sealed, std::io::stdin().lock())?;
    Ok(exec::run(dir, key.as_ref())?)
}

fn told(context: &Context, what: &str, done: Result<(), color_eyre::Report>) -> u8 {
    match done {
        Ok(()) => 0,
        Err(error) => {
            let now = jiff::Timestamp::now();
            context.out.error(format!("{now} {what}: {error:#}"));
            COULD_NOT
        }
    }
}
