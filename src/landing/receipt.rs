//! The receipt of a run: what was asked for, what proves it, who approved it on what, what it cost; as
//! data that can be recomputed from git alone (see [`super::verify`]).
//!
//! Law: a receipt says nothing that its run does not know. What is not known is told as unknown, and
//! what git can't prove is told and not claimed.

mod change;
mod machine;
mod made;
mod markdown;
mod places;
mod told;

pub use change::{Hunk, change, changes};
pub use machine::{Damaged, FENCE, MAX_TEXT, TRAILER};
pub(super) use made::{flat, path_bytes, path_told, word};
pub use markdown::{Fit, Page, TooLong};
pub use places::lines_digest;
pub use told::{About, Told};

use crate::records::review::Standing;
use crate::records::runs::RunView;
use crate::records::spending::{Billing, Known};
use crate::terms::{CriterionId, Digest, Oid, RepoPath, RunId, StageId, TaskId};
use serde::{Deserialize, Serialize};

/// The form of receipts that is written here.
pub const FORMAT: u32 = 1;

/// The mode and object of a path in a tree, or that it is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The path; one that is no plain text is `hex:` and its bytes.
    pub path: String,
    /// Octal digits; `None`: the path is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The object; `None`: the path is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<Oid>,
}

/// The task that was worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskOf {
    /// Its id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Its file.
    pub path: RepoPath,
    /// The digest of what counts of it.
    pub digest: Digest,
}

/// The commit at which the run's work was done, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The commit.
    pub commit: Oid,
    /// Its tree.
    pub tree: Oid,
}

/// Where the artifacts are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// In what landed.
    #[default]
    Branch,
    /// Under this ref, and not in what landed.
    Ref(String),
    /// Nowhere: the project leaves them out.
    Omitted,
}

/// A criterion with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// What it asks for.
    pub text: String,
    /// `met`, `unmet`, `unverifiable` or `not judged`.
    pub judged: String,
    /// What the judgement rests on, in the reviewer's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// The artifact that holds the judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<RepoPath>,
    /// The places of the code that the evidence names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// The places that it names and that were not there when the run was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl Criterion {
    /// That its evidence names what is not there.
    pub fn nowhere(&self) -> Option<String> {
        let such = match self.missing.len() {
            0 => return None,
            1 => "there is no such place",
            _ => "there are no such places",
        };
        let all = self.missing.join(", ");
        Some(format!(
            "its evidence names {all}, and {such} in what the run came to"
        ))
    }
}

/// A file that evidence names, or lines of it, as they were when the run was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file.
    pub path: String,
    /// First and last line, from 1; `None`: the file as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(usize, usize)>,
    /// The file's object.
    pub blob: Oid,
    /// The digest of the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A command that was run as a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The stage it belongs to.
    pub stage: StageId,
    /// The command as people read it.
    pub command: String,
    /// Its exit code; `None`: it was ended by force.
    pub exit: Option<i32>,
    /// How it came out, in few words.
    pub how: String,
    /// The tree it ran on.
    pub tree: Oid,
    /// What that tree holds that the run's last one does not hold so; `None`: too much to be listed, or
    /// not known.
    pub besides: Option<Vec<Entry>>,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// When, as people read it, with the offset of its clock.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
    /// The digest of what it was given on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Digest>,
    /// What that is the digest of; empty where the run went on to something else since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_on: Vec<String>,
}

/// A commit on the run's branch that an approval was given on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// The commit.
    pub commit: Oid,
    /// The object as git holds it: what the commit's id is computed from.
    pub object: String,
    /// Its tree.
    pub tree: Oid,
    /// What that tree holds that the run's last one does not hold so.
    pub besides: Option<Vec<Entry>>,
}

/// A review comment that was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// Its id: `C1`.
    pub id: String,
    /// Where it stands: `src/a.rs:12`.
    pub place: String,
    /// What it says.
    pub text: String,
    /// How it was settled: `fixed — …`, `declined — …`, `out of date`.
    pub outcome: String,
}

/// An artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: RepoPath,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// A file that the run changed, as it was when the run was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The path; one that is no plain text is `hex:` and its bytes.
    pub path: String,
    /// Octal digits; `None`: the run took the file away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The object; `None`: the run took the file away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<Oid>,
    /// Where in the file as it was lines went and came: what the run left of it is found by that in what
    /// others' changes were merged into. Empty where that is not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub change: Vec<Hunk>,
}

impl File {
    /// What the path holds.
    pub fn entry(&self) -> Entry {
        Entry {
            path: self.path.clone(),
            mode: self.mode.clone(),
            blob: self.blob.clone(),
        }
    }
}

/// What one agent used, by one way of paying for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// The agent's name, that of the person who took a stage over, or `no agent`.
    pub agent: String,
    /// Who paid, as it was at the attempts.
    pub billing: Billing,
    /// How many attempts.
    pub attempts: u32,
    /// All tokens.
    pub tokens: Known,
    /// Millionths of a US dollar; nothing is counted of what a plan paid for, and of no agent's.
    pub cost: Known,
}

/// The receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// Its workflow.
    pub workflow: String,
    /// Its task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskOf>,
    /// The commit that the work stands upon, of the branch it was begun on or refreshed from; `None`:
    /// there was none.
    pub started_on: Option<Oid>,
    /// The files in which a landing writes lines of its own: the task, the backlog.
    pub shared: Vec<RepoPath>,
    /// It worked in the person's checkout, who commits the result, and what else they like.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_place: bool,
    /// The commit that holds what the run took along uncommitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Oid>,
    /// What the run came to.
    pub head: Head,
    /// Where the artifacts are.
    pub kept: Kept,
    /// The criteria.
    pub criteria: Vec<Criterion>,
    /// The checks.
    pub checks: Vec<Check>,
    /// What people decided, oldest first.
    pub decisions: Vec<Decision>,
    /// The review comments.
    pub comments: Vec<Settled>,
    /// The artifacts.
    pub artifacts: Vec<Artifact>,
    /// The files that the run changed.
    pub files: Vec<File>,
    /// How many files it changed, where they are too many to be listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<usize>,
    /// The commits that approvals were given on.
    pub handed_on: Vec<Handed>,
    /// What it cost.
    pub spent: Vec<Spent>,
}

/// What a receipt is made with beside its run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct With {
    /// Where the artifacts are to be.
    pub kept: Kept,
    /// The review comments that were settled.
    pub settled: Vec<Settled>,
}

impl With {
    /// What is so of a run as it stands: artifacts land with it, and its comments stand as they do.
    pub fn of(view: &RunView) -> Self {
        let comments = view.comments();
        Self {
            kept: Kept::default(),
            settled: comments.iter().map(Settled::of).collect(),
        }
    }
}

impl Settled {
    /// A comment on the run's work, and what became of it.
    fn of(standing: &Standing) -> Self {
        let (word, said) = (standing.outcome.word(), standing.outcome.said());
        Self {
            id: standing.id().to_string(),
            place: standing.place(),
            text: standing.comment.text.clone(),
            outcome: match said.as_str() {
                "" => word.to_owned(),
                said => format!("{word} — {said}"),
            },
        }
    }
}

impl Receipt {
    /// Whether this path is one in which a landing writes lines of its own.
    pub fn is_shared(&self, path: &str) -> bool {
        self.shared.iter().any(|shared| shared.as_str() == path)
    }

    /// The files that land as the run left them.
    pub fn code(&self) -> impl Iterator<Item = &File> {
        let own = |f: &&File| !self.is_shared(&f.path) && !self.is_artifact(&f.path);
        self.files.iter().filter(own)
    }

    /// Whether this path is one of the artifacts'.
    pub fn is_artifact(&self, path: &str) -> bool {
        self.artifacts.iter().any(|a| a.path.as_str() == path)
    }
}
