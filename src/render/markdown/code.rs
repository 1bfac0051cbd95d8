//! A block of code in a document.

use super::blocks::SYNTAX;
use crate::render::code::{Colours, Language, lines as coloured, with_marks};
use crate::render::fold::fold;
use crate::render::{Look, Row, Span, diagram};
use crate::text::{Role, truncate};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// Where there is room, code is moved in by this.
const INDENT: &str = "  ";

/// The rows of a block of code: its lines with their colours, on a ground of their own, cut where
/// the row ends. A diagram is drawn, or shown with why it is not. `line` is the block's first line.
pub fn rows(
    language: &str,
    lines: &[(usize, String)],
    line: usize,
    columns: usize,
    colours: Option<&Colours>,
) -> Vec<Row> {
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
    let found = colours.map(|c| language.and_then(|l| c.of(l, &text)));
    let coloured = match found {
        None => coloured(language, &text),
        Some(marks) => with_marks(&text, marks.unwrap_or_default()),
    };
    for (n, pieces) in coloured.into_iter().enumerate() {
        let number = lines.get(n).map_or(line, |(number, _)| *number);
        for spans in fold(&pieces, columns - indent.len()) {
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

/// The colours of all blocks of code of a document.
pub fn colours(text: &str) -> Colours {
    let mut colours = Colours::default();
    let mut open: Option<(Language, String)> = None;
    for event in Parser::new_ext(text, SYNTAX) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                open = Language::named(&name).map(|language| (language, String::new()));
            }
            Event::Text(part) => {
                if let Some((_, code)) = &mut open {
                    code.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, code)) = open.take() {
                    colours.add(language, &code);
                }
            }
            _ => {}
        }
    }
    colours
}
