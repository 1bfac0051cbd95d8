//! The documents of a run: which there are, and the chosen one.

use super::line::Line;
use super::{panes, rows};
use crate::text::Role;
use crate::workbench::app::{App, Pane, run};
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
    let scroll = app.run.documents;
    let documents = run::documents(view);
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
    let Some((path, text)) = &app.run.document else {
        return;
    };
    let head = Line::new(app.theme).role(Role::Quiet, path);
    let scroll = app.run.page;
    let lines = match text {
        Ok(lines) => lines,
        Err(why) => {
            head.draw(frame, rows(area, 0, 1), None);
            let why = Line::new(app.theme).role(Role::Bad, why);
            return why.draw(frame, rows(area, 2, 1), None);
        }
    };
    let place = format!("{} of {} ", (scroll.at + 1).min(lines.len()), lines.len());
    head.right(Role::Quiet, place)
        .draw(frame, rows(area, 0, 1), None);
    let area = rows(area, 1, area.height.saturating_sub(1));
    let height = usize::from(area.height);
    let top = if scroll.at >= scroll.top + height {
        scroll.at + 1 - height
    } else {
        scroll.top
    };
    for (y, n) in (0..area.height).zip(top..) {
        let Some(text) = lines.get(n) else { break };
        let chosen = app.pane == Pane::Right && n == scroll.at;
        let over = chosen.then(|| app.theme.chosen(true));
        markdown(app, text).draw(frame, rows(area, y, 1), over);
    }
}

/// A line of markdown by what it begins with.
fn markdown(app: &App, text: &str) -> Line {
    let line = Line::new(app.theme);
    let trimmed = text.trim_start();
    let role = match trimmed {
        t if t.starts_with('#') => Role::Title,
        t if t.starts_with("```") || t.starts_with('>') => Role::Quiet,
        t if t.starts_with("- [x]") || t.starts_with("- [X]") => Role::Good,
        t if t.starts_with('|') => Role::Name,
        _ => return line.text(text),
    };
    line.role(role, text)
}
