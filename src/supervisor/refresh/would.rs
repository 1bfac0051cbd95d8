//! What is so of a base that moved, and what taking it in would do. Nothing but objects is made.

use super::private;
use crate::engine::Run;
use crate::engine::record::NextKind;
use crate::git::{Git, GitError, Identity, LogEntry, NewCommit};
use crate::supervisor::attempts::left_by_earlier;
use crate::supervisor::handoff::TRAILER_RUN;
use crate::supervisor::order::RunOrder;
use crate::terms::{Oid, RunId, StageId};
use crate::text::many;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many commits and paths are told one by one.
pub(super) const TOLD: usize = 20;

/// That the base branch has commits which a run has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The base branch, short name.
    pub branch: String,
    /// Where it is.
    pub tip: Oid,
    /// How many commits the run has not.
    pub commits: usize,
    /// The paths that both sides changed, sorted.
    pub both: Vec<String>,
    /// How many commits of it that the run is built on it has no longer: it was rewritten where
    /// there are any.
    pub withdrawn: usize,
}

impl Moved {
    /// Whether the base of a run moved on since it started, or was refreshed. `None` too for one that
    /// has no base branch: it works in place, or was started from none, or that branch is gone.
    pub fn of(order: &RunOrder, run: &Run) -> Result<Option<Self>, GitError> {
        let (None, Some(branch)) = (&order.in_place, &order.base_branch) else {
            return Ok(None);
        };
        let git = order.git();
        match git.resolve(&format!("refs/heads/{branch}")) {
            Ok(tip) => Self::at(&git, order, run, &tip),
            Err(_) => Ok(None),
        }
    }

    /// The same where its base branch is at this commit.
    pub fn at(git: &Git, order: &RunOrder, run: &Run, tip: &Oid) -> Result<Option<Self>, GitError> {
        let (None, Some(branch)) = (&order.in_place, &order.base_branch) else {
            return Ok(None);
        };
        if stands_on(order, run) == tip {
            return Ok(None);
        }
        let head = run.head.as_ref().unwrap_or(&order.base);
        let commits = ahead(git, head, tip)?;
        let withdrawn = ahead(git, tip, stands_on(order, run))?;
        if commits == 0 && withdrawn == 0 {
            return Ok(None);
        }
        let both = match git.merge_base(head, tip)? {
            Some(common) => changed_by_both(git, order, &common, (head, tip))?,
            None => Vec::new(),
        };
        Ok(Some(Self {
            branch: branch.clone(),
            tip: tip.clone(),
            commits,
            both,
            withdrawn,
        }))
    }

    /// It in one line.
    pub fn told(&self) -> String {
        if self.withdrawn > 0 {
            return rewritten(&self.branch, self.withdrawn);
        }
        let both = match self.both.len() {
            0 => "none of the run's files".to_owned(),
            n => format!("{} of the run's too", many(n, "file")),
        };
        format!(
            "{} moved on by {}, which changed {both}",
            self.branch,
            many(self.commits, "commit")
        )
    }
}

impl Moved {
    /// What to do about it, for this run.
    pub fn remedy(&self, run: &RunId) -> String {
        if self.withdrawn > 0 {
            return format!(
                "start a new run on what it is now, or see what `harness-tui land {run} --dry-run` says"
            );
        }
        format!("`harness-tui refresh {run}` takes it in")
    }
}

/// Commits that the base branch had when a run was started or refreshed, and has no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// How many.
    pub count: usize,
    /// The newest of them: how each begins, and its subject.
    pub newest: Vec<(String, String)>,
}

impl Withdrawn {
    /// Those that a base branch at `tip` has no longer; `None`: it was not rewritten.
    pub fn of(git: &Git, order: &RunOrder, run: &Run, tip: &Oid) -> Result<Option<Self>, GitError> {
        let stood = stands_on(order, run);
        let count = ahead(git, tip, stood)?;
        if count == 0 {
            return Ok(None);
        }
        let newest = git.log(&format!("{tip}..{stood}"), TOLD)?;
        Ok(Some(Self {
            count,
            newest: newest.into_iter().map(subject).collect(),
        }))
    }

    /// That the branch was rewritten, and which commits it has no longer, in one line.
    pub fn told(&self, branch: &str) -> String {
        let each: Vec<String> = { self.newest.iter() }
            .map(|(commit, subject)| format!("{commit} {subject}"))
            .collect();
        let more = match self.count.saturating_sub(each.len()) {
            0 => String::new(),
            n => format!(", and {n} older"),
        };
        format!(
            "{} ({}{more})",
            rewritten(branch, self.count),
            each.join(", ")
        )
    }
}

/// The commit of the base branch that a run is built on.
fn stands_on<'a>(order: &'a RunOrder, run: &'a Run) -> &'a Oid {
    run.refreshed_on.as_ref().unwrap_or(order.started_on())
}

fn rewritten(branch: &str, withdrawn: usize) -> String {
    let are = if withdrawn == 1 { "is" } else { "are" };
    format!(
        "{branch} was rewritten: {} that the run is built on {are} no longer on it",
        many(withdrawn, "commit")
    )
}

/// Why a run can't be refreshed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CannotRefresh {
    /// It works in the checkout itself.
    #[error(
        "{0} works in place: it has no branch of its own, and what lies in the checkout is its base already; \
         there is nothing to refresh"
    )]
    InPlace(String),
    /// It was started from no branch.
    #[error(
        "{0} was started from no branch, so nothing says what its base is now; land it on a branch with \
         `harness-tui land {0} --into BRANCH`, or start a new run from one"
    )]
    NoBranch(String),
    /// The base branch is gone.
    #[error(
        "the base branch '{branch}' is gone; put it back, or land {run} on another with --into"
    )]
    BranchGone {
        /// The branch.
        branch: String,
        /// The run.
        run: String,
    },
    /// The base branch lost commits that the run is built on.
    #[error(
        "{told}; a merge would bring them back. Start a new run on what it is now (`harness-tui run … --new`), or \
         see what `harness-tui land {run} --dry-run` says"
    )]
    Rewritten {
        /// Which it lost.
        told: String,
        /// The run.
        run: RunId,
    },
    /// They have nothing in common.
    #[error("'{branch}' and {own} have no commit in common any more; start a new run")]
    Unrelated {
        /// The base branch.
        branch: String,
        /// The run's own.
        own: String,
    },
    /// Somebody moved the run's own branch, or the ref that it has in place of one.
    #[error(
        "{own} is at {found} and not at {known}, where the run left it; put it back with \
         `git update-ref {own} {known}`, then refresh"
    )]
    OwnBranchMoved {
        /// The run's own branch.
        own: String,
        /// Where it is.
        found: Oid,
        /// Where it should be.
        known: Oid,
    },
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// What a refresh would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Would {
    /// The base branch, short name.
    pub branch: String,
    /// Where it is.
    pub onto: Oid,
    /// The run's base afterwards.
    pub base: Oid,
    /// What the run's branch would hold.
    pub tree: Oid,
    /// How many commits come in.
    pub commits: usize,
    /// The newest of them: how each begins, and its subject.
    pub newest: Vec<(String, String)>,
    /// The paths that come in, outside of harness/.
    pub brought: Vec<String>,
    /// The paths that both sides changed.
    pub both: Vec<String>,
    /// The paths that can't be joined; it is refused where there are any.
    pub conflicts: Vec<String>,
    /// Unfinished work of stages upon it, as trees.
    pub work: BTreeMap<StageId, Oid>,
}

impl Would {
    /// What refreshing a run would do; `None`: its base did not move. Nothing but objects is made.
    pub fn of(order: &RunOrder, run: &Run) -> Result<Option<Self>, CannotRefresh> {
        let id = order.run.to_string();
        if order.in_place.is_some() {
            return Err(CannotRefresh::InPlace(id));
        }
        let Some(branch) = &order.base_branch else {
            return Err(CannotRefresh::NoBranch(id));
        };
        let git = order.git();
        let onto = git.resolve(&format!("refs/heads/{branch}"));
        let onto = onto.map_err(|_| CannotRefresh::BranchGone {
            branch: branch.clone(),
            run: id,
        })?;
        let known = run.head.as_ref().unwrap_or(&order.base);
        let found = git.resolve(&order.branch_ref())?;
        if found != *known {
            return Err(CannotRefresh::OwnBranchMoved {
                own: order.branch_ref(),
                found,
                known: known.clone(),
            });
        }
        if let Some(withdrawn) = Withdrawn::of(&git, order, run, &onto)? {
            return Err(CannotRefresh::Rewritten {
                told: withdrawn.told(branch),
                run: order.run.clone(),
            });
        }
        Self::on(order, run, branch, onto)
    }

    /// The same on this commit of the base branch.
    pub(super) fn on(
        order: &RunOrder,
        run: &Run,
        branch: &str,
        onto: Oid,
    ) -> Result<Option<Self>, CannotRefresh> {
        let git = order.git();
        let head = run.head.as_ref().unwrap_or(&order.base);
        let commits = ahead(&git, head, &onto)?;
        if commits == 0 {
            return Ok(None);
        }
        let unrelated = || CannotRefresh::Unrelated {
            branch: branch.to_owned(),
            own: order.branch.clone(),
        };
        let common = git.merge_base(head, &onto)?.ok_or_else(unrelated)?;
        let mut conflicts = BTreeSet::new();
        let base = base_on(&git, order, run, &onto, &mut conflicts)?;
        let meet = git.merge_base(head, &base)?.ok_or_else(unrelated)?;
        let merged = git.merge_tree(&meet, head, &base)?;
        conflicts.extend(merged.conflicts);
        let changes = git.diff(&git.tree_of(head)?, &merged.tree)?;
        let changes: Vec<String> = changes.into_iter().map(|d| d.path).collect();
        // Nobody has judged what would come of an artifact that the base changed too.
        let artifacts = run.stages.iter().flat_map(|s| &s.artifacts);
        let artifacts = artifacts.map(|a| a.path.to_string());
        conflicts.extend(artifacts.filter(|path| changes.contains(path)));
        let (work, torn) = work_on(&git, order, run, head, &merged.tree)?;
        conflicts.extend(torn);
        let newest = git.log(&format!("{head}..{onto}"), TOLD)?;
        let harness = format!("{}/", order.harness);
        Ok(Some(Self {
            both: changed_by_both(&git, order, &common, (head, &onto))?,
            branch: branch.to_owned(),
            onto,
            base,
            tree: merged.tree,
            commits,
            newest: newest.into_iter().map(subject).collect(),
            brought: { changes.into_iter() }
                .filter(|path| !path.starts_with(&harness))
                .collect(),
            conflicts: conflicts.into_iter().collect(),
            work,
        }))
    }

    /// Why it is refused, where something can't be joined; `None`: nothing stands in its way.
    pub fn stands_in_the_way(&self, order: &RunOrder) -> Option<String> {
        if self.conflicts.is_empty() {
            return None;
        }
        Some(format!(
            "{} and {} changed the same lines: {}; nothing was changed. Undo one side's change, or \
             do the work on the new base with a new run (`harness-tui run … --new`)",
            self.branch,
            order.branch,
            few(&self.conflicts)
        ))
    }
}

fn subject(entry: LogEntry) -> (String, String) {
    (entry.commit.short().to_owned(), entry.subject)
}

/// The first of these paths, and how many more there are.
pub fn few(paths: &[String]) -> String {
    let shown = paths.get(..TOLD).unwrap_or(paths).join(", ");
    match paths.len().saturating_sub(TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How many commits `tip` has that `head` has not.
fn ahead(git: &Git, head: &Oid, tip: &Oid) -> Result<usize, GitError> {
    let range = format!("{head}..{tip}");
    let count = git.call(["rev-list", "--count", &range, "--"]).text()?;
    Ok(count.trim().parse().unwrap_or(0))
}

/// The paths that both changed since; a private harness and one of the team's have none in common.
fn changed_by_both(
    git: &Git,
    order: &RunOrder,
    common: &Oid,
    (head, tip): (&Oid, &Oid),
) -> Result<Vec<String>, GitError> {
    let roots = order.roots();
    let paths = |to: &Oid| -> Result<BTreeSet<String>, GitError> {
        let paths = git.diff(common, to)?.into_iter().map(|d| d.path);
        Ok(paths.filter(|path| !roots.is_private(path)).collect())
    };
    Ok(paths(head)?.intersection(&paths(tip)?).cloned().collect())
}

/// The run's base on this commit: the commit itself or, where the run took along what was not
/// committed, or a private harness, one upon it that holds that too.
fn base_on(
    git: &Git,
    order: &RunOrder,
    run: &Run,
    onto: &Oid,
    conflicts: &mut BTreeSet<String>,
) -> Result<Oid, GitError> {
    if order.taken_on.is_none() && order.private_on.is_none() {
        return Ok(onto.clone());
    }
    let took = run.base.as_ref().unwrap_or(&order.base);
    let Some(common) = git.merge_base(took, onto)? else {
        return Ok(onto.clone());
    };
    let code = private::of_code(git, order, onto, took)?;
    let merged = git.merge_tree(&common, &code, took)?;
    conflicts.extend(merged.conflicts);
    git.commit_tree(&NewCommit {
        tree: &merged.tree,
        parents: &[onto.clone(), took.clone()],
        message: "The base as it is now, with what was not committed",
        trailers: &[(TRAILER_RUN, order.run.as_str())],
        identity: &git.identity(),
        seconds: order.created.as_second(),
    })
}

/// The unfinished work of stages on the merge, and the paths where it can't be joined with that.
fn work_on(
    git: &Git,
    order: &RunOrder,
    run: &Run,
    head: &Oid,
    merged: &Oid,
) -> Result<(BTreeMap<StageId, Oid>, Vec<String>), GitError> {
    let (mut work, mut torn) = (BTreeMap::new(), Vec::new());
    // `merge-tree` joins commits: these are looked at, and kept by nothing.
    let commit = |tree: &Oid, parent: &Oid| {
        git.commit_tree(&NewCommit {
            tree,
            parents: std::slice::from_ref(parent),
            message: "to be joined",
            trailers: &[],
            identity: &Identity::fallback(),
            seconds: order.created.as_second(),
        })
    };
    for record in run.stages.iter().filter(|s| run.is_under_way(&s.id)) {
        let left = left_by_earlier(record, NextKind::Continue);
        let (Some(left), Some(from)) = (left, &record.checkpoint) else {
            continue;
        };
        let joined = git.merge_tree(from, &commit(merged, head)?, &commit(&left, from)?)?;
        torn.extend(joined.conflicts);
        work.insert(record.id.clone(), joined.tree);
    }
    Ok((work, torn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::feature;
    use crate::git::testing::{commit_all, put, repository};
    use crate::supervisor::order::testing::order;

    #[test]
    fn a_base_moved_when_it_has_what_the_run_has_not() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        let mut order = order(git.dir());
        order.base = first.clone();
        order.base_branch = Some("main".to_owned());
        let mut run = Run::new(feature());
        run.base = Some(first.clone());
        git.call(["branch", "harness/x"]).run().unwrap();
        assert_eq!(Moved::of(&order, &run).unwrap(), None);
        assert_eq!(Would::of(&order, &run).unwrap(), None);
        git.call(["checkout", "-q", "harness/x"]).run().unwrap();
        put(git.dir(), "a.txt", "ours\n");
        put(git.dir(), "ours.txt", "ours\n");
        run.head = Some(commit_all(&git, "ours"));
        assert_eq!(Moved::of(&order, &run).unwrap(), None);
        git.call(["checkout", "-q", "main"]).run().unwrap();
        put(git.dir(), "a.txt", "theirs\n");
        put(git.dir(), "harness/notes.md", "theirs\n");
        let tip = commit_all(&git, "theirs");
        let moved = Moved::of(&order, &run).unwrap().unwrap();
        assert_eq!((moved.commits, &moved.tip), (1, &tip));
        assert_eq!(moved.both, ["a.txt"]);
        assert_eq!(
            moved.told(),
            "main moved on by 1 commit, which changed 1 file of the run's too"
        );
        assert!(moved.remedy(&order.run).contains("takes it in"));
        let before = git.refs(&[]).unwrap();
        let would = Would::of(&order, &run).unwrap().unwrap();
        assert_eq!(would.conflicts, ["a.txt"]);
        assert_eq!(would.brought, ["a.txt"], "harness/ is not counted");
        assert!(would.stands_in_the_way(&order).unwrap().contains("a.txt"));
        assert_eq!(git.refs(&[]).unwrap(), before);
        // Somebody moved the run's own branch: nothing is built upon that.
        run.head = Some(first);
        let error = Would::of(&order, &run).unwrap_err();
        assert!(
            matches!(error, CannotRefresh::OwnBranchMoved { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_base_that_lost_commits_of_the_runs_was_rewritten() {
        let (_dir, git) = repository();
        put(git.dir(), "bad.txt", "bad\n");
        let base = commit_all(&git, "bad one");
        let mut order = order(git.dir());
        order.base = base.clone();
        order.base_branch = Some("main".to_owned());
        let run = Run::new(feature());
        git.call(["branch", "harness/x"]).run().unwrap();
        let is_rewritten = || {
            let moved = Moved::of(&order, &run).unwrap().unwrap();
            assert_eq!(moved.withdrawn, 1);
            assert_eq!(
                moved.told(),
                "main was rewritten: 1 commit that the run is built on is no longer on it"
            );
            assert!(moved.remedy(&order.run).contains("start a new run"));
            let error = Would::of(&order, &run).unwrap_err();
            assert!(matches!(error, CannotRefresh::Rewritten { .. }), "{error}");
            assert!(error.to_string().contains("bad one"), "{error}");
        };
        // Nothing more than it had, then something else in its place.
        git.call(["reset", "-q", "--hard", "HEAD~1"]).run().unwrap();
        is_rewritten();
        put(git.dir(), "good.txt", "good\n");
        commit_all(&git, "good one");
        is_rewritten();
    }

    #[test]
    fn many_paths_are_told_in_sum() {
        let paths: Vec<String> = (0..TOLD + 3).map(|n| n.to_string()).collect();
        assert!(few(&paths).ends_with("19 and 3 more"));
        assert_eq!(few(&paths[..2]), "0, 1");
    }
}
