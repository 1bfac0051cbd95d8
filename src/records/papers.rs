//! Everything of a run that can be read on a page: which papers there are, and what stands on them.

mod comments;
mod findings;
mod large;
mod lineage;
mod search;
mod sheet;

pub use large::{Large, Opened};
pub use search::{Search, Sought, Wanted};
pub use sheet::{Readings, Sheet, criteria_named, head, read};

use super::gate::page::asking;
use super::runs::RunView;
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::render::Row;
use crate::terms::evidence::CheckResult;
use crate::terms::{AttemptId, CriterionId, Outcome};
use crate::text::{Role, many};

/// Something of a run that can be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paper {
    /// The first page of the gate that asks.
    Gate,
    /// What happened, written by the engine.
    Report,
    /// What the run changed.
    Change,
    /// What is wrong, and what was.
    Findings,
    /// What people said of lines, and what was answered.
    Comments,
    /// What changed since the work was sent back last.
    Since,
    /// Everything that belongs to a criterion.
    Lineage(CriterionId),
    /// A file of the run's tree, by its path there.
    File(String),
    /// A file of the run's tree against what it was at the hand-off before.
    Against(String),
    /// What an agent was told.
    Prompt(AttemptId),
    /// What the checks of an attempt printed.
    Checks(AttemptId),
}

/// A row that may lead to a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The row.
    pub row: Row,
    /// The paper it leads to.
    pub to: Option<Paper>,
}

impl Line {
    /// A row that leads to no paper.
    pub fn of(row: Row) -> Self {
        Self { row, to: None }
    }

    /// A row that leads to a paper.
    pub fn to(row: Row, paper: Paper) -> Self {
        Self {
            row,
            to: Some(paper),
        }
    }
}

/// A paper as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The paper.
    pub paper: Paper,
    /// Its name.
    pub title: String,
    /// What else there is to say of it, in a few words, with its look.
    pub note: (Role, String),
}

/// The papers of one stage, or of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// The word over them.
    pub title: String,
    /// The state of the stage: its look, its glyph, and its word.
    pub state: Option<(Role, char, String)>,
    /// The papers.
    pub items: Vec<Item>,
}

/// The papers of a run in groups: what is asked, the run's own, then stage by stage. A group
/// without papers is left out.
pub fn list(view: &RunView) -> Vec<Shelf> {
    let stages = view.run.stages.iter().map(|s| of_stage(view, s));
    let all = std::iter::once(of_run(view)).chain(stages);
    all.filter(|shelf| !shelf.items.is_empty()).collect()
}

fn item(paper: Paper, title: impl Into<String>, note: impl Into<String>) -> Item {
    Item {
        paper,
        title: title.into(),
        note: (Role::Quiet, note.into()),
    }
}

fn of_run(view: &RunView) -> Shelf {
    let run = &view.run;
    let mut items = Vec::new();
    if let Some((stage, ..)) = asking(run) {
        let planned = run.plan.stage(&stage);
        let name = planned.map_or_else(|| stage.to_string(), |s| s.name.clone());
        items.push(Item {
            note: (Role::Attention, "asks you".to_owned()),
            ..item(Paper::Gate, format!("? {name}"), "")
        });
    }
    if let Some(task) = &run.plan.task {
        let criteria = many(task.criteria.len(), "criterion");
        let name = format!("task {}", task.id);
        items.push(item(Paper::File(task.path.to_string()), name, criteria));
    }
    if let (Some(base), Some(head)) = (&run.base, &run.head) {
        let note = if base == head { "nothing yet" } else { "" };
        items.push(item(Paper::Change, "change", note));
    }
    let open: usize = run.stages.iter().map(|s| s.findings.len()).sum();
    let ever = run.stages.iter().any(|s| !s.rounds.is_empty());
    if open > 0 || ever {
        let role = if open > 0 { Role::Bad } else { Role::Quiet };
        let note = (role, format!("{open} open"));
        items.push(Item {
            note,
            ..item(Paper::Findings, "findings", "")
        });
    }
    if view.last_round().is_some() {
        items.push(item(Paper::Since, "since your review", ""));
    }
    let open_comments = view.commented.open(run).len();
    if open_comments > 0 || !run.review.sent.is_empty() || view.commented.trouble.is_some() {
        let role = match open_comments {
            0 => Role::Quiet,
            _ => Role::Attention,
        };
        items.push(Item {
            note: (role, format!("{open_comments} open")),
            ..item(Paper::Comments, "comments", "")
        });
    }
    items.push(item(Paper::Report, "report", ""));
    Shelf {
        title: view.order.run.to_string(),
        state: None,
        items,
    }
}

fn of_stage(view: &RunView, record: &StageRecord) -> Shelf {
    let planned = view.run.plan.stage(&record.id);
    let artifacts = record
        .artifacts
        .iter()
        .map(|artifact| item(Paper::File(artifact.path.to_string()), &artifact.name, ""));
    let attempts = record
        .attempts
        .iter()
        .rev()
        .flat_map(|a| of_attempt(view, a, record.attempts.len() > 1));
    Shelf {
        title: planned.map_or_else(|| record.id.to_string(), |s| s.name.clone()),
        state: Some((
            role_of(record),
            record.state.glyph(),
            record.state.to_string(),
        )),
        items: artifacts.chain(attempts).collect(),
    }
}

fn role_of(record: &StageRecord) -> Role {
    use crate::terms::StageState;
    match record.state {
        StageState::Passed => Role::Good,
        StageState::Running => Role::Live,
        StageState::Failed | StageState::Blocked => Role::Bad,
        StageState::AwaitingApproval | StageState::NeedsInput => Role::Attention,
        _ => Role::Quiet,
    }
}

/// The papers of an attempt; `one_of_more`: they say of which.
fn of_attempt(view: &RunView, attempt: &AttemptRecord, one_of_more: bool) -> Vec<Item> {
    let mut items = Vec::new();
    // The run's own part of the id is the same for all of them.
    let run = format!("{}-", view.order.run);
    let public = attempt.public.to_string();
    let short = public.strip_prefix(&run).unwrap_or(&public);
    let called = |word: &str| {
        if one_of_more {
            format!("{word} {short}")
        } else {
            word.to_owned()
        }
    };
    let checks = attempt.result.iter().flat_map(|r| &r.checks);
    let failed = checks.clone().filter(|c| !c.passed()).count();
    let all = checks.clone().count();
    if all > 0 {
        let excused = checks.clone().find_map(CheckResult::excused);
        let note = match (failed, excused) {
            (0, Some(base)) => (Role::Attention, format!("✓ {}", base.counts())),
            (0, None) => (Role::Good, format!("✓ {}", many(all, "check"))),
            (n, _) => (Role::Bad, format!("✗ {n} of {all} failed")),
        };
        let title = called("checks");
        let paper = Paper::Checks(attempt.id.clone());
        items.push(Item {
            note,
            ..item(paper, title, "")
        });
    }
    let note = match attempt.result.as_ref().map(|r| r.outcome) {
        None => (Role::Live, "◐ running".to_owned()),
        Some(Outcome::Passed) => (Role::Quiet, "passed".to_owned()),
        Some(outcome) => (Role::Bad, outcome.said()),
    };
    let title = called("prompt");
    let paper = Paper::Prompt(attempt.id.clone());
    items.push(Item {
        note,
        ..item(paper, title, "")
    });
    items
}
