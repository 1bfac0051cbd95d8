//! `cancel`: ends a run and keeps its work.

use super::which::{self, Which};
use super::{Context, Outcome, order, person};
use crate::engine::Event;

/// Cancels a run; its work is kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Why, for the report
    #[arg(long, default_value = "cancelled at the command line")]
    reason: String,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let fits = |v: &crate::records::runs::RunView| !v.run.state().is_terminal();
    let mut view = which::run(&project, &args.which, "cancel", fits)?;
    let event = Event::Cancelled {
        reason: args.reason.clone(),
        by: person::here(context),
    };
    order::carry_out(context, &mut view, &event, "is being cancelled")
}
