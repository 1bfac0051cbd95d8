//! What is kept of what was told: how far it was told, and a file an event.

use super::command::Came;
use super::payload::Told;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::layout::RunDir;
use crate::store::write::replace;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest file of these that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// How far the journal was told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Upto {
    seq: u64,
}

/// One event with what came of telling it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What is told; written before anybody is.
    pub event: Told,
    /// What came of each command.
    pub came: Vec<Came>,
}

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    id: String,
    event: String,
    by: String,
    why: String,
}

impl Failure {
    /// What a person is told of it.
    pub(super) fn text(&self) -> String {
        format!(
            "on {}: the command of {} failed: {}{}",
            self.event,
            self.by,
            self.why,
            self.mark()
        )
    }

    /// What ends a note about it, by which it is known.
    pub(super) fn mark(&self) -> String {
        format!(" [{} {}]", self.id, self.by)
    }
}

fn upto(dirs: &RunDir) -> PathBuf {
    dirs.events().join("told.json")
}

/// Whether there are commands that are told of this run.
pub(super) fn is_begun(fs: &dyn Fs, dirs: &RunDir) -> bool {
    fs.stat(&upto(dirs)).is_ok_and(|found| found.is_some())
}

/// From here on it is told, where it was not before.
pub(super) fn begin(fs: &dyn Fs, dirs: &RunDir, seq: u64) -> Result<(), StoreError> {
    let folder = dirs.events();
    fs.create_dir_all(&folder, true)
        .map_err(StoreError::io("make", &folder))?;
    if is_begun(fs, dirs) {
        return Ok(());
    }
    told_to(fs, dirs, seq)
}

/// It is not told any more.
pub(super) fn forget(fs: &dyn Fs, dirs: &RunDir) {
    // Where it stays, what came to pass meanwhile is told late.
    let _ = fs.remove(&upto(dirs));
}

/// How far it was told.
pub(super) fn told(fs: &dyn Fs, dirs: &RunDir) -> u64 {
    read::<Upto>(fs, &upto(dirs)).map_or(0, |upto| upto.seq)
}

/// It was told so far.
pub(super) fn told_to(fs: &dyn Fs, dirs: &RunDir, seq: u64) -> Result<(), StoreError> {
    put(fs, &upto(dirs), &Upto { seq })
}

/// The file of an event.
pub(super) fn file(dirs: &RunDir, name: &str) -> PathBuf {
    dirs.events().join(format!("{name}.json"))
}

/// What is kept of an event.
pub(super) fn read<T: serde::de::DeserializeOwned>(fs: &dyn Fs, path: &Path) -> Option<T> {
    let bytes = fs.read(path, MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Keeps it; durable when this returns.
pub(super) fn put<T: Serialize>(fs: &dyn Fs, path: &Path, what: &T) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec_pretty(what).map_err(|e| StoreError::Encode {
        path: path.to_owned(),
        why: e.to_string(),
    })?;
    replace(fs, path, &bytes)
}

/// The commands that failed, in the order of what they were told.
pub(super) fn failures(fs: &dyn Fs, dirs: &RunDir) -> Vec<Failure> {
    let folder = dirs.events();
    let mut names = fs.list(&folder).unwrap_or_default();
    names.sort();
    names
        .iter()
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| read::<Kept>(fs, &folder.join(name)))
        .flat_map(|kept| {
            let event = kept.event;
            kept.came.into_iter().filter_map(move |came| {
                Some(Failure {
                    id: event.id.clone(),
                    event: event.event.clone(),
                    why: came.failed?,
                    by: came.by,
                })
            })
        })
        .collect()
}
