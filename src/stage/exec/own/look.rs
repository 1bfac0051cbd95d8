//! What stands at a path and below it: which files with what in them, and where links lead. Links are
//! gone after, for what they lead to is obeyed as well.

use crate::terms::Digest;
use rustix::fs::OFlags;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How much of one file or folder is looked at: how many entries, and how many bytes are read. What is
/// beyond these bytes is known by its size and times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

pub(super) const BOUNDS: Bounds = Bounds {
    entries: 100_000,
    bytes: 256 * 1024 * 1024,
};

/// One thing that stands at a path. Folders count by what is in them.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    /// A link, and where it leads.
    Link(PathBuf),
    /// A file.
    File {
        /// What is in it; `None`: it can't be read, or is beyond the bound.
        digest: Option<Digest>,
        /// What the system changes with every change of it.
        stamp: [i64; 6],
    },
    /// What an agent program's state says that is obeyed.
    Says(Digest),
    /// Neither file nor folder nor link.
    Odd,
    /// It can't be looked at, and why.
    Unread(String),
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Link(a), Self::Link(b)) => a == b,
            (
                Self::File {
                    digest: a,
                    stamp: at_a,
                },
                Self::File {
                    digest: b,
                    stamp: at_b,
                },
            ) => match (a, b) {
                (Some(a), Some(b)) => a == b,
                _ => at_a == at_b,
            },
            (Self::Says(a), Self::Says(b)) => a == b,
            (Self::Odd, Self::Odd) => true,
            (Self::Unread(a), Self::Unread(b)) => a == b,
            _ => false,
        }
    }
}

pub(super) type Found = BTreeMap<PathBuf, Seen>;

/// What stands at this path and below it, and behind the links in it; nothing, where nothing does. An
/// error says why it can't be told as a whole.
pub(super) fn at(path: &Path, bounds: Bounds) -> Result<Found, String> {
    let mut walk = Walk {
        bounds,
        found: Found::new(),
        gone_into: BTreeSet::new(),
        due: vec![path.to_owned()],
        met: 0,
    };
    while let Some(path) = walk.due.pop() {
        walk.met += 1;
        if walk.met > bounds.entries {
            let most = bounds.entries;
            return Err(format!("more than {most} files are there"));
        }
        walk.one(path);
    }
    Ok(walk.found)
}

struct Walk {
    bounds: Bounds,
    found: Found,
    gone_into: BTreeSet<PathBuf>,
    due: Vec<PathBuf>,
    met: usize,
}

impl Walk {
    fn one(&mut self, path: PathBuf) {
        if self.found.contains_key(&path) {
            return;
        }
        let seen = match std::fs::symlink_metadata(&path) {
            Err(e) if absent(&e) => return,
            Err(e) => Seen::Unread(e.to_string()),
            Ok(meta) if meta.is_dir() => match self.folder(&path) {
                Ok(()) => return,
                Err(e) => Seen::Unread(e.to_string()),
            },
            Ok(meta) if meta.is_symlink() => self.link(&path),
            Ok(meta) if meta.is_file() => self.file(&path, &meta),
            Ok(_) => Seen::Odd,
        };
        self.found.insert(path, seen);
    }

    fn folder(&mut self, path: &Path) -> std::io::Result<()> {
        if !self.gone_into.insert(path.to_owned()) {
            return Ok(());
        }
        for entry in std::fs::read_dir(path)? {
            self.due.push(entry?.path());
            if self.met + self.due.len() > self.bounds.entries {
                // It is given up at the next one.
                self.met = self.bounds.entries;
                break;
            }
        }
        Ok(())
    }

    fn link(&mut self, path: &Path) -> Seen {
        match std::fs::read_link(path) {
            Ok(to) => {
                // Also one that leads to nothing yet: something may be put there.
                self.due.extend(led_to(path, &to));
                Seen::Link(to)
            }
            Err(e) => Seen::Unread(e.to_string()),
        }
    }

    fn file(&mut self, path: &Path, meta: &Metadata) -> Seen {
        let digest = match self.bounds.bytes.checked_sub(meta.len()) {
            Some(left) => {
                self.bounds.bytes = left;
                digest(path, meta.len()).ok()
            }
            None => None,
        };
        let [size, inode] = [meta.len(), meta.ino()].map(u64::cast_signed);
        let stamp = [
            size,
            inode,
            meta.mtime(),
            meta.mtime_nsec(),
            meta.ctime(),
            meta.ctime_nsec(),
        ];
        Seen::File { digest, stamp }
    }
}

fn absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Where the link at this path leads, as a real path but for the last name, which need not be there.
fn led_to(link: &Path, to: &Path) -> Option<PathBuf> {
    real(&link.parent()?.join(to))
}

/// This path with no link in what is above its last name; `None`: that is not there.
pub(super) fn real(path: &Path) -> Option<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Some(parent.canonicalize().ok()?.join(name)),
        // Such as `..`: a folder that is there, or nothing.
        _ => path.canonicalize().ok(),
    }
}

/// The digest of a file that had this many bytes. What grew meanwhile is none that can be told.
fn digest(path: &Path, size: u64) -> std::io::Result<Digest> {
    let file = plain(path)?;
    let mut reader = file.take(size + 1);
    let digest = Digest::of_reader(&mut reader)?;
    match reader.limit() {
        0 => Err(std::io::Error::other("it grows")),
        _ => Ok(digest),
    }
}

/// Opens a file for reading; what took its place meanwhile neither leads elsewhere nor holds us up.
pub(super) fn plain(path: &Path) -> std::io::Result<std::fs::File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(std::io::Error::other("it is no plain file")),
    }
}
