//! Being woken when something changed in a folder.
//!
//! A wake-up is a hint and nothing more: who is woken looks for itself. Folders are watched, never
//! files (a file's watch dies when it is saved by rename), and never what lies below them. That a
//! lock's holder died is such a change too: the system closes the lock file then.

use super::fs::{Disk, Fs};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The name of lock files: see [`super::layout::RunDir::lock`].
const LOCK: &str = "lock";
/// More changes than these at once are not told apart.
const MOST_CHANGES: usize = 1024;

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something changed in one of the folders, or may have.
    Changed,
    /// The time is up.
    TimedOut,
}

/// What changed, or may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// It can't be told what.
    everything: bool,
    paths: BTreeSet<PathBuf>,
}

impl Changes {
    /// Everything may have changed.
    pub fn everything() -> Self {
        Self {
            everything: true,
            paths: BTreeSet::new(),
        }
    }

    /// Whether it can't be told what changed.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// Whether nothing did.
    pub fn is_empty(&self) -> bool {
        !self.everything && self.paths.is_empty()
    }

    /// Whether this path changed, or something below it.
    pub fn touch(&self, path: &Path) -> bool {
        let from = (Bound::Included(path), Bound::Unbounded);
        let next = self.paths.range::<Path, _>(from).next();
        self.everything || next.is_some_and(|p| p.starts_with(path))
    }

    /// Whether this very path changed.
    pub fn are_of(&self, path: &Path) -> bool {
        self.everything || self.paths.contains(path)
    }

    /// The paths that changed and are known; in order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }

    /// Takes further changes in.
    pub fn and(&mut self, more: Self) {
        if more.everything {
            *self = more;
        } else {
            more.paths.into_iter().for_each(|path| self.add(path));
        }
    }

    /// Notes a change.
    fn add(&mut self, path: PathBuf) {
        if self.everything {
            return;
        }
        self.paths.insert(path);
        if self.paths.len() > MOST_CHANGES {
            *self = Self::everything();
        }
    }
}

/// Ends another thread's wait.
#[derive(Debug, Clone)]
pub struct Waker(SyncSender<()>);

impl Waker {
    /// The wait that goes on, or the next one, ends now.
    pub fn wake(&self) {
        // Full means that a wake-up is already due.
        let _ = self.0.try_send(());
    }
}

/// Watches a set of folders.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    woken: Receiver<()>,
    /// Kept so that a wait is one of time where no watcher could be had.
    wake: SyncSender<()>,
    /// The inode that each folder was watched as; `None`: it is not watched now.
    dirs: BTreeMap<PathBuf, Option<u64>>,
    changes: Arc<Mutex<Changes>>,
    degraded: Option<String>,
}

impl Watch {
    /// Watches these folders; one that is not there yet is watched from when it is. Where the
    /// system can't watch, waits are waits of time: see [`Watch::degraded`].
    pub fn new(dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        Self::only(dirs, |_| true)
    }

    /// Watches these folders, and is woken only by changes of files that matter. A change of which
    /// it can't be told what it is of wakes, too.
    pub fn only(
        dirs: impl IntoIterator<Item = PathBuf>,
        matters: impl Fn(&Path) -> bool + Send + 'static,
    ) -> Self {
        let (wake, woken) = sync_channel(1);
        let signal = wake.clone();
        let changes = Arc::new(Mutex::new(Changes::default()));
        let noted = changes.clone();
        let started = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if note(event, &matters, &noted) {
                // Full means that a wake-up is already due.
                let _ = signal.try_send(());
            }
        });
        let (watcher, degraded) = match started {
            Ok(watcher) => (Some(watcher), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let mut watch = Self {
            watcher,
            woken,
            wake,
            dirs: dirs.into_iter().map(|dir| (dir, None)).collect(),
            changes,
            degraded,
        };
        watch.rearm();
        watch
    }

    /// Watches this folder too, or again when it was made anew.
    pub fn ensure(&mut self, dir: &Path) {
        let watched = self.dirs.get(dir).copied().flatten();
        let now = self.arm(dir, watched);
        self.dirs.insert(dir.to_owned(), now);
    }

    /// Whether this folder is watched now.
    pub fn watches(&self, dir: &Path) -> bool {
        self.dirs.get(dir).is_some_and(Option::is_some)
    }

    /// Watches this folder no longer.
    pub fn forget(&mut self, dir: &Path) {
        if let (Some(Some(_)), Some(watcher)) = (self.dirs.remove(dir), &mut self.watcher) {
            // A folder that is gone took its watch with it.
            let _ = watcher.unwatch(dir);
        }
    }

    /// Waits for a change, at most this long. Changes since the last wait count; many are one.
    pub fn wait(&mut self, timeout: Duration) -> Woken {
        let woken = match self.woken.recv_timeout(timeout) {
            Ok(()) => Woken::Changed,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Woken::TimedOut,
        };
        // A folder that came back was perhaps already written to.
        if self.rearm() { Woken::Changed } else { woken }
    }

    /// What changed since this was asked last.
    pub fn changes(&mut self) -> Changes {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What ends a wait from another thread.
    pub fn waker(&self) -> Waker {
        Waker(self.wake.clone())
    }

    /// Why changes are not noticed at once; `None`: they are.
    pub fn degraded(&self) -> Option<&str> {
        self.degraded.as_deref()
    }

    /// Watches anew what is not watched as what it now is; whether there was such a folder.
    fn rearm(&mut self) -> bool {
        let mut any = false;
        let dirs: Vec<(PathBuf, Option<u64>)> =
            self.dirs.iter().map(|(d, w)| (d.clone(), *w)).collect();
        for (dir, watched) in dirs {
            let now = self.arm(&dir, watched);
            if now != watched {
                any = true;
                self.dirs.insert(dir, now);
            }
        }
        any
    }

    /// Watches a folder as what it now is; the inode it is watched as.
    fn arm(&mut self, dir: &Path, watched: Option<u64>) -> Option<u64> {
        let watcher = self.watcher.as_mut()?;
        let now = match Disk.stat(dir) {
            Ok(Some(stat)) => Some(stat.fingerprint.ino),
            _ => None,
        };
        if now == watched {
            return now;
        }
        // What happened in it while it was not watched is not known.
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.add(dir.to_owned());
        drop(changes);
        if watched.is_some() {
            let _ = watcher.unwatch(dir);
        }
        now?;
        match watcher.watch(dir, RecursiveMode::NonRecursive) {
            Ok(()) => now,
            Err(error) => {
                self.degraded = Some(error.to_string());
                None
            }
        }
    }
}

/// Whether a file is on its way to another name, as ours and those of editors are: it is told when
/// it has arrived.
fn passes(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::as_encoded_bytes);
    let name = name.unwrap_or_default();
    let ends = |end: &str| name.ends_with(end.as_bytes());
    ends("~") || (name.starts_with(b".") && (ends(".tmp") || ends(".swp") || ends(".swx")))
}

/// Notes what the system told; whether it is anything to wake for.
fn note(
    event: notify::Result<notify::Event>,
    matters: &dyn Fn(&Path) -> bool,
    changes: &Mutex<Changes>,
) -> bool {
    let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
    let event = match event {
        Ok(event) if !event.need_rescan() && !event.paths.is_empty() => event,
        Ok(event) if !event.need_rescan() && matches!(event.kind, EventKind::Access(_)) => {
            return false;
        }
        _ => {
            *changes = Changes::everything();
            return true;
        }
    };
    let closed = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => return false,
        _ => false,
    };
    let mut any = false;
    for path in event.paths.into_iter().filter(|path| !passes(path)) {
        let of_lock = || path.file_name().is_some_and(|n| n == LOCK);
        if (!closed || of_lock()) && matters(&path) {
            changes.add(path);
            any = true;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::super::write::replace;
    use super::*;

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(60);

    fn drain(watch: &mut Watch) {
        while watch.wait(SHORT) == Woken::Changed {}
    }

    #[test]
    fn a_save_by_rename_wakes_each_time_and_reading_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("f");
        let mut watch = Watch::new([dir.path().to_owned()]);
        assert_eq!(watch.degraded(), None);
        for _ in 0..3 {
            drain(&mut watch);
            replace(&Disk, &file, b"x").unwrap();
            assert_eq!(watch.wait(LONG), Woken::Changed);
        }
        drain(&mut watch);
        Disk.read(&file, 9).unwrap();
        assert_eq!(watch.wait(SHORT), Woken::TimedOut);
    }

    #[test]
    fn a_folder_that_is_made_anew_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        let mut watch = Watch::new([inner.clone()]);
        assert_eq!(watch.wait(SHORT), Woken::TimedOut);
        for _ in 0..2 {
            std::fs::create_dir(&inner).unwrap();
            watch.ensure(&inner);
            drain(&mut watch);
            replace(&Disk, &inner.join("f"), b"x").unwrap();
            assert_eq!(watch.wait(LONG), Woken::Changed);
            std::fs::remove_dir_all(&inner).unwrap();
            drain(&mut watch);
        }
    }

    #[test]
    fn it_is_told_what_changed() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let mut watch = Watch::new([dir.path().to_owned(), inner.clone()]);
        drain(&mut watch);
        assert!(watch.changes().touch(&inner));
        assert!(watch.changes().is_empty());
        replace(&Disk, &inner.join("f"), b"x").unwrap();
        while !watch.changes().are_of(&inner.join("f")) {
            assert_eq!(watch.wait(LONG), Woken::Changed);
        }
        drain(&mut watch);
        watch.changes();
        replace(&Disk, &dir.path().join("innermost"), b"x").unwrap();
        assert_eq!(watch.wait(LONG), Woken::Changed);
        drain(&mut watch);
        let changes = watch.changes();
        assert!(changes.touch(dir.path()) && !changes.touch(&inner) && !changes.is_everything());
    }

    #[test]
    fn the_death_of_a_locks_holder_wakes_and_looking_at_it_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LOCK);
        let lock = super::super::lock::Lock::try_take(&path).unwrap().unwrap();
        let mut watch = Watch::new([dir.path().to_owned()]);
        drain(&mut watch);
        assert!(super::super::lock::is_held(&path).unwrap());
        assert_eq!(watch.wait(SHORT), Woken::TimedOut);
        watch.changes();
        // As the system does it for a process that ends.
        drop(lock);
        assert_eq!(watch.wait(LONG), Woken::Changed);
        assert!(watch.changes().are_of(&path));
    }

    #[test]
    fn too_many_changes_are_everything() {
        let mut changes = Changes::default();
        for n in 0..=MOST_CHANGES {
            assert!(!changes.is_everything());
            changes.add(PathBuf::from(n.to_string()));
        }
        assert!(changes.is_everything() && changes.touch(Path::new("/other")));
    }

    #[test]
    fn another_thread_ends_a_wait() {
        let mut watch = Watch::new([]);
        let waker = watch.waker();
        std::thread::spawn(move || waker.wake());
        assert_eq!(watch.wait(LONG), Woken::Changed);
    }

    #[test]
    fn many_changes_are_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut watch = Watch::new([dir.path().to_owned()]);
        for n in 0..50 {
            replace(&Disk, &dir.path().join(n.to_string()), b"x").unwrap();
        }
        assert_eq!(watch.wait(LONG), Woken::Changed);
        drain(&mut watch);
        watch.forget(dir.path());
        replace(&Disk, &dir.path().join("f"), b"x").unwrap();
        assert_eq!(watch.wait(SHORT), Woken::TimedOut);
    }
}
