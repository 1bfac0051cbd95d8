//! When this person looked at a project last: one small file a project, in their own state. It only
//! ever moves on, however many workbenches are open; and it is that of a repository, so that another
//! one which comes to lie at its place has none.

use super::UserDir;
use crate::store::error::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::lock::Lock;
use crate::store::write::replace;
use crate::terms::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The largest such file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// When this person looked at the project of an engine's folder last.
#[derive(Debug, Clone)]
pub struct Looked {
    /// Where that is kept.
    file: Option<PathBuf>,
    /// What lies at the place now.
    of: Option<Identity>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    engine: PathBuf,
    /// What lay at the place then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Identity>,
    at: Timestamp,
}

/// What tells a folder from another one that came to lie at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    inode: u64,
    /// Where the file system tells when it was made: an inode is given again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<Timestamp>,
}

impl Identity {
    /// That of the folder which holds an engine's: git's own, where there is git.
    fn of(engine: &Path) -> Option<Self> {
        let meta = std::fs::metadata(engine.parent()?).ok()?;
        let born = meta.created().ok();
        Some(Self {
            inode: meta.ino(),
            born: born.and_then(|at| Timestamp::try_from(at).ok()),
        })
    }

    /// Whether it may be the same folder.
    fn may_be(self, other: Self) -> bool {
        let differ = matches!((self.born, other.born), (Some(a), Some(b)) if a != b);
        self.inode == other.inode && !differ
    }
}

impl Looked {
    /// That of this user; without one nothing is kept.
    pub fn of(user: Option<UserDir>, engine: &Path) -> Self {
        let name = name_of(engine);
        Self {
            file: user.map(|u| u.state.join("looked").join(format!("{name}.json"))),
            of: Identity::of(engine),
        }
    }

    /// When it was; `None`: never, or it can't be read, or it was another repository.
    pub fn read(&self) -> Option<Timestamp> {
        let bytes = Disk.read(self.file.as_ref()?, MAX_BYTES).ok()?;
        let mark = serde_json::from_slice::<Mark>(&bytes).ok()?;
        let other = matches!((mark.of, self.of), (Some(was), Some(is)) if !was.may_be(is));
        (!other).then_some(mark.at)
    }

    /// Writes that it was at this moment, unless a later one stands there.
    pub fn mark(&self, engine: &Path, at: Timestamp) -> Result<(), StoreError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let folder = path.parent().unwrap_or(path);
        Disk.create_dir_all(folder, true)
            .map_err(StoreError::io("make", folder))?;
        // Somebody else who writes the same just now is waited for by that much, and no longer.
        let held = Lock::try_take(&path.with_extension("lock"))?;
        if self.read().is_some_and(|known| known >= at) {
            return Ok(());
        }
        let mark = Mark {
            engine: engine.to_owned(),
            of: self.of,
            at,
        };
        let text = serde_json::to_vec(&mark).map_err(|e| StoreError::Encode {
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

    #[test]
    fn another_repository_at_the_same_place_was_never_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let user = || Some(UserDir::at(dir.path()));
        let git = dir.path().join("site/.git");
        let engine = git.join("harness");
        std::fs::create_dir_all(&git).unwrap();
        let at = Timestamp::from_second(20).unwrap();
        Looked::of(user(), &engine).mark(&engine, at).unwrap();
        assert_eq!(Looked::of(user(), &engine).read(), Some(at));
        // The one that was there is kept, so that its inode is not given again.
        std::fs::rename(&git, dir.path().join("before")).unwrap();
        std::fs::create_dir_all(&git).unwrap();
        let other = Looked::of(user(), &engine);
        assert_eq!(other.read(), None);
        // An older moment counts there, for it is the first.
        let earlier = Timestamp::from_second(10).unwrap();
        other.mark(&engine, earlier).unwrap();
        assert_eq!(Looked::of(user(), &engine).read(), Some(earlier));
        let one = Identity {
            inode: 7,
            born: Some(at),
        };
        let again = Identity {
            born: Some(earlier),
            ..one
        };
        assert!(!one.may_be(again) && one.may_be(Identity { born: None, ..one }));
    }
}
