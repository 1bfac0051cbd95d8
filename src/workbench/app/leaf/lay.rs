//! The rows of a sheet, made a slice at a time: the first screen of a long document does not wait
//! for its end.

use super::Leads;
use super::change::Making;
use crate::records::papers::{Line, Sheet};
use crate::render::code::Colours;
use crate::render::markdown::{self, Blocks, Document};
use crate::render::source::{Source, View};
use crate::render::{Look, Row, Span};
use std::sync::Arc;

/// How many rows are made at a time, and a few more: a key never waits for longer than that.
const SLICE: usize = 256;

/// Rows that were laid out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    /// The rows.
    pub(super) told: Vec<Row>,
    /// Where each of them leads, beside what its pieces say.
    pub(super) links: Vec<Option<Leads>>,
    /// The rows of the page at which files of a change begin, with the path of each.
    pub(super) files: Vec<(usize, String)>,
}

impl Rows {
    fn plain(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut all = Self::default();
        for row in rows {
            all.push(row, None);
        }
        all
    }

    /// Those of lines that say where they lead.
    pub(super) fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut all = Self::default();
        for line in lines {
            all.push(line.row, line.to.map(|paper| Leads::Paper(paper, None)));
        }
        all
    }

    /// One more row, with where it leads.
    pub(super) fn push(&mut self, row: Row, leads: Option<Leads>) {
        self.told.push(row);
        self.links.push(leads);
    }

    /// The rows that follow.
    pub(super) fn and(&mut self, more: Self) {
        self.told.extend(more.told);
        self.links.extend(more.links);
        self.files.extend(more.files);
    }
}

/// What makes the rows of a sheet.
#[derive(Debug, Clone)]
pub(super) enum Maker {
    /// A document's.
    Rendered(Blocks),
    /// A text's as it is written.
    Written(Box<Written>),
    /// A change's.
    Change(Box<Making>),
}

/// A text as it is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    document: Arc<Document>,
    source: Source,
    view: View,
    /// The part of a line that comes next.
    next: usize,
}

impl Maker {
    /// For a text: rendered, or as it is written (`source`).
    pub(super) fn text(
        name: &str,
        document: &Arc<Document>,
        colours: &Arc<Colours>,
        columns: usize,
        source: bool,
    ) -> Self {
        if source || !markdown::is_markdown(name) {
            let source = Source::coloured(name, document.text(), colours);
            let view = View {
                columns,
                wrap: true,
                left: 0,
            };
            return Self::Written(Box::new(Written {
                document: document.clone(),
                source,
                view,
                next: 0,
            }));
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let columns = columns.saturating_sub(1);
        Self::Rendered(Blocks::of(
            document.clone(),
            folder,
            columns,
            colours.clone(),
        ))
    }

    /// For a sheet that may be long; `None`: it is none.
    pub(super) fn of(sheet: &Sheet, columns: usize, source: bool) -> Option<Self> {
        match sheet {
            Sheet::Text {
                name,
                document,
                colours,
            } => Some(Self::text(name, document, colours, columns, source)),
            Sheet::Patch {
                what,
                change,
                files,
            } => {
                let columns = columns.saturating_sub(1);
                let making = Making::new(what, change.as_deref(), files, columns);
                Some(Self::Change(Box::new(making)))
            }
            Sheet::Large(_) | Sheet::Lines(_) | Sheet::Gate(_) => None,
        }
    }

    /// Whether the lines of its rows never run back.
    pub(super) fn is_in_order(&self) -> bool {
        !matches!(self, Self::Change(_))
    }

    /// The next rows, and whether there are no more after them.
    pub(super) fn slice(&mut self) -> (Rows, bool) {
        match self {
            Self::Rendered(blocks) => {
                let mut rows = Vec::new();
                while rows.len() < SLICE
                    && let Some(block) = blocks.next()
                {
                    rows.extend(block.iter().map(indented));
                }
                (Rows::plain(rows), blocks.is_over())
            }
            Self::Written(text) => {
                let parts = text.next..text.next + SLICE;
                text.next = parts.end;
                let rows = text.source.rows_of(&text.document.text(), parts, text.view);
                let is_over = text.next >= text.source.index().parts();
                (Rows::plain(rows), is_over)
            }
            Self::Change(making) => {
                let mut rows = making.slice(SLICE);
                for row in &mut rows.told {
                    *row = indented(row);
                }
                (rows, making.is_over())
            }
        }
    }
}

/// A row with a column of air at its left.
pub(super) fn indented(row: &Row) -> Row {
    let mut row = row.clone();
    row.spans.insert(0, Span::new(Look::Plain, " "));
    row
}
