//! Putting a whole file in its place: `replace` and `create_once`.
//!
//! Both write a temporary file beside the target, flush it, give it the target's name in one step,
//! and flush the folder. A flush that failed is never repeated on the same file: the content is
//! written anew, once, and then it is an error.

use super::error::StoreError;
use super::fs::{Fs, Kind, Mode};
use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The most that this room reads of one file.
pub const MAX_FILE: u64 = 64 << 20;

/// What came of making a file that is made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// It was made now, with the given content.
    Created,
    /// It was there already; its content.
    Existed(Vec<u8>),
}

/// Puts `bytes` in the place of the file, or makes it (for this user alone). Permissions of a file
/// that is there are kept. Whatever happens, the file holds the old content or the new.
pub fn replace(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace_as(fs, path, bytes, Mode::Private)
}

/// Like [`replace`], for files that people share: a new one is as readable as their umask says.
pub fn replace_shared(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace_as(fs, path, bytes, Mode::Shared)
}

fn replace_as(fs: &dyn Fs, path: &Path, bytes: &[u8], fresh: Mode) -> Result<(), StoreError> {
    put_in_place(fs, path, bytes, fresh)?;
    sync_parent(fs, path)
}

/// Puts the flushed content under its name; that name is durable when the folder is flushed.
fn put_in_place(fs: &dyn Fs, path: &Path, bytes: &[u8], fresh: Mode) -> Result<(), StoreError> {
    let mode = mode_for(fs, path, fresh)?;
    let temp = stage(fs, path, bytes, mode)?;
    if let Err(error) = fs.rename(&temp, path) {
        let _ = fs.remove(&temp);
        return Err(StoreError::io("replace", path)(error));
    }
    Ok(())
}

/// Like [`replace`] for several files of one folder, whose names are flushed together: after a crash
/// any of them may still be the old one.
pub fn replace_together(fs: &dyn Fs, files: &[(PathBuf, Vec<u8>)]) -> Result<(), StoreError> {
    for (path, bytes) in files {
        put_in_place(fs, path, bytes, Mode::Private)?;
    }
    let Some((first, _)) = files.first() else {
        return Ok(());
    };
    debug_assert!(files.iter().all(|(path, _)| parent(path) == parent(first)));
    sync_parent(fs, first)
}

/// Makes the file with this content if it is not there. Of several that try, one wins, whatever
/// crashes; the others read what the winner wrote.
pub fn create_once(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<Once, StoreError> {
    create_as(fs, path, bytes, Mode::Private)
}

/// Like [`create_once`], for files that people share: as readable as their umask says.
pub fn create_once_shared(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<Once, StoreError> {
    create_as(fs, path, bytes, Mode::Shared)
}

fn create_as(fs: &dyn Fs, path: &Path, bytes: &[u8], mode: Mode) -> Result<Once, StoreError> {
    let temp = stage(fs, path, bytes, mode)?;
    match place_once(fs, &temp, path) {
        Ok(()) => {
            sync_parent(fs, path)?;
            Ok(Once::Created)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let _ = fs.remove(&temp);
            let theirs = fs
                .read(path, MAX_FILE)
                .map_err(StoreError::io("read", path))?;
            // Its maker may have died before this; who reads it acts upon it.
            sync_parent(fs, path)?;
            Ok(Once::Existed(theirs))
        }
        Err(error) => {
            let _ = fs.remove(&temp);
            Err(StoreError::io("create", path)(error))
        }
    }
}

/// Gives the temporary file its name if that is free, by rename or by a hard link.
pub(super) fn place_once(fs: &dyn Fs, temp: &Path, path: &Path) -> io::Result<()> {
    match fs.rename_noreplace(temp, path) {
        Err(error) if is_unsupported(&error) => {
            fs.link(temp, path)?;
            // The second name of a file that is in its place; a sweep finds it, should this fail.
            let _ = fs.remove(temp);
            Ok(())
        }
        done => done,
    }
}

pub(super) fn is_unsupported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || matches!(
            Errno::from_io_error(error),
            Some(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
        )
}

/// The mode that a file's next version gets; refuses what is no regular file.
pub(super) fn mode_for(fs: &dyn Fs, path: &Path, fresh: Mode) -> Result<Mode, StoreError> {
    match fs.stat(path).map_err(StoreError::io("look at", path))? {
        None => Ok(fresh),
        Some(stat) if stat.kind == Kind::File => Ok(Mode::Exactly(stat.mode)),
        Some(_) => Err(StoreError::NotAFile {
            path: path.to_owned(),
        }),
    }
}

pub(super) fn sync_parent(fs: &dyn Fs, path: &Path) -> Result<(), StoreError> {
    let dir = parent(path);
    fs.sync_dir(dir).map_err(StoreError::io("flush", dir))
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Writes a temporary file beside `path` and flushes it; on failure nothing stays.
pub(super) fn stage(
    fs: &dyn Fs,
    path: &Path,
    bytes: &[u8],
    mode: Mode,
) -> Result<PathBuf, StoreError> {
    match stage_try(fs, path, bytes, mode) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => {
            stage_try(fs, path, bytes, mode)
        }
        done => done,
    }
    .map_err(StoreError::io("write", path))
}

fn stage_try(fs: &dyn Fs, path: &Path, bytes: &[u8], mode: Mode) -> io::Result<PathBuf> {
    let (temp, mut file) = loop {
        let temp = beside(path, "tmp")?;
        match fs.create_new(&temp, mode) {
            // Left by a process of the same id before a restart: the next number is free.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => break (temp, file),
        }
    };
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync()) {
        drop(file);
        let _ = fs.remove(&temp);
        return Err(error);
    }
    Ok(temp)
}

/// A name of this process beside a file: `.name.<pid>.<n>.<end>`.
pub(super) fn beside(path: &Path, end: &str) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no file name"))?;
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    Ok(parent(path).join(format!(".{name}.{}.{n}.{end}", std::process::id())))
}

/// Removes what writers that died left in a folder, and returns how many files that were. Files of
/// other processes that run stay; call it before this process writes there.
///
/// `runs` says whether a process of this number runs. One that was killed and not yet waited for
/// does not: it can stand in the table of processes for as long as its parent likes.
pub fn sweep_temps(
    fs: &dyn Fs,
    dir: &Path,
    runs: &dyn Fn(u32) -> bool,
) -> Result<usize, StoreError> {
    sweep_left(fs, dir, &|pid| pid == std::process::id() || !runs(pid))
}

/// The same for a folder in which this process may be writing right now: `left` says whether the
/// process of a number is not at it any more.
pub fn sweep_left(
    fs: &dyn Fs,
    dir: &Path,
    left: &dyn Fn(u32) -> bool,
) -> Result<usize, StoreError> {
    let names = match fs.list(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        names => names.map_err(StoreError::io("list", dir))?,
    };
    let mut swept = 0;
    for name in names {
        if temp_owner(&name).is_some_and(left) {
            let path = dir.join(name);
            match fs.remove(&path) {
                Ok(()) => swept += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::io("remove", &path)(error)),
            }
        }
    }
    Ok(swept)
}

fn temp_owner(name: &str) -> Option<u32> {
    let inner = name.strip_prefix('.')?.strip_suffix(".tmp")?;
    let (rest, n) = inner.rsplit_once('.')?;
    n.parse::<u64>().ok()?;
    rest.rsplit_once('.')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fs::Disk;
    use super::super::fs::faulty::{Fault, Faulty, Lacking};
    use super::super::fs::memory::{Loss, Memory};
    use super::*;

    const DIR: &str = "/d";
    const LOSSES: [Loss; 3] = [Loss::All, Loss::Torn, Loss::None];

    fn file() -> PathBuf {
        Path::new(DIR).join("f")
    }

    fn disk_with(old: Option<&[u8]>) -> Memory {
        let disk = Memory::with_dir(Path::new(DIR));
        if let Some(old) = old {
            disk.put(&file(), old);
        }
        disk
    }

    fn left(disk: &Memory) -> Option<Vec<u8>> {
        disk.read(&file(), MAX_FILE).ok()
    }

    /// Crashes `act` before each of its operations in turn, and hands on each disk that is left.
    /// Returns at how many places it crashed.
    fn crash_everywhere(
        make: impl Fn() -> Memory,
        lacking: Lacking,
        act: impl Fn(&dyn Fs) -> bool,
        check: impl Fn(Memory, bool),
    ) -> u64 {
        for at in 1.. {
            let disk = make();
            let faulty = Faulty::new(disk.clone(), at, Fault::Crash).without(lacking);
            let acked = act(&faulty);
            for loss in LOSSES {
                check(disk.after_power_cut(loss), acked);
            }
            if !faulty.fired() {
                assert!(acked, "without a fault it succeeds");
                return at - 1;
            }
        }
        0
    }

    #[test]
    fn replace_leaves_old_or_new_wherever_it_crashes() {
        let crashes = crash_everywhere(
            || disk_with(Some(b"old content")),
            Lacking::default(),
            |fs| replace(fs, &file(), b"new").is_ok(),
            |disk, acked| {
                let now = left(&disk).unwrap();
                assert!(
                    now == b"new" || (!acked && now == b"old content"),
                    "{now:?}"
                );
                sweep_temps(&disk, Path::new(DIR), &|_| false).unwrap();
                assert_eq!(disk.list(Path::new(DIR)).unwrap(), ["f"]);
            },
        );
        assert!(crashes >= 5, "{crashes}");
    }

    #[test]
    fn create_once_leaves_nothing_or_all_of_it() {
        for noreplace in [false, true] {
            let lacking = Lacking {
                noreplace,
                ..Lacking::default()
            };
            crash_everywhere(
                || disk_with(None),
                lacking,
                |fs| create_once(fs, &file(), b"result").is_ok(),
                |disk, acked| {
                    let now = left(&disk);
                    assert!(now.as_deref() == Some(b"result") || (!acked && now.is_none()));
                },
            );
            let fs = Faulty::lacking(disk_with(Some(b"theirs")), lacking);
            let once = create_once(&fs, &file(), b"mine").unwrap();
            assert_eq!(once, Once::Existed(b"theirs".to_vec()));
        }
    }

    #[test]
    fn every_error_leaves_the_old_file_and_no_litter() {
        for errno in [Errno::NOSPC, Errno::ROFS, Errno::IO] {
            for at in 1.. {
                let disk = disk_with(Some(b"old"));
                let faulty = Faulty::new(disk.clone(), at, Fault::Error(errno));
                let done = replace(&faulty, &file(), b"new");
                if !faulty.fired() {
                    break;
                }
                let now = left(&disk).unwrap();
                match &done {
                    Ok(()) => assert_eq!(now, b"new"),
                    Err(error) => {
                        assert!(now == b"old" || now == b"new");
                        assert_eq!(error.is_disk_full(), errno == Errno::NOSPC);
                        assert_eq!(error.is_read_only(), errno == Errno::ROFS);
                    }
                }
                assert_eq!(
                    disk.list(Path::new(DIR)).unwrap(),
                    ["f"],
                    "{errno:?} at {at}"
                );
            }
        }
    }

    #[test]
    fn a_failed_flush_is_tried_once_more_on_a_new_file() {
        // 1 stat, 2 create, 3 write, 4 flush.
        let faulty = Faulty::new(disk_with(Some(b"old")), 4, Fault::Error(Errno::IO));
        replace(&faulty, &file(), b"new").unwrap();
        assert!(faulty.fired());
        assert_eq!(left(&faulty.inner).unwrap(), b"new");
    }

    #[test]
    fn the_model_notices_a_missing_flush() {
        let disk = disk_with(Some(b"old"));
        let temp = Path::new(DIR).join("t");
        disk.create_new(&temp, Mode::Private)
            .unwrap()
            .write_all(b"new!")
            .unwrap();
        disk.rename(&temp, &file()).unwrap();
        assert_eq!(left(&disk.after_power_cut(Loss::Torn)).unwrap(), b"ne");
        assert_eq!(left(&disk.after_power_cut(Loss::All)).unwrap(), b"old");
    }

    #[test]
    fn one_of_eight_wins() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("result.json");
        for round in 0..20 {
            let path = path.with_extension(round.to_string());
            let won: Vec<Once> = std::thread::scope(|scope| {
                let tries: Vec<_> = (0..8)
                    .map(|n| {
                        let path = &path;
                        scope.spawn(move || {
                            create_once(&Disk, path, format!("by {n}").as_bytes()).unwrap()
                        })
                    })
                    .collect();
                tries.into_iter().map(|t| t.join().unwrap()).collect()
            });
            let there = Disk.read(&path, 99).unwrap();
            let winner = won.iter().position(|o| *o == Once::Created).unwrap();
            assert_eq!(there, format!("by {winner}").as_bytes());
            assert_eq!(
                won.iter()
                    .filter(|o| **o == Once::Existed(there.clone()))
                    .count(),
                7
            );
        }
        assert_eq!(Disk.list(dir.path()).unwrap().len(), 20);
    }

    #[test]
    fn permissions_stay_and_links_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("backlog.md");
        replace_shared(&Disk, &path, b"1").unwrap();
        let shared = Disk.stat(&path).unwrap().unwrap().mode;
        assert_ne!(shared, 0o600);
        replace(&Disk, &path, b"2").unwrap();
        assert_eq!(Disk.stat(&path).unwrap().unwrap().mode, shared);

        let link = dir.path().join("link.md");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let refused = replace(&Disk, &link, b"3").unwrap_err();
        assert!(matches!(refused, StoreError::NotAFile { .. }), "{refused}");
        assert_eq!(Disk.read(&path, 9).unwrap(), b"2");
    }

    #[test]
    fn sweeping_spares_the_living_and_what_is_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".f.4194304.1.tmp", ".f.1.7.tmp", "f.tmp", ".f.tmp", "f"] {
            replace(&Disk, &dir.path().join(name), b"x").unwrap();
        }
        assert_eq!(sweep_temps(&Disk, dir.path(), &|pid| pid == 1).unwrap(), 1);
        assert_eq!(
            Disk.list(dir.path()).unwrap(),
            [".f.1.7.tmp", ".f.tmp", "f", "f.tmp"]
        );
    }
}
