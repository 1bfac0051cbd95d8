//! Why a run is not begun.

use crate::git::GitError;
use crate::store::StoreError;
use crate::supervisor::start::CannotStart;
use crate::terms::{Finding, Oid, TaskId};

/// Why a run is not begun.
#[derive(Debug, thiserror::Error)]
pub enum CannotBegin {
    /// The plan has faults, an agent's program is not here, or recordings are of other tasks.
    #[error("nothing was started:\n{}", listed(.0))]
    Faults(Vec<Finding>),
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
    /// Files of a merge that is under way can't be taken along.
    #[error(
        "{} of the checkout are in the middle of a merge and can't be taken along; end the merge first, \
         or start without --with-changes",
        crate::text::many(*.0, "file")
    )]
    Conflicted(usize),
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
