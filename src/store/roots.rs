//! Where the files of a project lie on this machine: below its checkout, but for those of a harness
//! that its person keeps to themselves. Those lie below a folder of the engine's, which is in no
//! working tree, so that git neither shows, commits, pushes nor cleans them away.
//!
//! The one place that knows it: a path of the project is the same in both, and is asked for here.

use crate::terms::RepoPath;
use std::path::{Path, PathBuf};

/// The folders that the paths of a project are relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roots<'a> {
    /// The checkout.
    pub home: &'a Path,
    /// The harness folder, relative to its root.
    pub harness: &'a RepoPath,
    /// What stands for the checkout where the harness folder is meant; `None`: it lies in the checkout.
    pub private: Option<&'a Path>,
}

impl<'a> Roots<'a> {
    /// The folder that this path is relative to.
    pub fn of(&self, path: &RepoPath) -> &'a Path {
        match self.private {
            Some(private) if self.is_of_harness(path.as_str()) => private,
            _ => self.home,
        }
    }

    /// Where this path lies.
    pub fn file(&self, path: &RepoPath) -> PathBuf {
        path.under(self.of(path))
    }

    /// Where the harness folder lies.
    pub fn folder(&self) -> PathBuf {
        self.harness.under(self.private.unwrap_or(self.home))
    }

    /// Whether this path is kept out of the checkout.
    pub fn is_private(&self, path: &str) -> bool {
        self.private.is_some() && self.is_of_harness(path)
    }

    /// The path that lies at this place; `None`: none does.
    pub fn path_at(&self, file: &Path) -> Option<RepoPath> {
        let below = |root: &Path| RepoPath::new(file.strip_prefix(root).ok()?.to_str()?).ok();
        let own = self.private.and_then(below);
        own.filter(|path| self.is_of_harness(path.as_str()))
            .or_else(|| below(self.home))
    }

    fn is_of_harness(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.harness.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_harness_lies_apart_and_every_other_path_in_the_checkout() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let harness = path("harness");
        let open = Roots {
            home: Path::new("/r"),
            harness: &harness,
            private: None,
        };
        let own = Roots {
            private: Some(Path::new("/r/.git/harness/private")),
            ..open
        };
        assert_eq!(open.file(&path("harness/a")), Path::new("/r/harness/a"));
        assert!(!open.is_private("harness/a"));
        let apart = Path::new("/r/.git/harness/private/harness");
        assert_eq!(own.folder(), apart);
        assert_eq!(own.file(&path("harness/a")), apart.join("a"));
        assert_eq!(own.file(&path("harness")), apart);
        assert_eq!(own.file(&path("harness-x/a")), Path::new("/r/harness-x/a"));
        assert_eq!(own.file(&path("src/a")), Path::new("/r/src/a"));
        assert!(own.is_private("harness/a") && !own.is_private("docs/harness/a"));
        for text in ["harness/tasks/T001-a.md", "docs/backlog.md"] {
            assert_eq!(own.path_at(&own.file(&path(text))), Some(path(text)));
            assert_eq!(open.path_at(&open.file(&path(text))), Some(path(text)));
        }
        assert_eq!(own.path_at(Path::new("/elsewhere/a")), None);
    }
}
