//! The draft as rows: rendered with the answers beside the lines they became, or as a change of the
//! file on disk. What would keep it from being saved stands above it.

use super::Dialogue;
use crate::dialogue::draft::Composed;
use crate::dialogue::lead::Shown;
use crate::dialogue::question::Given;
use crate::render::diff::{self, Style};
use crate::render::{Look, Row, markdown};
use crate::terms::StageId;
use crate::text::{Role, many, width, wrap};
use crate::workbench::app::page::Page;
use std::sync::Arc;

/// The columns that are left beside the text for the answers' numbers.
const MARKS: usize = 10;

/// The pane of the draft.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    /// Its rows.
    pub page: Page,
    /// Whether it is shown as a change of the file.
    pub diff: bool,
    /// Of what the rows were made.
    made: Option<(Vec<usize>, usize, bool)>,
}

impl Paper {
    /// Whether its rows are to be made anew, of this and in so many columns.
    pub(super) fn is_of(&mut self, (of, columns): (Vec<usize>, usize)) -> bool {
        let made = Some((of, columns, self.diff));
        let anew = self.made != made;
        self.made = made;
        anew
    }
}

impl Dialogue {
    /// Makes the rows of the draft anew where it, or the pane, is another; `anyway`: the key that
    /// saves it whatever is missing.
    pub(super) fn settle_draft(&mut self, (columns, height): (usize, usize), anyway: &str) {
        let Some(shown) = self.shown.clone() else {
            self.draft = Paper::default();
            return;
        };
        let draft = shown.draft.as_ref().map_or(0, |d| Arc::as_ptr(d) as usize);
        let state = Arc::as_ptr(&shown.state) as usize;
        let entries = self.entries().iter().enumerate();
        let kept = entries
            .filter(|(_, e)| self.is_being_kept(&e.question.id))
            .map(|(n, _)| n);
        let of = [draft, state].into_iter().chain(kept).collect();
        let made = Some((of, columns, self.draft.diff));
        if self.draft.made != made {
            self.draft.made = made;
            let rows = self.draft_rows(&shown, columns.max(20), anyway);
            // Who reads further down stays there; else what stands above the draft comes into sight.
            let begins = self.draft.page.scroll.at == 0;
            self.draft.page.set(rows, true);
            if begins {
                self.draft.page.go_to(0, height);
            }
        }
        self.draft.page.settle(height);
    }

    fn draft_rows(&self, shown: &Shown, columns: usize, anyway: &str) -> Vec<Row> {
        match shown.draft.as_deref() {
            Some(draft) => rows(shown, draft, columns, (self.draft.diff, anyway)),
            None => self.nothing_yet(columns),
        }
    }
}

fn rows(
    shown: &Shown,
    (made, current): &(Composed, String),
    columns: usize,
    (as_diff, anyway): (bool, &str),
) -> Vec<Row> {
    let mut rows = Vec::new();
    let say = |rows: &mut Vec<Row>, role: Role, text: &str| {
        for (n, row) in wrap(text, columns.saturating_sub(3))
            .into_iter()
            .enumerate()
        {
            let indent = if n == 0 { " " } else { "   " };
            rows.push(Row::of(Look::Plain, indent).with(Look::Role(role), row));
        }
    };
    for finding in &made.findings {
        let text = match &finding.remedy {
            Some(remedy) => format!("✗ {}; {remedy}", finding.text),
            None => format!("✗ {}", finding.text),
        };
        say(&mut rows, Role::Bad, &text);
    }
    if let Some(stale) = &shown.stale {
        let stages: Vec<&str> = stale.stages.iter().map(StageId::as_str).collect();
        let saved = shown.state.saved.is_some() && !shown.state.since_saved;
        let text = format!(
            "▲ {} in {}: {}; its work is kept until it is run again",
            if saved { "stale" } else { "saving makes stale" },
            stale.run,
            stages.join(", ")
        );
        say(&mut rows, Role::Attention, &text);
    }
    let unplaced = &made.trace.unplaced;
    if !unplaced.is_empty() {
        let count = many(unplaced.len(), "answer");
        say(
            &mut rows,
            Role::Attention,
            &format!("▲ {count} not placed in the draft: saving needs {anyway}"),
        );
        for id in unplaced {
            let entry = shown.state.form.get(id);
            let given = entry.and_then(|e| e.given.as_ref()?.answer());
            let text = entry.map_or(String::new(), |e| e.question.line());
            let text = format!("  {id} {text} → {}", given.unwrap_or_default());
            say(&mut rows, Role::Attention, &text);
        }
    }
    if !rows.is_empty() {
        rows.push(Row::of(Look::Mark, "─".repeat(columns)));
    }
    if as_diff {
        let file = diff::between(shown.file.as_str(), current, &made.text);
        if file.hunks.is_empty() {
            say(&mut rows, Role::Quiet, "the file on disk says the same");
            return rows;
        }
        rows.extend(file.rows(columns, Style::for_columns(columns)));
        return rows;
    }
    let from = rows.len();
    rows.extend(markdown::page(&made.text, columns.saturating_sub(MARKS)));
    for row in &mut rows[from..] {
        row.spans
            .insert(0, crate::render::Span::new(Look::Plain, " "));
    }
    let mut lines: Vec<u32> = made.trace.landings.iter().map(|l| l.line).collect();
    lines.dedup();
    for line in lines {
        let mark = format!("← {}", made.trace.at(line).join(" "));
        let line = usize::try_from(line).unwrap_or(0);
        let own = rows[from..].iter().rposition(|r| r.line == Some(line));
        let at = own.or_else(|| {
            let before = |r: &Row| r.line.is_some_and(|l| l <= line);
            rows[from..].iter().rposition(before)
        });
        if let Some(row) = at.and_then(|n| rows.get_mut(from + n)) {
            let room = columns.saturating_sub(row.width() + width(&mark) + 1);
            let blank = " ".repeat(room.max(1));
            *row = std::mem::take(row)
                .with(Look::Plain, blank)
                .with(Look::Role(Role::Good), mark);
        }
    }
    rows
}

impl Dialogue {
    /// What there is before the author wrote a draft: the answers that are on disk.
    fn nothing_yet(&self, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut say = |look: Look, text: &str| {
            for row in wrap(text, columns.saturating_sub(2)) {
                rows.push(Row::of(Look::Plain, " ").with(look, row));
            }
        };
        say(Look::Role(Role::Title), "No draft yet.");
        let entries = self.entries();
        if entries.is_empty() {
            say(
                Look::Role(Role::Quiet),
                "The author reads the repository, asks what it can't know, and then writes the task here.",
            );
            return rows;
        }
        let quiet = Look::Role(Role::Quiet);
        say(
            quiet,
            "The author writes it from your answers. Each is in the task's file the moment you give it:",
        );
        say(quiet, "");
        for entry in entries {
            let id = &entry.question.id;
            let title = entry.question.title.as_deref();
            let title = title.unwrap_or(&entry.question.text);
            let (look, given) = match &entry.given {
                _ if self.is_being_kept(&entry.question.id) => (quiet, "being kept…".to_owned()),
                None => (quiet, "open".to_owned()),
                Some(Given::Answer { text } | Given::Default { text }) => {
                    (Look::Plain, text.clone())
                }
                Some(Given::Skip) => (quiet, "left to the author".to_owned()),
                Some(Given::Back { text }) => (quiet, format!("you ask: {text}")),
            };
            say(
                look,
                &format!("{id} {title} → {}", given.replace('\n', " ")),
            );
        }
        rows
    }
}
