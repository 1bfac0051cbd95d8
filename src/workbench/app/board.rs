//! The backlog's own state: which row is chosen, what is filtered.

use super::scroll::{Scroll, Step};
use crate::records::board::{Board, Entry, Group, Key};

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
}

impl BacklogView {
    /// The rows that are shown.
    pub fn rows(&self, board: &Board) -> Vec<Row> {
        let mut rows = Vec::new();
        for group in Group::ALL {
            let of_group = |(_, e): &(usize, &Entry)| e.group == group && self.shows(e);
            let entries: Vec<usize> = board
                .entries
                .iter()
                .enumerate()
                .filter(of_group)
                .map(|(n, _)| n)
                .collect();
            if !entries.is_empty() {
                rows.push(Row::Head(group, entries.len()));
                rows.extend(entries.into_iter().map(Row::Entry));
            }
        }
        rows
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
        let rows = self.rows(board);
        self.scroll.step(step, rows.len(), height);
        let down = !matches!(step, Step::By(..0) | Step::HalfPage(..0) | Step::Page(..0));
        self.rest(&rows, down, height);
        self.chosen = self.chosen(board).and_then(Entry::key);
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
        let rows = self.rows(board);
        let is_it = |row: &Row| match row {
            Row::Entry(n) => self.chosen.is_some() && board.entries[*n].key() == self.chosen,
            Row::Head(..) => false,
        };
        if let Some(at) = rows.iter().position(is_it) {
            self.scroll.at = at;
        }
        self.step(board, Step::By(0), height);
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

    fn shows(&self, entry: &Entry) -> bool {
        let words = self.filter.split_whitespace();
        let item = entry.item.as_ref().map(|i| i.id.to_string());
        let task = entry.task.as_ref().map(|t| t.id.to_string());
        let run = entry.run().map(|r| r.order.run.to_string());
        let ids = [item, task, run].into_iter().flatten();
        let text = ids.fold(entry.title().to_owned(), |text, id| text + " " + &id);
        let text = text.to_lowercase();
        words.into_iter().all(|word| match word.strip_prefix('!') {
            Some("") => true,
            Some(not) => !text.contains(&not.to_lowercase()),
            None => text.contains(&word.to_lowercase()),
        })
    }
}
