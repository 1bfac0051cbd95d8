//! A question with all that would be done, and lines to be written.

use super::line::Line;
use super::overlay::window;
use super::rows;
use crate::text::{Role, SafeText, wrap};
use crate::workbench::app::App;
use crate::workbench::app::desk::{Ask, Form, Purpose};
use crate::workbench::app::painted::Spot;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of the word that leads a line.
const WORD: usize = 10;

/// Paints a question: its lines, then what a yes does.
pub fn ask(app: &App, frame: &mut Frame<'_>, body: Rect, ask: &Ask) {
    let columns = usize::from(body.width.min(super::overlay::WIDEST)).saturating_sub(WORD + 5);
    let laid = lay(app, &ask.lines, columns);
    let title = format!(" {} ", SafeText::line(&ask.title));
    let inner = window(app, frame, body, &title, laid.len() + 2);
    let room = usize::from(inner.height.saturating_sub(2));
    let top = ask.top.min(laid.len().saturating_sub(room));
    let below = laid.len().saturating_sub(top + room);
    for (y, line) in (0..inner.height.saturating_sub(2)).zip(laid.into_iter().skip(top)) {
        line.draw(frame, rows(inner, y, 1), None);
    }
    let yes = if ask.light { "enter or y" } else { "y" };
    let mut line = Line::new(app.theme)
        .text(" ")
        .role(Role::Command, yes)
        .text(format!(" {}   ", ask.yes));
    let said = Rect {
        width: u16::try_from(line.width())
            .unwrap_or(u16::MAX)
            .min(inner.width),
        ..rows(inner, inner.height.saturating_sub(1), 1)
    };
    app.painted.put(said, Spot::Yes);
    for other in &ask.others {
        let word = format!(" {}   ", other.word);
        line = line.role(Role::Command, other.key.to_string()).text(word);
    }
    line = line.role(Role::Command, "esc").text(" not now");
    if below + top > 0 {
        line = line.right(Role::Quiet, format!("↑↓ {below} more below "));
    }
    let last = inner.height.saturating_sub(1);
    line.draw(frame, rows(inner, last, 1), None);
}

/// Lines with the word that leads each, wrapped.
pub fn lay(app: &App, lines: &[(String, String)], columns: usize) -> Vec<Line> {
    let mut laid = Vec::new();
    for (word, text) in lines {
        let text = SafeText::line(text);
        let mut parts = wrap(text.as_str(), columns.max(8));
        if parts.is_empty() {
            parts.push(String::new());
        }
        for (n, row) in parts.into_iter().enumerate() {
            let word = if n == 0 { word.as_str() } else { "" };
            let line = Line::new(app.theme).text(" ");
            laid.push(line.column(Some(Role::Quiet), word, WORD).text(row));
        }
    }
    laid
}

/// Paints a form.
pub fn form(app: &App, frame: &mut Frame<'_>, body: Rect, form: &Form) {
    let title = match &form.purpose {
        Purpose::New => " New item ".to_owned(),
        Purpose::Edit(item, _) => format!(" {item} "),
    };
    let inner = window(app, frame, body, &title, form.fields.len() * 2 + 1);
    let room = usize::from(inner.width).saturating_sub(WORD + 3);
    for (n, (word, input)) in form.fields.iter().enumerate() {
        let here = n == form.at;
        let role = if here { Role::Command } else { Role::Quiet };
        let line = Line::new(app.theme)
            .text(" ")
            .column(Some(role), word, WORD);
        let line = if here {
            line.written(input, room)
        } else {
            line.text(input.text())
        };
        let y = u16::try_from(n * 2).unwrap_or(u16::MAX);
        line.draw(frame, rows(inner, y, 1), None);
    }
    let last = inner.height.saturating_sub(1);
    Line::new(app.theme)
        .text(" ")
        .role(Role::Command, "enter")
        .text(" save   ")
        .role(Role::Command, "tab")
        .text(" next line   ")
        .role(Role::Command, "esc")
        .text(" leave")
        .draw(frame, rows(inner, last, 1), None);
}
