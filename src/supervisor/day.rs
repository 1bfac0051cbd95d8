//! The budget of a day: asked before an attempt starts, and looked at when one has ended.
//!
//! What all runs used is read from their journals each time, so nothing has to be kept in step. Between
//! the look and the fact that an attempt is about to start a lock is held, and what runs is set aside for:
//! so two supervisors do not start on the same last dollar. What an attempt uses is known when it has ended;
//! by that much a day can be more than its budget.

use super::live::{Supervisor, SupervisorError};
use super::start;
use crate::documents::clock::end_of_day;
use crate::engine::Event;
use crate::engine::budget::WARN_PERCENT;
use crate::engine::day::{DayHold, DayUsed};
use crate::process::pause;
use crate::store::StoreError;
use crate::store::fs::{Fingerprint, Fs};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::lock::Lock;
use crate::store::write::replace;
use crate::terms::StageId;
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use std::path::PathBuf;
use std::time::Duration;

/// How often it is looked whether another supervisor is done with its look, and how often at most: one
/// that was stopped in the middle of it keeps nobody for ever.
const LOOK: Duration = Duration::from_millis(10);
const MOST_LOOKS: u32 = 1_000;

/// What is asked of a day.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The engine's folder of the project.
    pub engine: &'a EngineDir,
    /// Now, by the clock of this machine.
    pub now: &'a Zoned,
    /// The day.
    pub day: Date,
}

/// What is so on a day.
#[derive(Debug, Default)]
pub struct Seen {
    /// What all runs used of it.
    pub used: DayUsed,
    /// The runs that its budget keeps, and where each was started from.
    pub held: Vec<(RunDir, PathBuf)>,
}

/// Who looks at all runs of a project: the read model of all screens, which comes after this room.
pub type LookAtDay = fn(Asked<'_>) -> Seen;

impl Supervisor {
    /// Keeps others from starting anything on the day's budget, until it is dropped.
    pub(super) fn hold_day(&self) -> Result<Option<Lock>, SupervisorError> {
        if self.run.plan.day.is_none() {
            return Ok(None);
        }
        let folder = self.dirs.engine().day();
        self.fs
            .create_dir_all(&folder, true)
            .map_err(StoreError::io("make", &folder))?;
        let path = folder.join("look");
        for _ in 0..MOST_LOOKS {
            if let Some(lock) = Lock::try_take(&path)? {
                return Ok(Some(lock));
            }
            pause(LOOK);
        }
        Ok(None)
    }

    /// Whether the day's budget keeps this stage from starting now; that it does is recorded.
    pub(super) fn day_keeps(&mut self, stage: &StageId) -> Result<bool, SupervisorError> {
        // Before the look: what changes during it is looked at once more.
        let changed = self.day_changed();
        let Some((today, end, seen)) = self.look_at_day() else {
            return Ok(false);
        };
        let Some(hold) = self.run.day_keeps(stage, &seen.used, (today, end)) else {
            return Ok(false);
        };
        self.day_seen = changed;
        self.hold_by_day(stage, hold)?;
        Ok(true)
    }

    /// An attempt has ended: people are told once a day when most is used, and those who wait look again.
    pub(super) fn tell_of_day(&mut self) -> Result<(), SupervisorError> {
        let Some(budget) = self.run.plan.day else {
            return Ok(());
        };
        let one = self.hold_day()?;
        if let Some((today, _, seen)) = self.look_at_day()
            && let Some(share) = seen.used.share(&budget, today)
            && share.percent >= WARN_PERCENT
            && !seen.used.warned
        {
            self.record(Event::DayWarned(share))?;
        }
        drop(one);
        self.change_day()
    }

    /// A person added to a day's budget: who waits looks again, and who rests is woken.
    pub(super) fn day_was_raised(&mut self) -> Result<(), SupervisorError> {
        self.change_day()?;
        let Some((_, _, seen)) = self.look_at_day() else {
            return Ok(());
        };
        for (dirs, home) in seen.held {
            if dirs.path() == self.dirs.path() {
                continue;
            }
            // Where it can't be woken it is found as it is, with the command that lets it go on.
            if let Err(error) = start::wake(dirs.path(), &home) {
                super::log_line(&format!("{}: {error}", dirs.path().display()));
            }
        }
        Ok(())
    }

    /// Looks again at what a day's budget keeps, where something was added to it or an attempt has ended.
    pub(super) fn look_at_day_again(&mut self) -> Result<(), SupervisorError> {
        let held = self.run.stages.iter();
        let held: Vec<(StageId, DayHold)> = held
            .filter_map(|s| Some((s.id.clone(), s.day.clone()?)))
            .collect();
        let changed = self.day_changed();
        if held.is_empty() || changed == self.day_seen {
            return Ok(());
        }
        self.day_seen = changed;
        let Some((today, end, seen)) = self.look_at_day() else {
            return Ok(());
        };
        // One of another day that pauses is a person's to let go on.
        let of_today = |hold: &DayHold| hold.day == today || !hold.pauses;
        let keeps = |id: &StageId| self.run.day_keeps(id, &seen.used, (today, end));
        let now: Vec<(StageId, DayHold, Option<DayHold>)> = held
            .into_iter()
            .filter(|(_, hold)| of_today(hold))
            .map(|(id, hold)| (id.clone(), hold, keeps(&id)))
            .collect();
        if now.iter().any(|(_, _, keeps)| keeps.is_none()) {
            return self.record(Event::DayFreed);
        }
        for (stage, was, is) in now {
            if let Some(is) = is.filter(|is| *is != was) {
                self.hold_by_day(&stage, is)?;
            }
        }
        Ok(())
    }

    fn hold_by_day(&mut self, stage: &StageId, hold: DayHold) -> Result<(), SupervisorError> {
        self.record(Event::DayHeld {
            stage: stage.clone(),
            hold: Box::new(hold),
        })
    }

    /// Today, its end, and what all runs used of it; `None`: it has no budget.
    fn look_at_day(&self) -> Option<(Date, Timestamp, Seen)> {
        self.run.plan.day?;
        let now = Zoned::now();
        let seen = (self.above.day)(Asked {
            engine: &self.dirs.engine(),
            now: &now,
            day: now.date(),
        });
        Some((now.date(), end_of_day(&now)?, seen))
    }

    /// Tells everybody who waits for a day's budget that there may be some.
    fn change_day(&mut self) -> Result<(), SupervisorError> {
        let path = self.dirs.engine().day().join(CHANGED);
        replace(&self.fs, &path, Timestamp::now().to_string().as_bytes())?;
        Ok(())
    }

    fn day_changed(&self) -> Option<Fingerprint> {
        let path = self.dirs.engine().day().join(CHANGED);
        Some(self.fs.stat(&path).ok()??.fingerprint)
    }
}

/// The file that is written when there may be something left of a day's budget.
pub(super) const CHANGED: &str = "changed";
