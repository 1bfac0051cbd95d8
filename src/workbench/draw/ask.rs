//! A question with all that would be done, and lines to be written.

use super::line::Line;
use super::overlay::window;
use super::rows;
use crate::text::{Role, SafeText, pad, wrap};
use crate::workbench::app::App;
use crate::workbench::app::desk::{Ask, Form, GAP, Purpose};
use crate::workbench::app::painted::Spot;
use crate::workbench::layout::{self, WORD};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints a question: its lines, then what a yes does.
pub fn ask(app: &App, frame: &mut Frame<'_>, body: Rect, ask: &Ask) {
    let columns = layout::asked_columns(app.size);
    let laid = lay(app, &ask.lines, columns);
    let answers = ask.answers(layout::answer_columns(app.size));
    let below = u16::try_from(answers.len()).unwrap_or(u16::MAX);
    let title = format!(" {} ", SafeText::line(&ask.title));
    let inner = window(app, frame, body, &title, laid.len() + 1 + answers.len());
    let shown = inner.height.saturating_sub(below.saturating_add(1));
    let room = usize::from(shown);
    let top = ask.top.min(laid.len().saturating_sub(room));
    let left = laid.len().saturating_sub(top + room);
    for (y, line) in (0..shown).zip(laid.into_iter().skip(top)) {
        line.draw(frame, rows(inner, y, 1), None);
    }
    let first = inner.height.saturating_sub(below);
    let last = answers.len().saturating_sub(1);
    for (n, row) in answers.into_iter().enumerate() {
        let y = first.saturating_add(u16::try_from(n).unwrap_or(u16::MAX));
        let mut line = Line::new(app.theme).text(" ");
        for (at, (key, word)) in row.into_iter().enumerate() {
            if at > 0 {
                line = line.text(" ".repeat(GAP));
            }
            line = line.role(Role::Command, key).text(format!(" {word}"));
            if (n, at) == (0, 0) {
                let said = Rect {
                    width: u16::try_from(line.width() + GAP)
                        .unwrap_or(u16::MAX)
                        .min(inner.width),
                    ..rows(inner, y, 1)
                };
                app.painted.put(said, Spot::Yes);
            }
        }
        if n == last && left + top > 0 {
            line = line.right(Role::Quiet, format!("↑↓ {left} more below "));
        }
        line.draw(frame, rows(inner, y, 1), None);
    }
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

/// What there is to say of a field.
fn below(app: &App, form: &Form, n: usize) -> Line {
    let line = Line::new(app.theme).text(" ").text(pad("", WORD));
    let cut = form.fields.get(n).is_some_and(|(_, input)| input.is_cut());
    match form.theirs(n) {
        _ if cut => line.role(
            Role::Quiet,
            "too long to be changed here: do it in your editor",
        ),
        Some(theirs) => line
            .role(Role::Attention, "in the file now: ")
            .role(Role::Quiet, theirs),
        None => line,
    }
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
        below(app, form, n).draw(frame, rows(inner, y.saturating_add(1), 1), None);
        app.painted.put(rows(inner, y, 1), Spot::Choice(n));
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
