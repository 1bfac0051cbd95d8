//! After the branch has moved: the fact is recorded, and what only served the run goes. Every step
//! can be done again.

use super::intent::Intent;
use super::land::Landed;
use super::{LandError, form, private};
use crate::engine::Event;
use crate::git::{Git, Worktree};
use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::journal::Journal;
use crate::store::write::replace;
use crate::supervisor::control::Entry;
use crate::supervisor::live::Holder;
use crate::supervisor::tell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAX_HOLDER_BYTES: u64 = 64 * 1024;

/// Records the landing and tidies up. The run's lock is held.
pub fn finish(
    view: &RunView,
    intent: &Intent,
    mut notes: Vec<String>,
) -> Result<Landed, LandError> {
    let git = Git::new(&view.order.home);
    let files = intent.files(&git)?;
    private::keep(view, intent, &mut notes)?;
    form::keep_artifacts(view, intent.artifacts.as_ref())?;
    if intent.artifacts.is_some() {
        notes.extend(form::to_be_pushed(view, &intent.into));
    }
    if view.run.landed.is_none() {
        let landed = Event::Landed {
            into: intent.into.clone(),
            how: intent.how.word().to_owned(),
            commit: intent.new.clone(),
            by: intent.by.clone(),
        };
        record(view, landed)?;
    }
    if let Some(report) = git.file_at(&intent.new, intent.report.as_str())? {
        replace(&Disk, &view.dirs.path().join("report.md"), &report)?;
    }
    remove_active(view)?;
    private::bring_tree_along(view)?;
    let trees_left = remove_trees(view, &git, &mut notes)?;
    if intent.delete_branch {
        delete_branch(view, &git, trees_left, &mut notes)?;
    }
    let kept = Intent::kept_ref(&intent.run);
    if git.resolve(&kept).is_ok() {
        git.delete_ref(&kept, &intent.new)?;
    }
    Intent::remove(&view.dirs)?;
    Ok(Landed {
        run: intent.run.clone(),
        into: intent.into.clone(),
        how: intent.how,
        commit: intent.new.clone(),
        files,
        report: if private::is(view) {
            view.order.file(&intent.report).display().to_string()
        } else {
            intent.report.to_string()
        },
        checkout: intent.checkout.clone(),
        notes,
        said: String::new(),
    })
}

/// Appends the fact to the journal.
pub(super) fn record(view: &RunView, landed: Event) -> Result<(), LandError> {
    let (mut journal, _, _) = Journal::<Entry>::open(Arc::new(Disk), &view.dirs.journal())?;
    let epoch = Disk
        .read(&view.dirs.supervisor(), MAX_HOLDER_BYTES)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Holder>(&bytes).ok())
        .map_or(0, |h| h.epoch);
    journal.append(jiff::Timestamp::now(), epoch, &Entry::from(landed))?;
    tell::tell_later(&view.dirs, &view.order.home);
    Ok(())
}

/// The live files: the run-state is in the report now. What somebody else put there stays.
pub(super) fn remove_active(view: &RunView) -> Result<(), LandError> {
    let active = view.active_dir();
    for file in [active.run_state(), active.report()] {
        match Disk.remove(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", &file)(e).into());
            }
            _ => {}
        }
    }
    // Only an empty folder goes.
    let _ = std::fs::remove_dir(active.path());
    Ok(())
}

/// Where the trees of a run lie, those of them that there are.
pub(super) fn places(view: &RunView) -> Vec<PathBuf> {
    let order = &view.order;
    let beside = view.run.plan.stages.iter();
    let beside = beside.flat_map(|s| [order.tree_beside(&s.id), order.check_tree_beside(&s.id)]);
    // In place the tree is the person's checkout.
    let own = order.in_place.is_none().then(|| order.tree.clone());
    own.into_iter()
        .chain([order.check_tree()])
        .chain(beside)
        .map(|path| canonical(&path))
        .collect()
}

/// The trees of a run that are there, and whether each holds nothing but what the engine made.
pub(super) fn trees(view: &RunView, git: &Git) -> Result<Vec<(Worktree, bool)>, LandError> {
    let order = &view.order;
    let beside = view.run.plan.stages.iter();
    let mut scratch: Vec<PathBuf> = beside.map(|s| order.check_tree_beside(&s.id)).collect();
    scratch.push(order.check_tree());
    let scratch: Vec<PathBuf> = scratch.iter().map(|path| canonical(path)).collect();
    let ours = places(view);
    Ok(git
        .worktree_list()?
        .into_iter()
        .filter(|w| ours.contains(&canonical(&w.path)))
        .map(|w| {
            let is_scratch = scratch.contains(&canonical(&w.path));
            (w, is_scratch)
        })
        .collect())
}

/// Removes the run's trees that are clean. Returns whether one is left.
pub(super) fn remove_trees(
    view: &RunView,
    git: &Git,
    notes: &mut Vec<String>,
) -> Result<bool, LandError> {
    let mut left = false;
    for (tree, scratch) in trees(view, git)? {
        if let Err(e) = git.worktree_remove(&tree.path, scratch || !tree.path.exists()) {
            left = true;
            notes.push(format!("{} was kept: {e}", tree.path.display()));
        }
    }
    Ok(left)
}

fn delete_branch(
    view: &RunView,
    git: &Git,
    trees_left: bool,
    notes: &mut Vec<String>,
) -> Result<(), LandError> {
    let branch = &view.order.branch;
    if trees_left {
        notes.push(format!("{branch} was kept, because a tree of it was"));
        return Ok(());
    }
    if let (Some(head), Ok(tip)) = (&view.run.head, git.resolve(&view.order.branch_ref())) {
        if *head == tip {
            git.delete_ref(&view.order.branch_ref(), head)?;
        } else {
            notes.push(format!(
                "{branch} was kept: somebody moved it to {}",
                tip.short()
            ));
        }
    }
    Ok(())
}

/// A path as git lists it; the folder may be gone, but not the one above it.
pub(super) fn canonical(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let above = path.parent().and_then(|p| p.canonicalize().ok());
    match (above, path.file_name()) {
        (Some(above), Some(name)) => above.join(name),
        _ => path.to_owned(),
    }
}
