//! What an agent said last in an attempt, as the attempt's record has it.

use super::runs::RunView;
use crate::stage::exit::ExitRecord;
use crate::store::fs::{Disk, Fs};
use crate::terms::AttemptId;

/// Largest record that is read.
const MAX_EXIT_BYTES: u64 = 32 * 1024 * 1024;

/// The last message of an attempt that has ended, as the agent wrote it and not made safe; `None`:
/// there is no record of it that can be read.
pub fn last_words(view: &RunView, attempt: &AttemptId) -> Option<String> {
    let path = view.attempt_dir(attempt).exit();
    let bytes = Disk.read(&path, MAX_EXIT_BYTES).ok()?;
    let record: ExitRecord = serde_json::from_slice(&bytes).ok()?;
    (record.attempt == *attempt).then_some(record.answer)
}
