//! Diagrams that are written in mermaid's language, drawn with characters.
//!
//! Flowcharts, state diagrams and sequences; of others the source is to be shown. Everything is
//! bounded: what is larger than [`MOST_NODES`] and [`MOST_EDGES`] is not drawn, and says so.

mod canvas;
mod graph;
mod place;
mod route;
mod sequence;

use super::{Look, Row};
use crate::text::{Role, SafeText, width};
use unicode_segmentation::UnicodeSegmentation;

/// Sources above this many bytes are not drawn.
const MOST_BYTES: usize = 32 << 10;
/// Diagrams of more nodes or participants are not drawn.
pub const MOST_NODES: usize = 80;
/// Diagrams of more edges or messages are not drawn.
pub const MOST_EDGES: usize = 200;
/// Drawings of more cells are not made.
const MOST_CELLS: usize = 400_000;
/// Labels are broken at so many columns; the first that makes the drawing fit is taken.
const LABELS: [usize; 3] = [28, 18, 11];

/// Why a diagram is not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagramError {
    /// A kind of diagram that is not known, by its first word.
    #[error("diagrams of the kind `{0}` are not drawn; flowcharts, states and sequences are")]
    Kind(String),
    /// There is nothing in it.
    #[error("the diagram is empty")]
    Empty,
    /// A line that can't be read, counted from 1.
    #[error("line {line} of the diagram can't be read: {text}")]
    Line {
        /// Which line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// It is too large.
    #[error("the diagram is too large to be drawn: more than {0}")]
    Large(String),
}

/// A drawing: its rows, and the widest of them.
#[derive(Debug, Clone, Default)]
struct Drawing {
    rows: Vec<String>,
    wide: usize,
}

impl Drawing {
    fn of(rows: Vec<String>) -> Self {
        let wide = rows.iter().map(|r| width(r)).max().unwrap_or(0);
        Self { rows, wide }
    }
}

/// Whether a fence of this name holds a diagram.
pub fn is_diagram(language: &str) -> bool {
    let word = language.split([' ', ',', '{']).next().unwrap_or_default();
    word.eq_ignore_ascii_case("mermaid") || word.eq_ignore_ascii_case("mmd")
}

/// The rows of a drawing in at most so many columns. Where it doesn't fit, it is drawn in the
/// other direction or with narrower labels; where that doesn't help, it is cut, and a last row
/// says so.
pub fn rows(source: &str, columns: usize) -> Result<Vec<Row>, DiagramError> {
    if source.len() > MOST_BYTES {
        return Err(DiagramError::Large(format!("{MOST_BYTES} bytes")));
    }
    let source = without_head(source);
    let first = source.iter().find(|(_, l)| !l.is_empty());
    let first = first.map(|(_, l)| l.split([' ', ';', ':']).next().unwrap_or(l));
    let drawing = match first {
        None => return Err(DiagramError::Empty),
        Some("graph" | "flowchart" | "flowchart-elk") => {
            drawn(&graph::flowchart(&source)?, columns)?
        }
        Some("stateDiagram" | "stateDiagram-v2") => drawn(&graph::states(&source)?, columns)?,
        Some("sequenceDiagram") => {
            let sequence = sequence::read(&source)?;
            let ways = LABELS
                .into_iter()
                .map(|label| sequence::draw(&sequence, label));
            narrowest(columns, ways)?
        }
        Some(other) => {
            let word: String = other.chars().take(30).collect();
            return Err(DiagramError::Kind(SafeText::line(&word).into_string()));
        }
    };
    Ok(shown(&drawing, columns))
}

/// A graph in its own direction, or else in the other.
fn drawn(graph: &graph::Graph, columns: usize) -> Result<Drawing, DiagramError> {
    let [a, b, c] = LABELS;
    let down = graph.down;
    let ways = [
        (down, a),
        (down, b),
        (!down, a),
        (!down, b),
        (true, c),
        (false, c),
    ];
    let ways = ways.into_iter();
    narrowest(
        columns,
        ways.map(|(down, label)| place::draw(graph, down, label)),
    )
}

/// The first drawing that fits, or the narrowest. Those after it are not made.
fn narrowest(
    columns: usize,
    ways: impl Iterator<Item = Result<Drawing, DiagramError>>,
) -> Result<Drawing, DiagramError> {
    let mut best: Option<Drawing> = None;
    let mut fault = DiagramError::Empty;
    for way in ways {
        match way {
            Ok(drawing) if drawing.wide <= columns => return Ok(drawing),
            Ok(drawing) => {
                if best.as_ref().is_none_or(|b| drawing.wide < b.wide) {
                    best = Some(drawing);
                }
            }
            Err(why) => fault = why,
        }
    }
    best.ok_or(fault)
}

/// A drawing as rows, cut where it is too wide.
fn shown(drawing: &Drawing, columns: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = drawing
        .rows
        .iter()
        .map(|row| Row::of(Look::Plain, head(row, columns)))
        .collect();
    if drawing.wide > columns {
        let hint = "⟷ wider than the page: source with t";
        let hint = crate::text::truncate(hint, columns);
        rows.push(Row::of(Look::Role(Role::Quiet), hint));
    }
    rows
}

fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += width(cluster);
        if used > columns {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The lines, trimmed, each with its number counted from 1; without comments and what is said
/// before the diagram.
fn without_head(source: &str) -> Vec<(usize, &str)> {
    let lines: Vec<(usize, &str)> = source
        .lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.trim()))
        .collect();
    let begins = lines.iter().position(|(_, l)| !l.is_empty());
    let mut from = 0;
    if let Some(first) = begins
        && lines.get(first).is_some_and(|(_, l)| *l == "---")
    {
        let rest = lines.get(first + 1..).unwrap_or_default();
        let end = rest.iter().position(|(_, l)| *l == "---");
        from = end.map_or(from, |end| first + end + 2);
    }
    let rest = lines.get(from..).unwrap_or_default().iter().copied();
    rest.filter(|(_, l)| !l.starts_with("%%")).collect()
}

/// A label in lines of at most so many columns, safe.
fn label_lines(label: &str, columns: usize) -> Vec<String> {
    let plain = label
        .replace("#quot;", "\"")
        .replace("#39;", "'")
        .replace("&amp;", "&");
    let mut text = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while let Some(at) = rest.find("<br") {
        let (before, tag) = rest.split_at(at);
        let Some(end) = tag.find('>').filter(|end| *end <= 5) else {
            text.push_str(before);
            text.push_str("<br");
            rest = tag.get(3..).unwrap_or_default();
            continue;
        };
        text.push_str(before);
        text.push('\n');
        rest = tag.get(end + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    let lines = text.replace("\\n", "\n");
    lines
        .lines()
        .map(|line| SafeText::line(line.trim()))
        .flat_map(|line| crate::text::wrap(&line, columns))
        .collect()
}

#[cfg(test)]
mod tests;
