//! The backlog: the list by groups, and what is chosen.

use super::frame::{role_of, state_word, took};
use super::line::Line;
use super::{panes, rows};
use crate::records::board::{Entry, Group};
use crate::records::runs::RunView;
use crate::terms::StageState;
use crate::text::{Role, duration, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::board::Row;
use crate::workbench::app::{App, Pane};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of an id.
const ID: usize = 6;
/// The columns of the task's id and of the state.
const STATE: usize = 6 + 1 + 15;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    if app.board.has_runs && app.board.entries.is_empty() {
        return empty(app, frame, body);
    }
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        list(app, frame, area);
    }
    if let Some(area) = right {
        detail(app, frame, area);
    }
}

fn empty(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let lines = [
        "",
        "  Nothing here yet.",
        "",
        "  Write an item into harness/backlog.md, or a task after harness/templates/task.md",
        "  as harness/tasks/T001-some-words.md: it appears here at once.",
    ];
    for (y, text) in (0..).zip(lines) {
        Line::new(app.theme)
            .text(text)
            .draw(frame, rows(body, y, 1), None);
    }
}

fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let shown = app.backlog_rows();
    let scroll = app.backlog.scroll;
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some(row) = shown.get(n) else { break };
        let area = rows(area, y, 1);
        match row {
            Row::Head(group, count) => head(app, *group, *count).draw(frame, area, None),
            Row::Entry(entry) => {
                let chosen = n == scroll.at;
                let over = chosen.then(|| app.theme.chosen(app.pane == Pane::Left));
                if let Some(entry) = app.board.entries.get(*entry) {
                    item(app, entry, area.width).draw(frame, area, over);
                }
            }
        }
    }
    if shown.is_empty() && !app.backlog.filter.is_empty() {
        let text = format!("  nothing holds '{}'; esc shows all", app.backlog.filter);
        Line::new(app.theme)
            .role(Role::Quiet, text)
            .draw(frame, rows(area, 1, 1), None);
    }
}

fn head(app: &App, group: Group, count: usize) -> Line {
    let role = match group {
        Group::Waiting => Role::Attention,
        Group::Blocked => Role::Bad,
        _ => Role::Quiet,
    };
    let word = group.word().to_uppercase();
    Line::new(app.theme)
        .text(" ")
        .role(role, word)
        .role(Role::Quiet, format!(" {count}"))
}

fn item(app: &App, entry: &Entry, width: u16) -> Line {
    let (role, glyph) = mark(entry);
    let id = entry.item.as_ref().map(|i| i.id.to_string());
    let task = entry.task.as_ref().map(|t| t.id.to_string());
    let run = || entry.run().and_then(|r| Some(r.task()?.to_string()));
    let id = id.or_else(|| task.clone()).or_else(run).unwrap_or_default();
    let taken = 3 + ID + 1 + STATE + 1;
    let room = usize::from(width).saturating_sub(taken).max(8);
    let line = Line::new(app.theme)
        .text(" ")
        .role(role, glyph.to_string())
        .text(" ")
        .column(Some(Role::Name), id, ID)
        .text(" ")
        .column(None, entry.title(), room)
        .text(" ");
    let task = entry.item.is_some().then_some(task).flatten();
    let (role, state) = state(entry);
    line.column(Some(Role::Quiet), task.unwrap_or_default(), ID)
        .text(" ")
        .role(role, state)
}

fn mark(entry: &Entry) -> (Role, char) {
    match entry.group {
        Group::Waiting => (Role::Attention, '?'),
        Group::Blocked => (Role::Bad, '✗'),
        Group::Running => (Role::Live, '◐'),
        Group::Ready => (Role::Name, '●'),
        Group::Planned => (Role::Quiet, '○'),
        Group::Done => (Role::Good, '✓'),
    }
}

/// Where it is, in few words.
fn state(entry: &Entry) -> (Role, String) {
    match (entry.run(), &entry.task) {
        (Some(run), _) if run.run.landed.is_some() => (Role::Good, "landed".to_owned()),
        (Some(run), _) => (role_of(run), at(run)),
        (None, Some(task)) if !task.faults.is_empty() => (Role::Quiet, "task not ready".to_owned()),
        (None, Some(task)) => (Role::Quiet, format!("task {}", task.status.to_lowercase())),
        (None, None) => {
            let status = entry.item.as_ref().and_then(|i| i.status.clone());
            (Role::Quiet, status.unwrap_or_default().to_lowercase())
        }
    }
}

/// The stage a run is at; the word of its state where none is.
fn at(run: &RunView) -> String {
    let busy = run.run.stages.iter().find(|s| {
        !s.state.is_done() && !matches!(s.state, StageState::Pending | StageState::Ready)
    });
    match busy.and_then(|s| run.run.plan.stage(&s.id)) {
        Some(stage) => stage.name.clone(),
        None => run.state().to_string(),
    }
}

fn detail(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(entry) = app.backlog.chosen(&app.board) else {
        return;
    };
    let lines = told(app, entry, usize::from(area.width));
    for (y, line) in (0..area.height).zip(lines) {
        line.draw(frame, rows(area, y, 1), None);
    }
}

fn told(app: &App, entry: &Entry, columns: usize) -> Vec<Line> {
    let line = || Line::new(app.theme);
    let mut lines = Vec::new();
    let id = entry.item.as_ref().map(|i| i.id.to_string());
    let id = id.unwrap_or_default();
    lines.push(
        line()
            .role(Role::Name, id)
            .text("  ")
            .role(Role::Title, entry.title()),
    );
    lines.push(line());
    let summary = entry.item.as_ref().and_then(|i| i.summary.clone());
    let summary = summary.or_else(|| entry.task.as_ref().map(|t| t.summary.clone()));
    let summary = crate::text::SafeText::line(&summary.unwrap_or_default());
    for row in wrap(summary.as_str(), columns.saturating_sub(1))
        .into_iter()
        .take(6)
    {
        lines.push(line().text(row));
    }
    lines.push(line());
    let word = |word: &str| line().column(Some(Role::Quiet), word, 8);
    if let Some(task) = &entry.task {
        lines.push(word("task").role(Role::Name, &task.path));
        let says = format!(
            "{}, {} criteria, {} answers",
            task.status.to_lowercase(),
            task.criteria,
            task.answers
        );
        lines.push(word("").role(Role::Quiet, says));
        for fault in task.faults.iter().take(4) {
            lines.push(word("").role(Role::Bad, fault.to_string()));
        }
    }
    if let Some(run) = entry.run() {
        lines.extend(of_run(app, run));
    }
    if entry.runs.len() > 1 {
        let more = format!("and {} earlier", entry.runs.len() - 1);
        lines.push(word("runs").role(Role::Quiet, more));
    }
    lines.push(line());
    lines.push(next(app, entry));
    lines
}

fn of_run(app: &App, run: &RunView) -> Vec<Line> {
    let line = || Line::new(app.theme);
    let word = |word: &str| line().column(Some(Role::Quiet), word, 8);
    let mut lines = vec![
        word("run")
            .role(Role::Name, &run.order.run)
            .text("  ")
            .role(role_of(run), state_word(run)),
    ];
    let mut stages = word("");
    for record in &run.run.stages {
        let role = super::pipeline::role(record.state);
        let times = match record.attempts.len() {
            0 | 1 => String::new(),
            n => format!("×{n}"),
        };
        stages = stages
            .role(role, record.state.glyph().to_string())
            .text(format!(" {}{times}  ", record.id));
    }
    lines.push(stages);
    lines.push(word("branch").role(Role::Name, &run.order.branch));
    let total = run.run.total();
    if total.attempts > 0 {
        let used = format!(
            "{}, {} tok, {}",
            total.cost_text(),
            total.tokens_text(),
            duration(took(app, run))
        );
        lines.push(word("cost").text(used));
    }
    let why = run.run.cause(&run.order.run, None);
    if run.run.landed.is_none() {
        lines.push(word("why").text(why.evidence));
    }
    lines
}

/// The one thing to do next.
fn next(app: &App, entry: &Entry) -> Line {
    let line = Line::new(app.theme);
    let key = |action| app.keymap.key(action).unwrap_or_default();
    match (entry.run(), &entry.task) {
        (Some(run), _) if run.run.landed.is_some() => line
            .role(Role::Command, key(Action::Open))
            .role(Role::Quiet, " shows how it went"),
        (Some(_), _) if entry.group == Group::Waiting => line
            .role(Role::Command, key(Action::Open))
            .text(" shows what waits for you"),
        (Some(_), _) => line
            .role(Role::Command, key(Action::Open))
            .text(" opens the run"),
        (None, Some(task)) if task.faults.is_empty() => line
            .role(Role::Command, format!("harness-tui run {}", task.id))
            .text(" starts it"),
        _ => line.role(Role::Quiet, "it needs a task definition first"),
    }
}
