//! The clean copy that checks run in.

use crate::git::{Checkout, Git, Index, submodule};
use crate::stage::desk::Desk;
use crate::stage::setup::{self, Placed};
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// The clean copy: a working tree of its own, on no branch.
pub(super) struct Copy {
    /// Where it is.
    pub(super) path: PathBuf,
    commit: Oid,
    placed: Placed,
}

impl Copy {
    /// Makes it, or brings the one that is there to this commit. One that can't be brought there
    /// is made anew.
    pub(super) fn make(desk: &mut Desk<'_>, commit: &Oid) -> Result<Self, String> {
        let path = desk.spec.check_tree.clone();
        let mut copy = Self {
            path,
            commit: commit.clone(),
            placed: Placed::default(),
        };
        let git = desk.spec.git();
        let common = match &desk.spec.own_repository {
            Some(own) => own.clone(),
            None => {
                let found = Git::discover(&desk.spec.tree);
                found.map_err(|e| e.to_string())?.common_dir
            }
        };
        let ours = Git::discover(&copy.path)
            .is_ok_and(|r| r.common_dir == common && same_place(&r.top, &copy.path));
        if !ours || copy.reset().is_err() {
            copy.make_anew(desk, &git)?;
        }
        copy.placed = setup::prepare(desk, &copy.path)?;
        Ok(copy)
    }

    fn make_anew(&self, desk: &Desk<'_>, git: &Git) -> Result<(), String> {
        setup::forget(&desk.spec.run_dir, &self.path);
        if self.path.exists() {
            // What stands there may be broken beyond what git would remove.
            let _ = git.worktree_remove(&self.path, true);
            if self.path.exists() {
                std::fs::remove_dir_all(&self.path)
                    .map_err(|e| format!("{}: {e}", self.path.display()))?;
            }
        }
        // A tree whose folder is gone is still listed, and locked, until it is told otherwise.
        let _ = git.call(["worktree", "unlock"]).arg(&self.path).run();
        git.worktree_prune().map_err(|e| e.to_string())?;
        if let Some(parent) = self.path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        }
        let reason = format!("checks of {}", desk.spec.run);
        git.worktree_add(&self.path, Checkout::Detached(&self.commit), &reason)
            .map_err(|e| e.to_string())
    }

    fn git(&self) -> Git {
        Git::new(&self.path)
    }

    fn reset(&self) -> Result<(), String> {
        self.git()
            .call(["reset", "-q", "--hard", self.commit.as_str()])
            .run()
            .map(|_| ())
            .map_err(|e| e.to_string())
    }

    /// Takes away everything but what the commit holds, what set-up placed and these folders, which
    /// keep what git does not know of them.
    pub(super) fn clean(&self, kept: &[String]) -> Result<(), String> {
        self.reset()?;
        submodule::tidy(&self.path).map_err(|e| e.to_string())?;
        let git = self.git();
        let mut call = git
            .call(["clean", "-ffdxq"])
            .env("GIT_LITERAL_PATHSPECS", "0");
        for path in self.placed.paths.iter().chain(kept) {
            call = call.arg("-e").arg(setup::pattern_of(path));
        }
        call.run().map(|_| ()).map_err(|e| e.to_string())
    }

    /// Tracked files that differ from the commit.
    pub(super) fn changed(&self) -> Result<Vec<String>, String> {
        let git = self.git();
        let repository = Git::discover(&self.path).map_err(|e| e.to_string())?;
        let index = Index::at(&git, repository.git_dir.join("index"));
        index.refresh().map_err(|e| e.to_string())?;
        index.modified().map_err(|e| e.to_string())
    }
}

fn same_place(a: &Path, b: &Path) -> bool {
    a == b || std::fs::canonicalize(b).is_ok_and(|b| a == b)
}
