//! A base that moved: whether it did, what taking it in would do, and doing that at a boundary.
//!
//! The merge is made of objects, no checkout of a person's is touched and none of their hooks run. It
//! can be repeated at any instant: the order lies in `control/` until its fact is durable, the commit
//! is found again by its trailer, and the branch moves only from where it is expected to be.

mod lies;
mod private;
mod would;

pub use lies::would_be_lost;
pub use would::{CannotRefresh, Moved, Withdrawn, Would, few, stands_on};

use super::attempts::left_by_earlier;
use super::control::Command;
use super::handoff::{TRAILER_REFRESH, TRAILER_RUN};
use super::live::{Supervisor, SupervisorError};
use super::tree;
use crate::engine::record::NextKind;
use crate::engine::{Event, Person, Refreshed};
use crate::git::{Expected, NewCommit};
use crate::stage::setup;
use crate::terms::Oid;
use crate::text::SafeText;
use would::TOLD;

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
        let (dir, order) = (self.dirs.path(), &self.order);
        Ok(would_be_lost(dir, order, &self.run)?)
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
        let at = &self.order.tree;
        if !at.join(".git").exists() {
            setup::forget(self.dirs.path(), at);
        }
        tree::ensure(&self.home, &self.order)?;
        let git = self.tree_git();
        let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
        let left = tree::lies(self.dirs.path(), &self.order)?;
        let work = self.run.stages.iter().find_map(|record| {
            let was = left_by_earlier(record, NextKind::Continue)?;
            let work = would.work.get(&record.id)?;
            (left.as_ref() == Some(&was) || left.as_ref() == Some(work)).then(|| work.clone())
        });
        if work.is_none()
            && left.as_ref() != Some(&would.tree)
            && !lies::is_known(self.dirs.path(), &self.order, &self.run)?
        {
            let patch = self.dirs.path().join("refresh.patch");
            if tree::keep_patch(&self.fs, self.dirs.path(), &git, commit, &patch, &placed)? {
                self.note(format!(
                    "what lay in the tree while it was refreshed is kept in {}",
                    patch.display()
                ))?;
            }
        }
        self.put_back(&git, commit, work.as_ref(), &placed)?;
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
