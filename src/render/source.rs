//! A file as it is: line numbers, colours, and only the rows that are asked for.

use super::code::{self, Colours, Language, Marks, State, cut, pieces};
use super::fold::{GOES_ON, fold, height};
use super::lines::{Bytes, Index, Part};
use super::{Look, Row, Span};
use crate::text::{SafeText, pad, width};
use std::ops::Range;

/// A place in a file on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Spot {
    /// The number of the part of a line ([`Index`]), counted from 0.
    pub part: usize,
    /// The row within it, where lines are wrapped.
    pub row: usize,
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The columns there are.
    pub columns: usize,
    /// Whether lines go on in the next row where they end; else they are cut.
    pub wrap: bool,
    /// How many columns of each line stand left of the screen, where lines are not wrapped.
    pub left: usize,
}

/// What is known of a file that is shown: where its lines are, and its colours.
#[derive(Debug, Clone, Default)]
pub struct Source {
    index: Index,
    language: Option<Language>,
    /// The colours of each line, once all is read; none where it is too large.
    marks: Vec<Marks>,
}

/// All rows of a text, for texts of a usual size, with the colours that were found beforehand.
/// `path` tells its language.
pub fn source(path: &str, text: &str, columns: usize, wrap: bool, colours: &Colours) -> Vec<Row> {
    let source = Source::coloured(path, text, colours);
    let view = View {
        columns,
        wrap,
        left: 0,
    };
    source.rows(&text, Spot::default(), usize::MAX, view)
}

impl Source {
    /// A file of this name. Nothing of it is known yet ([`Source::read`]).
    pub fn new(path: &str) -> Self {
        Self {
            language: Language::of_path(path),
            ..Self::default()
        }
    }

    /// A text of which all is at hand, with the colours that were found beforehand and no others.
    pub fn coloured(path: &str, text: &str, colours: &Colours) -> Self {
        // Of no language, so that no time goes to colours here.
        let mut source = Self::of("", &text);
        let language = Language::of_path(path);
        let marks = language.and_then(|l| colours.of(l, text));
        source.marks = marks.map(<[Marks]>::to_vec).unwrap_or_default();
        source
    }

    /// A file whose bytes are all at hand.
    pub fn of(path: &str, bytes: &impl Bytes) -> Self {
        let mut source = Self::new(path);
        while source.read(bytes, 1 << 20) {}
        source
    }

    /// Reads at most so many more bytes of it; says whether there may be more. What was read can
    /// be shown at once.
    pub fn read(&mut self, bytes: &impl Bytes, most: usize) -> bool {
        let more = self.index.read(bytes, most);
        if !more {
            self.colour(bytes);
        }
        more
    }

    /// Finds the colours, once all is read.
    fn colour(&mut self, bytes: &impl Bytes) {
        self.marks.clear();
        let large = self.index.size() > code::MOST_BYTES as u64;
        let Some(language) = self.language else {
            return;
        };
        if large || self.index.lines() > code::MOST_LINES {
            return;
        }
        let mut state = State::of(language);
        for part in self.index.from(bytes, 0).filter(|p| p.begins) {
            let text = String::from_utf8_lossy(&part.bytes);
            self.marks.push(state.line(&text));
        }
    }

    /// Where its lines are.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The columns that line numbers take, with the space after them; 0 where there is no room.
    pub fn gutter(&self, columns: usize) -> usize {
        let digits = self.index.lines().max(1).to_string().len().max(3);
        if columns >= digits + 12 {
            digits + 2
        } else {
            0
        }
    }

    /// The rows from a place on, at most so many.
    pub fn rows(&self, bytes: &impl Bytes, from: Spot, most: usize, view: View) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut skip = from.row;
        for part in self.index.from(bytes, from.part) {
            if rows.len() >= most {
                break;
            }
            self.lay_part(&part, view, |k, row| {
                if k >= skip && rows.len() < most {
                    rows.push(row);
                }
            });
            skip = 0;
        }
        rows
    }

    /// All rows of these parts of lines, counted from 0.
    pub fn rows_of(&self, bytes: &impl Bytes, parts: Range<usize>, view: View) -> Vec<Row> {
        let from = self.index.from(bytes, parts.start);
        let mut rows = Vec::new();
        for part in from.take(parts.len()) {
            self.lay_part(&part, view, |_, row| rows.push(row));
        }
        rows
    }

    /// The rows of a part, each with its number, counted from 0.
    fn lay_part(&self, part: &Part, view: View, mut take: impl FnMut(usize, Row)) {
        let gutter = self.gutter(view.columns);
        let room = view.columns.saturating_sub(gutter).max(1);
        let text = String::from_utf8_lossy(&part.bytes);
        let marks = self.marks.get(part.line - 1).filter(|_| part.begins);
        let marks = marks.map_or(&[][..], Vec::as_slice);
        let laid = lay(&pieces(&text, marks), room, view);
        for (k, spans) in laid.into_iter().enumerate() {
            take(k, row(part, k, gutter, spans));
        }
    }

    /// How many rows a part takes.
    fn height(&self, bytes: &impl Bytes, part: usize, view: View) -> usize {
        if !view.wrap {
            return 1;
        }
        let room = view
            .columns
            .saturating_sub(self.gutter(view.columns))
            .max(1);
        let part = self.index.from(bytes, part).next();
        part.map_or(1, |part| {
            let text = String::from_utf8_lossy(&part.bytes);
            height(&text, room)
        })
    }

    /// The place so many rows further down, or up where it is less than 0; never beyond the first
    /// or the last row.
    pub fn step(&self, bytes: &impl Bytes, from: Spot, by: isize, view: View) -> Spot {
        let mut spot = self.settle(bytes, from, view);
        let mut left = by.unsigned_abs();
        if !view.wrap {
            let part = spot.part.saturating_add_signed(by);
            return self.settle(bytes, Spot { part, row: 0 }, view);
        }
        while left > 0 {
            if by > 0 {
                let below = self.height(bytes, spot.part, view) - 1 - spot.row;
                if left <= below {
                    spot.row += left;
                    break;
                }
                if spot.part + 1 >= self.index.parts() {
                    spot.row += below;
                    break;
                }
                left -= below + 1;
                spot = Spot {
                    part: spot.part + 1,
                    row: 0,
                };
            } else {
                if left <= spot.row {
                    spot.row -= left;
                    break;
                }
                if spot.part == 0 {
                    spot.row = 0;
                    break;
                }
                left -= spot.row + 1;
                let part = spot.part - 1;
                let row = self.height(bytes, part, view) - 1;
                spot = Spot { part, row };
            }
        }
        spot
    }

    /// The nearest place that there is.
    pub fn settle(&self, bytes: &impl Bytes, spot: Spot, view: View) -> Spot {
        let part = spot.part.min(self.index.parts().saturating_sub(1));
        let row = if part == spot.part {
            let last = self.height(bytes, part, view).saturating_sub(1);
            spot.row.min(last)
        } else {
            0
        };
        Spot { part, row }
    }

    /// The last row.
    pub fn end(&self, bytes: &impl Bytes, view: View) -> Spot {
        let part = self.index.parts().saturating_sub(1);
        let row = self.height(bytes, part, view).saturating_sub(1);
        Spot { part, row }
    }

    /// The first row of a line, counted from 1.
    pub fn spot_of(&self, bytes: &impl Bytes, line: usize) -> Spot {
        let part = self.index.part_of_line(bytes, line);
        Spot { part, row: 0 }
    }
}

/// The rows of a line's pieces: wrapped, or the one that the view shows of it.
fn lay(pieces: &[(&str, Look)], room: usize, view: View) -> Vec<Vec<Span>> {
    if view.wrap {
        return fold(pieces, room);
    }
    let mut rows = if view.left == 0 {
        cut(pieces, room)
    } else {
        let mut rows = cut(pieces, view.left);
        let rest = rows.split_off(1).into_iter().flatten();
        let rest: Vec<(SafeText, Look)> = rest.map(|s| (s.text().clone(), s.look)).collect();
        let rest: Vec<(&str, Look)> = rest.iter().map(|(t, l)| (t.as_str(), *l)).collect();
        cut(&rest, room)
    };
    let more = rows.len() > 1;
    rows.truncate(1);
    if let Some(row) = rows.first_mut().filter(|_| more) {
        mark_cut(row, room);
    }
    rows
}

/// Puts `…` at the end of a row that is not the end of its line.
fn mark_cut(row: &mut Vec<Span>, room: usize) {
    let mut used: usize = row.iter().map(|s| width(s.text())).sum();
    while used + 1 > room {
        let Some(last) = row.pop() else { break };
        let wide = width(last.text());
        used -= wide;
        let keep = room.saturating_sub(used + 1);
        let (head, _) = split(last.text(), keep);
        if !head.is_empty() {
            used += width(head);
            row.push(Span::new(last.look, head));
        }
        if used + 1 > room && row.is_empty() {
            return;
        }
    }
    row.push(Span::new(Look::Mark, "…"));
}

/// The longest head of at most so many columns, and the rest.
fn split(text: &str, columns: usize) -> (&str, &str) {
    use unicode_segmentation::UnicodeSegmentation;
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += width(cluster);
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

fn row(part: &Part, k: usize, gutter: usize, spans: Vec<Span>) -> Row {
    let mut row = Row::empty().from_line(part.line);
    if gutter > 0 {
        let number = match k {
            0 if part.begins => part.line.to_string(),
            0 => String::new(),
            _ => GOES_ON.to_string(),
        };
        let wide = gutter - 2;
        row = row.with(Look::Mark, pad(&format!("{number:>wide$}"), gutter));
    }
    row.spans.extend(spans);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WIDE: View = View {
        columns: 20,
        wrap: true,
        left: 0,
    };

    fn texts(rows: &[Row]) -> Vec<String> {
        rows.iter().map(Row::text).collect()
    }

    #[test]
    fn lines_have_numbers_and_colours() {
        let mut colours = Colours::default();
        let text = "fn a() {}\n/* long long comment\n*/";
        colours.add(Language::of_path("a.rs").unwrap(), text);
        let rows = source("a.rs", text, 20, true, &colours);
        assert_eq!(
            texts(&rows),
            [
                "  1  fn a() {}",
                "  2  /* long long ",
                "  ↳  comment",
                "  3  */"
            ]
        );
        assert_eq!(rows[0].spans[1].look, Look::Keyword);
        assert_eq!(rows[3].spans[1].look, Look::Comment);
        assert_eq!(rows[2].line, Some(2));
        let cut = source("a.rs", "fn a_long_name_that_ends()", 15, false, &colours);
        assert_eq!(texts(&cut), ["  1  fn a_long…"]);
        assert_eq!(source("a.rs", "", 20, true, &colours), []);
    }

    #[test]
    fn what_stands_left_is_not_shown() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        let view = View {
            columns: 17,
            wrap: false,
            left: 10,
        };
        let rows = Source::of("a.txt", &text).rows(&text, Spot::default(), 9, view);
        assert_eq!(texts(&rows), ["  1  klmnopqrstu…"]);
    }

    #[test]
    fn a_window_is_like_the_whole_and_steps_meet_it() {
        let text: String = (1..=300)
            .map(|n| format!("let x{n} = \"{}\"; /*\n*/\n", "y".repeat(n % 40)))
            .collect();
        let file = Source::of("a.rs", &text);
        let all = file.rows(&text, Spot::default(), usize::MAX, WIDE);
        let mut spot = Spot::default();
        for (n, row) in all.iter().enumerate() {
            let here = file.rows(&text, spot, 1, WIDE);
            assert_eq!(here.first(), Some(row), "row {n}");
            let back = file.step(&text, spot, -n.min(7).cast_signed(), WIDE);
            assert_eq!(file.rows(&text, back, 1, WIDE)[0], all[n - n.min(7)]);
            spot = file.step(&text, spot, 1, WIDE);
        }
        assert_eq!(spot, file.end(&text, WIDE));
        let there = file.spot_of(&text, 201);
        assert_eq!(file.rows(&text, there, 1, WIDE)[0].line, Some(201));
    }

    #[test]
    fn no_more_is_read_than_is_shown() {
        struct Counted(Vec<u8>, std::cell::Cell<usize>);
        impl Bytes for Counted {
            fn size(&self) -> u64 {
                self.0.len() as u64
            }
            fn window(&self, from: u64, most: usize) -> std::borrow::Cow<'_, [u8]> {
                let window = self.0.window(from, most);
                self.1.set(self.1.get() + window.len());
                std::borrow::Cow::Owned(window.into_owned())
            }
        }
        let line = Counted(vec![b'x'; 3 << 20], std::cell::Cell::new(0));
        let file = Source::of("a.js", &line);
        for spot in [Spot::default(), file.end(&line, WIDE)] {
            line.1.set(0);
            assert!(!file.rows(&line, spot, 50, WIDE).is_empty());
            assert!(line.1.get() < 1 << 20, "{} bytes were read", line.1.get());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        #[test]
        fn any_bytes_fit_their_columns(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\t'), Just(b'"')], 0..200),
            columns in 1usize..60, wrap: bool, left in 0usize..30,
        ) {
            let view = View { columns, wrap, left };
            let file = Source::of("a.rs", &bytes);
            for row in file.rows(&bytes, Spot::default(), 500, view) {
                let widest = row.text().chars().filter_map(unicode_width::UnicodeWidthChar::width).max();
                // What is no character of its own is written out in seven columns and more.
                prop_assert!(row.width() <= columns.max(widest.unwrap_or(0)).max(12), "{:?}", row.text());
            }
        }
    }
}
