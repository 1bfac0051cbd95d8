//! What can go wrong on the disk, with the place and what to do.

use rustix::io::Errno;
use std::io;
use std::path::{Path, PathBuf};

/// A write or read of the engine's files that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused an operation. What was there before is still there.
    #[error("can't {doing} {}: {source}{}", path.display(), remedy(source))]
    Io {
        /// What was tried: a verb.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A path that is to be written is a link, a folder or a device.
    #[error("{} is not a regular file; it is neither followed nor replaced: move it away", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else kept changing the file; their last version is kept beside it.
    #[error("{} was changed by somebody else {rounds} times running; their last version is kept in {}: compare the two, then try again", path.display(), kept.display())]
    Contended {
        /// The file.
        path: PathBuf,
        /// How often it was tried.
        rounds: u32,
        /// Where the version that could not be merged is kept.
        kept: PathBuf,
    },
    /// A line in the middle of a journal is not what was written.
    #[error("{}:{line}: the journal is damaged: {why}; keep a copy of it, then restore the run from run-state.md", path.display())]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The file that tells the folder's format does not.
    #[error("{} should hold one number, the format of this folder; write {known} into it", path.display())]
    NoFormat {
        /// The file.
        path: PathBuf,
        /// The newest format that this version knows.
        known: u64,
    },
    /// The file was written by a newer version of this program.
    #[error("{} has format {found}; this version knows up to {known}: update harness-tui", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u64,
        /// The newest that this version knows.
        known: u64,
    },
    /// A value can't be written as JSON.
    #[error("can't write a record to {}: {why}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl StoreError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }

    fn errno(&self) -> Option<Errno> {
        match self {
            Self::Io { source, .. } => Errno::from_io_error(source),
            _ => None,
        }
    }

    /// Whether the disk or the user's share of it is full: the run pauses until there is room.
    pub fn is_disk_full(&self) -> bool {
        matches!(self.errno(), Some(Errno::NOSPC | Errno::DQUOT))
    }

    /// Whether the place can't be written at all: read-only, or not permitted.
    pub fn is_read_only(&self) -> bool {
        matches!(
            self.errno(),
            Some(Errno::ROFS | Errno::ACCESS | Errno::PERM)
        )
    }

    /// Whether the file or its folder is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

fn remedy(source: &io::Error) -> &'static str {
    match Errno::from_io_error(source) {
        Some(Errno::NOSPC | Errno::DQUOT) => "; free some space, then go on",
        Some(Errno::ROFS) => "; mount it writable, or choose another place",
        Some(Errno::ACCESS | Errno::PERM) => "; check its owner and permissions",
        Some(Errno::MFILE | Errno::NFILE) => "; raise the limit of open files (ulimit -n)",
        Some(Errno::IO) => "; the disk reports a fault: check it before going on",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_known_and_says_what_to_do() {
        let error = StoreError::io("write", Path::new("/x"))(Errno::NOSPC.into());
        assert!(error.is_disk_full() && !error.is_read_only());
        assert!(error.to_string().contains("free some space"), "{error}");
    }
}
