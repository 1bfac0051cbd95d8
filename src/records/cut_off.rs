//! A landing that was begun and is not done, as `landing.json` in the run's folder tells. While it
//! is under way its run is held; a run that nobody holds had its landing cut off.

use crate::git::Git;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::RunDir;
use crate::terms::{Oid, RunState};
use serde::Deserialize;
use std::path::Path;

/// Largest `landing.json` that is read, and that is written.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A landing that was begun and is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The branch that is landed on, short name; empty: it can't be read.
    pub into: String,
    /// How far it came.
    pub stands: Stands,
}

/// How far a landing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// Its commit is made, and the branch does not hold it yet.
    Made {
        /// The commit.
        commit: Oid,
    },
    /// The branch holds it; recording and tidying may be left.
    Holds {
        /// The commit.
        commit: Oid,
    },
    /// It can't come to its end as it was begun.
    Overtaken {
        /// What came in between.
        why: String,
    },
    /// What it was about to do can't be read.
    Unreadable {
        /// What is wrong.
        why: String,
    },
}

/// What is needed of the file.
#[derive(Deserialize)]
struct Written {
    into: String,
    old: Oid,
    new: Oid,
}

/// Where a run was when its landing is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// Any checkout of the repository.
    pub home: &'a Path,
    /// Whether the landing is recorded.
    pub landed: bool,
    /// The run's state.
    pub state: RunState,
}

impl Begun {
    /// The landing of this run that was begun; `None`: none was, or it is done.
    pub fn read(dirs: &RunDir, now: Now<'_>) -> Option<Self> {
        let path = dirs.landing();
        let bytes = match Disk.read(&path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
            Err(e) => return Some(Self::unreadable(&path, &e)),
        };
        Some(match serde_json::from_slice::<Written>(&bytes) {
            Ok(it) => Self {
                stands: Stands::of(&it.into, (&it.old, &it.new), now),
                into: it.into,
            },
            Err(e) => Self::unreadable(&path, &e),
        })
    }

    fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Self {
        let why = format!("{} can't be read: {why}", path.display());
        Self {
            into: String::new(),
            stands: Stands::Unreadable { why },
        }
    }

    /// How far it came, in a line.
    pub fn told(&self) -> String {
        let into = &self.into;
        match &self.stands {
            Stands::Made { commit } => format!(
                "its landing was cut off: the commit {} is made, and {into} does not hold it yet",
                commit.short()
            ),
            Stands::Holds { commit } => format!(
                "its landing was cut off: {into} holds it as {}, and only tidying is left",
                commit.short()
            ),
            Stands::Overtaken { why } => {
                format!("its landing was cut off and can't be finished: {why}")
            }
            Stands::Unreadable { why } => format!("its landing was cut off, and {why}"),
        }
    }
}

impl Stands {
    /// How far a landing on this branch came, which was to move it from `old` to `new`.
    pub fn of(into: &str, (old, new): (&Oid, &Oid), now: Now<'_>) -> Self {
        let git = Git::new(now.home);
        let commit = new.clone();
        if now.landed {
            return Self::Holds { commit };
        }
        let name = format!("refs/heads/{into}");
        // That git can't say is no answer: nothing is taken back on it.
        let refs = match git.refs(&[&name]) {
            Ok(refs) => refs,
            Err(e) => return Self::unread(&e),
        };
        let Some(tip) = refs.into_iter().find(|r| r.name == name) else {
            let why = format!("there is no branch '{into}' any more");
            return Self::Overtaken { why };
        };
        let tip = tip.object;
        match git.is_ancestor(new, &tip) {
            Ok(true) => return Self::Holds { commit },
            Ok(false) => {}
            Err(e) => return Self::unread(&e),
        }
        if tip != *old {
            let why = format!("{into} was moved to {} meanwhile", tip.short());
            return Self::Overtaken { why };
        }
        if now.state != RunState::Completed {
            let why = format!("the run is {} now", now.state);
            return Self::Overtaken { why };
        }
        Self::Made { commit }
    }

    fn unread(why: &dyn std::fmt::Display) -> Self {
        let why = format!("git can't say how far it came: {why}");
        Self::Unreadable { why }
    }
}
