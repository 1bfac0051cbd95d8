//! A block of code in a document.

use crate::render::code::{Language, cut, lines as coloured};
use crate::render::{Look, Row, Span, diagram};
use crate::text::{Role, truncate};

/// Where there is room, code is moved in by this.
const INDENT: &str = "  ";

/// The rows of a block of code: its lines with their colours, on a ground of their own, cut where
/// the row ends. A diagram is drawn, or shown with why it is not. `line` is the block's first line.
pub fn rows(language: &str, lines: &[(usize, String)], line: usize, columns: usize) -> Vec<Row> {
    if lines.is_empty() {
        return vec![Row::empty().from_line(line).on(Look::Code)];
    }
    let indent = if columns >= 16 { INDENT } else { "" };
    let text: String = lines.iter().map(|(_, l)| l.as_str()).collect();
    let mut rows = Vec::new();
    if diagram::is_diagram(language) {
        match diagram::rows(&text, columns) {
            Ok(drawn) => return drawn.into_iter().map(|r| r.from_line(line)).collect(),
            Err(why) => {
                let says = truncate(&format!("not drawn: {why}"), columns);
                rows.push(Row::of(Look::Role(Role::Quiet), says).from_line(line));
            }
        }
    }
    let language = Language::named(language);
    for (n, pieces) in coloured(language, &text).into_iter().enumerate() {
        let number = lines.get(n).map_or(line, |(number, _)| *number);
        for spans in cut(&pieces, columns - indent.len()) {
            let mut row = Row::empty().from_line(number).on(Look::Code);
            if !indent.is_empty() {
                row.spans.push(Span::new(Look::Plain, indent));
            }
            row.spans.extend(spans);
            rows.push(row);
        }
    }
    rows
}
