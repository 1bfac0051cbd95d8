//! Attempts: started, adopted, interrupted, collected.

use super::handoff::{self, Handoff, HandoffError};
use super::live::{Supervisor, SupervisorError};
use super::tree;
use crate::agents::{Session, catalogue};
use crate::engine::Event;
use crate::engine::event::Attempted;
use crate::engine::plan::Work;
use crate::engine::record::{NextKind, StageRecord};
use crate::git::Git;
use crate::process::Tag;
use crate::runners;
use crate::stage::exit::ExitRecord;
use crate::stage::setup;
use crate::stage::spec::{Answer, AttemptKind, AttemptSpec, TaskText};
use crate::store::fs::Fs;
use crate::store::layout::AttemptDir;
use crate::store::write::{Once, create_once, replace};
use crate::store::{StoreError, lock};
use crate::terms::{AttemptId, Finding, Oid, Outcome, PublicId, StageId};
use crate::text::SafeText;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Largest exit record that is read.
const MAX_EXIT_BYTES: u64 = 32 * 1024 * 1024;
/// How much of a folded commit's message is told, in characters.
const MAX_MESSAGE: usize = 500;
/// Largest task file that is read.
const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

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
    /// The process that holds it, until its lock is seen.
    pub shim: Option<crate::process::Identity>,
}

impl Supervisor {
    /// Starts an attempt. False: it can't be started now, and nothing was recorded.
    pub(super) fn start(
        &mut self,
        attempt: &AttemptId,
        public: &PublicId,
        kind: NextKind,
    ) -> Result<bool, SupervisorError> {
        let Some(checkpoint) = self.checkpoint(&attempt.stage, kind) else {
            return Ok(false);
        };
        // The run's tree is on the branch and can only stand at its head.
        let tree = if self.running.is_empty() && self.run.head.as_ref() == Some(&checkpoint) {
            self.order.tree.clone()
        } else {
            self.order.tree_beside(&attempt.stage)
        };
        // An agent will be in the tree: what is known of it holds no longer.
        let settled = tree == self.order.tree
            && std::mem::take(&mut self.settled)
            && kind == NextKind::Fresh
            && tree::is_at(&Git::new(&tree), &self.order.branch_ref(), &checkpoint)
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
        if !self.preconditions_hold(attempt)? {
            return Ok(true);
        }
        let dir = self.attempt_dir(attempt);
        self.fs
            .create_dir_all(dir.path(), true)
            .map_err(StoreError::io("make", dir.path()))?;
        if settled {
            self.set_aside(&attempt.stage, &tree, &dir)?;
        } else {
            self.prepare_tree(attempt, kind, &tree, &checkpoint, &dir)?;
        }
        let Some(spec) = self.spec(attempt, public, kind, tree.clone(), checkpoint.clone()) else {
            return Ok(false);
        };
        let session = match &spec.session {
            // What an agent can't go on with is not kept, and nobody is told that it were.
            Session::New(id) => resumes(&spec.stage).then(|| id.to_string()),
            Session::Resume(id) => Some(id.clone()),
        };
        let inputs = self
            .run
            .plan
            .stage(&attempt.stage)
            .map(|stage| self.run.inputs(stage))
            .unwrap_or_default();
        let intent = Event::Intent {
            attempt: attempt.clone(),
            public: public.clone(),
            session,
            inputs,
            checkpoint: checkpoint.clone(),
        };
        self.write_json(&dir.spec(), &spec)?;
        self.write_json(&dir.intent(), &intent)?;
        self.record(intent)?;
        let shim = runners::local::place(&dir, self.tag(attempt).value(), &self.order.home)
            .map_err(|source| SupervisorError::Spawn {
                what: attempt.to_string(),
                source,
            })?;
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
            shim: Some(shim),
        });
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
            NextKind::Repair | NextKind::Retry | NextKind::Continue | NextKind::Again => {
                record.checkpoint.clone().or_else(|| self.run.head.clone())
            }
            NextKind::Fresh => self.run.head.clone(),
        }
    }

    fn moved_branch(&self) -> Result<Option<String>, SupervisorError> {
        let tip = self.home.resolve(&self.order.branch_ref())?;
        let Some(head) = &self.run.head else {
            return Ok(None);
        };
        Ok((tip != *head).then(|| {
            format!(
                "{} was moved from {} to {} by somebody else; put it back with `git update-ref refs/heads/{} {head}`, then resume",
                self.order.branch,
                head.short(),
                tip.short(),
                self.order.branch
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
            tree::ensure(&self.home, path, &self.order.branch, &self.order.base, &run)?;
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
        let as_left = keeps && own && self.tree_is(&git, start.as_ref(), &placed)?;
        if !as_left {
            let patch = dir.partial_patch();
            // What an attempt left is kept already; what else lies there is somebody's.
            let left = tree::content(&git, &patch, &placed)?;
            if !self.is_kept(left.as_ref()) {
                let kept = tree::keep_patch(&self.fs, &git, checkpoint, &patch, &placed)?;
                if kept && !keeps {
                    self.note(format!(
                        "{attempt}: what lay uncommitted in the tree is kept in attempts/{attempt}/partial.patch of the run's folder"
                    ))?;
                }
            }
            tree::put_back(&git, checkpoint, start.as_ref(), &placed)?;
        }
        if kind == NextKind::Fresh {
            self.set_aside(&attempt.stage, path, dir)?;
        }
        Ok(())
    }

    /// Whether an attempt left exactly this tree: its commit, or a ref of the run's, keeps it.
    fn is_kept(&self, tree: Option<&Oid>) -> bool {
        tree.is_some()
            && self
                .run
                .stages
                .iter()
                .flat_map(|s| &s.attempts)
                .filter_map(|a| a.result.as_ref())
                .any(|r| r.tree.as_ref() == tree)
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
        Ok(tree::content(git, &near, placed)?.as_ref() == Some(wanted))
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
                let kept = dir.path().join("set-aside").join(produce.path.file_name());
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

    fn spec(
        &self,
        attempt: &AttemptId,
        public: &PublicId,
        kind: NextKind,
        tree: PathBuf,
        checkpoint: Oid,
    ) -> Option<AttemptSpec> {
        let plan = &self.run.plan;
        let record = self.run.record(&attempt.stage);
        let stage = plan.stage(&attempt.stage)?.clone();
        let own = tree == self.order.tree;
        let session = session_for(&stage, record, kind);
        Some(AttemptSpec {
            run: self.order.run.clone(),
            attempt: attempt.clone(),
            public_id: public.clone(),
            epoch: self.epoch,
            kind: match kind {
                NextKind::Fresh | NextKind::Again => AttemptKind::Fresh,
                NextKind::Repair => AttemptKind::Repair,
                NextKind::Retry => AttemptKind::Retry,
                NextKind::Continue => AttemptKind::Continue,
            },
            agent_home: self.home_of_session(record, &session),
            session,
            findings: record.map(open_findings).unwrap_or_default(),
            answers: record.map(answers).unwrap_or_default(),
            checks_so_far: self.checks_so_far(&attempt.stage),
            stage,
            home: self.order.home.clone(),
            branch: own.then(|| self.order.branch_ref()),
            check_tree: self.order.check_tree(),
            tree,
            checkpoint,
            base: self.order.base.clone(),
            run_dir: self.dirs.path().to_owned(),
            task: self.task_text(),
            criteria: plan
                .task
                .as_ref()
                .map(|t| t.criteria.clone())
                .unwrap_or_default(),
            artifacts: plan
                .stages
                .iter()
                .flat_map(|s| s.produces.iter().map(|p| (p.name.clone(), p.path.clone())))
                .collect(),
            setup: plan.tree.clone(),
            env: self.environment(),
            record: self.order.record.clone(),
            names: self.names(attempt),
            keep_raw: self.order.keep_raw,
        })
    }

    /// A session lives in the configuration of the attempt that began it.
    fn home_of_session(&self, record: Option<&StageRecord>, session: &Session) -> Option<PathBuf> {
        let Session::Resume(id) = session else {
            return None;
        };
        let first = record?
            .attempts
            .iter()
            .find(|a| a.result.as_ref().and_then(|r| r.session.as_ref()) == Some(id))?;
        let dir = self.attempt_dir(&first.id);
        let spec = self
            .fs
            .read(&dir.spec(), MAX_EXIT_BYTES)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<AttemptSpec>(&bytes).ok());
        Some(
            spec.and_then(|s| s.agent_home)
                .unwrap_or_else(|| dir.home()),
        )
    }

    fn checks_so_far(&self, stage: &StageId) -> Vec<crate::terms::evidence::CheckResult> {
        let above = self.run.plan.above(stage);
        self.run
            .stages
            .iter()
            .filter(|s| above.contains(&s.id))
            .flat_map(|s| s.checks.iter().cloned())
            .collect()
    }

    /// The task as it is in the user's checkout now.
    pub(super) fn task_text(&self) -> Option<TaskText> {
        let task = self.run.plan.task.as_ref()?;
        let bytes = self
            .fs
            .read(&task.path.under(&self.order.home), MAX_TASK_BYTES)
            .ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(TaskText {
            path: task.path.clone(),
            text,
        })
    }

    /// What every process of the run gets.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let run = self.order.run.to_string();
        let seed = crate::terms::Digest::of(&run);
        let slot = u32::from_str_radix(&seed.as_str()[..4], 16).unwrap_or(0) % 1000;
        let mut env: BTreeMap<String, String> = [
            ("HARNESS_RUN".to_owned(), run.clone()),
            (
                "HARNESS_PORT_BASE".to_owned(),
                (20_000 + slot * 20).to_string(),
            ),
            (
                "COMPOSE_PROJECT_NAME".to_owned(),
                run.to_ascii_lowercase().replace(['.', '_'], "-"),
            ),
        ]
        .into();
        if let Some(task) = &self.run.plan.task {
            env.insert("HARNESS_TASK_ID".to_owned(), task.id.to_string());
            env.insert("HARNESS_TASK_FILE".to_owned(), task.path.to_string());
        }
        for (name, value) in &self.run.plan.vars {
            let name: String = name
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_uppercase()
                    } else {
                        '_'
                    }
                })
                .collect();
            env.insert(format!("HARNESS_VAR_{name}"), value.clone());
        }
        env
    }

    /// The names that argv lists and messages may use.
    fn names(&self, attempt: &AttemptId) -> BTreeMap<String, String> {
        let plan = &self.run.plan;
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut put = |name: &str, value: String| names.insert(name.to_owned(), value);
        put("run.id", self.order.run.to_string());
        put("run.branch", self.order.branch.clone());
        put("run.base", self.order.base.to_string());
        put("stage.id", attempt.stage.to_string());
        put("stage.iteration", attempt.iteration.to_string());
        if let Some(stage) = plan.stage(&attempt.stage) {
            put("stage.name", stage.name.clone());
            put("stage.code", stage.code.clone());
        }
        if let Some(task) = &plan.task {
            put("task.id", task.id.to_string());
            put("task.title", task.title.clone());
            put("task.slug", task.slug.clone());
            put("task.path", task.path.to_string());
        }
        for produce in plan.stages.iter().flat_map(|s| &s.produces) {
            put(
                &format!("artifacts.{}", produce.name),
                produce.path.to_string(),
            );
        }
        for (name, value) in &plan.vars {
            put(&format!("vars.{name}"), value.clone());
        }
        names
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
            }
        }
        Ok(())
    }

    /// At the start of a supervisor: an attempt that an earlier one had in flight.
    pub(super) fn take_over(&mut self, attempt: AttemptId) -> Result<(), SupervisorError> {
        let dir = self.attempt_dir(&attempt);
        let found = self.run.record(&attempt.stage).and_then(|record| {
            let last = record.current_attempt()?;
            Some((last.public.clone(), record.checkpoint.clone()?))
        });
        let Some((public, checkpoint)) = found else {
            return Ok(());
        };
        let tree = self
            .fs
            .read(&dir.spec(), MAX_EXIT_BYTES)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<AttemptSpec>(&bytes).ok())
            .map_or_else(|| self.order.tree.clone(), |spec| spec.tree);
        self.running.push(Running {
            attempt,
            public,
            dir,
            tree,
            checkpoint,
            shim: None,
        });
        self.collect()
    }

    /// Collects every attempt that has ended. A stage that ran in a tree of its own is joined only
    /// when nothing works in the run's tree, and in workflow order.
    pub(super) fn collect(&mut self) -> Result<(), SupervisorError> {
        loop {
            let Some(at) = self.next_to_collect() else {
                return Ok(());
            };
            let running = self.running.remove(at);
            match self.read_exit(&running)? {
                // A tree that was taken away under an attempt is not the attempt's fault.
                Some(exit) if exit.outcome != Outcome::Passed && !running.tree.exists() => {
                    self.give_up(&running)?;
                }
                Some(exit) => self.take_in(&running, &exit)?,
                None => self.give_up(&running)?,
            }
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
    pub(super) fn left_no_record(&self, attempt: &AttemptId) -> bool {
        let dir = self.attempt_dir(attempt);
        let none = self.fs.stat(&dir.exit()).is_ok_and(|s| s.is_none());
        none && !lock::is_held(&dir.heartbeat()).unwrap_or(true)
    }

    fn has_ended(&self, running: &Running) -> bool {
        if self.fs.stat(&running.dir.exit()).is_ok_and(|s| s.is_some()) {
            return true;
        }
        let held = lock::is_held(&running.dir.heartbeat()).unwrap_or(true);
        let starting = running
            .shim
            .as_ref()
            .is_some_and(crate::process::Identity::is_alive);
        !held && !starting
    }

    fn read_exit(&self, running: &Running) -> Result<Option<ExitRecord>, SupervisorError> {
        let path = running.dir.exit();
        let bytes = match self.fs.read(&path, MAX_EXIT_BYTES) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io("read", &path)(e).into()),
        };
        // A record that can't be read proves nothing: the attempt is as good as lost.
        Ok(serde_json::from_slice::<ExitRecord>(&bytes)
            .ok()
            .filter(|exit| exit.attempt == running.attempt))
    }

    /// An attempt without a record: whatever of it still lives is ended first.
    fn give_up(&mut self, running: &Running) -> Result<(), SupervisorError> {
        // A process of it that was only just being started must find that it is too late; one that
        // has begun bears the mark, and is swept.
        replace(&self.fs, &running.dir.given_up(), b"")?;
        let ended = self.sweep(&running.attempt)?;
        let git = Git::new(&running.tree);
        if running.tree.exists() {
            tree::keep_patch(
                &self.fs,
                &git,
                &running.checkpoint,
                &running.dir.partial_patch(),
                &setup::placed_in(self.dirs.path(), &running.tree),
            )?;
            self.fold_lost_commits(running)?;
        }
        let reason = if running.tree.exists() {
            format!("its process is gone without a record ({ended} left behind were ended)")
        } else {
            "its tree was removed while it ran".to_owned()
        };
        self.record(Event::Interrupted {
            attempt: running.attempt.clone(),
            reason,
            again: true,
        })
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
                seconds,
            )?;
        }
        let bytes = serde_json::to_vec_pretty(&result).map_err(|e| StoreError::Encode {
            path: running.dir.result(),
            why: e.to_string(),
        })?;
        if let Once::Existed(first) = create_once(&self.fs, &running.dir.result(), &bytes)?
            && let Ok(first) = serde_json::from_slice::<Attempted>(&first)
        {
            // An earlier supervisor got this far: its word counts.
            result = first;
        }
        self.record(Event::Finished(Box::new(result.clone())))?;
        self.after_collecting(running, &result, alone)
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
        }
        let main_busy = self.running.iter().any(|r| r.tree == self.order.tree);
        if let (Some(commit), false) = (&result.commit, main_busy) {
            let git = self.tree_git();
            if own {
                // The guard left the tree's index as what was handed on.
                if !alone || running.tree == self.order.home {
                    tree::follow(&git, commit)?;
                }
                self.settled = true;
            } else {
                let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
                tree::put_back(&git, commit, None, &placed)?;
            }
        }
        Ok(())
    }

    fn write_json<T: serde::Serialize>(
        &self,
        path: &std::path::Path,
        value: &T,
    ) -> Result<(), SupervisorError> {
        let bytes = serde_json::to_vec_pretty(value).map_err(|e| StoreError::Encode {
            path: path.to_owned(),
            why: e.to_string(),
        })?;
        replace(&self.fs, path, &bytes)?;
        Ok(())
    }
}

/// What an earlier attempt of the same round left uncommitted for the next to go on with.
fn left_by_earlier(record: &StageRecord, kind: NextKind) -> Option<Oid> {
    if kind == NextKind::Fresh {
        return None;
    }
    record
        .attempts
        .iter()
        .rev()
        .filter_map(|a| a.result.as_ref())
        .take_while(|r| r.commit.is_none())
        .find(|r| {
            kind != NextKind::Retry
                || !matches!(
                    r.outcome,
                    Outcome::Crashed | Outcome::TimedOut | Outcome::Stalled | Outcome::Transient
                )
        })
        .and_then(|r| r.tree.clone())
}

/// Whether the stage's agent can go on with an earlier session.
fn resumes(stage: &crate::engine::plan::Stage) -> bool {
    match &stage.work {
        Work::Role(work) => catalogue::driver(&work.agent.driver).is_some_and(|d| d.caps().resume),
        Work::Command(_) | Work::Gate => false,
    }
}

fn session_for(
    stage: &crate::engine::plan::Stage,
    record: Option<&StageRecord>,
    kind: NextKind,
) -> Session {
    let fresh = Session::New(uuid::Uuid::new_v4());
    let Work::Role(work) = &stage.work else {
        return fresh;
    };
    let wanted = kind == NextKind::Continue
        || (work.keep_context && matches!(kind, NextKind::Again | NextKind::Repair));
    match record.and_then(begun_session) {
        Some(session) if resumes(stage) && wanted => Session::Resume(session),
        _ => fresh,
    }
}

/// The session of the last attempt, where its agent has said that it is in it: one that was chosen
/// and never begun can't be gone on with.
fn begun_session(record: &StageRecord) -> Option<String> {
    let results = record.attempts.iter().filter_map(|a| a.result.as_ref());
    let mut begun = results.filter_map(|r| r.session.as_ref());
    let session = record.session.as_ref()?;
    begun.any(|b| b == session).then(|| session.clone())
}

/// What the next attempt is told: what it must mend, and for a reviewer what it found last time.
fn open_findings(record: &StageRecord) -> Vec<Finding> {
    let mut findings = record.findings.clone();
    for finding in record.rounds.last().into_iter().flatten() {
        if !findings.iter().any(|f| f == finding) {
            findings.push(finding.clone());
        }
    }
    findings
}

fn answers(record: &StageRecord) -> Vec<Answer> {
    record
        .answers
        .iter()
        .map(|(id, question, answer)| Answer {
            id: id.clone(),
            question: question.clone(),
            answer: answer.clone(),
        })
        .collect()
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
        checks: exit.checks.clone(),
        failure: exit.failure.as_ref().map(|f| f.kind),
        retry_after_secs: exit.failure.as_ref().and_then(|f| f.retry_after_secs),
        usage: exit.usage,
        session: exit.session.clone(),
        commit: None,
        tree: exit.tree.clone(),
        changed: exit.changes.len(),
        took_ms: exit.took_ms,
        model: exit.model.clone(),
        sandbox: exit.sandbox.clone(),
        taken_back: exit.taken_back.clone(),
        notes: notes(exit),
    }
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
