//! The order a run was started with: `run.json` in its engine folder, created once.

use crate::engine::Person;
use crate::store::fs::Fs;
use crate::terms::{ItemId, Oid, RepoPath, RunId, StageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest `run.json` that is read.
const MAX_ORDER_BYTES: u64 = 1024 * 1024;

/// What a run is and where its files are. Nothing of it changes while the run lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// The format of this file: 1.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// The checkout it was started from.
    pub home: PathBuf,
    /// The harness folder, relative to the checkout.
    pub harness: RepoPath,
    /// The run's tree.
    pub tree: PathBuf,
    /// The run's branch, short name.
    pub branch: String,
    /// The commit it starts from.
    pub base: Oid,
    /// The checkout's commit, where `base` is a commit upon it that holds what was not committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_on: Option<Oid>,
    /// The branch that was checked out, short name; `None`: detached.
    pub base_branch: Option<String>,
    /// The backlog item of its task.
    pub item: Option<ItemId>,
    /// The stages that were chosen; empty: all.
    pub chosen: Vec<StageId>,
    /// When it was ordered.
    pub created: Timestamp,
    /// Who ordered it.
    pub by: Person,
    /// Where its attempts are to be recorded.
    pub record: Option<PathBuf>,
    /// Whether raw output is kept unredacted, by explicit order.
    pub keep_raw: bool,
    /// The backlog's file, where the settings name one; `None`: in its usual places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<RepoPath>,
    /// The words for the backlog item's status at start, completion and landing.
    pub statuses: Statuses,
}

/// What a backlog item's status is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statuses {
    /// When a run of its task starts.
    pub started: String,
    /// When it completes.
    pub completed: String,
    /// When it is landed.
    pub landed: String,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            started: "In Progress".to_owned(),
            completed: "In Review".to_owned(),
            landed: "Done".to_owned(),
        }
    }
}

/// Why a run's order can't be read.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The file can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not an order.
    #[error("{} is not a run's order: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl RunOrder {
    /// Reads `run.json`.
    pub fn read(fs: &dyn Fs, path: &Path) -> Result<Self, OrderError> {
        let bytes = fs
            .read(path, MAX_ORDER_BYTES)
            .map_err(|source| OrderError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        serde_json::from_slice(&bytes).map_err(|source| OrderError::Malformed {
            path: path.to_owned(),
            source,
        })
    }

    /// The tree that checks run in.
    pub fn check_tree(&self) -> PathBuf {
        beside(&self.tree, "check")
    }

    /// The tree that the checks of a stage run in that runs beside another.
    pub fn check_tree_beside(&self, stage: &StageId) -> PathBuf {
        beside(&self.tree_beside(stage), "check")
    }

    /// The tree of a stage that runs beside another.
    pub fn tree_beside(&self, stage: &StageId) -> PathBuf {
        match stage.as_str() {
            // That is where checks run.
            "check" => beside(&self.tree, "check+stage"),
            stage => beside(&self.tree, stage),
        }
    }

    /// The checkout's commit that it was started on.
    pub fn started_on(&self) -> &Oid {
        self.taken_on.as_ref().unwrap_or(&self.base)
    }

    /// The run's branch as a full ref.
    pub fn branch_ref(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }
}

/// `…/RUN-x` -> `…/RUN-x+check`; `+` stands in no run id.
fn beside(tree: &Path, what: &str) -> PathBuf {
    let mut name = tree.file_name().unwrap_or_default().to_os_string();
    name.push("+");
    name.push(what);
    tree.with_file_name(name)
}
