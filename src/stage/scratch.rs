//! Temporary folders of attempts and dialogues. Each is held by a lock for as long as its owner
//! lives: what an owner that was killed left is found by that, and removed.

use crate::git::worktree::discard;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What their names begin with, and how many digits follow.
const PREFIX: &str = "harness-";
const DIGITS: usize = 12;
/// How old one must be: between being made and being held is a moment, and those of an earlier version are
/// not held at all.
const OLD: Duration = Duration::from_hours(1);
/// How many are looked at in one go.
const MOST: usize = 10_000;

/// A temporary folder, for nobody else to read. It stays until it is [cleared](Self::clear).
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Held until this goes, or its process ends.
    _held: File,
}

impl Scratch {
    /// Makes one.
    pub fn make() -> io::Result<Self> {
        Self::make_in(&std::env::temp_dir())
    }

    fn make_in(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        // Its path is short on purpose: the paths of sockets below it are bounded.
        let id = uuid::Uuid::new_v4().simple().to_string();
        let path = folder.join(format!("{PREFIX}{}", &id[..DIGITS]));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let held = open(&path)?;
        held.lock()?;
        Ok(Self { path, _held: held })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it back with all that is in it.
    pub fn clear(&self) {
        // What stays is removed by whoever starts next.
        let _ = discard(&self.path);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// The temporary folders of this user whose owner is gone.
pub fn left_behind() -> Vec<PathBuf> {
    left_in(&std::env::temp_dir(), OLD)
}

fn left_in(folder: &Path, old: Duration) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| is_ours(&entry.file_name().to_string_lossy()))
        .take(MOST)
        .map(|entry| entry.path())
        .filter(|path| is_left(path, old).unwrap_or(false))
        .collect()
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|id| {
        id.len() == DIGITS
            && id
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

fn is_left(path: &Path, old: Duration) -> io::Result<bool> {
    let meta = path.symlink_metadata()?;
    let own = meta.uid() == rustix::process::geteuid().as_raw();
    // A clock that was set back says nothing.
    let age = meta.modified()?.elapsed().unwrap_or_default();
    if !meta.is_dir() || !own || age < old {
        return Ok(false);
    }
    let folder = open(path)?;
    Ok(folder.try_lock().is_ok())
}

/// Removes the temporary folders of this user whose owner is gone. Gives how many there were.
pub fn sweep() -> usize {
    let left = left_behind();
    left.iter().filter(|path| discard(path).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_its_owner_left_is_found_and_what_is_held_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let left = |old| left_in(dir.path(), old);
        let held = Scratch::make_in(dir.path()).unwrap();
        let gone = Scratch::make_in(dir.path()).unwrap();
        let path = gone.path().to_owned();
        drop(gone);
        std::fs::create_dir(dir.path().join("harness-else")).unwrap();
        std::os::unix::fs::symlink(&path, dir.path().join("harness-0123456789ab")).unwrap();
        assert_eq!(left(Duration::ZERO), [path]);
        assert!(left(OLD).is_empty(), "it may be held in a moment");
        held.clear();
        assert!(!held.path().exists());
    }
}
