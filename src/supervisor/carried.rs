//! Runs that go on by themselves where their supervisor died (`resume: auto`).
//!
//! A supervisor of such a run leaves a mark when it comes, and takes it away when it leaves as it should:
//! a mark without a supervisor is one that died, by a kill or with its machine. Whoever comes by starts
//! another one: any command, any workbench, any supervisor. Where that was done and it died again before
//! anything came of it, nothing is started by itself any more, and it is said why.

use super::control::Entry;
use super::gave_up::GaveUp;
use super::order::RunOrder;
use super::start;
use super::trust::Trust;
use crate::engine::Event;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::journal::{self, Cursor};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::lock::is_held;
use crate::store::write::replace;
use crate::terms::{AttemptId, Outcome, RunId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Largest mark that is read.
const MAX_BYTES: u64 = 4 * 1024;
/// After so many deaths without anything having come of the run, a person must look.
const MOST_DEATHS: u32 = 2;

/// How long one that was started may take before it holds its run.
const COMING: SignedDuration = SignedDuration::from_secs(10);

/// The mark: how far the run was when a supervisor came, and how many had died there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    progress: u64,
    deaths: u32,
    /// When another one was started, until that one has come.
    coming: Option<Timestamp>,
    /// Whether the death of the one that left it is among those already: nothing was started after it.
    #[serde(default)]
    counted: bool,
}

impl Mark {
    /// How many have died with the run this far, the one that left this mark among them.
    fn deaths_at(&self, progress: u64) -> u32 {
        match (self.progress == progress, self.counted) {
            (true, true) => self.deaths,
            (true, false) => self.deaths.saturating_add(1),
            (false, _) => 1,
        }
    }
}

/// What came of a run whose supervisor died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Another one was started.
    GoesOn,
    /// Nothing was, and why.
    Left(String),
}

impl Came {
    /// It for people.
    pub fn told(&self) -> String {
        match self {
            Self::GoesOn => "its supervisor was gone; it goes on (resume: auto)".to_owned(),
            Self::Left(why) => format!("its supervisor is gone; {why}"),
        }
    }
}

/// How far a run is: what attempts came to, gates let through, what people ordered. An attempt that was
/// begun or lost is no progress.
fn progress<'a>(events: impl IntoIterator<Item = &'a Event>) -> u64 {
    let counts = |event: &&Event| match event {
        Event::Finished(result) => result.outcome != Outcome::Interrupted,
        Event::GatePassed { .. } => true,
        event => event.is_order(),
    };
    events.into_iter().filter(counts).count() as u64
}

fn path(dirs: &RunDir) -> Option<PathBuf> {
    Some(dirs.engine().carried().join(dirs.path().file_name()?))
}

fn read(dirs: &RunDir) -> Option<Mark> {
    let bytes = Disk.read(&path(dirs)?, MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Leaves the mark of a supervisor that has come to a run of these facts.
pub(super) fn come<'a>(
    dirs: &RunDir,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<(), StoreError> {
    let progress = progress(events);
    let deaths = read(dirs).filter(|mark| mark.progress == progress);
    let mark = Mark {
        progress,
        deaths: deaths.map_or(0, |mark| mark.deaths),
        coming: None,
        counted: false,
    };
    put(dirs, Some(mark))
}

/// Leaves a mark, where there is one.
pub(super) fn put(dirs: &RunDir, mark: Option<Mark>) -> Result<(), StoreError> {
    let (Some(path), Some(mark)) = (path(dirs), mark) else {
        return Ok(());
    };
    let folder = dirs.engine().carried();
    Disk.create_dir_all(&folder, true)
        .map_err(StoreError::io("make", &folder))?;
    let bytes = serde_json::to_vec(&mark).map_err(|e| StoreError::Encode {
        path: path.clone(),
        why: e.to_string(),
    })?;
    replace(&Disk, &path, &bytes)
}

/// Takes the mark away, which is returned: who left it leaves as it should.
pub(super) fn leave(dirs: &RunDir) -> Option<Mark> {
    let mark = read(dirs)?;
    // Where it stays, another supervisor comes once more, finds nothing to do and takes it away.
    let _ = Disk.remove(&path(dirs)?);
    Some(mark)
}

/// Lets every run go on whose supervisor died and that is to go on by itself. What can't be looked at is
/// left as it is: who asks for that very run is told.
pub fn go_on(engine: &EngineDir) -> Vec<(RunId, Came)> {
    let names = Disk.list(&engine.carried()).unwrap_or_default();
    let ids = names.into_iter().filter_map(|name| RunId::new(name).ok());
    let came = ids.filter_map(|id| Some((id.clone(), one(&engine.run(&id))?)));
    came.collect()
}

fn one(dirs: &RunDir) -> Option<Came> {
    let free = || !is_held(&dirs.lock()).unwrap_or(true);
    if !free() {
        return None;
    }
    let order = RunOrder::read(&Disk, &dirs.run()).ok()?;
    let (records, _) = journal::tail::<Entry>(&Disk, &dirs.journal(), &Cursor::default()).ok()?;
    let events = || records.iter().map(|record| &record.event.event);
    let mark = read(dirs)?;
    let now = Timestamp::now();
    // One that came meanwhile has left a mark of its own, and one that is coming will.
    let coming = mark
        .coming
        .is_some_and(|at| now.duration_since(at) < COMING);
    if coming || !free() {
        return None;
    }
    let progress = progress(events());
    let deaths = mark.deaths_at(progress);
    let left = Mark {
        progress,
        deaths,
        coming: None,
        counted: true,
    };
    // Counted where none is started, too: a person may start one, and that may die as well.
    let leave = || match mark.counted {
        true => Ok(()),
        false => put(dirs, Some(left)),
    };
    if deaths >= MOST_DEATHS {
        let at = events().filter_map(begun).next_back();
        let at = at.map_or_else(
            || "before its first attempt".to_owned(),
            |at| format!("at {at}"),
        );
        let why = format!(
            "it died {deaths} times {at} and nothing came of the run in between: it is not let go on by itself any more"
        );
        leave().ok()?;
        if GaveUp::read(&Disk, dirs).is_none_or(|left| left.why != why) {
            GaveUp::say(dirs, &why).ok()?;
            return Some(Came::Left(why));
        }
        return None;
    }
    if let Err(untrusted) = Trust::of_order(&order, dirs).of_run(dirs) {
        leave().ok()?;
        return Some(Came::Left(untrusted.to_string()));
    }
    // Counted before it is started: one that dies before it can say anything has died, too.
    let started = Mark {
        coming: Some(now),
        counted: false,
        ..left
    };
    put(dirs, Some(started)).ok()?;
    match start::wake(dirs.path(), &order.home) {
        Ok(()) => Some(Came::GoesOn),
        Err(error) => Some(Came::Left(error.to_string())),
    }
}

fn begun(event: &Event) -> Option<&AttemptId> {
    match event {
        Event::Intent { attempt, .. } => Some(attempt),
        _ => None,
    }
}
