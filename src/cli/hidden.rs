//! The subcommands by which the program starts itself. Nobody types them.

use super::{Context, Outcome};
use crate::landing::recheck::{self, Told};
use crate::process::own;
use crate::records::runs::RunView;
use crate::records::spending;
use crate::records::why;
use crate::stage::seal::Key;
use crate::stage::{exec, launch, lent, replay};
use crate::store::layout::RunDir;
use crate::supervisor::live::Above;
use crate::supervisor::{tell, turn};
use crate::terms::Oid;
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The exit code of a program that could not be started.
const NOT_STARTED: u8 = 127;
/// The exit code of a process of ours that could not do its work; why is in its log.
const COULD_NOT: u8 = 1;

/// What a supervisor is given of the read model.
const ABOVE: Above = Above {
    explain: why::explain,
    day: spending::day::used,
};

/// The hidden subcommands.
#[derive(Debug, Subcommand)]
pub enum Hidden {
    /// Supervises a run until it ends or only waits for a person
    #[command(hide = true)]
    Supervise(Dir),
    /// Tells the commands of `on:` what came to pass in a run that nobody supervises
    #[command(hide = true)]
    Tell(Dir),
    /// Carries out one attempt
    #[command(hide = true)]
    StageExec(Attempt),
    /// Becomes the program it is told to start, confined
    #[command(hide = true)]
    Launch(Launch),
    /// Plays a recorded attempt
    #[command(hide = true)]
    ReplayAgent(Replay),
    /// Becomes the program it is told to start, without a terminal
    #[command(hide = true)]
    Apart(Apart),
    /// Becomes the program that a person works with who took a stage over
    #[command(hide = true)]
    Lent(Lent),
    /// Runs the checks of a run once more, for a landing
    #[command(hide = true)]
    Recheck(Recheck),
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

/// What was lent.
#[derive(Debug, Args)]
pub struct Lent {
    /// The attempt's folder
    #[arg(long)]
    dir: PathBuf,
    /// The process that waits for it
    #[arg(long)]
    parent: u32,
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

/// What to become.
#[derive(Debug, Args)]
pub struct Apart {
    /// The program and its arguments
    #[arg(last = true, required = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// What to check.
#[derive(Debug, Args)]
pub struct Recheck {
    /// The run's folder
    #[arg(long)]
    dir: PathBuf,
    /// The content
    #[arg(long)]
    tree: String,
    /// A commit that holds it
    #[arg(long)]
    commit: String,
    /// The process that wants to know
    #[arg(long)]
    parent: u32,
}

/// Runs one.
pub fn run(command: &Hidden, context: &Context) -> Outcome {
    match command {
        Hidden::Supervise(Dir { dir }) => {
            own::take_name();
            let done = own::leave_terminal()
                .map_err(color_eyre::Report::from)
                .and_then(|()| Ok(turn::supervise(dir, ABOVE)?));
            Ok(told(context, "supervise", done))
        }
        Hidden::Tell(Dir { dir }) => {
            own::take_name();
            let done = own::leave_terminal()
                .map_err(color_eyre::Report::from)
                .and_then(|()| Ok(tell::tell_now(&RunDir::at(dir), why::explain)?));
            Ok(told(context, "tell", done))
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
        Hidden::Apart(Apart { words }) => Ok(become_apart(words, context)),
        Hidden::Lent(Lent { dir, parent }) => {
            let why = lent::become_program(dir, *parent);
            context.out.error(why);
            Ok(NOT_STARTED)
        }
        Hidden::Recheck(order) => {
            own::take_name();
            let done = recheck(order);
            Ok(told(context, "recheck", done))
        }
    }
}

/// Returns only where it could not.
fn become_apart(words: &[OsString], context: &Context) -> u8 {
    use std::os::unix::process::CommandExt;
    let Some((program, args)) = words.split_first() else {
        return NOT_STARTED;
    };
    let error = match own::leave_terminal() {
        Ok(()) => std::process::Command::new(program).args(args).exec(),
        Err(error) => error,
    };
    let program = program.to_string_lossy();
    context.out.error(format!("{program}: {error}"));
    NOT_STARTED
}

/// Without a terminal, and with nobody left behind: what it starts ends with it.
fn recheck(order: &Recheck) -> Result<(), color_eyre::Report> {
    own::die_with_parent(order.parent)?;
    own::leave_terminal()?;
    let oid = |text: &str| Oid::new(text).map_err(color_eyre::Report::msg);
    let (tree, commit) = (oid(&order.tree)?, oid(&order.commit)?);
    let view = RunView::read(RunDir::at(&order.dir))?;
    let told = Told::of(recheck::recheck(&view, &tree, &commit));
    serde_json::to_writer(std::io::stdout().lock(), &told)?;
    Ok(())
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
            context
                .out
                .error(format!("{now} {what}: {}", super::out::whole(&error)));
            COULD_NOT
        }
    }
}
