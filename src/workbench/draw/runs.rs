//! The list of runs, to choose from.

use super::frame::{landed_or_state, role_of};
use super::line::Line;
use super::{overlay, rows};
use crate::records::board::RunCard;
use crate::text::{Role, ago};
use crate::workbench::app::scroll::Scroll;
use crate::workbench::app::{App, runs};
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
    let top = (scroll.at + 1).saturating_sub(usize::from(list.height));
    for (y, n) in (0..list.height).zip(top..) {
        let Some(card) = listed.get(n) else { break };
        let over = (n == scroll.at).then(|| app.theme.chosen(true));
        line(app, card, usize::from(list.width)).draw(frame, rows(list, y, 1), over);
    }
    if listed.is_empty() {
        Line::new(app.theme)
            .role(Role::Quiet, " no run fits")
            .draw(frame, rows(list, 0, 1), None);
    }
}

fn line(app: &App, card: &RunCard, columns: usize) -> Line {
    let mark = if card.needs_you() { "?" } else { " " };
    let stage = card.at().map_or("", |s| s.name.as_str());
    let age = app.now.duration_since(card.created).as_secs();
    let age = ago(u64::try_from(age).unwrap_or(0));
    let task_columns = TASK.min(columns / 3);
    Line::new(app.theme)
        .role(Role::Attention, format!(" {mark} "))
        .column(Some(Role::Title), card.name(), task_columns)
        .text("  ")
        .column(
            Some(role_of(card.state)),
            landed_or_state(card),
            STATE.min(columns / 4),
        )
        .text("  ")
        .text(stage)
        .role(Role::Quiet, format!("  {}", card.run))
        .right(
            Role::Quiet,
            format!("{age}  {:>8} ", card.total().cost_text()),
        )
}
