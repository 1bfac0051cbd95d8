//! What `stage-exec` is told: `spec.json` in the attempt's folder.

use crate::agents::Session;
use crate::documents::powers::Power;
use crate::engine::Person;
use crate::engine::plan::{Command, Criterion, Stage, TreeSetup};
use crate::engine::review::Comment;
use crate::git::Git;
use crate::terms::{AttemptId, Finding, Oid, PublicId, RepoPath, RunId, StageId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One attempt, complete: nothing else is consulted but the tree and the files named here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptSpec {
    /// The run.
    pub run: RunId,
    /// The attempt's folder name.
    pub attempt: AttemptId,
    /// The attempt's public id.
    pub public_id: PublicId,
    /// Rises with each supervisor of the run; results of an older one are ignored.
    pub epoch: u64,
    /// Why this attempt is made.
    pub kind: AttemptKind,
    /// The stage, resolved.
    pub stage: Stage,
    /// The user's checkout.
    pub home: PathBuf,
    /// The run's harness folder, relative to the repository's root: it may lie deeper.
    pub harness: RepoPath,
    /// The tree to work in: a git worktree of the same repository.
    pub tree: PathBuf,
    /// The tree that checks run in; made when first needed.
    pub check_tree: PathBuf,
    /// The branch that the tree is on, as a full ref; `None`: detached.
    pub branch: Option<String>,
    /// The commit that this attempt's change is measured against.
    pub checkpoint: Oid,
    /// The commit that the run started from.
    pub base: Oid,
    /// The run's engine folder, with slots and set-up marks.
    pub run_dir: PathBuf,
    /// The task's text as it counts for this attempt, with its path.
    pub task: Option<TaskText>,
    /// The acceptance criteria.
    pub criteria: Vec<Criterion>,
    /// The stages that its verdict may ask to reopen; empty: any.
    #[serde(default)]
    pub reopens: Vec<StageId>,
    /// Where the artifacts of other stages lie, by name.
    pub artifacts: BTreeMap<String, RepoPath>,
    /// What earlier attempts, checks, reviewers and people found and is still open.
    pub findings: Vec<Finding>,
    /// Comments of people on its work, which it is to answer one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Answers that people gave to this stage's questions.
    pub answers: Vec<Answer>,
    /// Evidence of checks that ran before, for stages that review.
    pub checks_so_far: Vec<super::exit::CheckResult>,
    /// The conversation to be in.
    pub session: Session,
    /// The folder the agent's configuration lives in: that of the attempt which began the session,
    /// where one is gone on with. `None`: the attempt's own.
    #[serde(default)]
    pub agent_home: Option<PathBuf>,
    /// Set-up, copies and links of a fresh tree.
    pub setup: TreeSetup,
    /// Commands that must exit 0 before anything else is done, with whose they are.
    #[serde(default)]
    pub preconditions: Vec<Asked>,
    /// Values of `HARNESS_*` and others that every process of the run gets.
    pub env: BTreeMap<String, String>,
    /// Where a recording of this attempt is to be written.
    pub record: Option<PathBuf>,
    /// The template names to substitute in argv lists: `task.id` and so on.
    pub names: BTreeMap<String, String>,
    /// Whether secrets may be left in what is stored, by explicit order.
    pub keep_raw: bool,
    /// In place: the tree is the user's checkout, where nothing is ever put back, and what lies apart
    /// there is nobody's hand-off. `None`: the tree is the run's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Vec<String>>,
    /// What of the repository's own its profile brings back, as it was trusted when this was ordered.
    /// `None`: nothing is started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Vec<Power>>,
    /// The engine's own repository, where the tree is in none of the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_repository: Option<PathBuf>,
    /// Who works, where it is a person and no agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lent: Option<LentTo>,
}

impl AttemptSpec {
    /// Git in the tree.
    pub fn git(&self) -> Git {
        Git::in_checkout(&self.tree, self.own_repository.as_deref())
    }

    /// Whether the attempt works in the user's checkout itself.
    pub fn is_in_place(&self) -> bool {
        self.apart.is_some()
    }
}

/// The person whose attempt it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LentTo {
    /// Who.
    pub by: Person,
    /// What lay in the tree when the stage was left last; another content is a change.
    pub left: Oid,
    /// What the stage's agent was told last.
    pub prompt: Option<PathBuf>,
}

/// A precondition that is to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whose: `the workflow`, or a stage's id.
    pub whose: String,
    /// What must exit 0.
    pub command: Command,
}

/// The task's text, with its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskText {
    /// Its file.
    pub path: RepoPath,
    /// Its whole text.
    pub text: String,
}

/// A person's answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question's id: `Q1`.
    pub id: String,
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
}

/// Why an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// The first of an iteration.
    Fresh,
    /// The same work again with coded findings; what is there stays.
    Repair,
    /// After a transient failure, a timeout or an interruption.
    Retry,
    /// A paused attempt goes on.
    Continue,
    /// The checks alone, on what was handed on before.
    Recheck,
    /// A person works, on what lies there.
    Taken,
}

impl AttemptKind {
    /// Whether what an earlier attempt of the iteration left in the tree stays.
    pub fn keeps_work(self) -> bool {
        matches!(
            self,
            Self::Repair | Self::Continue | Self::Retry | Self::Taken
        )
    }
}
