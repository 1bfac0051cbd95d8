//! A disk in memory that knows what a power cut leaves: content is durable when its file was
//! flushed, names are durable when their folder was. Folders themselves are durable at once.

use super::{Fingerprint, Fs, Handle, Kind, Mode, Stat};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a power cut leaves of that which was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing of it.
    All,
    /// Names are there, contents are half there: what most disks do at their worst.
    Torn,
    /// All of it: only the process died.
    None,
}

/// A disk in memory.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    next: u64,
    files: BTreeMap<u64, Content>,
    now: BTreeMap<PathBuf, u64>,
    durable: BTreeMap<PathBuf, u64>,
    dirs: BTreeSet<PathBuf>,
}

#[derive(Clone, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    writes: u64,
    mode: u32,
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Inner {
    fn ino(&self, path: &Path) -> io::Result<u64> {
        self.now.get(path).copied().ok_or_else(missing)
    }
    fn file(&mut self, path: &Path) -> io::Result<&mut Content> {
        let ino = self.ino(path)?;
        self.files.get_mut(&ino).ok_or_else(missing)
    }
    fn vacant(&self, path: &Path) -> io::Result<()> {
        if self.now.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        match path.parent() {
            Some(dir) if self.dirs.contains(dir) => Ok(()),
            _ => Err(missing()),
        }
    }
}

impl Memory {
    /// An empty disk with one folder.
    pub fn with_dir(dir: &Path) -> Self {
        let memory = Self::default();
        memory
            .lock()
            .dirs
            .extend(dir.ancestors().map(Path::to_owned));
        memory
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file there, durably.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let mut inner = self.lock();
        inner.next += 1;
        let ino = inner.next;
        let content = Content {
            now: bytes.to_vec(),
            durable: bytes.to_vec(),
            writes: 0,
            mode: 0o600,
        };
        inner.files.insert(ino, content);
        inner.now.insert(path.to_owned(), ino);
        inner.durable.insert(path.to_owned(), ino);
    }

    /// The disk as it is found after a power cut; this one is as it was.
    #[must_use]
    pub fn after_power_cut(&self, loss: Loss) -> Self {
        let inner = self.lock();
        let names = match loss {
            Loss::All => inner.durable.clone(),
            Loss::Torn | Loss::None => inner.now.clone(),
        };
        let files = inner.files.iter().map(|(ino, content)| {
            let left = match loss {
                Loss::All => content.durable.clone(),
                Loss::None => content.now.clone(),
                Loss::Torn => torn(content),
            };
            let content = Content {
                now: left.clone(),
                durable: left,
                ..content.clone()
            };
            (*ino, content)
        });
        Self(Arc::new(Mutex::new(Inner {
            next: inner.next,
            files: files.collect(),
            now: names.clone(),
            durable: names,
            dirs: inner.dirs.clone(),
        })))
    }
}

fn torn(content: &Content) -> Vec<u8> {
    if content.now == content.durable {
        return content.now.clone();
    }
    let kept = match content.now.strip_prefix(content.durable.as_slice()) {
        Some(added) => content.durable.len() + added.len() / 2,
        None => content.now.len() / 2,
    };
    content.now.get(..kept).unwrap_or_default().to_vec()
}

struct MemoryHandle {
    disk: Memory,
    ino: u64,
}

impl Handle for MemoryHandle {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.lock();
        let file = inner.files.get_mut(&self.ino).ok_or_else(missing)?;
        file.now.extend_from_slice(bytes);
        file.writes += 1;
        Ok(())
    }
    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.lock();
        let file = inner.files.get_mut(&self.ino).ok_or_else(missing)?;
        file.durable = file.now.clone();
        Ok(())
    }
}

impl Fs for Memory {
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        let bytes = self.lock().file(path)?.now.clone();
        if bytes.len() as u64 > max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }
    fn read_from(&self, path: &Path, offset: u64, max: u64) -> io::Result<Vec<u8>> {
        let mut inner = self.lock();
        let bytes = &inner.file(path)?.now;
        let from = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        Ok(bytes.iter().skip(from).take(max).copied().collect())
    }
    fn create_new(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn Handle>> {
        let mut inner = self.lock();
        inner.vacant(path)?;
        inner.next += 1;
        let ino = inner.next;
        let mode = match mode {
            Mode::Private => 0o600,
            Mode::Shared => 0o644,
            Mode::Exactly(bits) => bits,
        };
        let content = Content {
            mode,
            ..Content::default()
        };
        inner.files.insert(ino, content);
        inner.now.insert(path.to_owned(), ino);
        drop(inner);
        let disk = self.clone();
        Ok(Box::new(MemoryHandle { disk, ino }))
    }
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        let ino = self.lock().ino(path)?;
        let disk = self.clone();
        Ok(Box::new(MemoryHandle { disk, ino }))
    }
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        let mut inner = self.lock();
        let file = inner.file(path)?;
        file.now
            .truncate(usize::try_from(len).unwrap_or(usize::MAX));
        file.durable = file.now.clone();
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        let ino = inner.now.remove(from).ok_or_else(missing)?;
        inner.now.insert(to.to_owned(), ino);
        Ok(())
    }
    fn rename_exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        let (first, second) = (inner.ino(a)?, inner.ino(b)?);
        inner.now.insert(a.to_owned(), second);
        inner.now.insert(b.to_owned(), first);
        Ok(())
    }
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.lock().vacant(to)?;
        self.rename(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        inner.vacant(to)?;
        let ino = inner.ino(from)?;
        inner.now.insert(to.to_owned(), ino);
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.lock().now.remove(path).map(drop).ok_or_else(missing)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        let inside = |path: &Path| path.parent() == Some(dir);
        let now: Vec<_> = inner
            .now
            .iter()
            .filter(|(path, _)| inside(path))
            .map(|(path, ino)| (path.clone(), *ino))
            .collect();
        inner.durable.retain(|path, _| !inside(path));
        inner.durable.extend(now);
        Ok(())
    }
    fn create_dir_all(&self, dir: &Path, _private: bool) -> io::Result<()> {
        self.lock().dirs.extend(dir.ancestors().map(Path::to_owned));
        Ok(())
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let inner = self.lock();
        if !inner.dirs.contains(dir) {
            return Err(missing());
        }
        let all = inner.now.keys().chain(&inner.dirs);
        let here = all.filter(|path| path.parent() == Some(dir));
        let names: BTreeSet<String> = here
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect();
        Ok(names.into_iter().collect())
    }
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        let mut inner = self.lock();
        if inner.dirs.contains(path) {
            return Ok(Some(Stat {
                kind: Kind::Dir,
                fingerprint: Fingerprint::default(),
                mode: 0o700,
            }));
        }
        let Ok(ino) = inner.ino(path) else {
            return Ok(None);
        };
        let file = inner.file(path)?;
        Ok(Some(Stat {
            kind: Kind::File,
            fingerprint: Fingerprint {
                mtime_ns: i128::from(file.writes),
                size: file.now.len() as u64,
                ino,
            },
            mode: file.mode,
        }))
    }
    fn free_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
    fn settle(&self, _time: Duration) {}
}
