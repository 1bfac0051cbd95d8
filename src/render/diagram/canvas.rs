//! Cells to draw on.

use crate::text::width;
use unicode_segmentation::UnicodeSegmentation;

/// The ways in which a line leaves a cell.
pub const UP: u8 = 1;
pub const DOWN: u8 = 2;
pub const LEFT: u8 = 4;
pub const RIGHT: u8 = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Free,
    Line {
        ways: u8,
        dotted: bool,
    },
    Text(String),
    /// The second column of the text at its left.
    Wide,
}

/// A place: column and row.
pub type At = (usize, usize);

/// Cells to draw on.
#[derive(Debug)]
pub struct Canvas {
    wide: usize,
    cells: Vec<Cell>,
}

impl Canvas {
    pub fn new(wide: usize, high: usize) -> Self {
        Self {
            wide,
            cells: vec![Cell::Free; wide * high],
        }
    }

    fn cell(&mut self, (x, y): At) -> Option<&mut Cell> {
        if x >= self.wide {
            return None;
        }
        self.cells.get_mut(y * self.wide + x)
    }

    /// Writes text over what is there, as far as there is room.
    pub fn text(&mut self, (x, y): At, text: &str) {
        let mut x = x;
        for cluster in text.graphemes(true) {
            let columns = width(cluster);
            if columns == 0 || x + columns > self.wide {
                continue;
            }
            if let Some(cell) = self.cell((x, y)) {
                *cell = Cell::Text(cluster.to_owned());
            }
            for next in 1..columns {
                if let Some(cell) = self.cell((x + next, y)) {
                    *cell = Cell::Wide;
                }
            }
            x += columns;
        }
    }

    /// Draws a straight line between two places of one row or column; text stays.
    pub fn line(&mut self, from: At, to: At, dotted: bool) {
        let (low, high) = (
            (from.0.min(to.0), from.1.min(to.1)),
            (from.0.max(to.0), from.1.max(to.1)),
        );
        if low.1 == high.1 {
            for x in low.0..=high.0 {
                let left = if x > low.0 { LEFT } else { 0 };
                let right = if x < high.0 { RIGHT } else { 0 };
                self.add((x, low.1), left | right, dotted);
            }
        } else {
            for y in low.1..=high.1 {
                let up = if y > low.1 { UP } else { 0 };
                let down = if y < high.1 { DOWN } else { 0 };
                self.add((low.0, y), up | down, dotted);
            }
        }
    }

    /// Lets a line leave a cell in these ways too.
    pub fn add(&mut self, at: At, more: u8, dots: bool) {
        let Some(cell) = self.cell(at) else { return };
        match cell {
            Cell::Free => {
                *cell = Cell::Line {
                    ways: more,
                    dotted: dots,
                }
            }
            Cell::Line { ways, dotted } => {
                *ways |= more;
                *dotted &= dots;
            }
            Cell::Text(_) | Cell::Wide => {}
        }
    }

    /// The rows, without spaces at their ends.
    pub fn rows(&self) -> Vec<String> {
        let row = |cells: &[Cell]| {
            let mut out = String::new();
            for cell in cells {
                match cell {
                    Cell::Free => out.push(' '),
                    Cell::Line { ways, dotted } => out.push(glyph(*ways, *dotted)),
                    Cell::Text(text) => out.push_str(text),
                    Cell::Wide => {}
                }
            }
            out.truncate(out.trim_end().len());
            out
        };
        let rows = self.cells.chunks(self.wide.max(1)).map(row);
        let mut rows: Vec<String> = rows.collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

fn glyph(ways: u8, dotted: bool) -> char {
    const LINES: [char; 16] = [
        ' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼',
    ];
    match (dotted, ways) {
        (true, 1..=3) => '┆',
        (true, 4 | 8 | 12) => '┄',
        _ => LINES.get(usize::from(ways)).copied().unwrap_or(' '),
    }
}
