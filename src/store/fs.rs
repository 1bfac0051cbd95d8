//! The few operations that the write protocol needs of a disk.
//!
//! [`Disk`] is the real one. [`memory`] models what a power cut leaves, [`faulty`] makes the k-th
//! operation fail; both serve tests, of this room and of those above it.

mod disk;
#[doc(hidden)]
pub mod faulty;
#[doc(hidden)]
pub mod memory;

pub use disk::{Disk, OpenDir, open_log};

use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::time::Duration;

/// A disk. Each operation is one that can fail, or be the last before a power cut.
pub trait Fs: Send + Sync {
    /// Reads a whole regular file of at most `max` bytes, without following a link; a larger one is
    /// an error of kind `FileTooLarge`.
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>>;
    /// Reads at most `max` bytes from an offset; fewer only at the end of the file.
    fn read_from(&self, path: &Path, offset: u64, max: u64) -> io::Result<Vec<u8>>;
    /// Makes a file that must not be there yet, to be written and flushed.
    fn create_new(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn Handle>>;
    /// Opens a file that must be there, to write at its end.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn Handle>>;
    /// Cuts a file to a length and flushes that.
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()>;
    /// Puts `from` in the place of `to`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Swaps two files that are both there, in one step.
    fn rename_exchange(&self, a: &Path, b: &Path) -> io::Result<()>;
    /// Puts `from` at `to` where nothing may be.
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name where nothing may be.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Flushes a folder's entries.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes a folder with those above it; new ones are for this user alone where `private`.
    fn create_dir_all(&self, dir: &Path, private: bool) -> io::Result<()>;
    /// The names in a folder, sorted; more than 100 000 are an error of kind `FileTooLarge`.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// What a path is, without following a link; `None`: nothing is there.
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>>;
    /// Bytes free to this user on the disk of this path.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
    /// Waits, where somebody else needs a moment to finish.
    fn settle(&self, time: Duration);
}

/// An open file.
pub trait Handle: Send {
    /// Writes all of it with one call where the system takes it whole.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Flushes content and size. After an error the file must not be flushed again through this
    /// handle: the system may have dropped what it could not write.
    fn sync(&mut self) -> io::Result<()>;
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// This user alone (0600).
    Private,
    /// As the user's umask says (0666 before it): files that people share.
    Shared,
    /// These permission bits exactly.
    Exactly(u32),
}

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// The kind of thing.
    pub kind: Kind,
    /// Changes when the content does, as far as a stat can tell.
    pub fingerprint: Fingerprint,
    /// Permission bits.
    pub mode: u32,
}

/// The kind of thing that a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A link.
    Link,
    /// A pipe, socket or device.
    Other,
}

/// A cheap mark of a file's state: equal marks mean "look no further"; unequal ones mean "read it".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Fingerprint {
    /// When it was last written, in nanoseconds since 1970.
    pub mtime_ns: i128,
    /// Its size in bytes.
    pub size: u64,
    /// Its inode.
    pub ino: u64,
}
