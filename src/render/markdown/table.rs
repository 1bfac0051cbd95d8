//! A table, as calm as it can be: columns apart by a line, a line under the head, no frame.

use crate::render::flow::{Flowed, Piece, extent, flow};
use crate::render::{Look, Span};
use crate::text::width;
use pulldown_cmark::Alignment;

/// Between two columns.
const APART: &str = " │ ";
/// No column is made narrower than this, or than its widest word if that is less.
const LEAST: usize = 8;

type Cell = Vec<Piece>;

/// A table under way.
#[derive(Debug)]
pub struct Table {
    aligned: Vec<Alignment>,
    /// The head first; each with its line.
    rows: Vec<(usize, Vec<Cell>)>,
}

impl Table {
    pub fn new(aligned: Vec<Alignment>) -> Self {
        Self {
            aligned,
            rows: Vec::new(),
        }
    }

    pub fn begin_row(&mut self, line: usize) {
        self.rows.push((line, Vec::new()));
    }

    pub fn cell(&mut self, pieces: Vec<Piece>) {
        if let Some((_, cells)) = self.rows.last_mut() {
            cells.push(pieces);
        }
    }

    /// Its rows; where its columns can't stand side by side, a list of what each row says.
    pub fn rows(&self, columns: usize) -> Vec<Flowed> {
        match self.widths(columns) {
            Some(widths) => self.side_by_side(&widths),
            None => self.listed(columns),
        }
    }

    /// How wide each column is; the narrow ones as they are, what is left to the others.
    fn widths(&self, columns: usize) -> Option<Vec<usize>> {
        let count = self.rows.iter().map(|(_, c)| c.len()).max()?;
        let mut wide = vec![0; count];
        let mut least = vec![1; count];
        for (n, cell) in self.rows.iter().flat_map(|(_, c)| c.iter().enumerate()) {
            let (all, word) = extent(cell);
            wide[n] = all.max(wide[n]).max(1);
            least[n] = word.min(LEAST).max(least[n]);
        }
        let room = columns.checked_sub(width(APART) * count.saturating_sub(1))?;
        if least.iter().sum::<usize>() > room {
            return None;
        }
        if wide.iter().sum::<usize>() <= room {
            return Some(wide);
        }
        Some(shared(&wide, &least, room))
    }

    fn side_by_side(&self, widths: &[usize]) -> Vec<Flowed> {
        let rules: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
        let rule = Span::new(Look::Mark, rules.join("─┼─"));
        let high: Vec<(usize, Vec<Vec<Flowed>>, usize)> = self
            .rows
            .iter()
            .map(|(line, cells)| {
                let cell = |k: usize| cells.get(k).map_or(&[][..], Vec::as_slice);
                let cells = widths.iter().enumerate();
                let cells: Vec<Vec<Flowed>> = cells.map(|(k, w)| flow(cell(k), *w)).collect();
                let height = cells.iter().map(Vec::len).max().unwrap_or(0);
                (*line, cells, height)
            })
            .collect();
        // Rows of several rows each can only be told apart by what stands between them.
        let ruled = high.iter().skip(1).any(|(.., height)| *height > 1);
        let mut rows = Vec::new();
        for (n, (line, cells, height)) in high.iter().enumerate() {
            for y in 0..*height {
                let spans = self.row(cells, widths, y, n == 0);
                rows.push(Flowed { spans, line: *line });
            }
            if n == 0 || (ruled && n + 1 < high.len()) {
                let spans = vec![rule.clone()];
                rows.push(Flowed { spans, line: *line });
            }
        }
        rows
    }

    /// One row of a row of cells.
    fn row(&self, cells: &[Vec<Flowed>], widths: &[usize], y: usize, head: bool) -> Vec<Span> {
        let mut spans = Vec::new();
        for (k, (cell, wide)) in cells.iter().zip(widths).enumerate() {
            if k > 0 {
                spans.push(Span::new(Look::Mark, APART));
            }
            let parts = cell.get(y).map_or(&[][..], |f| &f.spans);
            let used: usize = parts.iter().map(|s| width(s.text())).sum();
            let free = wide.saturating_sub(used);
            let before = match self.aligned.get(k) {
                Some(Alignment::Right) => free,
                Some(Alignment::Center) => free / 2,
                _ => 0,
            };
            space(&mut spans, before);
            spans.extend(parts.iter().cloned().map(|mut span| {
                if head && span.look == Look::Plain {
                    span.look = Look::Strong;
                }
                span
            }));
            space(&mut spans, free - before);
        }
        spans
    }

    /// Each row as a list: `head: cell`.
    fn listed(&self, columns: usize) -> Vec<Flowed> {
        let Some((line, head)) = self.rows.first() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        if self.rows.len() == 1 {
            for cell in head {
                rows.extend(flow(cell, columns));
            }
            return rows;
        }
        let indent = if columns >= 12 { "  " } else { "" };
        for (n, (line, cells)) in self.rows.iter().enumerate().skip(1) {
            if n > 1 {
                rows.push(Flowed {
                    spans: Vec::new(),
                    line: *line,
                });
            }
            for (k, cell) in cells.iter().enumerate().filter(|(_, c)| !c.is_empty()) {
                let name: String = head.get(k).into_iter().flatten().map(Piece::text).collect();
                let mut pieces = vec![Piece::new(&name, Look::Strong, None, *line)];
                if !name.is_empty() {
                    pieces.push(Piece::new(": ", Look::Strong, None, *line));
                }
                pieces.extend(cell.iter().cloned());
                for (y, mut row) in flow(&pieces, columns - indent.len())
                    .into_iter()
                    .enumerate()
                {
                    row.line = *line;
                    if !indent.is_empty() {
                        let mark = if k == 0 && y == 0 { "• " } else { indent };
                        row.spans.insert(0, Span::new(Look::Mark, mark));
                    }
                    rows.push(row);
                }
            }
        }
        if rows.is_empty() {
            rows.extend(flow(&[Piece::new("", Look::Plain, None, *line)], columns));
        }
        rows
    }
}

fn space(spans: &mut Vec<Span>, columns: usize) {
    if columns > 0 {
        spans.push(Span::new(Look::Plain, " ".repeat(columns)));
    }
}

/// Shares `room` among columns that want more: each gets its least, then what it wants as far as
/// the same for all allows.
fn shared(wide: &[usize], least: &[usize], room: usize) -> Vec<usize> {
    let mut got = least.to_vec();
    let mut left = room - least.iter().sum::<usize>();
    while left > 0 {
        let wanting: Vec<usize> = (0..got.len()).filter(|n| got[*n] < wide[*n]).collect();
        let Some(lowest) = wanting.iter().map(|n| got[*n]).min() else {
            break;
        };
        for n in wanting {
            if got[n] == lowest && left > 0 {
                got[n] += 1;
                left -= 1;
            }
        }
    }
    got
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_from_the_narrowest_up() {
        assert_eq!(shared(&[3, 40, 40], &[3, 8, 8], 33), [3, 15, 15]);
        assert_eq!(shared(&[3, 10, 40], &[3, 8, 8], 33), [3, 10, 20]);
    }
}
