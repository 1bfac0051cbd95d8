//! Linked working trees.

use super::refs::Expected;
use super::{Git, GitError, path_from};
use crate::terms::Oid;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
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
    /// Makes a working tree, locked with this reason so that no prune takes it. Where it fails, a new
    /// branch may be there already.
    pub fn worktree_add(
        &self,
        path: &Path,
        checkout: Checkout<'_>,
        reason: &str,
    ) -> Result<(), GitError> {
        if let Checkout::NewBranch(name, at) = checkout {
            // By itself: `worktree add -b` that fails after this step can't be called again.
            let full = format!("refs/heads/{name}");
            self.update_ref(
                &full,
                at,
                Expected::Absent,
                "branch: Created for a working tree",
            )?;
        }
        // A new index in which every file is taken to be the same unlooked would hide what changes.
        let call = self
            .call(["-c", "core.ignoreStat=false", "worktree", "add", "-q"])
            .args(["--lock", "--reason", reason]);
        match checkout {
            Checkout::NewBranch(name, _) | Checkout::Branch(name) => call.arg(path).arg(name),
            Checkout::Detached(at) => call.arg("--detach").arg(path).arg(at.as_str()),
        }
        .run()?;
        Ok(())
    }

    /// Removes a working tree. Without `force` a dirty one is refused; the lock is ours and no
    /// obstacle, nor are folders in it that nobody may write to.
    pub fn worktree_remove(&self, path: &Path, force: bool) -> Result<(), GitError> {
        let known = self.registered(path)?;
        let lock = known.as_ref().and_then(|w| w.locked.clone());
        let removed = if force {
            self.call(["worktree", "remove", "--force", "--force"])
                .arg(path)
                .run()
        } else {
            if lock.is_some() {
                self.call(["worktree", "unlock"]).arg(path).run()?;
            }
            let removed = self.call(["worktree", "remove"]).arg(path).run();
            match removed {
                // Git takes away no tree with submodules by itself, clean or not.
                Err(GitError::Failed { stderr, .. })
                    if stderr.contains("submodules") && clean_inside(path) =>
                {
                    self.call(["worktree", "remove", "--force"]).arg(path).run()
                }
                removed => removed,
            }
        };
        let Err(error) = removed else { return Ok(()) };
        if known.is_some() && self.registered(path)?.is_none() {
            // Git found nothing to keep in it and has forgotten it, but could not take all away.
            return discard(path).map_err(|_| error);
        }
        if let Some(reason) = lock.filter(|_| !force) {
            // Why it stays is what counts, not that it could not be locked again.
            let _ = self
                .call(["worktree", "lock", "--reason", &reason])
                .arg(path)
                .run();
        }
        Err(error)
    }

    fn registered(&self, path: &Path) -> Result<Option<Worktree>, GitError> {
        let trees = self.worktree_list()?;
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let wanted = real(path);
        Ok(trees.into_iter().find(|w| real(&w.path) == wanted))
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
        for tree in &mut trees {
            // Where a setting of its own says that it is bare, git tells so only to who asks there. Of
            // a checkout whose git folder lies apart, as a submodule's does, git names that folder.
            if tree.path.join("HEAD").is_file() && tree.path.join("objects").is_dir() {
                match self.checkout_of(&tree.path) {
                    Some(checkout) => tree.path = checkout,
                    None => (tree.branch, tree.head) = (None, None),
                }
            }
        }
        Ok(trees)
    }

    /// The working tree that this git folder is of, where we are in it.
    fn checkout_of(&self, git_dir: &Path) -> Option<PathBuf> {
        let here = Self::discover(self.dir()).ok()?;
        let same = here.git_dir.canonicalize().ok()? == git_dir.canonicalize().ok()?;
        // Where there is no repository of the person's, none of it is a checkout of a branch.
        (same && !here.is_private()).then_some(here.top)
    }
}

/// Whether nothing is in a tree, nor in a submodule of it, that no commit holds.
fn clean_inside(tree: &Path) -> bool {
    Git::new(tree)
        .status()
        .is_ok_and(super::status::Status::is_clean)
}

/// Removes a folder with all that is below, folders that nobody may write to among it: a cache of
/// modules may hold some. Links are removed and not followed.
pub fn discard(folder: &Path) -> io::Result<()> {
    open_up(folder)?;
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Lets the owner list and change every folder from here on.
fn open_up(folder: &Path) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(meta) = std::fs::symlink_metadata(&folder) else {
            continue;
        };
        let mode = meta.permissions().mode();
        if mode & 0o700 != 0o700 {
            std::fs::set_permissions(&folder, Permissions::from_mode(mode | 0o700))?;
        }
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
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

    /// Each git alone would end now and then with what another one had half made.
    #[test]
    fn trees_are_made_side_by_side_while_others_look() {
        let (_dir, git) = repository();
        let outside = tempfile::tempdir().unwrap();
        let head = git.resolve("HEAD").unwrap();
        std::thread::scope(|threads| {
            for one in 0..3 {
                let (git, head, outside) = (&git, &head, outside.path());
                threads.spawn(move || {
                    for n in 0..12 {
                        let name = format!("t-{one}-{n}");
                        let new = Checkout::NewBranch(&name, head);
                        git.worktree_add(&outside.join(&name), new, "made").unwrap();
                        git.worktree_list().unwrap();
                        git.worktree_prune().unwrap();
                    }
                });
            }
        });
        assert_eq!(git.worktree_list().unwrap().len(), 37);
    }

    fn closed(path: &Path) {
        std::fs::set_permissions(path, Permissions::from_mode(0o555)).unwrap();
    }

    /// Also where nothing is closed to the user, to root say, it is to be seen that it was opened.
    #[test]
    fn every_folder_is_opened_and_what_a_link_leads_to_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (tree, outside) = (dir.path().join("tree"), dir.path().join("outside"));
        put(&tree, "cache/mod/a.go", "x\n");
        put(&outside, "kept", "x\n");
        std::os::unix::fs::symlink(&outside, tree.join("link")).unwrap();
        for path in [&outside, &tree.join("cache/mod"), &tree.join("cache")] {
            closed(path);
        }
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        open_up(&tree).unwrap();
        assert_eq!(mode(&tree.join("cache")), 0o755);
        assert_eq!(mode(&tree.join("cache/mod")), 0o755);
        assert_eq!(mode(&outside), 0o555);
        discard(&tree).unwrap();
        assert!(!tree.exists() && outside.join("kept").exists());
        open_up(&outside).unwrap();
    }

    #[test]
    fn a_tree_with_a_closed_folder_is_removed_whole() {
        let (_dir, git) = repository();
        let outside = tempfile::tempdir().unwrap();
        let path = outside.path().canonicalize().unwrap().join("tree");
        put(git.dir(), ".git/info/exclude", "cache\n");
        git.call(["worktree", "add", "-q", "--detach", "--lock"])
            .arg(&path)
            .run()
            .unwrap();
        put(&path, "cache/a.go", "x\n");
        closed(&path.join("cache"));
        // To root no folder is closed: there this shows no more than that nothing breaks.
        let root = rustix::process::geteuid().is_root();
        let probe = crate::store::replace(&crate::store::Disk, &path.join("cache/probe"), b"");
        assert_eq!(probe.is_ok(), root);
        git.worktree_remove(&path, false).unwrap();
        assert!(!path.exists());
        assert_eq!(git.worktree_list().unwrap().len(), 1);
    }

    #[test]
    fn a_checkout_whose_git_folder_lies_apart_is_listed_as_itself() {
        let (_dir, git) = repository();
        let apart = tempfile::tempdir().unwrap();
        let to = |name: &str| apart.path().join(name).into_os_string();
        let clone = git.call(["clone", "-q", "--separate-git-dir"]);
        clone
            .arg(to("its.git"))
            .arg(git.dir())
            .arg(to("tree"))
            .run()
            .unwrap();
        let listed = Git::new(to("tree")).worktree_list().unwrap();
        let top = apart.path().join("tree").canonicalize().unwrap();
        assert_eq!(listed[0].path, top);
        assert_eq!(listed[0].branch.as_deref(), Some("refs/heads/main"));
    }
}
