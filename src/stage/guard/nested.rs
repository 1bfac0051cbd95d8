//! Repositories made inside the tree: git would take each for one thing it knows nothing about.

use super::GuardError;
use crate::git::Index;
use crate::stage::setup::is_placed;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds them, and moves each one's git folder into the attempt's own, so that what stands beside
/// it becomes plain files. Gives the folders they were in.
pub(super) fn set_aside(
    index: &Index,
    tree: &Path,
    dir: &Path,
    placed: &[String],
) -> Result<Vec<String>, GuardError> {
    let mut modules = submodules(index)?;
    // What set-up fetched as a repository is as it should be.
    modules.extend(
        untracked_repositories(index)?
            .into_iter()
            .filter(|f| is_placed(&format!("{f}/"), placed)),
    );
    let mut folders: BTreeSet<String> = index
        .tracked()?
        .iter()
        .flat_map(|path| parents(path))
        .collect();
    folders.retain(|f| has_git(tree, f));
    // Those that hold no tracked file are listed by git as folders.
    let mut waiting = untracked_repositories(index)?;
    while let Some(folder) = waiting.pop() {
        folders.insert(folder);
    }
    let mut moved = Vec::new();
    for folder in folders.into_iter().filter(|f| !modules.contains(f)) {
        move_git(tree, dir, &folder, moved.len())?;
        moved.push(folder);
    }
    // Taking one apart may show others below it.
    if !moved.is_empty() && moved.len() < 1000 {
        let below = untracked_repositories(index)?;
        for folder in below.into_iter().filter(|f| !modules.contains(f)) {
            move_git(tree, dir, &folder, moved.len())?;
            moved.push(folder);
        }
    }
    Ok(moved)
}

fn untracked_repositories(index: &Index) -> Result<Vec<String>, GuardError> {
    Ok(index
        .untracked()?
        .into_iter()
        .filter_map(|p| p.strip_suffix('/').map(str::to_owned))
        .collect())
}

fn submodules(index: &Index) -> Result<BTreeSet<String>, GuardError> {
    let listing = index.call(["ls-files", "-z", "--stage"]).run()?;
    Ok(String::from_utf8_lossy(&listing)
        .split('\0')
        .filter(|entry| entry.starts_with("160000 "))
        .filter_map(|entry| Some(entry.split_once('\t')?.1.to_owned()))
        .collect())
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
