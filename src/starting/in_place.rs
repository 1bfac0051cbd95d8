//! Beginning a run that works in the checkout itself: whether it may, and its first checkpoint.

use super::CannotBegin;
use crate::engine::plan::Plan;
use crate::git::commit::{Identity, NewCommit};
use crate::git::private;
use crate::records::planning::Planned;
use crate::records::project::Project;
use crate::records::runs;
use crate::stage::writes::Writes;
use crate::store::layout::EngineDir;
use crate::store::lock::Lock;
use crate::supervisor::order::InPlace;
use crate::supervisor::{in_place, tree};
use crate::terms::{Digest, Oid, StageId};
use std::path::PathBuf;

/// Refuses where something that the run may write is not committed: it could not be told from the
/// run's own work. No stage: all of them.
pub fn clean_enough(project: &Project, plan: &Plan, chosen: &[StageId]) -> Result<(), CannotBegin> {
    let stages = plan.stages.iter();
    let writes: Vec<Writes> = stages
        .filter(|s| chosen.is_empty() || chosen.contains(&s.id))
        .map(|stage| Writes::of_stage(stage, project.harness.as_str()).0)
        .collect();
    let mut dirty = project.git().dirty(&[])?;
    dirty.retain(|path| writes.iter().any(|w| w.allow(path)));
    if dirty.is_empty() {
        return Ok(());
    }
    Err(CannotBegin::Dirty(dirty))
}

/// Takes the checkout for a run that is being begun: held until it is created.
pub fn take(project: &Project, engine: &EngineDir) -> Result<Lock, CannotBegin> {
    let name = Digest::of(project.home().as_os_str().as_encoded_bytes());
    let path = engine.slots().join(format!("begin-{}", name.short()));
    let Some(lock) = Lock::try_take(&path)? else {
        return Err(CannotBegin::PlaceRacing);
    };
    let (views, _) = runs::all(project);
    let here = views.iter().find(|view| {
        view.order.in_place.is_some()
            && view.order.home == project.home()
            && view.run.landed.is_none()
            && !view.run.state().is_terminal()
    });
    match here {
        None => Ok(lock),
        Some(view) => Err(CannotBegin::PlaceTaken {
            run: view.order.run.clone(),
            state: view.state().to_string(),
        }),
    }
}

/// The commit that the run starts from: HEAD or, where something lies uncommitted in the checkout,
/// a commit on no branch that holds that too.
pub fn first_checkpoint(
    project: &Project,
    planned: &Planned,
    trees: PathBuf,
) -> Result<(Oid, InPlace), CannotBegin> {
    if project.is_without_git() {
        private::make(project.home())?;
        if let Some(much) = private::too_much(project.home())? {
            let folder = project.home().to_owned();
            return Err(CannotBegin::TooMuch { folder, much });
        }
    }
    let git = project.git();
    let head = git.head()?.commit;
    let Some(commit) = head.clone() else {
        return Err(CannotBegin::NoCommit);
    };
    let task = planned.plan.task.as_ref().map(|t| &t.path);
    let apart = in_place::apart(&project.harness, planned.backlog.as_ref(), task);
    let near = project.engine.slots().join(format!(
        "begin-{}-{}",
        std::process::id(),
        uuid::Uuid::new_v4().simple()
    ));
    let now = tree::content_from(&git, &near, &commit, &[], &apart)?;
    let mut found: Vec<String> = Vec::new();
    let mut base = commit.clone();
    let as_committed = git.tree_of(&commit)?;
    if now != as_committed {
        found.extend(git.diff(&as_committed, &now)?.into_iter().map(|d| d.path));
        base = git.commit_tree(&NewCommit {
            tree: &now,
            parents: std::slice::from_ref(&commit),
            message: "What lay in the checkout",
            trailers: &[],
            identity: &Identity::fallback(),
            seconds: jiff::Timestamp::now().as_second(),
        })?;
    }
    let without_git = project.is_without_git();
    if without_git {
        // All that lies there was found.
        found.clear();
    }
    let place = InPlace {
        trees,
        head,
        found,
        repository: without_git.then(|| project.repository.git_dir.clone()),
    };
    Ok((base, place))
}
