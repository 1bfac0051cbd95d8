//! What git said of commits, which stays so: kept from look to look, and from one start to the next.

use crate::engine::Run;
use crate::git::Git;
use crate::records::board::kept::Lines;
use crate::supervisor::RunOrder;
use crate::supervisor::refresh::Moved;
use crate::terms::Oid;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// How much is kept for the next start, the latest asked for first.
const MOST: usize = 5_000;

/// What was asked, and what git said.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Line {
    /// Which paths differ between two commits.
    Paths(Oid, Oid, Arc<Vec<String>>),
    /// Which paths of two commits can't be joined.
    Joined(Oid, Oid, Vec<String>),
    /// How a base branch at the last commit stands to a run at the first that is built on the second.
    Moved(Oid, Oid, Oid, Option<Moved>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asked {
    Paths(Oid, Oid),
    Joined(Oid, Oid),
    Moved(Oid, Oid, Oid),
}

impl Line {
    fn asked(&self) -> Asked {
        match self {
            Self::Paths(a, b, _) => Asked::Paths(a.clone(), b.clone()),
            Self::Joined(a, b, _) => Asked::Joined(a.clone(), b.clone()),
            Self::Moved(a, b, c, _) => Asked::Moved(a.clone(), b.clone(), c.clone()),
        }
    }
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    file: Lines,
    known: HashMap<Asked, Line>,
    /// What was asked for at this look: the rest goes.
    used: HashSet<Asked>,
    any_new: bool,
}

impl Kept {
    pub(super) fn of(engine: &Path, keep: Option<&Path>) -> Self {
        let file = Lines::of("beside", engine, keep);
        let lines = file.read::<Line>().into_iter();
        Self {
            known: lines.map(|l| (l.asked(), l)).collect(),
            file,
            ..Self::default()
        }
    }

    fn known(&mut self, asked: &Asked) -> Option<&Line> {
        let line = self.known.get(asked)?;
        self.used.insert(asked.clone());
        Some(line)
    }

    fn learn(&mut self, line: Line) {
        self.any_new = true;
        self.used.insert(line.asked());
        self.known.insert(line.asked(), line);
    }

    /// The paths that differ between two commits, sorted; what git can't tell is none.
    pub(super) fn paths(&mut self, git: &Git, base: &Oid, head: &Oid) -> Arc<Vec<String>> {
        let asked = Asked::Paths(base.clone(), head.clone());
        if let Some(Line::Paths(_, _, paths)) = self.known(&asked) {
            return paths.clone();
        }
        let Ok(entries) = git.diff(base, head) else {
            return Arc::default();
        };
        let mut paths: Vec<String> = entries.into_iter().map(|d| d.path).collect();
        paths.sort_unstable();
        paths.dedup();
        let paths = Arc::new(paths);
        self.learn(Line::Paths(base.clone(), head.clone(), paths.clone()));
        paths
    }

    /// The paths of two runs that can't be joined; `None`: git can't tell, or enough was looked at now.
    pub(super) fn joined(
        &mut self,
        git: &Git,
        (one, other): (&Oid, &Oid),
        (base, _): (&Oid, &Oid),
        left: &mut usize,
    ) -> Option<Vec<String>> {
        // It is the same from either side.
        let (one, other) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        let asked = Asked::Joined(one.clone(), other.clone());
        if let Some(Line::Joined(_, _, paths)) = self.known(&asked) {
            return Some(paths.clone());
        }
        *left = left.checked_sub(1)?;
        let common = git.merge_base(one, other).ok()?;
        let common = common.as_ref().unwrap_or(base);
        let mut conflicts = git.merge_tree(common, one, other).ok()?.conflicts;
        conflicts.sort_unstable();
        conflicts.dedup();
        self.learn(Line::Joined(one.clone(), other.clone(), conflicts.clone()));
        Some(conflicts)
    }

    /// Whether the base of a run moved, where its branch is at this commit.
    pub(super) fn moved(
        &mut self,
        git: &Git,
        (order, run): (&RunOrder, &Run),
        head: &Oid,
        tip: &Oid,
    ) -> Option<Moved> {
        let stands_on = run.refreshed_on.as_ref().unwrap_or(order.started_on());
        if stands_on == tip {
            return None;
        }
        let asked = Asked::Moved(head.clone(), stands_on.clone(), tip.clone());
        if let Some(Line::Moved(_, _, _, moved)) = self.known(&asked) {
            return moved.clone();
        }
        let moved = Moved::at(git, order, run, tip).ok()?;
        self.learn(Line::Moved(
            head.clone(),
            stands_on.clone(),
            tip.clone(),
            moved.clone(),
        ));
        moved
    }

    /// Keeps what was asked for at this look, where anything of it is new.
    pub(super) fn write(&mut self) {
        if std::mem::take(&mut self.any_new) {
            let (used, rest): (Vec<&Line>, Vec<&Line>) =
                { self.known.values() }.partition(|l| self.used.contains(&l.asked()));
            // A look at one run asks for little: what others asked for stays as well.
            self.file.write(used.into_iter().chain(rest).take(MOST));
        }
        self.used.clear();
    }
}
