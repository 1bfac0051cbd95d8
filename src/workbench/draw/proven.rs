//! The page of a run's receipt.

use super::line::Line;
use super::{overlay, rows};
use crate::text::{Role, truncate};
use crate::workbench::app::App;
use crate::workbench::app::proven::Proven;
use crate::workbench::layout;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it over the view.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect, page: &Proven) {
    let (columns, room) = layout::of_page(app.size);
    let laid = page.rows(columns);
    let top = page.top.min(laid.len().saturating_sub(room));
    let beyond = laid.len().saturating_sub(top + room);
    let title = truncate(&format!(" Receipt of {} ", page.run), columns);
    let inner = overlay::wide(app, frame, body, &title, laid.len().min(room));
    let mut shown: Vec<Line> = laid
        .into_iter()
        .skip(top)
        .take(room)
        .map(|row| line(app, row))
        .collect();
    if beyond > 0 {
        shown.pop();
        let more = format!(" … {} more, down goes on", beyond + 1);
        shown.push(Line::new(app.theme).role(Role::Quiet, more));
    }
    for (y, line) in (0..inner.height).zip(shown) {
        line.draw(frame, rows(inner, y, 1), None);
    }
}

fn line(app: &App, row: Vec<(Option<Role>, String)>) -> Line {
    let start = Line::new(app.theme);
    row.into_iter()
        .fold(start, |line, (role, text)| match role {
            Some(role) => line.role(role, text),
            None => line.text(text),
        })
}
