//! The rows of an attempt, read as they are written.

use crate::stage::timeline::Row;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::AttemptDir;
use std::io;
use std::path::PathBuf;

/// The longest line that is read; one that is longer is passed over.
const LONGEST: u64 = 8 * 1024 * 1024;
/// How much is read at once: what waits to be shown is bounded by it.
const PIECE: u64 = 256 * 1024;
/// Who is further behind than this reads the end alone.
const BEHIND: u64 = 32 * 1024 * 1024;

/// Follows the timeline of one attempt.
#[derive(Debug, Clone)]
pub struct Timeline {
    path: PathBuf,
    /// The byte at which the next line begins.
    offset: u64,
    /// Lines that are no row.
    unreadable: u64,
    /// Whether there is more to read at once.
    more: bool,
    /// Bytes that were passed over.
    passed: u64,
}

impl Timeline {
    /// From the first row of this attempt on.
    pub fn of(attempt: &AttemptDir) -> Self {
        Self {
            path: attempt.transcript(),
            offset: 0,
            unreadable: 0,
            more: false,
            passed: 0,
        }
    }

    /// The rows that came since the last look. None where the file is not there yet; a line that is
    /// still being written is left for the next time.
    pub fn read(&mut self) -> io::Result<Vec<Row>> {
        let mut rows = self.read_on()?;
        while self.more {
            rows.append(&mut self.read_on()?);
        }
        Ok(rows)
    }

    /// The next of them, a bounded part; [`Timeline::has_more`] tells whether there are others.
    pub fn read_on(&mut self) -> io::Result<Vec<Row>> {
        self.more = false;
        let mut size = PIECE;
        let bytes = loop {
            let bytes = match Disk.read_from(&self.path, self.offset, size) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(e) => return Err(e),
            };
            let is_cut = bytes.len() as u64 == size && !bytes.contains(&b'\n');
            if !is_cut || size == LONGEST {
                break bytes;
            }
            size = LONGEST;
        };
        let full = bytes.len() as u64 == size;
        let whole = match bytes.iter().rposition(|b| *b == b'\n') {
            Some(end) => end + 1,
            None if full => bytes.len(),
            None => 0,
        };
        let mut rows = Vec::new();
        for line in bytes[..whole].split(|b| *b == b'\n') {
            match serde_json::from_slice::<Row>(line) {
                Ok(row) => rows.push(row),
                Err(_) if line.is_empty() => {}
                Err(_) => self.unreadable += 1,
            }
        }
        self.offset += whole as u64;
        self.more = full;
        Ok(rows)
    }

    /// Whether there is more to read at once.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Passes over what is so far behind the end that it would be let go of before it is seen;
    /// whether anything was.
    pub fn catch_up(&mut self) -> bool {
        let size = match Disk.stat(&self.path) {
            Ok(Some(stat)) => stat.fingerprint.size,
            _ => return false,
        };
        let from = size.saturating_sub(BEHIND / 2);
        if size.saturating_sub(self.offset) <= BEHIND {
            return false;
        }
        // Most lines end within a piece.
        let end = [PIECE, LONGEST].into_iter().find_map(|most| {
            let bytes = Disk.read_from(&self.path, from, most).ok()?;
            bytes.iter().position(|b| *b == b'\n')
        });
        let Some(end) = end else {
            return false;
        };
        let to = from + end as u64 + 1;
        self.passed += to - self.offset;
        self.offset = to;
        true
    }

    /// How many bytes were passed over.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// How many lines could not be read as rows.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::timeline::What;
    use std::io::Write;

    #[test]
    fn what_is_far_behind_is_passed_over_and_the_end_comes_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let attempt = AttemptDir::at(dir.path());
        let mut timeline = Timeline::of(&attempt);
        let row = |text: &str| {
            let what = What::Note {
                text: text.to_owned(),
            };
            let at = jiff::Timestamp::UNIX_EPOCH;
            serde_json::to_string(&Row { at, ms: 5, what }).unwrap() + "\n"
        };
        let line = row(&"x".repeat(1000));
        let count = usize::try_from(BEHIND).unwrap() / line.len() + 10;
        let mut file = std::fs::File::create(attempt.transcript()).unwrap();
        file.write_all(line.repeat(10).as_bytes()).unwrap();
        assert!(!timeline.catch_up());
        assert_eq!(timeline.read_on().unwrap().len(), 10);
        file.write_all(line.repeat(count).as_bytes()).unwrap();
        file.write_all(row("last").as_bytes()).unwrap();
        assert!(timeline.catch_up());
        assert!(timeline.passed() > 0 && !timeline.catch_up());
        let mut last = Vec::new();
        let mut all = 0;
        loop {
            let rows = timeline.read_on().unwrap();
            all += rows.len();
            assert!(rows.len() * line.len() <= usize::try_from(PIECE).unwrap() + line.len());
            last = if rows.is_empty() { last } else { rows };
            if !timeline.has_more() {
                break;
            }
        }
        assert!(all < count);
        let text = What::Note {
            text: "last".to_owned(),
        };
        assert_eq!(last.last().unwrap().what, text);
        assert_eq!(timeline.unreadable(), 0);
    }

    #[test]
    fn rows_come_once_and_only_whole() {
        let dir = tempfile::tempdir().unwrap();
        let attempt = AttemptDir::at(dir.path());
        let mut timeline = Timeline::of(&attempt);
        assert_eq!(timeline.read().unwrap(), []);
        let row = |text: &str| Row {
            at: jiff::Timestamp::UNIX_EPOCH,
            ms: 5,
            what: What::Note {
                text: text.to_owned(),
            },
        };
        let line = |text: &str| serde_json::to_string(&row(text)).unwrap() + "\n";
        let mut file = std::fs::File::create(attempt.transcript()).unwrap();
        let second = line("two");
        let (head, tail) = second.split_at(20);
        write!(file, "{}nonsense\n{head}", line("one")).unwrap();
        assert_eq!(timeline.read().unwrap(), [row("one")]);
        assert_eq!(timeline.unreadable(), 1);
        write!(file, "{tail}{}", line("three")).unwrap();
        assert_eq!(timeline.read().unwrap(), [row("two"), row("three")]);
        assert_eq!(timeline.read().unwrap(), []);
    }
}
