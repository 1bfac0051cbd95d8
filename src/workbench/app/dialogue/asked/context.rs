//! What stands beside a run's questions: which stage and attempt asks, why it can't go on, what an
//! answer does, what the agent said last.

use super::super::Dialogue;
use super::Asks;
use crate::records::runs::RunView;
use crate::render::{Look, Row, Span, markdown};
use crate::text::{Role, many, pad, wrap};
use crate::workbench::app::App;

/// The columns of the word that leads a line.
const WORD: usize = 9;

impl App {
    /// Makes the rows beside the questions anew where they, or the pane, are others.
    pub(in crate::workbench::app) fn settle_context(&mut self, (columns, height): (usize, usize)) {
        let Some(asks) = self.dialogue.asks.clone() else {
            return;
        };
        let view = self.board.run(&asks.run).cloned();
        let state = self.dialogue.shown.as_ref();
        let of = state.map_or(0, |s| std::sync::Arc::as_ptr(&s.state) as usize);
        let fact = view
            .as_ref()
            .map_or(0, |v| std::sync::Arc::as_ptr(v) as usize);
        let columns = columns.max(20);
        let dialogue = &mut self.dialogue;
        if dialogue.draft.is_of((vec![of, fact], columns)) {
            let rows = view.map_or_else(Vec::new, |view| rows(dialogue, &asks, &view, columns));
            dialogue.draft.page.set(rows, true);
        }
        dialogue.draft.page.settle(height);
    }
}

fn rows(dialogue: &Dialogue, asks: &Asks, view: &RunView, columns: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |word: &str, role: Option<Role>, text: &str| {
        let look = role.map_or(Look::Plain, Look::Role);
        let room = columns.saturating_sub(WORD + 2).max(8);
        for (n, row) in wrap(text, room).into_iter().enumerate() {
            let word = if n == 0 { word } else { "" };
            let lead = format!(" {}", pad(word, WORD));
            rows.push(Row::of(Look::Role(Role::Quiet), lead).with(look, row));
        }
    };
    say("run", Some(Role::Name), asks.run.as_str());
    say("stage", None, &asks.name);
    let record = view.run.record(&asks.stage);
    let attempts = record.map_or(&[][..], |r| r.attempts.as_slice());
    let attempt = attempts
        .iter()
        .find(|a| Some(&a.id) == asks.attempt.as_ref());
    if let Some(attempt) = attempt {
        let count = many(attempts.len(), "attempt");
        say(
            "attempt",
            None,
            &format!("{} ({}), {count} so far", attempt.public, attempt.id),
        );
    }
    match &asks.over {
        Some(over) => say("stands", Some(Role::Attention), over),
        None => {
            let reason = attempt
                .and_then(|a| a.result.as_ref())
                .and_then(|r| r.reason.lines().next());
            say(
                "why",
                Some(Role::Attention),
                reason.unwrap_or("it asks a person"),
            );
            say("needed", None, &needed(asks));
            say("then", None, &after(asks, view));
        }
    }
    let said = dialogue.asks.as_ref().and_then(|a| a.said.as_deref());
    rows.push(Row::empty());
    rows.push(Row::of(Look::Role(Role::Title), " What it said last"));
    rows.push(Row::empty());
    match said.map(str::trim) {
        None => rows.push(Row::of(Look::Role(Role::Quiet), " it is being read…")),
        Some("") => rows.push(Row::of(Look::Role(Role::Quiet), " nothing that was kept")),
        Some(said) => {
            for mut row in markdown::page(said, columns.saturating_sub(2)) {
                row.spans.insert(0, Span::new(Look::Plain, " "));
                rows.push(row);
            }
        }
    }
    rows
}

/// What can't stay open.
fn needed(asks: &Asks) -> String {
    let ids = |blocking: bool| {
        let own = asks.questions.iter().filter(|q| q.blocking == blocking);
        own.map(|q| q.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (ids(true), ids(false)) {
        (needed, free) if free.is_empty() => format!("an answer to {needed}"),
        (needed, free) if needed.is_empty() => format!("any answer; {free} may stay open"),
        (needed, free) => format!("an answer to {needed}; {free} may stay open"),
    }
}

/// What comes of the answers.
fn after(asks: &Asks, view: &RunView) -> String {
    let again = format!("{} runs again and is told your answers", asks.name);
    match &view.run.plan.task {
        Some(task) => format!("{again}; they stand in {} under Clarifications", task.path),
        None => again,
    }
}
