//! The one reader of the terminal: a thread that reads and tells, and that can be made to stop
//! reading while the terminal is another program's. It wakes for nothing but input.

use super::input::{Input, Parser, Reply};
use crate::workbench::app::Event;
use crate::workbench::post::Post;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much is read at once.
const PIECE: usize = 64 * 1024;
/// How long the answers of a terminal are waited for when it is given back: whatever comes later
/// would be read by the shell as if it had been typed.
const ANSWERS: Duration = Duration::from_millis(100);
/// A terminal that has not answered for so long does not answer at all.
const MUTE: Duration = Duration::from_secs(1);

/// The handle of the reading thread.
pub struct Reader {
    shared: Arc<Shared>,
    wake: UnixStream,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Default)]
struct State {
    /// It is not to read.
    held: bool,
    /// It reads, or waits for something to read.
    reading: bool,
    /// When the terminal was asked something that it has not answered.
    asked: Option<Instant>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic anywhere ends the process; what is behind the lock is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.turned.notify_all();
    }
}

impl Reader {
    /// Reads the terminal from now on and tells what comes.
    pub fn start(events: Post) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let shared = Arc::new(Shared::default());
        let own = shared.clone();
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || {
                if read(&own, &woken, &events).is_err() {
                    // No terminal any more: without one there is nothing to stay for.
                    own.turn(|s| (s.reading, s.asked) = (false, None));
                    let _ = events.send(Event::Gone);
                }
            })?;
        Ok(Self { shared, wake })
    }

    /// The terminal was asked what it is; its answers end with the one that every terminal gives.
    pub fn asked(&self) {
        self.shared.turn(|s| s.asked = Some(Instant::now()));
    }

    /// Stops reading. When this returns, nothing is read until [`Reader::resume`].
    pub fn hold(&mut self) {
        self.shared.turn(|s| s.held = true);
        // A full pipe wakes as well as a byte more would.
        let _ = self.wake.write(&[0]);
        let mut state = self.shared.state();
        while state.reading {
            let waited = self.shared.turned.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reads on.
    pub fn resume(&self) {
        self.shared.turn(|s| s.held = false);
    }

    /// Waits for answers that are still to come, for a moment.
    pub fn settle(&self) {
        let state = self.shared.state();
        let Some(asked) = state.asked else { return };
        let left = MUTE.saturating_sub(asked.elapsed()).min(ANSWERS);
        let waits = |s: &mut State| s.asked.is_some();
        drop(self.shared.turned.wait_timeout_while(state, left, waits));
    }
}

/// Reads until nobody listens any more; an error where the terminal is gone.
fn read(shared: &Shared, woken: &UnixStream, events: &Post) -> io::Result<()> {
    let stdin = rustix::stdio::stdin();
    let mut parser = Parser::default();
    let mut piece = vec![0; PIECE];
    let mut told = Vec::new();
    // Whoever needs an answer to go on is told when there will hardly be one.
    let mut hoped = Some(Instant::now() + ANSWERS);
    loop {
        let mut state = shared.state();
        while state.held {
            let waited = shared.turned.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.reading = true;
        drop(state);
        let hope = hoped.map(|until| until.saturating_duration_since(Instant::now()));
        let patience = parser.patience().into_iter().chain(hope).min();
        let came = wait(stdin, woken, patience).and_then(|ready| match ready {
            Ready::Input => rustix::io::read(stdin, &mut *piece)
                .map(Some)
                .or_else(|e| if e == Errno::INTR { Ok(None) } else { Err(e) })
                .map_err(io::Error::from),
            Ready::Woken => Ok(None),
            Ready::Silence => {
                if parser.patience() == patience {
                    parser.idle(&mut told);
                }
                Ok(None)
            }
        });
        shared.turn(|s| s.reading = false);
        match came? {
            Some(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(n) => parser.feed(&piece[..n], &mut told),
            None => {}
        }
        if hoped.is_some_and(|until| until <= Instant::now()) {
            hoped = None;
            told.push(Input::Reply(Reply::Silence));
        }
        for input in told.drain(..) {
            if matches!(input, Input::Reply(Reply::Attributes)) {
                hoped = None;
                shared.turn(|s| s.asked = None);
            }
            if events.send(Event::from(input)).is_err() {
                return Ok(());
            }
        }
    }
}

enum Ready {
    /// There is something to read.
    Input,
    /// It is to look whether it may still read.
    Woken,
    /// Nothing came in time.
    Silence,
}

fn wait(
    stdin: BorrowedFd<'_>,
    woken: &UnixStream,
    patience: Option<Duration>,
) -> io::Result<Ready> {
    let timeout = patience.and_then(|p| Timespec::try_from(p).ok());
    let mut fds = [
        PollFd::new(&stdin, PollFlags::IN),
        PollFd::from_borrowed_fd(woken.as_fd(), PollFlags::IN),
    ];
    match poll(&mut fds, timeout.as_ref()) {
        Ok(0) => return Ok(Ready::Silence),
        Err(Errno::INTR) => return Ok(Ready::Woken),
        other => other?,
    };
    if !fds[1].revents().is_empty() {
        let mut byte = [0; 64];
        // What is not drained now wakes once more, and nothing else.
        let _ = io::Read::read(&mut &*woken, &mut byte);
        return Ok(Ready::Woken);
    }
    Ok(Ready::Input)
}

impl From<Input> for Event {
    fn from(input: Input) -> Self {
        match input {
            Input::Key(key) => Self::Key(key),
            Input::Paste(text) => Self::Paste(text),
            Input::Mouse(mouse) => Self::Mouse(mouse),
            Input::Focus(has) => Self::Focus(has),
            Input::Reply(reply) => Self::Replied(reply),
        }
    }
}
