//! What a landing is about to do: `landing.json` in the run's folder, there from the moment its
//! commit exists until everything is done. A landing that was cut off goes on from it.

use super::LandError;
use crate::engine::Person;
use crate::git::Git;
use crate::records::cut_off::MAX_BYTES;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::RunDir;
use crate::store::write::replace;
use crate::terms::{ItemId, Oid, RepoPath, RunId, TaskId};
use crate::text::many;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How the result enters the branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// As one commit.
    #[default]
    Squash,
    /// As a merge commit over the run's own commits.
    Merge,
    /// As commits upon the branch, one a stage where nothing else is said.
    Rebase,
    /// As a pull request: pushed and put up for review, and no branch of this repository moves.
    Pr,
    /// Not as a commit: a run that worked in place has left its result in the checkout.
    InPlace,
}

impl How {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Squash => "squash",
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::Pr => "pr",
            Self::InPlace => "in-place",
        }
    }
}

/// What is set in the task file and the backlog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edits {
    /// The task.
    pub task: Option<TaskId>,
    /// Its backlog item.
    pub item: Option<ItemId>,
    /// The item's status.
    pub status: String,
    /// The task's status.
    pub task_status: String,
    /// Label and path of each artifact.
    pub related: Vec<(String, String)>,
}

/// Which of the two files that people and the engine write both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The task definition.
    Task,
    /// The backlog.
    Backlog,
}

/// A file of which the landing changes single lines in the checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Where it is.
    pub path: RepoPath,
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the checkout before, as a blob.
    pub before: Option<Oid>,
    /// What the index held of it before.
    pub staged: Option<super::last_commit::Entry>,
}

/// A landing that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The format of this file: 1.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// The branch that is landed on, short name.
    pub into: String,
    /// How.
    pub how: How,
    /// Where the branch was.
    pub old: Oid,
    /// The commit it moves to.
    pub new: Oid,
    /// The new content with the shared files as they were: what the checkout is brought to by git.
    pub code: Oid,
    /// The working tree that the branch is checked out in, where there is one.
    pub checkout: Option<PathBuf>,
    /// The files in it of which single lines change.
    pub shared: Vec<Shared>,
    /// Those lines.
    pub edits: Edits,
    /// Files that the run took along uncommitted and that the checkout still has so.
    #[serde(default)]
    pub taken: Vec<super::taken::Taken>,
    /// The commit that keeps the artifacts, where they are not part of it.
    #[serde(default)]
    pub artifacts: Option<Oid>,
    /// The report that was landed.
    pub report: RepoPath,
    /// Whether the run's branch goes.
    pub delete_branch: bool,
    /// Who ordered it.
    pub by: Person,
}

impl Intent {
    /// Where it is kept.
    pub fn path(dirs: &RunDir) -> PathBuf {
        dirs.landing()
    }

    /// The ref that keeps the commit while no branch holds it.
    pub fn kept_ref(run: &RunId) -> String {
        format!("refs/harness/{run}/landing")
    }

    /// The branch as a full ref.
    pub fn target(&self) -> String {
        format!("refs/heads/{}", self.into)
    }

    /// The paths that the landing changes.
    pub fn files(&self, git: &Git) -> Result<Vec<String>, LandError> {
        let changes = git.diff(&self.old, &self.new)?;
        Ok(changes.into_iter().map(|d| d.path).collect())
    }

    /// A landing of this run that was begun and not finished.
    pub fn read(dirs: &RunDir) -> Result<Option<Self>, LandError> {
        let path = Self::path(dirs);
        let bytes = match Disk.read(&path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io("read", &path)(e).into()),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| unreadable(&path, &e))
    }

    /// Makes it durable.
    pub fn write(&self, dirs: &RunDir) -> Result<(), LandError> {
        Ok(replace(&Disk, &Self::path(dirs), &self.bytes(dirs)?)?)
    }

    /// It as it is written. What could not be read again is refused: nobody could finish the landing
    /// then, nor take it back.
    pub fn bytes(&self, dirs: &RunDir) -> Result<Vec<u8>, LandError> {
        let path = Self::path(dirs);
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| StoreError::Encode {
            path: path.clone(),
            why: e.to_string(),
        })?;
        if bytes.len() as u64 <= MAX_BYTES {
            return Ok(bytes);
        }
        Err(LandError::aborted(
            format!(
                "what the landing is about to do takes {} bytes to write down, and {MAX_BYTES} are read \
                 where it is cut off",
                bytes.len()
            ),
            Vec::new(),
            format!(
                "commit what the run took along uncommitted ({}), then land again",
                many(self.taken.len(), "file")
            ),
        ))
    }

    /// Takes it away: everything is done, or undone.
    pub fn remove(dirs: &RunDir) -> Result<(), LandError> {
        let path = Self::path(dirs);
        match Disk.remove(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(e).into())
            }
            _ => Ok(()),
        }
    }
}

fn unreadable(path: &Path, why: &serde_json::Error) -> LandError {
    LandError::Unreadable(format!(
        "{} says how far an earlier landing came and can't be read: {why}; look at `git status` and `git log`, then remove the file",
        path.display()
    ))
}
