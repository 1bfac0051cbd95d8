//! Which repository a folder belongs to.

use super::{Git, GitError, path_from};
use std::path::{Path, PathBuf};

/// A repository as seen from one of its working trees. All paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The root of this working tree.
    pub top: PathBuf,
    /// The git folder that all working trees share.
    pub common_dir: PathBuf,
    /// The git folder of this working tree; the same as `common_dir` in the main one.
    pub git_dir: PathBuf,
}

impl Repository {
    /// Whether this is a linked working tree and not the main one.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// Git in this working tree.
    pub fn git(&self) -> Git {
        Git::new(&self.top)
    }
}

impl Git {
    /// Finds the repository that a folder belongs to: its root, a folder below, or a linked
    /// working tree. A bare repository, the inside of `.git`, and a folder outside of any
    /// repository are refused with a remedy.
    pub fn discover(folder: &Path) -> Result<Repository, GitError> {
        let git = Self::new(folder);
        if let Some(found) = at_once(&git)? {
            return Ok(found);
        }
        let kind = git
            .call(["rev-parse", "--is-bare-repository", "--is-inside-work-tree"])
            .text()
            .map_err(|e| match e {
                GitError::Failed { stderr, .. } if stderr.contains("not a git repository") => {
                    GitError::NotARepository(folder.to_owned())
                }
                other => other,
            })?;
        if kind.lines().nth(1) != Some("true") {
            return Err(GitError::NoWorkingTree(folder.to_owned()));
        }
        let one = |what: &str| -> Result<PathBuf, GitError> {
            let bytes = git
                .call(["rev-parse", "--path-format=absolute", what])
                .run()?;
            // Only the one line break git adds: a folder's name may end in one of its own.
            Ok(path_from(bytes.strip_suffix(b"\n").unwrap_or(&bytes)))
        };
        Ok(Repository {
            top: one("--show-toplevel")?,
            common_dir: one("--git-common-dir")?,
            git_dir: one("--git-dir")?,
        })
    }
}

/// Asks all of it with one call; `None` where that can't be told apart or is refused.
fn at_once(git: &Git) -> Result<Option<Repository>, GitError> {
    let output = git
        .call(["rev-parse", "--is-bare-repository", "--is-inside-work-tree"])
        .args(["--path-format=absolute", "--show-toplevel"])
        .args(["--git-common-dir", "--git-dir"])
        .output()?;
    let lines: Vec<&[u8]> = output.stdout.split(|b| *b == b'\n').collect();
    Ok(match (output.code, lines.as_slice()) {
        // A folder's name may hold a line break: then there are more.
        (Some(0), [_, b"true", top, common, own, b""]) => Some(Repository {
            top: path_from(top),
            common_dir: path_from(common),
            git_dir: path_from(own),
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{put, repository};
    use super::*;

    #[test]
    fn a_root_a_subfolder_and_a_linked_tree_share_one_common_folder() {
        let (_dir, git) = repository();
        put(git.dir(), "sub folder/x", "");
        let root = Git::discover(git.dir()).unwrap();
        assert_eq!(root.top, git.dir());
        assert!(!root.is_linked());
        assert_eq!(Git::discover(&git.dir().join("sub folder")).unwrap(), root);
        let broken = git.dir().join("sub folder/two\nlines");
        std::fs::create_dir(&broken).unwrap();
        Git::new(&broken).call(["init", "-q"]).run().unwrap();
        assert_eq!(Git::discover(&broken).unwrap().top, broken);
        let tree = git.dir().join("linked");
        git.call(["worktree", "add", "-q", "--detach"])
            .arg(&tree)
            .run()
            .unwrap();
        let linked = Git::discover(&tree).unwrap();
        assert!(linked.is_linked());
        assert_eq!((linked.top, linked.common_dir), (tree, root.common_dir));
    }

    #[test]
    fn where_no_working_tree_is_the_remedy_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let none = Git::discover(dir.path()).unwrap_err();
        assert!(none.to_string().contains("git init"), "{none}");
        Git::new(dir.path())
            .call(["init", "-q", "--bare"])
            .run()
            .unwrap();
        let bare = Git::discover(dir.path()).unwrap_err();
        assert!(bare.to_string().contains("git worktree add"), "{bare}");
        let (_dir, git) = repository();
        assert!(matches!(
            Git::discover(&git.dir().join(".git")),
            Err(GitError::NoWorkingTree(_))
        ));
    }
}
