//! `run-state.md`: the authoritative record of a live run, shared with people and other tools.
//!
//! Law: lines are owned by the engine or foreign. `parse(x).render() == x` for every byte string;
//! an update touches owned lines only; a merge keeps every foreign line of a person.

mod apply;
mod edits;
mod scan;

pub use edits::{Edit, edits, merge};

use super::lines::{Lines, number};
use super::markdown::Outline;
use crate::terms::{Digest, Finding, Place, RunState, StageId, StageState, TaskId};
use scan::{Key, Scan};

/// A line of `## Completed Stages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The stage's name: `Build`.
    pub name: String,
    /// The attempt's public id.
    pub id: String,
    /// The local date.
    pub date: String,
    /// `PASS`.
    pub result: String,
}

/// A row of the `## Stages` table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRow {
    /// The stage's name.
    pub name: String,
    /// Its id.
    pub id: StageId,
    /// Its state.
    pub state: StageState,
    /// Its iteration, from 1; 0 before the first.
    pub iteration: u32,
    /// How many attempts were made.
    pub attempts: u32,
    /// How many of them were a person's.
    pub by_hand: u32,
    /// Whether something it was made from has changed since.
    pub stale: bool,
}

/// What the engine says in this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStateFacts {
    /// The task; `None` for a run without one.
    pub task_id: Option<TaskId>,
    /// The task's file, relative to the repository's root.
    pub task_file: Option<String>,
    /// The run's state.
    pub status: RunState,
    /// The current stages by name, `Security, QA`, or `Completed`.
    pub current_stage: String,
    /// The run's id, or the public id of the attempt that runs.
    pub current_run: String,
    /// Why it stopped; `None` while it goes on.
    pub stop_reason: Option<String>,
    /// The stages that are done, in order.
    pub completed: Vec<Completed>,
    /// Artifacts: label and path.
    pub artifacts: Vec<(String, String)>,
    /// Approval settings by label, `Require Approval Before Build`. They are the person's: an
    /// update adds and changes them, a merge keeps the person's.
    pub approvals: Vec<(String, bool)>,
    /// The stages.
    pub stages: Vec<StageRow>,
    /// What the engine has to say to the reader.
    pub messages: Vec<String>,
    /// The journal's sequence number this file is up to.
    pub seq: u64,
    /// The epoch that wrote it.
    pub epoch: u64,
}

/// The last line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The format of this file: 1.
    pub format: u32,
    /// The journal's sequence number.
    pub seq: u64,
    /// The epoch.
    pub epoch: u64,
    /// The short digest of the owned lines.
    pub sha: String,
}

/// What stands in the file, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunStateView {
    /// `Task ID:`.
    pub task_id: Option<TaskId>,
    /// `Task File:`.
    pub task_file: Option<String>,
    /// `Current Status:`, where it is one of ours.
    pub status: Option<RunState>,
    /// `Current Status:` as written.
    pub status_text: String,
    /// `Current Stage:`, parted at commas.
    pub current_stages: Vec<String>,
    /// `Current Run ID:`.
    pub current_run: Option<String>,
    /// `Stop Reason:`; `None` for `None`.
    pub stop_reason: Option<String>,
    /// The lines of `## Completed Stages`.
    pub completed: Vec<Completed>,
    /// The lines of `## Artifact Paths`.
    pub artifacts: Vec<(String, String)>,
    /// The lines of `## Approval Mode` that are a yes or a no.
    pub approvals: Vec<(String, bool)>,
    /// The rows of `## Stages` that can be read.
    pub stages: Vec<StageRow>,
    /// The engine's messages.
    pub messages: Vec<String>,
    /// `## Notes` as written, without blank lines at its ends.
    pub notes: String,
    /// The last line.
    pub footer: Option<Footer>,
}

/// A run-state file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunStateDoc {
    lines: Lines,
}

impl RunStateDoc {
    /// Takes any bytes as a run-state.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        Self {
            lines: Lines::parse(bytes),
        }
    }

    /// A fresh file in the form its readers know.
    pub fn create(facts: &RunStateFacts) -> Self {
        Self::default().update(facts)
    }

    /// The file's bytes.
    pub fn render(&self) -> Vec<u8> {
        self.lines.render()
    }

    /// This file with these facts: owned lines that say something else are changed, missing ones
    /// added, all else stays.
    #[must_use]
    pub fn update(&self, facts: &RunStateFacts) -> Self {
        let mut doc = self.clone();
        apply::apply(&mut doc.lines, &apply::Wanted::of(facts));
        doc
    }

    /// What stands in it.
    pub fn read(&self) -> RunStateView {
        let scan = Scan::of(&self.lines);
        let value = |key: &Key| scan.value(key).filter(|v| !v.is_empty());
        let real = |key: &Key| value(key).filter(|v| !v.eq_ignore_ascii_case("none"));
        let status_text = value(&Key::Status).unwrap_or_default();
        let stage = value(&Key::Stage).unwrap_or_default();
        let mut view = RunStateView {
            task_id: value(&Key::TaskId).and_then(|v| TaskId::new(v).ok()),
            task_file: real(&Key::TaskFile),
            status: RunState::read_status(&status_text),
            status_text,
            current_stages: stage
                .split(',')
                .map(|s| s.trim().to_owned())
                .filter(|s| !s.is_empty() && !s.eq_ignore_ascii_case("none"))
                .collect(),
            current_run: real(&Key::Run),
            stop_reason: real(&Key::StopReason),
            completed: scan.completed().into_iter().map(|(_, c)| c).collect(),
            stages: scan.rows().into_iter().filter_map(|(_, _, r)| r).collect(),
            messages: scan.messages().into_iter().map(|(_, m)| m).collect(),
            footer: scan.footer(),
            notes: self.notes(),
            ..RunStateView::default()
        };
        for owned in &scan.owned {
            match &owned.key {
                Key::Artifact(label) => view.artifacts.push((label.clone(), owned.value.clone())),
                Key::Approval(label) => {
                    if let Some(yes) = scan::yes_or_no(&owned.value) {
                        view.approvals.push((label.clone(), yes));
                    }
                }
                _ => {}
            }
        }
        view
    }

    fn notes(&self) -> String {
        let outline = Outline::patient(&self.lines);
        let Some(section) = outline.section(2, "Notes") else {
            return String::new();
        };
        let notes: Vec<&str> = section.range().map(|at| self.lines.text(at)).collect();
        let notes = notes.join("\n");
        let notes = notes.trim();
        notes.strip_suffix("---").unwrap_or(notes).trim().to_owned()
    }

    /// The short digest of the owned lines, blanks normalised, as the last line holds it.
    pub fn owned_digest(&self) -> String {
        let scan = Scan::of(&self.lines);
        let mut text = String::new();
        for owned in scan.owned.iter().filter(|o| o.key != Key::Footer) {
            let line = self.lines.text(owned.at);
            text.extend(line.split_whitespace().map(|w| format!("{w} ")));
            text.push('\n');
        }
        Digest::of(text).short().to_owned()
    }

    /// Whether the owned lines are as the engine wrote them; `None` without a last line of ours.
    pub fn is_as_written(&self) -> Option<bool> {
        let footer = Scan::of(&self.lines).footer()?;
        Some(footer.sha == self.owned_digest())
    }

    /// The lines that are not the engine's, with their endings.
    pub fn foreign_lines(&self) -> Vec<Vec<u8>> {
        let scan = Scan::of(&self.lines);
        let mut owned = scan.owned.iter().map(|o| o.at).peekable();
        (0..self.lines.len())
            .filter(|at| owned.next_if_eq(at).is_none())
            .map(|at| self.lines.bytes(at))
            .collect()
    }

    /// What can't be read: an unknown status, an approval setting that is neither yes nor no, a
    /// key that stands there twice.
    pub fn findings(&self, file: &str) -> Vec<Finding> {
        let scan = Scan::of(&self.lines);
        let mut found = Vec::new();
        let mut add = |code: &str, text: String, at: usize, remedy: &str| {
            let place = Place::line(file, number(at));
            found.push(Finding::new(code, text).at(place).remedy(remedy));
        };
        for owned in &scan.owned {
            let value = &owned.value;
            match &owned.key {
                Key::Status if RunState::read_status(value).is_none() => add(
                    "run-state/status",
                    format!("'{value}' is no status of a run"),
                    owned.at,
                    "write Active, Paused or Cancelled",
                ),
                Key::Approval(label) if scan::yes_or_no(value).is_none() => add(
                    "run-state/approval",
                    format!("{label}: '{value}' is neither true nor false"),
                    owned.at,
                    "write true or false",
                ),
                _ => {}
            }
        }
        for (at, label) in &scan.doubled {
            add(
                "run-state/duplicate-key",
                format!("'{label}' stands there twice; the first one counts"),
                *at,
                "delete one of the two lines",
            );
        }
        found
    }
}

#[cfg(test)]
mod tests;
