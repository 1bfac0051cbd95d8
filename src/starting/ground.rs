//! What a run starts from: a commit, and what of the checkout is not in it.

use super::CannotBegin;
use crate::git::status::Upstream;
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
    /// The checkout as it is; where it is not trusted, nothing of its own is run to look at it.
    pub fn of(project: &Project, trusted: bool) -> Result<Self, CannotBegin> {
        let git = project.git();
        let git = if trusted { git } else { git.careful() };
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
        })
    }

    /// What of the checkout the run does not start from; `None`: nothing is left out.
    pub fn left_out(&self) -> Option<String> {
        let files = match self.uncommitted {
            0 => return None,
            1 => "1 uncommitted file".to_owned(),
            n => format!("{n} uncommitted files"),
        };
        Some(format!("not included: {files}"))
    }

    /// Branch, commit and age against the upstream, on one line.
    pub fn line(&self) -> String {
        let branch = self.branch.as_deref().unwrap_or("no branch");
        let age = match &self.upstream {
            None => "no upstream".to_owned(),
            Some(u) => format!("{} ahead of {}, {} behind", u.ahead, u.name, u.behind),
        };
        format!("{branch} at {}, {age}", self.base.short())
    }
}
