//! A stage that a person took over: whether anybody is at it this moment.

use super::runs::RunView;
use crate::engine::record::AttemptRecord;
use crate::process;
use crate::stage::lent;
use crate::store::fs::Disk;
use crate::store::lock::{is_held, read_note};

impl RunView {
    /// Who works this moment on what somebody took over.
    pub fn attended(&self, attempt: &AttemptRecord) -> Option<String> {
        let path = self.attempt_dir(&attempt.id).hand();
        is_held(&path)
            .unwrap_or(false)
            .then(|| read_note(&path).trim().to_owned())
    }

    /// Whether a stage is taken over and not handed back, and nobody is at it. Looks at the files.
    pub(super) fn lies_in_hand(&self) -> bool {
        let Some(taken) = &self.run.taken else {
            return false;
        };
        let record = self.run.record(&taken.stage);
        let Some(attempt) = record.and_then(|r| r.in_hand()) else {
            return false;
        };
        let dir = self.attempt_dir(&attempt.id);
        if lent::lent(&Disk, &dir).is_none() || lent::back(&Disk, &dir).is_some() {
            return false;
        }
        // Whoever took it over comes to it in a moment, as long as they are there at all.
        let comes = !dir.hand().exists() && process::runs(taken.by.pid);
        // What can't be looked at is not said to be left.
        !comes && !is_held(&dir.hand()).unwrap_or(true)
    }
}
