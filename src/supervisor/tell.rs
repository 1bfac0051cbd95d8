//! Tells the commands of `on:` what came to pass in a run, whether anybody looks or not.
//!
//! Law: what is told comes from the journal alone, so that every supervisor tells the same, by the
//! same ids. An event is written down before its command is started, and what came of it after: one
//! that a crash cut off in between is told again, with the same id and the same words. A command
//! that fails changes nothing of the run.

mod command;
mod kept;
mod payload;
mod telling;

pub use payload::{Told, Words, schema};

use super::live::{Supervisor, SupervisorError};
use super::order::RunOrder;
use super::own;
use crate::engine::Run;
use crate::engine::plan::Command;
use crate::engine::resolve;
use crate::process::pause;
use crate::store::fs::Disk;
use crate::store::layout::RunDir;
use crate::store::lock::Lock;
use crate::terms::StageId;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use telling::Telling;

/// How often it is looked whether who told before has come to an end.
const LOOK: Duration = Duration::from_millis(50);

/// A run as it stood at an event, to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Stood<'a> {
    /// Its order.
    pub order: &'a RunOrder,
    /// Its state then.
    pub run: &'a Run,
    /// Its folder.
    pub dirs: &'a RunDir,
    /// Whether its supervisor lived.
    pub alive: bool,
    /// The stage that the event is about.
    pub stage: Option<&'a StageId>,
}

/// Who says why a run is as it is: the read model of all screens, which comes after this room.
pub type Explain = fn(Stood<'_>) -> Words;

/// The thread that tells, of a supervisor.
#[derive(Debug)]
pub(super) struct Teller {
    nudges: Option<Sender<()>>,
    thread: Option<JoinHandle<bool>>,
    failed: Arc<AtomicBool>,
}

impl Teller {
    fn start(dirs: RunDir, order: RunOrder, explain: Explain) -> std::io::Result<Self> {
        let (nudges, heard) = channel();
        let failed = Arc::new(AtomicBool::new(false));
        let fails = Arc::clone(&failed);
        let thread = std::thread::Builder::new()
            .name("tell".to_owned())
            .spawn(move || tell_on(dirs, order, explain, &heard, &fails))?;
        let teller = Self {
            nudges: Some(nudges),
            thread: Some(thread),
            failed,
        };
        // What an earlier supervisor did not come to.
        teller.nudge();
        Ok(teller)
    }

    /// There may be something new in the journal.
    pub(super) fn nudge(&self) {
        if let Some(nudges) = &self.nudges {
            // A thread that has ended said so in its log.
            let _ = nudges.send(());
        }
    }

    /// Whether a command failed since this was asked last.
    fn has_failed(&self) -> bool {
        self.failed.swap(false, Ordering::SeqCst)
    }

    /// Waits until all is told. Whether the run goes on being somebody's: it is not landed.
    fn finish(&mut self) -> bool {
        self.nudges = None;
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(Result::ok).unwrap_or(false)
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The thread: tells what is new whenever it is nudged, and a last time when nobody will nudge any
/// more. What goes wrong is printed, which goes to the supervisor's log.
fn tell_on(
    dirs: RunDir,
    order: RunOrder,
    explain: Explain,
    heard: &Receiver<()>,
    failed: &AtomicBool,
) -> bool {
    let done = held(&dirs).and_then(|_held| {
        let mut telling = Telling::open(dirs, order, explain)?;
        loop {
            let last = heard.recv().is_err();
            while heard.try_recv().is_ok() {}
            if telling.catch_up()? > 0 {
                failed.store(true, Ordering::SeqCst);
            }
            if last {
                return Ok(!telling.is_landed());
            }
        }
    });
    done.unwrap_or_else(|error| {
        super::log_line(&format!("on: {error}"));
        false
    })
}

/// The right to tell of this run, when who has it now is done.
fn held(dirs: &RunDir) -> Result<Lock, SupervisorError> {
    crate::store::fs::Fs::create_dir_all(&Disk, &dirs.events(), true)
        .map_err(crate::store::StoreError::io("make", &dirs.events()))?;
    loop {
        if let Some(lock) = Lock::try_take(&dirs.events().join("lock"))? {
            return Ok(lock);
        }
        pause(LOOK);
    }
}

/// The commands of this person's own settings, by event.
fn own_commands() -> BTreeMap<String, Command> {
    resolve::on(&own::choices().on)
}

impl Supervisor {
    /// Starts to tell, where there is a command to tell to. What came to pass while there was none
    /// is not told later.
    pub(super) fn start_telling(&mut self, explain: Explain) -> Result<(), SupervisorError> {
        if self.run.plan.on.is_empty() && own_commands().is_empty() {
            kept::forget(&self.fs, &self.dirs);
            return Ok(());
        }
        kept::begin(&self.fs, &self.dirs, self.journal.last_seq())?;
        let teller = Teller::start(self.dirs.clone(), self.order.clone(), explain);
        self.teller = Some(teller.map_err(|source| SupervisorError::Spawn {
            what: "the thread of on:".to_owned(),
            source,
        })?);
        Ok(())
    }

    /// Notes the commands that failed and are not noted yet.
    pub(super) fn note_failed_commands(&mut self) -> Result<(), SupervisorError> {
        if self.teller.as_ref().is_some_and(Teller::has_failed) {
            self.note_failures()?;
        }
        Ok(())
    }

    pub(super) fn note_failures(&mut self) -> Result<(), SupervisorError> {
        for failure in self.unnoted() {
            self.note(failure.text())?;
        }
        Ok(())
    }

    fn unnoted(&self) -> Vec<kept::Failure> {
        let notes = &self.run.notes;
        kept::failures(&self.fs, &self.dirs)
            .into_iter()
            .filter(|f| !notes.iter().any(|(_, text)| text.ends_with(&f.mark())))
            .collect()
    }

    /// Tells the rest. Whether there is something to note of it, for the next who holds the run.
    pub(super) fn finish_telling(&mut self) -> bool {
        let Some(mut teller) = self.teller.take() else {
            return false;
        };
        teller.finish() && !self.unnoted().is_empty()
    }
}

/// Tells what came to pass in a run that nobody supervises, as its landing. Waits for the commands.
pub fn tell_now(dirs: &RunDir, explain: Explain) -> Result<(), SupervisorError> {
    if !kept::is_begun(&Disk, dirs) {
        return Ok(());
    }
    let _held = held(dirs)?;
    let order = RunOrder::read(&Disk, &dirs.run())?;
    Telling::open(dirs.clone(), order, explain)?.catch_up()?;
    Ok(())
}

/// The same by a process of its own, that nobody waits for.
pub fn tell_later(dirs: &RunDir, home: &Path) {
    if !kept::is_begun(&Disk, dirs) {
        return;
    }
    let started = crate::process::own::again().and_then(|mut command| {
        command.args(["tell", "--dir"]).arg(dirs.path());
        let log = dirs.path().join("supervisor.log");
        crate::process::spawn_detached(command, home, &log, "")
    });
    // What could not be told now the next one tells that does.
    let _ = started;
}

/// Tells that the run's supervisor gave up, though the run should go on.
pub(super) fn tell_gave_up(dirs: &RunDir, explain: Explain) -> Result<(), SupervisorError> {
    let order = RunOrder::read(&Disk, &dirs.run())?;
    if !kept::is_begun(&Disk, dirs) {
        return Ok(());
    }
    let _held = held(dirs)?;
    let mut telling = Telling::open(dirs.clone(), order, explain)?;
    telling.catch_up()?;
    telling.tell_gave_up()
}
