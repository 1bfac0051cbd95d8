//! Looking for words in a large file, a piece of it at a time: who asked can ask for something else
//! in between.

use super::large::{Opened, opened};
use super::{Paper, Readings};
use crate::records::runs::RunView;
use crate::render::find::Finder;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// How many bytes are looked through at a time.
const PIECE: u64 = 4 << 20;

/// Words that are looked for in a large file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The file.
    pub paper: Paper,
    /// The words. Small letters stand for both kinds, unless there is a large one among them.
    pub words: String,
    /// The row to begin at, counted from 0; back from there that row is not looked at first.
    pub from: usize,
    /// Towards the end, else towards the beginning; what is left of the file comes after that.
    pub forward: bool,
}

/// What a search came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// So much of the file was looked through, in percent.
    Going(u8),
    /// The words stand on this row, counted from 0.
    At(usize),
    /// They stand nowhere in the file.
    Nowhere,
}

/// A search under way. It looks through the file as it was when it began.
#[derive(Debug)]
pub struct Search {
    opened: Arc<Opened>,
    finder: Finder,
    forward: bool,
    /// What is still to be looked through, in this order.
    left: VecDeque<Range<u64>>,
}

impl Search {
    /// Begins; `None`: the file is not a large one any more, or there are no words.
    pub fn begin(view: &RunView, wanted: &Wanted, readings: &mut Readings) -> Option<Self> {
        let Paper::File(path) = &wanted.paper else {
            return None;
        };
        let opened = opened(view, path, &mut readings.opened).ok()??;
        let (from, size) = (opened.offset(wanted.from), opened.size());
        let left = if wanted.forward {
            [from..size, 0..from]
        } else {
            [0..from, from..size]
        };
        Some(Self {
            finder: Finder::new(&wanted.words)?,
            opened,
            forward: wanted.forward,
            left: left.into(),
        })
    }

    /// Looks through the next piece.
    pub fn step(&mut self) -> Sought {
        while self.left.front().is_some_and(Range::is_empty) {
            self.left.pop_front();
        }
        let Some(left) = self.left.front_mut() else {
            return Sought::Nowhere;
        };
        let bytes = self.opened.bytes();
        let found = if self.forward {
            let piece = left.start..left.end.min(left.start + PIECE);
            left.start = piece.end;
            self.finder.first(bytes, piece)
        } else {
            let piece = left.start.max(left.end.saturating_sub(PIECE))..left.end;
            left.end = piece.start;
            self.finder.last(bytes, piece)
        };
        match found {
            Some(at) => Sought::At(self.opened.row_at(at)),
            None => self.going(),
        }
    }

    fn going(&self) -> Sought {
        let size = self.opened.size().max(1);
        let left: u64 = self.left.iter().map(|r| r.end - r.start).sum();
        if left == 0 {
            return Sought::Nowhere;
        }
        let share = size.saturating_sub(left) * 100 / size;
        Sought::Going(u8::try_from(share).unwrap_or(100))
    }
}
