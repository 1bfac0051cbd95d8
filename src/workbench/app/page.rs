//! A page of rows: where it stands, which row is chosen, what is found in it.
//!
//! Of a page that is too long to be laid out at once only a window of its rows is at hand; their
//! numbers, and those of everything here, are those of the whole page.

use super::scroll::{Scroll, Step};
use crate::records::papers::Sought;
use crate::render::{Look, Row, Target};
use crate::text::width;

/// How many columns a step to the side goes.
const SIDE: usize = 8;
/// How many places further can be asked for while one is looked for.
const MOST_FURTHER: usize = 100;

/// What is looked for on a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    /// The words, as they were written.
    pub words: String,
    /// The rows that hold them, in order; of a window, those at hand.
    hits: Vec<usize>,
    /// What is known of the rows that are not at hand.
    pub beyond: Beyond,
}

/// What is known of words in the rows that are not at hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beyond {
    /// Nothing, and nothing is to be known.
    #[default]
    Unasked,
    /// They are looked for.
    Asked {
        /// From this row on.
        from: usize,
        /// Towards the end, else from there back.
        forward: bool,
        /// How much was looked through, in percent.
        percent: u8,
        /// How many places further to go from the one that is found.
        further: usize,
    },
    /// They stand nowhere.
    Nowhere,
}

/// Rows on the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The rows at hand.
    rows: Vec<Row>,
    /// The number of the first of them.
    first: usize,
    /// How many rows the page has.
    all: usize,
    /// Whether these are only a window of the page.
    windowed: bool,
    /// The columns of the widest row at hand.
    widest: usize,
    /// The chosen row, and the first that is shown.
    pub scroll: Scroll,
    /// How many columns are left out at the left.
    pub left: usize,
    find: Find,
}

impl Page {
    /// A page of these rows.
    pub fn new(rows: Vec<Row>) -> Self {
        let mut page = Self::default();
        page.set(rows);
        page
    }

    /// Takes other rows: the same text in another width, or a newer text. What was read stays where
    /// it was: the same line of the source at the same height of the screen.
    pub fn set(&mut self, rows: Vec<Row>) {
        let line = self.line();
        let within = line.map_or(0, |l| self.scroll.at - self.row_of(l));
        let above = self.scroll.at.saturating_sub(self.scroll.top);
        self.all = rows.len();
        self.first = 0;
        self.windowed = false;
        self.find.beyond = Beyond::Unasked;
        self.take(rows);
        if let Some(line) = line {
            let first = self.row_of(line);
            let same = |n: &usize| self.row(*n).is_some_and(|r| r.line == Some(line));
            let rest = (first..=first + within).take_while(|n| *n == first || same(n));
            self.scroll.at = rest.last().unwrap_or(first);
            self.scroll.top = self.scroll.at.saturating_sub(above);
        }
    }

    /// Takes a window of a page of so many rows: those from `first` on.
    pub fn set_window(&mut self, first: usize, rows: Vec<Row>, all: usize) {
        let all = all.max(first + rows.len());
        if self.all != all && self.find.beyond == Beyond::Nowhere {
            // They may stand in what is new.
            self.find.beyond = Beyond::Unasked;
        }
        self.all = all;
        self.first = first;
        self.windowed = true;
        self.take(rows);
    }

    fn take(&mut self, rows: Vec<Row>) {
        self.widest = rows.iter().map(Row::width).max().unwrap_or(0);
        self.rows = rows;
        self.seek();
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.all
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// The row with this number, where it is at hand.
    pub fn row(&self, n: usize) -> Option<&Row> {
        self.rows.get(n.checked_sub(self.first)?)
    }

    /// The numbers of the rows at hand.
    pub fn at_hand(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.rows.len()
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&Row> {
        self.row(self.scroll.at)
    }

    /// Where the chosen row leads.
    pub fn target(&self) -> Option<&Target> {
        self.chosen()?.spans.iter().find_map(|s| s.target.as_ref())
    }

    /// The line of the source at the chosen row, counted from 1: its own, else that of the nearest
    /// row above it that has one.
    pub fn line(&self) -> Option<usize> {
        let above = self.rows.get(..=self.scroll.at.checked_sub(self.first)?)?;
        above.iter().rev().find_map(|r| r.line)
    }

    /// The row of a line of the source: its first, else the first of the nearest line before it.
    pub fn row_of(&self, line: usize) -> usize {
        let mut best: Option<(usize, usize)> = None;
        for (n, row) in self.rows.iter().enumerate() {
            let Some(own) = row.line else { continue };
            if own <= line && best.is_none_or(|(found, _)| own > found) {
                best = Some((own, n));
            }
        }
        self.first + best.map_or(0, |(_, n)| n)
    }

    /// Goes to a line of the source, and shows some of what is above it.
    pub fn go_to_line(&mut self, line: usize, height: usize) {
        self.go_to(self.row_of(line), height);
    }

    /// Goes to a row, and shows some of what is above it.
    pub fn go_to(&mut self, row: usize, height: usize) {
        let seen = (self.scroll.top..self.scroll.top + height.max(1)).contains(&row);
        self.scroll.at = row;
        if !seen {
            self.scroll.top = row.saturating_sub(height / 4);
        }
        self.settle(height);
    }

    /// Moves among the rows.
    pub fn step(&mut self, step: Step, height: usize) {
        self.scroll.step(step, self.all, height);
    }

    /// Keeps what is chosen on the page and in sight.
    pub fn settle(&mut self, height: usize) {
        self.scroll.settle(self.all, height);
    }

    /// Moves the columns to the right, or to the left where it is negative, as far as there is
    /// something to see.
    pub fn aside(&mut self, by: isize, columns: usize) {
        let by = by.saturating_mul(isize::try_from(SIDE).unwrap_or(1));
        let most = self.widest.saturating_sub(columns);
        self.left = self.left.saturating_add_signed(by).min(most);
    }

    /// Whether a row stands still when the columns move: text that was broken to fit.
    pub fn stands(&self, row: &Row, columns: usize) -> bool {
        !self.windowed && row.ground.is_none() && row.width() <= columns
    }

    /// The columns at a row's left that stay when the others move: the number of its line.
    pub fn gutter(&self, row: &Row) -> u16 {
        let first = row.spans.first().filter(|_| self.windowed);
        let number = first.filter(|s| s.look == Look::Mark);
        number.map_or(0, |s| u16::try_from(width(s.text().as_str())).unwrap_or(0))
    }

    /// Goes to the next section (or the one before); `largest`: only to those of the highest rank.
    /// Whether there is one.
    pub fn section(&mut self, forward: bool, largest: bool, height: usize) -> bool {
        let begins = |n: usize| {
            let rank = self.row(n).and_then(rank_of);
            rank.is_some_and(|rank| !largest || rank <= 1)
        };
        let at = self.scroll.at;
        let found = if forward {
            (at + 1..self.all).find(|n| begins(*n))
        } else {
            (0..at).rev().find(|n| begins(*n))
        };
        if let Some(row) = found {
            self.go_to(row, height);
        }
        found.is_some()
    }

    /// What is looked for.
    pub fn find(&self) -> &Find {
        &self.find
    }

    /// Looks for words from the chosen row on, and goes to the first place.
    pub fn look_for(&mut self, words: &str, height: usize) {
        words.clone_into(&mut self.find.words);
        self.find.beyond = Beyond::Unasked;
        self.seek();
        let at = self.scroll.at;
        if self.windowed && !words.is_empty() {
            return self.find_on(at, true, 0, height);
        }
        let next = self.find.hits.iter().find(|n| **n >= at);
        if let Some(row) = next.or_else(|| self.find.hits.first()).copied() {
            self.go_to(row, height);
        }
    }

    /// Goes to the next place where the words stand, or to the one before; round at the end.
    pub fn next_hit(&mut self, forward: bool, height: usize) {
        let (hits, at) = (&self.find.hits, self.scroll.at);
        if self.windowed {
            return self.next_of_window(forward, height);
        }
        let row = if forward {
            hits.iter().find(|n| **n > at).or_else(|| hits.first())
        } else {
            hits.iter().rev().find(|n| **n < at).or_else(|| hits.last())
        };
        if let Some(row) = row.copied() {
            self.go_to(row, height);
        }
    }

    /// The same where only a window is at hand. What is asked for while it is looked for comes after
    /// that.
    fn next_of_window(&mut self, ahead: bool, height: usize) {
        match &mut self.find.beyond {
            Beyond::Asked {
                forward, further, ..
            } if *forward == ahead => *further = (*further + 1).min(MOST_FURTHER),
            _ => self.find_on(self.scroll.at + usize::from(ahead), ahead, 0, height),
        }
    }

    /// Goes to the next place from this row on, or to the one before it, where that is known by the
    /// rows at hand; else it is to be looked for. Then so many places further.
    fn find_on(&mut self, from: usize, forward: bool, further: usize, height: usize) {
        let (hits, at_hand) = (&self.find.hits, self.at_hand());
        let row = if forward {
            let next = hits.iter().find(|n| **n >= from);
            next.filter(|_| at_hand.contains(&from))
        } else {
            let before = hits.iter().rev().find(|n| **n < from);
            before.filter(|_| at_hand.contains(&from))
        };
        self.find.beyond = Beyond::Unasked;
        match row.copied() {
            Some(row) => self.found(row, forward, further, height),
            None => {
                self.find.beyond = Beyond::Asked {
                    from,
                    forward,
                    percent: 0,
                    further,
                }
            }
        }
    }

    fn found(&mut self, row: usize, forward: bool, further: usize, height: usize) {
        self.go_to(row, height);
        if let Some(further) = further.checked_sub(1) {
            self.find_on(row + usize::from(forward), forward, further, height);
        }
    }

    /// What was looked for beyond the rows at hand came so far.
    pub fn sought(&mut self, sought: Sought, height: usize) {
        let Beyond::Asked {
            forward,
            further,
            percent,
            ..
        } = &mut self.find.beyond
        else {
            return;
        };
        match sought {
            Sought::Going(now) => *percent = now,
            Sought::At(row) => {
                let (forward, further) = (*forward, *further);
                self.find.beyond = Beyond::Unasked;
                self.found(row, forward, further, height);
            }
            Sought::Nowhere => self.find.beyond = Beyond::Nowhere,
        }
    }

    /// Whether nothing is looked for, or it is not there, as far as is known.
    pub fn finds_nothing(&self) -> bool {
        if self.windowed {
            self.find.words.is_empty() || self.find.beyond == Beyond::Nowhere
        } else {
            self.find.is_empty()
        }
    }

    /// Whether only a window of it is at hand.
    pub fn is_window(&self) -> bool {
        self.windowed
    }

    fn seek(&mut self) {
        let find = &mut self.find;
        find.hits.clear();
        if find.words.is_empty() {
            return;
        }
        let first = self.first;
        let holds = |(n, row): (usize, &Row)| {
            let found = !places(&row.text(), &find.words).is_empty();
            found.then_some(first + n)
        };
        let hits: Vec<usize> = self.rows.iter().enumerate().filter_map(holds).collect();
        find.hits = hits;
    }
}

impl Find {
    /// The row from which the words are looked for beyond the rows at hand, and whether forward.
    pub fn beyond(&self) -> Option<(usize, bool)> {
        match self.beyond {
            Beyond::Asked { from, forward, .. } => Some((from, forward)),
            Beyond::Unasked | Beyond::Nowhere => None,
        }
    }

    /// How many rows hold the words.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Which of them this row is, counted from 1.
    pub fn nth(&self, row: usize) -> Option<usize> {
        Some(self.hits.binary_search(&row).ok()? + 1)
    }
}

/// The rank of a row that a section begins with, 1 the highest.
fn rank_of(row: &Row) -> Option<u8> {
    row.spans.iter().find_map(|s| match s.look {
        Look::Heading(rank) => Some(rank),
        Look::Hunk => Some(u8::MAX),
        _ => None,
    })
}

/// The columns at which words stand in a row's text, from and to. Small letters stand for both
/// kinds; a capital stands for itself.
pub fn places(text: &str, words: &str) -> Vec<(usize, usize)> {
    if words.is_empty() {
        return Vec::new();
    }
    let exact = words.chars().any(char::is_uppercase);
    let same = |a: char, b: char| a == b || (!exact && lower(a) == lower(b));
    let mut found = Vec::new();
    let (mut rest, mut column) = (text, 0);
    while let Some(c) = rest.chars().next() {
        match begins_with(rest, words, same) {
            Some(end) => {
                let columns = width(&rest[..end]);
                found.push((column, column + columns));
                column += columns;
                rest = &rest[end..];
            }
            None => {
                let (one, more) = rest.split_at(c.len_utf8());
                column += width(one);
                rest = more;
            }
        }
    }
    found
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Where the words end that the text begins with.
fn begins_with(text: &str, words: &str, same: impl Fn(char, char) -> bool) -> Option<usize> {
    let mut letters = text.char_indices();
    let mut end = 0;
    for wanted in words.chars() {
        let (at, c) = letters.next()?;
        if !same(c, wanted) {
            return None;
        }
        end = at + c.len_utf8();
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text of numbered lines, each broken into as many rows as `broken` says.
    fn rows(broken: &[usize]) -> Vec<Row> {
        let lines = broken.iter().enumerate();
        lines
            .flat_map(|(n, rows)| {
                (0..*rows).map(move |r| {
                    Row::of(Look::Plain, format!("line {} row {r}", n + 1)).from_line(n + 1)
                })
            })
            .collect()
    }

    #[test]
    fn the_reading_place_stays_when_the_page_is_laid_out_anew() {
        let mut page = Page::new(rows(&[1; 40]));
        page.step(Step::By(20), 10);
        page.step(Step::By(-3), 10);
        let (line, above) = (page.line(), page.scroll.at - page.scroll.top);
        page.set(rows(&[3; 40]));
        page.settle(10);
        assert_eq!(page.line(), line);
        assert_eq!(page.scroll.at - page.scroll.top, above);
        page.step(Step::By(1), 10);
        let within = page.chosen().unwrap().text();
        page.set(rows(&[3; 40]));
        assert_eq!(page.chosen().unwrap().text(), within);
    }

    #[test]
    fn words_are_found_in_turn_and_a_capital_stands_for_itself() {
        let mut page = Page::new(
            ["one", "Two two", "three", "TWO"]
                .map(|t| Row::of(Look::Plain, t))
                .to_vec(),
        );
        page.look_for("two", 2);
        assert_eq!((page.scroll.at, page.find().len()), (1, 2));
        page.next_hit(true, 2);
        assert_eq!(page.scroll.at, 3);
        assert_eq!(page.find().nth(3), Some(2));
        page.next_hit(true, 2);
        assert_eq!(page.scroll.at, 1);
        page.next_hit(false, 2);
        assert_eq!(page.scroll.at, 3);
        page.look_for("Two", 2);
        assert_eq!((page.scroll.at, page.find().len()), (1, 1));
        assert_eq!(places("宽 two twotwo", "two"), [(3, 6), (7, 10), (10, 13)]);
    }

    #[test]
    fn sections_are_gone_to_and_only_the_large_ones_where_that_is_wanted() {
        let heads = [None, Some(1), None, Some(2), Some(1), None];
        let mut page = Page::new(
            heads
                .map(|h| match h {
                    Some(rank) => Row::of(Look::Heading(rank), "head"),
                    None => Row::of(Look::Plain, "text"),
                })
                .to_vec(),
        );
        assert!(page.section(true, false, 3) && page.scroll.at == 1);
        assert!(page.section(true, false, 3) && page.scroll.at == 3);
        assert!(page.section(false, true, 3) && page.scroll.at == 1);
        assert!(page.section(true, true, 3) && page.scroll.at == 4);
        assert!(!page.section(true, false, 3) && page.scroll.at == 4);
    }

    #[test]
    fn the_columns_move_no_further_than_there_is_something() {
        let mut page = Page::new(vec![Row::of(Look::Plain, "x".repeat(30))]);
        page.aside(1, 20);
        assert_eq!(page.left, 8);
        page.aside(3, 20);
        assert_eq!(page.left, 10);
        page.aside(-9, 20);
        assert_eq!(page.left, 0);
    }

    #[test]
    fn a_window_of_a_long_page_counts_as_the_page_does() {
        let mut page = Page::default();
        page.set_window(500, rows(&[1; 100]), 10_000);
        page.step(Step::Bottom, 20);
        assert_eq!(page.scroll.at, 9_999);
        assert!(page.chosen().is_none() && page.line().is_none());
        page.scroll.at = 510;
        assert_eq!(page.line(), Some(11));
        page.look_for("line 50 ", 20);
        assert_eq!(page.scroll.at, 549);
    }

    #[test]
    fn what_the_window_does_not_know_is_looked_for_beyond_it() {
        let mut page = Page::default();
        page.set_window(500, rows(&[1; 100]), 10_000);
        page.scroll.at = 510;
        page.look_for("line", 20);
        assert_eq!((page.scroll.at, page.find().beyond()), (510, None));
        page.next_hit(true, 20);
        assert_eq!((page.scroll.at, page.find().beyond()), (511, None));
        page.scroll.at = 599;
        page.next_hit(true, 20);
        assert_eq!(
            (page.scroll.at, page.find().beyond()),
            (599, Some((600, true)))
        );
        page.sought(Sought::Going(40), 20);
        assert_eq!(page.find().beyond(), Some((600, true)));
        page.sought(Sought::At(7_000), 20);
        assert_eq!((page.scroll.at, page.find().beyond()), (7_000, None));
        // One more while it is looked for is one more from what is found.
        page.next_hit(false, 20);
        page.next_hit(false, 20);
        assert_eq!(page.find().beyond(), Some((7_000, false)));
        page.sought(Sought::At(6_000), 20);
        assert_eq!(
            (page.scroll.at, page.find().beyond()),
            (6_000, Some((6_000, false)))
        );
        page.sought(Sought::At(559), 20);
        assert_eq!((page.scroll.at, page.find().beyond()), (559, None));
        page.next_hit(false, 20);
        assert_eq!(page.scroll.at, 558);
        page.scroll.at = 7_000;
        page.next_hit(true, 20);
        page.sought(Sought::Nowhere, 20);
        assert!(page.finds_nothing() && page.scroll.at == 7_000);
        page.set_window(500, rows(&[1; 100]), 10_001);
        assert!(!page.finds_nothing());
        page.look_for("", 20);
        assert!(page.finds_nothing() && page.find().beyond().is_none());
    }

    proptest! {
        #[test]
        fn every_line_is_found_again(broken in prop::collection::vec(1..4usize, 1..30), pick in 0..30usize) {
            let line = 1 + pick % broken.len();
            let mut page = Page::new(rows(&broken));
            page.go_to_line(line, 7);
            prop_assert_eq!(page.line(), Some(line));
            prop_assert!(page.scroll.at >= page.scroll.top && page.scroll.at < page.scroll.top + 7);
        }

        #[test]
        fn what_is_found_stands_there(text in "[ab\u{5bbd}]{0,20}", words in "[ab]{1,3}") {
            for (from, to) in places(&text, &words) {
                prop_assert!(from < to && to <= width(&text));
            }
            prop_assert_eq!(places(&text, &words).is_empty(), !text.contains(&words));
        }
    }
}
