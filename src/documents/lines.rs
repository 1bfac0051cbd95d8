//! A file as lines that can be put together again byte for byte.
//!
//! Law: `Lines::parse(x).render() == x` for every byte string. Changing a line keeps its ending and
//! every other byte: byte order mark, mixed endings, invalid UTF-8, a missing last line break.

/// The largest file this room is meant for, in bytes. Whoever opens a file refuses a larger one.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With the file.
    None,
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
}

impl Ending {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
struct Line {
    /// What it says, without its ending; bytes that are no UTF-8 show as U+FFFD.
    text: Text,
    /// Its bytes, where they are not the text's.
    raw: Option<Box<[u8]>>,
    ending: Ending,
}

/// A line's text. A file of many lines is kept in one piece: a piece a line is slow to make.
#[derive(Debug, Clone)]
enum Text {
    /// From here to there in the file as it was read.
    Read(usize, usize),
    /// It was put there since, or is shown otherwise than it was read.
    Own(Box<str>),
}

impl Line {
    /// A line that was not read.
    fn new(text: &str, ending: Ending) -> Self {
        Self {
            text: Text::Own(text.into()),
            raw: None,
            ending,
        }
    }

    /// A line that is no UTF-8.
    fn odd(bytes: &[u8], ending: Ending) -> Self {
        Self {
            text: Text::Own(String::from_utf8_lossy(bytes).into()),
            raw: Some(bytes.into()),
            ending,
        }
    }
}

/// A file's content as lines, each with its own ending.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "a file's lines have no other name"
)]
pub struct Lines {
    bom: bool,
    /// The file as it was read, as far as it is UTF-8.
    read: Box<str>,
    lines: Vec<Line>,
}

impl PartialEq for Lines {
    fn eq(&self, other: &Self) -> bool {
        let all = |lines: &Self| lines.lines.len();
        self.bom == other.bom
            && all(self) == all(other)
            && (0..all(self)).all(|at| {
                self.text(at) == other.text(at)
                    && self.lines[at].raw == other.lines[at].raw
                    && self.lines[at].ending == other.lines[at].ending
            })
    }
}

impl Eq for Lines {}

impl Lines {
    /// Takes any bytes apart.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let (bom, bytes) = match bytes.strip_prefix(BOM) {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let read = std::str::from_utf8(bytes).unwrap_or_default();
        let mut lines = Vec::with_capacity(memchr::memchr_iter(b'\n', bytes).count() + 1);
        let mut at = 0;
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map(|n| at + n);
            let (text, ending) = match end {
                None => (&bytes[at..], Ending::None),
                Some(end) => match bytes[at..end].strip_suffix(b"\r") {
                    Some(text) => (text, Ending::CrLf),
                    None => (&bytes[at..end], Ending::Lf),
                },
            };
            lines.push(if read.is_empty() {
                match std::str::from_utf8(text) {
                    Ok(text) => Line::new(text, ending),
                    Err(_) => Line::odd(text, ending),
                }
            } else {
                Line {
                    text: Text::Read(at, at + text.len()),
                    raw: None,
                    ending,
                }
            });
            at = end.map_or(bytes.len(), |end| end + 1);
        }
        Self {
            bom,
            read: read.into(),
            lines,
        }
    }

    fn text_of<'a>(&'a self, line: &'a Line) -> &'a str {
        match &line.text {
            Text::Read(from, to) => &self.read[*from..*to],
            Text::Own(text) => text,
        }
    }

    fn bytes_of<'a>(&'a self, line: &'a Line) -> &'a [u8] {
        line.raw.as_deref().unwrap_or(self.text_of(line).as_bytes())
    }

    /// Puts the file together.
    pub fn render(&self) -> Vec<u8> {
        let size = self
            .lines
            .iter()
            .map(|l| self.bytes_of(l).len() + 2)
            .sum::<usize>()
            + 3;
        let mut out = Vec::with_capacity(size);
        if self.bom {
            out.extend_from_slice(BOM);
        }
        for line in &self.lines {
            out.extend_from_slice(self.bytes_of(line));
            out.extend_from_slice(line.ending.bytes());
        }
        out
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What line `at` (from 0) says, without its ending; empty past the end.
    pub fn text(&self, at: usize) -> &str {
        self.lines.get(at).map_or("", |l| self.text_of(l))
    }

    /// The bytes of line `at` (from 0) with its ending; empty past the end.
    pub fn bytes(&self, at: usize) -> Vec<u8> {
        self.lines
            .get(at)
            .map_or_else(Vec::new, |l| [self.bytes_of(l), l.ending.bytes()].concat())
    }

    /// Every line's text in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|l| self.text_of(l))
    }

    /// The ending that most lines have; `\n` in doubt.
    pub fn usual_ending(&self) -> Ending {
        let count = |e| self.lines.iter().filter(|l| l.ending == e).count();
        if count(Ending::CrLf) > count(Ending::Lf) {
            Ending::CrLf
        } else {
            Ending::Lf
        }
    }

    /// Changes what line `at` says and keeps its ending. A text that is already there changes
    /// nothing, not even a byte that is no UTF-8. Line breaks in `text` become spaces.
    pub fn set(&mut self, at: usize, text: &str) {
        if self.lines.get(at).is_some_and(|l| self.text_of(l) != text)
            && let Some(line) = self.lines.get_mut(at)
        {
            line.text = Text::Own(one_line(text).into());
            line.raw = None;
        }
    }

    /// Puts a new line before line `at`; at or past the end it becomes the last one. It ends as
    /// most lines do; a last line without an ending gets one first and the new one has none.
    pub fn insert(&mut self, at: usize, text: &str) {
        let usual = self.usual_ending();
        let mut line = Line::new(&one_line(text), usual);
        let at = at.min(self.lines.len());
        if at == self.lines.len()
            && let Some(last) = self.lines.last_mut()
            && last.ending == Ending::None
        {
            last.ending = usual;
            line.ending = Ending::None;
        }
        self.lines.insert(at, line);
    }

    /// Puts several new lines before line `at`, in order.
    pub fn insert_all<S: AsRef<str>>(&mut self, at: usize, texts: &[S]) {
        for (n, text) in texts.iter().enumerate() {
            self.insert(at.saturating_add(n), text.as_ref());
        }
    }

    /// Takes line `at` out with its ending.
    pub fn remove(&mut self, at: usize) {
        if at < self.lines.len() {
            self.lines.remove(at);
        }
    }
}

/// A text on one line: every line break becomes a space.
pub fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        text.replace("\r\n", " ").replace(['\n', '\r'], " ")
    } else {
        text.to_owned()
    }
}

/// A line number for people: from 1, of an index from 0.
pub fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX - 1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn odd_bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(BOM.to_vec()),
            Just(b"\xff\xfe".to_vec()),
            Just("Gr\u{fc}\u{df}e".as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|p| p.concat())
    }

    proptest! {
        #[test]
        fn every_byte_string_comes_back(bytes in odd_bytes()) {
            prop_assert_eq!(Lines::parse(&bytes).render(), bytes);
        }

        #[test]
        fn changing_a_line_changes_no_other(bytes in odd_bytes(), at in 0usize..40) {
            let before = Lines::parse(&bytes);
            let mut after = before.clone();
            after.set(at, "changed");
            prop_assert_eq!(before.len(), after.len());
            for i in (0..before.len()).filter(|i| *i != at) {
                prop_assert_eq!(before.bytes(i), after.bytes(i));
            }
            if at < before.len() {
                prop_assert_eq!(after.text(at), "changed");
                prop_assert_eq!(before.lines[at].ending, after.lines[at].ending);
            }
        }

        #[test]
        fn putting_a_line_in_and_taking_it_out_is_nothing(bytes in odd_bytes(), at in 0usize..40) {
            let before = Lines::parse(&bytes);
            let at = at % before.len().max(1);
            if before.is_empty() {
                return Ok(());
            }
            let mut after = before.clone();
            after.insert(at, "x");
            prop_assert_eq!(after.len(), before.len() + 1);
            after.remove(at);
            prop_assert_eq!(after.render(), bytes);
        }
    }

    #[test]
    fn a_new_last_line_takes_over_the_missing_ending() {
        let mut lines = Lines::parse(b"a\r\nb");
        lines.insert(9, "c");
        assert_eq!(lines.render(), b"a\r\nb\r\nc");
    }

    #[test]
    fn a_new_line_is_one_line() {
        let mut lines = Lines::parse(b"a\n");
        lines.set(0, "b\r\n## c");
        lines.insert(1, "d\ne");
        assert_eq!(lines.render(), b"b ## c\nd e\n");
    }
}
