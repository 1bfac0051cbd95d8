//! The list of runs, to choose from.

use super::frame::{role_of, state_word};
use super::line::Line;
use super::{overlay, rows};
use crate::records::board::needs_you;
use crate::records::runs::RunView;
use crate::text::{Role, ago};
use crate::workbench::app::painted::Spot;
use crate::workbench::app::scroll::Scroll;
use crate::workbench::app::{App, run, runs};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of the task, and of the state.
const TASK: usize = 34;
const STATE: usize = 20;

/// Paints it.
pub fn draw(app: &App, filter: &str, scroll: &Scroll, frame: &mut Frame<'_>, body: Rect) {
    let listed = runs::listed(&app.board, filter);
    let inner = overlay::wide(app, frame, body, " Runs ", listed.len().max(1) + 1);
    Line::new(app.theme)
        .role(Role::Command, format!(" {filter}▏"))
        .right(
            Role::Quiet,
            format!("{} of {} ", listed.len(), app.board.runs.len()),
        )
        .draw(frame, rows(inner, 0, 1), None);
    let list = rows(inner, 1, inner.height.saturating_sub(1));
    let top = scroll.top_in(listed.len(), list.height.into());
    for (y, n) in (0..list.height).zip(top..) {
        let Some(view) = listed.get(n) else { break };
        let over = (n == scroll.at).then(|| app.theme.chosen(true));
        app.painted.put(rows(list, y, 1), Spot::Choice(n));
        line(app, view, usize::from(list.width)).draw(frame, rows(list, y, 1), over);
    }
    if listed.is_empty() {
        Line::new(app.theme)
            .role(Role::Quiet, " no run fits")
            .draw(frame, rows(list, 0, 1), None);
    }
}

fn line(app: &App, view: &RunView, columns: usize) -> Line {
    let task = match &view.run.plan.task {
        Some(task) => format!("{} {}", task.id, task.title),
        None => view.run.plan.workflow.clone(),
    };
    let mark = if needs_you(view) { "?" } else { " " };
    let at = view.run.plan.stages.get(run::current(view));
    let stage = at.map_or("", |s| s.name.as_str());
    let age = app.now.duration_since(view.order.created).as_secs();
    let age = ago(u64::try_from(age).unwrap_or(0));
    let task_columns = TASK.min(columns / 3);
    Line::new(app.theme)
        .role(Role::Attention, format!(" {mark} "))
        .column(Some(Role::Title), task, task_columns)
        .text("  ")
        .column(
            Some(role_of(view)),
            state_word(view),
            STATE.min(columns / 4),
        )
        .text("  ")
        .text(stage)
        .role(Role::Quiet, format!("  {}", view.order.run))
        .right(
            Role::Quiet,
            format!("{age}  {:>8} ", view.run.total().cost_text()),
        )
}
