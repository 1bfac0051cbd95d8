//! What a run starts from: a commit, and what of the checkout is not in it.

use super::CannotBegin;
use crate::git::status::Upstream;
use crate::git::{GitError, private};
use crate::records::project::Project;
use crate::terms::Oid;

/// What a run starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// The commit.
    pub base: Oid,
    /// The branch that is checked out, short name; `None`: detached.
    pub branch: Option<String>,
    /// How it stands to its upstream; `None`: it has none.
    pub upstream: Option<Upstream>,
    /// How many files differ from the commit, without those that the run uses as they are.
    pub uncommitted: usize,
    /// Whether the run works in the checkout itself, and so starts from these too.
    pub in_place: bool,
    /// Whether there is no repository of the person's: the folder as it lies there is the base.
    pub without_git: bool,
}

/// What a run takes from the checkout's harness folder, committed or not.
const USED: [&str; 8] = [
    "harness.yaml",
    "harness.local.yaml",
    "backlog.md",
    "backlog",
    "tasks",
    "workflows",
    "roles",
    "templates",
];

impl Ground {
    /// The checkout as it is.
    pub fn of(project: &Project) -> Result<Self, CannotBegin> {
        if project.is_without_git() {
            return Ok(Self::without_git()?);
        }
        let git = project.git();
        let head = git.head()?;
        let Some(base) = head.commit else {
            return Err(CannotBegin::NoCommit);
        };
        // These are read from the checkout as they are, so nothing of them is left out.
        let used = USED.map(|path| format!("{}/{path}", project.harness));
        // Writers of ours that are at work there this moment, another run's supervisor say.
        let passing = ["tmp", "swap"].map(|end| format!("{}/**/.*.{end}", project.harness));
        let status = git.status_without(&used, &passing)?;
        Ok(Self {
            base,
            branch: head
                .branch
                .map(|b| b.strip_prefix("refs/heads/").unwrap_or(&b).to_owned()),
            upstream: git.upstream()?,
            uncommitted: status.paths,
            in_place: false,
            without_git: false,
        })
    }

    /// A folder that is in no repository: what lies there is what a run starts from.
    fn without_git() -> Result<Self, GitError> {
        Ok(Self {
            base: private::first()?,
            branch: None,
            upstream: None,
            uncommitted: 0,
            in_place: true,
            without_git: true,
        })
    }

    /// What of the checkout the run does not start from, or in place does although it is not
    /// committed; `None`: nothing differs.
    pub fn left_out(&self) -> Option<String> {
        let files = match self.uncommitted {
            0 => return None,
            1 => "1 uncommitted file".to_owned(),
            n => format!("{n} uncommitted files"),
        };
        let word = if self.in_place {
            "included, as they lie there"
        } else {
            "not included"
        };
        Some(format!("{word}: {files}"))
    }

    /// Branch, commit and age against the upstream, on one line.
    pub fn line(&self) -> String {
        if self.without_git {
            return "this folder as it lies there; there is no git".to_owned();
        }
        let branch = self.branch.as_deref().unwrap_or("no branch");
        let age = match &self.upstream {
            None => "no upstream".to_owned(),
            Some(u) => format!("{} ahead of {}, {} behind", u.ahead, u.name, u.behind),
        };
        format!("{branch} at {}, {age}", self.base.short())
    }
}
