//! `pause`: nothing new is started; with `--now` what runs is interrupted, its work kept.

use super::which::{self, Which};
use super::{Context, Outcome, order, person};
use crate::engine::Event;

/// Pauses a run at its next boundary.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Interrupt what runs; its work and its session are kept
    #[arg(long)]
    now: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let mut view = which::run(&project, &args.which, "pause", |v| v.supervised)?;
    let event = Event::Paused {
        now: args.now,
        by: person::here(context),
    };
    let did = if args.now {
        "is paused now"
    } else {
        "pauses at the next boundary"
    };
    order::carry_out(context, &mut view, &event, did)
}
