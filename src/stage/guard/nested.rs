//! Repositories made inside the tree: git would take each for one thing it knows nothing about.

use super::GuardError;
use crate::git::{Index, index::Listing};
use crate::stage::setup::is_placed;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds them, and moves each one's git folder into the attempt's own, so that what stands beside
/// it becomes plain files. Gives the folders they were in.
pub(super) fn set_aside(
    index: &Index,
    listing: &Listing,
    tree: &Path,
    dir: &Path,
    placed: &[String],
) -> Result<Vec<String>, GuardError> {
    let untracked = repositories(&listing.untracked);
    let mut modules: BTreeSet<String> = listing.submodules.iter().cloned().collect();
    // What set-up fetched as a repository is as it should be.
    modules.extend(
        untracked
            .iter()
            .filter(|f| is_placed(&format!("{f}/"), placed))
            .cloned(),
    );
    let mut folders: BTreeSet<String> = listing
        .tracked
        .iter()
        .flat_map(|path| parents(path))
        .collect();
    folders.retain(|f| has_git(tree, f));
    // Those that hold no tracked file are listed by git as folders.
    folders.extend(untracked);
    let mut moved = Vec::new();
    for folder in folders.into_iter().filter(|f| !modules.contains(f)) {
        move_git(tree, dir, &folder, moved.len())?;
        moved.push(folder);
    }
    // Taking one apart may show others below it.
    if !moved.is_empty() && moved.len() < 1000 {
        let below = repositories(&index.untracked()?);
        for folder in below.into_iter().filter(|f| !modules.contains(f)) {
            move_git(tree, dir, &folder, moved.len())?;
            moved.push(folder);
        }
    }
    Ok(moved)
}

/// Repositories inside the tree: folders that git lists as such, and those of tracked files that hold
/// one.
pub(super) fn there(listing: &Listing, tree: &Path) -> BTreeSet<String> {
    let mut folders: BTreeSet<String> = listing
        .tracked
        .iter()
        .flat_map(|path| parents(path))
        .collect();
    folders.retain(|f| has_git(tree, f));
    folders.extend(repositories(&listing.untracked));
    folders
}

/// Those of the untracked paths that are repositories of their own.
fn repositories(untracked: &[String]) -> Vec<String> {
    untracked
        .iter()
        .filter_map(|p| p.strip_suffix('/').map(str::to_owned))
        .collect()
}

fn parents(path: &str) -> Vec<String> {
    path.match_indices('/')
        .map(|(at, _)| path[..at].to_owned())
        .collect()
}

fn has_git(tree: &Path, folder: &str) -> bool {
    std::fs::symlink_metadata(tree.join(folder).join(".git")).is_ok()
}

/// Moves with the system's own program: the two folders may lie on different file systems.
fn move_git(tree: &Path, dir: &Path, folder: &str, n: usize) -> Result<(), GuardError> {
    let from = tree.join(folder).join(".git");
    let to: PathBuf = dir.join(format!("nested-git-{n}"));
    let io = |source| GuardError::Io {
        path: from.clone(),
        source,
    };
    let output = Command::new("mv")
        .arg("--")
        .arg(&from)
        .arg(&to)
        .output()
        .map_err(io)?;
    if output.status.success() {
        Ok(())
    } else {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(io(std::io::Error::other(words)))
    }
}
