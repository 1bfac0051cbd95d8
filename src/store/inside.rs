//! Reading a file of the repository without being led out of it.
//!
//! An agent may have put a link, a pipe, a device or a second name of a file elsewhere where an
//! artifact should be. None is followed, waited for or read.

use crate::terms::RepoPath;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("{path} is missing")]
    Missing {
        /// The path.
        path: RepoPath,
    },
    /// It is a folder, a pipe, a socket or a device.
    #[error("{path} is not a regular file")]
    NotAFile {
        /// The path.
        path: RepoPath,
    },
    /// It, or a folder above it, is a link, or it is a file that has a second name.
    #[error("{path} is a link, or lies behind one; put a regular file there")]
    Link {
        /// The path.
        path: RepoPath,
    },
    /// It is larger than allowed.
    #[error("{path} has {size} bytes; at most {max} are read")]
    TooBig {
        /// The path.
        path: RepoPath,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        max: u64,
    },
    /// The system refused.
    #[error("can't read {path}: {source}")]
    Unreadable {
        /// The path.
        path: RepoPath,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
}

/// Reads a regular file of at most `max` bytes beneath `root`, following no link on the way.
pub fn read_inside(root: &Path, path: &RepoPath, max: u64) -> Result<Vec<u8>, ReadError> {
    let file = File::from(open_beneath(root, path).map_err(|errno| refusal(path, errno))?);
    let unreadable = |source| ReadError::Unreadable {
        path: path.clone(),
        source,
    };
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(ReadError::NotAFile { path: path.clone() });
    }
    if meta.nlink() != 1 {
        return Err(ReadError::Link { path: path.clone() });
    }
    let too_big = |size| ReadError::TooBig {
        path: path.clone(),
        size,
        max,
    };
    if meta.size() > max {
        return Err(too_big(meta.size()));
    }
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    // It may have grown since.
    match bytes.len() as u64 {
        size if size > max => Err(too_big(size)),
        _ => Ok(bytes),
    }
}

fn refusal(path: &RepoPath, errno: Errno) -> ReadError {
    let path = path.clone();
    match errno {
        Errno::NOENT => ReadError::Missing { path },
        Errno::LOOP | Errno::XDEV | Errno::MLINK => ReadError::Link { path },
        // A socket, or a device that is not there; a file where a folder should be.
        Errno::NXIO | Errno::NODEV | Errno::NOTDIR => ReadError::NotAFile { path },
        errno => ReadError::Unreadable {
            path,
            source: errno.into(),
        },
    }
}

fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY
}

fn open_beneath(root: &Path, path: &RepoPath) -> Result<OwnedFd, Errno> {
    let root = rustix::fs::open(
        root,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY,
        Mode::empty(),
    )?;
    #[cfg(target_os = "linux")]
    match open_resolving(&root, path) {
        // An old kernel, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::TOOBIG) => {}
        done => return done,
    }
    open_by_parts(root, path)
}

#[cfg(target_os = "linux")]
fn open_resolving(root: &OwnedFd, path: &RepoPath) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags as R;
    let resolve = R::BENEATH | R::NO_SYMLINKS | R::NO_MAGICLINKS;
    // The kernel asks to try again when something was renamed meanwhile.
    for _ in 0..16 {
        match rustix::fs::openat2(root, path.as_str(), flags(), Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            done => return done,
        }
    }
    Err(Errno::AGAIN)
}

/// Opens one folder after the other, none of them a link.
fn open_by_parts(root: OwnedFd, path: &RepoPath) -> Result<OwnedFd, Errno> {
    let mut at = root;
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let wanted = if last {
            flags()
        } else {
            flags() | OFlags::DIRECTORY
        };
        at = match rustix::fs::openat(&at, part, wanted, Mode::empty()) {
            // A link that should be a folder is refused as "no folder".
            Err(Errno::NOTDIR) if is_link(&at, part) => return Err(Errno::LOOP),
            next => next?,
        };
    }
    Ok(at)
}

fn is_link(dir: &OwnedFd, name: &str) -> bool {
    rustix::fs::statat(dir, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn made() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        std::fs::create_dir_all(root.join("docs")).unwrap();
        for (name, text) in [("repo/docs/a.md", "inside"), ("secret", "outside")] {
            super::super::write::replace(
                &super::super::Disk,
                &dir.path().join(name),
                text.as_bytes(),
            )
            .unwrap();
        }
        symlink("../secret", root.join("link.md")).unwrap();
        symlink("docs/a.md", root.join("inner-link.md")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("docs", root.join("also-docs")).unwrap();
        std::fs::hard_link(dir.path().join("secret"), root.join("hard.md")).unwrap();
        let fifo = Command::new("mkfifo")
            .arg(root.join("pipe"))
            .status()
            .unwrap();
        assert!(fifo.success());
        std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        dir
    }

    #[test]
    fn only_regular_files_inside_are_read() {
        let dir = made();
        let root = dir.path().join("repo");
        assert_eq!(
            read_inside(&root, &path("docs/a.md"), 6).unwrap(),
            b"inside"
        );
        let read = |text: &str| read_inside(&root, &path(text), 100).unwrap_err();
        assert!(matches!(read("docs/b.md"), ReadError::Missing { .. }));
        assert!(matches!(read("nowhere/b.md"), ReadError::Missing { .. }));
        for link in [
            "link.md",
            "inner-link.md",
            "up/secret",
            "also-docs/a.md",
            "hard.md",
        ] {
            assert!(matches!(read(link), ReadError::Link { .. }), "{link}");
        }
        for no_file in ["docs", "pipe", "socket", "docs/a.md/x"] {
            assert!(
                matches!(read(no_file), ReadError::NotAFile { .. }),
                "{no_file}"
            );
        }
        let error = read_inside(&root, &path("docs/a.md"), 5).unwrap_err();
        assert!(matches!(
            error,
            ReadError::TooBig {
                size: 6,
                max: 5,
                ..
            }
        ));
    }

    #[test]
    fn part_by_part_refuses_the_same() {
        let dir = made();
        let open = |text: &str| {
            let root = File::open(dir.path().join("repo")).unwrap();
            open_by_parts(root.into(), &path(text))
        };
        assert!(open("docs/a.md").is_ok());
        assert!(
            open("pipe").is_ok(),
            "opened without waiting; refused by its kind"
        );
        assert_eq!(open("docs/b.md").unwrap_err(), Errno::NOENT);
        for link in ["link.md", "up/secret", "also-docs/a.md"] {
            assert_eq!(open(link).unwrap_err(), Errno::LOOP, "{link}");
        }
    }
}
