//! The runs of a project, kept from look to look: one is read on when something happened in its
//! folder, and never again once it is landed.

use crate::records::project::Project;
use crate::records::runs::{RunView, Unreadable};
use crate::store::fs::{Disk, Fs};
use crate::store::lock::is_held;
use crate::store::watch::Changes;
use crate::terms::RunId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The runs as they were read last.
#[derive(Default)]
pub(super) struct Runs {
    known: BTreeMap<RunId, Result<Arc<RunView>, Unreadable>>,
    /// Whether they were read at all.
    read: bool,
}

impl Runs {
    /// Reads what changed; whether anything did.
    pub(super) fn look(&mut self, project: &Project, changes: &Changes) -> bool {
        let all = project.engine.runs();
        let first = !std::mem::replace(&mut self.read, true);
        if !first && !changes.touch(&all) {
            return false;
        }
        let mut any = first;
        let ids = project.engine.run_ids(&Disk).unwrap_or_default();
        let before = self.known.len();
        self.known.retain(|id, _| ids.binary_search(id).is_ok());
        any |= self.known.len() != before;
        for id in ids {
            let dirs = project.engine.run(&id);
            let known = self.known.get(&id);
            if known.is_some() && !changes.touch(dirs.path()) {
                continue;
            }
            let read = match known {
                Some(Ok(known)) => match read_on(known) {
                    Ok(None) => continue,
                    Ok(Some(now)) => Ok(Arc::new(now)),
                    Err(why) => Err(why),
                },
                // A folder without an order is what a start has not got far enough with to count.
                None if !dirs.run().exists() => continue,
                _ => RunView::read(dirs).map(Arc::new),
            };
            any = true;
            self.known.insert(id, read);
        }
        any
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
    let mut now = known.clone();
    let news = now.follow()?;
    let same = news.is_empty() && now.supervised == known.supervised;
    Ok((!same).then_some(now))
}

/// Whether anything can have happened: its journal has grown, or its supervisor came or went.
fn has_news(known: &RunView) -> bool {
    let stat = Disk.stat(&known.dirs.journal());
    let size = stat.map(|s| s.map_or(0, |s| s.fingerprint.size));
    let grown = size.map_or(true, |size| size != known.cursor.offset);
    if known.run.landed.is_some() && !known.supervised {
        return grown;
    }
    grown || is_held(&known.dirs.lock()).map_or(true, |held| held != known.supervised)
}
