//! A block of a document, laid out.

use super::blocks::{Kind, Known, SYNTAX, Unit, depth_of, is_blank_before};
use super::inline::{self, Inline};
use super::table::Table;
use super::{code, front};
use crate::render::code::Colours;
use crate::render::flow::{Flowed, Piece, flow};
use crate::render::{Look, Row, Span};
use crate::text::{Role, width};
use pulldown_cmark::{
    BlockQuoteKind, BrokenLink, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd,
};
use std::ops::Range;

/// Text never gets less than this part of the columns: what is nested deeper is not moved in.
const LEAST_PART: usize = 4;

/// What a part of a document is laid out with.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// What the rest of the document says.
    pub known: &'a Known,
    /// The folder that links lead from.
    pub folder: &'a str,
    /// The columns there are.
    pub columns: usize,
    /// The colours of code; `None`: they are to be found.
    pub colours: Option<&'a Colours>,
}

/// The rows of one part of a document.
pub fn unit(text: &str, unit: &Unit, place: Place<'_>) -> Vec<Row> {
    let columns = place.columns;
    let part = text.get(unit.range.clone()).unwrap_or_default();
    let mut lay = Layer::new(part, unit, place);
    match unit.kind {
        Kind::Front => {
            let mut rows = front::rows(part, columns);
            for row in &mut rows {
                row.line += unit.line - 1;
            }
            let last = rows.last().map_or(unit.line, |r| r.line);
            lay.emit(rows, None);
            lay.rule(last);
        }
        Kind::Plain => {
            for (n, line) in part.lines().enumerate() {
                let piece = Piece::new(line, Look::Plain, None, unit.line + n);
                lay.emit(flow(&[piece], columns), None);
            }
        }
        Kind::Note => lay.markdown(SYNTAX),
        // References to footnotes whose text stands in another block are to be seen here too.
        Kind::Block | Kind::Item(_) => lay.markdown(SYNTAX | Options::ENABLE_OLD_FOOTNOTES),
    }
    lay.rows
}

/// A block around others: what stands at the left of its rows.
struct Frame {
    /// Before its first row, until that is there.
    first: Option<Span>,
    /// Before its other rows.
    rest: Span,
    columns: usize,
}

struct Layer<'a> {
    part: &'a str,
    unit: &'a Unit,
    known: &'a Known,
    columns: usize,
    colours: Option<&'a Colours>,
    /// Where the lines of the part end.
    ends: Vec<usize>,
    frames: Vec<Frame>,
    /// The next number of each list around, innermost last.
    lists: Vec<Option<u64>>,
    inline: Inline<'a>,
    code: Option<(String, Vec<(usize, String)>)>,
    table: Option<Table>,
    rows: Vec<Row>,
}

impl<'a> Layer<'a> {
    fn new(part: &'a str, unit: &'a Unit, place: Place<'a>) -> Self {
        let Place { known, folder, .. } = place;
        let ends = part.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Self {
            part,
            unit,
            known,
            columns: place.columns,
            colours: place.colours,
            ends: ends.map(|(n, _)| n).collect(),
            frames: Vec::new(),
            lists: Vec::new(),
            inline: Inline::new(known, folder),
            code: None,
            table: None,
            rows: Vec::new(),
        }
    }

    /// The line of the source of a byte of the part.
    fn line(&self, offset: usize) -> usize {
        self.unit.line + self.ends.partition_point(|end| *end < offset)
    }

    fn markdown(&mut self, syntax: Options) {
        let known = self.known;
        let part = self.part;
        let mut elsewhere = |link: BrokenLink<'_>| -> Option<(CowStr<'a>, CowStr<'a>)> {
            let to = known.link(&link.reference)?;
            Some((CowStr::from(to), CowStr::from("")))
        };
        let parser = Parser::new_with_broken_link_callback(part, syntax, Some(&mut elsewhere));
        for (event, range) in parser.into_offset_iter() {
            self.event(event, &range);
        }
        self.end_text();
    }

    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        let line = self.line(range.start);
        match event {
            Event::Start(tag) => self.start(tag, range, line),
            Event::End(tag) => self.end(tag, line),
            Event::Text(text) => match &mut self.code {
                Some((_, lines)) => take_lines(lines, &text, line),
                None => self.inline.text(&text, line),
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.inline.code(&text, line);
            }
            Event::InlineHtml(text) => self.inline.html(&text, line),
            Event::Html(text) => {
                for (n, html) in text.lines().enumerate() {
                    let quiet = Look::Role(Role::Quiet);
                    let piece = Piece::new(html.trim_end(), quiet, None, line + n);
                    let rows = flow(&[piece], self.room());
                    self.emit(rows, None);
                }
            }
            Event::FootnoteReference(label) => self.inline.note(&label, line),
            Event::SoftBreak => self.inline.put(" ", line),
            Event::HardBreak => self.inline.break_row(line),
            Event::Rule => {
                self.block(range);
                self.rule(line);
            }
            Event::TaskListMarker(done) => self.task(done, line),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>, line: usize) {
        match tag {
            Tag::Paragraph => {
                self.block(range);
                self.base();
            }
            Tag::Heading { level, .. } => {
                self.block(range);
                self.inline.begin(Look::Heading(depth_of(level)));
            }
            Tag::BlockQuote(kind) => self.quote(kind, range, line),
            Tag::CodeBlock(kind) => {
                self.block(range);
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, Vec::new()));
            }
            Tag::HtmlBlock => self.block(range),
            Tag::List(number) => {
                self.end_text();
                self.lists.push(number);
            }
            Tag::Item => self.item(range),
            Tag::FootnoteDefinition(label) => {
                self.block(range);
                let mark = format!("[{}] ", crate::text::SafeText::line(&label));
                let mark = Span::new(Look::Mark, mark);
                let room = width(mark.text());
                self.push_frame(mark, " ".repeat(room.min(4)), Look::Plain);
            }
            Tag::Table(aligned) => {
                self.block(range);
                self.table = Some(Table::new(aligned));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.begin_row(line);
                }
            }
            Tag::TableCell => {}
            Tag::Emphasis => self.inline.begin(Look::Emphasis),
            Tag::Strong => self.inline.begin(Look::Strong),
            Tag::Strikethrough => self.inline.begin(Look::Struck),
            Tag::Link { dest_url, .. } => self.inline.begin_link(&dest_url),
            Tag::Image { dest_url, .. } => self.inline.begin_image(&dest_url, line),
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.inline.begin(Look::Plain),
        }
    }

    fn end(&mut self, tag: TagEnd, line: usize) {
        match tag {
            TagEnd::Paragraph => {
                self.inline.end(line);
                self.end_text();
            }
            TagEnd::Heading(level) => {
                self.inline.end(line);
                self.heading(depth_of(level));
            }
            TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => self.end_frame(line),
            TagEnd::CodeBlock => {
                if let Some((language, lines)) = self.code.take() {
                    let rows = code::rows(&language, &lines, line, self.room(), self.colours);
                    for row in rows {
                        self.push(row);
                    }
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                self.end_text();
                self.end_frame(line);
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let rows = table.rows(self.room());
                    self.emit(rows, None);
                }
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::HtmlBlock | TagEnd::TableHead | TagEnd::TableRow => {}
            _ => self.inline.end(line),
        }
    }

    /// Before a block: ends the text before it, and leaves a row free where the source does.
    fn block(&mut self, range: &Range<usize>) {
        self.end_text();
        let head = self.part.get(..range.start).unwrap_or_default();
        let start = head.rfind('\n').map_or(0, |n| n + 1);
        let begun = self.frames.iter().any(|f| f.first.is_some());
        let Some(before) = self.rows.last().and_then(|r| r.line) else {
            return;
        };
        if !begun && is_blank_before(self.part, start) {
            let line = before.max(self.line(start).saturating_sub(1));
            self.push(Row::empty().from_line(line));
        }
    }

    /// The look of a paragraph.
    fn base(&mut self) {
        let quoted = self.frames.iter().any(|f| f.rest.look == Look::Quote);
        let look = if quoted { Look::Quote } else { Look::Plain };
        self.inline.begin(look);
    }

    fn quote(&mut self, kind: Option<BlockQuoteKind>, range: &Range<usize>, line: usize) {
        self.block(range);
        let bar = Span::new(Look::Quote, "│ ");
        self.push_frame(bar, "│ ".to_owned(), Look::Quote);
        let (look, word) = match kind {
            None => return,
            Some(BlockQuoteKind::Note) => (Role::Name, "Note"),
            Some(BlockQuoteKind::Tip) => (Role::Good, "Tip"),
            Some(BlockQuoteKind::Important) => (Role::Attention, "Important"),
            Some(BlockQuoteKind::Warning) => (Role::Attention, "Warning"),
            Some(BlockQuoteKind::Caution) => (Role::Bad, "Caution"),
        };
        let piece = Piece::new(word, Look::Role(look), None, line);
        self.emit(flow(&[piece], self.room()), None);
    }

    fn item(&mut self, range: &Range<usize>) {
        self.block(range);
        let nested = self.lists.len().saturating_sub(1);
        let number = match (self.unit.kind, self.lists.last_mut()) {
            (Kind::Item(number), _) if nested == 0 => number,
            (_, Some(Some(number))) => {
                let this = *number;
                *number = number.saturating_add(1);
                Some((this, 1))
            }
            _ => None,
        };
        let mark = match number {
            Some((number, wide)) => format!("{number:>wide$}. "),
            None => match nested {
                0 => "• ".to_owned(),
                1 => "◦ ".to_owned(),
                _ => "- ".to_owned(),
            },
        };
        let mark = Span::new(Look::Mark, mark);
        let hang = " ".repeat(width(mark.text()));
        self.push_frame(mark, hang, Look::Plain);
    }

    /// Puts the box of a task where the bullet would be.
    fn task(&mut self, done: bool, line: usize) {
        let numbered = matches!(self.unit.kind, Kind::Item(Some(_))) && self.lists.len() == 1
            || matches!(self.lists.last(), Some(Some(_)));
        let open = self.frames.last_mut().and_then(|f| f.first.as_mut());
        match open {
            Some(first) if !numbered => {
                let (mark, look) = inline::task(done);
                *first = Span::new(look, mark);
            }
            _ => self.inline.task(done, line),
        }
    }

    fn push_frame(&mut self, first: Span, rest: String, look: Look) {
        let rest = Span::new(look, rest);
        let columns = width(first.text()).max(width(rest.text()));
        let fits = self.room() >= columns + (self.columns / LEAST_PART).max(LEAST_PART);
        self.frames.push(Frame {
            first: fits.then_some(first),
            columns: if fits { columns } else { 0 },
            rest: if fits { rest } else { Span::new(look, "") },
        });
    }

    /// Ends a block around others; one without text shows at least its mark.
    fn end_frame(&mut self, line: usize) {
        if self.frames.last().is_some_and(|f| f.first.is_some()) {
            self.push(Row::empty().from_line(line));
        }
        self.frames.pop();
    }

    /// The columns for text within all blocks around.
    fn room(&self) -> usize {
        let taken: usize = self.frames.iter().map(|f| f.columns).sum();
        self.columns.saturating_sub(taken).max(1)
    }

    /// Lays out the running text that was gathered.
    fn end_text(&mut self) {
        if !self.inline.is_empty() {
            let pieces = self.inline.take();
            let rows = flow(&pieces, self.room());
            self.emit(rows, None);
        }
    }

    fn heading(&mut self, level: u8) {
        let pieces = self.inline.take();
        let mark = if level == 2 && self.room() > 8 {
            "▎ "
        } else {
            ""
        };
        let mut rows = flow(&pieces, self.room() - width(mark));
        let wide = |r: &Flowed| r.spans.iter().map(|s| width(s.text())).sum();
        let wide: usize = rows.iter().map(wide).max().unwrap_or(0);
        let line = rows.last().map_or(self.unit.line, |r| r.line);
        if !mark.is_empty() {
            for row in &mut rows {
                row.spans.insert(0, Span::new(Look::Heading(level), mark));
            }
        }
        self.emit(rows, None);
        if level == 1 && wide > 0 {
            let under = "━".repeat(wide.min(self.room()));
            self.push(Row::of(Look::Heading(1), under).from_line(line));
        }
    }

    fn rule(&mut self, line: usize) {
        let rule = "─".repeat(self.room());
        self.push(Row::of(Look::Mark, rule).from_line(line));
    }

    fn emit(&mut self, rows: Vec<Flowed>, ground: Option<Look>) {
        for row in rows {
            self.push(Row {
                spans: row.spans,
                line: Some(row.line),
                went: None,
                ground,
            });
        }
    }

    /// Puts a row behind what stands at the left of it. Rows never run back in the source.
    fn push(&mut self, mut row: Row) {
        let mut spans = Vec::with_capacity(self.frames.len() + row.spans.len());
        for frame in &mut self.frames {
            if frame.columns > 0 {
                spans.push(
                    frame
                        .first
                        .take()
                        .map_or_else(|| frame.rest.clone(), |first| fill(first, frame.columns)),
                );
            }
        }
        spans.append(&mut row.spans);
        if row.ground.is_none() {
            trim_end(&mut spans);
        }
        row.spans = spans;
        let before = self.rows.last().and_then(|r| r.line);
        let line = row.line.unwrap_or(self.unit.line);
        row.line = Some(line.max(before.unwrap_or(self.unit.line)));
        self.rows.push(row);
    }
}

/// Takes the spaces off that nobody sees.
fn trim_end(spans: &mut Vec<Span>) {
    while let Some(last) = spans.last_mut() {
        let seen = last.text().trim_end_matches(' ');
        if seen.len() == last.text().len() {
            return;
        }
        if !seen.is_empty() {
            let mut cut = Span::new(last.look, seen);
            cut.target = last.target.take();
            *last = cut;
            return;
        }
        spans.pop();
    }
}

/// A mark in as many columns as the rows below it are moved in.
fn fill(mark: Span, columns: usize) -> Span {
    let missing = columns.saturating_sub(width(mark.text()));
    if missing == 0 {
        return mark;
    }
    Span::new(mark.look, format!("{}{}", mark.text(), " ".repeat(missing)))
}

/// Takes the lines of a piece of code, each with its number.
fn take_lines(lines: &mut Vec<(usize, String)>, text: &str, line: usize) {
    for (n, part) in text.split_inclusive('\n').enumerate() {
        match lines.last_mut() {
            // A line comes in several pieces where something around it was taken off.
            Some((_, last)) if !last.ends_with('\n') => last.push_str(part),
            _ => lines.push((line + n, part.to_owned())),
        }
    }
}
