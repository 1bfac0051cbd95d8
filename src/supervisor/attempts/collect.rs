//! What attempts left: adopted, given up or taken in, handed on or kept.

use super::{MAX_EXIT_BYTES, Running, left_by_earlier};
use crate::documents::clock::next_at;
use crate::engine::Event;
use crate::engine::event::Attempted;
use crate::engine::record::NextKind;
use crate::git::Git;
use crate::stage::exit::ExitRecord;
use crate::stage::lent::{self, How};
use crate::stage::seal::Seal;
use crate::stage::setup;
use crate::stage::spec::AttemptSpec;
use crate::store::fs::Fs;
use crate::store::layout::AttemptDir;
use crate::store::write::replace;
use crate::store::{StoreError, lock};
use crate::supervisor::handoff::{self, Handoff, HandoffError};
use crate::supervisor::live::{Supervisor, SupervisorError};
use crate::supervisor::tree;
use crate::terms::{AttemptId, FailureKind, Finding, Oid, Outcome, StageId};
use crate::text::SafeText;
use jiff::{Timestamp, Zoned};
use std::path::PathBuf;

/// How much of a folded commit's message is told, in characters.
const MAX_MESSAGE: usize = 500;
/// Largest seal that is read.
const MAX_SEAL_BYTES: u64 = 4 * 1024;
/// What a record without its seal is.
const FORGED: &str = "the attempt's record exit.json is not the one that its own process wrote";

/// What an attempt left as its record.
enum Left {
    /// Its own.
    Record(Box<ExitRecord>),
    /// One that something else wrote.
    Forged,
    /// None, or one that can't be read.
    Nothing,
}

impl Supervisor {
    /// At the start of a supervisor: an attempt that an earlier one had in flight.
    pub(in crate::supervisor) fn take_over(
        &mut self,
        attempt: AttemptId,
    ) -> Result<(), SupervisorError> {
        let dir = self.attempt_dir(&attempt);
        let found = self.run.record(&attempt.stage).and_then(|record| {
            let last = record.current_attempt()?;
            let seal = last.seal.clone();
            Some((last.public.clone(), record.checkpoint.clone()?, seal))
        });
        let Some((public, checkpoint, seal)) = found else {
            return Ok(());
        };
        let tree = self
            .fs
            .read(&dir.spec(), MAX_EXIT_BYTES)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<AttemptSpec>(&bytes).ok())
            .map_or_else(|| self.order.tree.clone(), |spec| spec.tree);
        if let Some(place) = self.place_of(&attempt) {
            self.places.insert(attempt.clone(), place);
        }
        self.running.push(Running {
            attempt,
            public,
            dir,
            tree,
            checkpoint,
            seal,
            shim: None,
        });
        self.collect()
    }

    /// Collects every attempt that has ended. A stage that ran in a tree of its own is joined only
    /// when nothing works in the run's tree, and in workflow order.
    pub(in crate::supervisor) fn collect(&mut self) -> Result<(), SupervisorError> {
        loop {
            let Some(at) = self.next_to_collect() else {
                return Ok(());
            };
            let running = self.running.remove(at);
            let place = self.places.remove(&running.attempt);
            match self.read_exit(&running)? {
                // A tree that was gone before the agent began is not the attempt's fault.
                Left::Record(exit)
                    if exit.outcome == Outcome::SetupFailed && !running.tree.exists() =>
                {
                    self.give_up(&running)?;
                }
                Left::Record(exit) => {
                    if !running.tree.exists() {
                        self.fold_lost_commits(&running)?;
                    }
                    self.take_in(&running, &exit)?;
                }
                Left::Forged => self.refuse_forged(&running)?,
                Left::Nothing => self.give_up(&running)?,
            }
            drop(place);
            self.tell_of_day()?;
        }
    }

    fn next_to_collect(&self) -> Option<usize> {
        let main_busy = self
            .running
            .iter()
            .any(|r| r.tree == self.order.tree && !self.has_ended(r));
        let order = |r: &Running| self.run.plan.index(&r.attempt.stage);
        let mut ended: Vec<usize> = (0..self.running.len())
            .filter(|at| self.has_ended(&self.running[*at]))
            .filter(|at| {
                let r = &self.running[*at];
                let own = r.tree == self.order.tree;
                let first = !self.running.iter().any(|o| {
                    o.tree != self.order.tree && order(o) < order(r) && !self.has_ended(o)
                });
                own || (!main_busy && first)
            })
            .collect();
        ended.sort_by_key(|at| {
            let r = &self.running[*at];
            (r.tree != self.order.tree, order(r))
        });
        ended.first().copied()
    }

    /// Whether an attempt is over without a record of how.
    pub(in crate::supervisor) fn left_no_record(&self, attempt: &AttemptId) -> bool {
        let dir = self.attempt_dir(attempt);
        let none = self.fs.stat(&dir.exit()).is_ok_and(|s| s.is_none());
        none && !lock::is_held(&dir.heartbeat()).unwrap_or(true)
    }

    fn has_ended(&self, running: &Running) -> bool {
        // What else lies there is judged once the attempt's own process is gone.
        if running.seal.is_some() && matches!(self.read_exit(running), Ok(Left::Record(_))) {
            return true;
        }
        let held = lock::is_held(&running.dir.heartbeat()).unwrap_or(true);
        let starting = running
            .shim
            .as_ref()
            .is_some_and(crate::process::Identity::is_alive);
        !held && !starting
    }

    fn read_exit(&self, running: &Running) -> Result<Left, SupervisorError> {
        let path = running.dir.exit();
        let bytes = match self.fs.read(&path, MAX_EXIT_BYTES) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Left::Nothing),
            // `stage-exec` writes a plain file, and none of this size.
            Err(e) if e.kind() == std::io::ErrorKind::FileTooLarge || !path.is_file() => {
                return Ok(Left::Forged);
            }
            Err(e) => return Err(StoreError::io("read", &path)(e).into()),
        };
        if let Some(key) = &running.seal {
            let seal = self.fs.read(&running.dir.seal(), MAX_SEAL_BYTES).ok();
            let seal = seal.and_then(|b| serde_json::from_slice::<Seal>(&b).ok());
            if !seal.is_some_and(|seal| seal.fits(key, &bytes)) {
                return Ok(Left::Forged);
            }
        }
        // A record that can't be read proves nothing: the attempt is as good as lost.
        Ok(serde_json::from_slice::<ExitRecord>(&bytes)
            .ok()
            .filter(|exit| exit.attempt == running.attempt)
            .map_or(Left::Nothing, |exit| Left::Record(Box::new(exit))))
    }

    /// A record that is not the attempt's own process's: nothing it says counts, and a person is to
    /// look.
    fn refuse_forged(&mut self, running: &Running) -> Result<(), SupervisorError> {
        let record = self.run.record(&running.attempt.stage);
        let started = record.and_then(|r| Some(r.current_attempt()?.started));
        let took = started.zip(last_sign(&self.fs, &running.dir));
        let took = took.map(|(from, to)| to.duration_since(from).as_millis());
        let took = took.map(|ms| u64::try_from(ms).unwrap_or(0));
        self.clear_away(running)?;
        let finding = Finding::new("guard/forged-record", FORGED)
            .remedy("look at what ran here; its words stand in exit.json of the attempt's folder");
        let mut result = Attempted::lost(running.attempt.clone(), finding.to_string(), took);
        result.outcome = Outcome::Tampering;
        result.findings.push(finding);
        self.record(Event::Finished(Box::new(result)))
    }

    /// An attempt without a record is lost.
    fn give_up(&mut self, running: &Running) -> Result<(), SupervisorError> {
        let ended = self.clear_away(running)?;
        let reason = if running.tree.exists() {
            format!("its process is gone without a record ({ended} left behind were ended)")
        } else {
            "its tree was removed while it ran".to_owned()
        };
        self.record(Event::Interrupted {
            attempt: running.attempt.clone(),
            reason,
            again: true,
            last: last_sign(&self.fs, &running.dir),
        })
    }

    /// Ends whatever of an attempt still lives, which is how many, and keeps what it left.
    fn clear_away(&mut self, running: &Running) -> Result<usize, SupervisorError> {
        // A process of it that was only just being started must find that it is too late; one that
        // has begun bears the mark, and is swept.
        replace(&self.fs, &running.dir.given_up(), b"")?;
        let ended = self.sweep(&running.attempt)?;
        if self.is_in_place() {
            let git = self.tree_git();
            let near = running.dir.partial_patch();
            let now = self.lies_there(&near)?;
            tree::keep_patch_of(&self.fs, &git, &running.checkpoint, &now, &near)?;
        } else if running.tree.exists() {
            let git = Git::new(&running.tree);
            tree::keep_patch(
                &self.fs,
                self.dirs.path(),
                &git,
                &running.checkpoint,
                &running.dir.partial_patch(),
                &setup::placed_in(self.dirs.path(), &running.tree),
            )?;
            self.fold_lost_commits(running)?;
        }
        Ok(ended)
    }

    /// Commits that a lost agent made itself are taken off the branch again; what they changed is
    /// in the patch.
    fn fold_lost_commits(&mut self, running: &Running) -> Result<(), SupervisorError> {
        let Some(head) = self.run.head.clone() else {
            return Ok(());
        };
        let branch = self.order.branch_ref();
        let tip = self.home.resolve(&branch)?;
        let public = running.public.as_str();
        let ours = self.home.find_by_trailer(
            &format!("{head}..{tip}"),
            handoff::TRAILER_ATTEMPT,
            public,
        )?;
        if tip != head && ours.is_none() && self.home.is_ancestor(&head, &tip)? {
            let expected = crate::git::refs::Expected::At(&tip);
            self.home
                .update_ref(&branch, &head, expected, "harness: lost attempt")?;
        }
        Ok(())
    }

    /// An attempt with a record: hand off what passed, keep what did not.
    fn take_in(&mut self, running: &Running, exit: &ExitRecord) -> Result<(), SupervisorError> {
        self.sweep(&running.attempt)?;
        let seconds = exit.ended.as_second();
        let head = self.run.head.as_ref().unwrap_or(&self.order.base);
        // Nothing was handed on beside it, so that its own tree is the commit's.
        let alone = *head == running.checkpoint;
        let mut result = attempted(exit);
        if exit.outcome == Outcome::Passed {
            match self.hand_off(running, exit, seconds) {
                Ok(commit) => result.commit = Some(commit),
                Err(HandoffError::Git(e)) => return Err(e.into()),
                Err(refused) => {
                    result.outcome = Outcome::NotHandedOn;
                    result.reason = refused.to_string();
                }
            }
        }
        if result.commit.is_none()
            && let Some(tree) = &exit.tree
        {
            let git = &self.home;
            handoff::keep(
                git,
                &self.order.run,
                &running.attempt,
                &running.checkpoint,
                tree,
                self.identity(),
                seconds,
            )?;
        }
        let discarded = exit.outcome == Outcome::Returned && {
            let back = lent::back(&self.fs, &running.dir);
            back.is_some_and(|b| b.how == How::Discard)
        };
        if discarded {
            // What comes after goes on from what was there before.
            result.tree = None;
        }
        self.judged_in_place(&mut result)?;
        result.quota_until = self.quota_until(&running.attempt.stage, &result);
        let bytes = serde_json::to_vec_pretty(&result).map_err(|e| StoreError::Encode {
            path: running.dir.result(),
            why: e.to_string(),
        })?;
        // Where an earlier supervisor got this far it wrote the same: the record is sealed, and the
        // hand-off is found by its trailer. What else lies there nobody asks.
        replace(&self.fs, &running.dir.result(), &bytes)?;
        self.record(Event::Finished(Box::new(result.clone())))?;
        if discarded {
            self.throw_away(running)?;
        }
        self.after_collecting(running, &result, alone)
    }

    /// The moment that the time of day means to which a used-up quota is waited for: by the clock of this
    /// machine, counted from now.
    fn quota_until(&self, stage: &StageId, result: &Attempted) -> Option<Timestamp> {
        let dry = result.failure == Some(FailureKind::Quota);
        let clock = self.run.plan.stage(stage)?.on_quota.until_clock;
        next_at(&Zoned::now(), clock.filter(|_| dry)?)
    }

    /// Puts a tree back to what it was before a person had it.
    fn throw_away(&mut self, running: &Running) -> Result<(), SupervisorError> {
        if !running.tree.exists() || self.is_in_place() {
            return Ok(());
        }
        let record = self.run.record(&running.attempt.stage);
        let start = record.and_then(|r| left_by_earlier(r, NextKind::Taken));
        let git = Git::new(&running.tree);
        let placed = setup::placed_in(self.dirs.path(), &running.tree);
        self.put_back(&git, &running.checkpoint, start.as_ref(), &placed)
    }

    fn hand_off(
        &self,
        running: &Running,
        exit: &ExitRecord,
        seconds: i64,
    ) -> Result<Oid, HandoffError> {
        let head = self
            .run
            .head
            .clone()
            .unwrap_or_else(|| self.order.base.clone());
        let stage = self.run.plan.stage(&running.attempt.stage);
        let what = stage.map_or_else(String::new, |s| s.name.clone());
        let subject = match &self.run.plan.task {
            Some(task) => format!("{} {what}: {}", task.id, task.title),
            None => format!("{}: {what}", self.run.plan.workflow),
        };
        let subject = SafeText::line(&subject);
        Handoff {
            run: &self.order.run,
            branch: &self.order.branch_ref(),
            stage: &running.attempt.stage,
            public: &running.public,
            subject: &subject,
            checkpoint: &running.checkpoint,
            head: &head,
            exit,
            identity: self.identity(),
            seconds,
        }
        .commit(&self.home)
    }

    /// Brings the trees along with the branch.
    fn after_collecting(
        &mut self,
        running: &Running,
        result: &Attempted,
        alone: bool,
    ) -> Result<(), SupervisorError> {
        let own = running.tree == self.order.tree;
        if !own && result.commit.is_some() {
            self.home.worktree_remove(&running.tree, true)?;
            let checks = self.order.check_tree_beside(&running.attempt.stage);
            if checks.exists() {
                self.home.worktree_remove(&checks, true)?;
            }
        }
        let main_busy = self.running.iter().any(|r| r.tree == self.order.tree);
        if let (Some(commit), false) = (&result.commit, main_busy) {
            let git = self.tree_git();
            if own {
                // The guard left the tree's index as what was handed on. A tree on no branch does not
                // move with what keeps its work.
                let behind = !alone || self.order.checked_out().is_none();
                if behind && !self.is_in_place() {
                    tree::follow(&git, commit)?;
                }
                self.settled = true;
            } else {
                let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
                self.put_back(&git, commit, None, &placed)?;
            }
        }
        Ok(())
    }
}

/// The last sign of life of an attempt: when its process touched its lock last, or noted something of
/// its agent. Nobody else writes to those.
pub(in crate::supervisor) fn last_sign(fs: &dyn Fs, dir: &AttemptDir) -> Option<Timestamp> {
    let written = |path: PathBuf| fs.stat(&path).ok().flatten();
    let signs = [dir.heartbeat(), dir.transcript(), dir.raw_log()];
    let signs = signs.into_iter().filter_map(written);
    let last = signs.map(|stat| stat.fingerprint.mtime_ns).max()?;
    Timestamp::from_nanosecond(last).ok()
}

/// The engine's view of an exit record.
fn attempted(exit: &ExitRecord) -> Attempted {
    Attempted {
        attempt: exit.attempt.clone(),
        outcome: exit.outcome,
        reason: exit.reason.clone(),
        findings: exit.findings.clone(),
        artifacts: exit.artifacts.clone(),
        verdict: exit.verdict.clone(),
        questions: exit.questions.clone(),
        dispute: exit.dispute.clone(),
        replies: exit.replies.clone(),
        checks: exit.checks.clone(),
        failure: exit.failure.as_ref().map(|f| f.kind),
        retry_after_secs: retry_after(exit),
        quota_until: None,
        usage: exit.usage,
        session: exit.session.clone(),
        commit: None,
        tree: exit.tree.clone(),
        changed: exit.changes.len(),
        took_ms: Some(exit.took_ms),
        model: exit.model.clone(),
        sandbox: exit.sandbox.clone(),
        taken_back: exit.taken_back.clone(),
        notes: notes(exit),
    }
}

/// Seconds from now until it may be tried again: it was told at the attempt's end, and nobody may have
/// been there for a while.
fn retry_after(exit: &ExitRecord) -> Option<u64> {
    let told = exit.failure.as_ref()?.retry_after_secs?;
    let since = jiff::Timestamp::now().duration_since(exit.ended).as_secs();
    Some(told.saturating_sub(u64::try_from(since).unwrap_or(0)))
}

/// What is to be told of an attempt, with the messages of the commits that it made itself.
fn notes(exit: &ExitRecord) -> Vec<String> {
    let folded = exit.folded_commits.iter().map(|message| {
        let lines: Vec<&str> = message.split_whitespace().collect();
        let text: String = lines.join(" ").chars().take(MAX_MESSAGE).collect();
        format!("a commit of its own was folded: {text}")
    });
    exit.notes.iter().cloned().chain(folded).collect()
}
