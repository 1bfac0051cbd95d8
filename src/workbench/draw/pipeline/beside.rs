//! What is beside the run: that its base moved on, and who else changes its files.

use super::graph::Painted;
use crate::records::runs::RunView;
use crate::text::{Role, SafeText, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::App;
use crate::workbench::draw::line::Line;

/// How many of those who share files are told.
const MOST: usize = 3;

/// The rows of it; none where there is nothing to say.
pub fn lines(app: &App, view: &RunView, columns: usize) -> Vec<Painted> {
    let Some(beside) = app.desk.beside.get(&view.order.run) else {
        return Vec::new();
    };
    let mut told: Vec<String> = Vec::new();
    if let Some(moved) = &beside.moved {
        let key = app
            .may(Action::Refresh)
            .ok()
            .and_then(|()| app.key_of(Action::Refresh));
        let then = match key.filter(|_| moved.withdrawn == 0) {
            Some(key) => format!("; {key} takes it in"),
            None => String::new(),
        };
        told.push(format!("{}{then}", moved.told()));
    }
    let also = beside.lines();
    told.extend(also.iter().take(MOST).cloned());
    match also.len().saturating_sub(MOST) {
        0 => {}
        more => told.push(format!("and {more} more like it")),
    }
    if told.is_empty() {
        return Vec::new();
    }
    let head = Line::new(app.theme).role(Role::Quiet, " BESIDE IT");
    let mut lines = vec![(Line::new(app.theme), None), (head, None)];
    for text in told {
        let text = SafeText::line(&text);
        let rows = wrap(text.as_str(), columns.saturating_sub(4).max(12));
        for (n, row) in rows.into_iter().enumerate() {
            let lead = if n == 0 { " ⇄ " } else { "   " };
            lines.push((
                Line::new(app.theme).role(Role::Attention, lead).text(row),
                None,
            ));
        }
    }
    lines
}
