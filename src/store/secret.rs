//! The secret of a user: what this program writes for itself beside a clone is sealed with it, so that
//! nobody who can't read the secret can plant any of it.

use super::StoreError;
use super::fs::{Disk, Fs};
use super::user::UserDir;
use super::write::{Once, create_once};
use std::path::{Path, PathBuf};

/// What seals are derived for, so that the secret serves nothing else.
const PURPOSE: &str = "harness-tui 2026 trust";
/// The length of the secret's text.
const LEN: usize = 64;
/// Largest file that is read.
const MAX_BYTES: u64 = 1024;

/// Why the secret can't be had.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    /// The file is there and holds none.
    #[error("{} holds no secret of this program's; take it away, and trust again what you trusted", .0.display())]
    Bad(PathBuf),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The secret: 64 hexadecimal digits.
pub struct Secret(String);

impl Secret {
    /// The secret in this file; `None`: there is none yet.
    pub fn read(path: &Path) -> Result<Option<Self>, NoSecret> {
        match Disk.read(path, MAX_BYTES) {
            Ok(bytes) => Self::of(path, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", path)(error).into()),
        }
    }

    /// The same, made where there is none.
    pub fn read_or_new(path: &Path) -> Result<Self, NoSecret> {
        if let Some(secret) = Self::read(path)? {
            return Ok(secret);
        }
        if let Some(folder) = path.parent() {
            Disk.create_dir_all(folder, true)
                .map_err(StoreError::io("make", folder))?;
        }
        let half = || uuid::Uuid::new_v4().simple().to_string();
        let new = half() + &half() + "\n";
        match create_once(&Disk, path, new.as_bytes())? {
            Once::Created => Self::of(path, new.as_bytes()),
            // Somebody was quicker.
            Once::Existed(bytes) => Self::of(path, &bytes),
        }
    }

    /// The secret of this user, made where there is none; `None`: they have no place for one.
    pub fn of_user(user: Option<UserDir>) -> Option<Self> {
        Self::read_or_new(&user?.trust_key()).ok()
    }

    /// Where this user's secret lies, to be hidden from what runs: made where there is none, for what is
    /// not there yet can't be hidden, and it could be made at any time.
    pub fn to_hide(user: Option<UserDir>) -> Option<PathBuf> {
        let path = user?.trust_key();
        // Where none can be made there is none to be read.
        let _ = Self::read_or_new(&path);
        Some(path)
    }

    fn of(path: &Path, bytes: &[u8]) -> Result<Self, NoSecret> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        if text.len() == LEN && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(NoSecret::Bad(path.to_owned()))
    }

    /// The seal of these parts; a part's end can't be mistaken for another's start. The first says
    /// what is sealed, so that one thing can't stand for another.
    pub fn seal(&self, parts: &[&[u8]]) -> String {
        let key = blake3::derive_key(PURPOSE, self.0.as_bytes());
        let mut hasher = blake3::Hasher::new_keyed(&key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Whether this is the seal of these parts.
    pub fn fits(&self, seal: &str, parts: &[&[u8]]) -> bool {
        // As digests, which are compared in constant time.
        let given = blake3::Hash::from_hex(seal).ok();
        given.is_some() && given == blake3::Hash::from_hex(self.seal(parts)).ok()
    }
}
