//! `runs/RUN-….md`: the run report, written whole by the engine after every transition.
//!
//! Law: what is not known is written as `unknown`, never as 0. Reading takes every known shape.

mod summary;
mod write;

pub use summary::{ReportSummary, StageSummary};

use crate::terms::usage::Total;
use crate::terms::{Finding, RunId, TaskId, Usage};

/// What a run report says.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportFacts {
    /// The task; `None` for a run without one.
    pub task: Option<TaskId>,
    /// Its title.
    pub task_title: String,
    /// Its file.
    pub task_file: Option<String>,
    /// The run.
    pub run: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// The base: branch and commit, as people read them.
    pub base: String,
    /// The run's branch.
    pub branch: Option<String>,
    /// The run's status, in the words of run-state.
    pub status: String,
    /// The current stages by name.
    pub current_stage: String,
    /// The run's or the running attempt's id.
    pub current_run: String,
    /// One row for every attempt, in order.
    pub history: Vec<HistoryRow>,
    /// Artifacts: label and path.
    pub artifacts: Vec<(String, String)>,
    /// What was validated, stage by stage.
    pub evidence: Vec<StageEvidence>,
    /// What people said of lines of the work, and what became of it.
    pub comments: Vec<CommentRow>,
    /// What people decided.
    pub decisions: Vec<Decision>,
    /// Why it stopped; `None` while it goes on.
    pub stop_reason: Option<String>,
    /// What is to be done next, with the command.
    pub next_action: Option<String>,
    /// What all attempts used together.
    pub total: Total,
    /// The budget, as people read it: `$10.00, 120 min`.
    pub budget: Option<String>,
    /// How it landed; `None`: it did not.
    pub landing: Option<String>,
    /// Notes, each on one line.
    pub notes: Vec<String>,
}

/// One attempt in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The stage's name.
    pub stage: String,
    /// The attempt's public id.
    pub id: String,
    /// The agent, or the command's word.
    pub agent: String,
    /// The model that answered; `None`: unknown.
    pub model: Option<String>,
    /// How it came out, or that it runs.
    pub status: String,
    /// When it began, as people read it.
    pub started: String,
    /// How long, in milliseconds; `None` while it runs.
    pub took_ms: Option<u64>,
    /// What it used.
    pub usage: Usage,
}

/// What was validated of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageEvidence {
    /// The stage's name.
    pub stage: String,
    /// The attempt's public id.
    pub id: String,
    /// How it came out, with the decisive fact.
    pub outcome: String,
    /// The artifacts it left, each with its short digest.
    pub artifacts: Vec<String>,
    /// The verdict's judgements: criterion, judgement, evidence.
    pub criteria: Vec<[String; 3]>,
    /// The tree it was validated on.
    pub tree: Option<String>,
    /// The commit that handed it on.
    pub commit: Option<String>,
    /// What was found; empty: nothing.
    pub findings: Vec<Finding>,
    /// The commands that were run.
    pub commands: Vec<CommandEvidence>,
}

/// One command that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandEvidence {
    /// The command.
    pub command: String,
    /// Its exit code; `None`: a signal or its timeout ended it.
    pub exit: Option<i32>,
    /// What its exit code means, where that is not plain.
    pub note: Option<String>,
    /// How long, in milliseconds.
    pub took_ms: u64,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When, as people read it.
    pub at: String,
    /// Who.
    pub who: String,
    /// What: `approved Build`, `rejected QA`.
    pub what: String,
    /// What they saw when they decided: files and digests.
    pub saw: String,
    /// Why, where they said it.
    pub reason: Option<String>,
}

/// A comment on lines, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    /// Its id.
    pub id: String,
    /// The place that it is about.
    pub place: String,
    /// What is said.
    pub text: String,
    /// Who said it.
    pub by: String,
    /// What became of it.
    pub outcome: String,
    /// What was answered.
    pub said: String,
}

impl ReportFacts {
    /// The report as a file.
    pub fn render(&self) -> String {
        write::render(self)
    }
}

#[cfg(test)]
mod tests;
