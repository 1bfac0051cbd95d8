//! The file of an index that one call alone needs.

use std::path::{Path, PathBuf};

/// A place for a private index that only this value knows: several may be made at once, and what a
/// crash leaves is in nobody's way. It goes when the value is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// In the system's folder for temporary files.
    pub fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// In this folder.
    pub fn within(folder: &Path) -> Self {
        let id = uuid::Uuid::new_v4().simple();
        Self(folder.join(format!("harness-{id}.index")))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a scratch file that nobody looks for.
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_added_extension("lock"));
    }
}
