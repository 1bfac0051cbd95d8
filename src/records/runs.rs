//! Runs, as their folders tell them.

use super::cut_off::{Begun, Now};
use super::milestones::Milestones;
use super::project::Project;
use super::review::Kept;
use super::spans::Spans;
use crate::engine::record::StageRecord;
use crate::engine::{Event, Run, lock};
use crate::stage::environ::inherited;
use crate::store::fs::{Disk, Fs};
use crate::store::journal::{self, Cursor, Record};
use crate::store::layout::{ActiveDir, AttemptDir, RunDir};
use crate::store::lock::is_held;
use crate::supervisor::RunOrder;
use crate::supervisor::by_hand::{self, ByHand};
use crate::supervisor::control::{self, Entry};
use crate::supervisor::gave_up::GaveUp;
use crate::supervisor::live::journal_is_there;
use crate::supervisor::place::{self, NotHere};
use crate::supervisor::tell::Stood;
use crate::terms::{AttemptId, RunId, RunState, StageState, TaskId};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Largest locked workflow that is read.
const MAX_LOCK_BYTES: u64 = 8 * 1024 * 1024;

/// A run that can't be shown, and why.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{run}: {why}")]
pub struct Unreadable {
    /// Its folder's name.
    pub run: String,
    /// What is wrong.
    pub why: String,
}

/// A run as it is on disk.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its order.
    pub order: RunOrder,
    /// Its state: the fold of its journal.
    pub run: Run,
    /// Its folder.
    pub dirs: RunDir,
    /// Whether a supervisor holds it.
    pub supervised: bool,
    /// Why its last supervisor ended before its time, where none holds it.
    pub gave_up: Option<GaveUp>,
    /// Whether a stage of it is taken over, and nobody is at that.
    pub left: bool,
    /// Why nothing is to be done with it from here: it belongs to another place.
    pub not_here: Option<NotHere>,
    /// How far its journal was read.
    pub cursor: Cursor,
    /// What its stages waited for, and when.
    pub spans: Spans,
    /// When it stopped going on by itself, and how.
    pub milestones: Milestones,
    /// The names of the orders that its journal holds: those were taken up.
    taken: BTreeSet<String>,
    /// What people said of lines of its work, as it is kept.
    pub commented: Kept,
    /// A landing of it that was begun and is not done; see [`RunView::cut_off`].
    pub landing: Option<Begun>,
}

impl RunView {
    /// Reads a run.
    pub fn read(dirs: RunDir) -> Result<Self, Unreadable> {
        let name = dirs
            .path()
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let bad = |why: String| Unreadable {
            run: name.clone(),
            why,
        };
        let order = RunOrder::read(&Disk, &dirs.run()).map_err(|e| bad(e.to_string()))?;
        journal_is_there(&Disk, &dirs, &order).map_err(|e| bad(e.to_string()))?;
        let text = Disk
            .read(&dirs.workflow_lock(), MAX_LOCK_BYTES)
            .map_err(|e| bad(format!("{}: {e}", dirs.workflow_lock().display())))?;
        // The supervisor keeps a copy that is quicker to read. Where it is not there or not of this
        // lock, nothing is written: whoever only looks leaves a repository as it is.
        let copy = Disk.read(&dirs.plan(), MAX_LOCK_BYTES).unwrap_or_default();
        let plan = match lock::from_copy(&copy, &text) {
            Some(plan) => plan,
            None => lock::from_lock(&String::from_utf8_lossy(&text))
                .map_err(|e| bad(format!("{}: {e}", dirs.workflow_lock().display())))?,
        };
        let supervised = is_held(&dirs.lock()).map_err(|e| bad(e.to_string()))?;
        let mut view = Self {
            not_here: place::check(dirs.path(), &order.home).err(),
            order,
            run: Run::new(plan),
            dirs,
            supervised,
            gave_up: None,
            left: false,
            cursor: Cursor::default(),
            spans: Spans::default(),
            milestones: Milestones::default(),
            taken: BTreeSet::new(),
            commented: Kept::default(),
            landing: None,
        };
        view.follow().map_err(|e| bad(e.why))?;
        Ok(view)
    }

    /// A run as it stood at an event.
    pub(super) fn stood(stood: Stood<'_>) -> Self {
        let gave_up = (!stood.alive)
            .then(|| GaveUp::read(&Disk, stood.dirs))
            .flatten();
        let mut view = Self {
            order: stood.order.clone(),
            run: stood.run.clone(),
            dirs: stood.dirs.clone(),
            supervised: stood.alive,
            gave_up,
            left: false,
            not_here: None,
            cursor: Cursor::default(),
            spans: Spans::default(),
            milestones: Milestones::default(),
            taken: BTreeSet::new(),
            commented: Kept::read(stood.dirs),
            landing: None,
        };
        view.left = view.lies_in_hand();
        view
    }

    /// A run of these parts, which nobody holds: what it takes to look at it.
    #[cfg(test)]
    pub(crate) fn of_parts(order: RunOrder, run: Run, dirs: RunDir, cursor: Cursor) -> Self {
        Self {
            order,
            run,
            dirs,
            supervised: false,
            gave_up: None,
            left: false,
            not_here: None,
            cursor,
            spans: Spans::default(),
            milestones: Milestones::default(),
            taken: BTreeSet::new(),
            commented: Kept::default(),
            landing: None,
        }
    }

    /// Reads what was recorded since the last look, and returns it.
    pub fn follow(&mut self) -> Result<Vec<Record<Entry>>, Unreadable> {
        let bad = |why: String| Unreadable {
            run: self.order.run.to_string(),
            why,
        };
        let path = self.dirs.journal();
        let (records, cursor) = if path.exists() {
            journal::tail::<Entry>(&Disk, &path, &self.cursor).map_err(|e| bad(e.to_string()))?
        } else {
            (Vec::new(), self.cursor.clone())
        };
        for record in &records {
            self.run
                .apply(record.at, &record.event.event)
                .map_err(|e| bad(e.to_string()))?;
            self.spans.note(record.at, &self.run);
            self.milestones.note(record.at, &self.run);
            self.taken.extend(record.event.order.clone());
        }
        self.cursor = cursor;
        if self.commented.is_older_than(&self.dirs) {
            self.commented = Kept::read(&self.dirs);
        }
        self.supervised = is_held(&self.dirs.lock()).map_err(|e| bad(e.to_string()))?;
        self.left = self.lies_in_hand();
        self.landing = self.begun();
        if self.landing.is_some() && !self.supervised {
            // It may have begun, or come to its end, between the two looks.
            self.supervised = is_held(&self.dirs.lock()).map_err(|e| bad(e.to_string()))?;
            self.landing = self.begun();
        }
        self.gave_up = (!self.supervised)
            .then(|| GaveUp::read(&Disk, &self.dirs))
            .flatten();
        Ok(records)
    }

    /// How many orders lie there that nobody took up yet. The file of one that was taken up stays
    /// until what it changed is published.
    pub fn ordered(&self) -> usize {
        let lying = control::waiting(&Disk, &self.dirs.control());
        let new = lying.iter().filter(|c| !self.taken.contains(&c.name));
        new.count()
    }

    fn begun(&self) -> Option<Begun> {
        let now = Now {
            home: &self.order.home,
            landed: self.run.landed.is_some(),
            state: self.run.state(),
        };
        Begun::read(&self.dirs, now)
    }

    /// A landing of it that was begun, that nobody goes on with, and that is not done.
    pub fn cut_off(&self) -> Option<&Begun> {
        self.landing.as_ref().filter(|_| !self.supervised)
    }

    /// The run's state as people are to see it: what should run but has no supervisor is
    /// interrupted, whatever its files say.
    pub fn state(&self) -> RunState {
        match self.run.state() {
            RunState::Created | RunState::Ready | RunState::Running if !self.supervised => {
                RunState::Interrupted
            }
            state => state,
        }
    }

    /// Why nobody carries it on, as far as it is known without looking further.
    pub fn forsaken(&self) -> (String, Option<Timestamp>) {
        match &self.gave_up {
            Some(left) => (left.told(), Some(left.at)),
            None => (
                "it should go on, and no supervisor holds it".to_owned(),
                None,
            ),
        }
    }

    /// Whether it goes on by itself.
    pub fn goes_on(&self) -> bool {
        let state = || self.run.state();
        self.supervised
            && matches!(
                state(),
                RunState::Created | RunState::Ready | RunState::Running
            )
    }

    /// Whether nothing of it goes on before a person does something about it.
    pub fn waits(&self) -> bool {
        let goes_on = matches!(
            self.state(),
            RunState::Created | RunState::Ready | RunState::Running | RunState::Cancelled
        );
        self.cut_off().is_some() || !self.is_over() && (self.left || !goes_on)
    }

    /// Whether its result is up for review, as it is now, and nothing else is to be done.
    pub fn in_review(&self) -> bool {
        let run = &self.run;
        run.in_review.is_some() && run.landed.is_none() && self.state() == RunState::Completed
    }

    /// The moment that it waits for, nothing of it being done meanwhile: a quota's reset, another try.
    pub fn waits_until(&self) -> Option<Timestamp> {
        let busy = |s: &StageRecord| s.state == StageState::Running;
        if self.state() != RunState::Running || self.run.stages.iter().any(busy) {
            return None;
        }
        let stages = self.run.stages.iter();
        let ready = stages.filter(|s| s.state == StageState::Ready);
        ready.map(|s| s.not_before).min().flatten()
    }

    /// Whether it is over: ended, and landed or given up.
    pub fn is_over(&self) -> bool {
        self.run.landed.is_some() || self.run.state() == RunState::Cancelled
    }

    /// What somebody wrote into its run-state.md that no supervisor has taken up yet.
    pub fn by_hand(&self) -> Option<ByHand> {
        by_hand::pending(&Disk, &self.dirs.base(), &self.active_dir().run_state())
    }

    /// The fact that its task in the checkout is not the one the run knows.
    pub fn task_changed(&self) -> Option<Event> {
        by_hand::task_changed(&Disk, self.order.roots(), &self.run)
    }

    /// The fact that what its profiles bring back is not what the run knows. Of a run that was never
    /// looked at so, none: nothing can be said to have changed.
    pub fn brought_changed(&self) -> Option<Event> {
        let known = !self.run.brought.is_empty() && self.order.tree != self.order.home;
        let changed = || by_hand::brought_changed(&self.order.home, &self.run, &inherited());
        known.then(changed).flatten()
    }

    /// Its task.
    pub fn task(&self) -> Option<&TaskId> {
        self.run.plan.task.as_ref().map(|t| &t.id)
    }

    /// An attempt's folder.
    pub fn attempt_dir(&self, attempt: &AttemptId) -> AttemptDir {
        self.dirs.attempt(attempt)
    }

    /// What people see of it in their checkout.
    pub fn active_dir(&self) -> ActiveDir {
        ActiveDir::of(&self.order.roots().folder(), &self.order.run)
    }

    /// The report that is kept, once it is landed.
    pub fn report_path(&self) -> PathBuf {
        self.order
            .roots()
            .folder()
            .join("runs")
            .join(format!("{}.md", self.order.run))
    }
}

/// Every run of the repository, newest first; those that can't be read beside them.
pub fn all(project: &Project) -> (Vec<RunView>, Vec<Unreadable>) {
    let mut views = Vec::new();
    let mut unreadable = Vec::new();
    let ids = match project.engine.run_ids(&Disk) {
        Ok(ids) => ids,
        Err(e) => {
            unreadable.push(Unreadable {
                run: "runs".to_owned(),
                why: e.to_string(),
            });
            Vec::new()
        }
    };
    for id in ids {
        let dirs = project.engine.run(&id);
        // A folder without an order is what a start left that did not get far enough to count.
        if !dirs.run().exists() {
            continue;
        }
        match RunView::read(dirs) {
            Ok(view) => views.push(view),
            Err(e) => unreadable.push(e),
        }
    }
    views.sort_by(|a, b| (b.order.created, &b.order.run).cmp(&(a.order.created, &a.order.run)));
    (views, unreadable)
}

/// The run of this id.
pub fn find(project: &Project, id: &RunId) -> Result<RunView, Unreadable> {
    let dirs = project.engine.run(id);
    if !dirs.run().exists() {
        return Err(Unreadable {
            run: id.to_string(),
            why: "there is no such run here; `harness-tui status` lists them".to_owned(),
        });
    }
    RunView::read(dirs)
}

/// The latest run of a task that is not over.
pub fn open_run_of(project: &Project, task: &TaskId) -> Option<RunView> {
    all(project)
        .0
        .into_iter()
        .find(|v| v.task() == Some(task) && !v.is_over())
}
