//! What stands where in a markdown file: headings, bullets, tables, key lines, fences, comments.
//!
//! Law: it reads lines and says line indexes (from 0); it never changes anything. One pass, linear.

pub mod bullet;
pub mod key;
pub mod table;

use super::lines::Lines;
use std::ops::Range;

/// What a line is, as far as this room cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Text,
    /// Nothing but blanks.
    Blank,
    /// An ATX heading.
    Heading,
    /// A rule such as `---`.
    Rule,
    /// The line that opens or closes fenced code.
    Fence,
    /// A line in fenced code.
    Code,
    /// A line of an HTML comment.
    Comment,
    /// A line of the front matter, its `---` included.
    FrontMatter,
}

/// A heading and the lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 for `#`, 2 for `##` …
    pub level: u8,
    /// Its title as written.
    pub title: String,
    /// Its title to compare with: see [`normal`].
    pub key: String,
    /// Its line.
    pub line: usize,
    /// Where the next heading of any level is, or the end.
    pub body_end: usize,
    /// Where the next heading of this or a lesser level is, or the end.
    pub end: usize,
}

impl Heading {
    /// The lines below it, its subsections included.
    pub fn range(&self) -> Range<usize> {
        self.line + 1..self.end
    }

    /// The lines below it up to the next heading of any level.
    pub fn body(&self) -> Range<usize> {
        self.line + 1..self.body_end
    }
}

/// The outline of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// What each line is.
    pub kinds: Vec<Kind>,
    /// The headings in order.
    pub headings: Vec<Heading>,
}

impl Outline {
    /// Reads the outline as markdown has it: a fence or comment that is never closed goes on to
    /// the end of the file.
    pub fn of(lines: &Lines) -> Self {
        Self::from_kinds(lines, classify(lines, false))
    }

    /// Reads the outline of a file that must stay readable while somebody writes in it: a fence or
    /// comment that is not closed, a comment by the next one at the latest, is plain text.
    pub fn patient(lines: &Lines) -> Self {
        Self::from_kinds(lines, classify(lines, true))
    }

    fn from_kinds(lines: &Lines, kinds: Vec<Kind>) -> Self {
        let mut headings: Vec<Heading> = Vec::new();
        // Headings that still wait for their end, outermost first: levels rise strictly.
        let mut open: Vec<usize> = Vec::new();
        for at in (0..kinds.len()).filter(|at| kinds[*at] == Kind::Heading) {
            let Some((level, title)) = heading(lines.text(at)) else {
                continue;
            };
            if let Some(last) = headings.last_mut() {
                last.body_end = at;
            }
            while let Some(&top) = open.last()
                && headings[top].level >= level
            {
                headings[top].end = at;
                open.pop();
            }
            open.push(headings.len());
            headings.push(Heading {
                level,
                title: title.to_owned(),
                key: normal(title),
                line: at,
                body_end: kinds.len(),
                end: kinds.len(),
            });
        }
        Self { kinds, headings }
    }

    /// The first heading of this level with this title, compared as [`normal`] does.
    pub fn section(&self, level: u8, title: &str) -> Option<&Heading> {
        let key = normal(title);
        self.headings
            .iter()
            .find(|h| h.level == level && h.key == key)
    }

    /// The first second-level heading whose normal title is one of these.
    pub fn any_section(&self, keys: &[&str]) -> Option<&Heading> {
        self.headings
            .iter()
            .find(|h| h.level == 2 && keys.contains(&h.key.as_str()))
    }

    /// Whether a line is plain text, and so may be a key line, a bullet or a table's row.
    pub fn is_text(&self, at: usize) -> bool {
        self.kinds.get(at) == Some(&Kind::Text)
    }

    /// The front matter's lines between its two `---`, and where the body starts.
    pub fn front_matter(&self) -> Option<(Range<usize>, usize)> {
        let count = self
            .kinds
            .iter()
            .take_while(|k| **k == Kind::FrontMatter)
            .count();
        (count >= 2).then(|| (1..count - 1, count))
    }

    /// The text paragraphs of a range joined to single lines, blank lines between them.
    pub fn prose(&self, lines: &Lines, range: Range<usize>) -> String {
        let mut out = String::new();
        for at in range {
            match self.kinds.get(at) {
                Some(Kind::Text) => {
                    if !out.is_empty() && !out.ends_with('\n') {
                        out.push(' ');
                    }
                    out.push_str(lines.text(at).trim());
                }
                Some(Kind::Blank) if !out.is_empty() && !out.ends_with('\n') => {
                    out.push_str("\n\n");
                }
                _ => {}
            }
        }
        out.trim_end().to_owned()
    }
}

fn classify(lines: &Lines, patient: bool) -> Vec<Kind> {
    let front = front_matter_len(lines);
    let mut kinds = vec![Kind::FrontMatter; front];
    let mut unclosed = Unclosed::default();
    while kinds.len() < lines.len() {
        let at = kinds.len();
        let text = lines.text(at);
        let trimmed = text.trim();
        let fence = opens_fence(trimmed).filter(|f| !unclosed.fence(*f));
        let comment = trimmed.strip_prefix("<!--").filter(|_| !unclosed.comment);
        if let Some((mark, length)) = fence {
            let closes = |i: &usize| closes_fence(lines.text(*i).trim(), mark, length);
            let close = (at + 1..lines.len()).find(closes);
            if close.is_none() && patient {
                unclosed.fences.push((mark, length));
                continue;
            }
            kinds.push(Kind::Fence);
            kinds.resize(close.unwrap_or(lines.len()), Kind::Code);
            kinds.extend(close.map(|_| Kind::Fence));
        } else if let Some(rest) = comment {
            let opens = |i: usize| patient && lines.text(i).trim_start().starts_with("<!--");
            let ends = |i: &usize| opens(*i) || lines.text(*i).contains("-->");
            let end = if rest.contains("-->") {
                Some(at)
            } else {
                (at + 1..lines.len()).find(ends)
            };
            match end {
                None if patient => {
                    unclosed.comment = true;
                    kinds.push(Kind::Text);
                }
                // To the patient, the next comment shows that this one was never closed.
                Some(end) if end > at && opens(end) => kinds.push(Kind::Text),
                _ => kinds.resize(end.map_or(lines.len(), |e| e + 1), Kind::Comment),
            }
        } else if trimmed.is_empty() {
            kinds.push(Kind::Blank);
        } else if heading(text).is_some() {
            kinds.push(Kind::Heading);
        } else if is_rule(trimmed) {
            kinds.push(Kind::Rule);
        } else {
            kinds.push(Kind::Text);
        }
    }
    kinds
}

/// What is known never to be closed from here on, so that nobody looks for its end again.
#[derive(Default)]
struct Unclosed {
    fences: Vec<(char, usize)>,
    comment: bool,
}

impl Unclosed {
    /// What closes a longer fence closes a shorter one too.
    fn fence(&self, (mark, length): (char, usize)) -> bool {
        self.fences.iter().any(|(m, l)| *m == mark && *l <= length)
    }
}

/// How many lines the front matter takes, its two `---` included; 0 without one. A rule on the
/// first line is one only where the next line with content is a key.
fn front_matter_len(lines: &Lines) -> usize {
    if lines.text(0).trim_end() != "---" {
        return 0;
    }
    let is_end = |at: &usize| matches!(lines.text(*at).trim_end(), "---" | "...");
    let Some(end) = (1..lines.len()).find(is_end) else {
        return 0;
    };
    let first = (1..end)
        .map(|at| lines.text(at))
        .find(|t| !t.trim().is_empty() && !t.starts_with("# "));
    match first {
        None => end + 1,
        Some(text) if is_yaml_key(text) => end + 1,
        Some(_) => 0,
    }
}

fn is_yaml_key(text: &str) -> bool {
    text.split_once(':').is_some_and(|(key, rest)| {
        !key.is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            && (rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}

/// The mark and length of a fence that opens here.
pub fn opens_fence(trimmed: &str) -> Option<(char, usize)> {
    let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = trimmed.chars().take_while(|c| *c == mark).count();
    let info = &trimmed[length..];
    (length >= 3 && !(mark == '`' && info.contains('`'))).then_some((mark, length))
}

/// Whether this line closes a fence of that mark and length.
pub fn closes_fence(trimmed: &str, mark: char, length: usize) -> bool {
    trimmed.chars().count() >= length && trimmed.chars().all(|c| c == mark)
}

fn is_rule(trimmed: &str) -> bool {
    let bytes = trimmed.as_bytes();
    // It begins with its mark: nearly every line is none by its first byte.
    let Some(mark @ (b'-' | b'*' | b'_')) = bytes.first() else {
        return false;
    };
    bytes.iter().all(|b| b == mark || *b == b' ')
        && bytes.iter().filter(|b| *b == mark).count() >= 3
}

/// The level and title of an ATX heading.
pub fn heading(text: &str) -> Option<(u8, &str)> {
    let rest = text.trim_start_matches(' ');
    if text.len() - rest.len() > 3 {
        return None;
    }
    let title = rest.trim_start_matches('#');
    let level = rest.len() - title.len();
    if !(1..=6).contains(&level) || !(title.is_empty() || title.starts_with([' ', '\t'])) {
        return None;
    }
    let title = title.trim();
    let open = title.trim_end_matches('#');
    let title = if open.is_empty() || open.ends_with([' ', '\t']) {
        open.trim_end()
    } else {
        title
    };
    u8::try_from(level).ok().map(|level| (level, title))
}

/// A title or label to compare with: lower case, without numbering (`1.`, `2)`, `3.1`), emphasis,
/// a closing colon and doubled blanks.
pub fn normal(title: &str) -> String {
    if is_bare(title) {
        title.to_ascii_lowercase()
    } else {
        without_dress(title)
    }
}

/// Whether a title has nothing on it that is taken away: most have not, and a backlog has
/// thousands.
fn is_bare(title: &str) -> bool {
    let bytes = title.as_bytes();
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && ends(bytes.last())
        && bytes
            .iter()
            .all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'*' | b'`' | b'~' | b'_'))
        && !title.contains("  ")
}

fn without_dress(title: &str) -> String {
    let bare = plain(title.trim().trim_end_matches(':')).to_lowercase();
    let mut rest = bare.trim();
    let number_end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (number, after) = rest.split_at(number_end);
    let after_mark = after.strip_prefix(')').unwrap_or(after);
    let numbered = number.starts_with(|c: char| c.is_ascii_digit())
        && (number.contains('.') || after.starts_with(')'));
    if numbered && after_mark.starts_with(char::is_whitespace) {
        rest = after_mark;
    }
    let rest = rest.trim().trim_end_matches(':');
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without the marks of emphasis and code.
pub fn plain(text: &str) -> String {
    if !text.contains(['*', '_', '`', '~']) {
        return text.trim().to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        // An underscore inside a word is part of it.
        let word = word.trim_matches('_');
        out.extend(word.chars().filter(|c| !matches!(c, '*' | '`' | '~')));
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outline(text: &str) -> Outline {
        Outline::of(&Lines::parse(text))
    }

    proptest! {
        #[test]
        fn what_is_bare_is_read_as_all_else(title in "[-A-Za-z0-9 .:)_*`é]{0,12}") {
            prop_assert_eq!(normal(&title), without_dress(&title));
        }
    }

    #[test]
    fn headings_in_code_and_comments_are_none() {
        let text =
            "# A\n```md\n## code\n```\n<!-- \n## hidden\n-->\n~~~\n```\n## more\n~~~\n## B ##\n";
        let titles: Vec<_> = outline(text)
            .headings
            .into_iter()
            .map(|h| (h.level, h.title, h.line))
            .collect();
        assert_eq!(titles, [(1, "A".into(), 0), (2, "B".into(), 11)]);
    }

    #[test]
    fn sections_end_where_their_level_ends() {
        let o = outline("# T\n## A\nx\n### A1\ny\n## B\nz\n");
        let a = o.section(2, "a").unwrap();
        assert_eq!((a.range(), a.body()), (2..5, 2..3));
        assert_eq!(o.headings[0].end, 7);
    }

    #[test]
    fn titles_compare_without_case_numbers_and_emphasis() {
        for title in [
            "Test Plan",
            "1. Test plan",
            "2) **TEST PLAN**",
            "3.1 _Test  Plan_:",
        ] {
            assert_eq!(normal(title), "test plan", "{title}");
        }
        assert_eq!(normal("3 Risks"), "3 risks");
        assert_eq!(normal("snake_case"), "snake_case");
    }

    #[test]
    fn what_is_never_closed_is_text_to_the_patient() {
        let lines = Lines::parse("````\n<!-- x\n```\n## A\n```\n## B\n");
        assert_eq!(Outline::of(&lines).headings.len(), 0);
        let titles: Vec<_> = Outline::patient(&lines)
            .headings
            .into_iter()
            .map(|h| h.title)
            .collect();
        assert_eq!(titles, ["B"]);
    }

    #[test]
    fn front_matter_is_no_rule() {
        let o = outline("---\n# note\nagent: x\n---\n# Role\n");
        assert_eq!(o.front_matter(), Some((1..3, 4)));
        assert_eq!(o.headings.len(), 1);
        assert_eq!(outline("---\n# Run State\nx\n---\n").headings.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_has_an_outline(text in "([#`~<!>| \\-*a:\n]|-->|```){0,80}") {
            let lines = Lines::parse(&text);
            let o = Outline::of(&lines);
            prop_assert_eq!(o.kinds.len(), lines.len());
            for h in &o.headings {
                prop_assert!(h.line < h.body_end && h.body_end <= h.end && h.end <= lines.len());
            }
        }
    }
}
