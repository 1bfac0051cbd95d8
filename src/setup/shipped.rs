//! What was shipped when the files of a harness were written, so that a newer version can be told from
//! a person's edits: `.shipped.json` in the harness folder, to be committed with the rest.
//!
//! Law: of a file that nobody edited its digest is enough where git has the text. The text itself is
//! kept of those that were merged, and of all where no history has them, because nothing else does.

use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::Disk;
use crate::store::inside::{ReadError, read_inside};
use crate::store::write::replace_shared;
use crate::terms::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its name below the harness folder.
pub const FILE: &str = ".shipped.json";
/// Largest one that is read.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
const ABOUT: &str = "What harness-tui wrote here, by digest. `harness-tui init --upgrade` tells your \
                     edits from newer versions by it; keep it with the rest.";

/// What was shipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// What the file is for.
    about: String,
    /// The version that wrote last.
    version: String,
    /// How the tests run, as it was told when the workflows were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<String>,
    /// Rows that were offered as checks, each with where it came from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<(String, String)>,
    /// Files below the harness folder, with the digest of what was shipped for them.
    files: BTreeMap<String, Digest>,
    /// The text that was shipped for files that are not as it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    texts: BTreeMap<String, String>,
}

/// Why it can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CannotRead {
    /// The file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What it holds.
    #[error(
        "{file}: {why}; restore it from git, or take it away: then nothing is known of what was shipped"
    )]
    Broken {
        /// Its path.
        file: String,
        /// What is wrong.
        why: String,
    },
}

impl Shipped {
    /// Nothing yet, with what workflows are fitted with.
    pub fn fitted(tests: Option<String>, offers: Vec<(String, String)>) -> Self {
        Self {
            tests,
            offers,
            ..Self::default()
        }
    }

    /// What is known of a project. `None`: nothing was written down.
    pub fn read(project: &Project) -> Result<Option<Self>, CannotRead> {
        let Ok(path) = project.inside(FILE) else {
            return Ok(None);
        };
        let bytes = match read_inside(project.roots().of(&path), &path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(ReadError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let broken = |e: serde_json::Error| CannotRead::Broken {
            file: path.to_string(),
            why: e.to_string(),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(broken)
    }

    /// Writes it down.
    pub fn write(&mut self, project: &Project) -> Result<(), StoreError> {
        replace_shared(&Disk, &project.path(FILE), &self.bytes())
    }

    /// It as a file.
    pub fn bytes(&mut self) -> Vec<u8> {
        ABOUT.clone_into(&mut self.about);
        env!("CARGO_PKG_VERSION").clone_into(&mut self.version);
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The digest of what was shipped for a file.
    pub fn digest(&self, file: &str) -> Option<&Digest> {
        self.files.get(file)
    }

    /// The text of that, where it is kept.
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    /// Workflows are fitted with the same from now on.
    pub fn fitted_as(&mut self, other: &Self) {
        self.tests.clone_from(&other.tests);
        self.offers.clone_from(&other.offers);
    }

    /// A file holds what is shipped for it.
    pub fn put(&mut self, project: &Project, file: &str, text: &str) {
        self.put_merged(file, text);
        if project.has_history() {
            self.texts.remove(file);
        }
    }

    /// A file has this text in it, and edits of a person.
    pub fn put_merged(&mut self, file: &str, text: &str) {
        self.files.insert(file.to_owned(), Digest::of(text));
        self.texts.insert(file.to_owned(), text.to_owned());
    }
}
