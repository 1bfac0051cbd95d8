//! Locks between processes, held by the kernel for as long as their holder lives.
//!
//! A lock file is never removed: two processes could otherwise each hold a lock of the same name.
//! The file is closed on exec, so a child does not keep its parent's lock: a child that must hold
//! one takes it itself.

use super::error::StoreError;
use super::fs::{Disk, Fs};
use rustix::fs::{Mode, OFlags};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Somebody who looks whether a lock is held shares it for a moment; that moment is waited out. On
/// a busy machine it may last: whoever looks can be kept from the processor meanwhile.
const TRIES: u32 = 2000;
const MOMENT: Duration = Duration::from_millis(2);
const MAX_NOTE: usize = 4096;

/// A held lock; dropping it, or dying, lets it go.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes a lock if nobody holds it; `None`: somebody does.
    pub fn try_take(path: &Path) -> Result<Option<Self>, StoreError> {
        let fault = StoreError::io("lock", path);
        let flags = OFlags::RDWR | OFlags::CREATE;
        let file = match open(path, flags) {
            Ok(file) => file,
            Err(error) => return Err(fault(error)),
        };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => {
                    let path = path.to_owned();
                    return Ok(Some(Self { file, path }));
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
            // Who holds it keeps others from sharing it; who only looks does not.
            match file.try_lock_shared() {
                Ok(()) => {
                    if let Err(error) = file.unlock() {
                        return Err(fault(error));
                    }
                }
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
            Disk.settle(MOMENT);
        }
        Ok(None)
    }

    /// Leaves a note in the lock file for those who find it held: at most 4 KiB. It is for people;
    /// whether the lock is held is never decided by it.
    pub fn note(&mut self, text: &str) -> Result<(), StoreError> {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..MAX_NOTE).unwrap_or(bytes);
        self.file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(bytes))
            .map_err(StoreError::io("write a note to", &self.path))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that another thread starts right now has a copy of the
        // file until it executes its program, and would hold the lock for that long.
        let _ = self.file.unlock();
    }
}

/// The note in a lock file; empty where there is none.
pub fn read_note(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = open(path, OFlags::RDONLY) {
        // A note that can't be read is no note: it only serves a message.
        let _ = file.take(MAX_NOTE as u64).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether somebody holds the lock, this process included. A lock file that is not there is not held.
pub fn is_held(path: &Path) -> Result<bool, StoreError> {
    let fault = StoreError::io("look at the lock", path);
    match open(path, OFlags::RDONLY) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(fault(error)),
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => file.unlock().map(|()| false).map_err(fault),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        },
    }
}

fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, Mode::from_raw_mode(0o600))?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn one_holder_and_looking_does_not_take() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!is_held(&path).unwrap());
        let mut lock = Lock::try_take(&path).unwrap().unwrap();
        lock.note("RUN-1").unwrap();
        assert!(is_held(&path).unwrap());
        assert_eq!(read_note(&path), "RUN-1");
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(lock);
        assert!(!is_held(&path).unwrap());
        assert!(Lock::try_take(&path).unwrap().is_some());
        assert!(path.exists());
    }

    #[test]
    fn a_child_does_not_keep_its_parents_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = Lock::try_take(&path).unwrap().unwrap();
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        drop(lock);
        assert!(Lock::try_take(&path).unwrap().is_some());
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[test]
    fn a_lock_of_the_dead_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let script = "exec 9>\"$0\"; flock 9; echo held; exec cat";
        let mut holder = Command::new("sh")
            .args(["-c", script])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 5];
        holder
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut said)
            .unwrap();
        assert!(is_held(&path).unwrap());
        assert!(Lock::try_take(&path).unwrap().is_none());
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert!(Lock::try_take(&path).unwrap().is_some());
    }

    #[test]
    fn who_looks_for_long_keeps_nobody_from_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let script = "exec 9>\"$0\"; flock -s 9; echo shared; sleep 0.2";
        let mut looker = Command::new("sh")
            .args(["-c", script])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 7];
        let out = looker.stdout.as_mut().unwrap();
        out.read_exact(&mut said).unwrap();
        assert!(Lock::try_take(&path).unwrap().is_some());
        looker.wait().unwrap();
    }

    #[test]
    fn of_many_at_once_one_gets_it_while_others_look() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        drop(Lock::try_take(&path).unwrap());
        for _ in 0..10 {
            let locks: Vec<_> = std::thread::scope(|scope| {
                scope.spawn(|| (0..50).for_each(|_| drop(is_held(&path))));
                let tries: Vec<_> = (0..8)
                    .map(|_| scope.spawn(|| Lock::try_take(&path).unwrap()))
                    .collect();
                tries
                    .into_iter()
                    .filter_map(|t| t.join().unwrap())
                    .collect()
            });
            assert!(locks.len() <= 1);
        }
    }
}
