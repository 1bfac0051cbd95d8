//! What there is, in sentences: a line each, complete without the one before.

use super::linear::marks;
use crate::engine::record::StageRecord;
use crate::records::board::{Board, Entry, RunCard};
use crate::records::runs::RunView;
use crate::records::told::Line;
use crate::text::{duration, many};
use crate::workbench::app::board::Row;

/// What waits, runs and is to be done, numbered through.
pub fn overview(board: &Board, rows: &[Row]) -> Vec<String> {
    let mut says = vec![head(board)];
    let mut number = 0;
    for row in rows {
        match row {
            Row::Head(group, _) => says.push(format!("{}:", capital(group.word()))),
            Row::Gap => {}
            Row::Entry(n) => {
                number += 1;
                if let Some(entry) = board.entries.get(*n) {
                    says.push(format!("{number}. {}", short(entry)));
                }
            }
        }
    }
    if number == 0 {
        says.push("There is no backlog item and no task yet.".to_owned());
    }
    says
}

fn head(board: &Board) -> String {
    let on = board.branch.as_ref().map(|b| format!(" on {b}"));
    let waits = match board.waiting() {
        0 => "nothing waits for you".to_owned(),
        1 => "1 run waits for you".to_owned(),
        n => format!("{n} runs wait for you"),
    };
    let faults = board.faults.len() + board.unreadable.len();
    let faults = match faults {
        0 => String::new(),
        n => format!(" {}; harness-tui check tells more.", many(n, "fault")),
    };
    format!(
        "{}{}: {waits}.{faults}",
        board.project,
        on.unwrap_or_default()
    )
}

fn short(entry: &Entry) -> String {
    let item = entry.item.as_ref().map(|i| i.id.to_string());
    let task = entry.task.as_ref().map(|t| t.id.to_string());
    let ids: Vec<String> = item.into_iter().chain(task).collect();
    let state = match (entry.run(), &entry.task) {
        (Some(run), _) => format!(": {}", of_card(run)),
        (None, Some(task)) => format!(": task {}", task.status.to_lowercase()),
        (None, None) => ": no task yet".to_owned(),
    };
    format!("{} {}{state}.", ids.join(" "), entry.title())
}

/// All there is to say of an entry but its run.
pub fn entry(entry: &Entry) -> Vec<String> {
    let mut says = vec![short(entry)];
    let summary = entry.item.as_ref().and_then(|i| i.summary.clone());
    says.extend(summary.or_else(|| entry.task.as_ref().map(|t| t.summary.clone())));
    if let Some(task) = &entry.task {
        says.push(format!(
            "Task file {}, {}.",
            task.path,
            many(task.criteria, "criterion")
        ));
        says.extend(task.faults.iter().map(ToString::to_string));
        if entry.run().is_none() && task.faults.is_empty() {
            says.push(format!("harness-tui run {} starts it.", task.id));
        }
    }
    says
}

/// A run with its stages, numbered.
pub fn run(view: &RunView) -> Vec<String> {
    let mut says = vec![run_now(view)];
    let total = view.run.total();
    if total.attempts > 0 {
        says.push(format!(
            "Branch {}. Cost {}, {} tokens, {}.",
            view.order.branch,
            total.cost_text(),
            total.tokens_text(),
            duration(view.run.stages.iter().map(|s| s.took_ms).sum())
        ));
    }
    for (n, record) in view.run.stages.iter().enumerate() {
        says.push(format!("{}. {}", n + 1, stage_short(view, record)));
    }
    if view.run.landed.is_none() || view.cut_off().is_some() {
        says.push(view.evidence());
    }
    says
}

/// A stage with its attempts and findings.
pub fn stage(view: &RunView, n: usize) -> Vec<String> {
    let Some(record) = view.run.stages.get(n) else {
        return Vec::new();
    };
    let mut says = vec![stage_short(view, record)];
    if let Some(stop) = &record.stop {
        says.push(format!("{}: {}.", stop.code, stop.reason));
    }
    for attempt in &record.attempts {
        says.push(match &attempt.result {
            None => format!("Attempt {} is running.", attempt.public),
            Some(result) => format!(
                "Attempt {}: {}, {}. {}",
                attempt.public,
                result.outcome.said(),
                duration(result.took_ms),
                result.reason
            ),
        });
    }
    says.extend(record.findings.iter().map(|f| format!("Finding: {f}")));
    let artifacts = record.artifacts.iter();
    says.extend(artifacts.map(|a| format!("Artifact: {}", a.path)));
    says
}

/// Where the documents of a run lie, to be opened with whatever reads best.
pub fn documents(view: &RunView) -> Vec<String> {
    let task = view.run.plan.task.iter().map(|t| t.path.to_string());
    let artifacts = view.run.stages.iter().flat_map(|s| &s.artifacts);
    let documents: Vec<String> = task.chain(artifacts.map(|a| a.path.to_string())).collect();
    if documents.is_empty() {
        return vec!["The run has no documents yet.".to_owned()];
    }
    let tree = view.order.tree.display();
    let mut says = vec![format!("Documents, in {tree}:")];
    says.extend(documents);
    says
}

/// What a run has come to.
pub fn run_now(view: &RunView) -> String {
    let title = view
        .run
        .plan
        .task
        .as_ref()
        .map(|t| format!("{} {}", t.id, t.title));
    let title = title.unwrap_or_else(|| view.run.plan.workflow.clone());
    format!("{title}, {}: {}.", view.order.run, state(view))
}

/// What a stage has come to.
pub fn stage_now(view: &RunView, n: usize) -> String {
    let of = view.run.plan.task.as_ref().map(|t| t.id.to_string());
    let of = of.unwrap_or_else(|| view.order.run.to_string());
    let stage = view.run.stages.get(n).map(|s| stage_short(view, s));
    format!("{of}, {}", stage.unwrap_or_default())
}

fn of_card(card: &RunCard) -> String {
    match (&card.view, &card.landed) {
        (Some(view), _) => state(view),
        (None, Some(branch)) => format!("landed on {branch}"),
        (None, None) => card.state.to_string(),
    }
}

/// The state of a run, with what it asks of a person.
pub fn state(view: &RunView) -> String {
    if view.cut_off().is_some() {
        return format!(
            "landing cut off; harness-tui land {} finishes it",
            view.order.run
        );
    }
    if let Some(landed) = &view.run.landed {
        return format!("landed on {}", landed.into);
    }
    let asking = view.run.stages.iter().find(|s| s.asking.is_some());
    match asking {
        Some(record) => format!("{} at {}", view.state(), name(view, record)),
        None => view.state().to_string(),
    }
}

fn stage_short(view: &RunView, record: &StageRecord) -> String {
    let mut says = format!("{}: {}", name(view, record), record.state);
    if !record.attempts.is_empty() {
        says += &format!(
            ", {}, {}",
            duration(record.took_ms),
            record.total.cost_text()
        );
    }
    if view.run.is_stale(&record.id) {
        says += ", stale";
    }
    says + "."
}

fn name(view: &RunView, record: &StageRecord) -> String {
    let planned = view.run.plan.stage(&record.id);
    planned.map_or_else(|| record.id.to_string(), |s| s.name.clone())
}

/// A line of a timeline.
pub fn told(line: &Line) -> String {
    // What looks different on a screen is said here.
    let mark = if marks(line.role) { "Attention: " } else { "" };
    let right = match line.right.as_str() {
        "" | "…" => String::new(),
        right => format!(", {}", right.replace('✓', "ok").replace('✗', "failed")),
    };
    format!("{mark}{} {}{right}", line.word, line.text)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
