//! The seal of an exit record: proof that `stage-exec` wrote it, and no agent.
//!
//! The supervisor makes a [`Key`], journals its digest, and tells the key to `stage-exec` by its
//! standard input: it is in no file and no environment while an agent lives. `stage-exec` seals its
//! record with it and gives the key away in the [`Seal`], once nothing of the attempt lives any
//! more. So a later supervisor, which never knew the key, can tell a true record too: the key fits
//! the digest in the journal, and the seal fits the record.

use crate::terms::Digest;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// What the seal is derived for, so that the key serves nothing else.
const PURPOSE: &str = "harness-tui 2026 exit record";
/// The length of a key's text.
const KEY_LEN: usize = 64;

/// A secret of one attempt: 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// What lies beside an exit record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The key, which is no secret any more.
    key: String,
    /// The record's keyed digest.
    seal: String,
}

impl Key {
    /// A new one.
    pub fn new() -> Self {
        let half = || uuid::Uuid::new_v4().simple().to_string();
        Self(half() + &half())
    }

    /// The key that whoever started us tells us, where they are to tell one. An input that ends
    /// before is an error: they died, and what we would do nobody could tell from a forgery.
    pub fn told_if(wanted: bool, input: impl Read) -> io::Result<Option<Self>> {
        if !wanted {
            return Ok(None);
        }
        let mut key = [0; KEY_LEN];
        let mut input = input;
        input.read_exact(&mut key)?;
        let text = String::from_utf8(key.to_vec()).map_err(io::Error::other)?;
        Ok(Some(Self(text)))
    }

    /// As it is told.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What may be known of it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Seals a record.
    pub fn seal(&self, record: &[u8]) -> Seal {
        Seal {
            key: self.0.clone(),
            seal: keyed(&self.0, record),
        }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(secret)")
    }
}

impl Seal {
    /// Whether this is the seal of `record`, by the key of this digest.
    pub fn fits(&self, key: &Digest, record: &[u8]) -> bool {
        Digest::of(&self.key) == *key && keyed(&self.key, record) == self.seal
    }
}

fn keyed(key: &str, record: &[u8]) -> String {
    let key = blake3::derive_key(PURPOSE, key.as_bytes());
    blake3::keyed_hash(&key, record).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_fits_one_record_by_one_key() {
        let (key, other) = (Key::new(), Key::new());
        assert_ne!(key, other);
        let seal = key.seal(b"record");
        assert!(seal.fits(&key.digest(), b"record"));
        assert!(!seal.fits(&key.digest(), b"another"));
        assert!(!seal.fits(&other.digest(), b"record"));
        assert!(!other.seal(b"record").fits(&key.digest(), b"record"));
    }

    #[test]
    fn a_key_is_told_whole_or_not_at_all_and_is_never_printed() {
        let key = Key::new();
        let told = format!("{}\n", key.as_str());
        let heard = |wanted, bytes: &[u8]| Key::told_if(wanted, bytes);
        assert_eq!(heard(true, told.as_bytes()).unwrap(), Some(key.clone()));
        assert!(heard(true, &told.as_bytes()[..9]).is_err());
        assert!(heard(true, b"").is_err());
        assert_eq!(heard(false, told.as_bytes()).unwrap(), None);
        assert!(!format!("{key:?}").contains(key.as_str()));
    }
}
