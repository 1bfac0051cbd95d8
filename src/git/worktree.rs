//! Linked working trees.

use super::{Git, GitError, path_from};
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// What a new working tree shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkout<'a> {
    /// A new branch of this short name, at this commit.
    NewBranch(&'a str, &'a Oid),
    /// A branch that exists.
    Branch(&'a str),
    /// A commit, on no branch.
    Detached(&'a Oid),
}

/// A working tree as git lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worktree {
    /// Where it is.
    pub path: PathBuf,
    /// Its branch, as a full ref; `None`: detached or bare.
    pub branch: Option<String>,
    /// Its commit.
    pub head: Option<Oid>,
    /// The reason it is locked with; `Some("")` where it is locked without one.
    pub locked: Option<String>,
    /// Whether git would prune it: its folder is gone.
    pub prunable: bool,
}

impl Git {
    /// Makes a working tree, locked with this reason so that no prune takes it.
    pub fn worktree_add(
        &self,
        path: &Path,
        checkout: Checkout<'_>,
        reason: &str,
    ) -> Result<(), GitError> {
        let call = self.call(["worktree", "add", "-q", "--lock", "--reason", reason]);
        match checkout {
            Checkout::NewBranch(name, at) => call.args(["-b", name]).arg(path).arg(at.as_str()),
            Checkout::Branch(name) => call.arg(path).arg(name),
            Checkout::Detached(at) => call.arg("--detach").arg(path).arg(at.as_str()),
        }
        .run()?;
        Ok(())
    }

    /// Removes a working tree. Without `force` a dirty one is refused; the lock is ours and no
    /// obstacle.
    pub fn worktree_remove(&self, path: &Path, force: bool) -> Result<(), GitError> {
        if force {
            self.call(["worktree", "remove", "--force", "--force"])
                .arg(path)
                .run()?;
            return Ok(());
        }
        let lock = self
            .worktree_list()?
            .into_iter()
            .find(|w| w.path == path)
            .and_then(|w| w.locked);
        if lock.is_some() {
            self.call(["worktree", "unlock"]).arg(path).run()?;
        }
        let removed = self.call(["worktree", "remove"]).arg(path).run();
        if let (Err(_), Some(reason)) = (&removed, lock) {
            self.call(["worktree", "lock", "--reason", &reason])
                .arg(path)
                .run()?;
        }
        removed.map(|_| ())
    }

    /// Forgets working trees whose folders are gone and that are not locked.
    pub fn worktree_prune(&self) -> Result<(), GitError> {
        self.call(["worktree", "prune"]).run()?;
        Ok(())
    }

    /// Every working tree of the repository; the main one first.
    pub fn worktree_list(&self) -> Result<Vec<Worktree>, GitError> {
        let bytes = self.call(["worktree", "list", "--porcelain", "-z"]).run()?;
        let mut trees: Vec<Worktree> = Vec::new();
        for field in bytes.split(|b| *b == 0) {
            if let Some(path) = field.strip_prefix(b"worktree ") {
                trees.push(Worktree {
                    path: path_from(path),
                    ..Worktree::default()
                });
                continue;
            }
            let Some(tree) = trees.last_mut() else {
                continue;
            };
            let text = String::from_utf8_lossy(field);
            match text.split_once(' ').unwrap_or((&text, "")) {
                ("HEAD", head) => tree.head = Oid::new(head).ok(),
                ("branch", branch) => tree.branch = Some(branch.to_owned()),
                ("locked", reason) => tree.locked = Some(reason.to_owned()),
                ("prunable", _) => tree.prunable = true,
                _ => {}
            }
        }
        Ok(trees)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{put, repository};
    use super::*;

    #[test]
    fn a_tree_is_made_listed_and_removed_but_never_dirty() {
        let (_dir, git) = repository();
        let outside = tempfile::tempdir().unwrap();
        let path = outside.path().canonicalize().unwrap().join("RUN 1");
        let head = git.resolve("HEAD").unwrap();
        git.worktree_add(
            &path,
            Checkout::NewBranch("harness/T1", &head),
            "RUN-1 lives",
        )
        .unwrap();
        let listed = git.worktree_list().unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1].path, path);
        assert_eq!(listed[1].branch.as_deref(), Some("refs/heads/harness/T1"));
        assert_eq!(listed[1].locked.as_deref(), Some("RUN-1 lives"));
        put(&path, "a.txt", "dirty\n");
        assert!(git.worktree_remove(&path, false).is_err());
        assert_eq!(
            git.worktree_list().unwrap()[1].locked.as_deref(),
            Some("RUN-1 lives")
        );
        git.worktree_remove(&path, true).unwrap();
        assert_eq!(git.worktree_list().unwrap().len(), 1);
        git.worktree_add(&path, Checkout::Branch("harness/T1"), "again")
            .unwrap();
        git.worktree_remove(&path, false).unwrap();
        git.worktree_add(&path, Checkout::Detached(&head), "checks")
            .unwrap();
        assert_eq!(git.worktree_list().unwrap()[1].branch, None);
    }
}
