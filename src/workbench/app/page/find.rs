//! What is looked for on a page: in the rows at hand, and beyond them.

use super::{Goal, Page};
use crate::records::papers::Sought;
use crate::render::Row;
use crate::text::width;

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

impl Find {
    /// The row from which the words are looked for beyond the rows at hand, and whether forward.
    pub fn beyond(&self) -> Option<(usize, bool)> {
        match self.beyond {
            Beyond::Asked { from, forward, .. } => Some((from, forward)),
            Beyond::Unasked | Beyond::Nowhere => None,
        }
    }

    /// No row is known to hold the words.
    pub(super) fn clear(&mut self) {
        self.hits.clear();
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

impl Page {
    /// What is looked for.
    pub fn find(&self) -> &Find {
        &self.find
    }

    /// Looks for words from the chosen row on, and goes to the first place: at once, or as soon as
    /// it is there.
    pub fn look_for(&mut self, words: &str, height: usize) {
        words.clone_into(&mut self.find.words);
        self.find.beyond = Beyond::Unasked;
        self.goal = None;
        self.find.clear();
        self.seek(0);
        if !words.is_empty() {
            self.go_to_hit(true, true, height);
        }
    }

    /// Goes to the next place where the words stand, or to the one before; round at the end.
    pub fn next_hit(&mut self, forward: bool, height: usize) {
        if self.windowed {
            return self.next_of_window(forward, height);
        }
        self.go_to_hit(forward, false, height);
    }

    /// Goes to the next place, or to the one before. Round at the end, where there is one: until
    /// then it stays to be gone to.
    pub(super) fn go_to_hit(&mut self, forward: bool, here: bool, height: usize) {
        let (hits, at) = (&self.find.hits, self.scroll.at);
        if self.windowed {
            let from = at + usize::from(forward && !here);
            return self.find_on(from, forward, 0, height);
        }
        let ahead = |n: &&usize| **n > at || (here && **n == at);
        let (row, round) = if forward {
            (hits.iter().find(ahead), hits.first())
        } else {
            (hits.iter().rev().find(|n| **n < at), hits.last())
        };
        let row = row.or_else(|| round.filter(|_| self.whole));
        match row.copied() {
            Some(row) => self.go_to(row, height),
            None => self.goal = (!self.whole).then_some(Goal::Hit { forward, here }),
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
            self.find.words.is_empty() || (self.find.is_empty() && self.whole)
        }
    }

    /// Finds the rows at hand that hold the words, from this one of them on.
    pub(super) fn seek(&mut self, from: usize) {
        let find = &mut self.find;
        if find.words.is_empty() {
            return;
        }
        let first = self.first;
        let holds = |(n, row): (usize, &Row)| {
            let found = !places(&row.text(), &find.words).is_empty();
            found.then_some(first + n)
        };
        let rows = self.rows.iter().enumerate().skip(from);
        let hits: Vec<usize> = rows.filter_map(holds).collect();
        find.hits.extend(hits);
    }
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
