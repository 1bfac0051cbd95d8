//! What people edited while nobody supervised a run. A command that decides has it taken up first
//! and shows what came of it; one that only shows says what is asked for and changes nothing, for
//! it must never be what makes work go on.

use super::out::{Role, paint};
use super::{Context, follow, order};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::supervisor::by_hand::ByHand;
use crate::supervisor::edits::NOT_TAKEN;
use crate::terms::RunState;
use color_eyre::eyre::Report;

/// What stands in run-state.md and waits for a supervisor, where there is none to take it up.
pub fn pending(view: &RunView) -> Option<ByHand> {
    let nobody = !view.supervised && view.run.landed.is_none();
    nobody.then(|| view.by_hand()).flatten()
}

/// One sentence that says so.
pub fn told(edit: &ByHand) -> String {
    format!("run-state.md was edited by hand, and nobody took it up yet: {edit}")
}

/// The command that has it taken up.
pub fn command(view: &RunView) -> String {
    format!("harness-tui resume {}", view.order.run)
}

/// The run as it will be once the task in the checkout is taken up: what became stale is shown so,
/// and no process is needed for it. A run that should go on is shown as it is.
pub fn with_its_task(mut view: RunView) -> RunView {
    if view.supervised || should_go_on(&view) {
        return view;
    }
    let changed = [view.task_changed(), view.brought_changed()];
    for changed in changed.into_iter().flatten() {
        let mut run = view.run.clone();
        // What can't be applied is left to the supervisor, which says so.
        if view
            .run
            .updated
            .is_some_and(|at| run.apply(at, &changed).is_ok())
        {
            view.run = run;
        }
    }
    view
}

/// Has a supervisor take up what was edited, and shows what came of it. Not where that would make
/// work go on that nobody ordered to: that is for `resume` alone.
pub fn taken_up(context: &Context, view: &mut RunView) -> Result<TakenUp, Report> {
    if should_go_on(view) {
        return Ok(TakenUp::Nothing);
    }
    take_up(context, view)
}

/// What came of edits by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenUp {
    /// There were none.
    Nothing,
    /// They were taken.
    Taken,
    /// One was put back, and why.
    Refused(String),
}

/// The same, whatever else goes on by it.
pub fn take_up(context: &Context, view: &mut RunView) -> Result<TakenUp, Report> {
    if view.supervised || !is_edited(view) {
        return Ok(TakenUp::Nothing);
    }
    let goes_on = |view: &RunView| view.supervised && should_go_on(view);
    let facts = order::wake_until(view, |view, _| {
        !is_edited(view) && (!view.supervised || goes_on(view))
    })?;
    if !facts.is_empty() {
        let head = paint(Role::Title, "edits by hand were taken up:");
        context.out.text(head);
    }
    for fact in &facts {
        // From here on it is the run's own story.
        if matches!(fact.event.event, Event::Intent { .. }) {
            break;
        }
        follow::tell_fact(context, view, fact);
    }
    let refused = facts.iter().find_map(|fact| match &fact.event.event {
        Event::Noted { text } => text.strip_prefix(NOT_TAKEN).map(str::to_owned),
        _ => None,
    });
    Ok(refused.map_or(TakenUp::Taken, TakenUp::Refused))
}

fn is_edited(view: &RunView) -> bool {
    let edited = || view.by_hand().is_some() || view.task_changed().is_some();
    view.run.landed.is_none() && (edited() || view.brought_changed().is_some())
}

/// Whether a supervisor would go on with the run's work by itself.
fn should_go_on(view: &RunView) -> bool {
    matches!(
        view.run.state(),
        RunState::Created | RunState::Ready | RunState::Running
    )
}
