//! What `stage-exec` answers: `exit.json` in the attempt's folder, created once.

use crate::agents::ProcessEnd;
use crate::agents::event::Failure;
pub use crate::terms::evidence::{ArtifactRecord, CheckResult};
use crate::terms::review::Reply;
pub use crate::terms::verdict::{Judgement, Met, Question, Verdict, VerdictResult};
use crate::terms::{AttemptId, Finding, Oid, Outcome, Usage};
use serde::{Deserialize, Serialize};

/// How one attempt came out, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The format of this record: 1.
    pub format: u32,
    /// The attempt.
    pub attempt: AttemptId,
    /// The epoch that started it.
    pub epoch: u64,
    /// How it came out.
    pub outcome: Outcome,
    /// One line for people: the decisive fact.
    pub reason: String,
    /// What the contract, the guard, the checks or the reviewer found.
    pub findings: Vec<Finding>,
    /// The artifacts that are there and satisfy their contract.
    pub artifacts: Vec<ArtifactRecord>,
    /// The verdict, where one is due and parses.
    pub verdict: Option<Verdict>,
    /// Open questions to a person.
    pub questions: Vec<Question>,
    /// What the agent disputes instead of working, for a person.
    pub dispute: Option<String>,
    /// What the agent answered to the comments of a review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// The tree that is handed on, after the guard took back what is not the stage's.
    pub tree: Option<Oid>,
    /// What changed against the checkpoint, as handed on.
    pub changes: Vec<Change>,
    /// Paths that were changed outside the stage's writes and taken back.
    pub taken_back: Vec<String>,
    /// The checks, with their evidence.
    pub checks: Vec<CheckResult>,
    /// How the process ended; `None`: none was started.
    pub process: Option<ProcessEnd>,
    /// What the agent reported as its failure.
    pub failure: Option<Failure>,
    /// What it used.
    pub usage: Usage,
    /// Its session, to resume it.
    pub session: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Tool calls that were refused.
    pub denials: Vec<String>,
    /// Messages of commits the agent made itself; they are folded.
    pub folded_commits: Vec<String>,
    /// Things to note that change nothing: a daemon ended, a check that changed tracked files.
    pub notes: Vec<String>,
    /// The sandbox that was obtained, in words.
    pub sandbox: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// How long, by a clock that does not jump, in milliseconds.
    pub took_ms: u64,
    /// The end of the agent's last message, at most 64 KiB, redacted.
    pub answer: String,
}

/// One changed path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The path. It may be any file name git knows, so it is text and not a `RepoPath`.
    pub path: String,
    /// How it changed.
    pub kind: ChangeKind,
    /// Lines added; `None` for a binary file.
    pub added: Option<u64>,
    /// Lines removed; `None` for a binary file.
    pub removed: Option<u64>,
}

/// How a path changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content or mode changed.
    Modified,
    /// It is gone.
    Deleted,
}
