//! Colours for code, a line at a time: what is a keyword, a string, a comment, a number, a name.
//!
//! A language is a row of a table ([`Language`] finds it by the name of a fence or the ending of a
//! file); one reader serves all. It knows words, not grammar: enough to read by, quick enough for
//! any window of any file, and safe on text that is no code at all. What is open at the end of a
//! line is a [`State`], so reading can begin at any line whose state is known.

mod languages;
mod reader;

use super::{Look, Span};
use crate::text::{SafeText, width};
use languages::Grammar;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

pub use reader::State;

/// Texts above this many bytes have no colours.
pub const MOST_BYTES: usize = 512 << 10;
/// Texts above this many lines have no colours.
pub const MOST_LINES: usize = 10_000;
/// Lines above this many bytes have no colours.
pub const LONGEST_LINE: usize = 4 << 10;

/// A language that is known.
#[derive(Debug, Clone, Copy)]
pub struct Language(&'static Grammar);

impl Language {
    /// The language of this name or file ending: `rust`, `rs`, `tsx`; what stands after a first
    /// space or comma is passed over.
    pub fn named(name: &str) -> Option<Self> {
        let word = name.trim().split([' ', ',', '{', ':']).next()?;
        let word = word.trim_start_matches('.').to_ascii_lowercase();
        languages::find(&word).map(Self)
    }

    /// The language of a file, by its name.
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?.to_ascii_lowercase();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        languages::find(&name)
            .or_else(|| languages::find(ending?))
            .map(Self)
    }

    /// The name it is called by.
    pub fn name(self) -> &'static str {
        self.0.names.first().copied().unwrap_or_default()
    }

    /// The parts of a line that are more than text, in order, and what is open after it.
    pub fn line(self, line: &str, state: State) -> (Vec<(Range<usize>, Look)>, State) {
        if line.len() > LONGEST_LINE {
            return (Vec::new(), State::default());
        }
        reader::line(self.0, line, state)
    }
}

/// A text's lines with their colours; without colours where it is too large or of no known
/// language.
pub fn lines<'t>(language: Option<Language>, text: &'t str) -> Vec<Vec<(&'t str, Look)>> {
    let large = text.len() > MOST_BYTES || text.lines().nth(MOST_LINES).is_some();
    let language = language.filter(|_| !large);
    let mut state = State::default();
    let mut coloured = |line: &'t str| {
        let Some(language) = language else {
            return vec![(line, Look::Plain)];
        };
        let (marks, next) = language.line(line, state);
        state = next;
        pieces(line, &marks)
    };
    text.lines().map(&mut coloured).collect()
}

/// All of a line in pieces, by the parts of it that are more than text.
pub fn pieces<'t>(line: &'t str, marks: &[(Range<usize>, Look)]) -> Vec<(&'t str, Look)> {
    let mut pieces = Vec::with_capacity(marks.len() * 2 + 1);
    let mut at = 0;
    for (range, look) in marks {
        if let Some(before) = line.get(at..range.start).filter(|t| !t.is_empty()) {
            pieces.push((before, Look::Plain));
        }
        if let Some(part) = line.get(range.clone()) {
            pieces.push((part, *look));
        }
        at = range.end;
    }
    if let Some(rest) = line.get(at..).filter(|t| !t.is_empty()) {
        pieces.push((rest, Look::Plain));
    }
    pieces
}

/// Pieces of one line in rows of at most `columns` columns, cut where a row is full; tabs reach to
/// the next stop of four columns. There is always one row.
pub fn cut(pieces: &[(&str, Look)], columns: usize) -> Vec<Vec<Span>> {
    let columns = columns.max(1);
    let mut rows = vec![Vec::new()];
    let (mut used, mut column) = (0, 0);
    for (text, look) in pieces {
        let mut part = String::new();
        let plain = text.bytes().all(|b| (0x20..0x7f).contains(&b));
        if plain && used + text.len() <= columns {
            used += text.len();
            column += text.len();
            push(&mut rows, *look, text);
            continue;
        }
        for cluster in text.graphemes(true) {
            let safe = if cluster == "\t" {
                " ".repeat(4 - column % 4)
            } else {
                SafeText::line(cluster).into_string()
            };
            for unit in safe.graphemes(true) {
                let wide = width(unit);
                if used + wide > columns && used > 0 {
                    push(&mut rows, *look, &std::mem::take(&mut part));
                    rows.push(Vec::new());
                    used = 0;
                }
                used += wide;
                column += wide;
                part.push_str(unit);
            }
        }
        push(&mut rows, *look, &part);
    }
    rows
}

fn push(rows: &mut [Vec<Span>], look: Look, text: &str) {
    if let Some(row) = rows.last_mut().filter(|_| !text.is_empty()) {
        row.push(Span::new(look, text));
    }
}

#[cfg(test)]
mod tests;
