//! Runs that go on by themselves where their supervisor died (`resume: auto`).
//!
//! A supervisor of such a run leaves a mark when it comes, and takes it away when it leaves as it should:
//! a mark without a supervisor is one that died, by a kill or with its machine. Whoever comes by starts
//! another one: any workbench that is opened, any supervisor whose own run goes on. Where that was done and
//! it died again before anything came of it, nothing is started by itself any more, and it is said why. A
//! machine that is switched off while a run only waits is no such death.

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
use std::time::Duration;

/// Largest mark that is read.
const MAX_BYTES: u64 = 4 * 1024;
/// After so many deaths without anything having come of the run, a person must look.
const MOST_DEATHS: u32 = 2;

/// From when on a supervisor that dies while nothing is at work is no sign that it would die again.
pub(super) const STANDS: Duration = Duration::from_mins(1);

/// How long one that was started may take before it holds its run.
const COMING: SignedDuration = SignedDuration::from_secs(10);

/// The mark: how far the run was when a supervisor came, and how many had died there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    progress: u64,
    deaths: u32,
    /// When another one was started, until that one has come.
    coming: Option<Timestamp>,
    /// Whether the death of who left it is among those.
    #[serde(default)]
    counted: bool,
    /// Whether who left it lived on for a while.
    #[serde(default)]
    stands: bool,
}

impl Mark {
    /// How many have died where the run is now, who left this mark among them where that says something:
    /// one whose machine was switched off while nothing was at work would not die again.
    fn deaths_at(self, progress: u64, at_work: bool) -> u32 {
        let known = if self.progress == progress {
            self.deaths
        } else {
            0
        };
        let counts = !self.counted && (at_work || !self.stands);
        known.saturating_add(u32::from(counts))
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
        stands: false,
    };
    put(dirs, Some(mark))
}

/// Notes that the supervisor has lived on for a while since it came.
pub(super) fn stands(dirs: &RunDir) {
    let mark = read(dirs).map(|mark| Mark {
        stands: true,
        ..mark
    });
    // Where it can't be noted, its death counts, and a person is asked sooner.
    let _ = put(dirs, mark);
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
    let at_work = at_work(events());
    let deaths = mark.deaths_at(progress, at_work.is_some());
    if deaths >= MOST_DEATHS {
        let at = match (at_work, events().filter_map(begun).next_back()) {
            (Some(at), _) => format!("at {at}"),
            (None, Some(last)) => format!("after {last}, as soon as it had come"),
            (None, None) => "before its first attempt".to_owned(),
        };
        let why = format!(
            "it died {deaths} times {at} and nothing came of the run in between: it is not let go on by itself any more"
        );
        if GaveUp::read(&Disk, dirs).is_none_or(|left| left.why != why) {
            GaveUp::died(dirs, &why).ok()?;
            let left = Mark {
                progress,
                deaths,
                coming: None,
                counted: true,
                stands: mark.stands,
            };
            // Where it can't be kept, the next one is told with one death less.
            let _ = put(dirs, Some(left));
            return Some(Came::Left(why));
        }
        return None;
    }
    if let Err(untrusted) = Trust::of_order(&order, dirs).of_run(dirs) {
        return Some(Came::Left(untrusted.to_string()));
    }
    // Counted before it is started: one that dies before it can say anything has died, too.
    let started = Mark {
        progress,
        deaths,
        coming: Some(now),
        counted: false,
        stands: false,
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

/// The attempt of an agent's or a command's that was begun and came to no end.
fn at_work<'a>(events: impl Iterator<Item = &'a Event>) -> Option<&'a AttemptId> {
    let mut at_work = Vec::new();
    for event in events {
        match event {
            Event::Intent {
                attempt, by: None, ..
            } => at_work.push(attempt),
            Event::Finished(result) => at_work.retain(|a| **a != result.attempt),
            _ => {}
        }
    }
    at_work.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::inputs::Inputs;
    use crate::engine::testkit::{person, sid};
    use crate::terms::{Oid, PublicId};

    #[test]
    fn a_machine_that_is_switched_off_while_a_run_waits_is_no_death_that_counts() {
        let mark = |stands| Mark {
            progress: 3,
            deaths: 1,
            coming: None,
            counted: false,
            stands,
        };
        assert_eq!(mark(true).deaths_at(3, false), 1, "it waited, for long");
        assert_eq!(mark(true).deaths_at(3, true), 2, "something was at work");
        assert_eq!(mark(false).deaths_at(3, false), 2, "it had just come");
        assert_eq!(mark(true).deaths_at(4, false), 0, "something came of it");
        let counted = Mark {
            counted: true,
            ..mark(false)
        };
        assert_eq!(counted.deaths_at(3, true), 1);
    }

    #[test]
    fn at_work_is_what_was_begun_and_came_to_no_end() {
        let id = |n| AttemptId {
            stage: sid("build"),
            iteration: 1,
            attempt: n,
        };
        let begun = |n, by| Event::Intent {
            attempt: id(n),
            public: PublicId::new("RUN-2026-04-02-T014-BUILD-1").unwrap(),
            session: None,
            inputs: Inputs::default(),
            checkpoint: Oid::new(&"a".repeat(40)).unwrap(),
            seal: None,
            by,
        };
        let lost = serde_json::json!({
            "attempt": id(1), "outcome": Outcome::Interrupted, "reason": "gone", "took_ms": 0,
        });
        let lost = serde_json::from_value(lost).unwrap();
        let told = [
            begun(1, None),
            Event::Finished(lost),
            begun(2, None),
            begun(3, Some(person())),
        ];
        assert_eq!(at_work(told[..1].iter()), Some(&id(1)));
        assert_eq!(at_work(told[..2].iter()), None);
        assert_eq!(at_work(told.iter()), Some(&id(2)), "no person's own");
    }
}
