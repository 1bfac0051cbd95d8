//! A line that is written: its text, where the caret stands, and what was there before.
//!
//! The caret goes from one character that a person sees to the next, however many code points that
//! is, and never stands within one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// The longest line that can be written, in bytes.
const LONGEST: usize = 4000;
/// How many changes can be taken back.
const PAST: usize = 100;

/// A line under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// The byte the caret stands at.
    at: usize,
    past: Vec<(String, usize)>,
    /// Whether what it is of is longer than what is here: then nothing of it can be changed.
    cut: bool,
    /// Whether the last change was a typed character: such are taken back together.
    typing: bool,
}

/// The part of a line that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What stands before the caret.
    pub before: String,
    /// What the caret stands on; a blank at the end.
    pub under: String,
    /// What stands after it.
    pub after: String,
}

impl Input {
    /// A line that holds this, the caret at its end.
    pub fn of(text: &str) -> Self {
        let cut = text.chars().map(|c| blank(c).len_utf8()).sum::<usize>() > LONGEST;
        let text = line(text, LONGEST);
        Self {
            at: text.len(),
            text,
            cut,
            ..Self::default()
        }
    }

    /// Whether what it is of is longer than can be written: it can be looked at, and not changed.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a key; whether it was one for a written line.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Left if ctrl || alt => self.go(self.word_back()),
            KeyCode::Right if ctrl || alt => self.go(self.word_on()),
            KeyCode::Left => self.go(self.back()),
            KeyCode::Right => self.go(self.on()),
            KeyCode::Home => self.go(0),
            KeyCode::End => self.go(self.text.len()),
            KeyCode::Backspace if ctrl || alt => self.cut(self.word_back(), self.at),
            KeyCode::Backspace => self.cut(self.back(), self.at),
            KeyCode::Delete if ctrl || alt => self.cut(self.at, self.word_on()),
            KeyCode::Delete => self.cut(self.at, self.on()),
            KeyCode::Char(c) if ctrl => return self.control(c),
            KeyCode::Char(c) if alt => return self.alt(c),
            KeyCode::Char(c) => self.put(c),
            _ => return false,
        }
        true
    }

    fn control(&mut self, c: char) -> bool {
        match c {
            'a' => self.go(0),
            'e' => self.go(self.text.len()),
            'b' => self.go(self.back()),
            'f' => self.go(self.on()),
            'd' => self.cut(self.at, self.on()),
            'h' => self.cut(self.back(), self.at),
            'w' => self.cut(self.word_back(), self.at),
            'u' => self.cut(0, self.at),
            'k' => self.cut(self.at, self.text.len()),
            // ctrl-_ and ctrl-/ reach a program as either of these.
            '_' | '/' | '7' => self.take_back(),
            _ => return false,
        }
        true
    }

    fn alt(&mut self, c: char) -> bool {
        match c {
            'b' => self.go(self.word_back()),
            'f' => self.go(self.word_on()),
            'd' => self.cut(self.at, self.word_on()),
            _ => return false,
        }
        true
    }

    /// Puts text in at the caret, on one line: as much of it as there is room for.
    pub fn paste(&mut self, pasted: &str) {
        let room = if self.cut {
            0
        } else {
            LONGEST.saturating_sub(self.text.len())
        };
        let pasted = line(pasted, room);
        if pasted.is_empty() {
            return;
        }
        self.remember();
        self.text.insert_str(self.at, &pasted);
        self.at += pasted.len();
        self.typing = false;
    }

    /// What is to be shown in this many columns, so that the caret is in sight.
    pub fn shown(&self, columns: usize) -> Shown {
        use crate::text::{SafeText, truncate, width};
        let safe = |text: &str| SafeText::line(text).into_string();
        let end = self.on();
        let under = safe(&self.text[self.at..end]);
        let under = if under.is_empty() {
            " ".to_owned()
        } else {
            under
        };
        let room = columns.saturating_sub(width(&under));
        let mut before = safe(&self.text[..self.at]);
        if width(&before) > room {
            // Its end: where a person writes is what must be in sight.
            let mut from = before.len();
            for (at, grapheme) in before.grapheme_indices(true).rev() {
                if width(&before[from..]) + width(grapheme) > room {
                    break;
                }
                from = at;
            }
            before = before[from..].to_owned();
        }
        let left = room.saturating_sub(width(&before));
        let after = truncate(&safe(&self.text[end..]), left);
        Shown {
            before,
            under,
            after,
        }
    }

    fn put(&mut self, c: char) {
        if self.cut || c.is_control() || self.text.len() + c.len_utf8() > LONGEST {
            return;
        }
        // A word is taken back whole.
        if !self.typing || c == ' ' {
            self.remember();
        }
        self.text.insert(self.at, c);
        self.at += c.len_utf8();
        self.typing = true;
    }

    fn go(&mut self, at: usize) {
        self.at = at;
        self.typing = false;
    }

    fn cut(&mut self, from: usize, to: usize) {
        if self.cut || from >= to {
            return;
        }
        self.remember();
        self.text.replace_range(from..to, "");
        self.at = from;
        self.typing = false;
    }

    fn remember(&mut self) {
        if self.past.len() == PAST {
            self.past.remove(0);
        }
        self.past.push((self.text.clone(), self.at));
    }

    fn take_back(&mut self) {
        if let Some((text, at)) = self.past.pop() {
            (self.text, self.at) = (text, at);
        }
        self.typing = false;
    }

    /// The place before the character that stands before the caret.
    fn back(&self) -> usize {
        let mut before = self.text[..self.at].grapheme_indices(true);
        before.next_back().map_or(0, |(at, _)| at)
    }

    /// The place after the character that the caret stands on.
    fn on(&self) -> usize {
        let after = self.text[self.at..].graphemes(true).next();
        self.at + after.map_or(0, str::len)
    }

    /// The beginning of the word that the caret stands in or after.
    fn word_back(&self) -> usize {
        let mut words = self.text[..self.at].unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    /// The end of the word that the caret stands in or before.
    fn word_on(&self) -> usize {
        let mut words = self.text[self.at..].unicode_word_indices();
        let end = words.next().map(|(at, word)| self.at + at + word.len());
        end.unwrap_or(self.text.len())
    }
}

/// A character as it stands on a line.
fn blank(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Text on one line, at most so many bytes of it.
fn line(text: &str, room: usize) -> String {
    let mut line = String::new();
    for c in text.chars().map(blank) {
        if line.len() + c.len_utf8() > room {
            break;
        }
        line.push(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn press(input: &mut Input, code: KeyCode, modifiers: KeyModifiers) -> bool {
        input.key(KeyEvent::new(code, modifiers))
    }

    fn types(input: &mut Input, text: &str) {
        for c in text.chars() {
            press(input, KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    #[test]
    fn a_line_is_written_where_the_caret_stands() {
        let mut input = Input::of("dark mode");
        press(&mut input, KeyCode::Left, KeyModifiers::CONTROL);
        types(&mut input, "er ");
        assert_eq!(input.text(), "dark er mode");
        press(&mut input, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "dark mode");
        press(&mut input, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "dark ");
        press(&mut input, KeyCode::Char('_'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "dark mode");
        press(&mut input, KeyCode::Home, KeyModifiers::NONE);
        press(&mut input, KeyCode::Delete, KeyModifiers::NONE);
        input.paste("B\nla");
        assert_eq!(input.text(), "B laark mode");
        assert!(!press(&mut input, KeyCode::Enter, KeyModifiers::NONE));
    }

    #[test]
    fn what_is_too_long_is_not_changed_at_all() {
        let mut input = Input::of(&"word ".repeat(900));
        assert!(input.is_cut());
        let before = input.text().to_owned();
        types(&mut input, "more");
        input.paste("more");
        press(&mut input, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut input, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), before);
        assert!(!Input::of(&"word ".repeat(800)).is_cut());
    }

    #[test]
    fn what_is_typed_is_taken_back_word_by_word() {
        let mut input = Input::default();
        types(&mut input, "one two");
        press(&mut input, KeyCode::Char('_'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "one");
        press(&mut input, KeyCode::Char('_'), KeyModifiers::CONTROL);
        press(&mut input, KeyCode::Char('_'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "");
    }

    #[test]
    fn a_character_of_several_code_points_is_one_step() {
        let mut input = Input::of("a👩‍👩‍👧e\u{301}");
        press(&mut input, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(input.text(), "a👩‍👩‍👧");
        press(&mut input, KeyCode::Left, KeyModifiers::NONE);
        // Shown as it may reach a terminal.
        assert_eq!(input.shown(10).under, "👩👩👧");
        press(&mut input, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(input.text(), "👩‍👩‍👧");
    }

    #[test]
    fn the_caret_is_in_sight_however_long_the_line_is() {
        let input = Input::of(&"long ".repeat(50));
        let shown = input.shown(20);
        assert_eq!(crate::text::width(&shown.before), 19);
        assert_eq!((shown.under.as_str(), shown.after.as_str()), (" ", ""));
    }

    proptest! {
        #[test]
        fn the_caret_never_stands_within_a_character(
            text in "[a-c é👩‍👧\u{301}한]{0,12}",
            keys in prop::collection::vec(0..10u8, 0..30),
        ) {
            let mut input = Input::of(&text);
            for key in keys {
                let (code, modifiers) = match key {
                    0 => (KeyCode::Left, KeyModifiers::NONE),
                    1 => (KeyCode::Right, KeyModifiers::NONE),
                    2 => (KeyCode::Left, KeyModifiers::CONTROL),
                    3 => (KeyCode::Right, KeyModifiers::CONTROL),
                    4 => (KeyCode::Backspace, KeyModifiers::NONE),
                    5 => (KeyCode::Delete, KeyModifiers::NONE),
                    6 => (KeyCode::Char('w'), KeyModifiers::CONTROL),
                    7 => (KeyCode::Char('_'), KeyModifiers::CONTROL),
                    8 => (KeyCode::Char('é'), KeyModifiers::NONE),
                    _ => (KeyCode::Home, KeyModifiers::NONE),
                };
                press(&mut input, code, modifiers);
                prop_assert!(input.text.is_char_boundary(input.at));
                for columns in [0, 1, 5, 40] {
                    let shown = input.shown(columns);
                    let under = crate::text::width(&shown.under);
                    let all = shown.before + &shown.under + &shown.after;
                    prop_assert!(crate::text::width(&all) <= columns.max(under));
                }
            }
        }
    }
}
