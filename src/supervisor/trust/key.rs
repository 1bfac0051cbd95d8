//! The secret of a user that the word about a clone is sealed with.

use super::CannotTrust;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::write::{Once, create_once};
use std::path::Path;

/// What seals are derived for, so that the secret serves nothing else.
const PURPOSE: &str = "harness-tui 2026 trust";
/// The length of the secret's text.
const LEN: usize = 64;
/// Largest file that is read.
const MAX_BYTES: u64 = 1024;

/// The secret: 64 hexadecimal digits.
pub(super) struct Key(String);

impl Key {
    /// The secret in this file; `None`: there is none yet.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, CannotTrust> {
        match Disk.read(path, MAX_BYTES) {
            Ok(bytes) => Self::of(path, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", path)(error).into()),
        }
    }

    /// The same, made where there is none.
    pub(super) fn read_or_new(path: &Path) -> Result<Self, CannotTrust> {
        if let Some(key) = Self::read(path)? {
            return Ok(key);
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

    fn of(path: &Path, bytes: &[u8]) -> Result<Self, CannotTrust> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        if text.len() == LEN && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(CannotTrust::BadKey(path.to_owned()))
    }

    /// The seal of these parts; a part's end can't be mistaken for another's start.
    pub(super) fn seal(&self, parts: &[&[u8]]) -> String {
        let key = blake3::derive_key(PURPOSE, self.0.as_bytes());
        let mut hasher = blake3::Hasher::new_keyed(&key);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Whether this is the seal of these parts.
    pub(super) fn fits(&self, seal: &str, parts: &[&[u8]]) -> bool {
        // As digests, which are compared in constant time.
        let given = blake3::Hash::from_hex(seal).ok();
        given.is_some() && given == blake3::Hash::from_hex(self.seal(parts)).ok()
    }
}
