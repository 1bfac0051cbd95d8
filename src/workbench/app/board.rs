//! The backlog's own state: which row is chosen, what is looked for, in which order.

use super::scroll::{Scroll, Step};
use crate::records::board::{Board, Entry, Group, Key};
use crate::terms::ItemId;
use jiff::Timestamp;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The word over a group, and how many it has.
    Head(Group, usize),
    /// Nothing, between two groups where there is room for that.
    Gap,
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
    #[must_use]
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
    /// Whether there is room for a row between groups.
    airy: bool,
    /// The rows, and what they were made of: they are asked for many times a frame.
    made: Made,
}

/// Rows, with the entries and the filter that they were made of.
#[derive(Debug, Clone, Default)]
struct Made {
    entries: Option<Arc<Vec<Arc<Entry>>>>,
    filter: String,
    sort: Sort,
    airy: bool,
    rows: Vec<Row>,
}

impl Made {
    /// Whether they are of this board's entries.
    fn is_of(&self, board: &Board) -> bool {
        let same = |entries| Arc::ptr_eq(entries, &board.entries);
        self.entries.as_ref().is_some_and(same)
    }

    /// The places of the entries on the board, in the board's order.
    fn places(&self) -> Vec<usize> {
        let entries = self.rows.iter().filter_map(|row| match row {
            Row::Entry(n) => Some(*n),
            Row::Head(..) | Row::Gap => None,
        });
        let mut places: Vec<usize> = entries.collect();
        places.sort_unstable();
        places
    }
}

impl BacklogView {
    /// The rows that are shown.
    pub fn rows(&self, board: &Board) -> Cow<'_, [Row]> {
        if self.is_made(board) {
            Cow::Borrowed(&self.made.rows)
        } else {
            Cow::Owned(made(board, &self.filter, self.sort, self.airy))
        }
    }

    fn is_made(&self, board: &Board) -> bool {
        // What is looked for comes in its own order, without groups.
        let ordered = || self.made.sort == self.sort && self.made.airy == self.airy;
        self.made.is_of(board)
            && self.made.filter == self.filter
            && (!self.filter.trim().is_empty() || ordered())
    }

    /// The entry that is chosen.
    pub fn chosen<'a>(&self, board: &'a Board) -> Option<&'a Entry> {
        match self.rows(board).get(self.scroll.at)? {
            Row::Entry(n) => board.entries.get(*n).map(AsRef::as_ref),
            Row::Head(..) | Row::Gap => None,
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
        // The best match of what is looked for now, not what was chosen before.
        if self.made.filter != self.filter && !self.filter.is_empty() {
            self.chosen = None;
            self.scroll = Scroll::default();
        }
        let mut made = self.make(board);
        self.airy = self.is_airy(height);
        made |= self.make(board);
        // It may have come before it was known that it would.
        let there = |key: &Key| board.entries.iter().any(|e| e.is(key));
        let came = self.awaits.as_ref().is_some_and(there);
        if came {
            self.chosen = self.awaits.take();
        }
        if self.chosen.is_none() && board.has_runs && self.filter.is_empty() {
            self.scroll.at = first(board, &self.made.rows).unwrap_or(self.scroll.at);
        }
        if made || came {
            let is_it = |row: &Row| match (row, &self.chosen) {
                (Row::Entry(n), Some(key)) => board.entries[*n].is(key),
                _ => false,
            };
            // Mostly it is where it was.
            if !self.made.rows.get(self.scroll.at).is_some_and(is_it)
                && let Some(at) = self.made.rows.iter().position(is_it)
            {
                self.scroll.at = at;
            }
        }
        self.step(board, Step::By(0), height);
    }

    /// Whether there is room for a row between groups.
    fn is_airy(&self, height: usize) -> bool {
        let rows = &self.made.rows;
        // With a row between any two groups there are that many more at the most.
        if rows.len() > height + 2 * Group::ALL.len() {
            return false;
        }
        let of = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
        let gaps = of(|row| matches!(row, Row::Gap));
        let groups = of(|row| matches!(row, Row::Head(..)));
        rows.len() - gaps + groups.saturating_sub(1) <= height
    }

    /// Makes the rows, where they are not those of the board and the filter; whether they were made.
    fn make(&mut self, board: &Board) -> bool {
        if self.is_made(board) {
            return false;
        }
        let rows = if self.made.is_of(board) && narrows(&self.made.filter, &self.filter) {
            found_among(board, &self.filter, self.made.places())
        } else {
            made(board, &self.filter, self.sort, self.airy)
        };
        self.made = Made {
            entries: Some(board.entries.clone()),
            filter: self.filter.clone(),
            sort: self.sort,
            airy: self.airy,
            rows,
        };
        true
    }

    /// Chooses an item as soon as it is there.
    pub fn chooses(&mut self, item: ItemId) {
        self.awaits = Some(Key::Item(item));
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

/// The row to begin at: what waits for a person, then what a person could start; what runs goes on
/// by itself.
fn first(board: &Board, rows: &[Row]) -> Option<usize> {
    let group = |row: &Row| match row {
        Row::Entry(n) => Some(board.entries.get(*n)?.group),
        Row::Head(..) | Row::Gap => None,
    };
    let wanted = [Group::Waiting, Group::Blocked, Group::Ready];
    wanted
        .iter()
        .find_map(|w| rows.iter().position(|row| group(row) == Some(*w)))
}

/// The rows: the best match first where something is looked for, else in this order.
fn made(board: &Board, filter: &str, sort: Sort, airy: bool) -> Vec<Row> {
    if !filter.trim().is_empty() {
        return found(board, filter);
    }
    let mut places: Vec<usize> = (0..board.entries.len()).collect();
    let of = |n: &usize| &board.entries[*n];
    match sort {
        Sort::Group => return groups(board, airy),
        Sort::Id => places.sort_by_cached_key(|n| number(of(n))),
        Sort::Recent => places.sort_by_cached_key(|n| Reverse(moved(of(n)))),
        Sort::Cost => places.sort_by_cached_key(|n| Reverse(cost(of(n)))),
    }
    places.into_iter().map(Row::Entry).collect()
}

/// The groups, each with its word; `airy`: with a row between them.
fn groups(board: &Board, airy: bool) -> Vec<Row> {
    let mut rows = Vec::with_capacity(board.entries.len() + 2 * Group::ALL.len());
    let mut left = board.entries.as_slice();
    // The entries are in the order of the groups: where each ends is found without looking at all.
    while let Some(first) = left.first() {
        let group = first.group;
        let (entries, rest) = left.split_at(left.partition_point(|e| e.group <= group));
        let from = board.entries.len() - left.len();
        if airy && !rows.is_empty() {
            rows.push(Row::Gap);
        }
        rows.push(Row::Head(group, entries.len()));
        rows.extend((from..).take(entries.len()).map(Row::Entry));
        left = rest;
    }
    rows
}

/// Whether a word is meant letter by letter: who types a number means that number, not its digits
/// somewhere.
fn is_exact(word: &str) -> bool {
    word.chars().all(char::is_alphanumeric) && word.contains(|c: char| c.is_ascii_digit())
}

/// Whether all that the longer text matches was matched by the shorter one, so that nothing else
/// need be looked at. It is where each word of the shorter text is the beginning of the longer
/// one's and neither means more than its letters: `!dark` matches what `!da` does not, and `a1-`,
/// whose letters may stand apart, what `a1` does not.
fn narrows(shorter: &str, longer: &str) -> bool {
    const MEANS_MORE: [char; 5] = ['!', '^', '$', '\'', '\\'];
    if shorter.trim().is_empty()
        || !longer.starts_with(shorter)
        || longer.contains(MEANS_MORE)
        || !longer.is_ascii()
    {
        return false;
    }
    let words = shorter.split_whitespace().zip(longer.split_whitespace());
    let mut words = words.map(|(word, longer)| (is_exact(word), is_exact(longer)));
    words.all(|(exact, longer)| longer || !exact)
}

/// What matches the words, the best first. `!word` leaves out what holds it.
fn found(board: &Board, words: &str) -> Vec<Row> {
    found_among(board, words, 0..board.entries.len())
}

/// The same of the entries at these places alone, which are in order.
fn found_among(board: &Board, words: &str, places: impl IntoIterator<Item = usize>) -> Vec<Row> {
    let words = words.split_whitespace().map(|word| {
        let mark = if is_exact(word) { "'" } else { "" };
        format!("{mark}{word}")
    });
    let words: Vec<String> = words.collect();
    let words = words.join(" ");
    let pattern = Pattern::parse(&words, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut chars = Vec::new();
    let mut found: Vec<(u32, usize)> = Vec::new();
    for n in places {
        let Some(entry) = board.entries.get(n) else {
            continue;
        };
        // The matcher overlooks words at the very end of a text that is not plain ASCII.
        let search: Cow<'_, str> = if entry.search.is_ascii() {
            Cow::Borrowed(&entry.search)
        } else {
            Cow::Owned(format!("{} ", entry.search))
        };
        let text = Utf32Str::new(&search, &mut chars);
        if let Some(score) = pattern.score(text, &mut matcher) {
            found.push((score, n));
        }
    }
    // Stable: among equals the order of the groups holds.
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.into_iter().map(|(_, n)| Row::Entry(n)).collect()
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
    runs.map(|r| r.updated.unwrap_or(r.created)).max()
}

/// What its runs cost as far as it is known; `None`: nothing is.
fn cost(entry: &Entry) -> Option<u64> {
    let totals = entry.runs.iter().map(|r| r.total());
    let known = totals.filter(|t| t.metered() > t.cost_unknown);
    known.map(|t| t.cost_micros).reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn board(titles: &[&str]) -> Board {
        let entry = |title: &&str| Entry {
            item: None,
            task: None,
            runs: Vec::new(),
            group: Group::Planned,
            search: title.to_lowercase().into(),
        };
        let mut board = Board::default();
        board.entries = Arc::new(titles.iter().map(|t| Arc::new(entry(t))).collect());
        board
    }

    fn places(board: &Board, words: &str) -> Vec<usize> {
        let rows = made(board, words, Sort::Group, false).into_iter();
        rows.filter_map(|row| match row {
            Row::Entry(n) => Some(n),
            Row::Head(..) | Row::Gap => None,
        })
        .collect()
    }

    /// Words as people type them, and what the matcher takes for more than letters.
    const WORDS: &str = "[abe1 9!^$'\\\\\\-éA]{0,6}";

    proptest! {
        #[test]
        fn a_longer_text_finds_among_what_the_shorter_one_found(
            titles in proptest::collection::vec("[abe19 \\-éA]{0,8}", 0..12),
            shorter in WORDS,
            more in WORDS,
        ) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let board = board(&titles);
            let longer = format!("{shorter}{more}");
            let mut view = BacklogView::default();
            for text in [&shorter, &longer, &shorter] {
                view.filter.clone_from(text);
                view.make(&board);
                prop_assert_eq!(&view.made.rows, &made(&board, text, Sort::Group, view.airy));
            }
        }
    }

    #[test]
    fn only_letters_narrow_what_was_found() {
        for (shorter, longer) in [("a", "ab"), ("a", "a b"), ("b0", "b07"), ("b", "b07")] {
            assert!(narrows(shorter, longer), "{shorter} {longer}");
        }
        for (shorter, longer) in [
            ("", "a"),
            ("ab", "a"),
            ("!a", "!ab"),
            ("a1", "a1-"),
            ("a", "a$"),
        ] {
            assert!(!narrows(shorter, longer), "{shorter} {longer}");
        }
    }

    #[test]
    fn a_row_between_groups_only_where_there_is_room() {
        let mut board = board(&["a", "b"]);
        let entries = Arc::make_mut(&mut board.entries);
        Arc::make_mut(&mut entries[1]).group = Group::Done;
        let mut view = BacklogView::default();
        view.settle(&board, 5);
        assert_eq!(view.rows(&board)[2], Row::Gap);
        view.settle(&board, 4);
        assert_eq!(view.rows(&board).len(), 4);
    }

    #[test]
    fn the_best_match_comes_first_and_a_number_is_meant_as_a_whole() {
        let board = board(&["Dark map colours b007", "Atom feed b070", "Dark mode b077"]);
        assert_eq!(places(&board, "dkmo"), [2, 0]);
        assert_eq!(places(&board, "77"), [2]);
        assert_eq!(places(&board, "!dark"), [1]);
        assert_eq!(places(&board, "feed atom"), [1]);
        assert!(places(&board, "zz").is_empty());
        let board = self::board(&["Überschriften b012 t017", "Fußnoten b013"]);
        assert_eq!(places(&board, "t017"), [0]);
        assert_eq!(places(&board, "13"), [1]);
        assert_eq!(places(&board, "!t017"), [1]);
        assert_eq!(places(&board, " "), [0, 1]);
    }
}
