//! Bringing a checkout along: from what its branch held to what it is to hold, with everything of
//! the person's left as it is.
//!
//! Git's own two-tree merge does it on a copy of the index (paths that do not change keep their
//! entry and their file, whatever state they are in), the lines of the shared files are set in
//! index and file, and the copy takes the place of the index while its lock is held. Done twice it
//! does the same, also after it was cut off in the middle.

use super::LandError;
use super::intent::{Intent, Kind, Shared};
use super::last_commit::{Entry, blob, edited, entry_at, entry_in, hash, set, unset};
use super::taken::{self, settle, unsettle};
use crate::git::{DiffEntry, Git, Index};
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::store::swap::replace_cas;
use crate::store::write::{create_once, replace_shared};
use crate::terms::{Oid, RepoPath};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest file that is looked at for having been written already.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// How long somebody else's lock of the index is waited for, and how often it is looked at.
const PATIENCE: u32 = 100;
const MOMENT: Duration = Duration::from_millis(50);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what is landed.
    There,
    /// To what was before, because the branch could not be moved.
    Back,
}

/// Brings the checkout along. `again`: an earlier landing may have done part of it.
pub fn bring(intent: &Intent, way: Way, again: bool) -> Result<(), LandError> {
    let Some(checkout) = &intent.checkout else {
        return Ok(());
    };
    let git = Git::new(checkout);
    let dir = Git::discover(checkout)?.git_dir;
    let lock = IndexLock::take(&dir, intent)?;
    let old = git.tree_of(&intent.old)?;
    let (from, to) = match way {
        Way::There => (&old, &intent.code),
        Way::Back => (&intent.code, &old),
    };
    let copy = dir.join(format!("harness-{}.index", intent.run));
    left_behind(&copy)?;
    let index = if lock.index.exists() {
        Index::from_copy_of(&lock.index, &git, &copy)?
    } else {
        Index::at(&git, &copy)
    };
    let index = index.theirs();
    index.refresh()?;
    if again {
        let taken = |path: &str| intent.taken.iter().any(|t| t.path.as_str() == path);
        for change in git.diff(from, to)?.iter().filter(|c| !taken(&c.path)) {
            adopt(&git, &index, checkout, (from, to), change)?;
        }
        // What it was told of files it has to see for itself.
        index.refresh()?;
    }
    for taken in &intent.taken {
        settle(&git, &index, checkout, intent, taken, (way, to))?;
    }
    let without;
    let from = if intent.taken.is_empty() {
        from
    } else {
        index.refresh()?;
        // Both trees and the index say the same of them, so that git leaves them alone.
        without = taken::as_in(&git, from, to, &intent.taken)?;
        &without
    };
    index
        .call(["read-tree", "-m", "-u", from.as_str(), to.as_str()])
        .run()
        .map_err(|e| {
            LandError::aborted(
                format!("{} can't be brought along: {e}", checkout.display()),
                Vec::new(),
                "commit, stash or move what stands in the way, then land again",
            )
        })?;
    if way == Way::Back {
        for taken in &intent.taken {
            unsettle(&index, taken)?;
        }
    }
    for file in &intent.shared {
        match way {
            Way::There => set_lines(&git, &index, checkout, intent, file)?,
            Way::Back => put_back(&git, &index, checkout, intent, file)?,
        }
    }
    index.refresh()?;
    Disk.rename(&copy, &lock.index)
        .map_err(StoreError::io("replace", &lock.index))?;
    Disk.sync_dir(&dir).map_err(StoreError::io("flush", &dir))?;
    Ok(())
}

/// What a landing that was killed left of the copy: its git may live on for a moment and still
/// write, and is waited for; its lock is ours alone, and goes.
fn left_behind(copy: &Path) -> Result<(), LandError> {
    let lock = copy.with_added_extension("lock");
    if !copy.exists() && !lock.exists() {
        return Ok(());
    }
    let mut living = Vec::new();
    for _ in 0..PATIENCE {
        living = crate::process::bearing("GIT_INDEX_FILE", copy.as_os_str());
        if living.is_empty() {
            break;
        }
        Disk.settle(MOMENT);
    }
    if let Some(pid) = living.first() {
        let whose = "of a landing that was killed";
        return Err(LandError::IndexHeld {
            lock: format!("{} (process {pid}, {whose})", lock.display()),
        });
    }
    match Disk.remove(&lock) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", &lock)(e).into())
        }
        _ => Ok(()),
    }
}

/// Tells the index what a file holds where an earlier landing was cut off: what it is to hold, or
/// what it held. One that is neither, but the beginning of either, was being written, and one that
/// is not there was about to be: git takes a file away before it writes the new one. What is
/// something else is somebody's, and git will say so.
fn adopt(
    git: &Git,
    index: &Index,
    checkout: &Path,
    (from, to): (&Oid, &Oid),
    change: &DiffEntry,
) -> Result<(), LandError> {
    let Ok(path) = RepoPath::new(change.path.clone()) else {
        return Ok(());
    };
    let held = entry_in(git, from, &path)?;
    let wanted = entry_in(git, to, &path)?;
    let plain = |entry: &Option<Entry>| entry.as_ref().is_none_or(|e| e.mode.starts_with("100"));
    if !plain(&held) || !plain(&wanted) {
        for entry in [wanted, held].into_iter().flatten() {
            adopt_link(git, index, checkout, &path, &entry)?;
        }
        return Ok(());
    }
    let file = path.under(checkout);
    let there = match read_inside(checkout, &path, MAX_FILE_BYTES) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing { .. }) => {
            return match (held, wanted) {
                (Some(_), Some(wanted)) => write_whole(git, index, checkout, &path, &wanted),
                _ => unset(index, &path),
            };
        }
        Err(_) => return Ok(()),
    };
    let known = entry_at(index, &path)?;
    for entry in [&known, &wanted, &held].into_iter().flatten() {
        let is_one = Some(entry) == held.as_ref() || Some(entry) == wanted.as_ref();
        if is_one && is_as(git, &there, &path, entry) {
            make_executable(&file, entry.mode == "100755")?;
            return set(index, &path, entry);
        }
    }
    for entry in [&wanted, &held].into_iter().flatten() {
        if !filtered(git, &path, entry)?.starts_with(&there) {
            continue;
        }
        return match &wanted {
            Some(wanted) => write_whole(git, index, checkout, &path, wanted),
            None => {
                Disk.remove(&file)
                    .map_err(StoreError::io("remove", &file))?;
                unset(index, &path)
            }
        };
    }
    Ok(())
}

/// The bytes of a file as a checkout has it.
fn filtered(git: &Git, path: &RepoPath, entry: &Entry) -> Result<Vec<u8>, LandError> {
    Ok(git
        .call(["cat-file", "--filters"])
        .arg(format!("--path={path}"))
        .arg(entry.object.as_str())
        .run()?)
}

/// Writes a file whole, and tells the index.
pub(super) fn write_whole(
    git: &Git,
    index: &Index,
    checkout: &Path,
    path: &RepoPath,
    entry: &Entry,
) -> Result<(), LandError> {
    let file = path.under(checkout);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::io("make", folder))?;
    }
    replace_shared(&Disk, &file, &filtered(git, path, entry)?)?;
    make_executable(&file, entry.mode == "100755")?;
    set(index, path, entry)
}

pub(super) fn is_as(git: &Git, bytes: &[u8], path: &RepoPath, entry: &Entry) -> bool {
    hash(git, bytes, Some(path)).is_ok_and(|object| object == entry.object)
}

fn adopt_link(
    git: &Git,
    index: &Index,
    checkout: &Path,
    path: &RepoPath,
    entry: &Entry,
) -> Result<(), LandError> {
    use std::os::unix::ffi::OsStrExt;
    if entry.mode == "120000"
        && let Ok(target) = std::fs::read_link(path.under(checkout))
        && target.as_os_str().as_bytes() == blob(git, &entry.object)?
    {
        set(index, path, entry)?;
    }
    Ok(())
}

fn make_executable(path: &Path, wanted: bool) -> Result<(), LandError> {
    use std::os::unix::fs::PermissionsExt;
    let fault = StoreError::io("set the mode of", path);
    let mode = match std::fs::metadata(path) {
        Ok(meta) => meta.permissions().mode(),
        Err(e) => return Err(fault(e).into()),
    };
    // Whoever may read it may run it, as git does.
    let bits = if wanted {
        mode | ((mode & 0o444) >> 2)
    } else {
        mode & !0o111
    };
    if bits != mode {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits))
            .map_err(StoreError::io("set the mode of", path))?;
    }
    Ok(())
}

/// Sets the landing's lines in a shared file, and in what is staged of it.
fn set_lines(
    git: &Git,
    index: &Index,
    checkout: &Path,
    intent: &Intent,
    file: &Shared,
) -> Result<(), LandError> {
    let landed = entry_in(git, &intent.new, &file.path)?;
    let staged = entry_at(index, &file.path)?;
    match (file.kind, landed, staged) {
        // The landed task is the checkout's own, so nothing of it is left to be staged.
        (Kind::Task, Some(landed), _) => set(index, &file.path, &landed)?,
        // What cannot be edited was not landed either, and stays.
        (Kind::Backlog, _, Some(staged)) => {
            if let Ok(text) = edited(&blob(git, &staged.object)?, file.kind, &intent.edits) {
                let object = hash(git, &text, None)?;
                set(index, &file.path, &Entry { object, ..staged })?;
            }
        }
        _ => {}
    }
    let Some(now) = read(checkout, &file.path)? else {
        return Ok(());
    };
    if let Ok(wanted) = edited(&now, file.kind, &intent.edits)
        && wanted != now
    {
        replace_cas(
            &Disk,
            &file.path.under(checkout),
            Some(&now),
            &wanted,
            &|_, ours, theirs| {
                edited(theirs, file.kind, &intent.edits).unwrap_or_else(|_| ours.to_vec())
            },
        )?;
    }
    Ok(())
}

/// What the index holds of a shared file once its lines are set.
fn staged_then(git: &Git, intent: &Intent, file: &Shared) -> Result<Option<Entry>, LandError> {
    match (file.kind, &file.staged) {
        (Kind::Task, _) => entry_in(git, &intent.new, &file.path),
        (Kind::Backlog, Some(before)) => {
            let text = blob(git, &before.object)?;
            let text = edited(&text, file.kind, &intent.edits).unwrap_or(text);
            let (mode, object) = (before.mode.clone(), hash(git, &text, None)?);
            Ok(Some(Entry { mode, object }))
        }
        (Kind::Backlog, None) => Ok(None),
    }
}

/// Puts a shared file back, unless somebody has changed it since.
fn put_back(
    git: &Git,
    index: &Index,
    checkout: &Path,
    intent: &Intent,
    file: &Shared,
) -> Result<(), LandError> {
    let staged = entry_at(index, &file.path)?;
    if staged.is_some() && staged == staged_then(git, intent, file)? {
        match &file.staged {
            Some(before) => set(index, &file.path, before)?,
            None => unset(index, &file.path)?,
        }
    }
    let (Some(before), Some(now)) = (&file.before, read(checkout, &file.path)?) else {
        return Ok(());
    };
    let before = blob(git, before)?;
    if edited(&before, file.kind, &intent.edits).as_ref() == Ok(&now) && before != now {
        replace_shared(&Disk, &file.path.under(checkout), &before)?;
    }
    Ok(())
}

fn read(checkout: &Path, path: &RepoPath) -> Result<Option<Vec<u8>>, LandError> {
    match read_inside(checkout, path, MAX_FILE_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing { .. }) => Ok(None),
        Err(e) => Err(LandError::Unreadable(e.to_string())),
    }
}

/// Git's own lock of an index. It is a second name of a file of ours, so that one which a crash
/// left is known as ours; anybody else's is waited for and never taken away.
struct IndexLock {
    index: PathBuf,
    lock: PathBuf,
    mark: PathBuf,
}

impl IndexLock {
    fn take(dir: &Path, intent: &Intent) -> Result<Self, LandError> {
        let held = Self {
            index: dir.join("index"),
            lock: dir.join("index.lock"),
            mark: dir.join(format!("harness-{}.lock", intent.run)),
        };
        let note = format!("{} is being landed\n", intent.run);
        create_once(&Disk, &held.mark, note.as_bytes())?;
        for _ in 0..PATIENCE {
            match Disk.link(&held.mark, &held.lock) {
                Ok(()) => return Ok(held),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(StoreError::io("lock", &held.lock)(e).into()),
            }
            // Only one landing of a run can be under way, so ours is what a crash left.
            if held.is_ours() {
                return Ok(held);
            }
            Disk.settle(MOMENT);
        }
        let lock = held.lock.clone();
        let age = std::fs::metadata(&lock)
            .and_then(|m| m.modified())
            .ok()
            .and_then(|t| t.elapsed().ok())
            .map_or_else(String::new, |t| {
                format!(" (made {})", crate::text::say::ago(t.as_secs()))
            });
        Err(LandError::IndexHeld {
            lock: format!("{}{age}", lock.display()),
        })
    }

    fn is_ours(&self) -> bool {
        let number = |path: &Path| Disk.stat(path).ok().flatten().map(|s| s.fingerprint.ino);
        number(&self.mark).is_some() && number(&self.mark) == number(&self.lock)
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        // Somebody else's stays. One of ours that can't be removed is known by its mark.
        if !self.is_ours() || Disk.remove(&self.lock).is_ok() {
            let _ = Disk.remove(&self.mark);
        }
    }
}
