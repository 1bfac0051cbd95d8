//! Where the lines of a file are, however large it is.
//!
//! Long lines are taken in parts of [`LONGEST_PART`] bytes, so that a file of one line is no
//! different from others. The index keeps the place of every 64th part, and is fed with the
//! file's bytes as they are read; the bytes themselves stay where they are ([`Bytes`]).

use memchr::{memchr, memchr_iter};
use std::borrow::Cow;

/// Lines longer than so many bytes are taken in parts.
pub const LONGEST_PART: usize = 4 << 10;
/// So many parts stand between two places that are kept.
const STEP: usize = 64;
/// Bytes are looked at in windows of this many.
const WINDOW: usize = 64 << 10;

/// The bytes of a file, wherever they are.
pub trait Bytes {
    /// How many there are.
    fn size(&self) -> u64;
    /// Those from `from` on: at most `most`, and none only where there are no more (or they can't
    /// be read).
    fn window(&self, from: u64, most: usize) -> Cow<'_, [u8]>;
}

impl<T: AsRef<[u8]>> Bytes for T {
    fn size(&self) -> u64 {
        self.as_ref().len() as u64
    }

    fn window(&self, from: u64, most: usize) -> Cow<'_, [u8]> {
        let all = self.as_ref();
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(all.len());
        let end = from.saturating_add(most).min(all.len());
        Cow::Borrowed(all.get(from..end).unwrap_or_default())
    }
}

/// The place of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    offset: u64,
    /// The number of its line, counted from 0.
    line: usize,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it begins in the file.
    pub offset: u64,
    /// The number of its line, counted from 1.
    pub line: usize,
    /// Whether the line begins with it.
    pub begins: bool,
    /// Its bytes without the end of the line.
    pub bytes: Vec<u8>,
}

/// Where the lines of a file are.
#[derive(Debug, Clone, Default)]
pub struct Index {
    places: Vec<Place>,
    parts: usize,
    lines: usize,
    size: u64,
    /// Where the last part begins, if it is open.
    open: Option<u64>,
}

impl Index {
    /// One that was fed nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of all bytes.
    pub fn of(bytes: &impl Bytes) -> Self {
        let mut index = Self::new();
        while index.read(bytes, WINDOW) {}
        index
    }

    /// Reads the next bytes, at most so many; says whether there may be more.
    pub fn read(&mut self, bytes: &impl Bytes, most: usize) -> bool {
        let window = bytes.window(self.size, most);
        self.feed(&window);
        !window.is_empty() && self.size < bytes.size()
    }

    /// Takes the bytes that follow those it was fed already.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut at = 0;
        for end in memchr_iter(b'\n', bytes) {
            self.line_bytes(bytes, at, end);
            if self.open.take().is_none() {
                // An empty line, or the end of one whose last part was full.
                self.close_empty(end);
            }
            self.lines += 1;
            at = end + 1;
        }
        self.line_bytes(bytes, at, bytes.len());
        self.size += bytes.len() as u64;
    }

    /// Takes bytes of one line, without its end.
    fn line_bytes(&mut self, bytes: &[u8], from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let here = self.size + at as u64;
            let Some(begin) = self.open else {
                self.begin(here);
                continue;
            };
            let have = usize::try_from(here - begin).unwrap_or(usize::MAX);
            let mut end = at + LONGEST_PART.saturating_sub(have);
            // A character is not cut in two.
            while end < to && bytes.get(end).is_some_and(|b| b & 0xc0 == 0x80) {
                end += 1;
            }
            if end >= to {
                return;
            }
            self.begin(self.size + end as u64);
            at = end;
        }
    }

    fn begin(&mut self, offset: u64) {
        if self.parts.is_multiple_of(STEP) {
            let line = self.lines;
            self.places.push(Place { offset, line });
        }
        self.parts += 1;
        self.open = Some(offset);
    }

    fn close_empty(&mut self, end: usize) {
        self.begin(self.size + end as u64);
        self.open = None;
    }

    /// How many lines there are, as far as it was fed.
    pub fn lines(&self) -> usize {
        self.lines + usize::from(self.open.is_some())
    }

    /// How many parts there are, as far as it was fed. A usual line is one part.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// How many bytes it was fed.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The number of the kept place at or before a part, and how many parts it is before it.
    pub fn kept(part: usize) -> (usize, usize) {
        (part / STEP, part % STEP)
    }

    /// The parts from this one on, counted from 0.
    pub fn from<'a, B: Bytes>(&self, bytes: &'a B, part: usize) -> Parts<'a, B> {
        let (kept, skip) = Self::kept(part);
        let place = self.places.get(kept).filter(|_| part < self.parts);
        let mut parts = Parts::at(bytes, place.copied(), self.size);
        parts.begins = kept == 0 || place.is_some_and(|p| begins(bytes, p.offset));
        parts.nth_end(skip);
        parts
    }

    /// The first part of a line, counted from 1; of the last line where there are fewer.
    pub fn part_of_line(&self, bytes: &impl Bytes, line: usize) -> usize {
        let line = line.saturating_sub(1);
        let kept = self.places.partition_point(|p| p.line < line);
        self.find_part(bytes, kept.saturating_sub(1), |part| part.line > line)
    }

    /// The part in which this byte stands.
    pub fn part_at(&self, bytes: &impl Bytes, offset: u64) -> usize {
        let kept = self.places.partition_point(|p| p.offset <= offset);
        let kept = kept.saturating_sub(1);
        let after = self.find_part(bytes, kept, |part| part.offset > offset);
        let past = self.from(bytes, after).next();
        if past.is_some_and(|p| p.offset > offset) {
            after.saturating_sub(1)
        } else {
            after
        }
    }

    /// The first part from a kept place on of which something holds; else the last part.
    fn find_part(&self, bytes: &impl Bytes, kept: usize, holds: impl Fn(&Part) -> bool) -> usize {
        let from = kept * STEP;
        let found = self.from(bytes, from).position(|p| holds(&p));
        let last = self.parts.saturating_sub(1);
        found.map_or(last, |n| from + n)
    }
}

/// Whether a line begins at this byte.
fn begins(bytes: &impl Bytes, offset: u64) -> bool {
    offset == 0 || bytes.window(offset - 1, 1).first() == Some(&b'\n')
}

/// Parts one after the other.
#[derive(Debug)]
pub struct Parts<'a, B> {
    bytes: &'a B,
    place: Option<Place>,
    begins: bool,
    end: u64,
    /// What was read ahead, and how much of it is used up.
    window: Cow<'a, [u8]>,
    used: usize,
}

impl<'a, B: Bytes> Parts<'a, B> {
    fn at(bytes: &'a B, place: Option<Place>, end: u64) -> Self {
        Self {
            bytes,
            place,
            begins: true,
            end,
            window: Cow::Borrowed(&[]),
            used: 0,
        }
    }

    fn nth_end(&mut self, skip: usize) {
        for _ in 0..skip {
            if self.next().is_none() {
                return;
            }
        }
    }

    /// At least the bytes of one part, where there are so many.
    fn ahead(&mut self, offset: u64) -> &[u8] {
        // The longest part, the rest of its last character, and the end of the line.
        let enough = LONGEST_PART + 8;
        if self.window.len() - self.used < enough {
            let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
            self.window = self.bytes.window(offset, WINDOW.min(left));
            self.used = 0;
        }
        self.window.get(self.used..).unwrap_or_default()
    }
}

impl<B: Bytes> Iterator for Parts<'_, B> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let place = self.place?;
        if place.offset >= self.end {
            return None;
        }
        let ahead = self.ahead(place.offset);
        if ahead.is_empty() {
            return None;
        }
        let most = ahead.len().min(LONGEST_PART);
        let end = memchr(b'\n', ahead.get(..=most).unwrap_or(ahead));
        let (length, ended) = match end {
            Some(end) => (end, true),
            None => {
                let mut cut = most;
                while ahead.get(cut).is_some_and(|b| b & 0xc0 == 0x80) {
                    cut += 1;
                }
                // The end of a line right behind a full part belongs to it.
                (cut, ahead.get(cut) == Some(&b'\n'))
            }
        };
        let bytes = ahead.get(..length).unwrap_or_default().to_vec();
        let taken = length + usize::from(ended);
        self.used += taken;
        let part = Part {
            offset: place.offset,
            line: place.line + 1,
            begins: self.begins,
            bytes,
        };
        self.begins = ended;
        self.place = Some(Place {
            offset: place.offset + taken as u64,
            line: place.line + usize::from(ended),
        });
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &[u8], from: usize) -> Vec<Part> {
        Index::of(&text).from(&text, from).collect()
    }

    #[test]
    fn lines_are_found_by_number_and_by_byte() {
        let text: String = (1..=1000).map(|n| format!("line {n}\n")).collect();
        let index = Index::of(&text);
        assert_eq!((index.lines(), index.parts()), (1000, 1000));
        let part = index.part_of_line(&text, 700);
        let there = index.from(&text, part).next().expect("it is there");
        assert_eq!((there.line, there.bytes), (700, b"line 700".to_vec()));
        assert_eq!(index.part_at(&text, there.offset + 3), part);
        assert_eq!(index.part_of_line(&text, 5000), 999);
    }

    #[test]
    fn a_long_line_comes_in_parts() {
        let text = format!("a\n{}\nb", "é".repeat(LONGEST_PART));
        let found = parts(text.as_bytes(), 0);
        let told: Vec<(usize, bool, usize)> = found
            .iter()
            .map(|p| (p.line, p.begins, p.bytes.len()))
            .collect();
        let full = LONGEST_PART;
        assert_eq!(
            told,
            [
                (1, true, 1),
                (2, true, full),
                (2, false, full),
                (3, true, 1)
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(80))]

        #[test]
        fn parts_are_the_text_wherever_one_begins(
            pieces in prop::collection::vec(prop_oneof![
                Just("\n".to_owned()), Just("é".repeat(2047)), Just("x".repeat(4096)),
                Just("y".repeat(4097)), "[a-zé]{0,9}", Just("\n".repeat(70)),
            ], 0..30),
            chunk in 1usize..9000,
            from in 0usize..300,
        ) {
            let text = pieces.concat();
            let mut index = Index::new();
            for bytes in text.as_bytes().chunks(chunk) {
                index.feed(bytes);
            }
            let all: Vec<Part> = index.from(&text, 0).collect();
            prop_assert_eq!(index.parts(), all.len());
            prop_assert_eq!(index.lines(), text.lines().count());
            let mut lines: Vec<Vec<u8>> = Vec::new();
            for part in &all {
                prop_assert!(std::str::from_utf8(&part.bytes).is_ok());
                if part.begins {
                    lines.push(Vec::new());
                }
                prop_assert_eq!(part.line, lines.len());
                if let Some(line) = lines.last_mut() {
                    line.extend_from_slice(&part.bytes);
                }
            }
            let wanted: Vec<Vec<u8>> = text.split_terminator('\n').map(|l| l.as_bytes().to_vec()).collect();
            prop_assert_eq!(lines, wanted);
            let tail: Vec<Part> = index.from(&text, from).collect();
            prop_assert_eq!(tail.as_slice(), all.get(from..).unwrap_or_default());
        }
    }
}
