//! What a landing needs others for: the person's own git, with their hooks and their signature, and
//! the run's checks. Who lands says how each is run, for a screen can't have either paint over it.

use super::{LandError, recheck};
use crate::records::runs::RunView;
use crate::terms::Oid;
use crate::terms::evidence::CheckResult;
use std::io;
use std::process::{Command, Output, Stdio};

/// How much of what was said is kept: the end of it.
const SAID_BYTES: usize = 4096;

/// What a program came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Whether it did what it was to do.
    pub ok: bool,
    /// The end of what it said, where that was caught; nothing of it is safe for a terminal.
    pub text: String,
}

impl Said {
    /// What a program that was waited for said.
    pub fn of(output: &Output) -> Self {
        Self::from_bytes(output.status.success(), &output.stderr)
    }

    /// The same of bytes.
    pub fn from_bytes(ok: bool, bytes: &[u8]) -> Self {
        let from = bytes.len().saturating_sub(SAID_BYTES);
        let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
        Self {
            ok,
            text: text.trim().to_owned(),
        }
    }
}

/// What the person's git is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// A commit, with its hooks and its signature.
    Commit,
    /// A push, with its hook and what the other side asks.
    Push,
}

impl Task {
    /// What git does, for who has the terminal taken away meanwhile.
    pub fn told(self) -> &'static str {
        match self {
            Self::Commit => "git commits what is landed",
            Self::Push => "git pushes what is put up for review",
        }
    }
}

/// How what a landing needs others for is run.
pub trait Hands {
    /// Runs the person's git to its end. Its streams are not set yet but for standard output, which
    /// is not wanted.
    fn git(&self, git: Command, task: Task) -> io::Result<Said>;

    /// Runs the checks once more on this tree, which `commit` holds.
    fn recheck(
        &self,
        view: &RunView,
        tree: &Oid,
        commit: &Oid,
    ) -> Result<Vec<CheckResult>, LandError> {
        recheck::recheck(view, tree, commit)
    }
}

/// A command line's hands: this process has no other children.
#[derive(Debug, Clone, Copy)]
pub struct Plain {
    /// Whether hooks and signatures may talk to the person in the terminal of this process.
    pub terminal: bool,
}

impl Hands for Plain {
    fn git(&self, mut git: Command, _: Task) -> io::Result<Said> {
        if self.terminal {
            git.stderr(Stdio::inherit());
        } else {
            git.stdin(Stdio::null()).stderr(Stdio::piped());
        }
        Ok(Said::of(&git.output()?))
    }
}
