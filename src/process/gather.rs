//! What a program says, gathered from both of its streams within bounds of size and time.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::Read;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How much is read at once.
const PIECE: usize = 16 * 1024;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collected {
    /// Both streams came to their end.
    All,
    /// There was more than the limit.
    TooMuch,
    /// It took longer than it may.
    TooLong,
}

/// A stream of the program's, and what was read of it.
#[derive(Debug)]
pub struct Taken<R> {
    /// `None`: it has come to its end.
    pipe: Option<R>,
    /// What was read.
    pub bytes: Vec<u8>,
    limit: usize,
}

impl<R: Read + AsFd> Taken<R> {
    /// Of this stream, at most `limit` bytes.
    pub fn new(pipe: Option<R>, limit: usize) -> Self {
        Self {
            pipe,
            bytes: Vec::new(),
            limit,
        }
    }

    /// Reads what is there, which must be something. Gives whether that is more than the limit;
    /// what goes beyond it is dropped, so that the program never waits on it.
    fn read(&mut self, buffer: &mut [u8]) -> bool {
        let Some(pipe) = &mut self.pipe else {
            return false;
        };
        match pipe.read(buffer) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => false,
            // A broken pipe means that the program is gone; what was read until then counts.
            Ok(0) | Err(_) => {
                self.pipe = None;
                false
            }
            Ok(n) => {
                let room = self.limit - self.bytes.len();
                self.bytes.extend_from_slice(&buffer[..n.min(room)]);
                n > room
            }
        }
    }
}

/// Reads both streams to their end, whichever has something, until the time is over.
pub fn collect(
    stdout: &mut Taken<impl Read + AsFd>,
    stderr: &mut Taken<impl Read + AsFd>,
    timeout: Duration,
) -> std::io::Result<Collected> {
    let begun = Instant::now();
    let mut buffer = vec![0; PIECE];
    loop {
        let left = timeout.saturating_sub(begun.elapsed());
        let (out, err) = match (&stdout.pipe, &stderr.pipe) {
            (None, None) => return Ok(Collected::All),
            _ if left.is_zero() => return Ok(Collected::TooLong),
            (Some(out), Some(err)) => {
                let mut fds = [
                    PollFd::new(out, PollFlags::IN),
                    PollFd::new(err, PollFlags::IN),
                ];
                wait(&mut fds, left)?;
                (!fds[0].revents().is_empty(), !fds[1].revents().is_empty())
            }
            (Some(out), None) => (wait(&mut [PollFd::new(out, PollFlags::IN)], left)?, false),
            (None, Some(err)) => (false, wait(&mut [PollFd::new(err, PollFlags::IN)], left)?),
        };
        if out && stdout.read(&mut buffer) {
            return Ok(Collected::TooMuch);
        }
        if err {
            stderr.read(&mut buffer);
        }
    }
}

/// Waits until one of these has something, or its other end is closed; whether one has.
fn wait(fds: &mut [PollFd<'_>], left: Duration) -> std::io::Result<bool> {
    let limit = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    };
    match poll(fds, Some(&limit)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
