//! A page of rows: where it stands, which row is chosen, what is found in it.
//!
//! Of a page that is too long to be laid out at once only a window of its rows is at hand; their
//! numbers, and those of everything here, are those of the whole page. Others grow from their
//! beginning as they are laid out; what is gone to before it is there is gone to once it is.

mod find;

use super::scroll::{Scroll, Step};
use crate::records::papers::Large;
use crate::render::{Look, Row, Target};
use crate::text::width;
pub use find::{Beyond, Find, places};

/// How many columns a step to the side goes.
const SIDE: usize = 8;

/// What is to be gone to as soon as it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// The last row.
    End,
    /// A row, by its number.
    Row(usize),
    /// The next place of the words, or the one before; `here`: that on the chosen row will do.
    Hit { forward: bool, here: bool },
    /// The next section; `largest`: only one of the highest rank.
    Section { largest: bool },
}

/// Rows on the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The rows at hand.
    rows: Vec<Row>,
    /// The number of the first of them.
    first: usize,
    /// How many rows the page has, as far as that is known.
    all: usize,
    /// Whether there are no more: a page that is not read yet is none that is whole.
    whole: bool,
    /// Whether these are only a window of the page.
    windowed: bool,
    /// The columns of the widest row at hand.
    widest: usize,
    /// The chosen row, and the first that is shown.
    pub scroll: Scroll,
    /// How many columns are left out at the left.
    pub left: usize,
    find: Find,
    goal: Option<Goal>,
}

impl Page {
    /// A page of these rows.
    pub fn new(rows: Vec<Row>) -> Self {
        let mut page = Self::default();
        page.set(rows, true);
        page
    }

    /// Takes other rows: the same text in another width, or a newer text. What was read stays where
    /// it was: the same line of the source at the same height of the screen. `whole`: there are no
    /// more to come ([`Page::add`]).
    pub fn set(&mut self, rows: Vec<Row>, whole: bool) {
        let line = self.line();
        let within = line.map_or(0, |l| self.scroll.at - self.row_of(l));
        let above = self.scroll.at.saturating_sub(self.scroll.top);
        self.all = rows.len();
        self.first = 0;
        self.windowed = false;
        self.whole = whole;
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

    /// Takes the rows that follow those it has.
    pub fn add(&mut self, rows: Vec<Row>, whole: bool) {
        let from = self.rows.len();
        let widest = rows.iter().map(Row::width).max().unwrap_or(0);
        self.widest = self.widest.max(widest);
        self.rows.extend(rows);
        self.all = self.first + self.rows.len();
        self.whole = whole;
        self.seek(from);
    }

    /// Takes these rows in place of those from `at` on that differ from them in their looks alone,
    /// and adds what is more than it has.
    pub fn put(&mut self, at: usize, rows: Vec<Row>, whole: bool) {
        let mut rows = rows.into_iter();
        for (had, row) in self.rows.iter_mut().skip(at).zip(rows.by_ref()) {
            *had = row;
        }
        self.add(rows.collect(), self.whole || whole);
    }

    /// Takes a window of a page that is too long.
    pub fn set_window(&mut self, window: &Large) {
        let all = window.all.max(window.first + window.rows.len());
        if self.all != all && self.find.beyond == Beyond::Nowhere {
            // They may stand in what is new.
            self.find.beyond = Beyond::Unasked;
        }
        self.all = all;
        self.first = window.first;
        self.windowed = true;
        self.whole = window.whole;
        self.widest = window.widest;
        self.rows.clone_from(&window.rows);
        self.find.clear();
        self.seek(0);
    }

    fn take(&mut self, rows: Vec<Row>) {
        self.widest = rows.iter().map(Row::width).max().unwrap_or(0);
        self.rows = rows;
        self.find.clear();
        self.seek(0);
    }

    /// Whether there are no more rows than it has: how many there are is known then.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether something is to be gone to that is not there yet.
    pub fn has_goal(&self) -> bool {
        self.goal.is_some()
    }

    /// Goes to what was to be gone to, where that is there by now.
    pub fn reach(&mut self, height: usize) {
        let Some(goal) = self.goal.take() else { return };
        match goal {
            Goal::End if self.whole => self.step(Step::Bottom, height),
            Goal::Row(row) if self.whole || row < self.all => {
                self.scroll.at = row;
                self.settle(height);
            }
            Goal::End | Goal::Row(_) => self.goal = Some(goal),
            Goal::Hit { forward, here } => self.go_to_hit(forward, here, height),
            Goal::Section { largest } => {
                self.section(true, largest, height);
            }
        }
    }

    /// Goes to this row once it is there; what is above it is shown as far as there is room.
    pub fn come_back_to(&mut self, row: usize) {
        self.goal = Some(Goal::Row(row));
    }

    /// How many rows it has, as far as it is laid out ([`Page::is_whole`]).
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

    /// Whether its last row comes from a line of the source after this one.
    pub fn ends_after(&self, line: usize) -> bool {
        self.rows.last().is_some_and(|r| r.line > Some(line))
    }

    /// Goes to a row, and shows some of what is above it.
    pub fn go_to(&mut self, row: usize, height: usize) {
        self.goal = None;
        let seen = (self.scroll.top..self.scroll.top + height.max(1)).contains(&row);
        self.scroll.at = row;
        if !seen {
            self.scroll.top = row.saturating_sub(height / 4);
        }
        self.settle(height);
    }

    /// Moves among the rows; the last one is gone to once there is one.
    pub fn step(&mut self, step: Step, height: usize) {
        self.goal = (step == Step::Bottom && !self.whole).then_some(Goal::End);
        if self.goal.is_some() {
            return;
        }
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
    /// Whether there is one, as far as it is laid out.
    pub fn section(&mut self, forward: bool, largest: bool, height: usize) -> bool {
        self.goal = None;
        let begins = |n: usize| {
            let rank = self.row(n).and_then(rank_of);
            rank.is_some_and(|rank| !largest || rank <= 1)
        };
        let at = self.scroll.at;
        let found = if forward {
            self.at_hand().skip_while(|n| *n <= at).find(|n| begins(*n))
        } else {
            let before = self.first..at.min(self.at_hand().end);
            before.rev().find(|n| begins(*n))
        };
        if let Some(row) = found {
            self.go_to(row, height);
        } else if forward && !self.whole {
            self.goal = Some(Goal::Section { largest });
        }
        found.is_some()
    }

    /// Whether only a window of it is at hand.
    pub fn is_window(&self) -> bool {
        self.windowed
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

#[cfg(test)]
mod tests;
