//! One look through a whole working tree, ignored folders too, for what git does not tell or tells
//! slowly: by the names and kinds that folders hold alone. No file is opened.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Files that git reads on its way through a tree, and would wait for if one were a FIFO.
const READ_BY_GIT: [&str; 3] = [".gitignore", ".gitattributes", ".gitmodules"];

/// What was seen. All paths are relative to the tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Files and links named `.env` or that begin so.
    pub(super) env: Vec<PathBuf>,
    /// Folders that have a `.git` of their own; not the tree itself, nor its submodules.
    pub(super) repositories: Vec<PathBuf>,
    /// FIFOs, sockets and devices.
    pub(super) special: Vec<PathBuf>,
}

impl Seen {
    /// Looks through this tree, but not into these submodules. A folder that can't be listed holds
    /// nothing for git either.
    pub(super) fn of(tree: &Path, submodules: &[String]) -> Self {
        let submodules: BTreeSet<&Path> = submodules.iter().map(Path::new).collect();
        let mut seen = Self::default();
        let mut waiting = vec![PathBuf::new()];
        while let Some(folder) = waiting.pop() {
            let entries = std::fs::read_dir(tree.join(&folder));
            for entry in entries.into_iter().flatten().flatten() {
                let name = entry.file_name();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if name == ".git" {
                    if !folder.as_os_str().is_empty() {
                        seen.repositories.push(folder.clone());
                    }
                } else if kind.is_dir() {
                    let path = folder.join(name);
                    if !submodules.contains(path.as_path()) {
                        waiting.push(path);
                    }
                } else if !kind.is_file() && !kind.is_symlink() {
                    seen.special.push(folder.join(name));
                } else if name.as_bytes().starts_with(b".env") {
                    seen.env.push(folder.join(name));
                }
            }
        }
        for list in [&mut seen.env, &mut seen.repositories, &mut seen.special] {
            list.sort();
        }
        seen
    }

    /// Those special files that git would wait for.
    pub(super) fn read_by_git(&self) -> impl Iterator<Item = &PathBuf> {
        let read = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default();
            READ_BY_GIT.iter().any(|n| name == *n)
        };
        self.special.iter().filter(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    #[test]
    fn a_look_tells_what_lies_where_and_stays_out_of_submodules() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            ".git/config",
            ".env",
            "a/.envrc",
            "a/b/.git/HEAD",
            "a/b/c/.git",
            "lib/.git",
            "lib/.env",
            "plain.env",
        ] {
            put(dir.path(), path, "x\n");
        }
        for path in ["a/pipe", "a/.gitignore"] {
            let made = std::process::Command::new("mkfifo")
                .arg(dir.path().join(path))
                .status();
            assert!(made.unwrap().success());
        }
        std::os::unix::fs::symlink("/", dir.path().join("root")).unwrap();
        let seen = Seen::of(dir.path(), &["lib".to_owned()]);
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(seen.env, paths(&[".env", "a/.envrc"]));
        assert_eq!(seen.repositories, paths(&["a/b", "a/b/c"]));
        assert_eq!(seen.special, paths(&["a/.gitignore", "a/pipe"]));
        assert_eq!(seen.read_by_git().count(), 1);
    }
}
