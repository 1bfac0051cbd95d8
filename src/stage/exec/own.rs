//! The person's own configuration of an agent program, where its login is theirs too: looked at before
//! an attempt and after. Nothing of it is ever taken away or put back.
//!
//! What the sandbox mounted read-only could not be changed by the attempt: a change of it is somebody
//! else's, and is not looked for. All else that it could write (names that were not there, links, all of
//! it where there are no mounts) is compared, and what differs is tampering: the stage is blocked, and
//! a person says what becomes of it. The next attempt takes what it finds for theirs.

mod look;
mod state;

use crate::agents::Kept;
use crate::stage::ground;
use crate::stage::guard::CHANGED;
use crate::stage::sandbox::Roots;
use crate::terms::{Digest, Finding, Place};
use look::{BOUNDS, Found, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many names of a folder are looked at for scripts.
const MOST_NAMES: usize = 100_000;
/// How many differences are told one by one.
const MOST_TOLD: usize = 20;
/// The largest file that is kept as it is now, in bytes.
const LARGEST_COPY: u64 = 16 * 1024 * 1024;

/// What a person's files were.
#[derive(Debug)]
pub(super) struct Own {
    kept: Vec<Kept>,
    before: Looked,
    /// What the sandbox closes if it can, and which file that was.
    closable: BTreeMap<PathBuf, Option<[u64; 2]>>,
    /// Where a sandbox lets it write.
    write: Vec<PathBuf>,
}

/// What the attempt was kept from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Obtained {
    /// Writing outside of what is open to it.
    pub(super) confined: bool,
    /// Writing what was to be closed within that.
    pub(super) closed: bool,
}

/// What became of them.
#[derive(Debug, Default)]
pub(super) struct Meddled {
    /// What an attempt may have done.
    pub(super) tampering: Vec<Finding>,
    /// What most likely others did.
    pub(super) notes: Vec<String>,
}

/// What stood there at one time.
#[derive(Debug, Default)]
struct Looked {
    /// Each file or folder that counts, with what is in it, or why that can't be told.
    parts: BTreeMap<PathBuf, Result<Found, String>>,
    /// Of the program's state what is obeyed.
    states: Found,
}

/// How something differs now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    Made,
    Changed,
    Removed,
    Unseen(String),
}

impl Own {
    /// Looks before anything is started that may write these roots.
    pub(super) fn look(kept: &[Kept], roots: &Roots) -> Self {
        let real = |path: &PathBuf| path.canonicalize().ok();
        let write: Vec<PathBuf> = roots.write.iter().filter_map(real).collect();
        let scratch = roots.scratch.iter().filter_map(real);
        let closable = { roots.kept.iter().filter_map(real) }
            .filter(|path| write.iter().any(|root| path.starts_with(root)))
            .map(|path| (path.clone(), identity(&path)));
        Self {
            before: Looked::of(kept),
            closable: closable.collect(),
            write: write.iter().cloned().chain(scratch).collect(),
            kept: kept.to_vec(),
        }
    }

    /// Looks again. What differs is kept in `dir` as it is now.
    pub(super) fn compare(&self, obtained: Obtained, dir: &Path) -> Meddled {
        let now = Looked::of(&self.kept);
        let mut meddled = Meddled::default();
        for (path, how) in self.differences(&now, obtained, &mut meddled) {
            meddled.tamper(&path, &how, dir);
        }
        meddled.shorten();
        for (path, state) in &now.states {
            match self.before.states.get(path) {
                Some(before) if before != state => meddled.tell(path, "changed"),
                _ => {}
            }
            if let Seen::Unread(why) = state {
                meddled.unseen(path, why);
            }
        }
        let closed = obtained.confined && obtained.closed;
        for (path, before) in self.closable.iter().filter(|_| closed) {
            if identity(path) != *before {
                meddled.tell(
                    path,
                    "was replaced or removed from outside, after which the sandbox did not close it any more,",
                );
            }
        }
        meddled
    }

    fn differences(
        &self,
        now: &Looked,
        obtained: Obtained,
        meddled: &mut Meddled,
    ) -> BTreeMap<PathBuf, How> {
        let mut found = BTreeMap::new();
        let nothing = Ok(Found::new());
        let parts: BTreeSet<&PathBuf> = self.before.parts.keys().chain(now.parts.keys()).collect();
        for part in parts {
            let before = self.before.parts.get(part).unwrap_or(&nothing);
            let after = now.parts.get(part).unwrap_or(&nothing);
            match (before, after) {
                (Ok(before), Ok(after)) => {
                    for (path, how) in differing(before, after) {
                        if self.in_reach(&path, obtained) {
                            found.insert(path, how);
                        }
                    }
                    for (path, seen) in after {
                        if let Seen::Unread(why) = seen
                            && before.get(path) == Some(seen)
                            && self.in_reach(path, obtained)
                        {
                            meddled.unseen(path, why);
                        }
                    }
                }
                _ if !self.in_reach(part, obtained) => {}
                (Err(_), Err(why)) => meddled.unseen(part, why),
                (Ok(_), Err(why)) => {
                    found.insert(part.clone(), How::Unseen(why.clone()));
                }
                (Err(_), Ok(_)) => {
                    found.insert(part.clone(), How::Changed);
                }
            }
        }
        found
    }

    /// Whether the attempt could write this.
    fn in_reach(&self, path: &Path, obtained: Obtained) -> bool {
        let Obtained { confined, closed } = obtained;
        let is_open = || self.write.iter().any(|root| path.starts_with(root));
        let is_closed = || self.closable.keys().any(|top| path.starts_with(top));
        !confined || (is_open() && !(closed && is_closed()))
    }
}

/// Which file or folder stands at this path.
fn identity(path: &Path) -> Option<[u64; 2]> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    Some([meta.dev(), meta.ino()])
}

fn differing(before: &Found, after: &Found) -> BTreeMap<PathBuf, How> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let gone = gone.map(|path| (path.clone(), How::Removed));
    let other = after
        .iter()
        .filter_map(|(path, seen)| match (before.get(path), seen) {
            (Some(was), seen) if was == seen => None,
            (_, Seen::Unread(why)) => Some((path.clone(), How::Unseen(why.clone()))),
            (Some(_), _) => Some((path.clone(), How::Changed)),
            (None, _) => Some((path.clone(), How::Made)),
        });
    gone.chain(other).collect()
}

impl Looked {
    fn of(kept: &[Kept]) -> Self {
        let mut looked = Self::default();
        for kept in kept.iter().filter(|kept| !kept.keys.is_empty()) {
            let says = state::of(&kept.path, kept.keys);
            looked.states.insert(kept.path.clone(), says);
        }
        for kept in kept.iter().filter(|kept| !kept.ends.is_empty()) {
            if let (true, Some(folder)) = (scripts(kept).1, look::real(&kept.path)) {
                let why = format!("more than {MOST_NAMES} names are in it");
                looked.parts.insert(folder, Err(why));
            }
        }
        for path in closed(kept) {
            // A part is named by where it really is; where its folder is not there it is not either.
            if let Some(path) = look::real(&path) {
                let found = look::at(&path, BOUNDS);
                looked.parts.insert(path, found);
            }
        }
        looked
    }
}

impl Meddled {
    fn tamper(&mut self, path: &Path, how: &How, dir: &Path) {
        let what = match how {
            How::Made => "was made",
            How::Changed => "was changed",
            How::Removed => "was removed",
            How::Unseen(_) => "can't be looked at any more",
        };
        let mut told = format!(
            "{} {what} while the attempt ran, and your own sessions of the agent's program obey it",
            path.display()
        );
        if let How::Unseen(why) = how {
            told = format!("{told}: {why}");
        }
        let mut remedy = match how {
            How::Removed => {
                "put it back if you want it (nothing of yours is put back by itself)".to_owned()
            }
            _ => {
                "look at it, and take it away or keep it (nothing of yours is taken away by itself)"
                    .to_owned()
            }
        };
        remedy.push_str(", then resume");
        if self.tampering.len() < MOST_TOLD {
            match copy(path, dir) {
                Ok(Some(kept)) => {
                    remedy = format!("{remedy}; as it is now it is kept as {}", kept.display());
                }
                Ok(None) => {}
                Err(why) => remedy = format!("{remedy}; no copy of it is kept: {why}"),
            }
        }
        self.tampering.push(
            Finding::new("guard/own-configuration", told)
                .at(Place::file(path.display().to_string()))
                .remedy(remedy),
        );
    }

    /// Many differences are told by the first of them and their number.
    fn shorten(&mut self) {
        let more = self.tampering.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            self.tampering.truncate(MOST_TOLD);
            let what = format!(
                "{} more that your own sessions of the agent's program obey differ too",
                crate::text::many(more, "file")
            );
            let remedy = "look through the folders of those that are named, then resume";
            let finding = Finding::new("guard/own-configuration", what).remedy(remedy);
            self.tampering.push(finding);
        }
    }

    fn tell(&mut self, path: &Path, how: &str) {
        self.notes.push(format!(
            "{} {how} while the attempt ran, and your own sessions of the agent's program obey it; nobody can \
             tell by whom: look at it if it was not you",
            path.display()
        ));
    }

    fn unseen(&mut self, path: &Path, why: &str) {
        self.notes.push(format!(
            "{}, which your own sessions of the agent's program obey, can't be looked at ({why}): whether \
             something in it changed while the attempt ran is not known",
            path.display()
        ));
    }
}

/// Keeps a file as it is now, and says where; `None`: it is no file.
fn copy(path: &Path, dir: &Path) -> Result<Option<PathBuf>, String> {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    if !is_file {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    look::plain(path)
        .and_then(|file| file.take(LARGEST_COPY + 1).read_to_end(&mut bytes))
        .map_err(|e| e.to_string())?;
    if bytes.len() as u64 > LARGEST_COPY {
        return Err(format!(
            "it is larger than {} MiB",
            LARGEST_COPY / 1024 / 1024
        ));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mark = Digest::of(path.as_os_str().as_encoded_bytes());
    let kept = dir.join(format!("{CHANGED}{}-{name}", mark.short()));
    ground::put(&kept, &bytes, 0o600).map_err(|e| e.to_string())?;
    Ok(Some(kept))
}

/// What of this can be closed as a whole.
pub(crate) fn closed(kept: &[Kept]) -> Vec<PathBuf> {
    let each = kept.iter().filter(|kept| kept.keys.is_empty());
    each.flat_map(|kept| match kept.ends {
        [] => vec![kept.path.clone()],
        _ => scripts(kept).0,
    })
    .collect()
}

/// The files of a folder that count by their names, or because they may be executed; and whether its
/// names are too many to tell all of them.
fn scripts(kept: &Kept) -> (Vec<PathBuf>, bool) {
    let entries = std::fs::read_dir(&kept.path);
    let mut entries = entries.into_iter().flatten().flatten();
    let paths = entries.by_ref().take(MOST_NAMES).map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths.filter(|path| is_script(path, kept)).collect();
    found.sort();
    (found, entries.next().is_some())
}

fn is_script(path: &Path, kept: &Kept) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if kept.starts.iter().any(|start| name.starts_with(start)) {
        return true;
    }
    let of_its_kind =
        { path.extension().and_then(|e| e.to_str()) }.is_some_and(|end| kept.ends.contains(&end));
    match std::fs::metadata(path) {
        // On some file systems everything may be executed, the program's own files too: those have an
        // extension or are hidden.
        Ok(meta) => {
            let is_plain = !name.contains('.') && meta.mode() & 0o111 != 0;
            meta.is_file() && (of_its_kind || is_plain)
        }
        // A link that leads to nothing yet.
        Err(_) => of_its_kind,
    }
}

#[cfg(test)]
mod tests;
