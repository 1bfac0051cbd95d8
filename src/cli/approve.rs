//! `approve`: a person lets a gate through, on exactly the evidence that was shown.

use super::follow::can_ask;
use super::follow::ending::{Asked, asked, gate_lines};
use super::out::{Role, paint};
use super::which::{self, Which};
use super::{Context, Outcome, by_hand, follow, gate, order, person, why};
use crate::engine::{Event, GateSide, Run};
use crate::records::runs::RunView;
use crate::store::fs::Disk;
use crate::store::journal::{self, Cursor};
use crate::supervisor::control::Entry;
use crate::terms::evidence::ArtifactRecord;
use crate::terms::outcome::End;
use crate::terms::{Digest, StageId};
use color_eyre::eyre::{Report, bail};

/// The fewest digits that name what was shown.
const MIN_DIGITS: usize = 8;

/// Approves what a gate asks about.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Whose gate, where several ask
    #[arg(long)]
    stage: Option<String>,
    /// What was shown at the gate, as the printed command names it: 8 or more digits; without it a
    /// terminal shows what is approved and asks
    #[arg(long, value_name = "DIGEST")]
    on: Option<String>,
    /// Follow the run until it ends or waits again
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "approve")?;
    let project = context.project()?;
    let mut view = which::run(&project, &args.which, "approve", asks_at_a_gate)?;
    let shown = gates(&view);
    by_hand::taken_up(context, &mut view)?;
    let (stage, side, evidence) = gate_of(&view, args.stage.as_deref())?;
    let asks = args.on.is_none() && can_ask(context);
    if let Some(on) = &args.on {
        is_what_was_seen(&view, &stage, side, on)?;
    } else if !asks && !shown.contains(&(stage.clone(), side, evidence.clone())) {
        let run = &view.order.run;
        bail!(
            "what {stage} asks about changed just now, by an edit that was taken up; look at it with \
             `harness-tui why {run}`, then approve again"
        );
    }
    nothing_holds(&mut view)?;
    for line in gate_lines(&view, &stage, side) {
        context.out.text(line);
    }
    if asks {
        if !gate::says_yes("approve it?")? {
            let told = format!("{} waits on: nothing was approved", view.order.run);
            context.out.text(paint(Role::Attention, told));
            return Ok(End::Waiting.exit_code());
        }
        // Somebody may have edited while it was thought over.
        nothing_holds(&mut view)?;
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

/// Refuses while something stands against approving.
fn nothing_holds(view: &mut RunView) -> Result<(), Report> {
    match gate::held(view)? {
        Some(held) => bail!("{}", held.told),
        None => Ok(()),
    }
}

/// Refuses an approval of something else than the gate asks about now, and says what changed.
fn is_what_was_seen(
    view: &RunView,
    stage: &StageId,
    side: GateSide,
    on: &str,
) -> Result<(), Report> {
    let now = view.run.evidence(stage, side);
    if on.len() < MIN_DIGITS || !on.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "--on {on}: give {MIN_DIGITS} or more hexadecimal digits of what the gate showed; it shows {}",
            now.short()
        );
    }
    let on = on.to_ascii_lowercase();
    if now.as_str().starts_with(&on) {
        return Ok(());
    }
    let run = &view.order.run;
    let changed = match seen_then(view, stage, side, &on) {
        Some(then) => changed_since(&then, &view.run),
        None => format!("{run} never asked about that"),
    };
    bail!(
        "{stage} no longer asks about {on}: {changed}; look at it with `harness-tui status {run}`, \
         then `harness-tui approve {run} --stage {stage} --on {}`",
        now.short()
    )
}

/// The run as it was when this gate last asked about evidence that begins so.
fn seen_then(view: &RunView, stage: &StageId, side: GateSide, on: &str) -> Option<Run> {
    let path = view.dirs.journal();
    let (records, _) = journal::tail::<Entry>(&Disk, &path, &Cursor::default()).ok()?;
    let mut run = Run::new(view.run.plan.clone());
    let mut found = None;
    for record in records {
        run.apply(record.at, &record.event.event).ok()?;
        if run.evidence(stage, side).as_str().starts_with(on) {
            found = Some(run.clone());
        }
    }
    found
}

/// What differs of all that an approval may be given on.
fn changed_since(then: &Run, now: &Run) -> String {
    let mut changed = Vec::new();
    if then.task != now.task {
        changed.push("the task".to_owned());
    }
    let artifacts = |run: &Run| -> Vec<ArtifactRecord> {
        let all = run.stages.iter().flat_map(|s| &s.artifacts);
        all.cloned().collect()
    };
    let before = artifacts(then);
    for artifact in artifacts(now) {
        let same = |a: &ArtifactRecord| a.path == artifact.path && a.digest == artifact.digest;
        if !before.iter().any(same) {
            changed.push(artifact.path.to_string());
        }
    }
    for (old, new) in then.stages.iter().zip(&now.stages) {
        if old.commit != new.commit {
            changed.push(format!("the hand-off of {}", new.id));
        }
    }
    if changed.is_empty() {
        "what it was given on was made anew".to_owned()
    } else {
        format!("changed since: {}", changed.join(", "))
    }
}

/// Whether a gate of the run asks.
pub fn asks_at_a_gate(view: &RunView) -> bool {
    view.run.stages.iter().any(|s| s.asking.is_some())
}

/// The gates that ask, each with what an approval would be given on.
fn gates(view: &RunView) -> Vec<(StageId, GateSide, Digest)> {
    asked(&view.run)
        .into_iter()
        .filter_map(|a| match a {
            Asked::Gate {
                stage,
                side,
                evidence,
            } => Some((stage, side, evidence)),
            Asked::Questions { .. } => None,
        })
        .collect()
}

/// The gate that is meant: the one that asks, or that of the stage that is named.
pub fn gate_of(view: &RunView, stage: Option<&str>) -> Result<(StageId, GateSide, Digest), Report> {
    let named = stage.map(|name| why::stage_of(view, name)).transpose()?;
    let asking = gates(view);
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
