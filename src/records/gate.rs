//! What a gate asks about, and what stands against letting it through: the same for whoever
//! approves and wherever it is asked.

pub mod comments;
pub mod page;

use super::runs::RunView;
use crate::engine::{GateSide, Run};
use crate::git::GitError;
use crate::store::inside::read_inside;
use crate::supervisor::{edits, tree};
use crate::terms::evidence::ArtifactRecord;
use crate::terms::{Digest, StageId};

/// Largest artifact that is read.
const MAX_ARTIFACT_BYTES: u64 = 4 * 1024 * 1024;

/// Why nothing of a run may be approved now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What stands against it, and what to do.
    pub told: String,
    /// An edit is to be taken up by a supervisor first; then the gate asks anew.
    pub asks_anew: bool,
}

/// What stands against approving anything of this run: an artifact that somebody broke, one that
/// was edited and not seen, work in the run's tree that would be left out. `None`: nothing does.
pub fn held(view: &RunView) -> Result<Option<Held>, GitError> {
    let artifacts = view.run.stages.iter().flat_map(|s| &s.artifacts);
    let broken = broken_of(view, artifacts);
    if !broken.is_empty() {
        // No supervisor takes such an edit up, so there is nothing to wait for.
        return Ok(Some(Held {
            told: broken.join("; "),
            asks_anew: false,
        }));
    }
    let edited = edited(view);
    if !edited.is_empty() {
        let told = format!(
            "{} changed in {} since it was recorded, so what you saw is not what is there; the edit \
             is being taken up: look at it with `harness-tui why {}`, then approve again",
            edited.join(", "),
            view.order.tree.display(),
            view.order.run
        );
        return Ok(Some(Held {
            told,
            asks_anew: true,
        }));
    }
    let tree = &view.order.tree;
    let left = tree::not_handed_on(view.dirs.path(), &view.order, &view.run)?;
    Ok((!left.is_empty()).then(|| Held {
        told: format!(
            "work in {} is not part of what is approved, and would be left out: {}; {}",
            tree.display(),
            left.join(", "),
            tree::what_to_do(&view.order, &view.run)
        ),
        asks_anew: false,
    }))
}

/// What is wrong with artifacts that the asking gates are about; with `stage`, that one's alone.
pub fn faults(view: &RunView, stage: Option<&StageId>) -> Vec<String> {
    let mut told = Vec::new();
    for record in &view.run.stages {
        let meant = stage.is_none_or(|s| *s == record.id);
        if let (Some(side), true) = (record.asking, meant) {
            for fault in broken_of(view, in_question(&view.run, &record.id, side)) {
                if !told.contains(&fault) {
                    told.push(fault);
                }
            }
        }
    }
    told
}

/// The artifacts that a gate is about.
pub fn in_question<'a>(run: &'a Run, stage: &StageId, side: GateSide) -> Vec<&'a ArtifactRecord> {
    let mut ids = run.plan.above(stage);
    if side == GateSide::After {
        ids.push(stage.clone());
    }
    run.stages
        .iter()
        .filter(|s| ids.contains(&s.id))
        .flat_map(|s| &s.artifacts)
        .collect()
}

fn broken_of<'a>(
    view: &RunView,
    artifacts: impl IntoIterator<Item = &'a ArtifactRecord>,
) -> Vec<String> {
    artifacts
        .into_iter()
        .filter_map(|a| edits::broken(&view.order.tree, &view.run, a))
        .collect()
}

/// Artifacts in the run's tree that are not what was recorded: nobody is asked to decide on them
/// unseen.
fn edited(view: &RunView) -> Vec<String> {
    view.run
        .stages
        .iter()
        .flat_map(|s| &s.artifacts)
        .filter(|a| {
            match read_inside(&view.order.tree, &a.path, MAX_ARTIFACT_BYTES) {
                Ok(bytes) => {
                    Digest::of(&bytes) != a.digest
                        && !edits::as_committed(&view.order.tree, &view.run, a)
                }
                // A tree that is gone is made again from the branch, where the artifact is.
                Err(_) => view.order.tree.exists(),
            }
        })
        .map(|a| a.path.to_string())
        .collect()
}
