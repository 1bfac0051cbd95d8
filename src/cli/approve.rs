//! `approve`: a person lets a gate through, on exactly the evidence that was shown.

use super::follow::ask::edited;
use super::follow::ending::{Asked, asked, gate_lines};
use super::which::{self, Which};
use super::{Context, Outcome, follow, order, person, why};
use crate::engine::{Event, GateSide};
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::{Digest, StageId};
use color_eyre::eyre::{Report, bail};

/// Approves what a gate asks about.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Whose gate, where several ask
    #[arg(long)]
    stage: Option<String>,
    /// Follow the run until it ends or waits again
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "approve")?;
    let project = Project::find(&context.cwd)?;
    let mut view = which::run(&project, &args.which, "approve", asks_at_a_gate)?;
    let (stage, side, evidence) = gate_of(&view, args.stage.as_deref())?;
    let edited = edited(&view);
    if !edited.is_empty() {
        // A supervisor takes the edit up, and the gate asks anew about what is there then.
        order::wake(&mut view)?;
        bail!(
            "{} changed in {} since it was recorded, so what you saw is not what is there; the edit \
             is being taken up: look at it with `harness-tui why {}`, then approve again",
            edited.join(", "),
            view.order.tree.display(),
            view.order.run
        );
    }
    for line in gate_lines(&view, &stage, side) {
        context.out.text(line);
    }
    let did = format!("goes on: {stage} is approved on {}", evidence.short());
    let event = Event::Approved {
        stage,
        side,
        evidence,
        by,
    };
    match order::carry_out(context, &mut view, &event, &did)? {
        0 => follow::then(context, &mut view, args.follow),
        code => Ok(code),
    }
}

/// Whether a gate of the run asks.
pub fn asks_at_a_gate(view: &RunView) -> bool {
    view.run.stages.iter().any(|s| s.asking.is_some())
}

/// The gate that is meant: the one that asks, or that of the stage that is named.
pub fn gate_of(view: &RunView, stage: Option<&str>) -> Result<(StageId, GateSide, Digest), Report> {
    let named = stage.map(|name| why::stage_of(view, name)).transpose()?;
    let asking: Vec<(StageId, GateSide, Digest)> = asked(&view.run)
        .into_iter()
        .filter_map(|a| match a {
            Asked::Gate {
                stage,
                side,
                evidence,
            } => Some((stage, side, evidence)),
            Asked::Questions { .. } => None,
        })
        .collect();
    let stages: Vec<&str> = asking.iter().map(|(s, ..)| s.as_str()).collect();
    let run = &view.order.run;
    let told = match (&named, stages.as_slice()) {
        (None, [_]) => None,
        (Some(stage), list) if list.contains(&stage.as_str()) => None,
        (_, []) => Some(format!(
            "nothing of {run} asks for approval: it is {}; `harness-tui why {run}` says more",
            view.state()
        )),
        (Some(stage), list) => Some(format!(
            "{stage} asks for no approval; these do: {}",
            list.join(", ")
        )),
        (None, list) => Some(format!(
            "several gates ask; name one with --stage: {}",
            list.join(", ")
        )),
    };
    if let Some(told) = told {
        bail!("{told}");
    }
    let found = asking
        .into_iter()
        .find(|(s, ..)| named.as_ref().is_none_or(|n| n == s));
    found.ok_or_else(|| color_eyre::eyre::eyre!("nothing of {run} asks for approval"))
}
