//! The front matter: what stands between two `---` at the very beginning.

use crate::render::flow::Piece;
use crate::render::{Look, flow};
use crate::text::{Role, width};

/// Its end is looked for in so many bytes.
const MOST: usize = 16 << 10;
/// Names of keys are lined up as far as this.
const WIDEST_KEY: usize = 20;

/// Whether a text may begin with front matter whose end is not there yet.
pub fn may_begin(text: &str) -> bool {
    text.len() <= MOST && ("---\n".starts_with(text) || text.starts_with("---\n"))
}

/// Where the front matter ends, with the line break after it.
pub fn end(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("---")?;
    let rest = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))?;
    let mut at = text.len() - rest.len();
    for line in rest.split_inclusive('\n') {
        at += line.len();
        if at > MOST {
            return None;
        }
        if matches!(line.trim_end(), "---" | "...") {
            return Some(at);
        }
    }
    None
}

/// Its lines as rows: keys lined up, and quiet. Each row as its pieces and its line.
pub fn rows(text: &str, columns: usize) -> Vec<flow::Flowed> {
    let inner = text.lines().enumerate().skip(1);
    let lines: Vec<(usize, &str)> = inner
        .filter(|(_, l)| !matches!(l.trim_end(), "---" | "..." | ""))
        .collect();
    let keys = lines.iter().filter_map(|(_, l)| Some(key(l)?.0));
    let wide = keys.map(width).max().unwrap_or(0).min(WIDEST_KEY);
    let mut rows = Vec::new();
    for (n, line) in lines {
        let number = n + 1;
        let Some((name, value)) = key(line).filter(|_| columns > wide * 2) else {
            rows.extend(flow::flow(&[quiet(line.trim_end(), number)], columns));
            continue;
        };
        let room = columns - wide - 2;
        let value = Piece::new(value, Look::Plain, None, number);
        for (k, mut row) in flow::flow(&[value], room).into_iter().enumerate() {
            let name = if k == 0 { name } else { "" };
            let name = format!("{}  ", crate::text::pad(name, wide));
            row.spans
                .insert(0, crate::render::Span::new(Look::Role(Role::Quiet), name));
            rows.push(row);
        }
    }
    rows
}

fn quiet(text: &str, line: usize) -> Piece {
    Piece::new(text, Look::Role(Role::Quiet), None, line)
}

/// A line's key and value, where it has a key at its beginning.
fn key(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let usual = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_key = !name.is_empty() && name.chars().all(usual);
    let apart = value.is_empty() || value.starts_with(' ');
    (is_key && apart).then_some((name, value.trim()))
}
