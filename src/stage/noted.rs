//! Notes that a later attempt believes: how checks came out on a tree. Each is sealed with the
//! person's secret, for itself and for the name it lies under; one that is not counts for nothing, and
//! the check is run again.

use super::ground;
use crate::store::secret::Secret;
use crate::store::user::UserDir;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::OnceLock;

/// The length of a seal's text; a line feed follows it.
const SEAL: usize = 64;

/// What is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// How a check came out on a tree of a run.
    Check,
    /// How one came out on a base.
    Base,
}

impl What {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Check => b"check",
            Self::Base => b"base",
        }
    }
}

static SECRET: OnceLock<Option<Secret>> = OnceLock::new();

/// The secret of whoever this process works for. It is asked for before anything of an attempt runs,
/// so that nothing of it can give us another one.
pub(super) fn secret() -> Option<&'static Secret> {
    SECRET
        .get_or_init(|| Secret::of_user(UserDir::find()))
        .as_ref()
}

/// The note in this file; `None`: there is none that this program wrote there for this user.
pub(super) fn read<T: DeserializeOwned>(path: &Path, what: What, most: u64) -> Option<T> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    if !meta.is_file() || meta.len() > most {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let (seal, body) = bytes.split_at_checked(SEAL)?;
    let body = body.strip_prefix(b"\n")?;
    let seal = std::str::from_utf8(seal).ok()?;
    let name = path.file_name()?.as_encoded_bytes();
    let fits = secret()?.fits(seal, &[what.name(), name, body]);
    fits.then(|| serde_json::from_slice(body).ok()).flatten()
}

/// Writes a note. Where this user has no secret none is kept.
pub(super) fn put(path: &Path, what: What, note: &impl Serialize) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    let Some(secret) = secret() else {
        return Ok(());
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(told)?;
    }
    let body = serde_json::to_vec(note).map_err(|e| e.to_string())?;
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let seal = secret.seal(&[what.name(), name, &body]);
    let bytes = [seal.as_bytes(), b"\n", &body].concat();
    ground::put(path, &bytes, 0o600).map_err(told)
}

/// A secret for the tests of this library, of which no file is left.
#[cfg(test)]
pub(super) fn for_tests() {
    SECRET.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        Secret::of_user(Some(UserDir::at(folder.path())))
    });
}
