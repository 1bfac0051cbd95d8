//! Whether a run belongs where its records lie. They name its checkout by an absolute path: in a
//! copied repository that is the original's, which nobody here may write to, and in a moved one
//! nothing is there any more.

use crate::git::Git;
use crate::store::fs::{Disk, Fs};
use std::path::{Path, PathBuf};

/// Largest file that says where a git folder is.
const MAX_POINTER_BYTES: u64 = 16 * 1024;

/// Why nothing is done with a run from here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotHere {
    /// Its checkout belongs to another repository than the one that holds its records.
    #[error(
        "this run belongs to the repository at {}; its records here, in {}, are those of a copy: go on with it there, or start a run of this place with `harness-tui run TASK --new`",
        home.display(), here.display()
    )]
    Elsewhere {
        /// The checkout it was started from.
        home: PathBuf,
        /// The git folder that holds its records.
        here: PathBuf,
    },
    /// Its folder was in no repository when it began, and is in one now.
    #[error(
        "this run began when {} was in no git repository, and now it is in one; move .git away to go on with the run, or harness/.state away to be rid of it",
        home.display()
    )]
    GitCame {
        /// The folder it was started from.
        home: PathBuf,
    },
    /// Its checkout is gone.
    #[error(
        "the checkout that this run was started from, {}, is gone; where it was moved, move it back or put a link to it there (`ln -s NEW OLD`), else start a run with `harness-tui run TASK --new`: what was handed on is on the run's branch",
        home.display()
    )]
    Gone {
        /// The checkout it was started from.
        home: PathBuf,
    },
}

impl NotHere {
    /// The command that shows the way on.
    pub fn command(&self) -> String {
        match self {
            Self::Elsewhere { home, .. } => format!("cd {}", home.display()),
            Self::GitCame { home } => format!("mv {0}/.git {0}/git-aside", home.display()),
            Self::Gone { home } => format!("ln -s NEW {}", home.display()),
        }
    }
}

/// Refuses a run, whose engine folder this is, where its checkout is not one of the repository that
/// holds that folder.
pub fn check(run_dir: &Path, home: &Path) -> Result<(), NotHere> {
    if let Some(without) = without_git(run_dir, home) {
        return without;
    }
    // `<git common dir>/harness/runs/<run>`
    let Some(here) = run_dir.ancestors().nth(3) else {
        return Ok(());
    };
    let here = canonical(here);
    match common_dir(home) {
        Some(common) if common == here => Ok(()),
        Some(_) => Err(NotHere::Elsewhere {
            home: home.to_owned(),
            here,
        }),
        None => Err(NotHere::Gone {
            home: home.to_owned(),
        }),
    }
}

/// The same for a run of a folder that is in no repository: `<folder>/harness/.state/runs/<run>`.
fn without_git(run_dir: &Path, home: &Path) -> Option<Result<(), NotHere>> {
    let state = run_dir.ancestors().nth(2)?;
    if state.file_name()? != ".state" {
        return None;
    }
    let here = canonical(state.ancestors().nth(2)?);
    let home = home.to_owned();
    Some(if !home.is_dir() {
        Err(NotHere::Gone { home })
    } else if canonical(&home) != here {
        Err(NotHere::Elsewhere { home, here })
    } else if home.join(".git").symlink_metadata().is_ok() {
        Err(NotHere::GitCame { home })
    } else {
        Ok(())
    })
}

/// The git folder that all working trees of a checkout share, by the files that say so: it is asked
/// for every run that is looked at. Git is asked only where they can't tell.
fn common_dir(home: &Path) -> Option<PathBuf> {
    let dot = home.join(".git");
    if dot.is_dir() {
        return Some(canonical(&dot));
    }
    let Some(own) = pointed(&dot, "gitdir: ") else {
        let found = home.is_dir().then(|| Git::discover(home).ok()).flatten()?;
        return Some(canonical(&found.common_dir));
    };
    let common = pointed(&own.join("commondir"), "").unwrap_or(own);
    common.is_dir().then(|| canonical(&common))
}

/// Where a file points to; what it says is relative to its folder.
fn pointed(file: &Path, before: &str) -> Option<PathBuf> {
    let bytes = Disk.read(file, MAX_POINTER_BYTES).ok()?;
    let bytes = bytes.strip_prefix(before.as_bytes())?;
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    Some(file.parent()?.join(crate::git::path_from(bytes)))
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::repository;

    fn run_of(git: &Git) -> PathBuf {
        git.dir().join(".git/harness/runs/RUN-2026-01-02-T1")
    }

    #[test]
    fn a_run_belongs_to_the_checkouts_of_the_repository_that_holds_it() {
        let (_one, git) = repository();
        let (_two, other) = repository();
        let run = run_of(&git);
        assert_eq!(check(&run, git.dir()), Ok(()));
        let linked = other.dir().join("linked");
        git.call(["worktree", "add", "-q", "--detach"])
            .arg(&linked)
            .run()
            .unwrap();
        assert_eq!(check(&run, &linked), Ok(()));
        assert!(matches!(
            check(&run_of(&other), git.dir()),
            Err(NotHere::Elsewhere { .. })
        ));
        assert!(matches!(
            check(&run_of(&other), &linked),
            Err(NotHere::Elsewhere { .. })
        ));
    }

    #[test]
    fn a_moved_repository_is_found_again_by_a_link_in_the_old_place() {
        let (dir, git) = repository();
        let moved = dir.path().join("moved");
        std::fs::create_dir(&moved).unwrap();
        std::fs::rename(git.dir().join(".git"), moved.join(".git")).unwrap();
        let run = moved.join(".git/harness/runs/RUN-2026-01-02-T1");
        let old = dir.path().join("old");
        assert_eq!(check(&run, &old), Err(NotHere::Gone { home: old.clone() }));
        std::os::unix::fs::symlink(&moved, &old).unwrap();
        assert_eq!(check(&run, &old), Ok(()));
    }
}
