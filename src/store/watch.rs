//! Being woken when something changed in a folder.
//!
//! A wake-up is a hint and nothing more: who is woken looks for itself, and looks from time to time
//! without one. Folders are watched, never files (a file's watch dies when it is saved by rename),
//! and never what lies below them.

use super::fs::{Disk, Fs};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something changed in one of the folders, or may have.
    Changed,
    /// The time is up.
    TimedOut,
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
        let started = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let idle = event.as_ref().is_ok_and(|e| {
                let read = matches!(e.kind, EventKind::Access(_));
                let other = !e.paths.is_empty() && !e.paths.iter().any(|path| matters(path));
                (read || other) && !e.need_rescan()
            });
            if !idle {
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
            degraded,
        };
        watch.rearm();
        watch
    }

    /// Watches this folder too, or again when it was made anew.
    pub fn ensure(&mut self, dir: &Path) {
        self.dirs.entry(dir.to_owned()).or_insert(None);
        self.rearm();
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
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        let mut any = false;
        for (dir, watched) in &mut self.dirs {
            let now = match Disk.stat(dir) {
                Ok(Some(stat)) => Some(stat.fingerprint.ino),
                _ => None,
            };
            if now == *watched {
                continue;
            }
            if watched.take().is_some() {
                let _ = watcher.unwatch(dir);
                any = true;
            }
            if now.is_some() {
                match watcher.watch(dir, RecursiveMode::NonRecursive) {
                    Ok(()) => {
                        *watched = now;
                        any = true;
                    }
                    Err(error) => self.degraded = Some(error.to_string()),
                }
            }
        }
        any
    }
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
