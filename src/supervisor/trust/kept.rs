//! The two files of trust: the word about a clone, and that a run began on it.

use super::CannotTrust;
use crate::documents::powers::Power;
use crate::engine::Person;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::RunDir;
use crate::store::secret::Secret;
use crate::terms::{Digest, RepoPath};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest file that is read.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// What each is sealed as, so that one can't stand for the other.
const CLONE: &[u8] = b"clone";
const RUN: &[u8] = b"run";

/// What was trusted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Given {
    /// The digest of what was shown.
    pub(super) digest: Digest,
    pub(super) at: Timestamp,
    pub(super) by: Person,
}

/// The word about a clone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The format of this file: 1.
    format: u32,
    /// The clone: the git folder that all its working trees share.
    place: PathBuf,
    /// The harness folder, relative to the checkout.
    harness: RepoPath,
    /// What was trusted since it was last taken back, the newest last.
    pub(super) given: Vec<Given>,
    /// What was shown last.
    pub(super) powers: Vec<Power>,
}

#[derive(Serialize, Deserialize)]
struct File {
    record: Record,
    seal: String,
}

/// What there is of a word about a clone.
pub(super) enum Kept {
    /// None.
    None,
    /// It, as this program wrote it for this user and this place.
    Record(Record),
    /// One of another place.
    Elsewhere(PathBuf),
    /// Something that this program did not write for this user.
    Altered,
}

impl Record {
    pub(super) fn of(place: &Path, harness: &RepoPath) -> Self {
        Self {
            format: 1,
            place: place.to_owned(),
            harness: harness.clone(),
            given: Vec::new(),
            powers: Vec::new(),
        }
    }

    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.given.iter().any(|g| g.digest == *digest)
    }

    /// It as it is written to this file.
    pub(super) fn sealed(self, key: &Secret, file: &Path) -> Result<Vec<u8>, CannotTrust> {
        let seal = key.seal(&[CLONE, &encoded(&self, file)?]);
        Ok(encoded(&File { record: self, seal }, file)?)
    }
}

impl Kept {
    /// What lies in this file, about the clone at this place.
    pub(super) fn read(
        file: &Path,
        key: Option<&Secret>,
        place: &Path,
        harness: &RepoPath,
    ) -> Self {
        let bytes = match Disk.read(file, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::None,
            Err(_) => return Self::Altered,
        };
        let Ok(File { record, seal }) = serde_json::from_slice(&bytes) else {
            return Self::Altered;
        };
        let Ok(body) = encoded(&record, file) else {
            return Self::Altered;
        };
        if !key.is_some_and(|key| key.fits(&seal, &[CLONE, &body])) {
            return Self::Altered;
        }
        if record.place != place || record.harness != *harness {
            return Self::Elsewhere(record.place);
        }
        Self::Record(record)
    }
}

/// That a run began on what was trusted.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The digest of what was trusted.
    pub(super) digest: Digest,
    seal: String,
}

impl Sealed {
    pub(super) fn of(
        key: &Secret,
        place: &Path,
        run: &RunDir,
        lock: &[u8],
        digest: &Digest,
    ) -> Self {
        let seal = key.seal(&parts(place, run, lock, digest));
        Self {
            digest: digest.clone(),
            seal,
        }
    }

    /// What lies in this file; `None`: nothing that can be read.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let bytes = Disk.read(file, MAX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether it was written for this run, with this workflow, at this place.
    pub(super) fn fits(&self, key: &Secret, place: &Path, run: &RunDir, lock: &[u8]) -> bool {
        key.fits(&self.seal, &parts(place, run, lock, &self.digest))
    }

    pub(super) fn bytes(&self, file: &Path) -> Result<Vec<u8>, CannotTrust> {
        Ok(encoded(self, file)?)
    }
}

fn parts<'a>(
    place: &'a Path,
    run: &'a RunDir,
    lock: &'a [u8],
    digest: &'a Digest,
) -> [&'a [u8]; 5] {
    let name = run.path().file_name().unwrap_or_default();
    let bytes = |text: &'a std::ffi::OsStr| text.as_encoded_bytes();
    [
        RUN,
        bytes(place.as_os_str()),
        bytes(name),
        digest.as_str().as_bytes(),
        lock,
    ]
}

fn encoded(value: &impl Serialize, file: &Path) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec_pretty(value).map_err(|e| StoreError::Encode {
        path: file.to_owned(),
        why: e.to_string(),
    })
}
