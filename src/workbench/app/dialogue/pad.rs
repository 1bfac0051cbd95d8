//! Text of several lines that is written: caret, selection, what was there before and what was
//! taken back, and how it is broken into rows.
//!
//! The caret goes from one character that a person sees to the next, and never stands within one.

use crate::text::{SafeText, width};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// The longest text that can be written, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// How many changes can be taken back.
const PAST: usize = 200;

/// A text under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pad {
    text: String,
    /// The byte the caret stands at.
    at: usize,
    /// The byte at the selection's other end.
    mark: Option<usize>,
    past: Vec<(String, usize)>,
    future: Vec<(String, usize)>,
    /// Whether the last change was a typed character: those of a word are taken back together.
    typing: bool,
    /// The column that the caret keeps as it goes up and down.
    column: Option<usize>,
}

impl Pad {
    /// A text that holds this, the caret at its end.
    pub fn of(text: &str) -> Self {
        let mut pad = Self::default();
        pad.insert(text);
        pad.past.clear();
        pad
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The byte at which the caret stands.
    pub fn caret(&self) -> usize {
        self.at
    }

    /// What is selected.
    pub fn selected(&self) -> Option<Range<usize>> {
        let mark = self.mark?;
        (mark != self.at).then(|| mark.min(self.at)..mark.max(self.at))
    }

    /// Takes a key, where rows have so many columns; whether it was one for a written text.
    pub fn key(&mut self, key: KeyEvent, columns: usize) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let holds = key.modifiers.contains(KeyModifiers::SHIFT);
        let to = match key.code {
            KeyCode::Left if ctrl || alt => self.word_back(),
            KeyCode::Right if ctrl || alt => self.word_on(),
            KeyCode::Left => self.back(),
            KeyCode::Right => self.on(),
            KeyCode::Home if ctrl => 0,
            KeyCode::End if ctrl => self.text.len(),
            KeyCode::Home => self.row_of_caret(columns).start,
            KeyCode::End => self.row_of_caret(columns).end,
            KeyCode::Up => return self.go_rows(-1, columns, holds),
            KeyCode::Down => return self.go_rows(1, columns, holds),
            KeyCode::Char('b') if alt => self.word_back(),
            KeyCode::Char('f') if alt => self.word_on(),
            KeyCode::Char('a') if ctrl => self.row_of_caret(columns).start,
            KeyCode::Char('e') if ctrl => self.row_of_caret(columns).end,
            _ => return self.change(key, ctrl, alt),
        };
        self.go(to, holds);
        true
    }

    fn change(&mut self, key: KeyEvent, ctrl: bool, alt: bool) -> bool {
        match key.code {
            KeyCode::Backspace if ctrl || alt => self.cut(self.word_back()..self.at),
            KeyCode::Backspace => self.cut(self.back()..self.at),
            KeyCode::Delete if ctrl || alt => self.cut(self.at..self.word_on()),
            KeyCode::Delete => self.cut(self.at..self.on()),
            KeyCode::Char('w') if ctrl => self.cut(self.word_back()..self.at),
            KeyCode::Char('u') if ctrl => self.cut(self.line().start..self.at),
            KeyCode::Char('k') if ctrl => self.cut(self.at..self.line().end),
            KeyCode::Char('d') if alt => self.cut(self.at..self.word_on()),
            KeyCode::Char('d') if ctrl => self.cut(self.at..self.on()),
            KeyCode::Char('h') if ctrl => self.cut(self.back()..self.at),
            // ctrl-_ and ctrl-/ reach a program as either of these.
            KeyCode::Char('_' | '/' | '7') if ctrl => self.undo(),
            KeyCode::Char('y') if ctrl => self.redo(),
            KeyCode::Char('x') if alt => {
                self.mark = Some(0);
                self.at = self.text.len();
            }
            KeyCode::Char(c) if !ctrl && !alt => self.put(c),
            _ => return false,
        }
        true
    }

    /// Puts text in at the caret, in place of what is selected: all its lines, as far as there is
    /// room. How many bytes of it there was none for.
    pub fn insert(&mut self, text: &str) -> usize {
        let mut text: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\t', "    ");
        text.retain(|c| c == '\n' || !c.is_control());
        let gone = self.selected().map_or(0, |r| r.len());
        let room = LONGEST.saturating_sub(self.text.len() - gone);
        let mut end = room.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let out = text.len() - end;
        if end == 0 {
            return out;
        }
        self.remember();
        self.drop_selected();
        self.text.insert_str(self.at, &text[..end]);
        self.at += end;
        self.typing = false;
        out
    }

    /// Takes this in place of all that is written, as far as there is room; how many bytes of it
    /// there was none for.
    pub fn set(&mut self, text: &str) -> usize {
        self.mark = Some(0);
        self.at = self.text.len();
        if text.is_empty() {
            self.cut(0..self.at);
            0
        } else {
            self.insert(text)
        }
    }

    /// Takes this in place of a part of it.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        if self.text.get(range.clone()).is_none() {
            return;
        }
        self.mark = Some(range.start);
        self.at = range.end;
        self.insert(text);
    }

    /// The word with `@` before it in which the caret stands: its place, the sign left out.
    pub fn mention(&self) -> Option<Range<usize>> {
        let before = &self.text[..self.at];
        let from = before.rfind(char::is_whitespace);
        let from = from.map_or(0, |at| {
            at + before[at..].chars().next().map_or(1, char::len_utf8)
        });
        before[from..].starts_with('@').then_some(from + 1..self.at)
    }

    fn put(&mut self, c: char) {
        if c.is_control() || self.text.len() + c.len_utf8() > LONGEST {
            return;
        }
        // A word is taken back whole.
        if !self.typing || c == ' ' || self.selected().is_some() {
            self.remember();
        }
        self.drop_selected();
        self.text.insert(self.at, c);
        self.at += c.len_utf8();
        self.typing = true;
        self.column = None;
    }

    fn drop_selected(&mut self) {
        if let Some(range) = self.selected() {
            self.at = range.start;
            self.text.replace_range(range, "");
        }
        self.mark = None;
        self.column = None;
    }

    fn go(&mut self, at: usize, holds: bool) {
        if holds {
            self.mark.get_or_insert(self.at);
        } else {
            self.mark = None;
        }
        self.at = at;
        self.typing = false;
        self.column = None;
    }

    fn go_rows(&mut self, by: isize, columns: usize, holds: bool) -> bool {
        let rows = self.rows(columns);
        let here = self.nth_row(&rows);
        let row = rows.get(here).cloned().unwrap_or_default();
        let column = self
            .column
            .unwrap_or_else(|| seen(&self.text[row.start..self.at]));
        let Some(there) = here.checked_add_signed(by).and_then(|n| rows.get(n)) else {
            let end = if by < 0 { 0 } else { self.text.len() };
            let moved = end != self.at;
            self.go(end, holds);
            return moved;
        };
        let mut at = there.start;
        for (offset, grapheme) in self.text[there.clone()].grapheme_indices(true) {
            if seen(&self.text[there.start..there.start + offset]) >= column {
                break;
            }
            at = there.start + offset + grapheme.len();
        }
        self.go(at.min(there.end), holds);
        self.column = Some(column);
        true
    }

    fn cut(&mut self, range: Range<usize>) {
        let range = self.selected().unwrap_or(range);
        if range.is_empty() {
            return;
        }
        self.remember();
        self.at = range.start;
        self.text.replace_range(range, "");
        self.mark = None;
        self.typing = false;
        self.column = None;
    }

    fn remember(&mut self) {
        if self.past.len() == PAST {
            self.past.remove(0);
        }
        self.past.push((self.text.clone(), self.at));
        self.future.clear();
    }

    fn undo(&mut self) {
        if let Some(before) = self.past.pop() {
            let now = std::mem::replace(&mut self.text, before.0);
            self.future.push((now, self.at));
            self.moved_in_time(before.1);
        }
    }

    fn redo(&mut self) {
        if let Some(after) = self.future.pop() {
            let now = std::mem::replace(&mut self.text, after.0);
            self.past.push((now, self.at));
            self.moved_in_time(after.1);
        }
    }

    fn moved_in_time(&mut self, at: usize) {
        self.at = at.min(self.text.len());
        self.mark = None;
        self.typing = false;
        self.column = None;
    }

    /// The line that the caret stands in, without its break.
    fn line(&self) -> Range<usize> {
        let start = self.text[..self.at].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[self.at..].find('\n');
        start..end.map_or(self.text.len(), |at| self.at + at)
    }

    fn back(&self) -> usize {
        let mut before = self.text[..self.at].grapheme_indices(true);
        before.next_back().map_or(0, |(at, _)| at)
    }

    fn on(&self) -> usize {
        let after = self.text[self.at..].graphemes(true).next();
        self.at + after.map_or(0, str::len)
    }

    fn word_back(&self) -> usize {
        let mut words = self.text[..self.at].unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    fn word_on(&self) -> usize {
        let mut words = self.text[self.at..].unicode_word_indices();
        let end = words.next().map(|(at, word)| self.at + at + word.len());
        end.unwrap_or(self.text.len())
    }

    /// The text in rows of at most so many columns: the bytes of each.
    pub fn rows(&self, columns: usize) -> Vec<Range<usize>> {
        let columns = columns.max(1);
        let mut rows = Vec::new();
        let mut from = 0;
        for line in self.text.split('\n') {
            let mut start = from;
            let (mut used, mut last_blank) = (0, None);
            for (offset, grapheme) in line.grapheme_indices(true) {
                let at = from + offset;
                let wide = seen(grapheme);
                if used + wide > columns && at > start {
                    let end = last_blank.filter(|b| *b > start).unwrap_or(at);
                    rows.push(start..end);
                    start = end;
                    used = seen(&self.text[start..at]);
                    last_blank = None;
                }
                used += wide;
                if grapheme == " " {
                    last_blank = Some(at + 1);
                }
            }
            rows.push(start..from + line.len());
            from += line.len() + 1;
        }
        rows
    }

    /// The row that the caret stands in, of these.
    pub fn nth_row(&self, rows: &[Range<usize>]) -> usize {
        let before = rows.iter().rposition(|r| r.start <= self.at);
        before.unwrap_or(0)
    }

    fn row_of_caret(&self, columns: usize) -> Range<usize> {
        let rows = self.rows(columns);
        let n = self.nth_row(&rows);
        let row = rows.get(n).cloned().unwrap_or_default();
        // The end of a row that is broken in its line is the beginning of the next one.
        let goes_on = rows.get(n + 1).is_some_and(|next| next.start == row.end);
        if goes_on {
            let last = self.text[row.clone()].grapheme_indices(true).next_back();
            return row.start..row.start + last.map_or(0, |(at, _)| at);
        }
        row
    }
}

/// The columns that a part of a text takes on the screen.
pub fn seen(text: &str) -> usize {
    width(SafeText::line(text).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn press(pad: &mut Pad, code: KeyCode, modifiers: KeyModifiers) -> bool {
        pad.key(KeyEvent::new(code, modifiers), 10)
    }

    fn types(pad: &mut Pad, text: &str) {
        for c in text.chars() {
            press(pad, KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    #[test]
    fn many_lines_are_pasted_and_gone_about_in() {
        let mut pad = Pad::of("one\r\ntwo\tx\u{7}\nthree");
        assert_eq!(pad.text(), "one\ntwo    x\nthree");
        press(&mut pad, KeyCode::Up, KeyModifiers::NONE);
        types(&mut pad, "|");
        assert_eq!(pad.text(), "one\ntwo  |  x\nthree");
        press(&mut pad, KeyCode::Home, KeyModifiers::NONE);
        types(&mut pad, ">");
        assert!(pad.text().contains("\n>two"));
    }

    #[test]
    fn what_is_selected_is_written_over_and_comes_back() {
        let mut pad = Pad::of("dark mode");
        press(
            &mut pad,
            KeyCode::Left,
            KeyModifiers::SHIFT | KeyModifiers::CONTROL,
        );
        assert_eq!(pad.selected(), Some(5..9));
        types(&mut pad, "blue");
        assert_eq!(pad.text(), "dark blue");
        press(&mut pad, KeyCode::Char('_'), KeyModifiers::CONTROL);
        assert_eq!(pad.text(), "dark mode");
        press(&mut pad, KeyCode::Char('y'), KeyModifiers::CONTROL);
        assert_eq!(pad.text(), "dark blue");
        press(&mut pad, KeyCode::Char('x'), KeyModifiers::ALT);
        press(&mut pad, KeyCode::Delete, KeyModifiers::NONE);
        assert_eq!(pad.text(), "");
        assert!(pad.is_blank());
    }

    #[test]
    fn a_file_is_named_where_its_sign_begins_a_word() {
        let of = |text: &str| Pad::of(text).mention();
        assert_eq!(of("see @src/li"), Some(5..11));
        assert_eq!(of("@"), Some(1..1));
        assert_eq!(of("a@b"), None);
        assert_eq!(of("@a b"), None);
        let mut pad = Pad::of("see @src");
        pad.replace(5..8, "src/lib.rs ");
        assert_eq!(pad.text(), "see @src/lib.rs ");
    }

    proptest! {
        #[test]
        fn rows_hold_all_of_it_and_the_caret_never_stands_within_a_character(
            text in "[a-c é👩‍👧\u{301}한\n ]{0,30}",
            keys in prop::collection::vec(0..14u8, 0..30),
        ) {
            let mut pad = Pad::of(&text);
            for key in keys {
                let (code, modifiers) = match key {
                    0 => (KeyCode::Left, KeyModifiers::NONE),
                    1 => (KeyCode::Right, KeyModifiers::SHIFT),
                    2 => (KeyCode::Left, KeyModifiers::CONTROL),
                    3 => (KeyCode::Right, KeyModifiers::CONTROL),
                    4 => (KeyCode::Backspace, KeyModifiers::NONE),
                    5 => (KeyCode::Delete, KeyModifiers::NONE),
                    6 => (KeyCode::Up, KeyModifiers::SHIFT),
                    7 => (KeyCode::Down, KeyModifiers::NONE),
                    8 => (KeyCode::Char('é'), KeyModifiers::NONE),
                    9 => (KeyCode::Char('_'), KeyModifiers::CONTROL),
                    10 => (KeyCode::Char('y'), KeyModifiers::CONTROL),
                    11 => (KeyCode::Char('k'), KeyModifiers::CONTROL),
                    12 => (KeyCode::End, KeyModifiers::NONE),
                    _ => (KeyCode::Home, KeyModifiers::NONE),
                };
                press(&mut pad, code, modifiers);
                prop_assert!(pad.text.is_char_boundary(pad.at));
                for columns in [1, 4, 10] {
                    let rows = pad.rows(columns);
                    let mut all = String::new();
                    for row in &rows {
                        if all.len() < row.start {
                            all.push('\n');
                        }
                        all.push_str(&pad.text[row.clone()]);
                    }
                    prop_assert_eq!(&all, &pad.text);
                    let row = &rows[pad.nth_row(&rows)];
                    prop_assert!(row.start <= pad.at && pad.at <= row.end);
                }
            }
        }
    }
}
