//! `rerun --stale`: does again what passed on inputs that have changed since, and nothing else.

use super::trust::ByDigest;
use super::which::{self, Which};
use super::{Context, Outcome, by_hand, follow, order, person};
use crate::engine::Event;
use crate::records::runs::RunView;

/// Does again what is stale (a stage by name: `run TASK --from STAGE`).
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// What passed on inputs that have changed since
    #[arg(long, required = true)]
    stale: bool,
    /// Follow the run until it ends or waits
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    trust: ByDigest,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "rerun")?;
    let project = context.project()?;
    let fits = |v: &RunView| !by_hand::with_its_task(v.clone()).run.stale().is_empty();
    let mut view = which::run(&project, &args.which, "rerun", fits)?;
    args.trust.settle_run(context, &project, &view)?;
    by_hand::taken_up(context, &mut view)?;
    match order::carry_out(
        context,
        &mut view,
        &Event::RerunStale { by },
        "reruns what is stale",
    )? {
        0 => follow::then(context, &mut view, args.follow),
        code => Ok(code),
    }
}
