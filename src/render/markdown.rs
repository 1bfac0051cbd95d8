//! A markdown document as rows.
//!
//! The document is read once for where its blocks are, which is quick; a block is laid out when
//! its rows are asked for. What is appended is read from the last block on.

mod blocks;
mod code;
mod front;
mod inline;
mod lay;
mod table;

use super::Row;
use super::code::Colours;
use blocks::{Known, Unit};
use std::ops::Range;
use std::sync::Arc;

pub use code::colours;

/// Documents above this many bytes are shown as plain text from there on.
pub const MOST_BYTES: usize = 4 << 20;

/// A heading of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Its depth, 1 the highest.
    pub level: u8,
    /// Its text, not made safe.
    pub text: String,
    /// The line of the source it stands on, counted from 1.
    pub line: usize,
}

/// A markdown document, laid out as far as someone looked.
#[derive(Debug, Clone, Default)]
pub struct Page {
    text: String,
    folder: String,
    columns: usize,
    /// The colours of its code; `None`: they are found as it is laid out.
    colours: Option<Arc<Colours>>,
    units: Vec<Unit>,
    known: Known,
    /// The rows of the first units.
    laid: Vec<Vec<Row>>,
    /// How many rows stand before each unit that is laid out, and before the next one.
    starts: Vec<usize>,
}

/// Whether a file of this name is a markdown document.
pub fn is_markdown(name: &str) -> bool {
    let end = name.rsplit('.').next().unwrap_or_default();
    ["md", "markdown"].contains(&end.to_ascii_lowercase().as_str())
}

/// All rows of a markdown text at this many columns.
pub fn page(text: &str, columns: usize) -> Vec<Row> {
    let mut page = Page::new(text, columns);
    page.lay_all();
    page.laid.into_iter().flatten().collect()
}

impl Page {
    /// A document to be laid out for this many columns. Nothing is laid out yet.
    pub fn new(text: impl Into<String>, columns: usize) -> Self {
        let mut page = Self {
            columns: columns.max(1),
            starts: vec![0],
            ..Self::default()
        };
        page.append(&text.into());
        page
    }

    /// The same document as one in this folder of its tree (empty: the root): links to files lead
    /// from there.
    #[must_use]
    pub fn in_folder(mut self, folder: &str) -> Self {
        folder.clone_into(&mut self.folder);
        self.forget(0);
        self
    }

    /// The same document with these colours for its blocks of code, and no others: none are looked
    /// for while it is laid out.
    #[must_use]
    pub fn coloured(mut self, colours: Arc<Colours>) -> Self {
        self.colours = Some(colours);
        self.forget(0);
        self
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The columns it is laid out for.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Lays it out for other columns; nothing of it is laid out then.
    pub fn resize(&mut self, columns: usize) {
        let columns = columns.max(1);
        if columns != self.columns {
            self.columns = columns;
            self.forget(0);
        }
    }

    /// Adds text at its end. Only the last block is laid out again, unless the text tells where
    /// links or footnotes of earlier blocks lead.
    pub fn append(&mut self, text: &str) {
        self.text.push_str(text);
        let from = blocks::reopen(&self.text, &mut self.units);
        let tail = blocks::read(&self.text, from);
        let changed = self.known.replace(tail.known, from.offset);
        self.units.extend(tail.units);
        self.forget(if changed { 0 } else { from.unit });
    }

    fn forget(&mut self, unit: usize) {
        self.laid.truncate(unit);
        self.starts.truncate(unit + 1);
        if self.starts.is_empty() {
            self.starts.push(0);
        }
    }

    /// Lays it out until it has this many rows, or to its end.
    pub fn lay_to(&mut self, rows: usize) {
        while self.laid() < rows && self.lay_next() {}
    }

    /// Lays all of it out, and says how many rows it has.
    pub fn lay_all(&mut self) -> usize {
        while self.lay_next() {}
        self.laid()
    }

    fn lay_next(&mut self) -> bool {
        let n = self.laid.len();
        let Some(unit) = self.units.get(n) else {
            return false;
        };
        let place = lay::Place {
            known: &self.known,
            folder: &self.folder,
            columns: self.columns,
            colours: self.colours.as_deref(),
        };
        let mut rows = lay::unit(&self.text, unit, place);
        if n > 0 && unit.gap && !rows.is_empty() {
            let before = self.laid.last().and_then(|r| r.last()?.line);
            let line = before.unwrap_or(1).max(unit.line.saturating_sub(1));
            rows.insert(0, Row::empty().from_line(line));
        }
        self.starts.push(self.laid() + rows.len());
        self.laid.push(rows);
        true
    }

    /// How many rows are laid out.
    pub fn laid(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether all of it is laid out: then [`Page::laid`] is its number of rows.
    pub fn is_whole(&self) -> bool {
        self.laid.len() == self.units.len()
    }

    /// The rows with these numbers, counted from 0, as far as they are laid out.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = &Row> {
        let unit = self.starts.partition_point(|s| *s <= range.start);
        let unit = unit.saturating_sub(1);
        let skip = range.start - self.starts.get(unit).copied().unwrap_or(0).min(range.start);
        let rows = self.laid.iter().skip(unit).flatten();
        rows.skip(skip).take(range.end.saturating_sub(range.start))
    }

    /// A row that is laid out.
    pub fn row(&self, n: usize) -> Option<&Row> {
        self.rows(n..n.saturating_add(1)).next()
    }

    /// Lays it out as far as the row of this source line (counted from 1), and says which row that
    /// is: the last one that begins on that line or before it.
    pub fn row_of(&mut self, line: usize) -> usize {
        let unit = self.units.partition_point(|u| u.line <= line);
        while self.laid.len() < unit && self.lay_next() {}
        let unit = unit.saturating_sub(1);
        let start = self.starts.get(unit).copied().unwrap_or(0);
        let Some(rows) = self.laid.get(unit) else {
            return 0;
        };
        let before = |row: &Row| row.line.is_some_and(|l| l <= line);
        let last = rows.iter().rposition(before).unwrap_or(0);
        // Of the rows of one line the first is its beginning.
        let at = rows.get(last).and_then(|r| r.line);
        let same = rows.iter().take(last + 1).rev();
        let more = same.take_while(|r| r.line == at).count().max(1);
        start + last + 1 - more
    }

    /// Its headings.
    pub fn headings(&self) -> &[Heading] {
        &self.known.headings
    }

    /// How many lines its text has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

#[cfg(test)]
mod tests;
