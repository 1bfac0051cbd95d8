//! A run that works in the checkout itself: what lies there is the person's too, so nothing of it is
//! ever put back. Where a tree of its own would be reset, this looks, goes on with what lies there
//! where it is known what that is, and stops the stage where it is not.

use super::handoff::TRAILER_RUN;
use super::live::{Supervisor, SupervisorError};
use super::tree;
use crate::engine::Event;
use crate::engine::event::Attempted;
use crate::engine::plan::Stage;
use crate::engine::record::AttemptRecord;
use crate::git::commit::NewCommit;
use crate::git::refs::Expected;
use crate::git::{Git, Index};
use crate::stage::setup;
use crate::stage::writes::Writes;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::layout::AttemptDir;
use crate::store::layout::USED_AS_THEY_ARE;
use crate::store::lock::Lock;
use crate::store::write::replace;
use crate::terms::{Digest, Oid, Outcome, RepoPath, StageId};
use std::path::PathBuf;

/// Why nothing of a run in place is taken over.
pub const NOT_TAKEN: &str = "it works in your own checkout: start your agent there yourself; what you \
                             change is found before the next attempt";

/// The code of a stop over what lies in the checkout.
pub const DIFFERS: &str = "place_differs";
/// The code of a stop because another run works in the checkout.
pub const TAKEN: &str = "place_taken";

/// How many paths a message names.
const SHOWN: usize = 12;
/// Largest mark that is read.
const MAX_MARK_BYTES: u64 = 256;

/// What else of a harness folder is the engine's to write there.
const ENGINES: [&str; 2] = ["runs", ".state"];

/// Paths relative to the checkout that people and other runs write there whatever a run does, folders
/// with what is below them: in place they are no part of what is handed on.
pub fn apart(
    harness: &RepoPath,
    backlog: Option<&RepoPath>,
    task: Option<&RepoPath>,
) -> Vec<String> {
    let homes = USED_AS_THEY_ARE.iter().chain(&ENGINES);
    let homes = homes.map(|name| format!("{harness}/{name}"));
    let own = [backlog, task].into_iter().flatten();
    homes
        .chain(own.map(|path| path.as_str().to_owned()))
        .collect()
}

/// Paths in a message, the first of many.
pub fn named(paths: &[String]) -> String {
    let shown = paths.get(..SHOWN).unwrap_or(paths).join(", ");
    match paths.len().saturating_sub(SHOWN) {
        0 => shown,
        n => format!("{shown} and {n} more"),
    }
}

/// What is to be done with what lies in the checkout before an attempt starts.
enum Lies {
    /// Nothing: it is the checkpoint, or the work of this stage.
    AsItShould,
    /// These are taken into the checkpoint, and whether people are told.
    Take(Vec<String>, bool),
    /// A person is asked.
    Ask(Vec<String>),
}

impl Supervisor {
    /// Whether the run works in the checkout itself.
    pub(super) fn is_in_place(&self) -> bool {
        self.order.in_place.is_some()
    }

    /// What lies apart in the checkout; nothing for a run with a tree of its own.
    pub(super) fn apart(&self) -> Vec<String> {
        if !self.is_in_place() {
            return Vec::new();
        }
        tree::apart_of(&self.order, &self.run)
    }

    /// At a supervisor's start: the ref of the run is there, and where its journal says.
    pub(super) fn ensure_place_ref(&mut self) -> Result<(), SupervisorError> {
        let name = self.order.branch_ref();
        let wanted = self.run.head.clone();
        let wanted = wanted.unwrap_or_else(|| self.order.base.clone());
        match self.home.resolve(&name) {
            Err(_) => {
                self.home
                    .update_ref(&name, &wanted, Expected::Absent, "harness: in place")?;
            }
            // A crash between the fact and the ref.
            Ok(at) if at != wanted && self.home.is_ancestor(&at, &wanted)? => {
                self.home
                    .update_ref(&name, &wanted, Expected::At(&at), "harness: in place")?;
            }
            Ok(_) => {}
        }
        Ok(())
    }

    /// What lies in the checkout now, as a tree.
    pub(super) fn lies_there(&self, near: &std::path::Path) -> Result<Oid, SupervisorError> {
        let head = self.run.head.as_ref().unwrap_or(&self.order.base);
        let placed = setup::placed_in(self.dirs.path(), &self.order.tree);
        let git = self.tree_git();
        Ok(tree::content_from(
            &git,
            near,
            head,
            &placed,
            &self.apart(),
        )?)
    }

    /// Before an attempt starts: sees to it that what it is measured against is what lies there.
    /// Gives code and reason where it may not start. Not a byte of the checkout is changed.
    pub(super) fn stand_in_place(
        &mut self,
        stage: &StageId,
        dir: &AttemptDir,
    ) -> Result<Option<(&'static str, String)>, SupervisorError> {
        if !self.hold_place()? {
            return Ok(Some((TAKEN, self.place_taken())));
        }
        let Some(plan) = self.run.plan.stage(stage).cloned() else {
            return Ok(None);
        };
        let now = self.lies_there(&dir.path().join("found"))?;
        match self.what_lies(&plan, &now)? {
            Lies::AsItShould => {}
            Lies::Take(paths, tell) => self.take_found(&now, &paths, tell)?,
            Lies::Ask(paths) => {
                self.tell_of(stage, &now)?;
                return Ok(Some((DIFFERS, self.differs(&paths))));
            }
        }
        self.forget_told(stage)?;
        Ok(None)
    }

    fn what_lies(&self, stage: &Stage, now: &Oid) -> Result<Lies, SupervisorError> {
        let head = self.run.head.as_ref().unwrap_or(&self.order.base);
        let git = self.tree_git();
        let then = git.tree_of(head)?;
        if *now == then {
            return Ok(Lies::AsItShould);
        }
        let differing = git.diff(&then, now)?;
        let differing: Vec<String> = differing.into_iter().map(|d| d.path).collect();
        let (writes, _) = Writes::of_stage(stage, self.order.harness.as_str());
        let beyond = |path: &String| !writes.allow(path);
        let foreign: Vec<String> = differing.iter().filter(|p| beyond(p)).cloned().collect();
        // What it makes anew is set aside, or was when something was cut off.
        let others = |path: &String| stage.produces.iter().all(|p| p.path.as_str() != *path);
        let others: Vec<String> = differing.iter().filter(|p| others(p)).cloned().collect();
        let last = self.last_attempt();
        let left = last.and_then(|a| a.result.as_ref());
        if left.is_some_and(|r| r.commit.is_none() && r.tree.as_ref() == Some(now)) {
            return Ok(Lies::Take(foreign, false));
        }
        if others.is_empty() {
            return Ok(Lies::AsItShould);
        }
        if self.was_told(&stage.id).as_ref() == Some(now) {
            return Ok(Lies::Take(foreign, true));
        }
        // No agent was here since the last hand-off, so it is a person's.
        let settled = last.is_none() || left.is_some_and(|r| r.commit.is_some());
        if settled && self.on_the_same_branch(&git)? && !self.is_result(&others) {
            return Ok(Lies::Take(others, true));
        }
        Ok(Lies::Ask(others))
    }

    /// Whether one of these is an artifact of a stage that has passed.
    fn is_result(&self, paths: &[String]) -> bool {
        let artifacts = self.run.stages.iter().flat_map(|s| &s.artifacts);
        let mut artifacts = artifacts.map(|a| a.path.as_str());
        artifacts.any(|a| paths.iter().any(|p| p == a))
    }

    fn on_the_same_branch(&self, git: &Git) -> Result<bool, SupervisorError> {
        if self.order.own_repository().is_some() {
            return Ok(true);
        }
        let now = git.head()?.branch;
        let now = now.map(|b| b.strip_prefix("refs/heads/").unwrap_or(&b).to_owned());
        Ok(now == self.order.base_branch)
    }

    pub(super) fn last_attempt(&self) -> Option<&AttemptRecord> {
        let attempts = self.run.stages.iter().flat_map(|s| &s.attempts);
        attempts.max_by_key(|a| a.started)
    }

    /// Takes these paths, as they lie there, into the run's checkpoint.
    fn take_found(
        &mut self,
        now: &Oid,
        paths: &[String],
        tell: bool,
    ) -> Result<(), SupervisorError> {
        if paths.is_empty() {
            return Ok(());
        }
        let head = self.run.head.clone();
        let head = head.unwrap_or_else(|| self.order.base.clone());
        let git = self.tree_git();
        let file = self.dirs.path().join("found.index");
        let index = Index::at(&git, &file);
        index.read_tree(&head)?;
        let names: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        index.reset_paths(now, &names)?;
        let tree = index.write_tree()?;
        // A scratch file; a leftover one is overwritten by the next.
        let _ = std::fs::remove_file(&file);
        let commit = git.commit_tree(&NewCommit {
            tree: &tree,
            parents: std::slice::from_ref(&head),
            message: "As it lay in the checkout",
            trailers: &[(TRAILER_RUN, self.order.run.as_str())],
            identity: self.identity(),
            seconds: jiff::Timestamp::now().as_second(),
        })?;
        self.record(Event::FoundInPlace {
            commit: commit.clone(),
            paths: paths.to_vec(),
        })?;
        let name = self.order.branch_ref();
        self.home
            .update_ref(&name, &commit, Expected::At(&head), "harness: found")?;
        if tell {
            self.note(format!(
                "in place: taken as they lay there, and left so: {}",
                named(paths)
            ))?;
        }
        Ok(())
    }

    fn differs(&self, paths: &[String]) -> String {
        let run = &self.order.run;
        format!(
            "in the checkout, {} not as the run left {}: {}; nothing of it was put back. Bring it to what you want, then `harness-tui resume {run}` goes on with it as it lies there",
            if paths.len() == 1 {
                "a file is"
            } else {
                "files are"
            },
            if paths.len() == 1 { "it" } else { "them" },
            named(paths)
        )
    }

    /// What an attempt in the checkout came to, where it left there what is not its to leave: that
    /// stays, and a person decides.
    pub(super) fn judged_in_place(&self, result: &mut Attempted) -> Result<(), SupervisorError> {
        if !self.is_in_place() || result.commit.is_some() {
            return Ok(());
        }
        // After tampering git is not asked before a person has looked.
        if !matches!(result.outcome, Outcome::Overreach | Outcome::SecretFound) {
            return Ok(());
        }
        if result.outcome == Outcome::Overreach {
            let run = &self.order.run;
            result.outcome = Outcome::NotHandedOn;
            result.reason = format!(
                "{}; in place nothing is taken back, since it may be yours. The agent's? `git apply -R {}` takes it back where nobody has changed it since. Yours? Leave it. Then `harness-tui resume {run}`",
                result.reason,
                self.attempt_dir(&result.attempt).guard_patch().display(),
            );
        }
        let near = self.dirs.path().join("told");
        let now = self.lies_there(&near)?;
        self.tell_of(&result.attempt.stage, &now)
    }

    fn told_path(&self, stage: &StageId) -> PathBuf {
        self.dirs.path().join(format!("told-{stage}"))
    }

    /// Remembers what a person is asked about: their word to go on is for exactly that.
    fn tell_of(&self, stage: &StageId, now: &Oid) -> Result<(), SupervisorError> {
        replace(&self.fs, &self.told_path(stage), now.as_str().as_bytes())?;
        Ok(())
    }

    fn was_told(&self, stage: &StageId) -> Option<Oid> {
        let bytes = self.fs.read(&self.told_path(stage), MAX_MARK_BYTES).ok()?;
        Oid::new(String::from_utf8(bytes).ok()?).ok()
    }

    fn forget_told(&self, stage: &StageId) -> Result<(), SupervisorError> {
        let path = self.told_path(stage);
        match self.fs.remove(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(e).into())
            }
            _ => Ok(()),
        }
    }

    /// Holds the checkout for as long as this supervisor lives; false: another run does.
    fn hold_place(&mut self) -> Result<bool, SupervisorError> {
        if self.place.is_none() {
            let name = Digest::of(self.order.home.as_os_str().as_encoded_bytes());
            let slots = self.dirs.path().ancestors().nth(2);
            let slots = slots.unwrap_or(self.dirs.path()).join("slots");
            self.place = Lock::try_take(&slots.join(format!("place-{}", name.short())))?;
        }
        Ok(self.place.is_some())
    }

    fn place_taken(&self) -> String {
        format!(
            "another run works in this checkout, in place; see it to its end (`harness-tui status` names it), then `harness-tui resume {}`",
            self.order.run
        )
    }
}
