//! A base that moved: whether it did, what taking it in would do, and doing that at a boundary.
//!
//! The merge is made of objects, no checkout of a person's is touched and none of their hooks run. It
//! can be repeated at any instant: the order lies in `control/` until its fact is durable, the commit
//! is found again by its trailer, and the branch moves only from where it is expected to be.

use super::attempts::left_by_earlier;
use super::control::Command;
use super::handoff::{TRAILER_REFRESH, TRAILER_RUN};
use super::live::{Supervisor, SupervisorError};
use super::order::RunOrder;
use super::tree;
use crate::engine::record::NextKind;
use crate::engine::{Event, Person, Refreshed, Run};
use crate::git::{Expected, Git, GitError, Identity, LogEntry, NewCommit};
use crate::stage::setup;
use crate::terms::{Oid, StageId};
use crate::text::{SafeText, many};
use std::collections::{BTreeMap, BTreeSet};

/// How many commits and paths are told one by one.
const TOLD: usize = 20;

/// That the base branch has commits which a run has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The base branch, short name.
    pub branch: String,
    /// Where it is.
    pub tip: Oid,
    /// How many commits the run has not.
    pub commits: usize,
    /// The paths that both sides changed, sorted.
    pub both: Vec<String>,
}

impl Moved {
    /// Whether the base of a run moved on since it started, or was refreshed. `None` too for one that
    /// has no base branch: it works in place, or was started from none, or that branch is gone.
    pub fn of(order: &RunOrder, run: &Run) -> Result<Option<Self>, GitError> {
        let (None, Some(branch)) = (&order.in_place, &order.base_branch) else {
            return Ok(None);
        };
        let git = order.git();
        let Ok(tip) = git.resolve(&format!("refs/heads/{branch}")) else {
            return Ok(None);
        };
        let head = run.head.as_ref().unwrap_or(&order.base);
        let commits = ahead(&git, head, &tip)?;
        if commits == 0 {
            return Ok(None);
        }
        let both = match git.merge_base(head, &tip)? {
            Some(common) => changed_by_both(&git, &common, head, &tip)?,
            None => Vec::new(),
        };
        Ok(Some(Self {
            branch: branch.clone(),
            tip,
            commits,
            both,
        }))
    }

    /// It in one line.
    pub fn told(&self) -> String {
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
    /// They have nothing in common.
    #[error("'{branch}' and {own} have no commit in common any more; start a new run")]
    Unrelated {
        /// The base branch.
        branch: String,
        /// The run's own.
        own: String,
    },
    /// Somebody moved the run's own branch.
    #[error(
        "{own} is at {found} and not at {known}, where the run left it; put it back with \
         `git update-ref refs/heads/{own} {known}`, then refresh"
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
                own: order.branch.clone(),
                found,
                known: known.clone(),
            });
        }
        Self::on(order, run, branch, onto)
    }

    /// The same on this commit of the base branch.
    fn on(
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
            both: changed_by_both(&git, &common, head, &onto)?,
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

fn changed_by_both(
    git: &Git,
    common: &Oid,
    head: &Oid,
    tip: &Oid,
) -> Result<Vec<String>, GitError> {
    let paths = |to: &Oid| -> Result<BTreeSet<String>, GitError> {
        Ok(git.diff(common, to)?.into_iter().map(|d| d.path).collect())
    };
    Ok(paths(head)?.intersection(&paths(tip)?).cloned().collect())
}

/// The run's base on this commit: the commit itself or, where the run took along what was not
/// committed, one upon it that holds that too.
fn base_on(
    git: &Git,
    order: &RunOrder,
    run: &Run,
    onto: &Oid,
    conflicts: &mut BTreeSet<String>,
) -> Result<Oid, GitError> {
    if order.taken_on.is_none() {
        return Ok(onto.clone());
    }
    let took = run.base.as_ref().unwrap_or(&order.base);
    let Some(common) = git.merge_base(took, onto)? else {
        return Ok(onto.clone());
    };
    let merged = git.merge_tree(&common, onto, took)?;
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

impl Supervisor {
    /// A refresh that an earlier supervisor had begun: its order is still there, and the branch has
    /// moved. Before anything else looks at the branch or the tree.
    pub(super) fn finish_refresh(&mut self) -> Result<(), SupervisorError> {
        for Command { name, event } in self.new_orders() {
            let Ok(Event::Refresh { onto, by }) = event else {
                continue;
            };
            if self.made_by(&name, &onto)?.is_none() {
                continue;
            }
            if let Ok(fact) = self.refresh(&name, &onto, &by)? {
                self.record_from(fact, Some(name.clone()))?;
                super::control::done(&self.fs, &self.dirs.control(), &name);
            }
        }
        Ok(())
    }

    /// Takes the moved base into the run's branch and tree. The fact that it did, to be recorded; or
    /// why it was not done, nothing being changed then.
    pub(super) fn refresh(
        &mut self,
        name: &str,
        onto: &Oid,
        by: &Person,
    ) -> Result<Result<Event, String>, SupervisorError> {
        let begun = self.made_by(name, onto)?;
        let would = match self.would(begun.is_some(), onto) {
            Ok(would) => would,
            Err(CannotRefresh::Git(e)) => return Err(e.into()),
            Err(why) => return Ok(Err(why.to_string())),
        };
        let Some(would) = would else {
            return Ok(Err(
                "its base did not move: there is nothing to do".to_owned()
            ));
        };
        let commit = match begun {
            Some(commit) => commit,
            None => match self.stands_in_the_way(&would, onto)? {
                Some(why) => return Ok(Err(why)),
                None => self.merge(name, &would)?,
            },
        };
        self.bring_tree(&would, &commit)?;
        let both = would.both.get(..TOLD).unwrap_or(&would.both).to_vec();
        Ok(Ok(Event::Refreshed(Box::new(Refreshed {
            branch: would.branch,
            onto: would.onto,
            base: would.base,
            head: commit,
            commits: would.commits,
            files: would.brought.len(),
            both,
            work: would.work,
            by: by.clone(),
        }))))
    }

    fn would(&self, begun: bool, onto: &Oid) -> Result<Option<Would>, CannotRefresh> {
        match &self.order.base_branch {
            Some(branch) if begun => Would::on(&self.order, &self.run, branch, onto.clone()),
            _ => Would::of(&self.order, &self.run),
        }
    }

    /// The merge that this order made already, where the branch holds it.
    fn made_by(&self, name: &str, onto: &Oid) -> Result<Option<Oid>, SupervisorError> {
        let (Some(head), false) = (&self.run.head, self.is_in_place()) else {
            return Ok(None);
        };
        let tip = self.home.resolve(&self.order.branch_ref())?;
        if tip == *head {
            return Ok(None);
        }
        let first = self.home.log(tip.as_str(), 1)?.into_iter().next();
        let ours = first.is_some_and(|c| c.trailer(TRAILER_REFRESH) == Some(stem(name)));
        let parent = self.home.resolve(&format!("{tip}^1")).ok();
        let ours = ours && parent.as_ref() == Some(head) && self.home.is_ancestor(onto, &tip)?;
        Ok(ours.then_some(tip))
    }

    /// Why it is not done now, though it would be lawful.
    fn stands_in_the_way(
        &self,
        would: &Would,
        shown: &Oid,
    ) -> Result<Option<String>, SupervisorError> {
        if would.onto != *shown {
            return Ok(Some(format!(
                "{} is at {} now, and {} was shown; look at it again",
                would.branch,
                would.onto.short(),
                shown.short()
            )));
        }
        if let Some(why) = would.stands_in_the_way(&self.order) {
            return Ok(Some(why));
        }
        if self.knows_what_lies_there()? {
            return Ok(None);
        }
        let left = tree::not_handed_on(self.dirs.path(), &self.order, &self.run)?;
        Ok(Some(format!(
            "work in {} was not handed on, and would be lost: {}; {}",
            self.order.tree.display(),
            few(&left),
            tree::what_to_do(&self.order, &self.run)
        )))
    }

    /// Whether the run's tree holds what was handed on, or what an attempt left and is kept.
    fn knows_what_lies_there(&self) -> Result<bool, SupervisorError> {
        let Some(left) = self.lies_in_tree()? else {
            return Ok(true);
        };
        let head = self.run.head.as_ref().unwrap_or(&self.order.base);
        let moved = |s: &crate::engine::record::StageRecord| s.moved.as_ref() == Some(&left);
        Ok(left == self.home.tree_of(head)?
            || self.is_kept(Some(&left))
            || self.run.stages.iter().any(moved))
    }

    fn lies_in_tree(&self) -> Result<Option<Oid>, SupervisorError> {
        if !self.order.tree.join(".git").exists() {
            return Ok(None);
        }
        let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
        let near = self.dirs.path().join("refresh");
        Ok(tree::content(
            self.dirs.path(),
            &self.tree_git(),
            &near,
            &placed,
        )?)
    }

    /// The merge on the run's branch.
    fn merge(&self, name: &str, would: &Would) -> Result<Oid, SupervisorError> {
        let head = self.run.head.as_ref().unwrap_or(&self.order.base);
        let what = format!("Refreshed on {}", would.branch);
        let subject = match &self.run.plan.task {
            Some(task) => format!("{} {what}: {}", task.id, task.title),
            None => format!("{}: {what}", self.run.plan.workflow),
        };
        let commit = self.home.commit_tree(&NewCommit {
            tree: &would.tree,
            parents: &[head.clone(), would.base.clone()],
            message: &SafeText::line(&subject),
            trailers: &[
                (TRAILER_RUN, self.order.run.as_str()),
                (TRAILER_REFRESH, stem(name)),
            ],
            identity: self.identity(),
            seconds: jiff::Timestamp::now().as_second(),
        })?;
        let branch = self.order.branch_ref();
        self.home
            .update_ref(&branch, &commit, Expected::At(head), "harness: refreshed")?;
        Ok(commit)
    }

    /// Brings the run's tree to the merge, with the unfinished work that lay there. Once more after a
    /// crash: what is neither the one nor the other then is kept as a patch.
    fn bring_tree(&mut self, would: &Would, commit: &Oid) -> Result<(), SupervisorError> {
        self.settled = false;
        let run = self.order.run.to_string();
        let branch = self.order.branch.clone();
        let at = &self.order.tree;
        if !at.join(".git").exists() {
            setup::forget(self.dirs.path(), at);
        }
        tree::ensure(&self.home, at, &branch, &self.order.base, &run)?;
        let git = self.tree_git();
        let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
        let left = self.lies_in_tree()?;
        let work = self.run.stages.iter().find_map(|record| {
            let was = left_by_earlier(record, NextKind::Continue)?;
            let work = would.work.get(&record.id)?;
            (left.as_ref() == Some(&was) || left.as_ref() == Some(work)).then(|| work.clone())
        });
        if work.is_none() && left.as_ref() != Some(&would.tree) && !self.knows_what_lies_there()? {
            let patch = self.dirs.path().join("refresh.patch");
            if tree::keep_patch(&self.fs, self.dirs.path(), &git, commit, &patch, &placed)? {
                self.note(format!(
                    "what lay in the tree while it was refreshed is kept in {}",
                    patch.display()
                ))?;
            }
        }
        tree::put_back(&git, commit, work.as_ref(), &placed)?;
        self.keep_work(would, commit)
    }

    /// Unfinished work is kept by a ref until the run is tidied away.
    fn keep_work(&self, would: &Would, commit: &Oid) -> Result<(), SupervisorError> {
        for (stage, tree) in &would.work {
            let kept = self.home.commit_tree(&NewCommit {
                tree,
                parents: std::slice::from_ref(commit),
                message: &format!("{stage}: unfinished, on the refreshed base"),
                trailers: &[(TRAILER_RUN, self.order.run.as_str())],
                identity: self.identity(),
                seconds: jiff::Timestamp::now().as_second(),
            })?;
            let name = format!("refs/harness/{}/refreshed/{stage}", self.order.run);
            let call = self.home.call(["update-ref", &name, kept.as_str()]);
            call.run()?;
        }
        Ok(())
    }
}

/// An order's name without its ending.
fn stem(name: &str) -> &str {
    name.strip_suffix(".cmd").unwrap_or(name)
}
