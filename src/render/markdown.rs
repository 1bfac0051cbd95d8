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

/// A text, and where the blocks of it are.
#[derive(Debug, Clone, Default)]
pub struct Document {
    text: String,
    units: Vec<Unit>,
    known: Known,
    /// Whether more follows that is not read yet.
    cut: bool,
}

/// Its blocks follow from its text.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.cut == other.cut
    }
}

impl Eq for Document {}

impl Document {
    /// Reads a markdown text for where its blocks are.
    pub fn new(text: impl Into<String>) -> Self {
        let mut document = Self::plain(text);
        let tail = blocks::read(&document.text, blocks::From::default());
        document.known = tail.known;
        document.units = tail.units;
        document
    }

    /// The beginning of a long markdown text: its lines within the first so many bytes. `None`: that
    /// is all of it.
    pub fn head(text: &str, bytes: usize) -> Option<Self> {
        let limit = text.floor_char_boundary(bytes);
        let end = text.get(..limit)?.rfind('\n')? + 1;
        let mut document = Self::new(text.get(..end)?);
        document.cut = true;
        (end < text.len()).then_some(document)
    }

    /// Whether it is only the beginning of one ([`Document::head`]).
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// A text that is shown as it is written: it has no blocks.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes text in at its end; says from which unit on its rows may be others than before.
    fn append(&mut self, text: &str) -> usize {
        self.text.push_str(text);
        let from = blocks::reopen(&self.text, &mut self.units);
        let tail = blocks::read(&self.text, from);
        let changed = self.known.replace(tail.known, from.offset);
        self.units.extend(tail.units);
        if changed { 0 } else { from.unit }
    }
}

/// What a document is laid out with.
#[derive(Debug, Clone, Default)]
struct Setting {
    document: Arc<Document>,
    folder: String,
    columns: usize,
    /// The colours of its code; `None`: they are found as it is laid out.
    colours: Option<Arc<Colours>>,
}

impl Setting {
    /// The rows of a unit; `before`: the line of the last row above them. `None`: there are no more.
    fn unit(&self, n: usize, before: Option<usize>) -> Option<Vec<Row>> {
        let document = &*self.document;
        let unit = document.units.get(n)?;
        let place = lay::Place {
            known: &document.known,
            folder: &self.folder,
            columns: self.columns,
            colours: self.colours.as_deref(),
        };
        let mut rows = lay::unit(&document.text, unit, place);
        if n > 0 && unit.gap && !rows.is_empty() {
            let line = before.unwrap_or(1).max(unit.line.saturating_sub(1));
            rows.insert(0, Row::empty().from_line(line));
        }
        Some(rows)
    }
}

/// The rows of a document from its beginning on, a block at a time; no block is kept.
#[derive(Debug, Clone)]
pub struct Blocks {
    setting: Setting,
    next: usize,
    /// The line of the last row so far.
    line: Option<usize>,
}

impl Blocks {
    /// Of a document in this folder of its tree, at this many columns, with these colours for its
    /// code and no others.
    pub fn of(
        document: Arc<Document>,
        folder: &str,
        columns: usize,
        colours: Arc<Colours>,
    ) -> Self {
        Self {
            setting: Setting {
                document,
                folder: folder.to_owned(),
                columns: columns.max(1),
                colours: Some(colours),
            },
            next: 0,
            line: None,
        }
    }

    /// Whether there are no more.
    pub fn is_over(&self) -> bool {
        self.next >= self.setting.document.units.len()
    }
}

impl Iterator for Blocks {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Vec<Row>> {
        let rows = self.setting.unit(self.next, self.line)?;
        self.next += 1;
        self.line = rows.last().and_then(|r| r.line);
        Some(rows)
    }
}

/// A markdown document, laid out as far as someone looked.
#[derive(Debug, Clone, Default)]
pub struct Page {
    setting: Setting,
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
        Self {
            setting: Setting {
                document: Arc::new(Document::new(text)),
                columns: columns.max(1),
                ..Setting::default()
            },
            laid: Vec::new(),
            starts: vec![0],
        }
    }

    /// The same document as one in this folder of its tree (empty: the root): links to files lead
    /// from there.
    #[must_use]
    pub fn in_folder(mut self, folder: &str) -> Self {
        folder.clone_into(&mut self.setting.folder);
        self.forget(0);
        self
    }

    /// The same document with these colours for its blocks of code, and no others: none are looked
    /// for while it is laid out.
    #[must_use]
    pub fn coloured(mut self, colours: Arc<Colours>) -> Self {
        self.setting.colours = Some(colours);
        self.forget(0);
        self
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.setting.document.text()
    }

    /// The columns it is laid out for.
    pub fn columns(&self) -> usize {
        self.setting.columns
    }

    /// Lays it out for other columns; nothing of it is laid out then.
    pub fn resize(&mut self, columns: usize) {
        let columns = columns.max(1);
        if columns != self.setting.columns {
            self.setting.columns = columns;
            self.forget(0);
        }
    }

    /// Adds text at its end. Only the last block is laid out again, unless the text tells where
    /// links or footnotes of earlier blocks lead.
    pub fn append(&mut self, text: &str) {
        let from = Arc::make_mut(&mut self.setting.document).append(text);
        self.forget(from);
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
        let before = self.laid.last().and_then(|r| r.last()?.line);
        let Some(rows) = self.setting.unit(self.laid.len(), before) else {
            return false;
        };
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
        self.laid.len() == self.setting.document.units.len()
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
        let units = &self.setting.document.units;
        let unit = units.partition_point(|u| u.line <= line);
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
        &self.setting.document.known.headings
    }

    /// How many lines its text has.
    pub fn lines(&self) -> usize {
        self.text().lines().count()
    }
}

#[cfg(test)]
mod tests;
