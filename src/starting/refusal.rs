//! Why a run is not begun.

use crate::git::GitError;
use crate::store::StoreError;
use crate::supervisor::start::CannotStart;
use crate::supervisor::trust::Untrusted;
use crate::terms::{Finding, Oid, TaskId};

/// Why a run is not begun.
#[derive(Debug, thiserror::Error)]
pub enum CannotBegin {
    /// The plan has faults, an agent's program is not here, or recordings are of other tasks.
    #[error("nothing was started:\n{}", listed(.0))]
    Faults(Vec<Finding>),
    /// A person did not yet see what the repository's files have run here.
    #[error("nothing was started: {0}")]
    NotTrusted(Box<Untrusted>),
    /// A stage was named that the workflow has not.
    #[error("the workflow {workflow} has no stage '{name}'; it has: {}", known.join(", "))]
    NoStage {
        /// The workflow.
        workflow: String,
        /// The name.
        name: String,
        /// The stages there are.
        known: Vec<String>,
    },
    /// The repository has no commit.
    #[error("this repository has no commit yet, and a run starts from one; commit something first")]
    NoCommit,
    /// Without git, more lies in the folder than can be taken in.
    #[error(
        "without git all of {} is taken in before a run, and that would be {much}; name in a .gitignore what is no part of the work, or use git", folder.display()
    )]
    TooMuch {
        /// The folder.
        folder: std::path::PathBuf,
        /// How much it is.
        much: String,
    },
    /// In place, what the run may write is not committed.
    #[error(
        "in place, this run may write what you have not committed:\n{}\ncommit or stash it, or start with --allow-dirty: then it is part of what the run starts from, and is never taken back",
        named(.0)
    )]
    Dirty(Vec<String>),
    /// Another run works in this checkout.
    #[error(
        "{run} works in this checkout, in place, and is {state}; one run does at a time: see it to its end, or end it with `harness-tui cancel {run}`"
    )]
    PlaceTaken {
        /// That run.
        run: crate::terms::RunId,
        /// How it stands.
        state: String,
    },
    /// Another run is being begun in this checkout.
    #[error("another run is being started in this checkout just now; see `harness-tui status`")]
    PlaceRacing,
    /// In place there is no commit to take them along as.
    #[error(
        "a run in place makes no commit that could take uncommitted files along; --allow-dirty lets it \
         work among them"
    )]
    NothingToTake,
    /// Files of a merge that is under way can't be taken along.
    #[error(
        "{} of the checkout are in the middle of a merge and can't be taken along; end the merge first, \
         or start without --with-changes",
        crate::text::many(*.0, "file")
    )]
    Conflicted(usize),
    /// Files of a private harness that are too large for a run's tree, a line each.
    #[error("too large for the tree of a run:\n{}\nmove them out of the private harness", .0.join("\n"))]
    PrivateTooLarge(Vec<String>),
    /// More files in a private harness than a run's tree gets.
    #[error(
        "the private harness has more than {0} files, and the tree of a run gets all of them; move out \
         of it what is no harness"
    )]
    PrivateTooMany(usize),
    /// Untracked files that are too large to be taken along, a line each.
    #[error(
        "too large to be taken along:\n{}\nadd them to .gitignore, commit them, or start without --with-changes",
        .0.join("\n")
    )]
    TooLarge(Vec<String>),
    /// Left-out stages would have made what is not there.
    #[error(
        "left-out stages would have made what is not there at {}:\n{}\nrun these stages too, or commit the files",
        at.short(), missing.join("\n")
    )]
    Missing {
        /// The commit it was looked for in.
        at: Oid,
        /// Path, name and fault of each, a line each.
        missing: Vec<String>,
    },
    /// There is no room on the disk, or none that the settings allow.
    #[error("nothing was started: {0}")]
    NoRoom(String),
    /// The task has a run already.
    #[error("{0}")]
    Open(String),
    /// Somebody else begins one this moment.
    #[error("another `harness-tui run {0}` is starting just now; see `harness-tui status`")]
    Racing(TaskId),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The id.
    #[error(transparent)]
    Id(#[from] crate::terms::id::BadId),
    /// The run can't be created, or nobody can be woken for it.
    #[error(transparent)]
    Start(#[from] CannotStart),
}

/// By hand: as its source it would be told twice.
impl From<Box<Untrusted>> for CannotBegin {
    fn from(untrusted: Box<Untrusted>) -> Self {
        Self::NotTrusted(untrusted)
    }
}

impl CannotBegin {
    /// It on one line, for a place that has no more: the first of several faults.
    pub fn in_short(&self) -> String {
        match self {
            Self::Faults(faults) => match faults.as_slice() {
                [] => "the plan has faults".to_owned(),
                [only] => only.to_string(),
                [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
            },
            other => other.to_string().lines().collect::<Vec<_>>().join(" "),
        }
    }
}

/// How many paths a message names.
const SHOWN: usize = 20;

fn named(paths: &[String]) -> String {
    let mut lines: Vec<String> = paths.iter().take(SHOWN).map(|p| format!("  {p}")).collect();
    if paths.len() > SHOWN {
        lines.push(format!("  and {} more", paths.len() - SHOWN));
    }
    lines.join("\n")
}

fn listed(faults: &[Finding]) -> String {
    let lines: Vec<String> = faults.iter().map(|f| format!("  {f}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_short_it_is_one_line_and_says_how_many_more() {
        let fault = |text: &str| Finding::new("a/b", text);
        let one = CannotBegin::Faults(vec![fault("no agent")]);
        assert!(one.in_short().contains("no agent"), "{}", one.in_short());
        let two = CannotBegin::Faults(vec![fault("no agent"), fault("no role")]);
        assert!(two.in_short().ends_with("(and 1 more)"));
        let open = CannotBegin::Open("a\nb".to_owned());
        assert_eq!(open.in_short(), "a b");
    }
}
