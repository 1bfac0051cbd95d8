//! The real disk.

use super::super::write::parent;
use super::{Fingerprint, Fs, Handle, Kind, Mode, Stat};
use rustix::fs::{AtFlags, CWD, Mode as Bits, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

const MAX_NAMES: usize = 100_000;

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

struct OpenFile {
    file: File,
    /// Its permissions are new too, and must be flushed with its content.
    fresh: bool,
}

impl Handle for OpenFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        // On macOS std uses F_FULLFSYNC, which reaches the platter.
        if self.fresh {
            self.file.sync_all()
        } else {
            self.file.sync_data()
        }
    }
}

/// Opens a log for a process to print to: made for this user alone, written at its end, never
/// through a link. Logs are not flushed: they are evidence for people, and nothing decides by them.
pub fn open_log(path: &Path) -> io::Result<File> {
    open(
        path,
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
        Bits::from_raw_mode(0o600),
    )
}

fn open(path: &Path, flags: OFlags, mode: Bits) -> io::Result<File> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    Ok(rustix::fs::open(path, flags, mode)?.into())
}

/// Opens a regular file to read; a pipe is refused without waiting for its other end.
fn open_to_read(path: &Path) -> io::Result<File> {
    let file = open(path, OFlags::RDONLY, Bits::empty())?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    Ok(file)
}

/// A folder that is held open, so that what lies below it is looked at without going the way to it
/// each time. Of thousands of looks the way is most of the price.
#[derive(Debug)]
pub struct OpenDir(OwnedFd);

impl OpenDir {
    /// Opens a folder.
    pub fn at(dir: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(dir, flags, Bits::empty())?))
    }

    /// The mark of a file at this path below it, as [`Fs::stat`] gives it; `None`: nothing is there.
    pub fn fingerprint(&self, below: &Path) -> io::Result<Option<Fingerprint>> {
        let stat = match rustix::fs::statat(&self.0, below, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // The widths of these fields are the system's own.
        #[allow(
            clippy::useless_conversion,
            reason = "on some systems they are narrower"
        )]
        Ok(Some(Fingerprint {
            mtime_ns: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            ino: u64::from(stat.st_ino),
        }))
    }
}

/// Room for so many bytes and one more, by which the end is seen. A file that lies about its size
/// gets no more than a small one.
fn room(bytes: u64) -> usize {
    usize::try_from(bytes).map_or(0, |n| n.min(1 << 20).saturating_add(1))
}

impl Fs for Disk {
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let file = open_to_read(path)?;
        let mut bytes = Vec::with_capacity(room(file.metadata()?.len().min(max)));
        file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it is larger than {max} bytes"),
            ));
        }
        Ok(bytes)
    }

    fn read_from(&self, path: &Path, offset: u64, max: u64) -> io::Result<Vec<u8>> {
        let mut file = open_to_read(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let rest = file.metadata()?.len().saturating_sub(offset);
        let mut bytes = Vec::with_capacity(room(rest.min(max)));
        file.take(max).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn create_new(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn Handle>> {
        let bits = match mode {
            Mode::Private | Mode::Exactly(_) => 0o600,
            Mode::Shared => 0o666,
        };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let file = open(path, flags, Bits::from_raw_mode(bits))?;
        if let Mode::Exactly(bits) = mode {
            // Where the permissions can't be kept (a mounted foreign disk), the content still is.
            let _ = file.set_permissions(std::fs::Permissions::from_mode(bits & 0o7777));
        }
        Ok(Box::new(OpenFile { file, fresh: true }))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        let file = open(path, OFlags::WRONLY | OFlags::APPEND, Bits::empty())?;
        Ok(Box::new(OpenFile { file, fresh: false }))
    }

    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        let file = open(path, OFlags::WRONLY, Bits::empty())?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn rename_exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        rename_with(a, b, Special::Exchange)
    }

    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        rename_with(from, to, Special::NoReplace)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn create_dir_all(&self, dir: &Path, private: bool) -> io::Result<()> {
        let missing: Vec<&Path> = dir
            .ancestors()
            .filter(|at| !at.as_os_str().is_empty())
            .take_while(|at| !at.is_dir())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mode = if private { 0o700 } else { 0o777 };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(dir)?;
        for made in missing {
            self.sync_dir(parent(made))?;
        }
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            if names.len() == MAX_NAMES {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("it holds more than {MAX_NAMES} names"),
                ));
            }
            // A name that is no UTF-8 is none of the engine's.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        let meta = match std::fs::symlink_metadata(path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let file_type = meta.file_type();
        let kind = if file_type.is_file() {
            Kind::File
        } else if file_type.is_dir() {
            Kind::Dir
        } else if file_type.is_symlink() {
            Kind::Link
        } else {
            Kind::Other
        };
        Ok(Some(Stat {
            kind,
            fingerprint: Fingerprint {
                mtime_ns: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
                size: meta.size(),
                ino: meta.ino(),
            },
            mode: meta.mode() & 0o7777,
        }))
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(path)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn settle(&self, time: Duration) {
        let limit = rustix::time::Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        };
        // Interrupted early is fine: whoever settles looks again.
        let _ = rustix::event::poll(&mut [], Some(&limit));
    }
}

#[derive(Clone, Copy)]
enum Special {
    Exchange,
    NoReplace,
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_with(from: &Path, to: &Path, special: Special) -> io::Result<()> {
    use rustix::fs::RenameFlags;
    let flags = match special {
        Special::Exchange => RenameFlags::EXCHANGE,
        Special::NoReplace => RenameFlags::NOREPLACE,
    };
    Ok(rustix::fs::renameat_with(CWD, from, CWD, to, flags)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_with(_: &Path, _: &Path, _: Special) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_private_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        Disk.create_new(&path, Mode::Private)
            .unwrap()
            .write_all(b"x")
            .unwrap();
        assert_eq!(Disk.stat(&path).unwrap().unwrap().mode, 0o600);
        assert!(Disk.create_new(&path, Mode::Private).is_err());

        let link = dir.path().join("l");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Disk.read(&link, 10).is_err());
        assert!(Disk.open_append(&link).is_err());
        assert_eq!(Disk.stat(&link).unwrap().unwrap().kind, Kind::Link);
    }

    #[test]
    fn what_lies_in_an_open_folder_has_the_marks_it_has_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/f");
        std::fs::create_dir(dir.path().join("a")).unwrap();
        let write = |text: &[u8]| {
            let mut file = Disk.create_new(&path, Mode::Private).unwrap();
            file.write_all(text).unwrap();
        };
        write(b"12");
        let open = OpenDir::at(dir.path()).unwrap();
        let below = Path::new("a/f");
        let before = open.fingerprint(below).unwrap();
        assert_eq!(before, Disk.stat(&path).unwrap().map(|s| s.fingerprint));
        Disk.remove(&path).unwrap();
        write(b"123");
        assert_ne!(open.fingerprint(below).unwrap(), before);
        std::os::unix::fs::symlink("f", dir.path().join("a/l")).unwrap();
        let link = Disk.stat(&dir.path().join("a/l")).unwrap();
        let seen = open.fingerprint(Path::new("a/l")).unwrap();
        assert_eq!(seen, link.map(|s| s.fingerprint));
        assert_eq!(open.fingerprint(Path::new("a/none")).unwrap(), None);
        assert!(OpenDir::at(&path).is_err());
    }

    #[test]
    fn reading_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        Disk.create_new(&path, Mode::Private)
            .unwrap()
            .write_all(b"12345")
            .unwrap();
        assert_eq!(Disk.read(&path, 5).unwrap(), b"12345");
        assert_eq!(
            Disk.read(&path, 4).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        assert_eq!(Disk.read_from(&path, 3, 10).unwrap(), b"45");
        assert!(Disk.read_from(&path, 9, 10).unwrap().is_empty());
    }

    #[test]
    fn the_special_renames_work_here() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        for (path, text) in [(&a, b"a"), (&b, b"b")] {
            Disk.create_new(path, Mode::Private)
                .unwrap()
                .write_all(text)
                .unwrap();
        }
        Disk.rename_exchange(&a, &b).unwrap();
        assert_eq!(Disk.read(&a, 9).unwrap(), b"b");
        let refused = Disk.rename_noreplace(&a, &b).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert!(Disk.free_bytes(dir.path()).unwrap() > 0);
    }
}
