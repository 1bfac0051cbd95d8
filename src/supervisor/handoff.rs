//! The hand-off by git: what a passed attempt leaves becomes one commit on the run's branch.
//!
//! It can be repeated at any instant: the commit is found again by its trailer, and the branch only
//! moves from where it is expected to be.

use crate::git::commit::{Identity, NewCommit};
use crate::git::refs::Expected;
use crate::git::{Git, GitError};
use crate::stage::exit::ExitRecord;
use crate::terms::{Digest, Oid, PublicId, RunId, StageId};

/// The trailer that names the run.
pub const TRAILER_RUN: &str = "Harness-Run";
/// The trailer that names the stage.
pub const TRAILER_STAGE: &str = "Harness-Stage";
/// The trailer that names the attempt: its public id.
pub const TRAILER_ATTEMPT: &str = "Harness-Attempt";

/// The trailer of a merge that took a moved base in: the order it was made by.
pub const TRAILER_REFRESH: &str = "Harness-Refresh";

/// What a hand-off needs to know.
#[derive(Debug)]
pub struct Handoff<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The run's branch as a full ref.
    pub branch: &'a str,
    /// The stage.
    pub stage: &'a StageId,
    /// The attempt's public id.
    pub public: &'a PublicId,
    /// The first line of the message.
    pub subject: &'a str,
    /// The commit that the attempt started from.
    pub checkpoint: &'a Oid,
    /// The commit that the run's branch should be at.
    pub head: &'a Oid,
    /// What the attempt left.
    pub exit: &'a ExitRecord,
    /// Who the commit is by.
    pub identity: &'a Identity,
    /// When, in seconds since 1970.
    pub seconds: i64,
}

/// Why nothing was handed on.
#[derive(Debug, thiserror::Error)]
pub enum HandoffError {
    /// The record and the tree do not say the same.
    #[error("{0}")]
    Unverified(String),
    /// Somebody moved the branch.
    #[error(
        "the branch was moved from {expected} to {found} by somebody else; put it back with `git update-ref`, or start a new run"
    )]
    BranchMoved {
        /// Where it should be.
        expected: String,
        /// Where it is.
        found: String,
    },
    /// Two stages that ran side by side changed the same lines.
    #[error("its change can't be joined with that of a stage beside it: {}", paths.join(", "))]
    Conflict {
        /// The paths in conflict.
        paths: Vec<String>,
    },
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl Handoff<'_> {
    /// Verifies what the attempt says against the tree it left, commits it, and moves the branch.
    /// Returns the commit; the same one when it is called again.
    pub fn commit(&self, git: &Git) -> Result<Oid, HandoffError> {
        // Where nothing was handed on beside it, the branch moves from where it should be, or it is
        // looked at why not: it was handed on before, or somebody moved the branch.
        if self.checkpoint == self.head
            && let Ok(commit) = self.onto(git, &self.verified_tree(git)?)
        {
            return Ok(commit);
        }
        let tip = git.resolve(self.branch)?;
        let made = format!("{}..{tip}", self.checkpoint);
        if tip != *self.checkpoint
            && let Some(done) = git.find_by_trailer(&made, TRAILER_ATTEMPT, self.public.as_str())?
        {
            return Ok(done.commit);
        }
        let tree = self.verified_tree(git)?;
        if tip != *self.head {
            return Err(self.moved(&tip));
        }
        let tree = self.joined(git, tree)?;
        Ok(self.onto(git, &tree)?)
    }

    /// Commits a tree on the head, and moves the branch there from it.
    fn onto(&self, git: &Git, tree: &Oid) -> Result<Oid, GitError> {
        let trailers = [
            (TRAILER_RUN, self.run.as_str()),
            (TRAILER_STAGE, self.stage.as_str()),
            (TRAILER_ATTEMPT, self.public.as_str()),
        ];
        let commit = git.commit_tree(&NewCommit {
            tree,
            parents: std::slice::from_ref(self.head),
            message: self.subject,
            trailers: &trailers,
            identity: self.identity,
            seconds: self.seconds,
        })?;
        let why = format!("harness: {}", self.public);
        git.update_ref(self.branch, &commit, Expected::At(self.head), &why)?;
        Ok(commit)
    }

    /// The tree the attempt left, if every artifact in it is what the record says.
    fn verified_tree(&self, git: &Git) -> Result<Oid, HandoffError> {
        let Some(tree) = self.exit.tree.clone() else {
            return Err(HandoffError::Unverified(
                "the attempt says that it passed but handed on no tree".to_owned(),
            ));
        };
        for artifact in &self.exit.artifacts {
            let bytes = git.file_at(&tree, artifact.path.as_str())?;
            if bytes.as_deref().map(Digest::of).as_ref() != Some(&artifact.digest) {
                return Err(HandoffError::Unverified(format!(
                    "{} is not in the tree as the attempt recorded it",
                    artifact.path
                )));
            }
        }
        Ok(tree)
    }

    /// The tree on top of what stages beside it handed on since.
    fn joined(&self, git: &Git, tree: Oid) -> Result<Oid, HandoffError> {
        if self.checkpoint == self.head {
            return Ok(tree);
        }
        let ours = git.commit_tree(&NewCommit {
            tree: &tree,
            parents: std::slice::from_ref(self.checkpoint),
            message: self.subject,
            trailers: &[],
            identity: &Identity::fallback(),
            seconds: self.seconds,
        })?;
        let merged = git.merge_tree(self.checkpoint, self.head, &ours)?;
        if merged.conflicts.is_empty() {
            Ok(merged.tree)
        } else {
            Err(HandoffError::Conflict {
                paths: merged.conflicts,
            })
        }
    }

    fn moved(&self, tip: &Oid) -> HandoffError {
        HandoffError::BranchMoved {
            expected: self.head.short().to_owned(),
            found: tip.short().to_owned(),
        }
    }
}

/// The ref that keeps what an attempt left that was not handed on: nothing of it is lost.
pub fn kept_ref(run: &RunId, attempt: &crate::terms::AttemptId) -> String {
    format!("refs/harness/{run}/attempts/{attempt}")
}

/// Keeps a tree that was not handed on, as a commit on its checkpoint.
pub fn keep(
    git: &Git,
    run: &RunId,
    attempt: &crate::terms::AttemptId,
    checkpoint: &Oid,
    tree: &Oid,
    identity: &Identity,
    seconds: i64,
) -> Result<Oid, GitError> {
    let commit = git.commit_tree(&NewCommit {
        tree,
        parents: std::slice::from_ref(checkpoint),
        message: &format!("{attempt}: kept, not handed on"),
        trailers: &[(TRAILER_RUN, run.as_str())],
        identity,
        seconds,
    })?;
    let name = kept_ref(run, attempt);
    match git.resolve(&name) {
        Ok(_) => {}
        Err(_) => git.update_ref(&name, &commit, Expected::Absent, "harness: kept")?,
    }
    Ok(commit)
}
