//! Where each line of a change stands, and its rows when they are asked for.

use super::words::differ;
use super::{File, Hunk, Line, SIDES_FROM, Sign};
use crate::render::code::pieces;
use crate::render::flow::{Piece, flow};
use crate::render::fold::{GOES_ON, fold, height};
use crate::render::{Look, Row, Span};
use crate::text::{Role, width};
use std::ops::Range;

/// How a change is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// What went above what came.
    Unified,
    /// What was at the left, what is at the right; where there are fewer than [`SIDES_FROM`]
    /// columns, unified.
    Sides,
}

impl Style {
    /// Side by side where there is room.
    pub fn for_columns(columns: usize) -> Self {
        if columns >= SIDES_FROM {
            Self::Sides
        } else {
            Self::Unified
        }
    }
}

/// What stands in one place, over as many rows as it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// A remark on the file, by its number.
    Remark(usize),
    /// A line that is no change, by its number.
    Other(usize),
    /// The head of a hunk.
    Head(usize),
    /// A line of a hunk, and that on the other side it belongs to.
    Line(usize, usize, Option<usize>),
    /// A line that went beside one that came, of a hunk.
    Pair(usize, Option<usize>, Option<usize>),
}

/// Where everything of a file's change stands. It belongs to the file it was made of.
#[derive(Debug, Clone)]
pub struct Layout {
    columns: usize,
    sides: bool,
    /// The columns of a line number.
    digits: usize,
    entries: Vec<Entry>,
    /// How many rows stand before each entry, and before the end.
    starts: Vec<usize>,
    remarks: Vec<String>,
}

impl Layout {
    /// Counts the rows of a file's change without making them.
    pub fn new(file: &File, columns: usize, style: Style) -> Self {
        let lines = file.hunks.iter().flat_map(|h| &h.lines);
        let last = lines.map(|l| l.old.max(l.new)).max().unwrap_or(0);
        let mut layout = Self {
            columns: columns.max(1),
            sides: style == Style::Sides && columns >= SIDES_FROM,
            digits: last.to_string().len().max(3),
            entries: Vec::new(),
            starts: vec![0],
            remarks: file.remarks(),
        };
        for n in 0..layout.remarks.len() {
            layout.push(file, Entry::Remark(n));
        }
        for (n, hunk) in file.hunks.iter().enumerate() {
            layout.push(file, Entry::Head(n));
            layout.hunk(file, n, hunk);
        }
        for n in 0..file.others.len() {
            layout.push(file, Entry::Other(n));
        }
        layout
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of a hunk's head.
    pub fn row_of_hunk(&self, hunk: usize) -> Option<usize> {
        let at = self.entries.iter().position(|e| *e == Entry::Head(hunk))?;
        self.starts.get(at).copied()
    }

    /// The row of a line of the file as it is now, counted from 1: the last at or before it.
    pub fn row_of_line(&self, file: &File, line: usize) -> usize {
        let before = |entry: &Entry| {
            Self::line_of(file, *entry).is_some_and(|l| l.sign != Sign::Removed && l.new <= line)
        };
        let at = self.entries.iter().rposition(before).unwrap_or(0);
        self.starts.get(at).copied().unwrap_or(0)
    }

    /// The line of an entry that there is now, or else was.
    fn line_of(file: &File, entry: Entry) -> Option<&Line> {
        let (hunk, line) = match entry {
            Entry::Line(hunk, line, _) => (hunk, line),
            Entry::Pair(hunk, old, new) => (hunk, new.or(old)?),
            Entry::Remark(_) | Entry::Other(_) | Entry::Head(_) => return None,
        };
        file.hunks.get(hunk)?.lines.get(line)
    }

    /// Lays a hunk's lines out: what went and came at one place belongs together line by line.
    fn hunk(&mut self, file: &File, n: usize, hunk: &Hunk) {
        let mut at = 0;
        while let Some(line) = hunk.lines.get(at) {
            if line.sign == Sign::Same {
                let entry = if self.sides {
                    Entry::Pair(n, Some(at), Some(at))
                } else {
                    Entry::Line(n, at, None)
                };
                self.push(file, entry);
                at += 1;
                continue;
            }
            let run = |from: usize, sign: Sign| {
                let rest = hunk.lines.get(from..).unwrap_or_default();
                rest.iter().take_while(|l| l.sign == sign).count()
            };
            let gone = run(at, Sign::Removed);
            let come = run(at + gone, Sign::Added);
            let old = |k: usize| (k < gone).then_some(at + k);
            let new = |k: usize| (k < come).then_some(at + gone + k);
            if self.sides {
                for k in 0..gone.max(come) {
                    self.push(file, Entry::Pair(n, old(k), new(k)));
                }
            } else {
                for k in 0..gone {
                    self.push(file, Entry::Line(n, at + k, new(k)));
                }
                for k in 0..come {
                    self.push(file, Entry::Line(n, at + gone + k, old(k)));
                }
            }
            at += (gone + come).max(1);
        }
    }

    fn push(&mut self, file: &File, entry: Entry) {
        let height = self.height(file, entry);
        self.starts.push(self.len() + height);
        self.entries.push(entry);
    }

    fn height(&self, file: &File, entry: Entry) -> usize {
        let line = |hunk: usize, line: Option<usize>, room: usize| {
            let line = file.hunks.get(hunk)?.lines.get(line?)?;
            Some(height(&line.text, room) + usize::from(line.unended))
        };
        match entry {
            Entry::Remark(_) | Entry::Other(_) | Entry::Head(_) => {
                self.plain(file, entry).len().max(1)
            }
            Entry::Line(hunk, n, _) => line(hunk, Some(n), self.room()).unwrap_or(1),
            Entry::Pair(hunk, old, new) => {
                let room = self.room();
                let of = |n| line(hunk, n, room).unwrap_or(1);
                of(old).max(of(new))
            }
        }
    }

    /// The columns of one side.
    fn half(&self) -> usize {
        self.columns.saturating_sub(3) / 2
    }

    /// The columns that stand before a line's text.
    fn gutter(&self) -> usize {
        match (self.sides, self.columns) {
            (false, 60..) => self.digits * 2 + 4,
            (true, _) | (false, 24..) => self.digits + 3,
            (false, _) => 2.min(self.columns - 1),
        }
    }

    /// The columns for a line's text.
    fn room(&self) -> usize {
        let all = if self.sides {
            self.half()
        } else {
            self.columns
        };
        all.saturating_sub(self.gutter()).max(1)
    }

    /// The rows with these numbers, counted from 0, as far as there are such. `file` is the one
    /// that this was made of.
    pub fn rows(&self, file: &File, range: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::new();
        let first = self.starts.partition_point(|s| *s <= range.start);
        let first = first.saturating_sub(1);
        for n in first..self.entries.len() {
            let (Some(entry), Some(start)) = (self.entries.get(n), self.starts.get(n)) else {
                break;
            };
            if *start >= range.end {
                break;
            }
            let skip = range.start.saturating_sub(*start);
            let made = self.entry(file, *entry);
            rows.extend(made.into_iter().skip(skip));
        }
        rows.truncate(range.end.saturating_sub(range.start));
        rows
    }

    fn entry(&self, file: &File, entry: Entry) -> Vec<Row> {
        let lines = |hunk: usize| file.hunks.get(hunk).map_or(&[][..], |h| &h.lines);
        match entry {
            Entry::Remark(_) | Entry::Other(_) | Entry::Head(_) => self.plain(file, entry),
            Entry::Line(hunk, n, other) => {
                let lines = lines(hunk);
                let other = other.and_then(|n| lines.get(n));
                lines
                    .get(n)
                    .map_or_else(Vec::new, |l| self.unified(l, other))
            }
            Entry::Pair(hunk, old, new) => {
                let of = |n: Option<usize>| n.and_then(|n| lines(hunk).get(n));
                self.beside(of(old), of(new))
            }
        }
    }

    /// What is no line of the file.
    fn plain(&self, file: &File, entry: Entry) -> Vec<Row> {
        let (text, look) = match entry {
            Entry::Remark(n) => (self.remarks.get(n), Look::Role(Role::Quiet)),
            Entry::Other(n) => (file.others.get(n), Look::Plain),
            Entry::Head(n) => (file.hunks.get(n).map(|h| &h.head), Look::Hunk),
            Entry::Line(..) | Entry::Pair(..) => (None, Look::Plain),
        };
        let first = match entry {
            Entry::Head(n) => file.hunks.get(n).and_then(|h| h.lines.first()),
            _ => None,
        };
        let piece = Piece::new(text.map_or("", String::as_str), look, None, 1);
        let rows = flow(&[piece], self.columns).into_iter().map(|row| Row {
            spans: row.spans,
            line: first.map(|l| l.new),
            went: None,
            ground: (look == Look::Hunk).then_some(Look::Hunk),
        });
        rows.collect()
    }

    fn unified(&self, line: &Line, other: Option<&Line>) -> Vec<Row> {
        let ground = match line.sign {
            Sign::Same => None,
            Sign::Added => Some(Look::Added),
            Sign::Removed => Some(Look::Removed),
        };
        let parts = self.side(line, other, true);
        let all = parts.len();
        let rows = parts.into_iter().enumerate().map(|(k, spans)| {
            let mut row = Row::empty().from_line(line.new);
            row.ground = ground;
            row.went = (line.sign == Sign::Removed).then_some(line.old);
            row.spans = self.numbers(line, k, all);
            row.spans.extend(spans);
            row
        });
        rows.collect()
    }

    /// The line numbers and the sign before a line, or what stands there before a further row of
    /// it: its k-th of `all`.
    fn numbers(&self, line: &Line, k: usize, all: usize) -> Vec<Span> {
        let digits = self.digits;
        let first = k == 0;
        // The last row of a line without an end is a remark.
        let goes_on = !line.unended || k + 1 < all;
        let number = |n: usize, there: bool| {
            let text = match (there, first) {
                (true, true) => n.to_string(),
                (true, false) if goes_on => GOES_ON.to_string(),
                _ => String::new(),
            };
            format!("{text:>digits$} ")
        };
        let (old, new) = (line.sign != Sign::Added, line.sign != Sign::Removed);
        let gutter = self.gutter();
        let numbers = if self.sides || gutter == digits + 3 {
            number(if new { line.new } else { line.old }, true)
        } else if gutter > digits {
            number(line.old, old && (first || !new)) + &number(line.new, new)
        } else {
            String::new()
        };
        let (sign, look) = match line.sign {
            Sign::Same => (" ", Look::Mark),
            Sign::Added => ("+", Look::Added),
            Sign::Removed => ("-", Look::Removed),
        };
        let sign = if first { sign } else { " " };
        let free = gutter.saturating_sub(width(&numbers) + 1);
        let sign = format!("{sign}{}", " ".repeat(free));
        let sign = if gutter == 0 { "" } else { &sign };
        vec![Span::new(Look::Mark, numbers), Span::new(look, sign)]
    }

    /// The text of a line in rows of one side's columns.
    fn side(&self, line: &Line, other: Option<&Line>, coloured: bool) -> Vec<Vec<Span>> {
        let text = line.text.as_str();
        let (base, word) = match line.sign {
            Sign::Same => (Look::Plain, Look::Plain),
            Sign::Added => (Look::Added, Look::AddedWord),
            Sign::Removed => (Look::Removed, Look::RemovedWord),
        };
        let parts = other.and_then(|other| {
            if line.sign == Sign::Removed {
                differ(text, &other.text).map(|(parts, _)| parts)
            } else {
                differ(&other.text, text).map(|(_, parts)| parts)
            }
        });
        let marks = match &line.marks[..] {
            marks if coloured || line.sign == Sign::Same => marks,
            _ => &[],
        };
        let mut shown: Vec<(&str, Look)> = pieces(text, marks);
        if !coloured {
            for (_, look) in &mut shown {
                *look = if *look == Look::Plain { base } else { *look };
            }
        }
        let shown = lay_over(&shown, &parts.unwrap_or_default(), word);
        let mut rows = fold(&shown, self.room());
        if line.unended {
            let quiet = Look::Role(Role::Quiet);
            let says = crate::text::truncate("no line break at the end", self.room());
            rows.push(vec![Span::new(quiet, says)]);
        }
        rows
    }

    fn beside(&self, old: Option<&Line>, new: Option<&Line>) -> Vec<Row> {
        let same = old.is_some_and(|l| l.sign == Sign::Same);
        let sides = [(old, new), (new, old)].map(|(line, other)| {
            let other = other.filter(|_| !same);
            line.map(|l| (l, self.side(l, other, false)))
        });
        let rows = |side: &Option<(&Line, Vec<Vec<Span>>)>| side.as_ref().map_or(1, |s| s.1.len());
        let height = sides.iter().map(rows).max().unwrap_or(1);
        let line = new.or(old).map_or(1, |l| l.new);
        let mut out = Vec::with_capacity(height);
        for k in 0..height {
            let mut row = Row::empty().from_line(line);
            row.went = old.filter(|_| new.is_none()).map(|l| l.old);
            for (n, side) in sides.iter().enumerate() {
                let begin = row.width();
                if let Some((line, parts)) = side
                    && let Some(spans) = parts.get(k)
                {
                    let mut numbers = self.numbers(line, k, parts.len());
                    if n == 0
                        && k == 0
                        && let Some(first) = numbers.first_mut()
                    {
                        let digits = self.digits;
                        *first = Span::new(Look::Mark, format!("{:>digits$} ", line.old));
                    }
                    row.spans.extend(numbers);
                    row.spans.extend(spans.iter().cloned());
                }
                if n == 0 {
                    let free = self.half().saturating_sub(row.width() - begin);
                    row.spans.push(Span::new(Look::Plain, " ".repeat(free)));
                    row.spans.push(Span::new(Look::Mark, " │ "));
                }
            }
            out.push(row);
        }
        out
    }
}

/// Gives these bytes of a line their own look.
fn lay_over<'t>(
    shown: &[(&'t str, Look)],
    parts: &[Range<usize>],
    look: Look,
) -> Vec<(&'t str, Look)> {
    let mut out = Vec::with_capacity(shown.len() + parts.len() * 2);
    let mut at = 0;
    for (text, own) in shown {
        let end = at + text.len();
        let mut from = at;
        for part in parts.iter().filter(|p| p.start < end && p.end > at) {
            let (start, stop) = (part.start.max(at), part.end.min(end));
            out.push((text.get(from - at..start - at).unwrap_or_default(), *own));
            out.push((text.get(start - at..stop - at).unwrap_or_default(), look));
            from = stop;
        }
        out.push((text.get(from - at..).unwrap_or_default(), *own));
        at = end;
    }
    out.retain(|(text, _)| !text.is_empty());
    out
}
