//! The runs of a project, kept from look to look: one is read on when something happened in its
//! folder, and never again once it is landed.

use super::kept::Kept;
use crate::records::project::Project;
use crate::records::runs::{RunView, Unreadable};
use crate::store::fs::{Disk, Fs};
use crate::store::lock::is_held;
use crate::store::watch::Changes;
use crate::supervisor::place::{self, NotHere};
use crate::terms::RunId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The runs as they were read last.
#[derive(Default)]
pub(super) struct Runs {
    /// The folder that what is kept from start to start lies in; `None`: nothing is.
    folder: Option<PathBuf>,
    /// What an earlier start left of runs that are over; `None`: not looked for yet.
    kept: Option<Kept>,
    known: BTreeMap<RunId, Result<Arc<RunView>, Unreadable>>,
    /// Folders without an order yet: what a start has not got far enough with to count.
    young: BTreeSet<RunId>,
    /// Whether they were read at all.
    read: bool,
}

impl Runs {
    /// Before they are read; with the folder in which to keep what need not be read again.
    pub(super) fn keeping_in(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
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
                    if let Some(now) = read_on(known).transpose() {
                        any = true;
                        self.known.insert(id, now.map(Arc::new));
                    }
                }
                None if !dirs.run().exists() => any |= self.young.insert(id),
                _ => unread.push(id),
            }
        }
        if !unread.is_empty() {
            any = true;
            self.read(project, unread);
        }
        any
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

    /// Reads these runs; those that are over briefly, where they were kept from what was kept.
    fn read(&mut self, project: &Project, ids: Vec<RunId>) {
        let engine = project.engine.path();
        let kept = self
            .kept
            .get_or_insert_with(|| Kept::of(engine, self.folder.as_deref()));
        let mut places: HashMap<PathBuf, Option<NotHere>> = HashMap::new();
        let mut unread = Vec::new();
        for id in ids {
            self.young.remove(&id);
            let dirs = project.engine.run(&id);
            let Some(mut view) = kept.take(&dirs, &id) else {
                unread.push((id, dirs));
                continue;
            };
            let place = places
                .entry(view.order.home.clone())
                .or_insert_with(|| place::check(view.dirs.path(), &view.order.home).err());
            view.not_here.clone_from(place);
            self.known.insert(id, Ok(Arc::new(view)));
        }
        let read = side_by_side(&unread, |(_, dirs)| {
            let view = RunView::read(dirs.clone())?;
            let is_over = is_done(&view);
            Ok(Arc::new(if is_over { view.brief() } else { view }))
        });
        let mut over = 0;
        for ((id, _), read) in unread.into_iter().zip(read) {
            over += usize::from(read.as_ref().is_ok_and(|r| is_done(r)));
            self.known.insert(id, read);
        }
        if over > 0 {
            self.keep();
        }
    }

    /// Keeps the runs that are over for the next start.
    fn keep(&self) {
        if let Some(kept) = &self.kept {
            let brief = |r: &&Arc<RunView>| is_done(r) && !r.whole;
            let over = self.known.values().flatten().filter(brief);
            kept.keep(over.map(|r| &**r));
        }
    }

    /// Reads all of a run that was read briefly; whether it was.
    pub(super) fn read_whole(&mut self, project: &Project, id: &RunId) -> bool {
        let Some(Ok(known)) = self.known.get(id) else {
            return false;
        };
        if known.whole {
            return false;
        }
        let read = RunView::read(project.engine.run(id)).map(Arc::new);
        self.known.insert(id.clone(), read);
        true
    }

    /// The folders in which something can happen, and those in which nothing will any more.
    pub(super) fn folders(&self, project: &Project) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let path = |id: &RunId| project.engine.run(id).path().to_owned();
        let (done, open): (Vec<_>, Vec<_>) = self
            .known
            .iter()
            .partition(|(_, r)| r.as_ref().is_ok_and(|r| is_done(r)));
        let open = open.into_iter().map(|(id, _)| id).chain(&self.young);
        let done = done.into_iter().map(|(id, _)| path(id));
        (open.map(path).collect(), done.collect())
    }

    /// The runs, newest first, and those that can't be read.
    pub(super) fn told(&self) -> (Vec<Arc<RunView>>, Vec<Unreadable>) {
        let mut runs: Vec<Arc<RunView>> = self.known.values().flatten().cloned().collect();
        runs.sort_by(|a, b| (b.order.created, &b.order.run).cmp(&(a.order.created, &a.order.run)));
        let bad = self.known.values().filter_map(|r| r.as_ref().err());
        (runs, bad.cloned().collect())
    }
}

/// The run as it is now; `None`: as it was.
fn read_on(known: &RunView) -> Result<Option<RunView>, Unreadable> {
    if !has_news(known) {
        return Ok(None);
    }
    if !known.whole {
        return RunView::read(known.dirs.clone()).map(Some);
    }
    let mut now = known.clone();
    let news = now.follow()?;
    let same =
        news.is_empty() && now.supervised == known.supervised && now.landing == known.landing;
    Ok((!same).then_some(now))
}

/// Whether anything can have happened: its journal has grown, or its supervisor came or went.
fn has_news(known: &RunView) -> bool {
    let stat = Disk.stat(&known.dirs.journal());
    let size = stat.map(|s| s.map_or(0, |s| s.fingerprint.size));
    let grown = size.map_or(true, |size| size != known.cursor.offset);
    if is_done(known) {
        return grown;
    }
    let lands = known.landing.is_some() || known.dirs.landing().exists();
    grown || lands || is_held(&known.dirs.lock()).map_or(true, |held| held != known.supervised)
}

/// Whether nothing happens to it any more.
fn is_done(run: &RunView) -> bool {
    run.run.landed.is_some() && !run.supervised && run.landing.is_none()
}

/// Does the same to many things, by as many threads as there are processors; in their order.
pub(super) fn side_by_side<T: Sync, U: Send>(all: &[T], of: impl Fn(&T) -> U + Sync) -> Vec<U> {
    /// So few are done sooner than a thread is started.
    const FEW: usize = 16;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if all.len() <= FEW || threads == 1 {
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
