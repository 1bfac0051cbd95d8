//! The rows of an attempt, read as they are written.

use crate::stage::timeline::Row;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::AttemptDir;
use std::io;
use std::path::PathBuf;

/// How much is read at once. A line that is longer is passed over.
const CHUNK: u64 = 8 * 1024 * 1024;

/// Follows the timeline of one attempt.
#[derive(Debug, Clone)]
pub struct Timeline {
    path: PathBuf,
    /// The byte at which the next line begins.
    offset: u64,
    /// Lines that are no row.
    unreadable: u64,
}

impl Timeline {
    /// From the first row of this attempt on.
    pub fn of(attempt: &AttemptDir) -> Self {
        Self {
            path: attempt.transcript(),
            offset: 0,
            unreadable: 0,
        }
    }

    /// The rows that came since the last look. None where the file is not there yet; a line that is
    /// still being written is left for the next time.
    pub fn read(&mut self) -> io::Result<Vec<Row>> {
        let mut rows = Vec::new();
        loop {
            let bytes = match Disk.read_from(&self.path, self.offset, CHUNK) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(rows),
                Err(e) => return Err(e),
            };
            let full = bytes.len() as u64 == CHUNK;
            let whole = match bytes.iter().rposition(|b| *b == b'\n') {
                Some(end) => end + 1,
                None if full => bytes.len(),
                None => 0,
            };
            for line in bytes[..whole].split(|b| *b == b'\n') {
                match serde_json::from_slice::<Row>(line) {
                    Ok(row) => rows.push(row),
                    Err(_) if line.is_empty() => {}
                    Err(_) => self.unreadable += 1,
                }
            }
            self.offset += whole as u64;
            if !full {
                return Ok(rows);
            }
        }
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
