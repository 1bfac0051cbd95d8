//! A project in one glance, for a line that is looked at every few seconds: what waits, what runs, what
//! it cost, without reading a journal again that nothing was written to.
//!
//! What was read of each run is kept in the user's cache, with the marks of the files it was read of.
//! Each glance looks at those marks; a run whose marks are others is read anew. So what it says is so,
//! whoever wrote what meanwhile, and a cache that is gone costs time alone.

mod kept;
mod place;

use super::board::{RunCard, StageCard, side_by_side};
use super::needs::{Kind, Need};
use super::runs::RunView;
use crate::store::fs::{Disk, Fingerprint, OpenDir};
use crate::store::layout::{EngineDir, RunDir};
use crate::terms::usage::Total;
use crate::terms::{RunId, RunState, TaskId};
use jiff::Timestamp;
use kept::{Kept, Line};
pub use place::{Place, here};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A run at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// Its id.
    pub run: RunId,
    /// Its task.
    pub task: Option<TaskId>,
    /// Its task's title; its workflow's name where it has no task.
    pub title: String,
    /// Its state as people are to see it.
    pub state: RunState,
    /// The stage it is at, in short.
    pub stage: Option<String>,
    /// When the last fact of it arrived.
    pub updated: Option<Timestamp>,
    /// What it needs a person for.
    pub need: Option<Need>,
}

/// What can be told apart without reading a brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The journal.
    journal: Fingerprint,
    /// Whether a landing of it was begun and is not done.
    landing: bool,
    /// Whether its supervisor was there; of one that should go on that decides.
    held: bool,
}

/// In which way a run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// It is over: ended, and landed or given up.
    Over,
    /// It goes on by itself.
    Runs,
    /// It waits for a person.
    Needs(Kind),
}

/// A project at one glance.
#[derive(Debug, Default)]
pub struct Glance {
    lines: Vec<Line>,
    /// The runs that can't be read.
    pub unreadable: usize,
    kept: Kept,
    /// Whether what is kept is no longer what was read.
    stale: bool,
}

impl Glance {
    /// The project of this engine's folder; what is read is kept in this folder of the user's.
    pub fn at(engine: &EngineDir, cache: Option<&Path>) -> Self {
        let kept = Kept::of(engine.path(), cache);
        let ids = engine.run_ids(&Disk).unwrap_or_default();
        let runs = engine.runs();
        let open = OpenDir::at(&runs).ok();
        let looked = side_by_side(&ids, |id| {
            let dirs = engine.run(id);
            let marks = open.as_ref().and_then(|open| Marks::of(open, &runs, &dirs));
            (dirs, marks)
        });
        let mut known = kept.take();
        let mut glance = Self {
            lines: Vec::with_capacity(ids.len()),
            stale: known.len() > ids.len(),
            ..Self::default()
        };
        let mut anew = Vec::new();
        for (id, (dirs, marks)) in ids.into_iter().zip(looked) {
            let Some(marks) = marks else {
                // Without a journal it is no run yet, or none that can be read.
                glance.unreadable += usize::from(dirs.run().exists());
                continue;
            };
            match known.remove(id.as_str()) {
                Some(line) if line.is_still(&marks, &dirs) => glance.lines.push(line),
                _ => anew.push((dirs, marks)),
            }
        }
        let read = side_by_side(&anew, |(dirs, marks)| read(dirs, *marks));
        for read in read {
            match read {
                Some(line) => {
                    glance.stale |=
                        !matches!(line.counts, Counts::Runs | Counts::Needs(Kind::Taken));
                    glance.lines.push(line);
                }
                None => glance.unreadable += 1,
            }
        }
        glance.kept = kept;
        glance
    }

    /// Keeps what was read anew for the next glance; after what was asked for was told.
    pub fn keep(&self) {
        if self.stale {
            self.kept.keep(&self.lines);
        }
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.lines.len()
    }

    /// How many go on by themselves.
    pub fn running(&self) -> usize {
        self.count(|c| c == Counts::Runs)
    }

    /// How many wait for a person.
    pub fn needs(&self) -> usize {
        self.count(|c| matches!(c, Counts::Needs(_)))
    }

    /// How many wait for a person for one of these reasons.
    pub fn waits(&self, kinds: &[Kind]) -> usize {
        self.count(|c| matches!(c, Counts::Needs(kind) if kinds.contains(&kind)))
    }

    fn count(&self, is: impl Fn(Counts) -> bool) -> usize {
        self.lines.iter().filter(|l| is(l.counts)).count()
    }

    /// What the runs that are not over used.
    pub fn total(&self) -> Total {
        let open = self.lines.iter().filter(|l| l.counts != Counts::Over);
        open.fold(Total::default(), |sum, line| sum.and(&line.total))
    }

    /// What waits for a person, the most urgent first.
    pub fn all_needs(&self) -> Vec<Brief> {
        let mut waits: Vec<&Line> = self.waiting().collect();
        waits.sort_by_key(|l| l.rank());
        waits.into_iter().filter_map(Line::brief).collect()
    }

    /// The runs that go on, what moved last first.
    pub fn all_running(&self) -> Vec<Brief> {
        let runs = self.lines.iter().filter(|l| l.counts == Counts::Runs);
        let mut runs: Vec<Brief> = runs.filter_map(Line::brief).collect();
        runs.sort_by(|a, b| (b.updated, &b.run).cmp(&(a.updated, &a.run)));
        runs
    }

    /// The run that a line with room for one is about: the most urgent that waits, else the one that
    /// runs and moved last.
    pub fn first(&self) -> Option<Brief> {
        let waits = self.waiting().min_by_key(|l| l.rank());
        match waits {
            Some(line) => line.brief(),
            None => self.all_running().into_iter().next(),
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &Line> {
        let waits = |l: &&Line| matches!(l.counts, Counts::Needs(_));
        self.lines.iter().filter(waits)
    }
}

impl Marks {
    /// Those of a run's folder now, below the folder of all runs; `None`: it has no journal.
    fn of(open: &OpenDir, runs: &Path, dirs: &RunDir) -> Option<Self> {
        let look = |file: PathBuf| match file.strip_prefix(runs) {
            Ok(below) => open.fingerprint(below),
            Err(_) => Ok(None),
        };
        let journal = look(dirs.journal()).ok()??;
        // That it can't be looked at is no sign that it is not there.
        let landing = look(dirs.landing()).map_or(true, |mark| mark.is_some());
        Some(Self {
            journal,
            landing,
            held: false,
        })
    }
}

/// Reads a run; `None`: it can't be read.
fn read(dirs: &RunDir, marks: Marks) -> Option<Line> {
    let view = RunView::read(dirs.clone()).ok()?;
    let should = matches!(
        view.run.state(),
        RunState::Created | RunState::Ready | RunState::Running
    );
    let held = view.supervised;
    let card = RunCard::of(view.into());
    let counts = match &card.need {
        Some(need) => Counts::Needs(need.kind),
        None if card.is_over() => Counts::Over,
        None => Counts::Runs,
    };
    let total = card.total();
    let brief = Brief {
        stage: card.at().map(StageCard::short_name),
        updated: card.updated,
        need: card.need.as_deref().cloned(),
        state: card.state,
        run: card.run,
        task: card.task,
        title: card.title,
    };
    let marks = Marks { held, ..marks };
    Some(Line::of(marks, counts, should, total, brief))
}
