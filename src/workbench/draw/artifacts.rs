//! The documents of a run: which there are, and the chosen one.

use super::line::Line;
use super::{panes, rows};
use crate::text::Role;
use crate::workbench::app::{App, Pane, shelf};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        list(app, frame, area);
    }
    if let Some(area) = right {
        document(app, frame, area);
    }
}

fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(view) = app.target() else { return };
    let scroll = app.run.shelf.chosen;
    let documents = shelf::documents(view);
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some(path) = documents.get(n) else { break };
        let name = path.rsplit('/').next().unwrap_or(path);
        let over = (n == scroll.at).then(|| app.theme.chosen(app.pane == Pane::Left));
        Line::new(app.theme)
            .text(" ")
            .role(Role::Name, name)
            .draw(frame, rows(area, y, 1), over);
    }
}

fn document(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(shown) = &app.run.shelf.document else {
        return;
    };
    let head = Line::new(app.theme).role(Role::Quiet, &shown.path);
    let lines = match &shown.lines {
        Ok(lines) => lines,
        Err(why) => {
            head.draw(frame, rows(area, 0, 1), None);
            let why = Line::new(app.theme).role(Role::Bad, why);
            return why.draw(frame, rows(area, 2, 1), None);
        }
    };
    let scroll = app.run.shelf.page;
    let line = shown.rows.get(scroll.at).map_or(0, |(n, _)| n + 1);
    let place = format!("{line} of {} ", lines.len());
    head.right(Role::Quiet, place)
        .draw(frame, rows(area, 0, 1), None);
    let area = rows(area, 1, area.height.saturating_sub(1));
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some((line, text)) = shown.rows.get(n) else {
            break;
        };
        let chosen = app.pane == Pane::Right && n == scroll.at;
        let over = chosen.then(|| app.theme.chosen(true));
        let begin = lines.get(*line).map_or("", |l| l.as_str());
        markdown(app, begin, text).draw(frame, rows(area, y, 1), over);
    }
}

/// A row of markdown, by what its line begins with.
fn markdown(app: &App, begin: &str, text: &str) -> Line {
    let line = Line::new(app.theme);
    let role = match begin.trim_start() {
        t if t.starts_with('#') => Role::Title,
        t if t.starts_with("```") || t.starts_with('>') => Role::Quiet,
        t if t.starts_with("- [x]") || t.starts_with("- [X]") => Role::Good,
        t if t.starts_with('|') => Role::Name,
        _ => return line.text(text),
    };
    line.role(role, text)
}
