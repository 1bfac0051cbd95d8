//! Files that a run took along uncommitted and that the checkout still has as they were taken: what
//! is landed holds them, so a landing may bring them along. Until then the run's first commit keeps
//! them.

use super::LandError;
use super::bring::{Way, is_as, write_whole};
use super::intent::Intent;
use super::last_commit::{Entry, blob, entry_at, entry_in, set, unset};
use crate::git::{Git, Index, Scratch};
use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::terms::{Oid, RepoPath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// Largest file that is looked at.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// A file that was taken along and has not changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Where it is.
    pub path: RepoPath,
    /// What it was taken as; `None`: as gone.
    pub held: Option<Entry>,
    /// What the person's index holds of it.
    pub staged: Option<Entry>,
}

/// Those of the paths that a landing would change (`tip` to `code`) that the checkout still has as
/// the run took them, with nothing else staged of them. None where the run took nothing along, or
/// from another checkout.
pub fn still(
    view: &RunView,
    checkout: &Path,
    (tip, code): (&Oid, &Oid),
) -> Result<Vec<Taken>, LandError> {
    let Some(on) = &view.order.taken_on else {
        return Ok(Vec::new());
    };
    if !same(checkout, &view.order.home) {
        return Ok(Vec::new());
    }
    let git = Git::new(checkout);
    let took = view.order.base_of_code();
    let change: BTreeSet<String> = { git.diff(tip, code)? }
        .into_iter()
        .map(|d| d.path)
        .collect();
    let paths: Vec<String> = { git.diff(on, took)? }
        .into_iter()
        .filter(|d| change.contains(&d.path) && is_known(&d.old_mode) && is_known(&d.new_mode))
        .map(|d| d.path)
        .collect();
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let own = Git::discover(checkout)?.git_dir.join("index");
    let scratch = Scratch::new();
    let index = Index::from_copy_of(&own, &git, scratch.path())?;
    let differs = |from: &Oid| -> Result<BTreeSet<String>, LandError> {
        Ok(index.diff(from)?.into_iter().map(|d| d.path).collect())
    };
    let (not_tip, not_took) = (differs(tip)?, differs(took)?);
    let mut found = Vec::new();
    for path in paths {
        let else_staged = not_tip.contains(&path) && not_took.contains(&path);
        let Ok(path) = RepoPath::new(path) else {
            continue;
        };
        let held = entry_in(&git, took, &path)?;
        if is_link(held.as_ref()) && held != entry_in(&git, code, &path)? {
            // One that the run changed is not written over.
            continue;
        }
        if !else_staged && stands(&git, checkout, &path, held.as_ref())? {
            let staged = entry_at(&index, &path)?;
            found.push(Taken { path, held, staged });
        }
    }
    Ok(found)
}

fn is_link(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.mode == "120000")
}

/// Whether it is a plain file, a symbolic link, or nothing.
fn is_known(mode: &str) -> bool {
    mode.starts_with("100") || mode == "120000" || mode.bytes().all(|b| b == b'0')
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Whether the checkout holds this at a path.
fn stands(
    git: &Git,
    checkout: &Path,
    path: &RepoPath,
    entry: Option<&Entry>,
) -> Result<bool, LandError> {
    if let Some(entry) = entry.filter(|entry| is_link(Some(entry))) {
        return leads_there(git, checkout, path, entry);
    }
    match (read_inside(checkout, path, MAX_FILE_BYTES), entry) {
        (Ok(bytes), Some(entry)) => {
            let is_executable = is_executable(&path.under(checkout));
            let wanted = entry.mode == "100755";
            let modes = has_modes(git)?;
            Ok(is_as(git, &bytes, path, entry) && (!modes || is_executable == wanted))
        }
        (Err(ReadError::Missing { .. }), None) => Ok(true),
        _ => Ok(false),
    }
}

/// Whether a link stands there and leads where this one does.
fn leads_there(
    git: &Git,
    checkout: &Path,
    path: &RepoPath,
    entry: &Entry,
) -> Result<bool, LandError> {
    let Ok(target) = std::fs::read_link(path.under(checkout)) else {
        return Ok(false);
    };
    let wanted = blob(git, &entry.object)?;
    Ok(target.as_os_str().as_encoded_bytes() == wanted)
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

/// Whether git minds which files may be executed here.
fn has_modes(git: &Git) -> Result<bool, LandError> {
    let said = git
        .call(["config", "--type=bool", "core.fileMode"])
        .output()?;
    Ok(said.stdout.trim_ascii() != b"false")
}

/// Brings such a file to what it is to be, and tells the index what the other paths are brought to:
/// git then leaves it alone.
pub(super) fn settle(
    git: &Git,
    index: &Index,
    checkout: &Path,
    intent: &Intent,
    taken: &Taken,
    (way, to): (Way, &Oid),
) -> Result<(), LandError> {
    let path = &taken.path;
    let landed = entry_in(git, &intent.code, path)?;
    let (from, wanted) = match way {
        Way::There => (&taken.held, &landed),
        Way::Back => (&landed, &taken.held),
    };
    if !stands(git, checkout, path, wanted.as_ref())? {
        if stands(git, checkout, path, from.as_ref())? {
            put(git, index, checkout, path, wanted.as_ref())?;
        } else if way == Way::There {
            return Err(LandError::aborted(
                format!(
                    "a file that the run took along was changed since in {}",
                    checkout.display()
                ),
                vec![path.to_string()],
                "commit, stash or move it, then land again",
            ));
        }
        // On the way back what is neither is the person's newest word, and stays.
    }
    tell(index, path, entry_in(git, to, path)?.as_ref())
}

/// A tree with these paths as another one has them.
pub(super) fn as_in(git: &Git, tree: &Oid, other: &Oid, taken: &[Taken]) -> Result<Oid, LandError> {
    let scratch = Scratch::new();
    let index = Index::at(git, scratch.path());
    index.read_tree(tree)?;
    for taken in taken {
        tell(
            &index,
            &taken.path,
            entry_in(git, other, &taken.path)?.as_ref(),
        )?;
    }
    Ok(index.write_tree()?)
}

/// Puts back what the person had staged.
pub(super) fn unsettle(index: &Index, taken: &Taken) -> Result<(), LandError> {
    tell(index, &taken.path, taken.staged.as_ref())
}

fn tell(index: &Index, path: &RepoPath, entry: Option<&Entry>) -> Result<(), LandError> {
    match entry {
        Some(entry) => set(index, path, entry),
        None => unset(index, path),
    }
}

fn put(
    git: &Git,
    index: &Index,
    checkout: &Path,
    path: &RepoPath,
    wanted: Option<&Entry>,
) -> Result<(), LandError> {
    if let Some(entry) = wanted {
        return write_whole(git, index, checkout, path, entry);
    }
    let file = path.under(checkout);
    match Disk.remove(&file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", &file)(e).into())
        }
        _ => Ok(()),
    }
}
