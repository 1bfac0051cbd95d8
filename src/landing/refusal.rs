//! Why a run was not landed.

use crate::git::GitError;
use crate::store::StoreError;

/// Why a run was not landed.
#[derive(Debug, thiserror::Error)]
pub enum LandError {
    /// This can't be landed at all, or not by this order.
    #[error("{0}")]
    Refused(String),
    /// Something stands in the way; nothing was changed.
    #[error("{what}{}; nothing was changed: {remedy}", listed(paths))]
    Aborted {
        /// What stands in the way.
        what: String,
        /// The paths it is about.
        paths: Vec<String>,
        /// What to do.
        remedy: String,
    },
    /// The person's `git commit` refused; a hook or a signature may have made it.
    #[error("`git commit` refused{}; nothing was changed: {REMEDY}", after(said))]
    Commit {
        /// What was said, where it was caught.
        said: String,
    },
    /// The person's `git push` refused, or the other side did; nothing went over.
    #[error(
        "`git push` to {remote} refused{}; nothing was opened, and no branch moved: {}",
        after(said),
        push_remedy(branch)
    )]
    Push {
        /// The remote.
        remote: String,
        /// The branch there.
        branch: String,
        /// What was said, where it was caught.
        said: String,
    },
    /// It was pushed, and what should show it could not be opened or changed.
    #[error(
        "{branch} is on {remote}, and it was not put up for review: {what}; mend that, then order `harness-tui land {run} --pr` again, which goes on from here"
    )]
    Halfway {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// What went wrong.
        what: String,
        /// The run.
        run: String,
    },
    /// Somebody else's git holds the index of the checkout.
    #[error(
        "another git process holds {lock}; wait for it to end (where none runs any more, remove that file), then land again"
    )]
    IndexHeld {
        /// The lock, with its age.
        lock: String,
    },
    /// It was begun and could not be finished.
    #[error(
        "the landing was begun and could not be finished: {why}; the result is safe as {commit}: mend that, then order `harness-tui land {run}` again, which goes on from here"
    )]
    Unfinished {
        /// The run.
        run: String,
        /// The commit that was made.
        commit: String,
        /// What went wrong.
        why: String,
    },
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run's files.
    #[error("{0}")]
    Unreadable(String),
}

impl LandError {
    /// The exit code: 2 for an order that is refused, 3 for what a person can mend.
    pub fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 2,
            _ => 3,
        }
    }

    /// The paths it is about; often none.
    pub fn paths(&self) -> &[String] {
        match self {
            Self::Aborted { paths, .. } => paths,
            _ => &[],
        }
    }

    /// What to do about a push that was refused; empty for anything else.
    pub fn remedy(&self) -> String {
        match self {
            Self::Push { branch, .. } => push_remedy(branch),
            _ => String::new(),
        }
    }

    pub(super) fn aborted(
        what: impl Into<String>,
        paths: Vec<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Aborted {
            what: what.into(),
            paths,
            remedy: remedy.into(),
        }
    }
}

/// What to do where `git commit` refused.
pub const REMEDY: &str = "mend what it says (a hook? your name? the key that signs your commits, `git config user.signingkey`?), or land with --no-verify to leave hooks out";

fn push_remedy(branch: &str) -> String {
    format!(
        "mend what it says (your pre-push hook? a login? where the remote has another '{branch}' already, move \
         that away there), then order it again"
    )
}

fn after(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}

/// How many paths a message names.
const SHOWN: usize = 20;

fn listed(paths: &[String]) -> String {
    if paths.is_empty() {
        return String::new();
    }
    let more = match paths.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let shown = paths.get(..SHOWN).unwrap_or(paths).join(", ");
    format!(": {shown}{more}")
}
