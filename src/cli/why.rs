//! `why`: six lines for any state of a run or of one of its stages.

use super::follow::ending::{why_json, why_lines};
use super::which::{self, Which};
use super::{Context, Outcome, by_hand, gate};
use crate::engine::Cause;
use crate::engine::step::Step;
use crate::records::runs::RunView;
use crate::records::why::Why;
use crate::terms::StageId;
use color_eyre::eyre::{Report, bail};
use serde_json::json;

/// Why a run or one of its stages is as it is.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// One of its stages
    stage: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let view = by_hand::with_its_task(which::to_read(&project, &args.which, "explain")?);
    let stage = args.stage.as_deref();
    let stage = stage.map(|name| stage_of(&view, name)).transpose()?;
    let why = whole(&view, stage.as_ref());
    why_lines(context, &why);
    context.out.object(&json!({
        "type": "why", "run": view.order.run, "stage": stage, "state": view.state().word(),
        "why": why_json(context, &why),
    }));
    Ok(0)
}

/// Why a run, or one of its stages, is as it is: as its journal tells, and as what people did since
/// makes it. What is kept is looked up.
pub fn whole(view: &RunView, stage: Option<&StageId>) -> Why {
    let mut why = view.why(stage);
    let mut cause = of(view, stage);
    view.tell_of_unhanded(&mut cause);
    why.evidence = match stage {
        None => view.with_beside(cause.evidence),
        Some(_) => cause.evidence,
    };
    why.command = cause.command;
    why.step = cause.step;
    why
}

/// The same without what is kept.
pub fn of(view: &RunView, stage: Option<&StageId>) -> Cause {
    let mut why = view.cause(stage);
    why.evidence = why.fact();
    why.moment = None;
    for fault in gate::faults(view, stage) {
        why.evidence = format!("{}; {fault}", why.evidence);
    }
    if let (Some(edit), None) = (by_hand::pending(view), stage) {
        why.evidence = format!("{}; until then: {}", by_hand::told(&edit), why.evidence);
        why.command = by_hand::command(view);
        why.step = Step::by("pause", "has it taken up");
    }
    why
}

/// The stage of this id or name.
pub fn stage_of(view: &RunView, name: &str) -> Result<StageId, Report> {
    let stages = &view.run.plan.stages;
    let found = stages
        .iter()
        .find(|s| s.id.as_str() == name)
        .or_else(|| stages.iter().find(|s| s.name.eq_ignore_ascii_case(name)));
    if let Some(stage) = found {
        return Ok(stage.id.clone());
    }
    let known: Vec<&str> = stages.iter().map(|s| s.id.as_str()).collect();
    bail!(
        "{} has no stage '{name}'; it has: {}",
        view.order.run,
        known.join(", ")
    )
}
