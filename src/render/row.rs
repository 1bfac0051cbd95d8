//! A row of a page, in pieces.

use super::place::places;
use crate::text::{Role, SafeText, width};

/// What a piece of a row is. Which colour and weight that has is the theme's knowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Look {
    /// Running text.
    #[default]
    Plain,
    /// A word of the product's own.
    Role(Role),
    /// A heading of this depth, 1 the highest.
    Heading(u8),
    /// Emphasised text.
    Emphasis,
    /// Strongly emphasised text.
    Strong,
    /// Struck text.
    Struck,
    /// Code within running text.
    Code,
    /// A text that leads somewhere.
    Link,
    /// A mark of the layout: bullets, rules, borders, line numbers.
    Mark,
    /// A quotation.
    Quote,
    /// Highlighted code: a keyword.
    Keyword,
    /// Highlighted code: a string or character.
    Text,
    /// Highlighted code: a comment.
    Comment,
    /// Highlighted code: the name of a type.
    Type,
    /// Highlighted code: the name of a function.
    Function,
    /// Highlighted code: a number or another constant.
    Constant,
    /// A line that a change adds.
    Added,
    /// A line that a change removes.
    Removed,
    /// The words of an added line that are new.
    AddedWord,
    /// The words of a removed line that went.
    RemovedWord,
    /// The line over a hunk of a change.
    Hunk,
}

/// Where a piece leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An address, with its scheme.
    Url(String),
    /// A file, relative to the tree that the page is of, and a line of it, counted from 1.
    Place {
        /// The file.
        path: String,
        /// The line.
        line: Option<usize>,
    },
    /// A row of the same page, by the number of the source line it comes from, counted from 1.
    Line(usize),
}

/// A piece of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    text: SafeText,
    /// What it is.
    pub look: Look,
    /// Where it leads.
    pub target: Option<Target>,
}

impl Span {
    /// A piece; its text is made safe and one line.
    pub fn new(look: Look, text: impl AsRef<str>) -> Self {
        Self {
            text: SafeText::line(text.as_ref()),
            look,
            target: None,
        }
    }

    /// The same piece, leading somewhere.
    #[must_use]
    pub fn to(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// Its text.
    pub fn text(&self) -> &SafeText {
        &self.text
    }
}

/// A row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Its pieces from left to right.
    pub spans: Vec<Span>,
    /// The line of the source it comes from, counted from 1; `None`: it comes from none.
    pub line: Option<usize>,
    /// The line of the text before, counted from 1, of a row that is there no more.
    pub went: Option<usize>,
    /// What the row is to its whole width, behind its pieces: an added line, a line of code.
    pub ground: Option<Look>,
}

impl Row {
    /// An empty row.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A row of one piece.
    pub fn of(look: Look, text: impl AsRef<str>) -> Self {
        Self::empty().with(look, text)
    }

    /// The row with one more piece.
    #[must_use]
    pub fn with(mut self, look: Look, text: impl AsRef<str>) -> Self {
        self.spans.push(Span::new(look, text));
        self
    }

    /// The row with this text, in which addresses of the web lead there.
    #[must_use]
    pub fn telling(mut self, look: Look, text: impl AsRef<str>) -> Self {
        // Made safe as a whole: what a sequence swallows names nothing.
        let text = SafeText::line(text.as_ref());
        let addresses = places(&text).into_iter();
        let mut at = 0;
        for (range, target) in addresses.filter(|(_, t)| matches!(t, Target::Url(_))) {
            self = self.some(look, text.get(at..range.start));
            at = range.end;
            let named = text.get(range).unwrap_or_default();
            self = self.span(Span::new(Look::Link, named).to(target));
        }
        self.some(look, text.get(at..))
    }

    fn some(self, look: Look, text: Option<&str>) -> Self {
        match text {
            Some(text) if !text.is_empty() => self.with(look, text),
            _ => self,
        }
    }

    /// The row with this piece.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.spans.push(span);
        self
    }

    /// The row as one that comes from this line of the source, counted from 1.
    #[must_use]
    pub fn from_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The row on this ground.
    #[must_use]
    pub fn on(mut self, ground: Look) -> Self {
        self.ground = Some(ground);
        self
    }

    /// Its text without looks.
    pub fn text(&self) -> String {
        self.spans.iter().map(|s| s.text.as_str()).collect()
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|s| width(s.text.as_str())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_row_is_safe() {
        let row = Row::of(Look::Plain, "a\u{1b}]52;c;aGk=\u{7}b\nc")
            .with(Look::Role(Role::Bad), "d\u{202e}e");
        assert_eq!(row.text(), "ab cd‹U+202E›e");
        assert_eq!(row.width(), row.text().chars().count());
    }

    #[test]
    fn addresses_in_a_text_lead_there_and_the_text_stays_as_it_is() {
        let text = "a.rs:1: see https://e.org/x. And http://e.org";
        let row = Row::empty().telling(Look::Plain, text);
        assert_eq!(row.text(), text);
        let led = row.spans.iter().filter(|s| s.target.is_some());
        let led: Vec<&str> = led.map(|s| s.text().as_str()).collect();
        assert_eq!(led, ["https://e.org/x", "http://e.org"]);
        assert_eq!(Row::empty().telling(Look::Plain, ""), Row::empty());
    }
}
