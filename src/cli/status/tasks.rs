//! The tasks that have no run: those that could be run, and why the others could not.

use crate::cli::out::{Out, Role, paint, safe};
use crate::records::harness::{Harness, TaskFile};
use crate::records::planning;
use crate::records::runs::RunView;
use crate::terms::{Finding, RunState, TaskId};
use crate::text::measure::{pad, truncate, width};

/// Tasks that are not ready and are still listed.
const MAX_LISTED: usize = 8;
/// The columns of a task's id.
const ID: usize = 5;

/// The tasks that could be run: id, title, command. They are those that say `Status: Ready`, have
/// no fault that would keep them from starting, and no run that is not given up.
pub(super) fn ready(harness: &Harness, views: &[RunView]) -> Vec<(String, String, String)> {
    harness
        .tasks
        .iter()
        .filter(|file| file.task.status().is_some_and(says_ready))
        .filter(|file| planning::ready_task(harness, &file.id).is_ok())
        .filter(|file| idle(views, &file.id))
        .map(|file| {
            let command = format!("harness-tui run {}", file.id);
            (file.id.to_string(), file.task.title().to_owned(), command)
        })
        .collect()
}

/// A task that is not ready.
pub(super) struct NotReady {
    /// Its id, as its file's name tells it.
    pub(super) id: String,
    /// Its title; empty where it can't be read.
    pub(super) title: String,
    /// Its file, from the repository's root.
    pub(super) file: String,
    /// What keeps it, and what to do, on one line.
    pub(super) why: String,
}

/// The tasks that have no run and could not be run as they are, in the order of their files. Those
/// whose status says that they are under way or done are left out.
pub(super) fn not_ready(harness: &Harness, views: &[RunView]) -> Vec<NotReady> {
    let mut found: Vec<NotReady> = harness
        .tasks
        .iter()
        .filter(|file| idle(views, &file.id))
        .filter_map(|file| {
            Some(NotReady {
                id: file.id.to_string(),
                title: file.task.title().to_owned(),
                file: file.path.to_string(),
                why: what_keeps(harness, file)?,
            })
        })
        .collect();
    found.extend(harness.unreadable_tasks().map(|(id, fault)| {
        NotReady {
            id: id.to_string(),
            title: String::new(),
            file: fault
                .place
                .as_ref()
                .map_or(String::new(), |p| p.file.clone()),
            why: told(fault),
        }
    }));
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found
}

/// What keeps a task from being run as it is; `None`: nothing, or it is over.
fn what_keeps(harness: &Harness, file: &TaskFile) -> Option<String> {
    let words = &harness.settings.statuses;
    let over = [&words.in_progress, &words.in_review, &words.done];
    let status = file.task.status();
    if status.is_some_and(|s| over.iter().any(|w| w.eq_ignore_ascii_case(s.trim()))) {
        return None;
    }
    if let Err(faults) = planning::ready_task(harness, &file.id) {
        let first = faults.first().map(told)?;
        return Some(match faults.len() {
            1 => first,
            n => format!("{first} (and {} more)", n - 1),
        });
    }
    match status {
        Some(status) if says_ready(status) => None,
        status => Some(format!(
            "its status is '{}', which says nothing here; write 'Status: Ready'",
            status.unwrap_or_default().trim()
        )),
    }
}

/// A fault and what to do about it, without its file: that is told beside it.
fn told(fault: &Finding) -> String {
    match &fault.remedy {
        Some(remedy) => format!("{}; {remedy}", fault.text),
        None => fault.text.clone(),
    }
}

fn says_ready(status: &str) -> bool {
    status.trim().eq_ignore_ascii_case("Ready")
}

/// Whether a task has no run, or none but given up ones.
fn idle(views: &[RunView], id: &TaskId) -> bool {
    views
        .iter()
        .all(|v| v.task() != Some(id) || v.state() == RunState::Cancelled)
}

/// Lists the tasks that could be run.
pub(super) fn show_ready(out: &Out, tasks: Vec<(String, String, String)>) {
    for (id, title, command) in tasks {
        let room = out
            .width
            .saturating_sub(2 + ID + 2 + 2 + width(&command))
            .clamp(12, 60);
        let title = pad(safe(&title).as_str(), room);
        out.text(format!(
            "  {}  {title}  {}",
            paint(Role::Name, pad(&id, ID)),
            paint(Role::Command, command)
        ));
    }
}

/// Lists the tasks that could not, a line each, and how many more there are.
pub(super) fn show_not_ready(out: &Out, tasks: &[NotReady]) {
    let room = out.width.saturating_sub(2 + ID + 2);
    for task in tasks.iter().take(MAX_LISTED) {
        out.text(format!(
            "  {}  {}",
            paint(Role::Name, pad(&task.id, ID)),
            truncate(safe(&task.why).as_str(), room)
        ));
    }
    if tasks.len() > MAX_LISTED {
        let more = tasks.len() - MAX_LISTED;
        out.text(paint(
            Role::Quiet,
            format!("  and {more} more; `harness-tui check` names every fault"),
        ));
    }
}
