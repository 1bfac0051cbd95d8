//! Replacing a file that people edit too: compare and swap, and merge what they wrote meanwhile.
//!
//! The new version and the one on disk change places in one step, so what was there is in hand and
//! can't be overwritten unseen. Until it was looked at, it lies in `.name.<pid>.<n>.<digest>.swap`,
//! where `digest` is that of the version that was put in its place. So after a crash at any instant
//! it can be told what such a file is (see [`recover_swaps`]).
//!
//! What remains open: a program that opened the file before the swap and writes to it, in place,
//! only after its old content was found unchanged. Programs that save by rename, and those that
//! empty the file on opening it, are safe.

use super::error::StoreError;
use super::fs::{Fs, Mode};
use super::write::{
    MAX_FILE, beside, is_unsupported, mode_for, parent, place_once, replace, stage, sync_parent,
};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Merges `(base, ours, theirs)`.
pub type Merge<'a> = &'a dyn Fn(&[u8], &[u8], &[u8]) -> Vec<u8>;

/// Rounds before a pause, and in all.
const ROUNDS: u32 = 8;
const ALL_ROUNDS: u32 = 4 * ROUNDS;
const PAUSE: Duration = Duration::from_millis(250);
/// A file that is being saved is read until two readings this far apart are equal.
const SETTLING: Duration = Duration::from_millis(30);
const SETTLING_ROUNDS: u32 = 20;

/// Puts `new` in the place of a file that should hold `expected` (`None`: that should not be there).
/// What somebody else put there meanwhile is merged with `merge(base, ours, theirs)`, and the result
/// takes its place. Returns what the file then holds, durably.
///
/// A file that is gone has nothing to merge: it is made anew. Where somebody keeps changing it
/// through all rounds, or the disk fails half way, their version stays in a `.swap` file, which
/// [`recover_swaps`] merges.
pub fn replace_cas(
    fs: &dyn Fs,
    path: &Path,
    expected: Option<&[u8]>,
    new: &[u8],
    merge: Merge<'_>,
) -> Result<Vec<u8>, StoreError> {
    let mode = mode_for(fs, path, Mode::Shared)?;
    let mut expected = expected.map(<[u8]>::to_vec);
    let mut new = new.to_vec();
    let mut displaced: Vec<PathBuf> = Vec::new();
    for round in 0..ALL_ROUNDS {
        if round > 0 && round % ROUNDS == 0 {
            fs.settle(PAUSE);
        }
        let base = expected.as_deref();
        match put(fs, path, base, &new, mode)? {
            Put::Clean => {
                sync_parent(fs, path)?;
                // Only now, with the merged version durable, may theirs go.
                for old in &displaced {
                    let _ = fs.remove(old);
                }
                return Ok(new);
            }
            Put::Displaced { theirs, at } => {
                let merged = merge(base.unwrap_or_default(), &new, &theirs);
                displaced.push(at);
                expected = Some(std::mem::replace(&mut new, merged));
            }
            Put::Refused { theirs } => {
                new = merge(base.unwrap_or_default(), &new, &theirs);
                expected = Some(theirs);
            }
        }
    }
    Err(StoreError::Contended {
        path: path.to_owned(),
        rounds: ALL_ROUNDS,
        kept: displaced.pop().unwrap_or_else(|| path.to_owned()),
    })
}

/// Removes a file that should hold `expected`. Returns whether it is not there any more: where it
/// holds something else by now, it stays.
///
/// It is moved aside in one step, looked at there, and put back where it is not what was expected.
/// Where somebody made it anew in that moment, what was moved aside stays in a `.swap` file.
pub fn remove_cas(fs: &dyn Fs, path: &Path, expected: &[u8]) -> Result<bool, StoreError> {
    let io = StoreError::io("remove", path);
    // Nothing takes its place.
    let swap = match beside(path, &format!("{}.swap", mark(&[]))) {
        Ok(swap) => swap,
        Err(error) => return Err(io(error)),
    };
    match fs.rename(path, &swap) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        moved => moved.map_err(StoreError::io("remove", path))?,
    }
    let theirs = read_settled(fs, &swap, Some(expected));
    if theirs.as_ref().is_ok_and(|theirs| theirs == expected) {
        fs.remove(&swap).map_err(StoreError::io("remove", &swap))?;
        sync_parent(fs, path)?;
        return Ok(true);
    }
    match place_once(fs, &swap, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Contended {
                path: path.to_owned(),
                rounds: 1,
                kept: swap,
            });
        }
        back => back.map_err(StoreError::io("put back", path))?,
    }
    sync_parent(fs, path)?;
    theirs.map(|_| false).map_err(io)
}

enum Put {
    /// In place, and what was there was as expected.
    Clean,
    /// In place; what was there is not what was expected, and lies in `at`.
    Displaced { theirs: Vec<u8>, at: PathBuf },
    /// Not in place, because of what is there.
    Refused { theirs: Vec<u8> },
}

fn put(
    fs: &dyn Fs,
    path: &Path,
    expected: Option<&[u8]>,
    new: &[u8],
    mode: Mode,
) -> Result<Put, StoreError> {
    let temp = stage(fs, path, new, mode)?;
    let put = match expected {
        None => put_fresh(fs, path, &temp),
        Some(expected) => put_swapping(fs, path, &temp, expected, new),
    };
    put.map_err(|error| {
        let _ = fs.remove(&temp);
        StoreError::io("replace", path)(error)
    })
}

fn put_fresh(fs: &dyn Fs, path: &Path, temp: &Path) -> io::Result<Put> {
    match place_once(fs, temp, path) {
        Ok(()) => Ok(Put::Clean),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let theirs = read_settled(fs, path, None)?;
            fs.remove(temp)?;
            Ok(Put::Refused { theirs })
        }
        Err(error) => Err(error),
    }
}

fn put_swapping(
    fs: &dyn Fs,
    path: &Path,
    temp: &Path,
    expected: &[u8],
    new: &[u8],
) -> io::Result<Put> {
    // Flushed by now: whatever bears this name is whole, after a power cut too.
    let swap = beside(path, &format!("{}.swap", mark(new)))?;
    fs.rename(temp, &swap)?;
    match fs.rename_exchange(&swap, path) {
        Ok(()) => {
            // What lies there by now may be a person's: one failure does not leave it behind.
            let theirs = twice(&|| read_settled(fs, &swap, Some(expected)))?;
            if theirs != expected {
                return Ok(Put::Displaced { theirs, at: swap });
            }
            twice(&|| fs.remove(&swap))?;
            Ok(Put::Clean)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => put_fresh(fs, path, &swap),
        Err(error) if is_unsupported(&error) => put_looking(fs, path, &swap, expected),
        Err(error) => {
            let _ = fs.remove(&swap);
            Err(error)
        }
    }
}

/// Where two names can't be swapped: look right before the rename. Between the two a moment is
/// left in which a change would be lost.
fn put_looking(fs: &dyn Fs, path: &Path, swap: &Path, expected: &[u8]) -> io::Result<Put> {
    let theirs = match read_settled(fs, path, Some(expected)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return put_fresh(fs, path, swap);
        }
        theirs => theirs?,
    };
    if theirs == expected {
        fs.rename(swap, path)?;
        return Ok(Put::Clean);
    }
    fs.remove(swap)?;
    Ok(Put::Refused { theirs })
}

/// Reads a file until it holds still, or holds what is expected: somebody may be saving it.
fn read_settled(fs: &dyn Fs, path: &Path, expected: Option<&[u8]>) -> io::Result<Vec<u8>> {
    let mut last = fs.read(path, MAX_FILE)?;
    for _ in 0..SETTLING_ROUNDS {
        if expected == Some(&last) {
            break;
        }
        fs.settle(SETTLING);
        let next = fs.read(path, MAX_FILE)?;
        if next == last {
            break;
        }
        last = next;
    }
    Ok(last)
}

fn twice<T>(act: &dyn Fn() -> io::Result<T>) -> io::Result<T> {
    act().or_else(|_| act())
}

fn mark(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().chars().take(16).collect()
}

/// Merges into `path` what a crash left in its `.swap` files, then removes them. `base` is the
/// version that both sides last agreed on. Returns what the file holds now (`None`: it is not
/// there). Call it before anything else writes the file; doing it twice changes nothing.
pub fn recover_swaps(
    fs: &dyn Fs,
    path: &Path,
    base: &[u8],
    merge: Merge<'_>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let left = left_swaps(fs, path)?;
    let ours: Vec<String> = left.iter().map(|l| l.mark.clone()).collect();
    let mut now = match fs.read(path, MAX_FILE) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    for Left { at: swap, .. } in &left {
        let content = fs
            .read(swap, MAX_FILE)
            .map_err(StoreError::io("read", swap))?;
        // A version of the engine's own, never put in place or displaced by its next one.
        if ours.contains(&mark(&content)) || content == base {
            continue;
        }
        let merged = match &now {
            Some(now) => merge(base, now, &content),
            None => content,
        };
        if now.as_ref() != Some(&merged) {
            replace(fs, path, &merged)?;
        }
        now = Some(merged);
    }
    for Left { at: swap, .. } in &left {
        fs.remove(swap).map_err(StoreError::io("remove", swap))?;
    }
    Ok(now)
}

/// Takes up what is left of changes that were to `apply` something to a file, whatever it holds,
/// where that was cut off half way: with what they had displaced. `left` says whether the process of
/// a number is not at it any more. Where the file was changed since, it stays, and what was displaced
/// goes to `aside` unless nothing of it is missing; returns whether. Doing it twice changes nothing.
pub fn redo_swaps(
    fs: &dyn Fs,
    path: &Path,
    apply: &dyn Fn(&[u8]) -> Vec<u8>,
    (left, aside): (&dyn Fn(u32) -> bool, &Path),
) -> Result<bool, StoreError> {
    let swaps: Vec<Left> = left_swaps(fs, path)?;
    let swaps: Vec<Left> = swaps.into_iter().filter(|s| left(s.pid)).collect();
    if swaps.is_empty() {
        return Ok(false);
    }
    let marks: Vec<&str> = swaps.iter().map(|s| s.mark.as_str()).collect();
    let mut theirs = None;
    for Left { at, .. } in &swaps {
        let content = fs.read(at, MAX_FILE).map_err(StoreError::io("read", at))?;
        if !marks.contains(&mark(&content).as_str()) {
            theirs = Some(content);
        }
    }
    let kept = match theirs {
        Some(theirs) => redo(fs, path, (&marks, &theirs), apply, aside)?,
        None => false,
    };
    for Left { at, .. } in &swaps {
        fs.remove(at).map_err(StoreError::io("remove", at))?;
    }
    Ok(kept)
}

fn redo(
    fs: &dyn Fs,
    path: &Path,
    (marks, theirs): (&[&str], &[u8]),
    apply: &dyn Fn(&[u8]) -> Vec<u8>,
    aside: &Path,
) -> Result<bool, StoreError> {
    let now = match fs.read(path, MAX_FILE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        now => Some(now.map_err(StoreError::io("read", path))?),
    };
    let wanted = apply(theirs);
    let Some(now) = now else {
        replace_cas(fs, path, None, theirs, &|_, _, newer| newer.to_vec())?;
        return Ok(false);
    };
    if now == wanted || now == theirs {
        return Ok(false);
    }
    if marks.contains(&mark(&now).as_str()) {
        replace_cas(fs, path, Some(&now), &wanted, &|_, _, newer| apply(newer))?;
        return Ok(false);
    }
    replace(fs, aside, theirs)?;
    Ok(true)
}

/// A `.swap` file.
struct Left {
    n: u64,
    at: PathBuf,
    mark: String,
    pid: u32,
}

/// The `.swap` files of a file with the marks in their names, in the order they were made.
fn left_swaps(fs: &dyn Fs, path: &Path) -> Result<Vec<Left>, StoreError> {
    let dir = parent(path);
    let name = path
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    let prefix = format!(".{name}.");
    let mut found = Vec::new();
    let entries = match fs.list(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries.map_err(StoreError::io("list", dir))?,
    };
    for entry in entries {
        let Some(inner) = entry
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".swap"))
        else {
            continue;
        };
        let parts: Vec<&str> = inner.split('.').collect();
        if let [pid, n, mark] = parts[..]
            && let Ok(pid) = pid.parse::<u32>()
            && let Ok(n) = n.parse::<u64>()
        {
            found.push(Left {
                n,
                at: dir.join(&entry),
                mark: mark.to_owned(),
                pid,
            });
        }
    }
    found.sort_by_key(|left| left.n);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::fs::Disk;
    use super::super::fs::faulty::{Fault, Faulty, Lacking};
    use super::super::fs::memory::{Loss, Memory};
    use super::super::write::sweep_temps;
    use super::*;
    use rustix::io::Errno;
    use std::collections::BTreeSet;

    const DIR: &str = "/d";

    fn file() -> PathBuf {
        Path::new(DIR).join("run-state.md")
    }

    fn text(bytes: &[u8]) -> Vec<String> {
        String::from_utf8_lossy(bytes)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Ours, and the lines that they added to the base.
    fn union(base: &[u8], ours: &[u8], theirs: &[u8]) -> Vec<u8> {
        let (base, mut out) = (text(base), text(ours));
        for line in text(theirs) {
            if !base.contains(&line) && !out.contains(&line) {
                out.push(line);
            }
        }
        let mut joined = out.join("\n");
        joined.push('\n');
        joined.into_bytes()
    }

    fn disk_with(content: &[u8]) -> Memory {
        let disk = Memory::with_dir(Path::new(DIR));
        disk.put(&file(), content);
        disk
    }

    const ALL_WAYS: [Lacking; 3] = [
        Lacking {
            exchange: false,
            noreplace: false,
        },
        Lacking {
            exchange: true,
            noreplace: false,
        },
        Lacking {
            exchange: true,
            noreplace: true,
        },
    ];

    #[test]
    fn an_edit_is_merged_however_the_disk_swaps() {
        for lacking in ALL_WAYS {
            let fs = Faulty::lacking(disk_with(b"a\nperson\n"), lacking);
            let now = replace_cas(&fs, &file(), Some(b"a\n"), b"a\nengine\n", &union).unwrap();
            assert_eq!(now, b"a\nengine\nperson\n");
            assert_eq!(fs.inner.read(&file(), 99).unwrap(), now);
            assert_eq!(fs.inner.list(Path::new(DIR)).unwrap(), ["run-state.md"]);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_made_and_one_that_is_gets_merged() {
        for lacking in ALL_WAYS {
            let fs = Faulty::lacking(Memory::with_dir(Path::new(DIR)), lacking);
            replace_cas(&fs, &file(), None, b"new\n", &union).unwrap();
            fs.remove(&file()).unwrap();
            replace_cas(&fs, &file(), Some(b"new\n"), b"again\n", &union).unwrap();
            let now = replace_cas(&fs, &file(), None, b"third\n", &union).unwrap();
            assert_eq!(now, b"third\nagain\n");
            assert_eq!(fs.inner.list(Path::new(DIR)).unwrap(), ["run-state.md"]);
        }
    }

    #[test]
    fn no_crash_loses_a_persons_line_or_tears_the_file() {
        let (base, ours) = (b"a\n".as_slice(), b"a\nengine\n".as_slice());
        for lacking in ALL_WAYS {
            for theirs in [base, b"a\nperson\n"] {
                for at in 1.. {
                    let disk = disk_with(theirs);
                    let faulty = Faulty::new(disk.clone(), at, Fault::Crash).without(lacking);
                    let acked = replace_cas(&faulty, &file(), Some(base), ours, &union).is_ok();
                    for loss in [Loss::All, Loss::Torn, Loss::None] {
                        check_recovered(&disk.after_power_cut(loss), base, theirs, acked);
                    }
                    if !faulty.fired() {
                        assert!(acked && at > 6);
                        break;
                    }
                }
            }
        }
    }

    /// Recovery is itself crashed at every operation, then done again.
    fn check_recovered(disk: &Memory, base: &[u8], theirs: &[u8], acked: bool) {
        for at in 1.. {
            let disk = disk.after_power_cut(Loss::None);
            let faulty = Faulty::new(disk.clone(), at, Fault::Crash);
            let _ = sweep_temps(&faulty, Path::new(DIR), &|_| false)
                .and_then(|_| recover_swaps(&faulty, &file(), base, &union));
            let disk = disk.after_power_cut(Loss::Torn);
            sweep_temps(&disk, Path::new(DIR), &|_| false).unwrap();
            let now = recover_swaps(&disk, &file(), base, &union)
                .unwrap()
                .unwrap();
            let lines = text(&now);
            assert!(
                text(theirs).iter().all(|line| lines.contains(line)),
                "{lines:?}"
            );
            assert!(
                lines
                    .iter()
                    .all(|l| ["a", "engine", "person"].contains(&l.as_str()))
            );
            assert!(!acked || lines.contains(&"engine".to_owned()));
            assert_eq!(disk.list(Path::new(DIR)).unwrap(), ["run-state.md"]);
            if !faulty.fired() {
                break;
            }
        }
    }

    #[test]
    fn an_error_at_any_step_loses_nothing() {
        for errno in [Errno::NOSPC, Errno::IO, Errno::ROFS] {
            for at in 1.. {
                let disk = disk_with(b"a\nperson\n");
                let faulty = Faulty::new(disk.clone(), at, Fault::Error(errno));
                let _ = replace_cas(&faulty, &file(), Some(b"a\n"), b"a\nengine\n", &union);
                sweep_temps(&disk, Path::new(DIR), &|_| false).unwrap();
                let now = recover_swaps(&disk, &file(), b"a\n", &union)
                    .unwrap()
                    .unwrap();
                assert!(
                    text(&now).contains(&"person".to_owned()),
                    "{errno:?} at {at}"
                );
                if !faulty.fired() {
                    break;
                }
            }
        }
    }

    #[test]
    fn only_what_was_expected_is_removed() {
        for lacking in ALL_WAYS {
            let fs = Faulty::lacking(disk_with(b"a\nperson\n"), lacking);
            assert!(!remove_cas(&fs, &file(), b"a\n").unwrap());
            assert_eq!(fs.inner.read(&file(), 99).unwrap(), b"a\nperson\n");
            assert_eq!(fs.inner.list(Path::new(DIR)).unwrap(), ["run-state.md"]);
            assert!(remove_cas(&fs, &file(), b"a\nperson\n").unwrap());
            assert!(fs.inner.list(Path::new(DIR)).unwrap().is_empty());
            assert!(remove_cas(&fs, &file(), b"a\n").unwrap());
        }
    }

    #[test]
    fn a_removal_that_is_cut_off_loses_no_line_of_a_person() {
        for fault in [Fault::Crash, Fault::Error(Errno::IO)] {
            for at in 1.. {
                let disk = disk_with(b"a\nperson\n");
                let faulty = Faulty::new(disk.clone(), at, fault);
                let _ = remove_cas(&faulty, &file(), b"a\n");
                let disk = disk.after_power_cut(Loss::None);
                let now = recover_swaps(&disk, &file(), b"a\n", &union).unwrap();
                assert_eq!(now.unwrap(), b"a\nperson\n", "at {at}");
                assert_eq!(disk.list(Path::new(DIR)).unwrap(), ["run-state.md"]);
                if !faulty.fired() {
                    break;
                }
            }
        }
    }

    #[test]
    fn endless_contention_is_an_error_that_keeps_theirs() {
        let fs = disk_with(b"0\n");
        let turn = std::cell::Cell::new(0);
        let merge = |base: &[u8], ours: &[u8], theirs: &[u8]| {
            turn.set(turn.get() + 1);
            fs.put(&file(), format!("theirs {}\n", turn.get()).as_bytes());
            union(base, ours, theirs)
        };
        let error = replace_cas(&fs, &file(), Some(b"x\n"), b"y\n", &merge).unwrap_err();
        let StoreError::Contended { kept, rounds, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(rounds, ALL_ROUNDS);
        assert!(fs.read(&kept, 99).unwrap().starts_with(b"theirs"));
    }

    /// A person's editor saves by rename while the engine writes: no line of theirs is lost.
    #[test]
    fn a_person_who_edits_meanwhile_loses_no_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run-state.md");
        replace(&Disk, &path, b"start\n").unwrap();
        let edits = 60;
        let merged = std::thread::scope(|scope| {
            let editor = scope.spawn(|| {
                for n in 0..edits {
                    let mut content = Disk.read(&path, MAX_FILE).unwrap();
                    content.extend_from_slice(format!("person {n}\n").as_bytes());
                    let temp = dir.path().join("4913~");
                    let mut file = Disk.create_new(&temp, Mode::Shared).unwrap();
                    file.write_all(&content).unwrap();
                    Disk.rename(&temp, &path).unwrap();
                    Disk.settle(Duration::from_millis(8));
                }
            });
            let mut merged = 0;
            let mut now = b"start\n".to_vec();
            let mut n = 0;
            while !editor.is_finished() || n < 10 {
                let mut new = now.clone();
                new.extend_from_slice(format!("engine {n}\n").as_bytes());
                let after = replace_cas(&Disk, &path, Some(&now), &new, &union).unwrap();
                merged += usize::from(after != new);
                now = after;
                n += 1;
            }
            editor.join().unwrap();
            let mut last = now.clone();
            last.extend_from_slice(b"engine done\n");
            replace_cas(&Disk, &path, Some(&now), &last, &union).unwrap();
            merged
        });
        assert!(merged > 0, "the two met");
        let lines: BTreeSet<_> = text(&Disk.read(&path, MAX_FILE).unwrap())
            .into_iter()
            .collect();
        for n in 0..edits {
            assert!(lines.contains(&format!("person {n}")), "person {n} is lost");
        }
        assert_eq!(Disk.list(dir.path()).unwrap(), ["run-state.md"]);
    }
}
