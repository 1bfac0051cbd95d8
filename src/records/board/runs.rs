//! The runs of a project, kept from look to look: one is read on when something happened in its
//! folder, and never again once it is landed.

use super::card::RunCard;
use super::kept::{Early, Kept, Stamps};
use crate::records::project::Project;
use crate::records::runs::{RunView, Unreadable};
use crate::store::fs::{Disk, Fs};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::lock::is_held;
use crate::store::watch::Changes;
use crate::supervisor::gave_up::GaveUp;
use crate::terms::RunId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many runs that are over are kept whole, for a person who goes from one to another.
const MOST_WHOLE: usize = 4;

/// A run as it was read last.
#[derive(Debug, Clone)]
struct Known {
    card: Arc<RunCard>,
    /// How much of its journal was read, in bytes.
    read: u64,
}

impl Known {
    fn of(view: RunView) -> Self {
        let read = view.cursor.offset;
        let card = Arc::new(RunCard::of(Arc::new(view)));
        Self { card, read }
    }

    /// The same; the card alone, where nothing happens to the run any more.
    fn settled(self) -> Self {
        if self.is_done() { self.alone() } else { self }
    }

    fn alone(self) -> Self {
        Self {
            card: Arc::new(self.card.alone()),
            ..self
        }
    }

    /// Whether nothing happens to it any more.
    fn is_done(&self) -> bool {
        let supervised = |view: &Arc<RunView>| view.supervised;
        let over = self.card.landed.is_some() && self.card.landing.is_none();
        over && !self.card.view.as_ref().is_some_and(supervised)
    }

    /// The run as it is now; `None`: as it was.
    fn read_on(&self, dirs: RunDir) -> Result<Option<Self>, Unreadable> {
        if !self.has_news(&dirs) {
            return Ok(None);
        }
        let Some(known) = &self.card.view else {
            return RunView::read(dirs).map(|view| Some(Self::of(view).settled()));
        };
        let mut now = RunView::clone(known);
        let news = now.follow()?;
        let same = news.is_empty()
            && now.supervised == known.supervised
            && now.gave_up == known.gave_up
            && now.left == known.left
            && now.landing == known.landing
            && now.commented.size == known.commented.size;
        Ok((!same).then(|| Self::of(now)))
    }

    /// Whether anything can have happened: its journal has grown, or its supervisor came or went.
    fn has_news(&self, dirs: &RunDir) -> bool {
        let stat = Disk.stat(&dirs.journal());
        let size = stat.map(|s| s.map_or(0, |s| s.fingerprint.size));
        let grown = size.map_or(true, |size| size != self.read);
        match &self.card.view {
            Some(view) if !self.is_done() => {
                let lands = view.landing.is_some() || dirs.landing().exists();
                let held = is_held(&dirs.lock());
                // Who gives up tells why after letting go.
                let told = || !view.supervised && view.gave_up != GaveUp::read(&Disk, dirs);
                let commented = view.commented.is_older_than(dirs);
                // Who has a stage comes and goes without a word.
                let in_hand = view.run.taken.is_some() && view.left != view.lies_in_hand();
                grown
                    || in_hand
                    || commented
                    || lands
                    || held.map_or(true, |held| held != view.supervised)
                    || told()
            }
            _ => grown,
        }
    }
}

/// The runs as they were read last.
#[derive(Default)]
pub(super) struct Runs {
    /// What an earlier start left of runs that are over, until it is asked for.
    early: Early<Kept>,
    /// The same from then on.
    kept: Kept,
    known: BTreeMap<RunId, Result<Known, Unreadable>>,
    /// Those that are over and were read whole because somebody looks at them, the latest last.
    whole: VecDeque<RunId>,
    /// Folders without an order yet: what a start has not got far enough with to count.
    young: BTreeSet<RunId>,
    /// Whether they were read at all.
    read: bool,
}

impl Runs {
    /// Before they are read; with what an earlier start left of them.
    pub(super) fn keeping(early: Early<Kept>) -> Self {
        Self {
            early,
            ..Self::default()
        }
    }

    /// Reads what changed; whether anything did.
    pub(super) fn look(&mut self, project: &Project, changes: &Changes) -> bool {
        let all = project.engine.runs();
        let first = !std::mem::replace(&mut self.read, true);
        if !first && !changes.touch(&all) {
            return false;
        }
        let mut any = first;
        let ids = match self.touched(&all, changes) {
            Some(touched) if !first => touched,
            _ => {
                let ids = project.engine.run_ids(&Disk).unwrap_or_default();
                let before = self.known.len();
                self.known.retain(|id, _| ids.binary_search(id).is_ok());
                self.young.retain(|id| ids.binary_search(id).is_ok());
                any |= self.known.len() != before;
                ids
            }
        };
        let mut unread = Vec::new();
        for id in ids {
            let dirs = project.engine.run(&id);
            match self.known.get(&id) {
                Some(_) if !changes.touch(dirs.path()) => {}
                Some(Ok(known)) => {
                    if let Some(now) = known.read_on(dirs).transpose() {
                        any = true;
                        self.known.insert(id, now);
                    }
                }
                _ => unread.push(id),
            }
        }
        any | self.read(project, unread)
    }

    /// The runs in whose folders something changed, where nothing else did and all are known;
    /// `None`: the folder of all runs is to be listed.
    fn touched(&self, all: &Path, changes: &Changes) -> Option<Vec<RunId>> {
        if changes.are_of(all) {
            return None;
        }
        let mut ids = Vec::new();
        for path in changes.paths() {
            let Ok(below) = path.strip_prefix(all) else {
                continue;
            };
            let mut parts = below.components();
            let id = parts.next()?.as_os_str().to_str()?;
            // What is directly below came, went, or is new to us.
            parts.next()?;
            let id = RunId::new(id)
                .ok()
                .filter(|id| self.known.contains_key(id))?;
            if ids.last() != Some(&id) {
                ids.push(id);
            }
        }
        Some(ids)
    }

    /// Reads the runs that have begun to count since the last look; whether there are any.
    pub(super) fn grown(&mut self, project: &Project) -> bool {
        let counts = |id: &&RunId| project.engine.run(id).run().exists();
        let grown: Vec<RunId> = self.young.iter().filter(counts).cloned().collect();
        if grown.is_empty() {
            return false;
        }
        self.read(project, grown);
        true
    }

    /// Reads these runs; of those that are over the card, where it was kept from what was kept.
    /// Whether there was anything new.
    fn read(&mut self, project: &Project, ids: Vec<RunId>) -> bool {
        if let Some(kept) = self.early.take() {
            self.kept = kept;
        }
        let mut any = false;
        let mut unread = Vec::new();
        let stamps = side_by_side(&ids, |id| Stamps::of(&project.engine.run(id)));
        for (id, stamps) in ids.into_iter().zip(stamps) {
            if stamps.ordered.is_none() && !self.known.contains_key(&id) {
                any |= self.young.insert(id);
                continue;
            }
            any = true;
            self.young.remove(&id);
            if let Some((card, read)) = self.kept.take(&id, stamps) {
                let card = Arc::new(card);
                self.known.insert(id, Ok(Known { card, read }));
            } else {
                let dirs = project.engine.run(&id);
                unread.push((id, dirs));
            }
        }
        let read = side_by_side(&unread, |(_, dirs)| {
            RunView::read(dirs.clone()).map(|view| Known::of(view).settled())
        });
        let mut over = 0;
        for ((id, _), read) in unread.into_iter().zip(read) {
            over += usize::from(read.as_ref().is_ok_and(Known::is_done));
            self.known.insert(id, read);
        }
        if over > 0 {
            self.keep(project);
        }
        any
    }

    /// Keeps the runs that are over for the next start.
    fn keep(&self, project: &Project) {
        let over = self.known.values().flatten().filter(|k| k.is_done());
        let over = over.map(|k| (project.engine.run(&k.card.run), &*k.card, k.read));
        self.kept.keep(over);
    }

    /// Reads all of a run of which the card alone was kept; whether it was.
    pub(super) fn read_whole(&mut self, project: &Project, id: &RunId) -> bool {
        if !matches!(self.known.get(id), Some(Ok(known)) if known.card.view.is_none()) {
            return false;
        }
        let read = RunView::read(project.engine.run(id)).map(Known::of);
        self.known.insert(id.clone(), read);
        self.whole.push_back(id.clone());
        if self.whole.len() > MOST_WHOLE
            && let Some(first) = self.whole.pop_front()
            && let Some(Ok(known)) = self.known.get_mut(&first)
        {
            *known = known.clone().settled();
        }
        true
    }

    /// The folders in which something can happen, and those in which nothing will any more.
    pub(super) fn folders(&self, project: &Project) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let path = |id: &RunId| project.engine.run(id).path().to_owned();
        let (done, open): (Vec<_>, Vec<_>) = self
            .known
            .iter()
            .partition(|(_, r)| r.as_ref().is_ok_and(Known::is_done));
        let open = open.into_iter().map(|(id, _)| id).chain(&self.young);
        let done = done.into_iter().map(|(id, _)| path(id));
        (open.map(path).collect(), done.collect())
    }

    /// The runs, newest first, and those that can't be read.
    pub(super) fn told(&self) -> (Vec<Arc<RunCard>>, Vec<Unreadable>) {
        let cards = self.known.values().flatten().map(|k| k.card.clone());
        let mut runs: Vec<Arc<RunCard>> = cards.collect();
        runs.sort_by(|a, b| (b.created, &b.run).cmp(&(a.created, &a.run)));
        let bad = self.known.values().filter_map(|r| r.as_ref().err());
        (runs, bad.cloned().collect())
    }
}

/// Every run of an engine's folder that is not over, newest first, all of it. Of one that an earlier start
/// knew to be over nothing is read but what tells that it is the same.
pub(in crate::records) fn open_runs(engine: &Path, keep: Option<&Path>) -> Vec<RunView> {
    let dir = EngineDir::at(engine);
    let mut kept = Kept::of(engine, keep);
    let ids = dir.run_ids(&Disk).unwrap_or_default();
    let stamps = side_by_side(&ids, |id| Stamps::of(&dir.run(id)));
    let mut open = Vec::new();
    for (id, stamps) in ids.into_iter().zip(stamps) {
        let known = kept.take(&id, stamps);
        if stamps.ordered.is_some() && !known.is_some_and(|(card, _)| card.is_over()) {
            open.push(dir.run(&id));
        }
    }
    let read = side_by_side(&open, |dirs| RunView::read(dirs.clone()).ok());
    let mut open: Vec<RunView> = { read.into_iter().flatten() }
        .filter(|view| !view.is_over())
        .collect();
    open.sort_by(|a, b| (b.order.created, &b.order.run).cmp(&(a.order.created, &a.order.run)));
    open
}

/// Does the same to many things, by as many threads as there are processors; in their order.
pub(in crate::records) fn side_by_side<T: Sync, U: Send>(
    all: &[T],
    of: impl Fn(&T) -> U + Sync,
) -> Vec<U> {
    /// So few are done sooner than a thread is started.
    const FEW: usize = 16;
    // To ask how many threads there may be is dearer than a few of what is asked here.
    let threads = match all.len() {
        0..=FEW => 1,
        _ => std::thread::available_parallelism().map_or(1, usize::from),
    };
    if threads == 1 {
        return all.iter().map(of).collect();
    }
    let of = &of;
    std::thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(threads));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(of).collect::<Vec<U>>()))
            .collect();
        let done = parts.into_iter().flat_map(|part| match part.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.collect()
    })
}
