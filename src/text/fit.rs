//! Lines that are safe and painted already, fitted to a terminal's width.

use super::measure::width;

/// The furthest that continued rows hang, as a part of the columns.
const HANG_PART: usize = 2;

/// A line in rows of at most `columns` columns, broken at spaces. Styles take no column. What
/// continues hangs below the line's last column of text (after two or more spaces), where that
/// lies in the left half; else a little further in than the line. A word that fits in no row stays
/// whole: it is a path or a command, to be copied, and the terminal breaks it.
pub fn fit(line: &str, columns: usize) -> Vec<String> {
    fit_at(line, columns, hang_of(line, columns))
}

/// Like [`fit`], where continued rows hang at this column.
pub fn fit_at(line: &str, columns: usize, hang: usize) -> Vec<String> {
    if seen(line) <= columns {
        return vec![line.to_owned()];
    }
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let wide = seen(word.trim_end_matches(' '));
        let begun = !row.trim_start_matches(' ').is_empty();
        if begun && used + wide > columns && wide > 0 && wide <= columns {
            rows.push(row.trim_end_matches(' ').to_owned());
            used = hang.min(columns - wide);
            row = " ".repeat(used);
        }
        row.push_str(word);
        used += seen(word);
    }
    rows.push(row.trim_end_matches(' ').to_owned());
    rows
}

/// The columns a painted text takes.
pub fn seen(text: &str) -> usize {
    let mut sum = 0;
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        sum += width(&rest[..at]);
        let tail = &rest[at..];
        let end = tail.find('m').map_or(tail.len(), |end| end + 1);
        rest = &tail[end..];
    }
    sum + width(rest)
}

fn hang_of(line: &str, columns: usize) -> usize {
    let lead = line.len() - line.trim_start_matches(' ').len();
    let limit = columns / HANG_PART;
    let mut hang = lead + 2;
    let mut column = 0;
    let mut gap = 0;
    for word in line.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        let wide = seen(bare);
        if wide > 0 && gap >= 2 && column > lead && column <= limit {
            hang = column;
        }
        gap = if wide > 0 { 0 } else { gap };
        gap += word.len() - bare.len();
        column += seen(word);
    }
    hang.min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_continues_hangs_below_the_last_column() {
        let line = "  AC-1  met   one two three four five";
        let rows = fit(line, 30);
        assert_eq!(
            rows,
            ["  AC-1  met   one two three", "              four five"]
        );
        assert_eq!(
            fit("    one two three", 10),
            ["    one", "     two", "     three"]
        );
    }

    #[test]
    fn styles_take_no_column_and_a_path_stays_whole() {
        let painted = "\u{1b}[1mone\u{1b}[0m two";
        assert_eq!(fit(painted, 7), [painted]);
        let path = "in /a/very/long/path/that/fits/nowhere at all";
        let rows = fit(path, 20);
        assert_eq!(rows, ["in /a/very/long/path/that/fits/nowhere", "  at all"]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_rows_fit(line in "( {1,4}[a-zé日]{1,8}){1,20}", columns in 20usize..60) {
            let rows = fit(&line, columns);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&rows.join(" ")), words(&line));
            prop_assert!(rows.iter().all(|r| seen(r) <= columns), "{:?}", rows);
        }
    }
}
