//! A change as rows: what git prints, or two texts, by file and hunk.
//!
//! Reading is quick and keeps every line; rows are made when they are asked for
//! ([`layout::Layout`]), with the words that differ. The colours of the code take the most time, so they
//! are found apart ([`colour()`]). What can't be read as a change is kept as it is and shown plain.

mod colour;
mod layout;
mod parse;
mod words;

use super::code::Marks;
use super::{Look, Row};
use crate::text::Role;
use similar::TextDiff;

pub use colour::{colour, colour_to};
pub use layout::{Layout, Style};
pub use parse::parse;

/// So many unchanged lines stand around a change.
const CONTEXT: usize = 3;
/// Side by side needs at least so many columns.
pub const SIDES_FROM: usize = 120;
/// Texts of more lines than this are compared by nothing but their common beginning and end.
const MOST_COMPARED: usize = 100_000;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Its content changed, or only its mode.
    #[default]
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has another name now.
    Renamed,
    /// It was made from another.
    Copied,
}

/// A line's part in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is as it was.
    Same,
    /// It is new.
    Added,
    /// It went.
    Removed,
}

/// A line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its part in the change.
    pub sign: Sign,
    /// Its number before, counted from 1; for a new line that of the next old one.
    pub old: usize,
    /// Its number now, counted from 1; for a line that went that of the next one there is.
    pub new: usize,
    /// Its text, not made safe.
    pub text: String,
    /// Whether the file ends with it, without a line break.
    pub unended: bool,
    /// Its colours, once they were found ([`colour()`]).
    pub marks: Marks,
}

/// Lines of a file that changed, with some around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hunk {
    /// Its head as git writes it: `@@ -1,4 +1,5 @@ fn a()`.
    pub head: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A file that changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Its path now; that before, where it is gone. Empty: what stands in no file.
    pub path: String,
    /// Its path before, where that was another.
    pub old_path: Option<String>,
    /// What became of it.
    pub kind: Kind,
    /// Its mode before and now, where they differ.
    pub modes: Option<(String, String)>,
    /// Whether its content is no text.
    pub binary: bool,
    /// How many lines are new.
    pub added: usize,
    /// How many lines went.
    pub removed: usize,
    /// What changed, from top to bottom.
    pub hunks: Vec<Hunk>,
    /// Lines that could not be read as a change.
    pub others: Vec<String>,
}

impl File {
    /// The folder it is in, without a slash at the end; empty at the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether it is the same change, whatever colours were found of its code.
    pub fn is_like(&self, other: &Self) -> bool {
        let head = |f: &Self| {
            let modes = f.modes.clone();
            (f.kind, f.binary, f.added, f.removed, modes, f.hunks.len())
        };
        let lines = |a: &Line, b: &Line| {
            (a.sign, a.old, a.new, a.unended) == (b.sign, b.old, b.new, b.unended)
                && a.text == b.text
        };
        let hunks = |(a, b): (&Hunk, &Hunk)| {
            a.head == b.head
                && a.lines.len() == b.lines.len()
                && a.lines.iter().zip(&b.lines).all(|(a, b)| lines(a, b))
        };
        head(self) == head(other)
            && self.path == other.path
            && self.old_path == other.old_path
            && self.others == other.others
            && self.hunks.iter().zip(&other.hunks).all(hunks)
    }

    /// The mark of what became of it, as git's short status has it.
    pub fn mark(&self) -> &'static str {
        match self.kind {
            Kind::Changed => "M",
            Kind::Added => "A",
            Kind::Deleted => "D",
            Kind::Renamed => "R",
            Kind::Copied => "C",
        }
    }

    /// One row that says which file it is, and how much of it changed.
    pub fn title(&self) -> Row {
        let role = match self.kind {
            Kind::Added | Kind::Copied => Role::Good,
            Kind::Deleted => Role::Bad,
            Kind::Changed | Kind::Renamed => Role::Name,
        };
        let mut row = Row::of(Look::Role(role), format!("{} ", self.mark()));
        if let Some(old) = &self.old_path {
            row = row.with(Look::Role(Role::Quiet), format!("{old} → "));
        }
        row = row.with(Look::Strong, &self.path);
        if self.added > 0 {
            row = row.with(Look::Role(Role::Good), format!("  +{}", self.added));
        }
        if self.removed > 0 {
            row = row.with(Look::Role(Role::Bad), format!("  -{}", self.removed));
        }
        row
    }

    /// What there is to say of it beside its lines.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some((old, new)) = &self.modes {
            remarks.push(format!("mode {old} → {new}"));
        }
        if self.binary {
            remarks.push("binary file".to_owned());
        }
        if self.hunks.is_empty() && remarks.is_empty() && self.others.is_empty() {
            remarks.push(match self.kind {
                Kind::Renamed | Kind::Copied => "the content is the same".to_owned(),
                Kind::Added | Kind::Deleted => "empty file".to_owned(),
                Kind::Changed => "no line differs".to_owned(),
            });
        }
        remarks
    }

    /// All its rows below its title, for changes of a usual size.
    pub fn rows(&self, columns: usize, style: Style) -> Vec<Row> {
        let layout = Layout::new(self, columns, style);
        layout.rows(self, 0..layout.len())
    }
}

/// The change from one text to another; `path` tells whose it is.
pub fn between(path: &str, old: &str, new: &str) -> File {
    let mut file = File {
        path: path.to_owned(),
        ..File::default()
    };
    let lines = |text: &str| text.lines().count();
    if lines(old).max(lines(new)) > MOST_COMPARED {
        replace(&mut file, old, new);
        return file;
    }
    let diff = TextDiff::from_lines(old, new);
    for group in diff.grouped_ops(CONTEXT) {
        let mut hunk = Hunk::default();
        let (mut olds, mut news) = (0, 0);
        let first = group.first().map(|op| (op.old_range(), op.new_range()));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                similar::ChangeTag::Equal => Sign::Same,
                similar::ChangeTag::Insert => Sign::Added,
                similar::ChangeTag::Delete => Sign::Removed,
            };
            let at = first.clone().unwrap_or_default();
            let line = Line {
                sign,
                old: at.0.start + olds + 1,
                new: at.1.start + news + 1,
                text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
                unended: change.missing_newline(),
                marks: Marks::new(),
            };
            olds += usize::from(sign != Sign::Added);
            news += usize::from(sign != Sign::Removed);
            hunk.lines.push(line);
        }
        let (at, now) = first.unwrap_or_default();
        let start = |start: usize, count: usize| start + usize::from(count > 0);
        hunk.head = format!(
            "@@ -{},{olds} +{},{news} @@",
            start(at.start, olds),
            start(now.start, news)
        );
        file.take(hunk);
    }
    file
}

/// A change too large to be looked into: what is between the common beginning and end.
fn replace(file: &mut File, old: &str, new: &str) {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let least = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev());
    let tail = ends.take(least).take_while(|(a, b)| a == b).count();
    let line = |sign, old, new, text: &str| Line {
        sign,
        old,
        new,
        text: text.to_owned(),
        unended: false,
        marks: Marks::new(),
    };
    let gone = old.get(head..old.len() - tail).unwrap_or_default();
    let come = new.get(head..new.len() - tail).unwrap_or_default();
    let mut hunk = Hunk {
        head: format!(
            "@@ -{},{} +{},{} @@",
            head + 1,
            gone.len(),
            head + 1,
            come.len()
        ),
        lines: Vec::new(),
    };
    for (n, text) in gone.iter().enumerate() {
        let one = line(Sign::Removed, head + n + 1, head + 1, text);
        hunk.lines.push(one);
    }
    for (n, text) in come.iter().enumerate() {
        let one = line(Sign::Added, head + gone.len() + 1, head + n + 1, text);
        hunk.lines.push(one);
    }
    if !hunk.lines.is_empty() {
        file.take(hunk);
    }
}

impl File {
    /// Takes a hunk in, and counts its lines.
    fn take(&mut self, hunk: Hunk) {
        let count = |sign| hunk.lines.iter().filter(|l| l.sign == sign).count();
        self.added += count(Sign::Added);
        self.removed += count(Sign::Removed);
        self.hunks.push(hunk);
    }
}

#[cfg(test)]
mod tests;
