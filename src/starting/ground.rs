//! What a run starts from: a commit, and what of the checkout is not in it.

use super::CannotBegin;
use crate::git::status::Upstream;
use crate::git::{GitError, private};
use crate::records::project::Project;
use crate::store::layout::USED_AS_THEY_ARE;
use crate::terms::Oid;
use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    /// How many of them are in the middle of a merge.
    pub conflicted: usize,
    /// Whether those files are taken along.
    pub with_changes: bool,
    /// When the upstream was fetched last, in seconds since 1970; `None`: it is not known.
    pub fetched: Option<i64>,
    /// The harness folder, relative to the repository's root.
    harness: String,
}

impl Ground {
    /// The checkout as it is; where it is not trusted, nothing of its own is run to look at it.
    pub fn of(project: &Project, trusted: bool) -> Result<Self, CannotBegin> {
        if project.is_without_git() {
            return Ok(Self::without_git(project)?);
        }
        let git = project.git();
        let git = if trusted { git } else { git.careful() };
        let head = git.head()?;
        let Some(base) = head.commit else {
            return Err(CannotBegin::NoCommit);
        };
        // These are read from the checkout as they are, so nothing of them is left out.
        let used = used(project.harness.as_str());
        // Writers of ours that are at work there this moment, another run's supervisor say.
        let passing = ["tmp", "swap"].map(|end| format!("{}/**/.*.{end}", project.harness));
        let status = git.status_without(&used, &passing)?;
        Ok(Self {
            branch: head
                .branch
                .map(|b| b.strip_prefix("refs/heads/").unwrap_or(&b).to_owned()),
            upstream: git.upstream()?,
            uncommitted: status.paths,
            conflicted: status.conflicted,
            with_changes: false,
            fetched: fetched(project),
            base,
            harness: project.harness.to_string(),
            in_place: false,
            without_git: false,
        })
    }

    /// A folder that is in no repository: what lies there is what a run starts from.
    fn without_git(project: &Project) -> Result<Self, GitError> {
        Ok(Self {
            base: private::first()?,
            branch: None,
            upstream: None,
            uncommitted: 0,
            conflicted: 0,
            with_changes: false,
            fetched: None,
            harness: project.harness.to_string(),
            in_place: true,
            without_git: true,
        })
    }

    /// The same with the uncommitted changes.
    pub fn with_changes(self) -> Result<Self, CannotBegin> {
        if self.conflicted > 0 {
            return Err(CannotBegin::Conflicted(self.conflicted));
        }
        Ok(Self {
            with_changes: self.uncommitted > 0,
            ..self
        })
    }

    /// What of the checkout a run uses as it is, relative to the repository's root: it is neither left
    /// out nor taken along.
    pub(super) fn used(&self) -> Vec<String> {
        used(&self.harness)
    }

    /// What of the checkout the run does not start from, or starts from beside the commit; `None`:
    /// everything is committed.
    pub fn left_out(&self) -> Option<String> {
        let files = match self.uncommitted {
            0 => return None,
            1 => "1 uncommitted file".to_owned(),
            n => format!("{n} uncommitted files"),
        };
        Some(if self.in_place {
            format!("included, as they lie there: {files}")
        } else if self.with_changes {
            format!("included: {files}, as a commit of their own")
        } else {
            format!("not included: {files}")
        })
    }

    /// Branch, commit and age against the upstream, on one line.
    pub fn line(&self) -> String {
        if self.without_git {
            return "this folder as it lies there; there is no git".to_owned();
        }
        let branch = self.branch.as_deref().unwrap_or("no branch");
        let age = match &self.upstream {
            None => "no upstream".to_owned(),
            Some(u) => {
                let fetched = self
                    .fetched
                    .and_then(day)
                    .map(|d| format!(", as fetched {d}"));
                let fetched = fetched.unwrap_or_default();
                format!(
                    "{} ahead of {}, {} behind{fetched}",
                    u.ahead, u.name, u.behind
                )
            }
        };
        format!("{branch} at {}, {age}", self.base.short())
    }
}

fn used(harness: &str) -> Vec<String> {
    USED_AS_THEY_ARE
        .map(|path| format!("{harness}/{path}"))
        .to_vec()
}

/// Git writes this file whenever it fetches.
fn fetched(project: &Project) -> Option<i64> {
    let at = |dir: &std::path::Path| {
        let meta = std::fs::metadata(dir.join("FETCH_HEAD")).ok()?;
        Timestamp::try_from(meta.modified().ok()?).ok()
    };
    let repository = &project.repository;
    let newest = [&repository.git_dir, &repository.common_dir]
        .into_iter()
        .filter_map(|dir| at(dir))
        .max()?;
    Some(newest.as_second())
}

/// The local day of a time.
fn day(second: i64) -> Option<String> {
    let at = Timestamp::from_second(second).ok()?;
    Some(at.to_zoned(TimeZone::system()).date().to_string())
}
