//! Tables with pipes.

use super::Outline;
use crate::documents::lines::Lines;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The line of its header.
    pub line: usize,
    /// The cells of its header.
    pub header: Vec<String>,
    /// Its rows: line and cells, as many as they are.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// The first column whose normal title is one of these.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        self.header
            .iter()
            .position(|h| names.contains(&super::normal(h).as_str()))
    }
}

/// The cells of a row, without blanks around them; `\|` is a pipe within a cell.
pub fn cells(text: &str) -> Vec<String> {
    let text = text.trim();
    let text = text.strip_prefix('|').unwrap_or(text);
    let mut cells = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = match (c, chars.peek(), cells.last_mut()) {
            ('\\', Some('|'), Some(cell)) => {
                chars.next();
                cell.push('|');
                continue;
            }
            ('|', None, _) => break,
            ('|', Some(_), _) => {
                cells.push(String::new());
                continue;
            }
            (_, _, Some(cell)) => cell,
            (_, _, None) => break,
        };
        cell.push(c);
    }
    cells.iter().map(|c| c.trim().to_owned()).collect()
}

/// Whether this is the line between a table's header and its rows.
pub fn is_separator(text: &str) -> bool {
    text.contains('-')
        && text.contains('|')
        && text
            .chars()
            .all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

/// The tables in a range.
pub fn tables(lines: &Lines, outline: &Outline, range: Range<usize>) -> Vec<Table> {
    let is_row = |at: usize| outline.is_text(at) && lines.text(at).contains('|');
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if !(is_row(at) && at + 1 < range.end && is_separator(lines.text(at + 1))) {
            at += 1;
            continue;
        }
        let mut table = Table {
            line: at,
            header: cells(lines.text(at)),
            rows: Vec::new(),
        };
        at += 2;
        while at < range.end && is_row(at) {
            table.rows.push((at, cells(lines.text(at))));
            at += 1;
        }
        found.push(table);
    }
    found
}

/// Text for a cell: on one line, pipes escaped, `-` when empty.
pub fn cell(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        "-".to_owned()
    } else {
        text.replace('|', "\\|")
    }
}

/// The lines of a table, columns aligned.
pub fn render(header: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |n: usize| {
        let body = rows.iter().filter_map(|r| r.get(n)).map(|c| c.width());
        body.chain([header[n].width(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &dyn Fn(usize) -> String| {
        let padded = widths.iter().enumerate().map(|(n, w)| {
            let text = row(n);
            let gap = w.saturating_sub(text.width());
            format!(" {text}{} |", " ".repeat(gap))
        });
        format!("|{}", padded.collect::<String>())
    };
    let mut out = vec![
        line(&|n| header[n].to_owned()),
        line(&|n| "-".repeat(widths[n])),
    ];
    for row in rows {
        out.push(line(&|n| row.get(n).cloned().unwrap_or_default()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rendered_reads_back() {
        let rows = vec![
            vec![cell("a|b"), cell("日本")],
            vec![cell(""), cell("x\ny")],
        ];
        let text = render(&["One", "Two"], &rows).join("\n");
        let lines = Lines::parse(&text);
        let found = tables(&lines, &Outline::of(&lines), 0..lines.len());
        assert_eq!(found[0].header, ["One", "Two"]);
        assert_eq!(found[0].rows[0].1, ["a|b", "日本"]);
        assert_eq!(found[0].rows[1].1, ["-", "x y"]);
        assert_eq!(found[0].column(&["two"]), Some(1));
    }

    #[test]
    fn pipes_in_prose_are_no_table() {
        let lines = Lines::parse("a | b\nc | d\n");
        assert!(tables(&lines, &Outline::of(&lines), 0..2).is_empty());
    }
}
