//! Evidence: what an attempt leaves behind that others judge by.

use super::{Digest, Oid, RepoPath};
use serde::{Deserialize, Serialize};

/// An artifact as it was when its attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactRecord {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: RepoPath,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// One command that was run as a check, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The command as people read it.
    pub command: String,
    /// Its exit code; `None`: it was ended by a signal or its timeout.
    pub exit: Option<i32>,
    /// How long, in milliseconds.
    pub took_ms: u64,
    /// The tree it ran on.
    pub tree: Oid,
    /// The last lines of what it printed, at most 200, redacted.
    pub tail: String,
    /// Tracked files it changed; they are discarded.
    pub changed: Vec<String>,
    /// Whether an earlier result on the same tree was taken instead of running it again.
    pub reused: bool,
}

impl CheckResult {
    /// Whether it exited 0.
    pub fn passed(&self) -> bool {
        self.exit == Some(0)
    }
}
