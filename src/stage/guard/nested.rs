//! Repositories made inside the tree: git would take each for one thing it knows nothing about.

use super::GuardError;
use super::walk::Seen;
use crate::git::Index;
use crate::stage::setup::is_placed;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Moves the git folder of each into the attempt's own, so that what stands beside it becomes plain
/// files. What set-up fetched as a repository is as it should be, and what git ignores is nobody's
/// business. Gives the folders they were in.
pub(super) fn set_aside(
    index: &Index,
    seen: &Seen,
    tree: &Path,
    dir: &Path,
    placed: &[String],
) -> Result<Vec<String>, GuardError> {
    let name = |folder: &Path| format!("{}/", folder.display());
    let found: Vec<&PathBuf> = seen
        .repositories
        .iter()
        .filter(|folder| !is_placed(&name(folder), placed))
        .collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ignored: BTreeSet<PathBuf> = index.ignores(&found)?.into_iter().collect();
    let mut moved = Vec::new();
    for folder in found.into_iter().filter(|f| !ignored.contains(*f)) {
        move_git(tree, dir, folder, moved.len())?;
        moved.push(folder.display().to_string());
    }
    Ok(moved)
}

/// Moves with the system's own program: the two folders may lie on different file systems.
fn move_git(tree: &Path, dir: &Path, folder: &Path, n: usize) -> Result<(), GuardError> {
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
