//! Every row there is, read from disk: of runs by their journals, of others by their reports. What was
//! read of a file is kept in the user's cache with the marks of that file, and counts as long as the file
//! is the very one.

use super::of_report::of_report;
use super::{Spent, of_run};
use crate::records::board::kept::Lines;
use crate::records::board::runs::side_by_side;
use crate::records::earlier;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::store::fs::{Disk, Fingerprint, Fs, Kind};
use crate::terms::RunId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// How many reports are read, those whose names come last.
const MAX_REPORTS: usize = 20_000;

/// All that was spent in a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spending {
    /// The attempts.
    pub rows: Vec<Spent>,
    /// What could not be read, and is in no sum.
    pub not_read: Vec<NotRead>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// The run, or what else it is.
    pub run: String,
    /// Why.
    pub why: String,
    /// Whether its report was there, and is counted in the place of its journal.
    pub by_report: bool,
}

/// What is kept of a file that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    /// The run's id, or the report's name.
    name: String,
    /// The marks of the file, and of the run's order.
    marks: Marks,
    rows: Vec<Spent>,
}

type Marks = (Option<Fingerprint>, Option<Fingerprint>);

/// The rows that an earlier look kept, and those that this one is to keep.
struct Kept {
    before: HashMap<String, Line>,
    now: Vec<Line>,
    any_new: bool,
}

impl Kept {
    fn take(&mut self, name: &str, marks: Marks) -> Option<Vec<Spent>> {
        let line = self.before.remove(name).filter(|l| l.marks == marks)?;
        let rows = line.rows.clone();
        self.now.push(line);
        Some(rows)
    }

    fn put(&mut self, name: String, marks: Marks, rows: &[Spent]) {
        self.any_new = true;
        let rows = rows.to_vec();
        self.now.push(Line { name, marks, rows });
    }
}

impl Spending {
    /// Reads all of it. `keep`: the folder that what was read is kept in; `None`: nowhere.
    pub fn read(project: &Project, keep: Option<&Path>) -> Self {
        let file = Lines::of("spending", project.engine.path(), keep);
        let before = file.read::<Line>().into_iter();
        let mut kept = Kept {
            before: before.map(|l| (l.name.clone(), l)).collect(),
            now: Vec::new(),
            any_new: false,
        };
        let mut all = Self::default();
        let known = all.read_runs(project, &mut kept);
        all.read_reports(project, known, &mut kept);
        // What is gone is no longer kept either.
        if kept.any_new || !kept.before.is_empty() {
            file.write(kept.now.iter());
        }
        all.rows.sort_by_key(|row| row.started);
        all
    }

    /// Reads the runs that have a journal; the ids of those that could be read.
    fn read_runs(&mut self, project: &Project, kept: &mut Kept) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        let ids = match project.engine.run_ids(&Disk) {
            Ok(ids) => ids,
            Err(error) => {
                self.not_read.push(NotRead {
                    run: "runs".to_owned(),
                    why: error.to_string(),
                    by_report: false,
                });
                Vec::new()
            }
        };
        let marks = side_by_side(&ids, |id| {
            let dirs = project.engine.run(id);
            (mark(&dirs.journal()), mark(&dirs.run()))
        });
        let mut unread: Vec<(RunId, Marks)> = Vec::new();
        for (id, marks) in ids.into_iter().zip(marks) {
            if marks.1.is_none() {
                // A folder without an order is what a start left that did not get far enough to count.
                continue;
            }
            match kept.take(id.as_str(), marks) {
                Some(rows) => {
                    self.rows.extend(rows);
                    known.insert(id.to_string());
                }
                None => unread.push((id, marks)),
            }
        }
        let read = side_by_side(&unread, |(id, _)| {
            RunView::read(project.engine.run(id)).map(|view| of_run(&view))
        });
        for ((id, marks), read) in unread.into_iter().zip(read) {
            match read {
                Ok(rows) => {
                    kept.put(id.to_string(), marks, &rows);
                    known.insert(id.to_string());
                    self.rows.extend(rows);
                }
                Err(bad) => self.not_read.push(NotRead {
                    run: bad.run,
                    why: bad.why,
                    by_report: false,
                }),
            }
        }
        known
    }

    /// Reads the reports of runs that are not known by now, each run once.
    fn read_reports(&mut self, project: &Project, mut known: BTreeSet<String>, kept: &mut Kept) {
        let folder = project.path("runs");
        let names = match Disk.stat(&folder) {
            Ok(Some(stat)) if stat.kind == Kind::Dir => Disk.list(&folder).unwrap_or_default(),
            _ => Vec::new(),
        };
        let stem = |name: &String| name.strip_suffix(".md").map(str::to_owned);
        let reports = names.into_iter().rev();
        let mut reports: Vec<String> = reports
            .filter(|name| stem(name).is_some_and(|stem| !known.contains(&stem)))
            .collect();
        if reports.len() > MAX_REPORTS {
            self.not_read.push(NotRead {
                run: "reports".to_owned(),
                why: format!("{} older ones are not read", reports.len() - MAX_REPORTS),
                by_report: false,
            });
            reports.truncate(MAX_REPORTS);
        }
        let marks = side_by_side(&reports, |name| (mark(&folder.join(name)), None));
        let mut found: Vec<(String, Option<Vec<Spent>>, Marks)> = Vec::new();
        for (name, marks) in reports.into_iter().zip(marks) {
            let rows = kept.take(&name, marks);
            found.push((name, rows, marks));
        }
        let read = side_by_side(&found, |(name, rows, _)| match rows {
            Some(_) => None,
            None => Some(earlier::read(project, name).map_or_else(Vec::new, |run| of_report(&run))),
        });
        for ((name, rows, marks), read) in found.into_iter().zip(read) {
            let rows = match read {
                None => rows.unwrap_or_default(),
                Some(read) => {
                    kept.put(name, marks, &read);
                    read
                }
            };
            let Some(run) = rows.first().map(|row| row.run.clone()) else {
                continue;
            };
            // A run whose journal is there, or that another report told of, is counted already.
            if !known.insert(run.clone()) {
                continue;
            }
            for bad in self.not_read.iter_mut().filter(|bad| bad.run == run) {
                bad.by_report = true;
            }
            self.rows.extend(rows);
        }
    }
}

fn mark(path: &Path) -> Option<Fingerprint> {
    Some(Disk.stat(path).ok()??.fingerprint)
}
