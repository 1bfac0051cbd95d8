//! `raw.log`: what a process printed, its beginning and its end, without secrets, of bounded size
//! on the disk and in memory.

use crate::stage::redact::{Redactor, Stream};
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;

/// How much of the beginning is kept at most.
const HEAD: u64 = 8 * 1024 * 1024;
/// How much of the end is held in memory at most.
const TAIL: usize = 24 * 1024 * 1024;

/// Writes the beginning at once and holds the end until [`RawLog::finish`].
#[derive(Debug)]
pub struct RawLog<'r> {
    file: Option<std::fs::File>,
    stream: Option<Stream<'r>>,
    redactor: &'r Redactor,
    head_left: u64,
    tail: VecDeque<Vec<u8>>,
    tail_bytes: usize,
    tail_limit: usize,
    dropped: u64,
}

impl<'r> RawLog<'r> {
    /// A log at `path` of at most `limit` bytes and what its marks take.
    pub fn create(path: &Path, limit: u64, redactor: &'r Redactor) -> std::io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let mut log = Self::nowhere(redactor);
        log.file = Some(file);
        log.stream = Some(redactor.stream());
        log.head_left = HEAD.min(limit / 2);
        log.tail_limit = usize::try_from(limit - log.head_left)
            .unwrap_or(TAIL)
            .min(TAIL);
        Ok(log)
    }

    /// A log that keeps nothing.
    pub fn nowhere(redactor: &'r Redactor) -> Self {
        Self {
            file: None,
            stream: None,
            redactor,
            head_left: 0,
            tail: VecDeque::new(),
            tail_bytes: 0,
            tail_limit: 0,
            dropped: 0,
        }
    }

    /// Takes bytes in. A log that can't be written loses them; the attempt goes on.
    pub fn write(&mut self, bytes: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let take = usize::try_from(self.head_left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (head, rest) = bytes.split_at(take);
        if let (Some(stream), false) = (&mut self.stream, head.is_empty()) {
            let _ = file.write_all(&stream.push(head));
            self.head_left -= head.len() as u64;
        }
        if rest.is_empty() {
            return;
        }
        self.tail_bytes += rest.len();
        self.tail.push_back(rest.to_vec());
        while self.tail_bytes > self.tail_limit {
            let Some(old) = self.tail.pop_front() else {
                break;
            };
            self.tail_bytes -= old.len();
            self.dropped += old.len() as u64;
        }
    }

    /// Writes the end.
    pub fn finish(mut self) {
        let Some(mut file) = self.file.take() else {
            return;
        };
        let mut stream = self.stream.take();
        if self.dropped > 0 {
            if let Some(stream) = stream.take() {
                let _ = file.write_all(&stream.finish());
            }
            let _ = writeln!(file, "\n…[{} bytes left out]…", self.dropped);
        }
        let mut stream = stream.unwrap_or_else(|| self.redactor.stream());
        for piece in &self.tail {
            let _ = file.write_all(&stream.push(piece));
        }
        let _ = file.write_all(&stream.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_are_kept_and_the_size_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("raw.log");
        let redactor = Redactor::of([("A_TOKEN", "hush-hush-1")]);
        let mut log = RawLog::create(&path, 100_000, &redactor).unwrap();
        log.write(b"first hush-hu");
        log.write(b"sh-1\n");
        for _ in 0..1000 {
            log.write(&[b'.'; 1000]);
        }
        log.write(b"last\n");
        log.finish();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("first [secret]\n") && text.ends_with("last\n"));
        assert!(text.contains("bytes left out"));
        assert!(text.len() < 101_000, "{}", text.len());
    }
}
