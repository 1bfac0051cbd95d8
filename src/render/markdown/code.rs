//! A block of code in a document.

use crate::render::{Look, Row};
use crate::text::{SafeText, width};
use unicode_segmentation::UnicodeSegmentation;

/// Where there is room, code is moved in by this.
const INDENT: &str = "  ";

/// The rows of a block of code: its lines on a ground of their own, cut where the row ends.
/// `line` is the block's first line.
pub fn rows(_language: &str, lines: &[(usize, String)], line: usize, columns: usize) -> Vec<Row> {
    if lines.is_empty() {
        return vec![Row::empty().from_line(line).on(Look::Code)];
    }
    let indent = if columns >= 16 { INDENT } else { "" };
    let mut rows = Vec::new();
    for (number, text) in lines {
        let text = SafeText::block(text.trim_end_matches(['\n', '\r']));
        for part in cut(&text.replace('\n', " "), columns - indent.len()) {
            let row = Row::of(Look::Plain, indent).with(Look::Plain, part);
            rows.push(row.from_line(*number).on(Look::Code));
        }
    }
    rows
}

/// A line in parts of at most `columns` columns.
fn cut(line: &str, columns: usize) -> Vec<String> {
    if width(line) <= columns {
        return vec![line.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut used = 0;
    for cluster in line.graphemes(true) {
        let safe = SafeText::line(cluster);
        let wide = width(&safe);
        if used + wide > columns && used > 0 {
            parts.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(part) = parts.last_mut() {
            part.push_str(&safe);
        }
    }
    parts
}
