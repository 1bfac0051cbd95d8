//! Columns: how wide text is on a terminal, and fitting it into them.
//!
//! Everything counts by graphemes, as the screen's buffer does; a part of a text is therefore
//! never wider than the whole.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that a text takes on one line of a terminal.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|b| !b.is_ascii_control()).count();
    }
    text.graphemes(true).map(column_count).sum()
}

fn column_count(grapheme: &str) -> usize {
    if grapheme.chars().all(char::is_control) {
        return 0;
    }
    grapheme.width()
}

/// The text, or its beginning and `…`, in at most `columns` columns.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let (head, _) = split_at_column(text, columns - 1);
    format!("{head}…")
}

/// The text in exactly `columns` columns: truncated, or filled with spaces at the end.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = truncate(text, columns);
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// What is left of a text without its first columns, and how many blank ones stand before it: a
/// wide character that is cut in two leaves its second half blank.
pub fn without_columns(text: &str, columns: usize) -> (usize, &str) {
    let (head, rest) = split_at_column(text, columns);
    let Some(cut) = columns.checked_sub(width(head)).filter(|n| *n > 0) else {
        return (0, rest);
    };
    match rest.graphemes(true).next() {
        Some(wide) => (column_count(wide).saturating_sub(cut), &rest[wide.len()..]),
        None => (0, rest),
    }
}

/// The longest head of at most `columns` columns, and the rest.
fn split_at_column(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += column_count(grapheme);
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// The text in lines of at most `columns` columns, broken at spaces, and within a word only where
/// the word alone is too wide. Its own line breaks stay, and so does the indent of a line's first
/// row. A character wider than `columns` stands alone in its row.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    text.split('\n')
        .flat_map(|line| wrap_line(line, columns))
        .collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        // The space after a word may hang over the edge; it is not drawn there.
        if used > 0 && used + width(bare) > columns {
            rows.push(row.trim_end().to_owned());
            row.clear();
            used = 0;
        }
        let mut rest = word;
        loop {
            let (head, tail) = match split_at_column(rest, columns) {
                ("", _) => first_grapheme(rest),
                split => split,
            };
            if tail.trim_end_matches(' ').is_empty() {
                break;
            }
            rows.push(head.to_owned());
            rest = tail;
        }
        row.push_str(rest);
        used += width(rest);
    }
    rows.push(row.trim_end().to_owned());
    rows
}

fn first_grapheme(text: &str) -> (&str, &str) {
    let end = text.graphemes(true).next().map_or(0, str::len);
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_columns_are_left_out_and_half_a_wide_character_is_blank() {
        assert_eq!(without_columns("abc", 2), (0, "c"));
        assert_eq!(without_columns("a宽c", 2), (1, "c"));
        assert_eq!(without_columns("a宽c", 1), (0, "宽c"));
        assert_eq!(without_columns("ab", 9), (0, ""));
    }

    #[test]
    fn columns_are_not_characters() {
        assert_eq!(width("abc"), 3);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("👍🏽"), 2);
        assert_eq!(width(""), 0);
    }

    #[test]
    fn cut_where_it_fits() {
        assert_eq!(truncate("harness", 7), "harness");
        assert_eq!(truncate("harness", 4), "har…");
        assert_eq!(truncate("日本語", 4), "日…");
        assert_eq!(truncate("harness", 0), "");
        assert_eq!(pad("日本語", 4), "日… ");
        assert_eq!(pad("a", 3), "a  ");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("日本", 1), ["日", "本"]);
        assert_eq!(wrap("  - item text", 8), ["  - item", "text"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn cut_text_fits(text in "\\PC{0,40}", columns in 0usize..30) {
            prop_assert!(width(&truncate(&text, columns)) <= columns);
            prop_assert_eq!(width(&pad(&text, columns)), columns);
        }

        #[test]
        fn wrapped_text_fits_and_keeps_its_words(text in "[a-z日 ]{0,60}", columns in 2usize..20) {
            let rows = wrap(&text, columns);
            prop_assert!(rows.iter().all(|row| width(row) <= columns));
            let letters = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
