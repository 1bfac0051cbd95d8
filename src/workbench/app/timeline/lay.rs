//! One thing of a timeline as rows.

use super::Entry;
use crate::text::{Role, SafeText, width, wrap};

/// The rows of a text that are shown of a folded thing: of what is said, and of anything else.
const SAID: usize = 12;
const TOLD: usize = 3;
/// The lines of a change that are shown of a folded thing.
const CHANGED: usize = 6;
/// The last lines that are shown of the output of something folded that went wrong.
const WRONG: usize = 4;
/// The most rows of one thing; opened it shows all.
const MOST: usize = 2_000;
/// The columns that a text must have beside how it went.
const LEAST: usize = 18;
/// The columns that are left for what counts while it goes on.
const COUNTS: usize = 9;

/// What a row of a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its first row: with the time, the word, and how it went.
    Head,
    /// The same, where how it went has a row of its own.
    Began,
    /// More of its text.
    Text,
    /// How it went, where there was no room for it in the first row.
    Went,
    /// A line that a change adds.
    Added,
    /// A line that a change takes out.
    Removed,
    /// The line over a part of a change.
    Hunk,
    /// Another line of a change.
    Context,
    /// A line of what came back.
    Output,
    /// So many rows are folded away here.
    Folded(usize),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// Its text, made safe.
    pub text: String,
}

/// The rows of a thing, with this many columns for its text.
pub(super) fn lay(entry: &Entry, columns: usize, open: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut hidden = text(entry, columns.max(8), open, &mut rows);
    hidden += change(entry, open, &mut rows);
    hidden += output(entry, open, &mut rows);
    if rows.len() > MOST {
        hidden += rows.len() - MOST;
        rows.truncate(MOST);
    }
    if hidden > 0 {
        rows.push(Row {
            kind: Kind::Folded(hidden),
            text: String::new(),
        });
    }
    rows
}

fn text(entry: &Entry, columns: usize, open: bool, rows: &mut Vec<Row>) -> usize {
    let line = &entry.line;
    let right = width(SafeText::line(&line.right).as_str());
    let right = if entry.open { right.max(COUNTS) } else { right };
    let beside = columns.saturating_sub(right + 2);
    // Where how it went leaves too little beside it, it gets a row of its own.
    let below = right > 0 && beside < LEAST.min(columns / 2) && !entry.open;
    let room = if right == 0 || below { columns } else { beside };
    let mut texts = Vec::new();
    for piece in line.text.lines() {
        texts.extend(wrap(SafeText::line(piece).as_str(), room));
    }
    let most = if matches!(line.word, "says" | "note") {
        SAID
    } else {
        TOLD
    };
    let hidden = fold(&mut texts, most, open);
    if texts.is_empty() {
        texts.push(String::new());
    }
    for (n, text) in texts.into_iter().enumerate() {
        let kind = match n {
            0 if below => Kind::Began,
            0 => Kind::Head,
            _ => Kind::Text,
        };
        rows.push(Row { kind, text });
    }
    if below {
        rows.push(Row {
            kind: Kind::Went,
            text: SafeText::line(&line.right).into_string(),
        });
    }
    hidden
}

fn change(entry: &Entry, open: bool, rows: &mut Vec<Row>) -> usize {
    let lines = entry.line.diff.iter().flat_map(|d| d.lines());
    let mut lines: Vec<&str> = lines
        .filter(|l| !l.starts_with("---") && !l.starts_with("+++"))
        .collect();
    let hidden = fold(&mut lines, CHANGED, open);
    for line in lines {
        let kind = match line.as_bytes().first() {
            Some(b'+') => Kind::Added,
            Some(b'-') => Kind::Removed,
            Some(b'@') => Kind::Hunk,
            _ => Kind::Context,
        };
        let text = SafeText::line(line).into_string();
        rows.push(Row { kind, text });
    }
    hidden
}

fn output(entry: &Entry, open: bool, rows: &mut Vec<Row>) -> usize {
    let Some(output) = &entry.line.output else {
        return 0;
    };
    let lines: Vec<&str> = output.lines().collect();
    let shown = match (open, entry.line.role) {
        (true, _) => lines.len(),
        // The end of what went wrong says what it was.
        (false, Role::Bad) if lines.len() <= WRONG + 1 => lines.len(),
        (false, Role::Bad) => WRONG,
        (false, _) => 0,
    };
    for line in &lines[lines.len() - shown..] {
        let text = SafeText::line(line).into_string();
        rows.push(Row {
            kind: Kind::Output,
            text,
        });
    }
    // What went well needs no word that it also said something.
    if shown == 0 { 0 } else { lines.len() - shown }
}

/// Cuts what is folded; how many are folded away. One is never folded: its row would be no less.
fn fold<T>(lines: &mut Vec<T>, most: usize, open: bool) -> usize {
    if open || lines.len() <= most + 1 {
        return 0;
    }
    let hidden = lines.len() - most;
    lines.truncate(most);
    hidden
}
