//! The graph of stages as rows: a column a branch, from the first stage down.
//!
//! ```text
//!  ✓    a stage, and below it what is to be said of it
//!  ├─╮  a branch begins
//!  ◐ │
//!  │ ○
//!  ├─╯  branches join
//!  ○
//! ```
//!
//! Law: pure. Every stage stands on one row, in a column that no other line of that row crosses.
//! A line leads from a stage to each stage that waits for it and for nothing between the two, and
//! to no other. Where a line passes behind another, the other is drawn whole.

/// The columns that one branch takes: its line, and the space beside it.
pub const BRANCH: usize = 2;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A stage, by its number.
    Stage(usize),
    /// The gate before a stage.
    Before(usize),
    /// The gate after a stage.
    After(usize),
    /// Something more to say of a stage: the stage, and which of its notes.
    Note(usize, usize),
    /// Lines that fork or join.
    Turn,
    /// Nothing but lines.
    Gap,
}

impl What {
    /// The stage that the row is about.
    pub fn stage(self) -> Option<usize> {
        match self {
            Self::Stage(n) | Self::Before(n) | Self::After(n) | Self::Note(n, _) => Some(n),
            Self::Turn | Self::Gap => None,
        }
    }
}

/// A row: what it shows, and the lines beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub what: What,
    /// The lines left of its mark. Without a mark: all of them.
    pub left: String,
    /// The lines right of its mark, the space beside the mark included. Without a mark: none.
    pub right: String,
}

/// A stage as the graph sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The stages it waits for, by their numbers; each smaller than its own.
    pub above: Vec<usize>,
    /// Whether a gate stands before it.
    pub before: bool,
    /// Whether a gate stands after it.
    pub after: bool,
    /// How many rows there are to say of it.
    pub notes: usize,
}

/// The rows of the graph.
pub fn rows(nodes: &[Node]) -> Vec<Row> {
    let below = below(nodes);
    let mut drawing = Drawing::default();
    for (n, node) in nodes.iter().enumerate() {
        let column = drawing.join(n);
        drawing.gap();
        if node.before {
            drawing.mark(What::Before(n), column);
        }
        drawing.mark(What::Stage(n), column);
        let kids = &below[n];
        drawing.set(column, kids.first().copied());
        if node.after {
            drawing.mark(What::After(n), column);
        }
        for note in 0..node.notes {
            drawing.lines(What::Note(n, note));
        }
        drawing.fork(column, kids.get(1..).unwrap_or_default());
    }
    drawing.rows
}

/// The columns that the lines of all rows need.
pub fn columns(rows: &[Row]) -> usize {
    let of = |row: &Row| match row.what {
        What::Stage(_) | What::Before(_) | What::After(_) => {
            row.left.chars().count() + row.right.chars().count() + 1
        }
        _ => row.left.chars().count(),
    };
    rows.iter().map(of).max().unwrap_or(0)
}

/// For each stage those that wait for it and for nothing between the two.
fn below(nodes: &[Node]) -> Vec<Vec<usize>> {
    // Everything above a stage, directly or not.
    let mut all: Vec<Vec<bool>> = Vec::with_capacity(nodes.len());
    let mut below = vec![Vec::new(); nodes.len()];
    for (n, node) in nodes.iter().enumerate() {
        let mut above = vec![false; nodes.len()];
        let direct: Vec<usize> = node.above.iter().copied().filter(|a| *a < n).collect();
        for a in &direct {
            above[*a] = true;
            for (at, is) in all[*a].iter().enumerate() {
                above[at] |= *is;
            }
        }
        for (at, kids) in below.iter_mut().enumerate().take(n) {
            let between = || direct.iter().any(|d| *d != at && all[*d][at]);
            if direct.contains(&at) && !between() {
                kids.push(n);
            }
        }
        all.push(above);
    }
    below
}

/// The rows so far, and for each column the stage that its line leads to.
#[derive(Default)]
struct Drawing {
    rows: Vec<Row>,
    columns: Vec<Option<usize>>,
}

impl Drawing {
    /// Brings all lines to a stage together; its column.
    fn join(&mut self, stage: usize) -> usize {
        let all = self.columns.iter().enumerate();
        let leading: Vec<usize> = all
            .filter(|(_, to)| **to == Some(stage))
            .map(|(column, _)| column)
            .collect();
        let Some((first, others)) = leading.split_first() else {
            let free = self.free();
            self.set(free, None);
            return free;
        };
        if !others.is_empty() {
            self.turn(*first, others, false);
            for other in others {
                self.set(*other, None);
            }
        }
        *first
    }

    /// Lines from a column to new ones.
    fn fork(&mut self, from: usize, to: &[usize]) {
        if to.is_empty() {
            return;
        }
        let mut taken = Vec::new();
        for stage in to {
            let column = self.free();
            self.set(column, Some(*stage));
            taken.push(column);
        }
        self.turn(from, &taken, true);
    }

    /// The first column without a line.
    fn free(&self) -> usize {
        let free = self.columns.iter().position(Option::is_none);
        free.unwrap_or(self.columns.len())
    }

    fn set(&mut self, column: usize, to: Option<usize>) {
        if self.columns.len() <= column {
            self.columns.resize(column + 1, None);
        }
        self.columns[column] = to;
    }

    /// A row of lines where a stage would stand on the next row right below another one.
    fn gap(&mut self) {
        let marked =
            |row: &Row| matches!(row.what, What::Stage(_) | What::Before(_) | What::After(_));
        if self.rows.last().is_some_and(marked) {
            self.lines(What::Gap);
        }
    }

    /// A row with a mark in one column, and lines in the others.
    fn mark(&mut self, what: What, column: usize) {
        let cell = |to: &Option<usize>| if to.is_some() { "│ " } else { "  " };
        let left = self.columns.iter().take(column).map(cell).collect();
        let right: String = self.columns.iter().skip(column + 1).map(cell).collect();
        let right = format!(" {right}");
        self.rows.push(Row {
            what,
            left,
            right: right.trim_end().to_owned(),
        });
    }

    /// A row of lines alone.
    fn lines(&mut self, what: What) {
        let cell = |to: &Option<usize>| if to.is_some() { "│ " } else { "  " };
        let left: String = self.columns.iter().map(cell).collect();
        self.rows.push(Row {
            what,
            left: left.trim_end().to_owned(),
            right: String::new(),
        });
    }

    /// A row on which a column's line meets those of others, which begin or end there.
    fn turn(&mut self, from: usize, others: &[usize], begin: bool) {
        let all = || others.iter().copied().chain([from]);
        let first = all().min().unwrap_or(from);
        let last = all().max().unwrap_or(from);
        let mut left = String::new();
        for (column, to) in self.columns.iter().enumerate() {
            let (is_left, is_right) = (column > first, column < last);
            let within = (first..=last).contains(&column);
            left.push(if column == from {
                match (is_left, is_right) {
                    (true, true) => '┼',
                    (true, false) => '┤',
                    _ => '├',
                }
            } else if others.contains(&column) {
                match (begin, is_left, is_right) {
                    (true, true, true) => '┬',
                    (true, true, false) => '╮',
                    (true, false, _) => '╭',
                    (false, true, true) => '┴',
                    (false, true, false) => '╯',
                    (false, false, _) => '╰',
                }
            } else if to.is_some() {
                '│'
            } else if within {
                '─'
            } else {
                ' '
            });
            left.push(if within && is_right { '─' } else { ' ' });
        }
        self.rows.push(Row {
            what: What::Turn,
            left: left.trim_end().to_owned(),
            right: String::new(),
        });
    }
}

#[cfg(test)]
mod tests;
