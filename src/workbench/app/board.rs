//! The backlog's own state: which row is chosen, what is looked for, in which order.

use super::scroll::{Scroll, Step};
use crate::records::board::{Board, Entry, Group, Key, RunCard};
use crate::records::needs::{Kind, Need};
use crate::records::news::News;
use crate::terms::{ItemId, RunId};
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
    /// What waits for a person, by its place on the board.
    Need(usize),
    /// So many more wait than there is room for here.
    MoreNeeds(usize),
    /// The word over what happened since the last look, and how much that is.
    Since(usize),
    /// Something that happened, by its place on the board.
    News(usize),
    /// So much more happened than there is room for here.
    MoreNews(usize),
    /// Nothing waits, and nothing happened.
    Calm,
}

impl Row {
    /// Whether it can be chosen.
    fn is_chosen(self) -> bool {
        matches!(self, Self::Entry(_) | Self::Need(_) | Self::MoreNeeds(_))
    }
}

/// The rows that what waits for a person takes at most, of a list with so many: the backlog below it
/// is not to be pushed away.
fn most_needs(height: usize) -> usize {
    (height / 3).max(3)
}

/// The same of what happened since the last look.
fn most_news(height: usize) -> usize {
    (height / 7).max(1)
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
    /// Whether all that waits is listed, however much that is.
    pub unfolded: bool,
    /// Up to when what happened was seen: it is not listed any more.
    pub seen: Option<Timestamp>,
    /// What the chosen row is, so that it stays chosen when the list changes.
    chosen: Option<Key>,
    /// The run of the chosen row, where that is what waits for a person.
    chosen_run: Option<RunId>,
    /// What is to be chosen as soon as it is there.
    awaits: Option<Key>,
    /// Whether there is room for a row between groups.
    airy: bool,
    /// How many rows there is room for.
    height: usize,
    /// The rows, and what they were made of: they are asked for many times a frame.
    made: Made,
}

/// Rows, with the entries and the filter that they were made of.
#[derive(Debug, Clone, Default)]
struct Made {
    entries: Option<Arc<Vec<Arc<Entry>>>>,
    needs: Option<Arc<Vec<Arc<Need>>>>,
    news: Option<Arc<Vec<News>>>,
    filter: String,
    sort: Sort,
    shape: Shape,
    rows: Vec<Row>,
}

/// What the rows of the groups go by beside the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shape {
    airy: bool,
    unfolded: bool,
    height: usize,
    seen: Option<Timestamp>,
    read: bool,
}

impl Made {
    /// Whether they are of this board's entries.
    fn is_of(&self, board: &Board) -> bool {
        let same = |entries| Arc::ptr_eq(entries, &board.entries);
        self.entries.as_ref().is_some_and(same)
    }

    /// Whether they are of what waits and what happened there, too.
    fn is_of_all(&self, board: &Board) -> bool {
        let needs = self.needs.as_ref();
        let news = self.news.as_ref();
        self.is_of(board)
            && needs.is_some_and(|n| Arc::ptr_eq(n, &board.needs))
            && news.is_some_and(|n| Arc::ptr_eq(n, &board.news))
    }

    /// The places of the entries on the board, in the board's order.
    fn places(&self) -> Vec<usize> {
        let entries = self.rows.iter().filter_map(|row| match row {
            Row::Entry(n) => Some(*n),
            _ => None,
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
            Cow::Owned(made(board, &self.filter, self.sort, self.shape(board)))
        }
    }

    fn shape(&self, board: &Board) -> Shape {
        Shape {
            airy: self.airy,
            unfolded: self.unfolded,
            height: self.height,
            seen: self.seen,
            read: board.has_runs,
        }
    }

    fn is_made(&self, board: &Board) -> bool {
        if self.made.filter != self.filter {
            return false;
        }
        // What is looked for comes in its own order, without groups.
        if !self.filter.trim().is_empty() {
            return self.made.is_of(board);
        }
        self.made.is_of_all(board)
            && self.made.sort == self.sort
            && self.made.shape == self.shape(board)
    }

    /// The entry that is chosen.
    pub fn chosen<'a>(&self, board: &'a Board) -> Option<&'a Entry> {
        match self.rows(board).get(self.scroll.at)? {
            Row::Entry(n) => board.entries.get(*n).map(AsRef::as_ref),
            Row::Need(n) => board.entry_of(&board.needs.get(*n)?.run).map(AsRef::as_ref),
            _ => None,
        }
    }

    /// The run that the keys for runs are about: of what waits that very run, of an entry its newest.
    pub fn run<'a>(&self, board: &'a Board) -> Option<&'a Arc<RunCard>> {
        match self.rows(board).get(self.scroll.at)? {
            Row::Need(n) => board.card(&board.needs.get(*n)?.run),
            Row::Entry(n) => board.entries.get(*n)?.run(),
            _ => None,
        }
    }

    /// Whether the row is chosen behind which the rest of what waits is folded.
    pub fn is_at_fold(&self, board: &Board) -> bool {
        matches!(
            self.rows(board).get(self.scroll.at),
            Some(Row::MoreNeeds(_))
        )
    }

    /// Whether what waits and is chosen is a stage that somebody took over and left.
    pub fn is_taken(&self, board: &Board) -> bool {
        let need = match self.rows(board).get(self.scroll.at) {
            Some(Row::Need(n)) => board.needs.get(*n),
            _ => None,
        };
        need.is_some_and(|need| need.kind == Kind::Taken)
    }

    /// What waits and is chosen.
    fn chosen_need(&self, board: &Board) -> Option<RunId> {
        match self.rows(board).get(self.scroll.at)? {
            Row::Need(n) => Some(board.needs.get(*n)?.run.clone()),
            _ => None,
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
            // At the fold nothing is chosen that could go elsewhere.
            if !self.is_at_fold(board) {
                self.chosen = self.chosen(board).and_then(Entry::key);
                self.chosen_run = self.chosen_need(board);
            }
        }
    }

    /// Chooses the row with this number, where it is an entry.
    pub fn choose(&mut self, board: &Board, row: usize, height: usize) {
        if self.rows(board).get(row).is_some_and(|row| row.is_chosen()) {
            self.scroll.at = row;
            self.step(board, Step::By(0), height);
        }
    }

    /// Keeps what was chosen chosen after the board or the filter changed.
    pub fn settle(&mut self, board: &Board, height: usize) {
        // The best match of what is looked for now, not what was chosen before.
        if self.made.filter != self.filter && !self.filter.is_empty() {
            self.chosen = None;
            self.chosen_run = None;
            self.scroll = Scroll::default();
        }
        self.height = height;
        let mut made = self.make(board);
        self.airy = self.is_airy(height);
        made |= self.make(board);
        // It may have come before it was known that it would.
        let there = |key: &Key| board.entries.iter().any(|e| e.is(key));
        let came = self.awaits.as_ref().is_some_and(there);
        if came {
            self.chosen = self.awaits.take();
            self.chosen_run = None;
        }
        if self.chosen.is_none() && board.has_runs && self.filter.is_empty() {
            self.scroll.at = first(board, &self.made.rows).unwrap_or(self.scroll.at);
        }
        if made || came {
            let run = self.chosen_run.as_ref();
            let same = |n: &usize| {
                board
                    .needs
                    .get(*n)
                    .is_some_and(|need| Some(&need.run) == run)
            };
            // What waited and is done with goes back to where its entry stands.
            let waits = board.needs.iter().any(|need| Some(&need.run) == run);
            let of = |n: &usize, key: &Key| {
                let run = board.needs.get(*n).map(|need| &need.run);
                run.and_then(|r| board.entry_of(r))
                    .is_some_and(|e| e.is(key))
            };
            let is_it = |row: &Row| match (row, &self.chosen) {
                (Row::Need(n), _) if waits => same(n),
                (Row::Need(n), Some(key)) => of(n, key),
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
        let groups = of(|row| matches!(row, Row::Head(..) | Row::Since(_)));
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
            made(board, &self.filter, self.sort, self.shape(board))
        };
        self.made = Made {
            entries: Some(board.entries.clone()),
            needs: Some(board.needs.clone()),
            news: Some(board.news.clone()),
            filter: self.filter.clone(),
            sort: self.sort,
            shape: self.shape(board),
            rows,
        };
        true
    }

    /// Chooses an item as soon as it is there.
    pub fn chooses(&mut self, item: ItemId) {
        self.awaits = Some(Key::Item(item));
    }

    fn rest(&mut self, rows: &[Row], down: bool, height: usize) {
        let is_entry = |n: &usize| rows.get(*n).is_some_and(|row| row.is_chosen());
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
        Row::Need(_) => Some(Group::Waiting),
        _ => None,
    };
    let wanted = [Group::Waiting, Group::Blocked, Group::Ready];
    wanted
        .iter()
        .find_map(|w| rows.iter().position(|row| group(row) == Some(*w)))
}

/// The rows: the best match first where something is looked for, else in this order.
fn made(board: &Board, filter: &str, sort: Sort, shape: Shape) -> Vec<Row> {
    if !filter.trim().is_empty() {
        return found(board, filter);
    }
    let mut places: Vec<usize> = (0..board.entries.len()).collect();
    let of = |n: &usize| &board.entries[*n];
    match sort {
        Sort::Group => return groups(board, shape),
        Sort::Id => places.sort_by_cached_key(|n| number(of(n))),
        Sort::Recent => places.sort_by_cached_key(|n| Reverse(moved(of(n)))),
        Sort::Cost => places.sort_by_cached_key(|n| Reverse(cost(of(n)))),
    }
    places.into_iter().map(Row::Entry).collect()
}

/// What waits and what happened, then the other groups, each with its word.
fn groups(board: &Board, shape: Shape) -> Vec<Row> {
    let mut rows = Vec::with_capacity(board.entries.len() + 4 * Group::ALL.len());
    needs(board, shape, &mut rows);
    news(board, shape, &mut rows);
    if rows.is_empty() && shape.read && !board.entries.is_empty() {
        rows.push(Row::Calm);
    }
    // The entries are in the order of the groups: where each ends is found without looking at all.
    // Of the first two every one stands above, a row for each of its runs that waits.
    let waits = board.entries.partition_point(|e| e.group <= Group::Blocked);
    let mut left = board.entries.get(waits..).unwrap_or_default();
    while let Some(first) = left.first() {
        let group = first.group;
        let (entries, rest) = left.split_at(left.partition_point(|e| e.group <= group));
        let from = board.entries.len() - left.len();
        gap(&mut rows, shape);
        rows.push(Row::Head(group, entries.len()));
        rows.extend((from..).take(entries.len()).map(Row::Entry));
        left = rest;
    }
    rows
}

fn gap(rows: &mut Vec<Row>, shape: Shape) {
    // The line that nothing waits belongs to what comes below it.
    if shape.airy && !matches!(rows.last(), None | Some(Row::Calm)) {
        rows.push(Row::Gap);
    }
}

/// What waits for a person: as much as there is room for, and how much more.
fn needs(board: &Board, shape: Shape, rows: &mut Vec<Row>) {
    let all = board.needs.len();
    if all == 0 {
        return;
    }
    rows.push(Row::Head(Group::Waiting, all));
    let most = most_needs(shape.height);
    if shape.unfolded || all <= most {
        rows.extend((0..all).map(Row::Need));
    } else {
        let shown = most.saturating_sub(1);
        rows.extend((0..shown).map(Row::Need));
        rows.push(Row::MoreNeeds(all - shown));
    }
}

/// What happened since the last look and was not seen yet.
fn news(board: &Board, shape: Shape, rows: &mut Vec<Row>) {
    let unseen = |news: &&News| shape.seen.is_none_or(|seen| news.at > seen);
    let all = board.news.iter().take_while(unseen).count();
    if all == 0 {
        return;
    }
    gap(rows, shape);
    rows.push(Row::Since(all));
    let shown = all.min(most_news(shape.height));
    rows.extend((0..shown).map(Row::News));
    if all > shown {
        rows.push(Row::MoreNews(all - shown));
    }
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
        let rows = made(board, words, Sort::Group, Shape::default()).into_iter();
        rows.filter_map(|row| match row {
            Row::Entry(n) => Some(n),
            _ => None,
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
                prop_assert_eq!(&view.made.rows, &made(&board, text, Sort::Group, view.shape(&board)));
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
