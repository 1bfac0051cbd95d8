//! The backlog's own state: which row is chosen, what is looked for, in which order.

use super::scroll::{Scroll, Step};
use crate::records::board::{Board, Entry, Group, Key};
use crate::terms::ItemId;
use jiff::Timestamp;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use std::cmp::Reverse;

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The word over a group, and how many it has.
    Head(Group, usize),
    /// An entry, by its place on the board.
    Entry(usize),
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// What needs a person first, in groups.
    #[default]
    Group,
    /// By id.
    Id,
    /// What moved last first.
    Recent,
    /// What cost most first; unknown last.
    Cost,
}

impl Sort {
    /// The order after this one.
    pub fn next(self) -> Self {
        match self {
            Self::Group => Self::Id,
            Self::Id => Self::Recent,
            Self::Recent => Self::Cost,
            Self::Cost => Self::Group,
        }
    }

    /// The words for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Group => "by what needs you",
            Self::Id => "by id",
            Self::Recent => "by what moved last",
            Self::Cost => "by cost",
        }
    }
}

/// What the backlog shows.
#[derive(Debug, Clone, Default)]
pub struct BacklogView {
    /// Only what matches all these words is shown, the best match first.
    pub filter: String,
    /// The order where nothing is looked for.
    pub sort: Sort,
    /// The chosen row.
    pub scroll: Scroll,
    /// What the chosen row is, so that it stays chosen when the list changes.
    chosen: Option<Key>,
    /// What is to be chosen as soon as it is there.
    awaits: Option<Key>,
    /// The rows, and what they were made for.
    rows: Vec<Row>,
    made: Option<(String, Sort)>,
}

impl BacklogView {
    /// The rows that are shown.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Makes the rows anew where the board, the words or the order changed.
    pub fn refresh(&mut self, board: &Board, read: bool) {
        let wanted = (self.filter.clone(), self.sort);
        if !read && self.made.as_ref() == Some(&wanted) {
            return;
        }
        // What was looked for is the best match, not what was chosen before.
        if self.made.as_ref().is_some_and(|made| made.0 != self.filter) {
            self.chosen = None;
            self.scroll = Scroll::default();
        }
        self.rows = self.make(board);
        self.made = Some(wanted);
    }

    fn make(&self, board: &Board) -> Vec<Row> {
        let all = board.entries.iter().enumerate();
        if !self.filter.trim().is_empty() {
            return found(board, &self.filter);
        }
        let mut places: Vec<usize> = all.map(|(n, _)| n).collect();
        let of = |n: &usize| &board.entries[*n];
        match self.sort {
            Sort::Group => return groups(board),
            Sort::Id => places.sort_by_key(|n| number(of(n))),
            Sort::Recent => places.sort_by_key(|n| Reverse(moved(of(n)))),
            Sort::Cost => places.sort_by_key(|n| Reverse(cost(of(n)))),
        }
        places.into_iter().map(Row::Entry).collect()
    }

    /// Chooses an item as soon as it is there.
    pub fn chooses(&mut self, item: ItemId) {
        self.awaits = Some(Key::Item(item));
    }

    /// The entry that is chosen.
    pub fn chosen<'a>(&self, board: &'a Board) -> Option<&'a Entry> {
        match self.rows.get(self.scroll.at)? {
            Row::Entry(n) => board.entries.get(*n),
            Row::Head(..) => None,
        }
    }

    /// Moves the choice; it rests on entries only.
    pub fn step(&mut self, board: &Board, step: Step, height: usize) {
        self.scroll.step(step, self.rows.len(), height);
        let down = !matches!(step, Step::By(..0) | Step::HalfPage(..0) | Step::Page(..0));
        self.rest(down, height);
        self.chosen = self.chosen(board).and_then(Entry::key);
    }

    /// Chooses the row with this number, where it is an entry.
    pub fn choose(&mut self, board: &Board, row: usize, height: usize) {
        if let Some(Row::Entry(_)) = self.rows.get(row) {
            self.scroll.at = row;
            self.step(board, Step::By(0), height);
        }
    }

    /// Keeps what was chosen chosen after the board or the filter changed.
    pub fn settle(&mut self, board: &Board, height: usize) {
        let there = |key: &Key| {
            let of = |row: &Row| match row {
                Row::Entry(n) => board.entries.get(*n).and_then(Entry::key),
                Row::Head(..) => None,
            };
            self.rows.iter().any(|row| of(row).as_ref() == Some(key))
        };
        if self.awaits.as_ref().is_some_and(there) {
            self.chosen = self.awaits.take();
        }
        let key = |n: usize| board.entries.get(n).and_then(Entry::key);
        let is_it = |row: &Row| match row {
            Row::Entry(n) => self.chosen.is_some() && key(*n) == self.chosen,
            Row::Head(..) => false,
        };
        if let Some(at) = self.rows.iter().position(is_it) {
            self.scroll.at = at;
        }
        self.step(board, Step::By(0), height);
    }

    fn rest(&mut self, down: bool, height: usize) {
        let rows = &self.rows;
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

/// The groups, each with its word.
fn groups(board: &Board) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in Group::ALL {
        let entries = board.entries.iter().enumerate();
        let of_group = entries.filter(|(_, e)| e.group == group);
        let entries: Vec<usize> = of_group.map(|(n, _)| n).collect();
        if !entries.is_empty() {
            rows.push(Row::Head(group, entries.len()));
            rows.extend(entries.into_iter().map(Row::Entry));
        }
    }
    rows
}

/// What matches the words, the best first. `!word` leaves out what holds it.
fn found(board: &Board, words: &str) -> Vec<Row> {
    let pattern = Pattern::parse(words, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut chars = Vec::new();
    let mut found: Vec<(u32, usize)> = Vec::new();
    for (n, entry) in board.entries.iter().enumerate() {
        let text = text_of(entry);
        let text = Utf32Str::new(&text, &mut chars);
        if let Some(score) = pattern.score(text, &mut matcher) {
            found.push((score, n));
        }
    }
    // Stable: among equals the order of the groups holds.
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.into_iter().map(|(_, n)| Row::Entry(n)).collect()
}

/// What an entry is found by: its ids, its title, its group.
fn text_of(entry: &Entry) -> String {
    let item = entry.item.as_ref().map(|i| i.id.to_string());
    let task = entry.task.as_ref().map(|t| t.id.to_string());
    let run = entry.run().map(|r| r.order.run.to_string());
    let ids = [item, task].into_iter().flatten();
    let words = ids.chain([entry.title().to_owned()]).chain(run);
    let words = words.chain([entry.group.word().to_owned()]);
    words.collect::<Vec<_>>().join(" ")
}

/// The number of an entry's item or task; those without one last.
fn number(entry: &Entry) -> (u64, String) {
    let item = entry.item.as_ref().map(|i| i.id.to_string());
    let task = || entry.task.as_ref().map(|t| t.id.to_string());
    let id = item.or_else(task).unwrap_or_default();
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u64::MAX), id)
}

/// When something happened in one of its runs last.
fn moved(entry: &Entry) -> Option<Timestamp> {
    let runs = entry.runs.iter();
    runs.map(|r| r.run.updated.unwrap_or(r.order.created)).max()
}

/// What its runs cost as far as it is known; `None`: nothing is.
fn cost(entry: &Entry) -> Option<u64> {
    let totals = entry.runs.iter().map(|r| r.run.total());
    let known = totals.filter(|t| t.attempts > t.cost_unknown);
    known.map(|t| t.cost_micros).reduce(u64::saturating_add)
}
