//! Attempts: started, interrupted; what they are told, and what they left.

mod brief;
mod collect;
mod told;

use super::live::{Supervisor, SupervisorError};
use super::slots::{Asked, Place};
use super::tree;
use super::trust::Trust;
use crate::agents::Session;
use crate::documents::powers::Power;
use crate::engine::record::{AttemptRecord, NextKind, StageRecord};
use crate::engine::{Event, Run};
use crate::git::Git;
use crate::process::{Identity, Signal, Tag, Watched};
use crate::runners;
use crate::stage::ambient::Ambient;
use crate::stage::seal::Key;
use crate::stage::setup;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::layout::AttemptDir;
use crate::store::write::{replace, replace_together};
use crate::terms::{AttemptId, Digest, Oid, Outcome, PublicId, StageId};
use brief::resumes;
pub use brief::session_kept;
pub(super) use collect::last_sign;
use std::collections::BTreeMap;
use std::path::PathBuf;
pub use told::Told;

/// Largest exit record that is read.
const MAX_EXIT_BYTES: u64 = 32 * 1024 * 1024;
/// Largest task file that is read.
const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

/// Whether an attempt may start.
enum Leave {
    /// It may, with its place where places are shared, and what it brings back.
    Given(Option<Place>, Vec<Power>),
    /// It may not now.
    Refused {
        /// Whether that was recorded, which may change what follows.
        recorded: bool,
    },
}

/// An attempt that runs.
#[derive(Debug, Clone)]
pub struct Running {
    /// Which.
    pub attempt: AttemptId,
    /// Its public id.
    pub public: PublicId,
    /// Its folder.
    pub dir: AttemptDir,
    /// The tree it works in.
    pub tree: PathBuf,
    /// The commit it started from.
    pub checkpoint: Oid,
    /// The digest of the key that its record is sealed with; `None`: an older one's is not.
    pub seal: Option<Digest>,
    /// The process that holds it, until its lock is seen.
    pub shim: Option<Identity>,
}

impl Supervisor {
    /// What of the repository's own a stage brings back by name, as it is now.
    fn brought_powers(&self, stage: &StageId) -> Vec<Power> {
        let Some(stage) = self.run.plan.stage(stage) else {
            return Vec::new();
        };
        let profile = &stage.profile;
        Ambient::of(&self.order.home, &BTreeMap::new()).powers(
            profile.mcp.iter().map(String::as_str),
            profile.skills.iter().map(String::as_str),
        )
    }

    /// Whether an attempt may start now, as far as the day's budget, the places of all runs and the
    /// person's trust go.
    fn leave_to_start(
        &mut self,
        attempt: &AttemptId,
        kind: NextKind,
    ) -> Result<Leave, SupervisorError> {
        if self.day_keeps(&attempt.stage)? {
            return Ok(Leave::Refused { recorded: true });
        }
        let trust = Trust::of_order(&self.order, &self.dirs);
        let brought = self.brought_powers(&attempt.stage);
        if let Err(untrusted) = trust
            .of_run(&self.dirs)
            .and_then(|()| trust.of_brought(&brought))
        {
            self.record(Event::Stopped {
                stage: attempt.stage.clone(),
                code: "not_trusted".to_owned(),
                reason: untrusted.to_string(),
            })?;
            return Ok(Leave::Refused { recorded: true });
        }
        // A person at work takes nobody's place.
        if kind == NextKind::Taken {
            return Ok(Leave::Given(None, brought));
        }
        Ok(match self.place_for(attempt)? {
            Asked::May(place) => Leave::Given(place, brought),
            Asked::Waits => Leave::Refused { recorded: false },
        })
    }

    /// Starts an attempt. False: it can't be started now, and nothing was recorded.
    pub(super) fn start(
        &mut self,
        attempt: &AttemptId,
        public: &PublicId,
        kind: NextKind,
    ) -> Result<bool, SupervisorError> {
        let Some(mut checkpoint) = self.checkpoint(&attempt.stage, kind) else {
            return Ok(false);
        };
        // The run's tree is on the branch and can only stand at its head.
        let in_place = self.is_in_place();
        if in_place && !self.running.is_empty() {
            return Ok(false);
        }
        let (place, brought) = match self.leave_to_start(attempt, kind)? {
            Leave::Given(place, brought) => (place, brought),
            Leave::Refused { recorded } => return Ok(recorded),
        };
        let tree =
            if in_place || self.running.is_empty() && self.run.head.as_ref() == Some(&checkpoint) {
                self.order.tree.clone()
            } else {
                self.order.tree_beside(&attempt.stage)
            };
        // An agent will be in the tree: what is known of it holds no longer.
        let settled = tree == self.order.tree
            && std::mem::take(&mut self.settled)
            && !in_place
            && kind == NextKind::Fresh
            && tree::is_at(&Git::new(&tree), self.order.checked_out(), &checkpoint)
                .unwrap_or(false);
        // Where the tree stands on the branch at the run's head, the branch is there too.
        if !settled && let Some(moved) = self.moved_branch()? {
            let stage = attempt.stage.clone();
            self.record(Event::Stopped {
                stage,
                code: "branch_moved".to_owned(),
                reason: moved,
            })?;
            return Ok(true);
        }
        if self.stops_over_git(&attempt.stage)? || !self.preconditions_hold(attempt)? {
            return Ok(true);
        }
        let dir = self.attempt_dir(attempt);
        self.fs
            .create_dir_all(dir.path(), true)
            .map_err(StoreError::io("make", dir.path()))?;
        if in_place {
            if let Some((code, reason)) = self.stand_in_place(&attempt.stage, &dir)? {
                let (stage, code) = (attempt.stage.clone(), code.to_owned());
                self.record(Event::Stopped {
                    stage,
                    code,
                    reason,
                })?;
                return Ok(true);
            }
            let head = self.run.head.as_ref();
            checkpoint = head.unwrap_or(&self.order.base).clone();
        } else if settled {
            self.set_aside(&attempt.stage, &tree, &dir)?;
        } else {
            self.prepare_tree(attempt, kind, &tree, &checkpoint, &dir)?;
        }
        let Some(mut spec) = self.spec(attempt, public, kind, tree.clone(), checkpoint.clone())
        else {
            return Ok(false);
        };
        spec.brought = Some(brought);
        let session = match &spec.session {
            // What an agent can't go on with is not kept, and nobody is told that it were.
            Session::New(id) => {
                (resumes(&spec.stage) && !kind.asks_nobody()).then(|| id.to_string())
            }
            Session::Resume(id) => Some(id.clone()),
        };
        let inputs = self
            .run
            .plan
            .stage(&attempt.stage)
            .map(|stage| self.run.inputs(stage))
            .unwrap_or_default();
        let key = Key::new();
        let intent = Event::Intent {
            attempt: attempt.clone(),
            public: public.clone(),
            session,
            inputs,
            checkpoint: checkpoint.clone(),
            seal: Some(key.digest()),
            by: spec.lent.as_ref().map(|l| l.by.clone()),
        };
        let told = [
            (dir.spec(), json(&dir.spec(), &spec)?),
            (dir.intent(), json(&dir.intent(), &intent)?),
        ];
        replace_together(&self.fs, &told)?;
        if !self.intend(&attempt.stage, intent)? {
            return Ok(true);
        }
        let tag = self.tag(attempt);
        let shim = runners::local::place(&dir, tag.value(), &self.order.home, key.as_str())
            .map_err(|source| SupervisorError::Spawn {
                what: attempt.to_string(),
                source,
            })?;
        if let Some(place) = place {
            self.places.insert(attempt.clone(), place);
        }
        self.record(Event::Started {
            attempt: attempt.clone(),
            pid: shim.pid,
        })?;
        self.running.push(Running {
            attempt: attempt.clone(),
            public: public.clone(),
            dir,
            tree,
            checkpoint,
            seal: Some(key.digest()),
            shim: Some(shim),
        });
        self.started |= kind != NextKind::Taken;
        Ok(true)
    }

    /// Records that an attempt of a stage begins, unless the day's budget keeps it: looked up and recorded
    /// while no other supervisor does. False: that it is kept was recorded.
    fn intend(&mut self, stage: &StageId, intent: Event) -> Result<bool, SupervisorError> {
        let one = self.hold_day()?;
        if self.day_keeps(stage)? {
            return Ok(false);
        }
        if one.is_none() && self.run.plan.day.is_some() {
            let text = "another supervisor kept the look at the day's budget to itself too long: this attempt starts by a look of its own, and both may start on the same last of it";
            self.record(Event::Noted {
                text: text.to_owned(),
            })?;
        }
        self.record(intent)?;
        Ok(true)
    }

    fn tag(&self, attempt: &AttemptId) -> Tag {
        Tag::attempt(&self.order.run, attempt).within(self.dirs.path())
    }

    /// Ends whatever of an attempt still lives. Returns how many processes that were.
    pub(super) fn sweep(&self, attempt: &AttemptId) -> Result<usize, SupervisorError> {
        let swept = self
            .tag(attempt)
            .sweep(&[])
            .map_err(|source| SupervisorError::Spawn {
                what: format!("the sweep of {attempt}"),
                source,
            })?;
        Ok(swept.killed)
    }

    /// The commit an attempt starts from: the run's head, or for one that goes on in an iteration
    /// the commit that the iteration started from, so that its whole change is one hand-off.
    fn checkpoint(&self, stage: &StageId, kind: NextKind) -> Option<Oid> {
        let record = self.run.record(stage)?;
        match kind {
            // Where its work was handed on, the person goes on from there.
            NextKind::Taken if left_by_earlier(record, kind).is_none() => self.run.head.clone(),
            NextKind::Taken
            | NextKind::Repair
            | NextKind::Retry
            | NextKind::Continue
            | NextKind::Again => record.checkpoint.clone().or_else(|| self.run.head.clone()),
            NextKind::Fresh | NextKind::Recheck => self.run.head.clone(),
        }
    }

    fn moved_branch(&self) -> Result<Option<String>, SupervisorError> {
        let tip = self.home.resolve(&self.order.branch_ref())?;
        let Some(head) = &self.run.head else {
            return Ok(None);
        };
        Ok((tip != *head).then(|| {
            format!(
                "{} was moved from {} to {} by somebody else; put it back with `git update-ref {} {head}`, then resume",
                self.order.branch,
                head.short(),
                tip.short(),
                self.order.branch_ref()
            )
        }))
    }

    /// Brings the tree to where the attempt is to start.
    fn prepare_tree(
        &mut self,
        attempt: &AttemptId,
        kind: NextKind,
        path: &std::path::Path,
        checkpoint: &Oid,
        dir: &AttemptDir,
    ) -> Result<(), SupervisorError> {
        let run = self.order.run.to_string();
        let own = path == self.order.tree;
        if !path.join(".git").exists() {
            setup::forget(self.dirs.path(), path);
        }
        if own {
            tree::ensure(&self.home, &self.order)?;
        } else {
            tree::ensure_beside(&self.home, path, checkpoint, &run)?;
        }
        let git = Git::new(path);
        if !own {
            git.call(["checkout", "-q", "--detach", "-f", checkpoint.as_str()])
                .run()?;
        }
        let keeps = matches!(
            kind,
            NextKind::Repair | NextKind::Again | NextKind::Continue
        );
        let start = self
            .run
            .record(&attempt.stage)
            .and_then(|r| left_by_earlier(r, kind));
        let placed = setup::placed_in(self.dirs.path(), path);
        // What lies there is what the person wants to see, whoever left it.
        let theirs =
            kind == NextKind::Taken && own && git.head()?.commit.as_ref() == Some(checkpoint);
        let as_left = theirs || keeps && own && self.tree_is(&git, start.as_ref(), &placed)?;
        if !as_left {
            // Not the name that the attempt's own unfinished work will have.
            let patch = dir.found_patch();
            // What an attempt left is kept already; what else lies there is somebody's.
            let left = tree::content(self.dirs.path(), &git, &patch, &placed)?;
            if !self.is_kept(left.as_ref()) {
                let kept = tree::keep_patch(
                    &self.fs,
                    self.dirs.path(),
                    &git,
                    checkpoint,
                    &patch,
                    &placed,
                )?;
                if kept {
                    self.note(format!(
                        "{attempt}: what lay uncommitted in the tree is kept in attempts/{attempt}/found.patch of the run's folder"
                    ))?;
                }
            }
            self.put_back(&git, checkpoint, start.as_ref(), &placed)?;
        }
        if kind == NextKind::Fresh {
            self.set_aside(&attempt.stage, path, dir)?;
        }
        Ok(())
    }

    /// Puts a tree back, and keeps what lies in its submodules: no commit of the run's holds that.
    pub(super) fn put_back(
        &mut self,
        git: &Git,
        head: &Oid,
        start: Option<&Oid>,
        placed: &[String],
    ) -> Result<(), SupervisorError> {
        for (path, patch) in tree::keep_submodules(&self.fs, self.dirs.path(), git)? {
            self.note(format!(
                "what lay changed in the submodule {path} of the run's tree is kept in {}",
                patch.display()
            ))?;
        }
        tree::put_back(git, head, start, placed)?;
        Ok(())
    }

    /// Whether an attempt left exactly this tree: its commit, or a ref of the run's, keeps it.
    pub(super) fn is_kept(&self, tree: Option<&Oid>) -> bool {
        is_kept(&self.run, tree)
    }

    fn tree_is(
        &self,
        git: &Git,
        wanted: Option<&Oid>,
        placed: &[String],
    ) -> Result<bool, SupervisorError> {
        let Some(wanted) = wanted else {
            return Ok(true);
        };
        let near = self.dirs.path().join("look");
        Ok(tree::content(self.dirs.path(), git, &near, placed)?.as_ref() == Some(wanted))
    }

    /// Before a rerun an old artifact is moved away, so that an unchanged old file never counts.
    fn set_aside(
        &self,
        stage: &StageId,
        tree: &std::path::Path,
        dir: &AttemptDir,
    ) -> Result<(), SupervisorError> {
        let Some(stage) = self.run.plan.stage(stage) else {
            return Ok(());
        };
        for produce in &stage.produces {
            let path = produce.path.under(tree);
            if let Ok(bytes) =
                crate::store::inside::read_inside(tree, &produce.path, MAX_TASK_BYTES)
            {
                let kept = dir.path().join("set-aside").join(&produce.name);
                if let Some(folder) = kept.parent() {
                    self.fs
                        .create_dir_all(folder, true)
                        .map_err(StoreError::io("make", folder))?;
                }
                replace(&self.fs, &kept, &bytes)?;
                self.fs
                    .remove(&path)
                    .map_err(StoreError::io("set aside", &path))?;
            }
        }
        Ok(())
    }

    /// Orders running attempts to end by themselves, their work kept.
    pub(super) fn interrupt(
        &mut self,
        attempts: &[AttemptId],
        cancel: bool,
    ) -> Result<(), SupervisorError> {
        let word = if cancel { "cancel" } else { "pause" };
        for running in self
            .running
            .iter()
            .filter(|r| attempts.contains(&r.attempt))
        {
            let path = running.dir.path().join("order");
            let said = self.fs.read(&path, 64).unwrap_or_default();
            if said != word.as_bytes() {
                replace(&self.fs, &path, word.as_bytes())?;
                nudge(&running.dir);
            }
        }
        Ok(())
    }
}

/// Tells who holds an attempt that there is an order. That it can't be told is no fault: it looks by
/// itself after a while, and to who does not know the signal it means nothing.
fn nudge(dir: &AttemptDir) {
    let said = std::fs::read(dir.shim()).unwrap_or_default();
    if let Ok(holder) = serde_json::from_slice::<Identity>(&said)
        && let Ok(Some(process)) = Watched::open(holder.pid)
        && *process.identity() == holder
    {
        let _ = process.signal(Signal::CONT);
    }
}

/// A value as the file at `path` holds it.
fn json<T: serde::Serialize>(path: &std::path::Path, value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec_pretty(value).map_err(|e| StoreError::Encode {
        path: path.to_owned(),
        why: e.to_string(),
    })
}

/// What an earlier attempt of the same round left uncommitted for the next to go on with: as it was
/// moved, where its checkpoint was.
pub(in crate::supervisor) fn left_by_earlier(record: &StageRecord, kind: NextKind) -> Option<Oid> {
    if matches!(kind, NextKind::Fresh | NextKind::Recheck) {
        return None;
    }
    let left = record
        .attempts
        .iter()
        .rev()
        .filter(|a| !a.thrown)
        .filter_map(|a| a.result.as_ref())
        .take_while(|r| r.commit.is_none())
        // What a person threw away left what was there before.
        .filter(|r| r.outcome != Outcome::Returned || r.tree.is_some())
        .find(|r| {
            kind != NextKind::Retry
                || !matches!(
                    r.outcome,
                    Outcome::Crashed | Outcome::TimedOut | Outcome::Stalled | Outcome::Transient
                )
        })
        .and_then(|r| r.tree.clone())?;
    Some(record.moved.clone().unwrap_or(left))
}

/// Whether an attempt left exactly this tree: its commit, or a ref of the run's, keeps it.
pub(in crate::supervisor) fn is_kept(run: &Run, tree: Option<&Oid>) -> bool {
    let mut attempts = run.stages.iter().flat_map(|s| &s.attempts);
    let left = |a: &AttemptRecord| a.result.as_ref().is_some_and(|r| r.tree.as_ref() == tree);
    tree.is_some() && attempts.any(left)
}
