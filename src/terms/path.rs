//! Paths inside the repository.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// A path relative to the repository's root that can't leave it by its words: separated by `/`, no
/// `..`, no `.`, no empty part, not absolute, no NUL or line break, and not inside `.git`.
///
/// Links are not its concern: whoever opens such a path does so beneath the root without following
/// them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

/// Why a text is no path inside the repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}' is not a path inside the repository: {why}")]
pub struct BadPath {
    /// What was given.
    pub path: String,
    /// The rule it breaks.
    pub why: &'static str,
}

impl RepoPath {
    /// Takes a text as a path inside the repository.
    pub fn new(text: impl Into<String>) -> Result<Self, BadPath> {
        let text = text.into();
        let why = if text.is_empty() {
            Some("it is empty")
        } else if text.starts_with('/') || text.starts_with('~') {
            Some("it is absolute; paths are relative to the repository's root")
        } else if text.contains(['\0', '\n', '\r']) {
            Some("it holds a control character")
        } else if text.contains('\\') {
            Some("it holds a backslash; write /")
        } else if text.len() > 4096 {
            Some("it is longer than 4096 bytes")
        } else if text.split('/').any(|part| part == "..") {
            Some("'..' would leave it")
        } else if text.split('/').any(|part| part.is_empty() || part == ".") {
            Some("it holds an empty part or '.'")
        } else if text
            .split('/')
            .any(|part| part.eq_ignore_ascii_case(".git"))
        {
            Some("'.git' belongs to git")
        } else {
            None
        };
        match why {
            Some(why) => Err(BadPath { path: text, why }),
            None => Ok(Self(text)),
        }
    }

    /// The path as text, separated by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path below a root on this machine.
    pub fn under(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// Whether this path lies in the folder `dir` (or is it).
    pub fn is_in(&self, dir: &str) -> bool {
        let dir = dir.trim_end_matches('/');
        self.0 == dir
            || self
                .0
                .strip_prefix(dir)
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = BadPath;
    fn try_from(text: String) -> Result<Self, BadPath> {
        Self::new(text)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> String {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_repository() {
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "a/.",
            ".git/config",
            "a/.GIT/x",
            "~/x",
            "a\nb",
            "a\\b",
        ] {
            assert!(RepoPath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(RepoPath::new("a/b c.md").unwrap().file_name(), "b c.md");
    }

    #[test]
    fn being_in_a_folder_is_by_whole_parts() {
        let path = RepoPath::new("harness/tasks/T1.md").unwrap();
        assert!(path.is_in("harness") && path.is_in("harness/tasks/"));
        assert!(!path.is_in("har") && !path.is_in("harness/task"));
    }
}
