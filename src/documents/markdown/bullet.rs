//! Lists: bullets and numbered items that may wrap and nest.

use super::{Kind, Outline};
use crate::documents::lines::Lines;
use std::ops::Range;

/// One outermost item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bullet {
    /// Its first line.
    pub line: usize,
    /// The line after its last one that says something.
    pub end: usize,
    /// The number of a numbered item.
    pub number: Option<u32>,
    /// Its text, wrapped lines joined by one blank. Without the marker and a task box.
    pub text: String,
    /// What is nested in it, an entry a line, without markers.
    pub nested: Vec<String>,
}

/// The text behind a list marker (`- `, `* `, `+ `, `1. `, `1) `) and its number, or `None`.
pub fn marker(text: &str) -> Option<(Option<u32>, &str)> {
    let rest = text.trim_start();
    for mark in ['-', '*', '+'] {
        if let Some(after) = rest.strip_prefix(mark) {
            return (after.is_empty() || after.starts_with([' ', '\t']))
                .then(|| (None, after.trim()));
        }
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=6).contains(&digits) {
        return None;
    }
    let after = rest[digits..].strip_prefix(['.', ')'])?;
    (after.is_empty() || after.starts_with([' ', '\t']))
        .then(|| (rest[..digits].parse().ok(), after.trim()))
}

/// A text without its list marker, if it has one.
pub fn without_marker(text: &str) -> &str {
    marker(text).map_or(text, |(_, rest)| rest)
}

fn indent(text: &str) -> usize {
    text.chars()
        .take_while(|c| c.is_whitespace())
        .map(|c| if c == '\t' { 4 } else { 1 })
        .sum()
}

fn without_box(text: &str) -> &str {
    ["[ ]", "[x]", "[X]"]
        .iter()
        .find_map(|b| text.strip_prefix(b))
        .filter(|rest| rest.starts_with(' '))
        .map_or(text, str::trim_start)
}

/// The outermost items in a range. An item that is indented less than two columns more than the
/// first one of its list is outermost too.
pub fn bullets(lines: &Lines, outline: &Outline, range: Range<usize>) -> Vec<Bullet> {
    let mut found: Vec<Bullet> = Vec::new();
    let mut outer = 0;
    let mut open = false;
    let mut in_nested = false;
    let mut after_blank = false;
    for at in range {
        let text = lines.text(at);
        match outline.kinds.get(at) {
            Some(Kind::Text) => {}
            Some(Kind::Blank) => {
                after_blank = true;
                continue;
            }
            Some(Kind::Comment | Kind::Code | Kind::Fence) => continue,
            _ => {
                open = false;
                continue;
            }
        }
        let depth = indent(text);
        match (marker(text), found.last_mut().filter(|_| open)) {
            (Some((_, rest)), Some(last)) if depth >= outer + 2 => {
                last.nested.push(without_box(rest).to_owned());
                last.end = at + 1;
                in_nested = true;
            }
            (Some((number, rest)), _) => {
                if !open {
                    outer = depth;
                }
                open = true;
                in_nested = false;
                found.push(Bullet {
                    line: at,
                    end: at + 1,
                    number,
                    text: without_box(rest).to_owned(),
                    nested: Vec::new(),
                });
            }
            (None, Some(last)) if !after_blank || depth >= outer + 2 => {
                let target = match last.nested.last_mut().filter(|_| in_nested) {
                    Some(nested) => nested,
                    None => &mut last.text,
                };
                if !target.is_empty() {
                    target.push(' ');
                }
                target.push_str(text.trim());
                last.end = at + 1;
            }
            (None, _) => open = false,
        }
        after_blank = false;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Bullet> {
        let lines = Lines::parse(text);
        let outline = Outline::of(&lines);
        bullets(&lines, &outline, 0..lines.len())
    }

    #[test]
    fn wrapped_lines_join_and_nesting_stays_inside() {
        let found = all(
            "Intro:\n\n- one\n  goes on\nlazily\n  - deep\n    deeper\n- [x] two\n\n  still two\n\nend\n- three\n",
        );
        let texts: Vec<_> = found.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(texts, ["one goes on lazily", "two still two", "three"]);
        assert_eq!(found[0].nested, ["deep deeper"]);
        assert_eq!((found[0].line, found[0].end), (2, 7));
    }

    #[test]
    fn numbers_are_kept() {
        let found = all("1. a\n2) b\n");
        assert_eq!(found[1].number, Some(2));
    }

    #[test]
    fn code_and_emphasis_are_no_bullets() {
        assert!(all("```\n- a\n```\n**bold** text\n-dash\n").is_empty());
    }
}
