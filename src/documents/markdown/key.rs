//! Key lines: `Key: value`, `**Key:** value`, `- Key: value`.

use super::normal;
use std::ops::Range;

/// A line that gives a key a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine<'a> {
    /// The key as written, without emphasis.
    pub key: &'a str,
    /// The value without the emphasis or code marks around it and without blanks at its ends.
    pub value: &'a str,
    /// Where the value stands in the line, in bytes.
    pub span: Range<usize>,
}

impl KeyLine<'_> {
    /// Whether this is the key, compared as titles are.
    pub fn is(&self, key: &str) -> bool {
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
        if is_word(self.key) && is_word(key) {
            return self.key.eq_ignore_ascii_case(key);
        }
        normal(self.key) == normal(key)
    }
}

const MARKS: [char; 4] = ['*', '_', '`', ' '];

/// Reads a key line. Keys are short, begin with a letter and hold no punctuation but `-/&()#'`.
pub fn key_line(text: &str) -> Option<KeyLine<'_>> {
    let colon = text.find(':')?;
    let before = &text[..colon];
    let key = super::bullet::without_marker(before).trim_matches(MARKS);
    let fits = key.len() <= 60
        && key.starts_with(char::is_alphabetic)
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || " -_/&()#'".contains(c));
    if !fits {
        return None;
    }
    // Emphasis that opened before the key closes after the colon: `**Key:** value`.
    let opened = key_emphasis(before);
    let mut start = colon + 1;
    if !opened.is_empty() && text[start..].starts_with(opened) {
        start += opened.len();
    } else if text[start..].starts_with("//") {
        return None;
    }
    let value = &text[start..];
    let trimmed = value.trim();
    start += value.len() - value.trim_start().len();
    let (inner, mark) = unwrap_marks(trimmed);
    let start = if trimmed.is_empty() {
        text.len() - value.len()
    } else {
        start + mark
    };
    Some(KeyLine {
        key,
        value: inner,
        span: start..start + inner.len(),
    })
}

/// The emphasis before a key that is not closed before its colon.
fn key_emphasis(before: &str) -> &str {
    let rest = super::bullet::without_marker(before).trim_start();
    let bare = rest.trim_start_matches(['*', '_']);
    let mark = &rest[..rest.len() - bare.len()];
    if mark.is_empty() || bare.ends_with(mark) {
        ""
    } else {
        mark
    }
}

/// A value without one pair of marks around it, and how long the mark is.
fn unwrap_marks(value: &str) -> (&str, usize) {
    for mark in ["**", "__", "`", "*"] {
        if let Some(inner) = value
            .strip_prefix(mark)
            .and_then(|v| v.strip_suffix(mark))
            .filter(|v| !v.is_empty() && !v.contains(mark))
        {
            return (inner, mark.len());
        }
    }
    (value, 0)
}

/// The line with another value: what stands around the value stays as it is.
pub fn with_value(text: &str, line: &KeyLine<'_>, value: &str) -> String {
    let (before, after) = (&text[..line.span.start], &text[line.span.end..]);
    let gap = if line.value.is_empty() && !value.is_empty() {
        " "
    } else {
        ""
    };
    // A key without a value may still end in blanks; they stay behind the new value.
    format!("{before}{gap}{value}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_read() {
        for text in [
            "Status: Ready",
            "**Status:** Ready  ",
            "**Status**: Ready",
            "- Status: `Ready`",
            "* **Status:** **Ready**",
            "__Status:__ Ready",
            "Status:Ready",
        ] {
            let line = key_line(text).unwrap();
            assert!(line.is("status"), "{text}: {line:?}");
            assert_eq!(line.value, "Ready", "{text}");
            assert_eq!(&text[line.span.clone()], "Ready", "{text}");
        }
    }

    #[test]
    fn setting_keeps_what_stands_around() {
        for (text, after) in [
            ("**Status:** Done  ", "**Status:** In Review  "),
            ("- Status: `Done`", "- Status: `In Review`"),
            ("Status:", "Status: In Review"),
            ("Status:  ", "Status: In Review  "),
            ("**Status:**", "**Status:** In Review"),
        ] {
            let line = key_line(text).unwrap();
            assert_eq!(with_value(text, &line, "In Review"), after);
        }
    }

    #[test]
    fn prose_and_addresses_are_no_keys() {
        for text in ["https://x.y", "No colon", "a, b: c", ": x", "1: x", ""] {
            assert_eq!(key_line(text), None, "{text}");
        }
    }
}
