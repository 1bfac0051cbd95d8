//! What comes of a process and about it, by one way: pieces of what it prints, the ends of its
//! streams, and that there may be an order for it.

use super::Stream;
use signal_hook::consts::SIGCONT;
use signal_hook::iterator::{Handle, Signals};
use std::io::{self, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Bytes of one piece, and how many pieces may wait.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 32;

/// What was heard next.
pub(super) enum Next {
    /// A piece of what it prints.
    Piece(Stream, Vec<u8>),
    /// There may be an order.
    Nudged,
    /// Nothing for as long as was waited.
    Silence,
    /// Both streams have ended.
    Closed,
}

enum Said {
    Piece(Stream, Vec<u8>),
    Ended,
    Nudged,
}

/// The streams of a process. While they are held, SIGCONT to this process means that there may be
/// an order: a process that does not know that lets it pass.
pub(super) struct Pipes {
    said: Receiver<Said>,
    open: usize,
    nudges: Handle,
}

impl Pipes {
    /// Reads what the child prints from now on.
    pub(super) fn of(child: &mut Child) -> io::Result<Self> {
        let (sender, said) = sync_channel(PIECES);
        let nudges = pass_nudges_on(sender.clone())?;
        let streams = [
            pump(child.stdout.take(), Stream::Out, &sender),
            pump(child.stderr.take(), Stream::Err, &sender),
        ];
        Ok(Self {
            said,
            open: streams.into_iter().filter(|pumped| *pumped).count(),
            nudges,
        })
    }

    /// What is heard next, within this time of silence.
    pub(super) fn next(&mut self, limit: Duration) -> Next {
        while self.open > 0 {
            match self.said.recv_timeout(limit) {
                Ok(Said::Piece(stream, bytes)) => return Next::Piece(stream, bytes),
                Ok(Said::Nudged) => return Next::Nudged,
                Ok(Said::Ended) => self.open -= 1,
                Err(RecvTimeoutError::Timeout) => return Next::Silence,
                Err(RecvTimeoutError::Disconnected) => self.open = 0,
            }
        }
        Next::Closed
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        self.nudges.close();
    }
}

/// Reads a stream piece by piece; whether there is one. The channel is bounded and its other end is
/// always read, so the process waits at most for us to write to the disk.
fn pump(
    pipe: Option<impl Read + Send + 'static>,
    stream: Stream,
    sender: &SyncSender<Said>,
) -> bool {
    let Some(mut pipe) = pipe else { return false };
    let sender = sender.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; PIECE];
        loop {
            let said = match pipe.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => Said::Ended,
                Ok(n) => Said::Piece(stream, buffer[..n].to_vec()),
            };
            let ended = matches!(said, Said::Ended);
            if sender.send(said).is_err() || ended {
                return;
            }
        }
    });
    true
}

fn pass_nudges_on(sender: SyncSender<Said>) -> io::Result<Handle> {
    let mut signals = Signals::new([SIGCONT])?;
    let handle = signals.handle();
    std::thread::Builder::new()
        .name("nudges".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                // Where much is printed it is looked at soon enough.
                let _ = sender.try_send(Said::Nudged);
            }
        })?;
    Ok(handle)
}
