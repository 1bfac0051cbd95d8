//! Which run a command is about: named by its id, by its task, or the only one there is.

use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::terms::{RunId, TaskId};
use clap::Args;
use color_eyre::eyre::{Report, bail};

/// The run that a command is about.
#[derive(Debug, Args)]
pub struct Which {
    /// A run's id, or a task's for its open run; left out: the only run it can be
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
}

/// The run that is meant. Where none is named, it is the only one of those that `fits`; `doing`
/// says what it would be for: `resume`.
pub fn run(
    project: &Project,
    named: &Which,
    doing: &str,
    fits: impl Fn(&RunView) -> bool,
) -> Result<RunView, Report> {
    match &named.run {
        Some(name) => by_name(project, name),
        None => only_one(project, doing, fits),
    }
}

/// The run that is to be looked at, which may be over: by its id, the open or else the latest run
/// of a task, or the only one that is not over, or else the latest.
pub fn to_read(project: &Project, named: &Which, doing: &str) -> Result<RunView, Report> {
    let open = run(project, named, doing, |view| !view.is_over());
    let task = named.run.as_deref().map(TaskId::new);
    let fits = |view: &RunView| match &task {
        None => view.is_over(),
        Some(Ok(task)) => view.task() == Some(task),
        Some(Err(_)) => false,
    };
    open.or_else(|error| {
        let (views, _) = runs::all(project);
        let several = task.is_none() && views.iter().any(|view| !view.is_over());
        match views.into_iter().find(fits) {
            Some(view) if !several => Ok(view),
            _ => Err(error),
        }
    })
}

/// The run of this id, or the latest open one of the task of this id.
pub fn by_name(project: &Project, name: &str) -> Result<RunView, Report> {
    if let Ok(id) = RunId::new(name) {
        return Ok(runs::find(project, &id)?);
    }
    let Ok(task) = TaskId::new(name) else {
        bail!(
            "'{name}' is neither a run's id (RUN-2026-04-02-T015) nor a task's (T015); \
             `harness-tui status` lists the runs"
        );
    };
    match runs::open_run_of(project, &task) {
        Some(view) => Ok(view),
        None => bail!("{task} has no open run; `harness-tui run {task}` starts one"),
    }
}

fn only_one(
    project: &Project,
    doing: &str,
    fits: impl Fn(&RunView) -> bool,
) -> Result<RunView, Report> {
    let (views, unreadable) = runs::all(project);
    let mut found: Vec<RunView> = views.into_iter().filter(|v| fits(v)).collect();
    let list: Vec<String> = found.iter().map(|v| v.order.run.to_string()).collect();
    match (found.pop(), found.is_empty()) {
        (Some(view), true) => Ok(view),
        (Some(_), false) => bail!(
            "name one of the {} runs there are to {doing}: {}",
            list.len(),
            list.join(", ")
        ),
        (None, _) => match unreadable.first() {
            Some(unreadable) => {
                bail!("there is no run to {doing}; one can't be read: {unreadable}")
            }
            None => bail!("there is no run to {doing}; `harness-tui status` lists what there is"),
        },
    }
}
