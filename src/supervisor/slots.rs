//! Places for attempts, of which the runs of a project share as many as `max_parallel` of harness.yaml
//! says.
//!
//! A place is a lock file. Who carries an attempt holds its lock, and the kernel frees it with its holder;
//! its note says whose it is, for an attempt may outlive its supervisor: the place stays taken for as long
//! as that attempt lives. Who finds none waits in line, by a lock of its own: whoever came first is first.

use super::live::{Supervisor, SupervisorError};
use crate::engine::Event;
use crate::engine::record::SlotWait;
use crate::process::pause;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::lock::{Lock, is_held, read_note};
use crate::store::write::replace;
use crate::terms::{AttemptId, RunId};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is written when a place may have become free.
pub(super) const CHANGED: &str = "changed";
/// The lock of who looks for a place.
const LOOK: &str = "look";
/// How often it is looked whether another one is done with looking, and how often at most.
const MOMENT: Duration = Duration::from_millis(10);
const MOST_LOOKS: u32 = 1_000;

/// A place that an attempt has; dropped, it is another's.
#[derive(Debug)]
pub(super) struct Place {
    lock: Option<Lock>,
    folder: PathBuf,
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.lock.take());
        change(&self.folder);
    }
}

/// A place in the line of those who wait for one.
#[derive(Debug)]
pub(super) struct Ticket {
    lock: Option<Lock>,
    path: PathBuf,
    folder: PathBuf,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // While it is held: the line is one run's, and one supervisor's at a time.
        let _ = Disk.remove(&self.path);
        drop(self.lock.take());
        change(&self.folder);
    }
}

/// Tells who waits that a place may be free. Where it can't be told they find out by looking, later.
fn change(folder: &Path) {
    let _ = replace(
        &Disk,
        &folder.join(CHANGED),
        Timestamp::now().to_string().as_bytes(),
    );
}

/// What came of asking for a place.
pub(super) enum Asked {
    /// It may start, with its place where places are shared.
    May(Option<Place>),
    /// It waits in line.
    Waits,
}

/// What came of looking for a place.
enum Looked {
    Free(Lock),
    /// Who has the places, and who stands before us in the line.
    Taken(SlotWait),
}

impl Supervisor {
    /// Asks for a place for this attempt, where places are shared. That none is free is recorded, and
    /// this run waits in line.
    pub(super) fn place_for(&mut self, attempt: &AttemptId) -> Result<Asked, SupervisorError> {
        let Some(most) = self.run.plan.slots else {
            return Ok(Asked::May(None));
        };
        let engine = self.dirs.engine();
        let folder = engine.slots();
        let line = engine.waiting();
        self.fs
            .create_dir_all(&line, true)
            .map_err(StoreError::io("make", &line))?;
        let one = looking(&folder)?;
        let looked = look(&engine, &self.dirs, attempt, most, self.ticket.is_some())?;
        match looked {
            Looked::Free(mut lock) => {
                lock.note(&note(&self.dirs, attempt))?;
                drop(one);
                self.ticket = None;
                self.place_wanted = false;
                let lock = Some(lock);
                Ok(Asked::May(Some(Place { lock, folder })))
            }
            Looked::Taken(wait) => {
                if self.ticket.is_none() {
                    self.ticket = ticket(&line, &folder, &self.order.run)?;
                }
                drop(one);
                self.place_wanted = true;
                let known = self.run.record(&attempt.stage);
                if known.is_none_or(|record| record.slot.as_ref() != Some(&wait)) {
                    self.record(Event::SlotWanted {
                        stage: attempt.stage.clone(),
                        wait,
                    })?;
                }
                Ok(Asked::Waits)
            }
        }
    }

    /// Takes the place over that an attempt has which outlived its supervisor.
    pub(super) fn place_of(&self, attempt: &AttemptId) -> Option<Place> {
        let most = self.run.plan.slots?;
        let folder = self.dirs.engine().slots();
        let note = note(&self.dirs, attempt);
        let own = (0..most).map(|n| folder.join(n.to_string()));
        let path = own.into_iter().find(|path| read_note(path) == note)?;
        let lock = Lock::try_take(&path).ok()?;
        Some(Place { lock, folder })
    }
}

/// Keeps others from looking for a place, but for one that was stopped in the middle of it.
fn looking(folder: &Path) -> Result<Option<Lock>, StoreError> {
    for _ in 0..MOST_LOOKS {
        if let Some(lock) = Lock::try_take(&folder.join(LOOK))? {
            return Ok(Some(lock));
        }
        pause(MOMENT);
    }
    Ok(None)
}

fn look(
    engine: &EngineDir,
    dirs: &RunDir,
    attempt: &AttemptId,
    most: u32,
    in_line: bool,
) -> Result<Looked, StoreError> {
    let folder = engine.slots();
    let own = note(dirs, attempt);
    let mut free = Vec::new();
    let mut by = Vec::new();
    for n in 0..most {
        let path = folder.join(n.to_string());
        let taken = Lock::try_take(&path)?;
        let whose = read_note(&path);
        match taken {
            Some(lock) if whose == own || !lives(&whose) => free.push(lock),
            _ => by.extend(run_of(&whose)),
        }
    }
    let before = before_us(engine, dirs, in_line)?;
    if before.len() < free.len() {
        return Ok(Looked::Free(free.swap_remove(0)));
    }
    let taken = most.saturating_sub(u32::try_from(free.len()).unwrap_or(most));
    let sorted = |mut runs: Vec<RunId>| {
        runs.sort_unstable();
        runs.dedup();
        runs
    };
    Ok(Looked::Taken(SlotWait {
        of: most,
        taken,
        by: sorted(by),
        before: sorted(before),
    }))
}

/// The runs that wait in line before this one.
fn before_us(engine: &EngineDir, dirs: &RunDir, in_line: bool) -> Result<Vec<RunId>, StoreError> {
    let line = engine.waiting();
    let ours = dirs
        .path()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let since = |name: &str| read_note(&line.join(name)).parse::<Timestamp>().ok();
    let our_turn = in_line.then(|| since(&ours)).flatten();
    let mut before = Vec::new();
    for name in Disk.list(&line).map_err(StoreError::io("list", &line))? {
        if name == ours || !is_held(&line.join(&name))? {
            continue;
        }
        let earlier =
            |our: Timestamp| since(&name).is_some_and(|t| (t, name.as_str()) < (our, &ours));
        if our_turn.is_none_or(earlier) {
            before.extend(RunId::new(&name).ok());
        }
    }
    Ok(before)
}

fn ticket(line: &Path, folder: &Path, run: &RunId) -> Result<Option<Ticket>, StoreError> {
    let path = line.join(run.as_str());
    let Some(mut lock) = Lock::try_take(&path)? else {
        return Ok(None);
    };
    lock.note(&Timestamp::now().to_string())?;
    Ok(Some(Ticket {
        lock: Some(lock),
        path,
        folder: folder.to_owned(),
    }))
}

fn note(dirs: &RunDir, attempt: &AttemptId) -> String {
    format!("{}\n{attempt}\n", dirs.path().display())
}

fn noted(note: &str) -> Option<(RunDir, &str)> {
    let (dir, attempt) = note.trim_end().split_once('\n')?;
    Some((RunDir::at(dir), attempt))
}

fn run_of(note: &str) -> Option<RunId> {
    let (dirs, _) = noted(note)?;
    RunId::new(dirs.path().file_name()?.to_string_lossy()).ok()
}

/// Whether the attempt lives that a place was taken for.
fn lives(note: &str) -> bool {
    let Some((dirs, attempt)) = noted(note) else {
        return false;
    };
    // A lock that can't be looked at is as good as held.
    let held = |id: AttemptId| is_held(&dirs.attempt(&id).heartbeat()).unwrap_or(true);
    attempt.parse().is_ok_and(held)
}
