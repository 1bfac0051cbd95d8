//! A disk on which the k-th operation fails, or after which nothing works any more.

use super::{Fs, Handle, Mode, Stat};
use rustix::io::Errno;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this error; later ones work again.
    Error(Errno),
    /// The process dies before it (a write: half way through); nothing works afterwards.
    Crash,
}

/// Which of the operations that not every disk offers are refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lacking {
    /// The swap of two names.
    pub exchange: bool,
    /// The rename that does not replace.
    pub noreplace: bool,
}

/// A disk with one fault in it. Operations are counted from 1, each write and flush of a handle too.
pub struct Faulty<F> {
    /// The disk underneath.
    pub inner: F,
    state: Arc<State>,
    lacking: Lacking,
}

struct State {
    count: AtomicU64,
    at: u64,
    fault: Fault,
    fired: AtomicBool,
}

enum Verdict {
    Go,
    Half(io::Error),
}

impl State {
    fn step(&self) -> Result<Verdict, io::Error> {
        let n = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        match self.fault {
            Fault::Crash if n >= self.at => {
                self.fired.store(true, Ordering::SeqCst);
                let error = io::Error::other("the process is dead");
                if n == self.at {
                    Ok(Verdict::Half(error))
                } else {
                    Err(error)
                }
            }
            Fault::Error(errno) if n == self.at => {
                self.fired.store(true, Ordering::SeqCst);
                Ok(Verdict::Half(errno.into()))
            }
            _ => Ok(Verdict::Go),
        }
    }

    fn whole(&self) -> io::Result<()> {
        match self.step()? {
            Verdict::Go => Ok(()),
            Verdict::Half(error) => Err(error),
        }
    }
}

impl<F: Fs> Faulty<F> {
    /// A fault at the `at`-th operation; 0 means never.
    pub fn new(inner: F, at: u64, fault: Fault) -> Self {
        let at = if at == 0 { u64::MAX } else { at };
        let state = State {
            count: AtomicU64::new(0),
            at,
            fault,
            fired: AtomicBool::new(false),
        };
        Self {
            inner,
            state: Arc::new(state),
            lacking: Lacking::default(),
        }
    }

    /// A disk without faults that lacks some operations, and counts.
    pub fn lacking(inner: F, lacking: Lacking) -> Self {
        Self::new(inner, 0, Fault::Crash).without(lacking)
    }

    /// The same with these operations refused.
    #[must_use]
    pub fn without(mut self, lacking: Lacking) -> Self {
        self.lacking = lacking;
        self
    }

    /// Whether the fault happened: a test that injects one must see to it that it did.
    pub fn fired(&self) -> bool {
        self.state.fired.load(Ordering::SeqCst)
    }

    /// How many operations there were.
    pub fn count(&self) -> u64 {
        self.state.count.load(Ordering::SeqCst)
    }
}

struct FaultyHandle {
    inner: Box<dyn Handle>,
    state: Arc<State>,
}

impl Handle for FaultyHandle {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.state.step()? {
            Verdict::Go => self.inner.write_all(bytes),
            Verdict::Half(error) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
                self.inner.write_all(half)?;
                Err(error)
            }
        }
    }
    fn sync(&mut self) -> io::Result<()> {
        self.state.whole()?;
        self.inner.sync()
    }
}

impl<F: Fs> Fs for Faulty<F> {
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        self.state.whole()?;
        self.inner.read(path, max)
    }
    fn read_from(&self, path: &Path, offset: u64, max: u64) -> io::Result<Vec<u8>> {
        self.state.whole()?;
        self.inner.read_from(path, offset, max)
    }
    fn create_new(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn Handle>> {
        self.state.whole()?;
        let inner = self.inner.create_new(path, mode)?;
        let state = Arc::clone(&self.state);
        Ok(Box::new(FaultyHandle { inner, state }))
    }
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        self.state.whole()?;
        let inner = self.inner.open_append(path)?;
        let state = Arc::clone(&self.state);
        Ok(Box::new(FaultyHandle { inner, state }))
    }
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        self.state.whole()?;
        self.inner.truncate(path, len)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.whole()?;
        self.inner.rename(from, to)
    }
    fn rename_exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        self.state.whole()?;
        if self.lacking.exchange {
            return Err(Errno::INVAL.into());
        }
        self.inner.rename_exchange(a, b)
    }
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.whole()?;
        if self.lacking.noreplace {
            return Err(Errno::NOSYS.into());
        }
        self.inner.rename_noreplace(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.whole()?;
        self.inner.link(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.state.whole()?;
        self.inner.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.state.whole()?;
        self.inner.sync_dir(dir)
    }
    fn create_dir_all(&self, dir: &Path, private: bool) -> io::Result<()> {
        self.state.whole()?;
        self.inner.create_dir_all(dir, private)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.state.whole()?;
        self.inner.list(dir)
    }
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        self.state.whole()?;
        self.inner.stat(path)
    }
    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        self.state.whole()?;
        self.inner.free_bytes(path)
    }
    fn settle(&self, time: Duration) {
        self.inner.settle(time);
    }
}
