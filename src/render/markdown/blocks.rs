//! Where the blocks of a document are, and what its blocks have to know of each other.

use super::{Heading, MOST_BYTES, front};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;
use std::ops::Range;

/// Plain text is taken in parts of about this many bytes.
const PLAIN_PART: usize = 16 << 10;

/// The markdown that is understood.
pub const SYNTAX: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);

/// What a part of a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A block that is understood by itself.
    Block,
    /// A footnote's text.
    Note,
    /// An item of an outermost list; with its number and the list's widest one, in digits.
    Item(Option<(u64, usize)>),
    /// The front matter.
    Front,
    /// Text that is not looked into.
    Plain,
}

/// A part of a document that is laid out by itself.
#[derive(Debug, Clone)]
pub struct Unit {
    pub range: Range<usize>,
    pub kind: Kind,
    /// The line it begins on, counted from 1.
    pub line: usize,
    /// Whether an empty row stands before it.
    pub gap: bool,
    /// Whether it begins an outermost block.
    first: bool,
    /// Whether it is a heading.
    heading: bool,
}

/// What the blocks of a document have to know of each other.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Where the links lead that are written apart from their text, each with its place.
    links: HashMap<String, (String, usize)>,
    /// The lines of the footnotes, each with its place.
    notes: HashMap<String, (usize, usize)>,
    pub headings: Vec<Heading>,
    /// The places of the headings.
    headed: Vec<usize>,
}

impl Known {
    /// Where a link of this label leads.
    pub fn link(&self, label: &str) -> Option<&str> {
        Some(self.links.get(&key(label))?.0.as_str())
    }

    /// The line of a footnote's text.
    pub fn note(&self, label: &str) -> Option<usize> {
        Some(self.notes.get(&key(label))?.0)
    }

    /// The line of the heading with this anchor: its words in small letters, joined by `-`.
    pub fn anchor(&self, anchor: &str) -> Option<usize> {
        let named = |h: &&Heading| slug(&h.text) == anchor.to_lowercase();
        Some(self.headings.iter().find(named)?.line)
    }

    /// Takes what the tail from `offset` on tells instead of what it told before; says whether
    /// earlier blocks may look different then.
    pub fn replace(&mut self, tail: Known, offset: usize) -> bool {
        let told = |k: &Known| (k.links.len(), k.notes.len());
        let before = (told(self), self.said(offset));
        self.links.retain(|_, (_, at)| *at < offset);
        self.notes.retain(|_, (_, at)| *at < offset);
        let kept = self.headed.partition_point(|at| *at < offset);
        self.headings.truncate(kept);
        self.headed.truncate(kept);
        // The first of a name counts.
        for (label, link) in tail.links {
            self.links.entry(label).or_insert(link);
        }
        for (label, note) in tail.notes {
            self.notes.entry(label).or_insert(note);
        }
        self.headings.extend(tail.headings);
        self.headed.extend(tail.headed);
        before != (told(self), self.said(offset))
    }

    /// What is told from `offset` on, in a form to be compared.
    fn said(&self, offset: usize) -> Vec<(String, String)> {
        let links = self.links.iter().filter(|(_, (_, at))| *at >= offset);
        let links = links.map(|(label, (to, _))| (label.clone(), to.clone()));
        let notes = self.notes.iter().filter(|(_, (_, at))| *at >= offset);
        let notes = notes.map(|(label, (line, _))| (label.clone(), line.to_string()));
        let mut all: Vec<_> = links.chain(notes).collect();
        all.sort();
        all
    }
}

/// A label as it is compared.
fn key(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn slug(heading: &str) -> String {
    let usual = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let kept: String = heading.trim().chars().filter(usual).collect();
    kept.to_lowercase().replace(' ', "-")
}

/// Where reading begins again.
#[derive(Debug, Clone, Copy, Default)]
pub struct From {
    /// The byte.
    pub offset: usize,
    /// Its line, counted from 1.
    line: usize,
    /// The number of the first unit that is read again.
    pub unit: usize,
    after_heading: bool,
}

/// Takes the last block out of what was read, since text that follows can become part of it.
pub fn reopen(text: &str, units: &mut Vec<Unit>) -> From {
    // An open front matter looks like something else until its end is there.
    let anew = units.first().is_some_and(|u| u.kind != Kind::Front) && front::may_begin(text);
    let last = units.iter().rposition(|u| u.first).filter(|_| !anew);
    let Some(mut last) = last else {
        units.clear();
        return From {
            line: 1,
            ..From::default()
        };
    };
    // Without an empty line between, what looked like a block of its own may yet turn out to be
    // more of the paragraph before it.
    while last > 0 && !units[last - 1].heading && !is_blank_before(text, units[last].range.start) {
        last -= 1;
        while last > 0 && !units[last].first {
            last -= 1;
        }
    }
    let (mut offset, mut line) = (units[last].range.start, units[last].line);
    if !is_blank_before(text, offset) {
        // Where a link leads is told in no unit, and is the beginning of a paragraph all the same.
        let end = last.checked_sub(1).map_or(0, |n| units[n].range.end);
        let told = text.as_bytes().get(end..offset).unwrap_or_default();
        line -= told.iter().filter(|b| **b == b'\n').count();
        offset = offset.min(end);
    }
    let from = From {
        offset,
        line,
        unit: last,
        after_heading: last > 0 && units[last - 1].heading,
    };
    units.truncate(last);
    from
}

/// The tail of a document.
#[derive(Debug, Default)]
pub struct Tail {
    pub units: Vec<Unit>,
    pub known: Known,
}

/// Reads a document from there to its end.
pub fn read(text: &str, from: From) -> Tail {
    let mut reader = Reader {
        text,
        counted: (from.offset, from.line.max(1)),
        tail: Tail::default(),
        after_heading: from.after_heading,
    };
    let mut at = from.offset;
    if at == 0
        && let Some(end) = front::end(text)
    {
        reader.push(0..end, Kind::Front, true);
        at = end;
    }
    let limit = text.floor_char_boundary(MOST_BYTES);
    let end = if text.len() > limit {
        let cut = text.get(..limit).and_then(|t| t.rfind('\n'));
        cut.map_or(0, |n| n + 1).max(at)
    } else {
        text.len()
    };
    reader.markdown(at, end);
    reader.plain(end);
    reader.tail
}

struct Reader<'a> {
    text: &'a str,
    /// A byte, and its line.
    counted: (usize, usize),
    tail: Tail,
    after_heading: bool,
}

impl Reader<'_> {
    fn markdown(&mut self, start: usize, end: usize) {
        let Some(part) = self.text.get(start..end) else {
            return;
        };
        let parser = Parser::new_ext(part, SYNTAX);
        for (label, link) in parser.reference_definitions().iter() {
            let to = (link.dest.to_string(), start + link.span.start);
            self.tail.known.links.insert(key(label), to);
        }
        let mut depth = 0_usize;
        let mut list = None;
        let mut heading: Option<(u8, usize, String)> = None;
        for (event, range) in parser.into_offset_iter() {
            let range = start + range.start..start + range.end;
            match &event {
                Event::Start(tag) => {
                    match tag {
                        Tag::List(number) if depth == 0 => list = Some((*number, self.len())),
                        Tag::Item if depth == 1 => self.item(range.clone(), list),
                        Tag::FootnoteDefinition(label) => {
                            let line = self.line(range.start);
                            let note = (line, range.start);
                            self.tail.known.notes.entry(key(label)).or_insert(note);
                            if depth == 0 {
                                self.push(range.clone(), Kind::Note, true);
                            }
                        }
                        Tag::Heading { level, .. } if depth == 0 => {
                            self.push(range.clone(), Kind::Block, true);
                            self.is_heading();
                            heading = Some((depth_of(*level), range.start, String::new()));
                        }
                        _ if depth == 0 => self.push(range.clone(), Kind::Block, true),
                        _ => {}
                    }
                    depth += 1;
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && matches!(tag, TagEnd::List(_)) {
                        self.end_list(list.take());
                    }
                    if depth == 0 && matches!(tag, TagEnd::Heading(_)) {
                        self.end_heading(heading.take());
                    }
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some((_, _, so_far)) = &mut heading {
                        so_far.push_str(text);
                    }
                }
                _ if depth == 0 => self.push(range, Kind::Block, true),
                _ => {}
            }
        }
    }

    /// What follows a heading at once stays close to it.
    fn is_heading(&mut self) {
        self.after_heading = true;
        if let Some(unit) = self.tail.units.last_mut() {
            unit.heading = true;
        }
    }

    fn len(&self) -> usize {
        self.tail.units.len()
    }

    fn item(&mut self, range: Range<usize>, list: Option<(Option<u64>, usize)>) {
        let Some((number, first)) = list else { return };
        let n = self.len() - first;
        let number = number.map(|start| (start.saturating_add(n as u64), 0));
        self.push(range, Kind::Item(number), n == 0);
    }

    /// Tells every item of a list how wide the widest number is.
    fn end_list(&mut self, list: Option<(Option<u64>, usize)>) {
        let Some((Some(start), first)) = list else {
            return;
        };
        let count = self.len() - first;
        let last = start.saturating_add(count.saturating_sub(1) as u64);
        let digits = last.to_string().len();
        for unit in self.tail.units.iter_mut().skip(first) {
            if let Kind::Item(Some((_, wide))) = &mut unit.kind {
                *wide = digits;
            }
        }
    }

    fn end_heading(&mut self, heading: Option<(u8, usize, String)>) {
        let Some((level, at, text)) = heading else {
            return;
        };
        let line = self.line(at);
        self.tail.known.headed.push(at);
        self.tail.known.headings.push(Heading { level, text, line });
    }

    /// The rest of a document that is too large to be looked into.
    fn plain(&mut self, from: usize) {
        let mut at = from;
        while at < self.text.len() {
            let most = self.text.floor_char_boundary(at + PLAIN_PART);
            let cut = self.text.get(at..most).and_then(|t| t.rfind('\n'));
            let end = match cut {
                Some(n) if most < self.text.len() => at + n + 1,
                _ => most,
            };
            let line = self.line(at);
            self.tail.units.push(Unit {
                range: at..end,
                kind: Kind::Plain,
                line,
                gap: false,
                first: true,
                heading: false,
            });
            at = end;
        }
    }

    /// Takes a block with all of its first line.
    fn push(&mut self, range: Range<usize>, kind: Kind, first: bool) {
        let head = self.text.get(..range.start).unwrap_or_default();
        let start = head.rfind('\n').map_or(0, |n| n + 1);
        let before = self.tail.units.last().map_or(0, |u| u.range.end);
        let start = start.max(before.min(range.start));
        let line = self.line(start);
        let apart = is_blank_before(self.text, start);
        let gap = apart || (first && !self.after_heading);
        self.after_heading = false;
        self.tail.units.push(Unit {
            range: start..range.end,
            kind,
            line,
            gap,
            first,
            heading: false,
        });
    }

    /// The line of a byte that is not before those asked for already.
    fn line(&mut self, offset: usize) -> usize {
        let (from, line) = self.counted;
        let passed = self.text.as_bytes().get(from..offset).unwrap_or_default();
        let line = line + passed.iter().filter(|b| **b == b'\n').count();
        self.counted = (offset.max(from), line);
        line
    }
}

/// Whether the line before the one that begins here is empty, or holds marks of quotation only.
pub fn is_blank_before(text: &str, line_start: usize) -> bool {
    let before = text.get(..line_start).unwrap_or_default();
    let Some(before) = before.strip_suffix('\n') else {
        return false;
    };
    let begin = before.rfind('\n').map_or(0, |n| n + 1);
    let line = before.get(begin..).unwrap_or_default();
    line.chars().all(|c| c.is_whitespace() || c == '>')
}

/// A heading's depth as a number.
pub fn depth_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
