//! Running text in pieces, broken into rows.

use super::{Look, Span, Target};
use crate::text::{SafeText, width};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Marks that never begin a row where the text before them has no spaces to break at.
const NEVER_FIRST: &str = "、。，．：；？！）」』】〉》〕］｝ー…";

/// A piece of running text.
#[derive(Debug, Clone)]
pub struct Piece {
    text: SafeText,
    look: Look,
    target: Option<Target>,
    /// The line of the source it stands in.
    line: usize,
    /// Whether a new row begins here; such a piece has no text.
    breaks: bool,
}

impl Piece {
    /// A piece of one line; its text is made safe.
    pub fn new(text: &str, look: Look, target: Option<Target>, line: usize) -> Self {
        Self {
            text: SafeText::line(text),
            look,
            target,
            line,
            breaks: false,
        }
    }

    /// The end of a row that the text itself asks for.
    pub fn row_end(line: usize) -> Self {
        Self {
            breaks: true,
            ..Self::new("", Look::Plain, None, line)
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A row of running text: its pieces, and the line of the source its first word comes from.
#[derive(Debug, Clone, Default)]
pub struct Flowed {
    /// From left to right.
    pub spans: Vec<Span>,
    /// Counted from 1.
    pub line: usize,
}

/// The columns that the pieces take side by side, and the widest word among them. Where the text
/// asks for new rows, the widest of them counts.
pub fn extent(pieces: &[Piece]) -> (usize, usize) {
    let (mut all, mut widest_row, mut word, mut widest) = (0, 0, 0, 0);
    for piece in pieces {
        if piece.breaks {
            (all, word) = (0, 0);
            continue;
        }
        for (n, part) in piece.text.split(' ').enumerate() {
            let columns = width(part);
            if n > 0 {
                word = 0;
                all += 1;
            }
            word += columns;
            all += columns;
            widest = widest.max(word);
            widest_row = widest_row.max(all);
        }
    }
    (widest_row, widest)
}

/// Breaks pieces into rows of at most `columns` columns: at spaces, between wide characters, and
/// within a word only where it fits in no row. A character wider than `columns` stands alone.
pub fn flow(pieces: &[Piece], columns: usize) -> Vec<Flowed> {
    let mut rows = Rows {
        pieces,
        columns: columns.max(1),
        done: Vec::new(),
        row: Vec::new(),
        used: 0,
        space: None,
        word: Vec::new(),
        wide: 0,
    };
    for (n, piece) in pieces.iter().enumerate() {
        if piece.breaks {
            rows.end_word();
            rows.end_row(piece.line);
            continue;
        }
        for (k, part) in piece.text.split(' ').enumerate() {
            if k > 0 {
                rows.end_word();
                if !rows.row.is_empty() {
                    rows.space.get_or_insert(n);
                }
            }
            rows.take(n, part);
        }
    }
    rows.end_word();
    if !rows.row.is_empty() || rows.done.is_empty() {
        let line = pieces.last().map_or(1, |p| p.line);
        rows.end_row(line);
    }
    rows.done
}

/// A part of a piece, by the piece's number.
type Part = (usize, String, usize);

struct Rows<'a> {
    pieces: &'a [Piece],
    columns: usize,
    done: Vec<Flowed>,
    row: Vec<(usize, String)>,
    used: usize,
    /// The piece whose space stands before the next word.
    space: Option<usize>,
    /// The word under way, in parts with their columns.
    word: Vec<Part>,
    wide: usize,
}

impl Rows<'_> {
    /// Takes text without spaces.
    fn take(&mut self, piece: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        if text.is_ascii() {
            return self.add(piece, text, text.len());
        }
        let mut last_wide = false;
        for cluster in text.graphemes(true) {
            let columns = width(cluster);
            let wide = columns > 1;
            if (wide || last_wide) && !cluster.starts_with(|c| NEVER_FIRST.contains(c)) {
                self.end_word();
            }
            last_wide = wide;
            self.cluster(piece, cluster, columns);
        }
    }

    /// What would be drawn onto the character before gets one of its own to stand on.
    fn cluster(&mut self, piece: usize, cluster: &str, columns: usize) {
        let safe = SafeText::line(cluster);
        if safe.as_str() == cluster {
            return self.add(piece, cluster, columns);
        }
        if columns == 0 && !self.word.is_empty() {
            return self.add(piece, cluster, 0);
        }
        if columns == 0 {
            return self.add(piece, &safe, width(&safe));
        }
        // A mark that stands before its character could come to begin a row.
        let own = cluster.trim_start_matches(|c: char| c.width() == Some(0));
        self.add(piece, "\u{fffd}", 1);
        self.add(piece, own, width(own));
    }

    fn add(&mut self, piece: usize, text: &str, columns: usize) {
        self.wide += columns;
        match self.word.last_mut() {
            Some((last, so_far, wide)) if *last == piece => {
                so_far.push_str(text);
                *wide += columns;
            }
            _ => self.word.push((piece, text.to_owned(), columns)),
        }
    }

    /// Puts the word under way into the row, or into the next.
    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let wide = std::mem::take(&mut self.wide);
        let gap = usize::from(self.space.is_some());
        if !self.row.is_empty() && self.used + gap + wide > self.columns {
            let line = self.line(&word);
            self.end_row(line);
        }
        if let Some(piece) = self.space.take()
            && !self.row.is_empty()
        {
            self.put(piece, " ", 1);
        }
        if wide <= self.columns {
            for (piece, text, columns) in word {
                self.put(piece, &text, columns);
            }
            return;
        }
        self.cut(&word);
    }

    /// Puts a word that fits in no row into as many as it takes.
    fn cut(&mut self, word: &[Part]) {
        for (piece, text, _) in word {
            for cluster in text.graphemes(true) {
                let columns = width(cluster);
                if self.used + columns > self.columns && !self.row.is_empty() && columns > 0 {
                    let line = self.line(word);
                    self.end_row(line);
                }
                self.put(*piece, cluster, columns);
            }
        }
    }

    fn line(&self, word: &[Part]) -> usize {
        let piece = word.first().and_then(|(n, ..)| self.pieces.get(*n));
        piece.map_or(1, |p| p.line)
    }

    fn put(&mut self, piece: usize, text: &str, columns: usize) {
        self.used += columns;
        match self.row.last_mut() {
            Some((last, so_far)) if *last == piece => so_far.push_str(text),
            _ => self.row.push((piece, text.to_owned())),
        }
    }

    /// Ends the row; `line` is for one without text.
    fn end_row(&mut self, line: usize) {
        self.used = 0;
        self.space = None;
        let row = std::mem::take(&mut self.row);
        let first = row.first().and_then(|(n, _)| self.pieces.get(*n));
        let line = first.map_or(line, |p| p.line);
        let spans = row.into_iter().filter_map(|(n, text)| {
            let piece = self.pieces.get(n)?;
            let mut span = Span::new(piece.look, text);
            span.target.clone_from(&piece.target);
            Some(span)
        });
        self.done.push(Flowed {
            spans: spans.collect(),
            line,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Piece {
        Piece::new(text, Look::Plain, None, 1)
    }

    fn texts(pieces: &[Piece], columns: usize) -> Vec<String> {
        let row = |r: Flowed| r.spans.iter().map(|s| s.text().as_str()).collect();
        flow(pieces, columns).into_iter().map(row).collect()
    }

    #[test]
    fn a_word_in_two_looks_stays_together() {
        let pieces = [
            plain("one two"),
            Piece::new("three", Look::Strong, None, 2),
            plain(", four"),
        ];
        assert_eq!(texts(&pieces, 10), ["one", "twothree,", "four"]);
        let rows = flow(&pieces, 10);
        assert_eq!(rows[1].spans[1].look, Look::Strong);
    }

    #[test]
    fn spaces_are_one_and_never_at_an_edge() {
        assert_eq!(texts(&[plain(" a   b "), plain(" c ")], 3), ["a b", "c"]);
        assert_eq!(texts(&[plain("")], 3), [""]);
    }

    #[test]
    fn long_words_are_cut_and_wide_ones_broken_anywhere() {
        assert_eq!(texts(&[plain("abcdefgh i")], 3), ["abc", "def", "gh", "i"]);
        assert_eq!(texts(&[plain("ab 日本語。x")], 7), ["ab 日本", "語。x"]);
        assert_eq!(texts(&[plain("日")], 1), ["日"]);
    }

    #[test]
    fn a_mark_without_a_character_gets_one() {
        let rows = texts(&[plain("ab \u{301}c")], 2);
        assert_eq!(rows, ["ab", "◌\u{301}c"]);
    }

    #[test]
    fn what_is_measured_is_what_is_drawn() {
        assert_eq!(extent(&[plain("ab cdef g"), plain("h")]), (10, 4));
        assert_eq!(
            extent(&[plain("ab"), Piece::row_end(1), plain("cde")]),
            (3, 3)
        );
    }
}
