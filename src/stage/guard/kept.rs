//! The engine's own index of a tree, kept from attempt to attempt, so that a tree is not looked
//! through anew for each: what it says of unchanged files holds on.
//!
//! Beside it stands which tree it holds, and its digest: an index that a crash or anybody else left
//! otherwise is not used. Neither is flushed; lost, they only cost a look at every file.

use super::{GuardError, ground};
use crate::stage::spec::AttemptSpec;
use crate::terms::{Digest, Oid};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What was kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// An index that holds this tree; it lies in its new place now.
    Holds(Oid),
    /// Nothing yet.
    Nothing,
    /// Something that can't be trusted: an agent may have been in the tree since.
    Damaged,
}

/// What stands beside a kept index.
#[derive(Serialize, Deserialize)]
struct Label {
    tree: Oid,
    digest: Digest,
}

/// Copies the index that was kept of this tree of this run to `path`.
pub(super) fn take(run_dir: &Path, tree: &Path, path: &Path) -> Result<Kept, GuardError> {
    let (index, label) = places(run_dir, tree);
    let Ok(bytes) = std::fs::read(&index) else {
        return Ok(Kept::Nothing);
    };
    let label = std::fs::read(&label)
        .ok()
        .and_then(|text| serde_json::from_slice::<Label>(&text).ok());
    match label {
        Some(label) if label.digest == Digest::of(&bytes) => {
            put_file(path, &bytes)?;
            Ok(Kept::Holds(label.tree))
        }
        _ => Ok(Kept::Damaged),
    }
}

/// Keeps this index, which holds `tree`, for the next attempt.
pub(super) fn put(spec: &AttemptSpec, bytes: &[u8], tree: &Oid) -> Result<(), GuardError> {
    let (index, label) = places(&spec.run_dir, &spec.tree);
    let text = serde_json::to_vec(&Label {
        tree: tree.clone(),
        digest: Digest::of(bytes),
    })
    .map_err(|e| GuardError::Io {
        path: label.clone(),
        source: e.into(),
    })?;
    put_file(&index, bytes)?;
    put_file(&label, &text)
}

fn put_file(path: &Path, bytes: &[u8]) -> Result<(), GuardError> {
    ground::put_for_now(path, bytes, 0o600).map_err(|source| GuardError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Where the index of this tree is kept, and its label.
fn places(run_dir: &Path, tree: &Path) -> (PathBuf, PathBuf) {
    let tree = Digest::of(tree.as_os_str().as_encoded_bytes());
    let name = format!("index-{}", tree.short());
    (run_dir.join(&name), run_dir.join(format!("{name}.json")))
}
