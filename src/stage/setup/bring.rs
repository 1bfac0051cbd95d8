//! What set-up brings into a tree from the checkout: copies of files that git does not keep, and
//! links. Nothing is written over, and nothing leaves the repository.

use crate::stage::copied;
use crate::terms::RepoPath;
use std::path::{Component, Path};

/// Files larger than this are not copied.
const LARGEST: u64 = 256 * 1024 * 1024;
/// How many files that stay out are told by name.
const MOST_TOLD: usize = 5;

/// What was brought.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// How many files were copied.
    pub(super) copied: usize,
    /// How many links were made.
    pub(super) linked: usize,
    /// What stays out, and why.
    pub(super) notes: Vec<String>,
    /// How many further ones stay out.
    more: usize,
}

impl Brought {
    /// In a few words.
    pub(super) fn line(&self) -> String {
        let left = match self.notes.len() + self.more {
            0 => String::new(),
            n => format!(", {n} left out"),
        };
        format!("{} copied, {} linked{left}", self.copied, self.linked)
    }

    fn leave(&mut self, path: &str, why: &str) {
        if self.notes.len() < MOST_TOLD {
            self.notes
                .push(format!("{path} is not brought into the tree: {why}"));
        } else {
            self.more += 1;
        }
    }

    /// Copies the untracked files of the checkout that are wanted. What is in the tree already stays
    /// as it is; nothing of the folder `harness` is taken.
    pub(super) fn copy(
        &mut self,
        home: &Path,
        tree: &Path,
        harness: &RepoPath,
        wanted: &copied::Wanted,
    ) -> Result<(), String> {
        if home == tree {
            return Ok(());
        }
        for path in wanted.paths(home)? {
            let name = path.to_string_lossy().into_owned();
            let own = RepoPath::new(&name).is_ok_and(|p| p.is_in(harness.as_str()));
            if !own {
                self.one(home, tree, &path, &name)
                    .map_err(|e| format!("copying {name}: {e}"))?;
            }
        }
        Ok(())
    }

    fn one(&mut self, home: &Path, tree: &Path, path: &Path, name: &str) -> std::io::Result<()> {
        let (from, to) = (home.join(path), tree.join(path));
        let Ok(meta) = std::fs::symlink_metadata(&from) else {
            return Ok(());
        };
        if std::fs::symlink_metadata(&to).is_ok() {
            return Ok(());
        }
        if meta.is_symlink() {
            let target = std::fs::read_link(&from)?;
            if !stays_inside(path, &target) {
                self.leave(name, "it is a link that leads out of the repository");
            } else if self.way(tree, path, name)? {
                std::os::unix::fs::symlink(&target, &to)?;
                self.copied += 1;
            }
        } else if !meta.is_file() {
            // A folder that is a repository of its own ends in `/` and is no file either.
            self.leave(name, "it is no plain file");
        } else if meta.len() > LARGEST {
            self.leave(name, "it is larger than 256 MiB; link it instead");
        } else if self.way(tree, path, name)? {
            // Where the file system can, both share their blocks until one is changed.
            std::fs::copy(&from, &to)?;
            self.copied += 1;
        }
        Ok(())
    }

    /// Makes the folders above a path of the tree. False: a link or a file stands in their way.
    fn way(&mut self, tree: &Path, path: &Path, name: &str) -> std::io::Result<bool> {
        let mut at = tree.to_owned();
        for part in path.parent().into_iter().flat_map(Path::components) {
            at.push(part);
            match std::fs::symlink_metadata(&at) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => {
                    self.leave(name, "in the tree it would lie behind a link or a file");
                    return Ok(false);
                }
                Err(_) => std::fs::create_dir(&at)?,
            }
        }
        Ok(true)
    }

    /// Links paths of the tree to the checkout's.
    pub(super) fn link(
        &mut self,
        home: &Path,
        tree: &Path,
        paths: &[RepoPath],
    ) -> Result<(), String> {
        for path in paths {
            let (to, at) = (path.under(home), path.under(tree));
            if !to.exists() {
                return Err(format!(
                    "{path} in 'link' is not there in {}; make it there, or take it out of harness.yaml",
                    home.display()
                ));
            }
            match std::fs::symlink_metadata(&at) {
                Ok(meta) if meta.is_symlink() => continue,
                Ok(_) => {
                    self.leave(
                        path.as_str(),
                        "it is in the tree already, and is not linked",
                    );
                    continue;
                }
                Err(_) => {}
            }
            if let Some(module) = empty_module_above(tree, path) {
                return Err(format!(
                    "{path} in 'link' lies in the submodule {module}, which is empty here; `git submodule update --init` in {} or `submodules: all` fills it",
                    home.display()
                ));
            }
            let io = |e: std::io::Error| format!("linking {path}: {e}");
            if self
                .way(tree, Path::new(path.as_str()), path.as_str())
                .map_err(io)?
            {
                std::os::unix::fs::symlink(&to, &at).map_err(io)?;
                self.linked += 1;
            }
        }
        Ok(())
    }
}

/// Whether a link at this path of the repository leads to a place inside of it.
fn stays_inside(path: &Path, target: &Path) -> bool {
    let mut at: Vec<&std::ffi::OsStr> = Vec::new();
    let above = path.parent().unwrap_or(Path::new(""));
    for part in above.components().chain(target.components()) {
        match part {
            Component::Normal(name) => at.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if at.pop().is_none() {
                    return false;
                }
            }
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    at.first().is_none_or(|first| *first != ".git")
}

/// The submodule above a path that was not made: git holds a place for it, and nothing is in it.
fn empty_module_above(tree: &Path, path: &RepoPath) -> Option<String> {
    if !tree.join(".gitmodules").exists() {
        return None;
    }
    let modules = crate::git::submodule::paths(tree).ok()?;
    let above = modules.into_iter().find(|module| path.is_in(module))?;
    let made = tree.join(&above).join(".git").exists();
    (!made).then_some(above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    fn trees() -> (Vec<tempfile::TempDir>, PathBuf, PathBuf) {
        let (dir, git) = repository();
        let tree = tempfile::tempdir().unwrap();
        let (home, at) = (git.dir().to_owned(), tree.path().to_owned());
        (vec![dir, tree], home, at)
    }

    fn brought(home: &Path, tree: &Path, copy: &[&str]) -> Brought {
        let mut brought = Brought::default();
        let wanted = copied::Wanted {
            copy: copy.iter().map(|g| (*g).to_owned()).collect(),
            include: Vec::new(),
        };
        let harness = RepoPath::new("harness").unwrap();
        brought.copy(home, tree, &harness, &wanted).unwrap();
        brought
    }

    #[test]
    fn untracked_files_are_copied_by_glob_and_never_over_what_is_there() {
        let (_dirs, home, tree) = trees();
        put(&home, ".gitignore", ".env*\n");
        put(&home, ".env", "A=1\n");
        put(&home, "deep/.env.local", "B=2\n");
        put(&home, "other", "x\n");
        put(&home, "harness/.env", "C=3\n");
        let private = std::fs::Permissions::from_mode(0o740);
        std::fs::set_permissions(home.join("deep/.env.local"), private).unwrap();
        put(&tree, ".env", "mine\n");
        let done = brought(&home, &tree, &[".env*"]);
        assert_eq!(done.copied, 1);
        let read = |p: &str| std::fs::read_to_string(tree.join(p)).unwrap();
        assert_eq!(
            (read(".env"), read("deep/.env.local")),
            ("mine\n".into(), "B=2\n".into())
        );
        let mode = std::fs::metadata(tree.join("deep/.env.local")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o740);
        assert!(!tree.join("other").exists() && !tree.join("harness").exists());
    }

    #[test]
    fn no_link_leads_out_and_nothing_is_written_behind_one() {
        let (_dirs, home, tree) = trees();
        let outside = tempfile::tempdir().unwrap();
        put(&home, "conf/local", "x\n");
        symlink("local", home.join("conf/near")).unwrap();
        symlink("../../out", home.join("conf/far")).unwrap();
        symlink("/etc/hostname", home.join("conf/root")).unwrap();
        put(&home, "late/local", "x\n");
        symlink(outside.path(), tree.join("late")).unwrap();
        let done = brought(&home, &tree, &["conf/", "late/"]);
        assert_eq!(
            done.line(),
            "2 copied, 0 linked, 3 left out",
            "{:?}",
            done.notes
        );
        assert_eq!(
            std::fs::read_link(tree.join("conf/near")).unwrap(),
            Path::new("local")
        );
        assert!(!tree.join("conf/far").is_symlink() && !tree.join("conf/root").is_symlink());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_too_large_or_no_file_is_left_out_with_a_word() {
        let (_dirs, home, tree) = trees();
        put(&home, "big", "x\n");
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(home.join("big"));
        file.unwrap().set_len(LARGEST + 1).unwrap();
        let pipe = std::process::Command::new("mkfifo")
            .arg(home.join("pipe"))
            .status();
        assert!(pipe.unwrap().success());
        let done = brought(&home, &tree, &["big", "pipe"]);
        assert_eq!(done.copied, 0);
        // Git tells of no pipes at all.
        assert!(
            done.notes[0].contains("larger than 256 MiB"),
            "{:?}",
            done.notes
        );
        assert!(!tree.join("pipe").exists());
    }

    #[test]
    fn links_are_made_once_and_what_is_missing_is_named_with_what_to_do() {
        let (_dirs, home, tree) = trees();
        put(&home, "cache/x", "x\n");
        let path = |p: &str| RepoPath::new(p).unwrap();
        let mut brought = Brought::default();
        brought.link(&home, &tree, &[path("cache")]).unwrap();
        brought.link(&home, &tree, &[path("cache")]).unwrap();
        assert_eq!(brought.line(), "0 copied, 1 linked");
        put(&tree, "own/x", "x\n");
        put(&home, "own/x", "x\n");
        brought.link(&home, &tree, &[path("own")]).unwrap();
        assert!(brought.notes[0].contains("in the tree already"));
        let said = brought.link(&home, &tree, &[path("gone")]).unwrap_err();
        assert!(said.contains("make it there, or take it out"), "{said}");
    }
}
