//! The pipeline of a run: the graph of its stages with live state, the attempts of the chosen one,
//! the time they took; and an attempt's timeline.

mod attempts;
mod beside;
mod chart;
mod graph;
mod timeline;

use super::frame::live_ms;
use super::line::Line;
use super::{panes, rows};
use crate::engine::plan::Stage;
use crate::records::runs::RunView;
use crate::terms::StageState;
use crate::text::{Role, took, width};
use crate::workbench::app::{App, Pane};
use crate::workbench::layout;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The look of a stage's state.
pub fn role(state: StageState) -> Role {
    match state {
        StageState::Passed => Role::Good,
        StageState::Running => Role::Live,
        StageState::Failed | StageState::Blocked => Role::Bad,
        StageState::Pending | StageState::Ready | StageState::Skipped | StageState::Cancelled => {
            Role::Quiet
        }
        _ => Role::Attention,
    }
}

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let Some(view) = app.target() else {
        // Of a run that is over only its card is kept; the rest is read when it is opened.
        let text = if app.target_card().is_some() {
            "  This run is being read."
        } else {
            "  This run is gone. 1 goes back to the backlog."
        };
        return Line::new(app.theme)
            .text(text)
            .draw(frame, rows(body, 1, 1), None);
    };
    let strip = layout::strip(app);
    if strip > 0 {
        stage_line(app, view, usize::from(body.width)).draw(frame, rows(body, 0, 1), None);
        if let Some(note) = layout::said_of_the_chosen(app) {
            let line = graph::said(app, Line::new(app.theme).text(" "), note);
            line.draw(frame, rows(body, 1, 1), None);
        }
        super::frame::rule(app, frame, rows(body, strip - 1, 1));
    }
    let body = rows(body, strip, body.height.saturating_sub(strip));
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        stages(app, view, frame, area);
    }
    if let Some(area) = right {
        timeline::draw(app, view, frame, area);
    }
}

/// The pane of stages: the graph, what the stages used, the attempts of the chosen one.
fn stages(app: &App, view: &RunView, frame: &mut Frame<'_>, area: Rect) {
    let parts = layout::stage_pane(app, view);
    let mut lines = graph::lines(app, view, &parts, usize::from(area.width));
    lines.push((Line::new(app.theme), None));
    lines.extend(attempts::lines(app, view, &parts, area.width.into()));
    lines.extend(attempts::edits(app, view));
    lines.extend(beside::lines(app, view, area.width.into()));
    let columns = usize::from(area.width);
    let left = usize::from(area.height).saturating_sub(lines.len() + 1);
    let chart = chart::lines(app, view, columns, left);
    if !chart.is_empty() {
        lines.push((Line::new(app.theme), None));
        lines.extend(chart);
    }
    for (y, (line, over)) in (0..area.height).zip(lines) {
        line.draw(frame, rows(area, y, 1), over);
    }
}

/// The time of the run, over the view.
pub fn chart(app: &App, frame: &mut Frame<'_>, body: Rect) {
    chart::large(app, frame, body);
}

/// All stages on one line, for where there is no room for the graph beside the timeline.
fn stage_line(app: &App, view: &RunView, room: usize) -> Line {
    let pieces: Vec<(String, Role)> = view
        .run
        .stages
        .iter()
        .map(|record| {
            let ms = record.took_ms.saturating_add(live_ms(app, record));
            let took = if record.attempts.is_empty() {
                String::new()
            } else {
                format!(" {}", took(ms))
            };
            let glyph = record.state.glyph();
            let planned = view.run.plan.stage(&record.id);
            let name = planned.map_or_else(|| record.id.to_string(), Stage::short_name);
            (format!("{glyph} {name}{took}"), role(record.state))
        })
        .collect();
    let chosen = app.run.stage.at.min(pieces.len().saturating_sub(1));
    // From the first that still leaves the chosen one in sight.
    let mut from = chosen;
    let mut used = pieces.get(chosen).map_or(0, |(t, _)| width(t)) + 4;
    while from > 0 {
        let more = width(&pieces[from - 1].0) + 2;
        // Something of what comes after is to be seen too.
        if used + more > room.saturating_sub(16).max(room / 2) {
            break;
        }
        used += more;
        from -= 1;
    }
    let mut line = Line::new(app.theme).role(Role::Quiet, if from > 0 { "…" } else { " " });
    for (n, (text, look)) in pieces.into_iter().enumerate().skip(from) {
        line = if n == chosen {
            let style = app.theme.style(look).patch(app.theme.chosen(false));
            line.styled(
                style.add_modifier(ratatui::style::Modifier::UNDERLINED),
                text,
            )
        } else {
            line.role(look, text)
        }
        .text("  ");
    }
    line
}

/// The row of what is chosen looks so where it has the focus.
fn chosen(app: &App, pane: Pane) -> ratatui::style::Style {
    app.theme.chosen(app.pane == pane)
}
