//! Lines of code in rows: broken at blanks where one stands well within the row, and within a word
//! only where none does.

use super::code::{cut, drawn};
use super::{Look, Span};
use crate::text::width;
use unicode_segmentation::UnicodeSegmentation;

/// What stands before a row that goes on with the line above.
pub const GOES_ON: char = '↳';

/// The share of a row that must be filled for it to end at a blank: one third.
const FILLED: usize = 3;

/// A character as it is drawn.
struct Unit {
    /// The piece that it is of.
    piece: usize,
    text: String,
    wide: usize,
    blank: bool,
}

/// Pieces of one line in rows of at most `columns` columns; tabs reach to the next stop of four
/// columns. A blank that no longer fits in its row is not drawn. There is always one row.
pub fn fold(pieces: &[(&str, Look)], columns: usize) -> Vec<Vec<Span>> {
    let columns = columns.max(1);
    let whole = cut(pieces, columns);
    if whole.len() < 2 {
        return whole;
    }
    let units = units(pieces);
    let starts = starts(units.iter().map(|u| (u.wide, u.blank)), columns);
    let ends = starts.iter().skip(1).copied().chain([units.len()]);
    let mut rows = Vec::with_capacity(starts.len());
    for (from, to) in starts.iter().copied().zip(ends) {
        let mut row: Vec<(usize, String)> = Vec::new();
        let mut used = 0;
        for unit in units.get(from..to).unwrap_or_default() {
            used += unit.wide;
            if used > columns && unit.blank {
                continue;
            }
            match row.last_mut() {
                Some((piece, text)) if *piece == unit.piece => text.push_str(&unit.text),
                _ => row.push((unit.piece, unit.text.clone())),
            }
        }
        let look = |piece: usize| pieces.get(piece).map_or(Look::Plain, |(_, look)| *look);
        let spans = row.into_iter().map(|(n, text)| Span::new(look(n), text));
        rows.push(spans.collect());
    }
    rows
}

/// How many rows [`fold`] makes of a text; quick where it is plain.
pub fn height(text: &str, columns: usize) -> usize {
    let columns = columns.max(1);
    let plain = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if plain && text.len() <= columns {
        return 1;
    }
    if plain {
        return starts(text.bytes().map(|b| (1, b == b' ')), columns).len();
    }
    fold(&[(text, Look::Plain)], columns).len()
}

fn units(pieces: &[(&str, Look)]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut column = 0;
    for (piece, (text, _)) in pieces.iter().enumerate() {
        for cluster in text.graphemes(true) {
            let safe = drawn(cluster, column);
            for unit in safe.graphemes(true) {
                let wide = width(unit);
                column += wide;
                units.push(Unit {
                    piece,
                    text: unit.to_owned(),
                    wide,
                    blank: unit == " ",
                });
            }
        }
    }
    units
}

/// At which characters the rows begin, by the columns of each and whether it is a blank.
fn starts(units: impl Iterator<Item = (usize, bool)>, columns: usize) -> Vec<usize> {
    let mut starts = vec![0];
    let (mut begin, mut used) = (0, 0);
    // Behind the last blank: the character, and the columns before it.
    let mut blank: Option<(usize, usize)> = None;
    for (n, (wide, is_blank)) in units.enumerate() {
        while used + wide > columns && n > begin && !is_blank {
            let at = blank.filter(|(_, filled)| *filled >= columns / FILLED);
            let (next, before) = at.unwrap_or((n, used));
            starts.push(next);
            begin = next;
            used -= before;
            blank = None;
        }
        used += wide;
        if is_blank {
            blank = Some((n + 1, used));
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str, columns: usize) -> Vec<String> {
        let rows = fold(&[(text, Look::Plain)], columns);
        let text = |row: &Vec<Span>| row.iter().map(|s| s.text().as_str()).collect();
        rows.iter().map(text).collect()
    }

    #[test]
    fn rows_end_at_blanks_and_words_stay_whole() {
        let rows = texts("grep -n draft tests/tags_test.sh", 16);
        assert_eq!(rows, ["grep -n draft ", "tests/tags_test.", "sh"]);
        // A blank too near to the beginning is no place to end a row.
        assert_eq!(texts("  abcdefghijkl", 9), ["  abcdefg", "hijkl"]);
        // One that no longer fits is not drawn.
        assert_eq!(texts("abcd efgh", 4), ["abcd", "efgh"]);
        assert_eq!(texts("", 4), [""]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_folded_fits_and_stays_whole(
            text in "[a-z日 \t]{0,60}", at in 0usize..60, columns in 2usize..20,
        ) {
            let at = text.char_indices().map(|(n, _)| n).nth(at).unwrap_or(text.len());
            let (head, tail) = text.split_at(at);
            let rows = fold(&[(head, Look::Plain), (tail, Look::Keyword)], columns);
            for row in &rows {
                let wide: usize = row.iter().map(|s| width(s.text())).sum();
                prop_assert!(wide <= columns, "{rows:?}");
            }
            let ink = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let shown: String = rows.iter().flatten().map(|s| s.text().as_str()).collect();
            prop_assert_eq!(ink(&shown), ink(&text));
            prop_assert_eq!(height(&text, columns), rows.len());
        }
    }
}
