//! The messages of the commits that a landing makes, in the form that the settings say.

use super::land::Request;
use super::message::{self, TRAILER_TASK};
use super::receipt::{Receipt, TRAILER, flat};
use super::{LandError, form, private};
use crate::documents::settings::land::{MESSAGE_NAMES, fill};
use crate::engine::plan::Stage;
use crate::records::runs::RunView;
use crate::supervisor::handoff::{TRAILER_RUN, TRAILER_STAGE};
use crate::text::many;
use std::collections::BTreeMap;

/// The message of the last commit. Its trailers are there whatever its form is, but with a private
/// harness.
pub fn last(
    view: &RunView,
    request: &Request,
    receipt: Option<&Receipt>,
) -> Result<String, LandError> {
    let usual = usual(view, request, receipt);
    let settings = &request.form.settings;
    let Some(form) = &settings.message else {
        return Ok(usual);
    };
    let filled = fill(form, &values(view, &usual, receipt)).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        LandError::Refused(format!(
            "the message can't be written: {}; mend land.message, then land again",
            faults.join("; ")
        ))
    })?;
    let text = filled.trim().to_owned();
    if private::is(view) {
        return Ok(text + "\n");
    }
    let receipts = receipt.map(|r| format!("{TRAILER}: blake3:{}", r.digest()));
    let missing: Vec<String> = trailers(view)
        .into_iter()
        .chain(receipts)
        .filter(|trailer| text.lines().all(|line| line != trailer))
        .collect();
    Ok(if missing.is_empty() {
        text + "\n"
    } else {
        format!("{text}\n\n{}\n", missing.join("\n"))
    })
}

/// The usual message, with where the artifacts are if they are not part of it.
fn usual(view: &RunView, request: &Request, receipt: Option<&Receipt>) -> String {
    let text = message::message(view, receipt);
    let Some(told) = form::told(view, request) else {
        return text;
    };
    let mut told = told;
    if let Some(first) = told.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    match text.trim_end().rsplit_once("\n\n") {
        Some((before, trailers)) => format!("{before}\n\n{told}.\n\n{trailers}\n"),
        None => format!("{text}\n{told}.\n"),
    }
}

/// The trailers of the last commit.
fn trailers(view: &RunView) -> Vec<String> {
    let task = view.task().map(|id| format!("{TRAILER_TASK}: {id}"));
    { [format!("{TRAILER_RUN}: {}", view.order.run)].into_iter() }
        .chain(task)
        .collect()
}

/// What each name of the form stands for. Without a task its names tell of the run.
fn values(view: &RunView, usual: &str, receipt: Option<&Receipt>) -> BTreeMap<String, String> {
    let order = &view.order;
    let run = order.run.to_string();
    let workflow = view.run.plan.workflow.clone();
    let task = view.run.plan.task.as_ref();
    let of_task = |text: fn(&crate::engine::plan::PlannedTask) -> String, other: &str| {
        task.map_or_else(|| other.to_owned(), text)
    };
    let zone = jiff::tz::TimeZone::system();
    let date = order.created.to_zoned(zone).date().to_string();
    let stages = view.run.plan.stages.iter().map(|s| s.name.as_str());
    let usual = usual.trim_end();
    let without_trailers = match usual.rsplit_once("\n\n") {
        Some((before, last)) if last.starts_with(TRAILER_RUN) => before,
        _ => usual,
    };
    let value = |name: &str| match name {
        "task.id" => of_task(|t| t.id.to_string(), &run),
        "task.title" => flat(&of_task(|t| t.title.clone(), &workflow)),
        "task.slug" => of_task(|t| t.slug.clone(), &run),
        "task.path" => of_task(|t| t.path.to_string(), ""),
        "task.item" => order
            .item
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        "run.id" => run.clone(),
        "run.date" => date.clone(),
        "run.workflow" => flat(&workflow),
        "land.subject" => usual.lines().next().unwrap_or_default().to_owned(),
        "land.criteria" => listed(receipt, "Criteria"),
        "land.checks" => listed(receipt, "Checks"),
        "land.decisions" => listed(receipt, "Decisions"),
        "land.cost" => receipt.map_or_else(String::new, Receipt::cost),
        "land.stages" => flat(&stages.clone().collect::<Vec<_>>().join(", ")),
        _ => without_trailers.to_owned(),
    };
    { MESSAGE_NAMES.iter() }
        .map(|name| ((*name).to_owned(), value(name)))
        .collect()
}

/// The lines of the receipt's paragraph of this title.
fn listed(receipt: Option<&Receipt>, title: &str) -> String {
    let paragraphs = receipt.map(Receipt::paragraphs).unwrap_or_default();
    let title = format!("{title}:");
    let found = paragraphs
        .iter()
        .find(|p| p.first().is_some_and(|told| told.text == title));
    let lines = found.and_then(|p| p.get(1..)).unwrap_or_default();
    if lines.is_empty() {
        return "- none".to_owned();
    }
    let lines: Vec<&str> = lines.iter().map(|told| told.text.as_str()).collect();
    lines.join("\n")
}

/// What a commit is about: the task, or the run.
fn subject(view: &RunView, what: &str) -> String {
    let what = flat(what);
    match &view.run.plan.task {
        Some(task) => format!("{}: {}, {what}", task.id, flat(&task.title)),
        None => format!("{}: {what}", view.order.run),
    }
}

/// The message of a stage's commit.
pub(super) fn stage(view: &RunView, stage: &Stage, files: usize) -> String {
    let mut told = vec![many(files, "file")];
    if let Some(record) = view.run.record(&stage.id) {
        told.push(many(record.attempts.len(), "attempt"));
        if let Some(attempt) = record.current_attempt() {
            told.push(attempt.public.to_string());
        }
    }
    let mut trailers = trailers(view);
    trailers.insert(1, format!("{TRAILER_STAGE}: {}", stage.id));
    format!(
        "{}\n\n{}\n\n{}\n",
        subject(view, &stage.name),
        told.join(", "),
        trailers.join("\n")
    )
}

/// The message of the commit of what the run took along.
pub(super) fn taken_along(view: &RunView) -> String {
    format!(
        "{}\n\n{}\n",
        subject(view, "what lay uncommitted when it began"),
        trailers(view).join("\n")
    )
}
