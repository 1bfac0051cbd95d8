//! The backlog's own state: which row is chosen, what is filtered.

use super::scroll::{Scroll, Step};
use crate::records::board::{Board, Entry, Group, Key};
use std::borrow::Cow;
use std::sync::Arc;

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The word over a group, and how many it has.
    Head(Group, usize),
    /// An entry, by its place on the board.
    Entry(usize),
}

/// What the backlog shows.
#[derive(Debug, Clone, Default)]
pub struct BacklogView {
    /// Only what holds all these words is shown.
    pub filter: String,
    /// The chosen row.
    pub scroll: Scroll,
    /// What the chosen row is, so that it stays chosen when the list changes.
    chosen: Option<Key>,
    /// The rows, and what they were made of: they are asked for many times a frame.
    made: Made,
}

/// Rows, with the entries and the filter that they were made of.
#[derive(Debug, Clone, Default)]
struct Made {
    entries: Option<Arc<Vec<Entry>>>,
    filter: String,
    rows: Vec<Row>,
}

impl BacklogView {
    /// The rows that are shown.
    pub fn rows(&self, board: &Board) -> Cow<'_, [Row]> {
        if self.is_made(board) {
            Cow::Borrowed(&self.made.rows)
        } else {
            Cow::Owned(made(board, &self.filter))
        }
    }

    fn is_made(&self, board: &Board) -> bool {
        let same = |entries| Arc::ptr_eq(entries, &board.entries);
        self.made.entries.as_ref().is_some_and(same) && self.made.filter == self.filter
    }

    /// The entry that is chosen.
    pub fn chosen<'a>(&self, board: &'a Board) -> Option<&'a Entry> {
        match self.rows(board).get(self.scroll.at)? {
            Row::Entry(n) => board.entries.get(*n),
            Row::Head(..) => None,
        }
    }

    /// Moves the choice; it rests on entries only.
    pub fn step(&mut self, board: &Board, step: Step, height: usize) {
        self.make(board);
        let rows = std::mem::take(&mut self.made.rows);
        self.scroll.step(step, rows.len(), height);
        let down = !matches!(step, Step::By(..0) | Step::HalfPage(..0) | Step::Page(..0));
        self.rest(&rows, down, height);
        self.made.rows = rows;
        // Before the runs are known nobody has chosen anything by being there.
        if board.has_runs || step != Step::By(0) {
            self.chosen = self.chosen(board).and_then(Entry::key);
        }
    }

    /// Chooses the row with this number, where it is an entry.
    pub fn choose(&mut self, board: &Board, row: usize, height: usize) {
        if let Some(Row::Entry(_)) = self.rows(board).get(row) {
            self.scroll.at = row;
            self.step(board, Step::By(0), height);
        }
    }

    /// Keeps what was chosen chosen after the board or the filter changed.
    pub fn settle(&mut self, board: &Board, height: usize) {
        if self.make(board) {
            let is_it = |row: &Row| match (row, &self.chosen) {
                (Row::Entry(n), Some(key)) => board.entries[*n].is(key),
                _ => false,
            };
            if let Some(at) = self.made.rows.iter().position(is_it) {
                self.scroll.at = at;
            }
        }
        self.step(board, Step::By(0), height);
    }

    /// Makes the rows, where they are not those of the board and the filter; whether they were made.
    fn make(&mut self, board: &Board) -> bool {
        if self.is_made(board) {
            return false;
        }
        self.made = Made {
            entries: Some(board.entries.clone()),
            filter: self.filter.clone(),
            rows: made(board, &self.filter),
        };
        true
    }

    fn rest(&mut self, rows: &[Row], down: bool, height: usize) {
        let is_entry = |n: &usize| matches!(rows.get(*n), Some(Row::Entry(_)));
        let at = self.scroll.at;
        let below = || (at..rows.len()).find(is_entry);
        let above = || (0..=at).rev().find(is_entry);
        let found = if down {
            below().or_else(above)
        } else {
            above().or_else(below)
        };
        self.scroll.at = found.unwrap_or(0);
        self.scroll.settle(rows.len(), height);
        if self.scroll.at == 1 && height > 1 {
            // The word over the first group belongs to its first entry.
            self.scroll.top = 0;
        }
    }
}

/// The rows of the entries that hold every word of the filter; with `!` before it, a word must not
/// be there.
fn made(board: &Board, filter: &str) -> Vec<Row> {
    let filter = filter.to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let shows = |entry: &Entry| {
        let mut words = words.iter();
        words.all(|word| match word.strip_prefix('!') {
            Some("") => true,
            Some(not) => !entry.search.contains(not),
            None => entry.search.contains(word),
        })
    };
    let mut groups: [Vec<Row>; Group::ALL.len()] = Default::default();
    for (n, entry) in board.entries.iter().enumerate() {
        if shows(entry) {
            groups[entry.group as usize].push(Row::Entry(n));
        }
    }
    let mut rows = Vec::new();
    for (group, entries) in Group::ALL.into_iter().zip(groups) {
        if !entries.is_empty() {
            rows.push(Row::Head(group, entries.len()));
            rows.extend(entries);
        }
    }
    rows
}
