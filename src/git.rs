//! Git by its own command line, hardened against what a repository may configure.
//!
//! Law: every call goes through [`Git::call`], which switches off hooks, file-system monitors,
//! external diff programs, pagers, editors, prompts, signatures and automatic maintenance, and
//! drops every `GIT_*` variable that was inherited, but for where the machine's and the person's own
//! settings are. Nothing here decides anything, and nothing
//! touches the user's index: whoever needs one uses a private [`Index`].

mod call;
pub mod commit;
pub mod diff;
pub mod discover;
pub mod index;
mod plain;
pub mod private;
pub mod refs;
pub mod scratch;
pub mod status;
pub mod submodule;
pub mod worktree;

pub use call::{Call, Output};
pub use commit::{Identity, LogEntry, NewCommit};
pub use diff::{DiffEntry, MergeTree};
pub use discover::{Repository, Standing};
pub use index::Index;
pub use refs::{BranchClash, Expected, RefEntry};
pub use scratch::Scratch;
pub use status::{Head, Status, Upstream};
pub use worktree::{Checkout, Worktree};

use std::path::{Path, PathBuf};

/// Git, working in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Git {
    dir: PathBuf,
    /// The engine's own repository, whose working tree `dir` is; `None`: git finds its own.
    own: Option<PathBuf>,
    careful: bool,
}

impl Git {
    /// Git in this folder: a working tree, a folder below it, or a git folder. Where the folder is in
    /// no repository and the engine has made one for it, that is used.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let own = private::at(&dir);
        Self {
            dir,
            own,
            careful: false,
        }
    }

    /// Git in this working tree of this repository, whatever else lies there.
    pub fn bound(top: &Path, git_dir: &Path) -> Self {
        Self {
            dir: top.to_owned(),
            own: Some(git_dir.to_owned()),
            careful: false,
        }
    }

    /// Git in a checkout: bound to this repository where one is named.
    pub fn in_checkout(top: &Path, own: Option<&Path>) -> Self {
        own.map_or_else(|| Self::new(top), |own| Self::bound(top, own))
    }

    /// The index of this working tree.
    pub fn own_index(&self) -> Result<PathBuf, GitError> {
        match &self.own {
            Some(own) => Ok(own.join("index")),
            None => Ok(Self::discover(&self.dir)?.git_dir.join("index")),
        }
    }

    /// The same where nobody trusts the repository yet: what its own configuration names is not run
    /// for looking at it (filters, programs that fetch what is missing). A clone brings no
    /// configuration along; a copied `.git` does.
    #[must_use]
    pub fn careful(mut self) -> Self {
        self.careful = true;
        self
    }

    /// Whether it is [careful](Self::careful).
    pub fn is_careful(&self) -> bool {
        self.careful
    }

    /// The folder it works in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A call with these arguments; nothing runs before one of its `run` methods.
    pub fn call<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call<'_> {
        Call::new(self, args)
    }
}

/// The first git that serves, as major and minor version: `merge-tree --merge-base`, which proves a
/// landing and joins stages, came with it.
pub const OLDEST: (u32, u32) = (2, 40);

/// The first git that serves, for people.
pub fn oldest() -> String {
    format!("{}.{}", OLDEST.0, OLDEST.1)
}

/// Why a call of git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program is not there.
    #[error(
        "git was not found; install git {} or newer and put it on PATH",
        oldest()
    )]
    NotInstalled,
    /// It could not be started or talked to.
    #[error("git {args}: {source}")]
    Io {
        /// The arguments, for people.
        args: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("git {args} failed{}: {stderr}", code_text(*code))]
    Failed {
        /// The arguments, for people.
        args: String,
        /// Its exit code; `None`: a signal ended it.
        code: Option<i32>,
        /// What it printed to standard error, cut to 64 KiB.
        stderr: String,
    },
    /// The records of a linked working tree are not whole, and stayed so.
    #[error(
        "git {args} failed: {stderr}; another git makes or removes a working tree, or was ended while it did: `git worktree prune` clears what it left"
    )]
    HalfATree {
        /// The arguments, for people.
        args: String,
        /// What it printed to standard error.
        stderr: String,
    },
    /// An object is needed that this partial clone does not hold.
    #[error(
        "git {args} failed: {stderr}; this is a partial clone, and that is not on this machine: see that its remote can be reached, then try again"
    )]
    Lacking {
        /// The arguments, for people.
        args: String,
        /// What it printed to standard error.
        stderr: String,
    },
    /// It printed more than the caller can take.
    #[error("git {args} printed more than {limit} bytes; narrow it down")]
    TooMuch {
        /// The arguments, for people.
        args: String,
        /// The bound in bytes.
        limit: usize,
    },
    /// It did not end in time.
    #[error(
        "git {args} did not end within {seconds} s; see whether a filter or a lock holds it up"
    )]
    TooLong {
        /// The arguments, for people.
        args: String,
        /// The bound in seconds.
        seconds: u64,
    },
    /// It printed something that is not its documented format.
    #[error("git {args} printed something unexpected: {what}")]
    Unexpected {
        /// The arguments, for people.
        args: String,
        /// What was wrong with it.
        what: String,
    },
    /// The folder belongs to no repository.
    #[error("{} is not inside a git repository; run 'git init' there, or name another folder; `harness-tui init --no-git` sets it up without git", .0.display())]
    NotARepository(PathBuf),
    /// The repository has no working tree here.
    #[error("{} has no working tree; make one with 'git worktree add' and start there", .0.display())]
    NoWorkingTree(PathBuf),
}

fn code_text(code: Option<i32>) -> String {
    code.map_or_else(|| " (ended by a signal)".to_owned(), |c| format!(" ({c})"))
}

/// A path as git prints it, as a path of this machine.
pub(crate) fn path_from(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(test)]
pub(crate) mod testing {
    //! A repository in a temporary folder.
    use super::Git;
    use std::path::Path;

    /// A fresh repository with one commit that holds `a.txt`.
    pub(crate) fn repository() -> (tempfile::TempDir, Git) {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path().canonicalize().unwrap());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        git.call(["config", "user.name", "Ada"]).run().unwrap();
        git.call(["config", "user.email", "ada@example.org"])
            .run()
            .unwrap();
        put(git.dir(), "a.txt", "one\n");
        commit_all(&git, "first");
        (dir, git)
    }

    /// Writes a file, with its folders.
    #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
    pub(crate) fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything there is, as a user would.
    pub(crate) fn commit_all(git: &Git, message: &str) -> crate::terms::Oid {
        git.call(["add", "-A"]).run().unwrap();
        git.call(["commit", "-q", "-m", message]).run().unwrap();
        git.resolve("HEAD").unwrap()
    }
}
