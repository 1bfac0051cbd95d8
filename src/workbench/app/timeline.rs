//! The timeline of an attempt on the screen: what was told, which of it is folded, where a person
//! reads.
//!
//! Law: only what is in sight is laid out. However many things were told, a frame costs the rows of
//! the window, and taking one more in costs that one.

mod lay;

use super::scroll::Step;
use crate::records::told::{Line, Place};
use crate::text::Role;
pub use lay::{Kind, Row};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How many things are kept; the oldest go first, and `logs` has them all.
pub const MOST: usize = 50_000;
/// How many bytes of text are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many laid out things are remembered.
const MOST_LAID: usize = 2_048;
/// The word of what an agent says.
const SAYS: &str = "says";
/// What began up to this many things ago shows its end in its own row; else it gets another one.
const NEAR: usize = 12;

/// One thing that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was told. Its texts are from outside and not made safe yet.
    pub line: Line,
    /// Whether it goes on.
    pub open: bool,
    /// The text that comes piece by piece and that it is a line of, by the teller's number.
    pub of: Option<u64>,
    /// Whether it goes on where the thing before it left off.
    pub follows: bool,
}

impl Entry {
    fn bytes(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.line.text.len() + of(&self.line.diff) + of(&self.line.output)
    }
}

/// A place in the timeline: the number of the thing since the attempt began, and the row of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At {
    /// The thing.
    pub entry: usize,
    /// Its row, the first is 0.
    pub row: usize,
}

/// A timeline.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    entries: VecDeque<Entry>,
    /// The number of the first that is kept.
    first: usize,
    bytes: usize,
    /// What was begun and not ended, by the teller's number.
    begun: BTreeMap<u64, usize>,
    /// What is folded otherwise than the rest.
    turned: BTreeSet<usize>,
    /// Whether all is unfolded.
    unfolded: bool,
    columns: usize,
    laid: BTreeMap<usize, Arc<Vec<Row>>>,
    /// Where the person reads.
    pub at: At,
    /// The first row in sight.
    pub top: At,
    /// Whether it stays at its end.
    pub follow: bool,
    /// How much had been told when the following ended.
    seen: usize,
    /// What is searched for.
    pub wanted: String,
}

impl Timeline {
    /// An empty one that stays at its end.
    pub fn following() -> Self {
        Self {
            follow: true,
            ..Self::default()
        }
    }

    /// Whether nothing was told yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many things are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many things were let go of.
    pub fn dropped(&self) -> usize {
        self.first
    }

    /// The thing of this number.
    pub fn entry(&self, number: usize) -> Option<&Entry> {
        self.entries.get(number.checked_sub(self.first)?)
    }

    /// How many things came since the following ended.
    pub fn news(&self) -> usize {
        if self.follow {
            return 0;
        }
        self.end().saturating_sub(self.seen)
    }

    /// Takes lines in.
    pub fn take(&mut self, lines: Vec<Line>) {
        for line in lines {
            self.take_one(line);
        }
        while self.entries.len() > MOST || self.bytes > MOST_BYTES {
            let Some(gone) = self.entries.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(gone.bytes());
            self.turned.remove(&self.first);
            self.laid.remove(&self.first);
            self.first += 1;
        }
    }

    fn take_one(&mut self, line: Line) {
        match line.place {
            Place::Begins(number) | Place::Extends(number) if line.word == SAYS => {
                return self.push_piece(line, number);
            }
            Place::Begins(number) => {
                self.begun.insert(number, self.end());
                return self.push(line, true);
            }
            Place::Alone | Place::Extends(_) => {}
            // The whole text stands for its pieces.
            Place::Ends(number) if line.word == SAYS => {
                while self.entries.back().is_some_and(|e| e.of == Some(number)) {
                    self.pop();
                }
            }
            Place::Ends(number) => {
                if let Some(at) = self.begun.remove(&number)
                    && self.entry(at).is_some()
                {
                    return self.ended(at, line);
                }
            }
        }
        self.push(line, false);
    }

    /// What was begun has ended: its own row says so, and where that is long past another one.
    fn ended(&mut self, at: usize, line: Line) {
        let far = self.end() - at > NEAR && !line.minor;
        let again = far.then(|| line.clone());
        self.change(at, |entry| {
            entry.open = false;
            let diff = entry.line.diff.take();
            let ms = entry.line.ms;
            entry.line = Line { ms, diff, ..line };
        });
        if let Some(line) = again {
            self.push(line, false);
        }
    }

    fn push(&mut self, line: Line, open: bool) {
        self.push_entry(Entry {
            line,
            open,
            of: None,
            follows: false,
        });
    }

    /// A further line of a text that comes piece by piece: a thing of its own, so that a long text
    /// costs no more the longer it gets.
    fn push_piece(&mut self, line: Line, number: u64) {
        let last = self.entries.back();
        self.push_entry(Entry {
            line,
            open: false,
            of: Some(number),
            follows: last.is_some_and(|e| e.of == Some(number)),
        });
    }

    fn push_entry(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
    }

    fn pop(&mut self) {
        if let Some(gone) = self.entries.pop_back() {
            self.bytes = self.bytes.saturating_sub(gone.bytes());
            let number = self.end();
            self.laid.remove(&number);
            self.turned.remove(&number);
        }
    }

    fn change(&mut self, number: usize, how: impl FnOnce(&mut Entry)) {
        self.laid.remove(&number);
        let at = number.checked_sub(self.first);
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            let before = entry.bytes();
            how(entry);
            self.bytes = (self.bytes + entry.bytes()).saturating_sub(before);
        }
    }

    /// The number that the next thing gets.
    fn end(&self) -> usize {
        self.first + self.entries.len()
    }

    /// Brings everything in line with a window of this size.
    pub fn settle(&mut self, columns: usize, height: usize) {
        if self.columns != columns {
            self.columns = columns;
            self.laid.clear();
        }
        if self.laid.len() > MOST_LAID {
            self.laid.clear();
        }
        if self.follow {
            self.at = self.last();
        }
        self.at = self.clamped(self.at);
        self.top = self.clamped(self.top);
        let height = height.max(1);
        let least = self.by(self.at, 1 - height.cast_signed());
        self.top = self.top.clamp(least, self.at);
        // No empty rows below while there are rows above.
        let last = self.last();
        let most = self.by(last, 1 - height.cast_signed());
        self.top = self.top.min(most.max(least));
        // What is painted is laid out.
        let _ = self.by(self.top, height.cast_signed());
    }

    /// Moves within a window of this height.
    pub fn step(&mut self, step: Step, height: usize) {
        let page = height.max(2).cast_signed() - 1;
        match step {
            Step::By(n) => self.move_by(n),
            Step::HalfPage(n) => self.move_by(n.saturating_mul((page / 2).max(1))),
            Step::Page(n) => self.move_by(n.saturating_mul(page)),
            Step::Top => self.to_top(),
            Step::Bottom => self.to_end(),
        }
    }

    /// Moves this many rows down, or up.
    pub fn move_by(&mut self, rows: isize) {
        let before = self.at;
        self.at = self.by(self.at, rows);
        self.looked(before);
    }

    /// Goes to the first row.
    pub fn to_top(&mut self) {
        let before = self.at;
        self.at = At {
            entry: self.first,
            row: 0,
        };
        self.looked(before);
    }

    /// Goes to the last row and stays there.
    pub fn to_end(&mut self) {
        self.follow = true;
        self.at = self.last();
    }

    /// Ends or takes up the following.
    pub fn turn_follow(&mut self) {
        if self.follow {
            self.stay();
        } else {
            self.to_end();
        }
    }

    /// The person moved: at the end it is followed again, elsewhere no longer.
    fn looked(&mut self, before: At) {
        let last = self.last();
        if self.at < before {
            self.stay();
        } else if self.at == last {
            self.follow = true;
        }
    }

    fn stay(&mut self) {
        if self.follow {
            self.follow = false;
            self.seen = self.end();
        }
    }

    /// Goes to a row in sight, counted from the first one there.
    pub fn choose(&mut self, row: usize) {
        let before = self.at;
        self.at = self.by(self.top, row.cast_signed());
        let last = self.last();
        if self.at != last {
            self.stay();
        }
        self.looked(before);
    }

    /// Folds what is chosen, or unfolds it.
    pub fn fold(&mut self) {
        let number = self.at.entry;
        if !self.turned.remove(&number) {
            self.turned.insert(number);
        }
        self.laid.remove(&number);
        self.at.row = 0;
    }

    /// Folds everything, or unfolds it.
    pub fn fold_all(&mut self) {
        self.unfolded = !self.unfolded;
        self.turned.clear();
        self.laid.clear();
        self.at.row = 0;
        self.top.row = 0;
    }

    /// Whether the rows of a thing are all shown.
    fn is_open(&self, number: usize) -> bool {
        self.unfolded != self.turned.contains(&number)
    }

    /// Goes to the next thing that went wrong, from the first on again after the last; whether
    /// there is one.
    pub fn next_error(&mut self) -> bool {
        let is_bad = |e: &Entry| e.line.role == Role::Bad;
        let found = self
            .around(true)
            .find(|n| self.entry(*n).is_some_and(is_bad));
        if let Some(entry) = found {
            self.stay();
            self.at = At { entry, row: 0 };
        }
        found.is_some()
    }

    /// Goes to the next thing that holds what is searched for, or the one before; whether there is
    /// one. Where it stands in a folded part, that is unfolded.
    pub fn next_match(&mut self, forward: bool) -> bool {
        self.go_to_match(self.around(forward).collect())
    }

    /// The same, beginning with what is chosen: while it is still being typed.
    pub fn first_match(&mut self) -> bool {
        let here = std::iter::once(self.at.entry);
        self.go_to_match(here.chain(self.around(true)).collect())
    }

    fn go_to_match(&mut self, order: Vec<usize>) -> bool {
        if self.wanted.is_empty() {
            return false;
        }
        let wanted = Wanted::new(&self.wanted);
        let holds = |n: &usize| self.entry(*n).is_some_and(|e| wanted.is_in_entry(e));
        let Some(entry) = order.into_iter().find(holds) else {
            return false;
        };
        self.stay();
        let row_of = |rows: &[Row]| rows.iter().position(|r| wanted.find(&r.text).is_some());
        let mut row = row_of(&self.rows(entry));
        if row.is_none() && !self.is_open(entry) {
            self.at.entry = entry;
            self.fold();
            row = row_of(&self.rows(entry));
        }
        self.at = At {
            entry,
            row: row.unwrap_or(0),
        };
        true
    }

    /// Every thing once, from the one after the chosen one on (or before it, backwards).
    fn around(&self, forward: bool) -> impl Iterator<Item = usize> + use<> {
        let (first, count) = (self.first, self.entries.len());
        let here = self.at.entry.saturating_sub(first);
        (1..=count).map(move |step| {
            let at = if forward {
                here + step
            } else {
                here + count - step % count.max(1)
            };
            first + at % count.max(1)
        })
    }

    /// What is in sight, from its first row on.
    pub fn shown(&self, height: usize) -> Vec<(At, &Entry, &Row)> {
        let mut shown = Vec::with_capacity(height);
        let from = self.top.entry.max(self.first);
        for number in from..self.end() {
            let (Some(entry), Some(rows)) = (self.entry(number), self.laid.get(&number)) else {
                break;
            };
            let skip = if number == self.top.entry {
                self.top.row
            } else {
                0
            };
            for (row, laid) in rows.iter().enumerate().skip(skip) {
                if shown.len() == height {
                    return shown;
                }
                shown.push((At { entry: number, row }, entry, laid));
            }
        }
        shown
    }

    fn rows(&mut self, number: usize) -> Arc<Vec<Row>> {
        if let Some(rows) = self.laid.get(&number) {
            return rows.clone();
        }
        let open = self.is_open(number);
        let columns = self.columns;
        let Some(entry) = self.entry(number) else {
            return Arc::default();
        };
        let rows = Arc::new(lay::lay(entry, columns, open));
        self.laid.insert(number, rows.clone());
        rows
    }

    fn last(&mut self) -> At {
        let Some(entry) = self.end().checked_sub(1).filter(|_| !self.is_empty()) else {
            return At {
                entry: self.first,
                row: 0,
            };
        };
        let row = self.rows(entry).len().saturating_sub(1);
        At { entry, row }
    }

    fn clamped(&mut self, at: At) -> At {
        if at.entry < self.first {
            return At {
                entry: self.first,
                row: 0,
            };
        }
        if at.entry >= self.end() {
            return self.last();
        }
        let rows = self.rows(at.entry).len();
        At {
            row: at.row.min(rows.saturating_sub(1)),
            ..at
        }
    }

    /// The place this many rows on, at most the last one; or before, at least the first.
    fn by(&mut self, from: At, rows: isize) -> At {
        let mut at = self.clamped(from);
        let mut left = rows.unsigned_abs();
        if rows >= 0 {
            while left > 0 {
                let here = self.rows(at.entry).len().saturating_sub(1);
                let step = left.min(here - at.row.min(here));
                at.row += step;
                left -= step;
                if left > 0 {
                    if at.entry + 1 >= self.end() {
                        break;
                    }
                    at = At {
                        entry: at.entry + 1,
                        row: 0,
                    };
                    self.rows(at.entry);
                    left -= 1;
                }
            }
        } else {
            while left > 0 {
                let step = left.min(at.row);
                at.row -= step;
                left -= step;
                if left > 0 {
                    if at.entry <= self.first {
                        break;
                    }
                    let entry = at.entry - 1;
                    let row = self.rows(entry).len().saturating_sub(1);
                    at = At { entry, row };
                    left -= 1;
                }
            }
        }
        at
    }
}

/// Words that are searched for: in any case, unless they hold an upper case letter.
pub struct Wanted {
    words: String,
    any_case: bool,
}

impl Wanted {
    /// These words.
    pub fn new(words: &str) -> Self {
        let any_case = !words.chars().any(char::is_uppercase);
        Self {
            words: words.to_owned(),
            any_case,
        }
    }

    /// The first place in a text where they stand: the bytes.
    pub fn find(&self, text: &str) -> Option<std::ops::Range<usize>> {
        let words = self.words.as_bytes();
        if words.is_empty() {
            return None;
        }
        let same = |window: &[u8]| {
            if self.any_case {
                window.eq_ignore_ascii_case(words)
            } else {
                window == words
            }
        };
        let at = text.as_bytes().windows(words.len()).position(same)?;
        Some(at..at + words.len())
    }

    fn is_in_entry(&self, entry: &Entry) -> bool {
        let line = &entry.line;
        let more = [line.diff.as_deref(), line.output.as_deref()];
        let all = [line.word, &line.text, &line.right];
        all.into_iter()
            .chain(more.into_iter().flatten())
            .any(|text| self.find(text).is_some())
    }
}

#[cfg(test)]
mod tests;
