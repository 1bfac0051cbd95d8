//! Saving the task: its file, the backlog item's status and link, as one act.
//!
//! What is about to be done is written down first. Where it was cut off, it is finished when the
//! dialogue is opened again.

use super::place::Place;
use crate::items::{self, CannotWrite};
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::swap::replace_cas;
use crate::store::write::replace;
use crate::terms::{Digest, Finding, ItemId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The status of a task that may be run.
pub const READY: &str = "Ready";
const FILE: &str = "saving.json";
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What is about to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// What the task's file held, by digest; `None`: it was not there.
    pub before: Option<Digest>,
    /// What it is to hold.
    pub text: String,
    /// The backlog item to be linked, and its status from then on (`None`: as it is).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<(ItemId, Option<String>)>,
    /// The answers that have no place in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unplaced: Vec<String>,
}

/// Why a task was not saved. Nothing is lost by it.
#[derive(Debug, thiserror::Error)]
pub enum CannotSave {
    /// There is no draft.
    #[error("there is no draft yet: answer what is open, or ask the author for it")]
    NoDraft,
    /// The draft would not pass.
    #[error("the draft would not pass: {}", super::told(.0))]
    Faults(Vec<Finding>),
    /// Answers have no place in it.
    #[error("no line of the draft says what became of {}", .0.join(", "))]
    Unplaced(Vec<String>),
    /// Questions are open without whose answers the author can't go on.
    #[error("{} can't be left open: answer it, or skip it", .0.join(", "))]
    Open(Vec<String>),
    /// Answers were given that the author was not told.
    #[error("the author was not told of {} yet, so the draft can't hold it: send it first", .0.join(", "))]
    Untold(Vec<String>),
    /// Somebody wrote the task's file meanwhile.
    #[error(
        "{path} was changed while it was saved: look at the draft again, and save it once more"
    )]
    Changed {
        /// The file.
        path: String,
    },
    /// The backlog.
    #[error("the task is saved, its backlog item is not: {0}; save again")]
    Item(#[from] CannotWrite),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn path(place: &Place) -> PathBuf {
    place.dir.join(FILE)
}

/// Writes down what is about to be saved, and saves it.
pub fn save(project: &Project, place: &Place, saving: &Saving) -> Result<Digest, CannotSave> {
    let bytes = serde_json::to_vec(saving)
        .map_err(|e| StoreError::io("write", &path(place))(std::io::Error::other(e)))?;
    replace(&*place.fs, &path(place), &bytes)?;
    finish(project, place, saving)
}

/// What was about to be saved when it was cut off.
pub fn cut_off(place: &Place) -> Result<Option<Saving>, StoreError> {
    let path = path(place);
    let fault = StoreError::io("read", &path);
    match place.fs.stat(&path) {
        Ok(None) => return Ok(None),
        Ok(Some(_)) => {}
        Err(error) => return Err(fault(error)),
    }
    let bytes = place.fs.read(&path, MAX_BYTES).map_err(fault)?;
    // It is put in place whole, so what can't be read was never ours.
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Takes up what is left in the backlog's place of a save that was cut off, before it is finished.
/// Gives where the version of it lies that gave way, if one had to.
pub fn take_up(
    project: &Project,
    place: &Place,
    saving: &Saving,
) -> Result<Option<PathBuf>, CannotSave> {
    let Some((item, status)) = &saving.item else {
        return Ok(None);
    };
    let aside = place.dir.join("backlog.displaced.md");
    let link = (item, &place.id, status.as_deref());
    let kept = items::take_up_link(&*place.fs, project, link, &aside)?;
    Ok(kept.then_some(aside))
}

/// Saves what is written down. Doing it again changes nothing.
pub fn finish(project: &Project, place: &Place, saving: &Saving) -> Result<Digest, CannotSave> {
    let fs = &*place.fs;
    let file = project.file(&place.file);
    if let Some(folder) = file.parent() {
        fs.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    let wanted = saving.text.as_bytes();
    let there = super::ledger::read(fs, &file)?;
    if there.as_deref() == Some(wanted) {
        // It may have been put there by a save whose flush failed.
        if let Some(folder) = file.parent() {
            fs.sync_dir(folder)
                .map_err(StoreError::io("flush", folder))?;
        }
    } else {
        if there.as_ref().map(Digest::of) != saving.before {
            return Err(changed(place));
        }
        let held = replace_cas(fs, &file, there.as_deref(), wanted, &|_, _, theirs| {
            theirs.to_vec()
        })?;
        if held != wanted {
            return Err(changed(place));
        }
    }
    if let Some((item, status)) = &saving.item {
        items::link(fs, project, item, &place.id, status.as_deref())?;
    }
    Ok(Digest::of(wanted))
}

/// Forgets what was written down: it is done, or it can't be done any more.
pub fn forget(place: &Place) -> Result<(), StoreError> {
    let path = path(place);
    match place.fs.remove(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", &path)(e))
        }
        _ => Ok(()),
    }
}

fn changed(place: &Place) -> CannotSave {
    CannotSave::Changed {
        path: place.file.to_string(),
    }
}
