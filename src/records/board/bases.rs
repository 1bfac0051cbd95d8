//! Which runs that wait for a person have a base branch that moved on. Git is asked where a branch
//! is when something signals that it may be elsewhere, and about a run only where its base is not the
//! one that it stands on; the answer holds as long as neither moves.

use super::RunCard;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::store::watch::Changes;
use crate::supervisor::refresh::stands_on;
use crate::terms::{Oid, RunId};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// About how many runs git is asked at one look.
const MOST: usize = 50;

/// What is known of the bases.
#[derive(Debug, Default)]
pub(super) struct Bases {
    /// Where each base branch is; `None`: there is none of this name.
    tips: HashMap<String, Option<Oid>>,
    /// Whether the base of a run with this head has moved, as it is here.
    known: HashMap<RunId, (Option<Oid>, Oid, bool)>,
}

/// The folder in which a branch that moves leaves a sign.
pub(super) fn folder(project: &Project) -> PathBuf {
    project.repository.common_dir.join("refs/heads")
}

/// The folders in which the base branches of these runs leave one whose names have a slash:
/// `release/1.2`.
pub(super) fn folders<'a>(
    project: &Project,
    runs: impl IntoIterator<Item = &'a Arc<RunCard>>,
) -> BTreeSet<PathBuf> {
    let heads = folder(project);
    let based = runs.into_iter().filter(|card| !card.is_over());
    let based = based.filter_map(|card| card.view.as_deref()?.order.base_branch.as_deref());
    let inner = based.filter_map(|branch| branch.rsplit_once('/'));
    inner.map(|(folder, _)| heads.join(folder)).collect()
}

/// Whether this path tells that a branch may have moved.
pub(super) fn is_of_a_branch(common: &Path, path: &Path) -> bool {
    let lock = path.extension().is_some_and(|e| e == "lock");
    (path.starts_with(common.join("refs/heads")) && !lock) || path == common.join("packed-refs")
}

impl Bases {
    /// The runs among these whose base moved.
    pub(super) fn look(
        &mut self,
        project: &Project,
        runs: &[Arc<RunCard>],
        changes: &Changes,
    ) -> BTreeSet<RunId> {
        let waits = runs.iter().filter(|c| c.need.is_some() && !c.is_over());
        let based: Vec<(&RunView, &str)> = waits
            .filter_map(|card| {
                let view = card.view.as_deref()?;
                let own_tree = view.order.in_place.is_none() && view.run.prepared;
                let branch = view.order.base_branch.as_deref().filter(|_| own_tree)?;
                Some((view, branch))
            })
            .collect();
        let common = &project.repository.common_dir;
        let told = changes.paths().any(|path| is_of_a_branch(common, path));
        if changes.is_everything() || told {
            self.tips.clear();
        }
        self.read(project, &based);
        let mut asked = 0;
        let mut moved = BTreeSet::new();
        for (view, branch) in based {
            let Some(Some(tip)) = self.tips.get(branch) else {
                continue;
            };
            if self.has_moved(view, tip.clone(), &mut asked) {
                moved.insert(view.order.run.clone());
            }
        }
        moved
    }

    /// Asks where the branches are that are not known.
    fn read(&mut self, project: &Project, based: &[(&RunView, &str)]) {
        let unknown = based.iter().map(|(_, branch)| *branch);
        let unknown: BTreeSet<&str> = unknown.filter(|b| !self.tips.contains_key(*b)).collect();
        if unknown.is_empty() {
            return;
        }
        let names: Vec<String> = unknown.iter().map(|b| format!("refs/heads/{b}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // What git can't tell is no fact about a base.
        let Ok(found) = project.git().refs(&names) else {
            return;
        };
        for branch in unknown {
            let full = format!("refs/heads/{branch}");
            let tip = found.iter().find(|r| r.name == full);
            let tip = tip.map(|r| r.object.clone());
            self.tips.insert(branch.to_owned(), tip);
        }
    }

    fn has_moved(&mut self, view: &RunView, tip: Oid, asked: &mut usize) -> bool {
        if *stands_on(&view.order, &view.run) == tip {
            return false;
        }
        let run = &view.order.run;
        let head = &view.run.head;
        if let Some((known, at, moved)) = self.known.get(run)
            && known == head
            && *at == tip
        {
            return *moved;
        }
        if *asked == MOST {
            return false;
        }
        *asked += 1;
        let moved = view.base_moved().is_some();
        self.known.insert(run.clone(), (head.clone(), tip, moved));
        moved
    }
}
