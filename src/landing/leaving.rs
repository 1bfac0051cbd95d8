//! A run that is over may still be held for a moment, by a supervisor that only has to leave. Who
//! was just told that it is over is not told that it is live: that moment is waited out.

use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::lock::{Lock, is_held};
use std::time::Duration;

/// How often it is looked whether a supervisor has left, and how long between two looks.
const LOOKS: u32 = 100;
const MOMENT: Duration = Duration::from_millis(50);

/// The run's lock; `None`: somebody holds it, and does not only leave.
pub fn lock(view: &RunView) -> Result<Option<Lock>, StoreError> {
    is_live(view)?;
    Lock::try_take(&view.dirs.lock())
}

/// Whether somebody holds the run, and does not only leave.
pub fn is_live(view: &RunView) -> Result<bool, StoreError> {
    let lock = view.dirs.lock();
    let over = view.run.state().is_terminal();
    for _ in 0..if over { LOOKS } else { 0 } {
        if !is_held(&lock)? {
            return Ok(false);
        }
        Disk.settle(MOMENT);
    }
    is_held(&lock)
}
