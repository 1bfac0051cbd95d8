//! Orders to a run: files in its `control/` folder, created once, taken up by its supervisor.
//!
//! Law of the exchange: the sender makes the file durable first and then sees to it that a
//! supervisor runs; a supervisor that leaves lets go of its lock first and then looks once more.
//! So an order is never left lying.

use crate::engine::Event;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::write::create_once;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest order that is read.
const MAX_COMMAND_BYTES: u64 = 256 * 1024;

/// One line of a run's journal: a fact, and the order it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The fact.
    #[serde(flatten)]
    pub event: Event,
    /// The name of the order it came from, so that none is taken up twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self { event, order: None }
    }
}

/// An order as it lies in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its file name.
    pub name: String,
    /// What is ordered; `None`: the file can't be understood, and why.
    pub event: Result<Event, String>,
}

/// Writes an order, durable when this returns. The name sorts by time.
pub fn send(
    fs: &dyn Fs,
    control: &Path,
    at: Timestamp,
    event: &Event,
) -> Result<PathBuf, StoreError> {
    fs.create_dir_all(control, true)
        .map_err(|source| StoreError::Io {
            doing: "make",
            path: control.to_owned(),
            source,
        })?;
    let bytes = serde_json::to_vec(event).map_err(|e| StoreError::Encode {
        path: control.to_owned(),
        why: e.to_string(),
    })?;
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let name = format!("{:020}-{}.cmd", at.as_microsecond(), &unique[..12]);
    let path = control.join(name);
    create_once(fs, &path, &bytes)?;
    Ok(path)
}

/// The orders that lie there, oldest first.
pub fn waiting(fs: &dyn Fs, control: &Path) -> Vec<Command> {
    let mut names: Vec<String> = fs
        .list(control)
        .unwrap_or_default()
        .into_iter()
        .filter(|n| !n.starts_with('.') && Path::new(n).extension().is_some_and(|e| e == "cmd"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let event = fs
                .read(&control.join(&name), MAX_COMMAND_BYTES)
                .map_err(|e| e.to_string())
                .and_then(|bytes| {
                    serde_json::from_slice::<Event>(&bytes).map_err(|e| e.to_string())
                });
            Command { name, event }
        })
        .collect()
}

/// Takes an order away once its fact is durable.
pub fn done(fs: &dyn Fs, control: &Path, name: &str) {
    // Left lying it is harmless: the journal knows that it was taken up.
    let _ = fs.remove(&control.join(name));
}
