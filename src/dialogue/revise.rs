//! Talking about a result: what the author is told of it, and what a changed task would make stale.

use super::prompt::Material;
use crate::documents::task::Task;
use crate::engine::Event;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::supervisor::start::{self, CannotStart};
use crate::terms::{RunId, RunState, StageId, TaskId};

/// The most of one artifact, and of the change, that the author is told.
const PIECE: usize = 16 * 1024;
/// The most artifacts.
const MOST: usize = 12;

/// The latest run of a task, over or not.
pub fn latest(project: &Project, task: &TaskId) -> Option<RunView> {
    let (views, _) = runs::all(project);
    views.into_iter().find(|v| v.task() == Some(task))
}

/// What a run came to: where it stands and why, its open findings, its artifacts and its change.
pub fn material(project: &Project, view: &RunView) -> Vec<Material> {
    let run = &view.run;
    let mut told = vec![Material {
        name: format!("where the run {} stands", view.order.run),
        text: view.why(None).to_string(),
    }];
    let findings = run.stages.iter().flat_map(|s| &s.findings);
    let findings: Vec<String> = findings.map(|f| format!("- {f}")).collect();
    if !findings.is_empty() {
        told.push(Material {
            name: "its open findings".to_owned(),
            text: findings.join("\n"),
        });
    }
    let (Some(base), Some(head)) = (&run.base, &run.head) else {
        return told;
    };
    let git = project.git();
    let artifacts = run.stages.iter().flat_map(|s| &s.artifacts).take(MOST);
    for artifact in artifacts {
        // One that is not in the branch any more has nothing to tell.
        let Ok(Some(bytes)) = git.file_at(head, artifact.path.as_str()) else {
            continue;
        };
        told.push(Material {
            name: artifact.path.to_string(),
            text: crate::agents::cut(&String::from_utf8_lossy(&bytes), PIECE),
        });
    }
    let change = git.diff_text(base, head, project.harness.as_str(), 4 * PIECE);
    if let Ok(change) = change
        && !change.trim().is_empty()
    {
        told.push(Material {
            name: "the change it made".to_owned(),
            text: crate::agents::cut(&change, PIECE),
        });
    }
    told
}

/// A run that a changed task makes stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The run. It is kept as it is until a stage of it is run again.
    pub run: RunId,
    /// The stages whose work rests on the task as it was.
    pub stages: Vec<StageId>,
}

/// What would become stale if the task's file held this text; `None`: nothing would.
pub fn stale(view: &RunView, text: &str) -> Option<Stale> {
    let digest = Task::parse(text).digest_for_staleness();
    if view.run.task.as_ref() == Some(&digest) || view.is_over() {
        return None;
    }
    let before: Vec<StageId> = view.run.stale().into_iter().map(|(id, _)| id).collect();
    let mut run = view.run.clone();
    // A fact that the engine would refuse changes nothing.
    let changed = Event::TaskChanged {
        digest,
        criteria: Vec::new(),
    };
    run.apply(view.order.created, &changed).ok()?;
    let now = run.stale().into_iter().map(|(id, _)| id);
    let stages: Vec<StageId> = now.filter(|id| !before.contains(id)).collect();
    (!stages.is_empty()).then(|| Stale {
        run: view.order.run.clone(),
        stages,
    })
}

/// Has a supervisor take the changed task up, so that the run says itself what is stale. Not where
/// one is there, which takes it up anyway, and not where that would make work go on that nobody
/// ordered to. `Err`: none can be started; the next order on the run takes it up then.
pub fn have_taken_up(view: &RunView) -> Result<(), CannotStart> {
    // How it stands by now; what can't be read has no supervisor to tell.
    let Ok(now) = RunView::read(view.dirs.clone()) else {
        return Ok(());
    };
    let goes_on = matches!(
        now.run.state(),
        RunState::Created | RunState::Ready | RunState::Running
    );
    if now.supervised || goes_on || now.task_changed().is_none() {
        return Ok(());
    }
    start::wake(now.dirs.path(), &now.order.home)
}
