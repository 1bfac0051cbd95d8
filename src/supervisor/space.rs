//! Room on the disk: looked at before anything is started, and what is done when it has run out.
//!
//! A run that can't write must not go on as if it had: it stops with its reason, which the ballast
//! of the engine's folder makes room for, and goes on by a person's word.

use super::attempts::last_sign;
use super::live::{Supervisor, SupervisorError, engine_person};
use crate::engine::Event;
use crate::store::layout::EngineDir;
use crate::store::usage::room;

/// What an attempt needs at the least for its records and its hand-off.
const NEEDED: u64 = 4 * 1024 * 1024;
/// With less than this a disk counts as full.
const FULL: u64 = 256 * 1024;

impl Supervisor {
    fn least_room(&self) -> Option<u64> {
        let places = [self.dirs.path(), self.order.tree.as_path()];
        places.into_iter().filter_map(room).min()
    }

    /// The engine's folder, which the run's own lies in.
    fn engine_dir(&self) -> Option<EngineDir> {
        let folder = self.dirs.path().parent()?.parent()?;
        Some(EngineDir::at(folder))
    }

    /// Sets the ballast aside again that an earlier need has used up.
    pub(super) fn restore_ballast(&self) {
        if self.least_room().is_some_and(|room| room > NEEDED)
            && let Some(engine) = self.engine_dir()
        {
            // Without it the run is as good; only its reason to stop may be told worse.
            let _ = engine.set_ballast(&self.fs);
        }
    }

    /// Whether there is room for another attempt. Where there is none the run is paused.
    pub(super) fn has_room(&mut self) -> Result<bool, SupervisorError> {
        match self.least_room() {
            Some(room) if room < NEEDED => {
                self.pause_for_room()?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// After a turn that failed: where the disk is full, the run is stopped with that as its
    /// reason. False: that was not it, or not even this can be written.
    pub(super) fn stopped_for_room(&mut self) -> bool {
        if self.least_room().is_none_or(|room| room >= FULL) {
            return false;
        }
        let freed = self
            .engine_dir()
            .is_some_and(|engine| engine.free_ballast(&self.fs).unwrap_or(false));
        freed && self.stop_for_room().is_ok()
    }

    fn stop_for_room(&mut self) -> Result<(), SupervisorError> {
        self.pause_for_room()?;
        // An attempt that could not even leave its record is lost; one that lives is found again.
        let lost: Vec<_> = self
            .run
            .stages
            .iter()
            .filter(|s| s.state == crate::terms::StageState::Running)
            .filter_map(|s| Some(s.current_attempt()?.id.clone()))
            .filter(|attempt| self.left_no_record(attempt))
            .collect();
        for attempt in lost {
            self.sweep(&attempt)?;
            let last = last_sign(&self.fs, &self.attempt_dir(&attempt));
            self.record(Event::Interrupted {
                attempt,
                reason: "the disk was full, so that it could leave no record".to_owned(),
                again: true,
                last,
            })?;
        }
        self.publish()
    }

    fn pause_for_room(&mut self) -> Result<(), SupervisorError> {
        let run = self.order.run.clone();
        self.note(format!(
            "the disk is full; make room for at least {} MiB, then `harness-tui resume {run}`",
            NEEDED / 1024 / 1024
        ))?;
        let by = engine_person();
        let pause = Event::Paused { now: false, by };
        match self.run.may(&pause) {
            Ok(()) => self.record(pause),
            Err(_) => Ok(()),
        }
    }
}
