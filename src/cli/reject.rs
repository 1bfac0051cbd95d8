//! `reject`: a person sends work back at a gate; the reason and every open comment become findings.

use super::approve::{asks_at_a_gate, gate_of};
use super::which::{self, Which};
use super::{Context, Outcome, by_hand, follow, order, person};
use crate::engine::Event;
use crate::engine::review::with;
use color_eyre::eyre::Report;

/// Sends work back at a gate, with the comments that are open.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// What is to be changed; it becomes a finding. With open comments it may be left out
    #[arg(long)]
    reason: Option<String>,
    /// Whose gate, where several ask
    #[arg(long)]
    stage: Option<String>,
    /// Follow the run until it ends or waits again
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "reject")?;
    let project = context.project()?;
    let mut view = which::run(&project, &args.which, "send back", asks_at_a_gate)?;
    by_hand::taken_up(context, &mut view)?;
    let (stage, side, _) = gate_of(&view, args.stage.as_deref())?;
    let comments = view.open_comments().map_err(Report::msg)?;
    let did = format!("reworks: {stage} was sent back{}", with(comments.len()));
    let reason = args.reason.as_deref().unwrap_or_default().trim().to_owned();
    let event = Event::Rejected {
        stage,
        side,
        reason,
        comments,
        by,
    };
    match order::carry_out(context, &mut view, &event, &did)? {
        0 => follow::then(context, &mut view, args.follow),
        code => Ok(code),
    }
}
