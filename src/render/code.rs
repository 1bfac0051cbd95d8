//! Colours for code, a line at a time: what is a keyword, a string, a comment, a number, a name.
//!
//! The syntaxes are syntect's, in the wide set of two-face; they are unpacked when the first language
//! is asked for, and each is compiled as far as a text needs it. A syntax gives every piece of a
//! line a stack of scopes; `scopes` tells what of them is worth a colour. What is open at the end
//! of a line is a [`State`].
//!
//! Reading costs some 30 µs a line, so a whole file is not read where a screen waits for it: who
//! has time makes [`Colours`], and who lays a page out looks them up.

mod scopes;

use super::{Look, Span};
use crate::text::{SafeText, width};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;
use syntect::parsing::{SyntaxReference, SyntaxSet};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

pub use scopes::State;

/// Texts above this many bytes have no colours.
pub const MOST_BYTES: usize = 512 << 10;
/// Texts above this many lines have no colours.
pub const MOST_LINES: usize = 10_000;
/// Lines of this many bytes and more have no colours.
pub const LONGEST_LINE: usize = 4 << 10;

/// The parts of a line that are more than text, in bytes, in order, none over another.
pub type Marks = Vec<(Range<usize>, Look)>;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// What fences call languages that the set knows by another name only.
const ALSO: [(&str, &str); 10] = [
    ("console", "sh"),
    ("csharp", "cs"),
    ("golang", "go"),
    ("hcl", "tf"),
    ("jsonc", "json"),
    ("jsx", "js"),
    ("objc", "m"),
    ("pyi", "py"),
    ("shell", "sh"),
    ("shellscript", "sh"),
];

/// A language that is known.
#[derive(Debug, Clone, Copy)]
pub struct Language(&'static SyntaxReference);

impl Language {
    /// The language of this name or file ending: `rust`, `rs`, `tsx`; what stands after a first
    /// space or comma is passed over.
    pub fn named(name: &str) -> Option<Self> {
        let word = name.trim().split([' ', ',', '{', ':']).next()?;
        Self::of_word(word.trim_start_matches('.'))
    }

    /// The language of a file, by its name.
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        let ending = || Self::of_word(name.rsplit_once('.')?.1);
        Self::of_word(name).or_else(ending)
    }

    fn of_word(word: &str) -> Option<Self> {
        if word.is_empty() {
            return None;
        }
        let find = |word: &str| SYNTAXES.find_syntax_by_token(word);
        let also = ALSO
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name));
        let syntax = find(word).or_else(|| find(also?.1))?;
        (syntax.name != "Plain Text").then_some(Self(syntax))
    }

    /// The name it is called by.
    pub fn name(self) -> &'static str {
        &self.0.name
    }
}

/// The parts of each line of a text that are more than text. `None`: it is too large.
pub fn marks(language: Language, text: &str) -> Option<Vec<Marks>> {
    if text.len() > MOST_BYTES || text.lines().nth(MOST_LINES).is_some() {
        return None;
    }
    let mut state = State::of(language);
    Some(text.lines().map(|line| state.line(line)).collect())
}

/// A text's lines with their colours; without colours where it is too large or of no known
/// language.
pub fn lines(language: Option<Language>, text: &str) -> Vec<Vec<(&str, Look)>> {
    let marks = language.and_then(|l| marks(l, text)).unwrap_or_default();
    with_marks(text, &marks)
}

/// A text's lines in pieces, by the marks of each; a line without is plain.
pub fn with_marks<'t>(text: &'t str, marks: &[Marks]) -> Vec<Vec<(&'t str, Look)>> {
    let of = |n: usize| marks.get(n).map_or(&[][..], Vec::as_slice);
    let lines = text.lines().enumerate();
    lines.map(|(n, line)| pieces(line, of(n))).collect()
}

/// Colours that were found beforehand, by language and text. All texts together have the bounds
/// of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Colours {
    kept: HashMap<&'static str, HashMap<String, Vec<Marks>>>,
    bytes: usize,
    lines: usize,
}

impl Colours {
    /// Finds those of one more text, as long as there is room for it.
    pub fn add(&mut self, language: Language, text: &str) {
        let (bytes, lines) = (self.bytes + text.len(), self.lines + text.lines().count());
        if bytes > MOST_BYTES || lines > MOST_LINES || self.of(language, text).is_some() {
            return;
        }
        if let Some(marks) = marks(language, text) {
            (self.bytes, self.lines) = (bytes, lines);
            let kept = self.kept.entry(language.name()).or_default();
            kept.insert(text.to_owned(), marks);
        }
    }

    /// Those of a text, line by line; `None`: they were not found.
    pub fn of(&self, language: Language, text: &str) -> Option<&[Marks]> {
        let of_language = self.kept.get(language.name())?;
        of_language.get(text).map(Vec::as_slice)
    }
}

/// All of a line in pieces, by the parts of it that are more than text.
pub fn pieces<'t>(line: &'t str, marks: &[(Range<usize>, Look)]) -> Vec<(&'t str, Look)> {
    let mut pieces = Vec::with_capacity(marks.len() * 2 + 1);
    let mut at = 0;
    for (range, look) in marks {
        let (start, end) = (whole(line, range.start), whole(line, range.end));
        if let Some(before) = line.get(at..start).filter(|t| !t.is_empty()) {
            pieces.push((before, Look::Plain));
        }
        if let Some(part) = line.get(start..end).filter(|t| !t.is_empty()) {
            pieces.push((part, *look));
        }
        at = end;
    }
    if let Some(rest) = line.get(at..).filter(|t| !t.is_empty()) {
        pieces.push((rest, Look::Plain));
    }
    pieces
}

/// The first place from here on that does not part a character from the marks that combine with it.
fn whole(line: &str, at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default().bytes();
    let combines = rest.take(1).any(|b| !b.is_ascii());
    if !combines {
        return at;
    }
    let mut cursor = GraphemeCursor::new(at, line.len(), true);
    match cursor.is_boundary(line, 0) {
        Ok(false) => cursor.next_boundary(line, 0).ok().flatten().unwrap_or(at),
        _ => at,
    }
}

/// A character as it is drawn in this column: a tab reaches to the next stop of four.
pub fn drawn(cluster: &str, column: usize) -> String {
    if cluster == "\t" {
        " ".repeat(4 - column % 4)
    } else {
        SafeText::line(cluster).into_string()
    }
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
            let safe = drawn(cluster, column);
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
