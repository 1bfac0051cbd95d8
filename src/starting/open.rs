//! A task has one open run at a time.

use super::CannotBegin;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::terms::{RunState, TaskId};

/// Refuses where the task has a run that is not over; `another`: one more is wanted beside one
/// that stands still.
pub fn none(project: &Project, task: &TaskId, another: bool) -> Result<(), CannotBegin> {
    let (views, _) = runs::all(project);
    match views.iter().find(|v| is_open(v, task)) {
        None => Ok(()),
        Some(view) => in_the_way(view, task, another).map_or(Ok(()), |e| Err(CannotBegin::Open(e))),
    }
}

/// Whether this is a run of the task that is not over.
pub fn is_open(view: &RunView, task: &TaskId) -> bool {
    view.task() == Some(task) && view.run.landed.is_none() && !view.run.state().is_terminal()
}

/// Why an open run keeps another one of its task from being begun.
fn in_the_way(view: &RunView, task: &TaskId, another: bool) -> Option<String> {
    let id = &view.order.run;
    let what = match view.state() {
        RunState::Created | RunState::Ready | RunState::Running => {
            return Some(format!(
                "{task} has a live run: {id}; follow it with `harness-tui logs {id} --follow`, \
                 end it with `harness-tui cancel {id}`"
            ));
        }
        _ if another => return None,
        RunState::NeedsInput => format!("harness-tui answer {id} Q1='…'"),
        RunState::AwaitingApproval | RunState::ReplanRequired => view.cause(None).command,
        _ => format!("harness-tui resume {id}"),
    };
    Some(format!(
        "{task} has an open run: {id} is {}; go on with it by `{what}`, or start another one with \
         `harness-tui run {task} --new`",
        view.state()
    ))
}
