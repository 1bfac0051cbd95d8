//! Runs of which only a report is there: made before this program came, by another one, or in another
//! clone. They are told from what their reports say, in whichever of the known forms.
//!
//! Law: a report is read and never changed; what it does not say is not made up.

use super::harness::read::MAX_FILE_BYTES;
use super::project::Project;
use crate::documents::report::ReportSummary;
use crate::documents::task::name;
use crate::store::fs::{Disk, Fs, Kind};
use crate::store::inside::read_inside;
use crate::terms::{RepoPath, TaskId};
use std::collections::BTreeSet;

/// How many reports are read, those whose names come last.
const MAX_REPORTS: usize = 500;
/// What every run's id begins with.
const RUN: &str = "RUN-";

/// A run that only its report tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The report.
    pub path: RepoPath,
    /// The task, where the report or its name says one.
    pub task: Option<TaskId>,
    /// What it says.
    pub summary: ReportSummary,
    /// Its whole text.
    pub text: String,
}

impl Earlier {
    /// The run's id as it is written; where it is not, the report's name.
    pub fn name(&self) -> &str {
        let stem = self.path.file_name().trim_end_matches(".md");
        self.summary.run.as_deref().unwrap_or(stem)
    }

    /// How it came out, in the report's words; where it says nothing of the whole, of its last stage.
    pub fn outcome(&self) -> Option<&str> {
        let last = || Some(self.summary.stages.last()?.status.as_str());
        let whole = self.summary.status.as_deref();
        whole.or_else(last).filter(|status| !status.is_empty())
    }

    /// Its first and its last day, as they are written.
    pub fn days(&self) -> Option<(&str, &str)> {
        let stages = self.summary.stages.iter();
        let mut days = stages.map(|s| s.date.as_str()).filter(|d| !d.is_empty());
        let of_id = || {
            self.name()
                .strip_prefix(RUN)?
                .get(..10)
                .filter(|day| is_day(day))
        };
        let first = days.next().or_else(of_id)?;
        Some((first, days.next_back().unwrap_or(first)))
    }
}

/// The runs whose reports lie in the harness folder, those with one of these ids left out. The latest
/// comes first.
pub fn all(project: &Project, known: &BTreeSet<String>) -> Vec<Earlier> {
    let folder = project.path("runs");
    let names = match Disk.stat(&folder) {
        Ok(Some(stat)) if stat.kind == Kind::Dir => Disk.list(&folder).unwrap_or_default(),
        _ => Vec::new(),
    };
    let reports = names
        .iter()
        .rev()
        .filter_map(|n| Some((n, n.strip_suffix(".md")?)));
    let mut found: Vec<Earlier> = reports
        .filter(|(_, stem)| !known.contains(*stem))
        .take(MAX_REPORTS)
        .filter_map(|(name, _)| read(project, name))
        .filter(|run| !known.contains(run.name()))
        .collect();
    found.sort_by(|a, b| b.days().cmp(&a.days()).then_with(|| b.name().cmp(a.name())));
    found
}

/// A report; `None`: it can't be read, or is none.
pub(super) fn read(project: &Project, name: &str) -> Option<Earlier> {
    let path = project.inside(&format!("runs/{name}")).ok()?;
    let bytes = read_inside(project.roots().of(&path), &path, MAX_FILE_BYTES).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let summary = ReportSummary::parse(&text);
    if summary.run.is_none() && summary.stages.is_empty() && summary.status.is_none() {
        return None;
    }
    let said = summary
        .task
        .as_deref()
        .and_then(|t| TaskId::new(t.trim()).ok());
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let by_name = || stem.split('-').find_map(|part| TaskId::new(part).ok());
    Some(Earlier {
        task: said.or_else(|| name::task_id_of(name)).or_else(by_name),
        path,
        summary,
        text,
    })
}

/// Whether a text is a day such as 2026-05-11.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let dash = |at: usize| bytes.get(at) == Some(&b'-');
    dash(4) && dash(7) && bytes.iter().filter(|b| b.is_ascii_digit()).count() == 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;
    use crate::git::testing::put;

    #[test]
    fn reports_of_every_form_are_runs_of_their_tasks_and_others_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        let bullets = "## Task\nTask ID: T001\n## Stage History\n- Build — RUN-2026-05-02-T001-BUILD — ✅ Complete — 2026-05-03\n";
        let blocks = "## Run\nOverall Status: Done, mostly\n## Stage History\n### Build\nStatus: Complete\nDate: 2026-05-05\n";
        let table = "## Run\nRun Report ID: RUN-2026-08-21-T003\n## Stage History\n| Stage | Status |\n|---|---|\n| QA | **Failed** |\n";
        put(dir.path(), "harness/backlog.md", "# Backlog\n");
        put(dir.path(), "harness/runs/T001-run-report.md", bullets);
        put(dir.path(), "harness/runs/RUN-2026-05-05-T002.md", blocks);
        put(dir.path(), "harness/runs/T003.md", table);
        put(dir.path(), "harness/runs/notes.md", "# Notes\n");
        put(dir.path(), "harness/runs/known.md", table);
        let outside = tempfile::tempdir().unwrap();
        put(outside.path(), "x.md", table);
        let link = dir.path().join("harness/runs/T009-run-report.md");
        std::os::unix::fs::symlink(outside.path().join("x.md"), link).unwrap();
        let project = Project::find(dir.path()).unwrap();
        let known = BTreeSet::from(["known".to_owned()]);
        let found = all(&project, &known);
        let told: Vec<_> = found
            .iter()
            .map(|run| {
                let task = run.task.as_ref().map_or("", |t| t.as_str());
                (task, run.outcome().unwrap(), run.days().unwrap().1)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("T003", "Failed", "2026-08-21"),
                ("T002", "Done, mostly", "2026-05-05"),
                ("T001", "Complete", "2026-05-03")
            ]
        );
        let known = BTreeSet::from(["RUN-2026-08-21-T003".to_owned()]);
        assert_eq!(all(&project, &known).len(), 2);
    }
}
