//! A supervisor: what it holds, how it comes to life on what an earlier one left, and the one way
//! in which a fact enters.

use super::attempts::Running;
use super::awake::Sleep;
use super::carried;
use super::control::{self, Entry};
use super::day::LookAtDay;
use super::gave_up::GaveUp;
use super::order::{OrderError, RunOrder};
use super::place::{self, NotHere};
use super::slots::{Place, Ticket};
use super::tell::{Explain, Teller};
use super::tree;
use crate::documents::run_state::{RunStateDoc, merge};
use crate::engine::plan::Plan;
use crate::engine::run::CannotApply;
use crate::engine::{Event, Person, Run, lock};
use crate::git::{Git, GitError, Identity};
use crate::process::runs;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fingerprint, Fs};
use crate::store::journal::Journal;
use crate::store::layout::{ActiveDir, AttemptDir, RunDir};
use crate::store::lock::{Lock, is_held, read_note};
use crate::store::swap::recover_swaps;
use crate::store::write::{replace, sweep_temps};
use crate::terms::{AttemptId, Oid, StageState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest locked workflow that is read.
const MAX_LOCK_BYTES: u64 = 8 * 1024 * 1024;
const MAX_STATE_BYTES: u64 = 64 * 1024;

/// Why a supervisor can't go on. What is on disk is as it was; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The run belongs to another place.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// The locked workflow.
    #[error("{} can't be read: {why}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The journal is gone or damaged, though there is something that it told of.
    #[error(transparent)]
    Journal(#[from] JournalLost),
    /// The journal says something the engine can't have done.
    #[error(transparent)]
    Engine(#[from] CannotApply),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A tree.
    #[error(transparent)]
    Tree(#[from] tree::TreeError),
    /// Processes.
    #[error("can't start {what}: {source}")]
    Spawn {
        /// What was to be started.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// A run whose journal can't be gone on with. It is left as it is: what was done is on the branch
/// and in the attempts' folders, and doing it again unasked would be worse.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: {why}; put the file back from a backup and resume, or start a new run with --new: what this one handed on is on the branch {branch}",
    path.display()
)]
pub struct JournalLost {
    /// The journal.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
    /// The run's branch.
    pub branch: String,
}

/// Refuses a run that has attempts and no journal that tells of them.
pub fn journal_is_there(fs: &dyn Fs, dirs: &RunDir, order: &RunOrder) -> Result<(), JournalLost> {
    let path = dirs.journal();
    let empty = !fs
        .stat(&path)
        .is_ok_and(|s| s.is_some_and(|s| s.fingerprint.size > 0));
    let attempts = dirs.attempt_ids(fs).map_or(0, |ids| ids.len());
    if empty && attempts > 0 {
        return Err(JournalLost {
            path,
            why: format!("the journal is gone, though the run has made {attempts} attempts"),
            branch: order.branch.clone(),
        });
    }
    Ok(())
}

/// `supervisor.json`: who holds the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Rises with each supervisor of the run.
    pub epoch: u64,
    /// Its process.
    pub process: crate::process::Identity,
    /// The checkout the run was started from.
    pub home: PathBuf,
    /// Since when.
    pub since: Timestamp,
    /// The version of the program.
    pub version: String,
}

/// Since when the supervisor that holds the run carries it on; `None`: none does, or it is still
/// looking at what an earlier one left.
pub fn at_work_since(dirs: &RunDir) -> Option<Timestamp> {
    let held = is_held(&dirs.lock()).unwrap_or(false);
    held.then(|| read_note(&dirs.lock()).parse().ok()).flatten()
}

/// One run's supervisor.
pub struct Supervisor {
    pub(super) fs: Disk,
    pub(super) order: RunOrder,
    pub(super) run: Run,
    pub(super) dirs: RunDir,
    pub(super) active: ActiveDir,
    pub(super) journal: Journal<Entry>,
    pub(super) epoch: u64,
    pub(super) home: Git,
    pub(super) running: Vec<Running>,
    /// What run-state.md held when it was last written or taken over.
    pub(super) state_base: Option<Vec<u8>>,
    /// Messages of the engine's to stand in run-state.md.
    pub(super) messages: Vec<String>,
    /// Something was recorded since the files were last published.
    pub(super) unpublished: bool,
    /// The run's tree was left by a passed attempt, and no agent was in it since.
    pub(super) settled: bool,
    /// The names of orders that were taken up.
    pub(super) taken: std::collections::BTreeSet<String>,
    /// Who the run's commits are by, asked once.
    identity: std::cell::OnceCell<Identity>,
    /// What takes secrets out of people's words, made once.
    secrets: std::cell::OnceCell<crate::stage::redact::Redactor>,
    /// The ports of the run's trees.
    pub(super) ports: super::ports::Ports,
    lock: Option<Lock>,
    /// In place: held so that no other run works in the checkout.
    pub(super) place: Option<Lock>,
    /// Who tells the commands of `on:`; `None`: there are none.
    pub(super) teller: Option<Teller>,
    /// Whether the machine is kept awake.
    pub(super) sleep: Sleep,
    /// What it is given of the read model.
    pub(super) above: Above,
    /// The mark of the day's budget when it was looked at last.
    pub(super) day_seen: Option<Fingerprint>,
    /// The places that attempts have of those that all runs share.
    pub(super) places: BTreeMap<AttemptId, Place>,
    /// Its place in the line of those who wait for one.
    pub(super) ticket: Option<Ticket>,
    /// Whether it found no place in this turn.
    pub(super) place_wanted: bool,
    /// Whether it started an attempt of an agent's or a command's.
    pub(super) started: bool,
    /// Whether it took an order up that is not to let the run go on.
    pub(super) ordered: bool,
}

/// What a supervisor is given of the read model of all screens, which comes after this room.
#[derive(Debug, Clone, Copy)]
pub struct Above {
    /// Who says why a run is as it is, to whom it is told.
    pub explain: Explain,
    /// Who looks at what all runs used on a day.
    pub day: LookAtDay,
}

impl Supervisor {
    /// Takes the run in this engine folder over. `None`: another supervisor holds it.
    pub fn open(run_dir: &Path, above: Above) -> Result<Option<Self>, SupervisorError> {
        let fs = Disk;
        let dirs = RunDir::at(run_dir);
        let Some(lock) = Lock::try_take(&dirs.lock())? else {
            return Ok(None);
        };
        GaveUp::clear(&fs, &dirs);
        let order = RunOrder::read(&fs, &dirs.run())?;
        place::check(run_dir, &order.home)?;
        let plan = read_plan(&fs, &dirs)?;
        journal_is_there(&fs, &dirs, &order)?;
        let epoch = take_epoch(&fs, &dirs, &order)?;
        let active = ActiveDir::of(&order.roots().folder(), &order.run);
        sweep_leftovers(&fs, &dirs, &active)?;
        let (journal, entries, torn) = open_journal(&dirs, &order)?;
        let mut supervisor = Self {
            home: order.git(),
            run: Run::new(plan),
            fs,
            dirs,
            active,
            journal,
            epoch,
            running: Vec::new(),
            state_base: None,
            messages: Vec::new(),
            unpublished: true,
            settled: false,
            taken: std::collections::BTreeSet::new(),
            identity: std::cell::OnceCell::new(),
            secrets: std::cell::OnceCell::new(),
            ports: super::ports::Ports::new(),
            lock: Some(lock),
            place: None,
            teller: None,
            sleep: Sleep::Allowed,
            above,
            day_seen: None,
            places: BTreeMap::new(),
            ticket: None,
            place_wanted: false,
            started: false,
            ordered: false,
            order,
        };
        if supervisor.run.plan.resumes {
            carried::come(
                &supervisor.dirs,
                entries.iter().map(|record| &record.event.event),
            )?;
        }
        supervisor.start_telling(above.explain)?;
        for record in entries {
            supervisor.run.apply(record.at, &record.event.event)?;
            supervisor.taken.extend(record.event.order);
        }
        if let Some(torn) = torn {
            supervisor.note(format!(
                "a torn last line of the journal was dropped: {}",
                torn.why
            ))?;
        }
        supervisor.note_failures()?;
        supervisor.restore_ballast();
        // Of attempts that were killed, in whatever run.
        crate::stage::scratch::sweep();
        supervisor.recover()?;
        if let Some(lock) = &mut supervisor.lock {
            lock.note(&Timestamp::now().to_string())?;
        }
        Ok(Some(supervisor))
    }

    /// Brings the run to where it can go on: files and trees are there, every attempt that was in
    /// flight is adopted, rolled forward or given up.
    fn recover(&mut self) -> Result<(), SupervisorError> {
        self.state_base = self.fs.read(&self.dirs.base(), MAX_LOCK_BYTES).ok();
        self.recover_run_state()?;
        self.recover_backlog()?;
        if self.run.created.is_none() {
            let created = Event::Created {
                plan: self.run.plan.workflow_digest.clone(),
                base: self.order.base.clone(),
                branch: self.order.branch.clone(),
                chosen: self.order.chosen.clone(),
                by: self.order.by.clone(),
            };
            self.record(created)?;
        }
        if self.is_in_place() {
            self.ensure_place_ref()?;
        } else if !self.run.state().is_terminal() {
            if !self.order.tree.join(".git").exists() {
                // Whatever set-up did, it did to another folder.
                crate::stage::setup::forget(self.dirs.path(), &self.order.tree);
            }
            self.ensure_branch()?;
            tree::ensure(&self.home, &self.order)?;
        }
        if !self.run.prepared {
            // Before the fact, so that it is done again where we die in between.
            let status = self.order.statuses.started.clone();
            self.set_item_status(&status)?;
            self.record(Event::Prepared)?;
        }
        self.finish_refresh()?;
        let in_flight: Vec<AttemptId> = self
            .run
            .stages
            .iter()
            .filter(|s| s.state == StageState::Running)
            .filter_map(|s| s.current_attempt().map(|a| a.id.clone()))
            .collect();
        for attempt in in_flight {
            self.take_over(attempt)?;
        }
        self.verify_handoffs()
    }

    /// A crash between the two halves of a swap leaves what a person saved beside run-state.md.
    fn recover_run_state(&mut self) -> Result<(), SupervisorError> {
        // Before the first supervisor wrote it, or after a person cleaned up, it is not there.
        self.active.make(&self.fs)?;
        let base = self.state_base.clone().unwrap_or_default();
        recover_swaps(
            &self.fs,
            &self.active.run_state(),
            &base,
            &|base, ours, theirs| {
                merge(
                    &RunStateDoc::parse(base),
                    &RunStateDoc::parse(ours),
                    &RunStateDoc::parse(theirs),
                )
            },
        )?;
        Ok(())
    }

    /// A branch that somebody deleted is put back where the run's last hand-off is: that commit is
    /// still there, and nothing else may stand in its place.
    fn ensure_branch(&mut self) -> Result<(), SupervisorError> {
        let full = self.order.branch_ref();
        let Some(head) = self.run.head.clone().filter(|_| self.run.prepared) else {
            return Ok(());
        };
        if self.home.resolve(&full).is_ok() {
            return Ok(());
        }
        let absent = crate::git::refs::Expected::Absent;
        self.home
            .update_ref(&full, &head, absent, "harness: put back")?;
        self.note(format!(
            "the branch {} was gone and was put back at {}",
            self.order.branch,
            head.short()
        ))
    }

    /// Every passed stage's artifacts must still be on the branch as they were recorded.
    fn verify_handoffs(&mut self) -> Result<(), SupervisorError> {
        let Ok(tip) = self.home.resolve(&self.order.branch_ref()) else {
            return Ok(());
        };
        let mut broken = Vec::new();
        for record in self
            .run
            .stages
            .iter()
            .filter(|s| s.state == StageState::Passed)
        {
            if let Some(commit) = &record.commit
                && !self.home.is_ancestor(commit, &tip).unwrap_or(false)
            {
                broken.push((record.id.clone(), format!(
                    "its hand-off {} is no longer on {}; put the branch back, or rerun the stage with `harness-tui run --from {}`",
                    commit.short(), self.order.branch, record.id
                )));
            }
        }
        for (stage, reason) in broken {
            self.record(Event::Stopped {
                stage,
                code: "artifact_changed".to_owned(),
                reason,
            })?;
        }
        Ok(())
    }

    /// Lets a fact in: durable in the journal, then into the engine.
    pub(super) fn record(&mut self, event: Event) -> Result<(), SupervisorError> {
        self.record_from(event, None)
    }

    pub(super) fn record_from(
        &mut self,
        event: Event,
        order: Option<String>,
    ) -> Result<(), SupervisorError> {
        let at = Timestamp::now();
        let from = &self.order;
        let secrets = self
            .secrets
            .get_or_init(|| control::secrets_of(&self.run.plan.tree, &from.home, &from.tree));
        let event = control::redacted(event, secrets);
        // The engine is asked first on a copy: a fact that it can't take must not enter the
        // journal, where every later supervisor would trip over it.
        let mut next = self.run.clone();
        next.apply(at, &event)?;
        let entry = Entry {
            event,
            order: order.clone(),
        };
        self.journal.append(at, self.epoch, &entry)?;
        self.run = next;
        self.taken.extend(order);
        self.unpublished = true;
        if let Some(teller) = &self.teller {
            teller.nudge();
        }
        Ok(())
    }

    /// Tells people something, in the report.
    pub(super) fn note(&mut self, text: String) -> Result<(), SupervisorError> {
        self.record(Event::Noted { text })
    }

    /// The commit that the run's change is measured against.
    pub(super) fn base(&self) -> &Oid {
        self.run.base.as_ref().unwrap_or(&self.order.base)
    }

    /// Who the user is to git.
    pub(super) fn identity(&self) -> &Identity {
        self.identity.get_or_init(|| self.home.identity())
    }

    /// Git in the run's tree.
    pub(super) fn tree_git(&self) -> Git {
        if self.is_in_place() {
            return self.order.git();
        }
        Git::new(&self.order.tree)
    }

    /// An attempt's folder.
    pub(super) fn attempt_dir(&self, attempt: &AttemptId) -> AttemptDir {
        self.dirs.attempt(attempt)
    }

    /// Lets go of the run, so that another supervisor may take it, with the ports it had.
    pub(super) fn let_go(&mut self) {
        self.ports.keep_only(|_| false);
        self.ticket = None;
        self.place = None;
        self.lock = None;
    }

    /// Takes it back; false: another one has it.
    pub(super) fn take_back(&mut self) -> Result<bool, SupervisorError> {
        self.lock = Lock::try_take(&self.dirs.lock())?;
        Ok(self.lock.is_some())
    }
}

/// The engine's own name in records of what nobody ordered.
pub fn engine_person() -> Person {
    Person {
        name: "harness-tui".to_owned(),
        terminal: None,
        pid: std::process::id(),
    }
}

/// What writers that died left half-written, wherever a run's files are.
fn sweep_leftovers(fs: &dyn Fs, dirs: &RunDir, active: &ActiveDir) -> Result<(), StoreError> {
    let mut places = vec![
        dirs.path().to_owned(),
        dirs.control(),
        active.path().to_owned(),
    ];
    let attempts = dirs.attempt_ids(fs)?;
    places.extend(attempts.iter().map(|a| dirs.attempt(a).path().to_owned()));
    for place in places {
        sweep_temps(fs, &place, &runs)?;
    }
    Ok(())
}

fn open_journal(
    dirs: &RunDir,
    order: &RunOrder,
) -> Result<crate::store::journal::Opened<Entry>, SupervisorError> {
    match Journal::<Entry>::open(std::sync::Arc::new(Disk), &dirs.journal()) {
        Err(StoreError::Corrupt { path, line, why }) => Err(JournalLost {
            path,
            why: format!("line {line} is damaged: {why}"),
            branch: order.branch.clone(),
        }
        .into()),
        opened => Ok(opened?),
    }
}

/// Reads the locked workflow, and sees to its copy for those who only look.
pub(super) fn read_plan(fs: &dyn Fs, dirs: &RunDir) -> Result<Plan, SupervisorError> {
    let path = dirs.workflow_lock();
    let bad = |why: String| SupervisorError::Lock {
        path: path.clone(),
        why,
    };
    let bytes = fs
        .read(&path, MAX_LOCK_BYTES)
        .map_err(|e| bad(e.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|e| bad(e.to_string()))?;
    let plan = lock::from_lock(text).map_err(|e| bad(e.to_string()))?;
    let copy = lock::to_copy(&plan, &bytes).map_err(|e| bad(e.to_string()))?;
    if fs.read(&dirs.plan(), MAX_LOCK_BYTES).ok().as_ref() != Some(&copy) {
        // Where it can't be written, a look costs more, and nothing else does.
        let _ = replace(fs, &dirs.plan(), &copy);
    }
    Ok(plan)
}

fn take_epoch(fs: &dyn Fs, dirs: &RunDir, order: &RunOrder) -> Result<u64, SupervisorError> {
    let path = dirs.supervisor();
    let last = fs
        .read(&path, MAX_STATE_BYTES)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Holder>(&bytes).ok())
        .map_or(0, |h| h.epoch);
    let holder = Holder {
        epoch: last + 1,
        process: crate::process::Identity::own(),
        home: order.home.clone(),
        since: Timestamp::now(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let bytes = serde_json::to_vec_pretty(&holder).map_err(|e| StoreError::Encode {
        path: path.clone(),
        why: e.to_string(),
    })?;
    replace(fs, &path, &bytes)?;
    Ok(holder.epoch)
}
