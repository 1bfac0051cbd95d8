//! When this person looked at a project last: one small file a project, in their own state. It only
//! ever moves on, however many workbenches are open.

use super::UserDir;
use crate::store::error::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::lock::Lock;
use crate::store::write::replace;
use crate::terms::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The largest such file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// When this person looked at the project of an engine's folder last.
#[derive(Debug, Clone)]
pub struct Looked(Option<PathBuf>);

#[derive(Serialize, Deserialize)]
struct Mark {
    engine: PathBuf,
    at: Timestamp,
}

impl Looked {
    /// That of this user; without one nothing is kept.
    pub fn of(user: Option<UserDir>, engine: &Path) -> Self {
        let name = name_of(engine);
        Self(user.map(|u| u.state.join("looked").join(format!("{name}.json"))))
    }

    /// When it was; `None`: never, or it can't be read.
    pub fn read(&self) -> Option<Timestamp> {
        let bytes = Disk.read(self.0.as_ref()?, MAX_BYTES).ok()?;
        Some(serde_json::from_slice::<Mark>(&bytes).ok()?.at)
    }

    /// Writes that it was at this moment, unless a later one stands there.
    pub fn mark(&self, engine: &Path, at: Timestamp) -> Result<(), StoreError> {
        let Some(path) = &self.0 else { return Ok(()) };
        let folder = path.parent().unwrap_or(path);
        Disk.create_dir_all(folder, true)
            .map_err(StoreError::io("make", folder))?;
        // Somebody else who writes the same just now is waited for by that much, and no longer.
        let held = Lock::try_take(&path.with_extension("lock"))?;
        if self.read().is_some_and(|known| known >= at) {
            return Ok(());
        }
        let engine = engine.to_owned();
        let text = serde_json::to_vec(&Mark { engine, at }).map_err(|e| StoreError::Encode {
            path: path.clone(),
            why: e.to_string(),
        })?;
        replace(&Disk, path, &text)?;
        drop(held);
        Ok(())
    }
}

/// A file's name for a folder.
pub(super) fn name_of(folder: &Path) -> String {
    let name = Digest::of(folder.as_os_str().as_encoded_bytes()).to_string();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_on_and_never_back_and_each_project_has_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let user = || Some(UserDir::at(dir.path()));
        let (one, other) = (
            Path::new("/one/.git/harness"),
            Path::new("/other/.git/harness"),
        );
        let looked = Looked::of(user(), one);
        assert_eq!(looked.read(), None);
        let at = |s| Timestamp::from_second(s).unwrap();
        looked.mark(one, at(20)).unwrap();
        looked.mark(one, at(10)).unwrap();
        assert_eq!(Looked::of(user(), one).read(), Some(at(20)));
        assert_eq!(Looked::of(user(), other).read(), None);
        assert_eq!(Looked::of(None, one).read(), None);
        Looked::of(None, one).mark(one, at(30)).unwrap();
    }
}
