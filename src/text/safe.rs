//! Text that can't do anything to a terminal but be read.

use super::measure;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Deref;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Columns between tab stops.
const TAB: usize = 4;
/// Marks that may stand on one character; more of them paint over the lines above and below.
const MAX_MARKS: usize = 8;

/// Outside text made safe for a terminal: printable characters, and in a block line feeds.
///
/// Escape sequences and control characters are dropped. Characters that hide or reorder others
/// are written out (`‹U+202E›`), so that what is read is what is there. An escape sequence that is
/// never closed swallows the rest of its line, never more. Safe text made safe again is unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SafeText(String);

impl SafeText {
    /// Makes one line of it: line breaks and tabs become single spaces.
    pub fn line(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for (n, line) in lines(text).enumerate() {
            if n > 0 {
                out.push(' ');
            }
            out.push_str(&safe_line(line, Tabs::Space));
        }
        Self(out)
    }

    /// Keeps its lines; tabs are expanded to the next stop of four columns.
    pub fn block(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for (n, line) in lines(text).enumerate() {
            if n > 0 {
                out.push('\n');
            }
            out.push_str(&safe_line(line, Tabs::Expand));
        }
        Self(out)
    }

    /// Like [`SafeText::block`], from bytes: what is no UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::block(&String::from_utf8_lossy(bytes))
    }

    /// Like [`SafeText::line`], from bytes: what is no UTF-8 becomes U+FFFD.
    pub fn line_from_bytes(bytes: &[u8]) -> Self {
        Self::line(&String::from_utf8_lossy(bytes))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, to keep.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for SafeText {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<SafeText> for String {
    fn from(text: SafeText) -> String {
        text.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tabs {
    Space,
    Expand,
}

/// Splits at LF, CR LF and a lone CR: progress bars write over themselves with it, and text that
/// was overwritten is still text.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn safe_line(line: &str, tabs: Tabs) -> String {
    let plain = if line.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        Cow::Borrowed(line)
    } else {
        let mut collector = Collector::new(tabs);
        vte::Parser::new().advance(&mut collector, line.as_bytes());
        Cow::Owned(collector.out)
    };
    if plain.is_ascii() {
        return plain.into_owned();
    }
    cap_marks(&plain)
}

/// Takes what the parser calls printable, one line of it.
struct Collector {
    out: String,
    tabs: Tabs,
    /// Where the text after the last tab begins, and that tab stop's column.
    since_tab: usize,
    column: usize,
    last: char,
}

impl Collector {
    fn new(tabs: Tabs) -> Self {
        Self {
            out: String::new(),
            tabs,
            since_tab: 0,
            column: 0,
            last: ' ',
        }
    }

    fn tab(&mut self) {
        if self.tabs == Tabs::Space {
            self.out.push(' ');
            return;
        }
        let tail = self.out.get(self.since_tab..).unwrap_or_default();
        let at = self.column + measure::width(tail);
        let next = (at / TAB + 1) * TAB;
        self.out.extend(std::iter::repeat_n(' ', next - at));
        self.column = next;
        self.since_tab = self.out.len();
    }
}

impl vte::Perform for Collector {
    fn print(&mut self, c: char) {
        if c.is_control() || is_variation(c) {
            return;
        }
        // A joiner within an emoji is dropped with the variation selectors: its parts are drawn
        // side by side, at a width every terminal agrees on.
        let joins_emoji = c == '\u{200d}' && is_pictograph(self.last);
        if !joins_emoji {
            if is_deceptive(c) {
                // Writing to a string can't fail.
                let _ = write!(self.out, "‹U+{:04X}›", u32::from(c));
            } else {
                self.out.push(c);
            }
        }
        self.last = c;
    }

    fn execute(&mut self, byte: u8) {
        if byte == b'\t' {
            self.tab();
            self.last = ' ';
        }
    }
}

/// Variation selectors: they change how wide terminals draw the character before, each its own way.
fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{180f}')
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}')
}

/// Characters that show nothing themselves, or change the order in which others are shown.
pub(super) fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{00ad}'                       // soft hyphen
        | '\u{034f}'                     // grapheme joiner
        | '\u{061c}'                     // Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'        // invisible Khmer vowels
        | '\u{180e}'                     // Mongolian vowel separator
        | '\u{200b}'..='\u{200f}'        // zero-width, direction marks
        | '\u{2028}'..='\u{202e}'        // separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'        // joiners, invisible operators, isolates
        | '\u{feff}'                     // byte order mark
        | '\u{fff9}'..='\u{fffb}'        // interlinear annotation
        | '\u{1d173}'..='\u{1d17a}'      // musical formatting
        | '\u{e0000}'..='\u{e0fff}'      // tags and more variation selectors
    )
}

/// At most [`MAX_MARKS`] marks on a character, and none without one: a mark that begins a line
/// would be drawn onto whatever stands before the text.
fn cap_marks(line: &str) -> String {
    let is_mark = |c: char| c.width() == Some(0);
    let mut out = String::with_capacity(line.len());
    if line.starts_with(is_mark) {
        out.push('◌');
    }
    let mut marks = 0;
    for grapheme in line.graphemes(true) {
        for (n, c) in grapheme.chars().enumerate() {
            if !is_mark(c) {
                out.push(c);
                continue;
            }
            marks = if n == 0 { 1 } else { marks + 1 };
            if marks <= MAX_MARKS {
                out.push(c);
            }
        }
        marks = 0;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_are_dropped_and_words_stay() {
        for (given, wanted) in [
            ("a\x1b[31mred\x1b[0m b", "ared b"),
            ("\x1b]0;title\x07x", "x"),
            ("\x1b]52;c;aGk=\x1b\\x", "x"),
            ("\x1b]8;;http://e\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bP1$qm\x1b\\x", "x"),
            ("\x1b_Ga=T;AAAA\x1b\\x", "x"),
            ("\x1b^pm\x1b\\x\x1bXsos\x1b\\y", "xy"),
            ("a\x07\x08\x7fb\u{85}\u{9b}c", "abc"),
            ("\x1bc\x1b(0x", "x"),
        ] {
            assert_eq!(SafeText::line(given).as_str(), wanted, "{given:?}");
        }
    }

    #[test]
    fn an_open_sequence_takes_its_own_line_only() {
        assert_eq!(
            SafeText::block("a\x1b]0;never closed\nnext").as_str(),
            "a\nnext"
        );
    }

    #[test]
    fn what_deceives_is_written_out() {
        assert_eq!(
            SafeText::line("a\u{202e}b\u{200b}c\u{e0041}").as_str(),
            "a‹U+202E›b‹U+200B›c‹U+E0041›"
        );
        assert_eq!(SafeText::line("👨\u{200d}👩 ⚠\u{fe0f}").as_str(), "👨👩 ⚠");
        assert_eq!(SafeText::line("x\u{200d}y").as_str(), "x‹U+200D›y");
    }

    #[test]
    fn lines_and_tabs() {
        assert_eq!(SafeText::line("a\r\nb\tc\rd").as_str(), "a b c d");
        assert_eq!(SafeText::block("a\r\nb\tc\n").as_str(), "a\nb   c\n");
        assert_eq!(SafeText::block("10%\r20%").as_str(), "10%\n20%");
        assert_eq!(SafeText::block("日\tx\ty").as_str(), "日  x   y");
        assert_eq!(
            SafeText::from_bytes(b"a\xff\xfeb").as_str(),
            "a\u{fffd}\u{fffd}b"
        );
    }

    #[test]
    fn marks_are_capped_and_never_first() {
        let zalgo = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(SafeText::line(&zalgo).chars().count(), 2 + MAX_MARKS);
        assert_eq!(SafeText::line("\u{301}a").as_str(), "◌\u{301}a");
    }

    struct OnlyText(bool);
    impl vte::Perform for OnlyText {
        fn execute(&mut self, byte: u8) {
            self.0 &= byte == b'\n';
        }
        fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
            self.0 = false;
        }
        fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
            self.0 = false;
        }
        fn csi_dispatch(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
            self.0 = false;
        }
        fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
            self.0 = false;
        }
    }

    /// Bytes in which sequences, marks and line breaks are likely.
    fn nasty() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<Vec<u8>>().prop_map(|mut v| {
                v.truncate(12);
                v
            }),
            prop::sample::select(vec![
                "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b\\", "\x07", "\r", "\n", "\t", "\u{9b}",
                "\u{202e}", "\u{200d}", "👨", "\u{301}", "é", "日", "\u{1100}", "\u{1161}",
                "\u{600}", "\u{fe0f}", "m", "7;",
            ])
            .prop_map(|s| s.as_bytes().to_vec()),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|v| v.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn nothing_but_text_comes_out(bytes in nasty()) {
            let block = SafeText::from_bytes(&bytes);
            prop_assert!(block.chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert!(!block.chars().any(is_deceptive));
            let mut seen = OnlyText(true);
            vte::Parser::new().advance(&mut seen, block.as_bytes());
            prop_assert!(seen.0);
            let line = SafeText::line_from_bytes(&bytes);
            prop_assert!(!line.chars().any(char::is_control));
        }

        #[test]
        fn safe_text_stays_as_it_is(bytes in nasty()) {
            let block = SafeText::from_bytes(&bytes);
            prop_assert_eq!(SafeText::block(&block), block);
        }
    }
}
