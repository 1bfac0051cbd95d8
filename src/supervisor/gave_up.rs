//! Why a supervisor ended though its run should go on: its last words, for whoever finds the run
//! without one. The next supervisor takes them away.

use super::SupervisorError;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::RunDir;
use crate::store::write::replace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Largest record that is read.
const MAX_BYTES: u64 = 256 * 1024;
/// How much of a reason is kept, in characters.
const LONGEST: usize = 4000;

/// `gave-up.json`: when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GaveUp {
    /// When it ended.
    pub at: Timestamp,
    /// Why, in one line or a few.
    pub why: String,
    /// It said nothing itself: it died too often, and this is what was found of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub died: bool,
}

impl GaveUp {
    /// What the last supervisor left; `None`: it left nothing that can be read, as one that was
    /// killed.
    pub fn read(fs: &dyn Fs, dirs: &RunDir) -> Option<Self> {
        let bytes = fs.read(&dirs.gave_up(), MAX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Leaves the words of this error.
    pub(super) fn leave(dirs: &RunDir, error: &SupervisorError) -> Result<(), StoreError> {
        Self::say(dirs, &error.to_string(), false)
    }

    /// Leaves what was found of one that died.
    pub(super) fn died(dirs: &RunDir, why: &str) -> Result<(), StoreError> {
        Self::say(dirs, why, true)
    }

    /// It for people.
    pub fn told(&self) -> String {
        let how = if self.died { "is gone" } else { "gave up" };
        format!("its supervisor {how}: {}", self.why.trim())
    }

    fn say(dirs: &RunDir, why: &str, died: bool) -> Result<(), StoreError> {
        let path = dirs.gave_up();
        let left = Self {
            at: Timestamp::now(),
            why: why.chars().take(LONGEST).collect(),
            died,
        };
        let bytes = serde_json::to_vec(&left).map_err(|e| StoreError::Encode {
            path: path.clone(),
            why: e.to_string(),
        })?;
        replace(&Disk, &path, &bytes)
    }

    /// Takes away what an earlier one left.
    pub(super) fn clear(fs: &dyn Fs, dirs: &RunDir) {
        // Where it stays, it is shown only if this supervisor is found gone, too.
        let _ = fs.remove(&dirs.gave_up());
    }
}
