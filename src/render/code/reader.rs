//! Reads a line of code by what is known of its language.

use super::languages::{Form, Grammar, Quote};
use crate::render::Look;
use std::ops::Range;

/// What is open at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Nothing.
    #[default]
    Free,
    /// Comments, so many in each other.
    Comment(usize),
    /// The string that is written in this way of its language.
    Text(usize),
    /// A tag.
    Tag,
}

/// The parts of a line that are more than text, and what is open after it.
pub fn line(grammar: &Grammar, line: &str, state: State) -> (Vec<(Range<usize>, Look)>, State) {
    match grammar.form {
        Form::Change => (first(line, change(line)), State::Free),
        Form::Prose => (first(line, prose(line)), State::Free),
        Form::Program | Form::Data | Form::Markup => {
            let mut reader = Reader {
                grammar,
                line,
                at: 0,
                state,
                marks: Vec::new(),
            };
            reader.read();
            (reader.marks, reader.state)
        }
    }
}

/// A line that is one piece.
fn first(line: &str, look: Look) -> Vec<(Range<usize>, Look)> {
    if look == Look::Plain || line.is_empty() {
        Vec::new()
    } else {
        vec![(0..line.len(), look)]
    }
}

fn change(line: &str) -> Look {
    match line.as_bytes().first() {
        _ if line.starts_with("+++") || line.starts_with("---") => Look::Comment,
        Some(b'+') => Look::Added,
        Some(b'-') => Look::Removed,
        Some(b'@') => Look::Hunk,
        Some(b' ') | None => Look::Plain,
        Some(_) => Look::Comment,
    }
}

fn prose(line: &str) -> Look {
    let text = line.trim_start();
    match text.as_bytes().first() {
        Some(b'#') => Look::Keyword,
        Some(b'>') => Look::Comment,
        Some(b'|') => Look::Type,
        _ if text.starts_with("```") || text.starts_with("---") => Look::Comment,
        _ => Look::Plain,
    }
}

struct Reader<'a> {
    grammar: &'a Grammar,
    line: &'a str,
    at: usize,
    state: State,
    marks: Vec<(Range<usize>, Look)>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn mark(&mut self, from: usize, look: Look) {
        if self.at > from {
            self.marks.push((from..self.at, look));
        }
    }

    fn read(&mut self) {
        match self.state {
            State::Comment(depth) => self.comment(self.at, depth),
            State::Text(n) => match self.grammar.quotes.get(n) {
                Some(quote) => self.string(self.at, n, quote),
                None => self.state = State::Free,
            },
            State::Free | State::Tag => {}
        }
        while self.at < self.line.len() {
            self.next();
        }
    }

    fn next(&mut self) {
        let from = self.at;
        if self.begins_comment() {
            return;
        }
        let markup = self.grammar.form == Form::Markup;
        if (!markup || self.state == State::Tag)
            && let Some((n, quote)) = self.opening()
        {
            self.at += quote.open.len();
            return self.string(from, n, quote);
        }
        let Some(c) = self.rest().chars().next() else {
            return;
        };
        if markup {
            return self.markup(c);
        }
        if c.is_ascii_digit() {
            self.number();
        } else if self.grammar.names.contains(&"rust") && c == '\'' {
            self.tick();
        } else if c == '$' && !self.grammar.in_names.contains('$') {
            self.variable();
        } else if self.begins_name(c) {
            self.name();
        } else {
            self.at += c.len_utf8();
        }
    }

    fn begins_comment(&mut self) -> bool {
        let from = self.at;
        if let Some((open, _)) = self.grammar.block
            && self.rest().starts_with(open)
        {
            self.at += open.len();
            self.comment(from, 1);
            return true;
        }
        let begins = |mark: &&&str| self.rest().starts_with(**mark);
        let Some(mark) = self.grammar.comments.iter().find(begins) else {
            return false;
        };
        // `a#b` is one word; `http://` is no comment.
        let before = self.line.get(..from).and_then(|t| t.chars().next_back());
        let apart = before.is_none_or(char::is_whitespace);
        if (matches!(*mark, "#" | ";") && !apart) || (*mark == "//" && before == Some(':')) {
            return false;
        }
        self.at = self.line.len();
        self.mark(from, Look::Comment);
        true
    }

    /// A comment over lines, from its beginning or the line's.
    fn comment(&mut self, from: usize, mut depth: usize) {
        let Some((open, close)) = self.grammar.block else {
            self.state = State::Free;
            return;
        };
        while depth > 0 {
            let rest = self.rest();
            let end = rest.find(close);
            let more = rest.find(open).filter(|_| self.grammar.nested);
            match (end, more) {
                (Some(end), Some(more)) if more < end => {
                    depth += 1;
                    self.at += more + open.len();
                }
                (Some(end), _) => {
                    depth -= 1;
                    self.at += end + close.len();
                }
                (None, more) => {
                    depth += usize::from(more.is_some());
                    self.at = self.line.len();
                    break;
                }
            }
        }
        self.state = if depth > 0 {
            State::Comment(depth)
        } else {
            State::Free
        };
        self.mark(from, Look::Comment);
    }

    fn opening(&self) -> Option<(usize, &'static Quote)> {
        let quotes: &'static [Quote] = self.grammar.quotes;
        let opens = |(_, quote): &(usize, &Quote)| self.rest().starts_with(quote.open);
        let before = self.line.get(..self.at).and_then(|t| t.chars().next_back());
        let (n, quote) = quotes.iter().enumerate().find(opens)?;
        // `don't` is no string, nor is the end of a name before `r"`.
        let in_word = before.is_some_and(char::is_alphanumeric);
        let letter = quote.open.starts_with(|c: char| c.is_alphabetic());
        ((quote.open != "'" && !letter) || !in_word).then_some((n, quote))
    }

    /// A string from its beginning or the line's.
    fn string(&mut self, from: usize, n: usize, quote: &Quote) {
        let tag = self.state == State::Tag;
        loop {
            let rest = self.rest();
            let close = rest.find(quote.close);
            let escape = rest.find('\\').filter(|_| quote.escapes);
            match (close, escape) {
                (Some(close), Some(escape)) if escape < close => self.skip_escape(escape),
                (Some(close), _) => {
                    self.at += close + quote.close.len();
                    self.state = if tag { State::Tag } else { State::Free };
                    break;
                }
                (None, Some(escape)) => self.skip_escape(escape),
                (None, None) => {
                    self.at = self.line.len();
                    self.state = if quote.lines {
                        State::Text(n)
                    } else {
                        State::Free
                    };
                    break;
                }
            }
        }
        let key = self.grammar.form == Form::Data && self.rest().trim_start().starts_with(':');
        self.mark(from, if key { Look::Type } else { Look::Text });
    }

    fn skip_escape(&mut self, escape: usize) {
        self.at += escape + 1;
        let taken = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at += taken;
    }

    fn number(&mut self) {
        let from = self.at;
        let usual = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '%';
        let bytes = self.line.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            let next = bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
            let within = usual(char::from(*byte)) || (*byte == b'.' && next);
            if !within {
                break;
            }
            self.at += 1;
        }
        self.mark(from, Look::Constant);
    }

    /// A character, or the name of a lifetime.
    fn tick(&mut self) {
        let from = self.at;
        let mut chars = self.rest().char_indices().skip(1);
        let first = chars.next().map(|(_, c)| c);
        let close = match first {
            Some('\\') => self.rest().get(2..).and_then(|t| {
                let t = t.strip_prefix('\'').map_or((0, t), |t| (1, t));
                t.1.find('\'').map(|n| n + t.0 + 2)
            }),
            _ => chars.next().filter(|(_, c)| *c == '\'').map(|(n, _)| n),
        };
        match close {
            Some(close) => {
                self.at += close + 1;
                self.mark(from, Look::Text);
            }
            None => self.at += 1,
        }
    }

    fn variable(&mut self) {
        let from = self.at;
        self.at += 1;
        let rest = self.rest();
        let braced = rest.starts_with('{');
        let end = if braced {
            rest.find('}').map_or(rest.len(), |n| n + 1)
        } else {
            let usual = |c: char| c.is_alphanumeric() || c == '_';
            rest.find(|c| !usual(c)).unwrap_or(rest.len())
        };
        self.at += end;
        self.mark(from, Look::Constant);
    }

    fn begins_name(&self, c: char) -> bool {
        let own = self.grammar.in_names.contains(c) && !"-.'".contains(c);
        c.is_alphabetic() || c == '_' || own
    }

    fn name(&mut self) {
        let from = self.at;
        let own = self.grammar.in_names;
        let inside = |c: char| c.is_alphanumeric() || c == '_' || own.contains(c);
        let rest = self.rest();
        let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end.max(1);
        let look = self.look_of(&word);
        if look != Look::Plain {
            self.mark(from, look);
        }
    }

    fn look_of(&self, word: &str) -> Look {
        let grammar = self.grammar;
        let lower = word.to_ascii_lowercase();
        let word = if grammar.any_case {
            lower.as_str()
        } else {
            word
        };
        let among = |words: &str| words.split(' ').any(|w| w == word);
        let after = self.rest();
        if grammar.form == Form::Data {
            let key = after.trim_start();
            let last = matches!(
                key.as_bytes().get(1),
                None | Some(b' ' | b'"' | b'\'' | b'[')
            );
            return if key.starts_with(':') && last || key.starts_with('=') {
                Look::Type
            } else if among(grammar.constants) {
                Look::Constant
            } else if among(grammar.keywords) {
                Look::Keyword
            } else {
                Look::Plain
            };
        }
        if among(grammar.keywords) {
            Look::Keyword
        } else if among(grammar.constants) {
            Look::Constant
        } else if among(grammar.types) {
            Look::Type
        } else if after.starts_with('(') || after.starts_with("!(") {
            Look::Function
        } else if !grammar.types.is_empty() && word.starts_with(char::is_uppercase) {
            let shouted = word.len() > 1 && !word.contains(char::is_lowercase);
            if shouted { Look::Constant } else { Look::Type }
        } else {
            Look::Plain
        }
    }

    fn markup(&mut self, c: char) {
        let from = self.at;
        let inside = |c: char| c.is_alphanumeric() || "-_:.@#".contains(c);
        match (self.state, c) {
            (State::Free, '<') => {
                self.at += 1;
                let rest = self.rest();
                let name = rest.trim_start_matches(['/', '!', '?']);
                let skipped = rest.len() - name.len();
                let end = name.find(|c| !inside(c)).unwrap_or(name.len());
                if end > 0 {
                    self.at += skipped + end;
                    self.state = State::Tag;
                    self.mark(from, Look::Keyword);
                }
            }
            (State::Tag, '>') => {
                self.at += 1;
                self.state = State::Free;
                self.mark(from, Look::Keyword);
            }
            (State::Tag, c) if inside(c) => {
                let rest = self.rest();
                self.at += rest.find(|c| !inside(c)).unwrap_or(rest.len());
                self.mark(from, Look::Type);
            }
            _ => self.at += c.len_utf8(),
        }
    }
}
