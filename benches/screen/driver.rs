//! A program on a terminal of its own, with a clock at the reading end: every piece of output is
//! stamped when it is read, so what is measured is what a person's terminal would be given.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take to come before it counts as not there.
const PATIENCE: Duration = Duration::from_secs(20);
/// The screen is ink when this many cells hold something.
const INK: usize = 20;
/// Nothing came for so long: the program is done with a key.
const DONE: Duration = Duration::from_millis(4);
/// Before a key is written, nothing came for so long.
const QUIET: Duration = Duration::from_millis(8);

/// How the terminal answers what programs ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    AtOnce,
    Never,
    /// As over a slow line.
    After(Duration),
}

struct Piece {
    at: Instant,
    bytes: Vec<u8>,
}

type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// The program, and what stands on its screen.
pub struct Tty {
    master: Box<dyn MasterPty + Send>,
    keys: Keys,
    child: Box<dyn Child + Send + Sync>,
    printed: Receiver<Piece>,
    screen: vt100::Parser,
    begun: Instant,
    /// Every byte that came.
    pub raw: Vec<u8>,
    /// When each piece came.
    pub stamps: Vec<Instant>,
}

/// What is to be started, and how.
pub struct Start<'a> {
    pub program: &'a str,
    pub args: &'a [&'a str],
    pub cwd: &'a Path,
    pub env: &'a [(&'a str, &'a str)],
    pub size: (u16, u16),
    pub answers: Answers,
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Tty {
    pub fn start(start: &Start<'_>) -> Self {
        let pair = native_pty_system().openpty(pty_size(start.size)).unwrap();
        let mut command = CommandBuilder::new(start.program);
        command.args(start.args);
        command.cwd(start.cwd);
        command.env("TERM", "xterm-256color");
        command.env_remove("HARNESS_ATTEMPT");
        command.env_remove("NO_COLOR");
        for (name, value) in start.env {
            command.env(name, value);
        }
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let reader = pair.master.try_clone_reader().unwrap();
        let (sender, printed) = channel();
        let answering = answerer(keys.clone(), start.answers);
        std::thread::spawn(move || read(reader, &sender, &answering));
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (cols, rows) = start.size;
        Self {
            master: pair.master,
            keys,
            child,
            printed,
            screen: vt100::Parser::new(rows, cols, 0),
            begun,
            raw: Vec::new(),
            stamps: Vec::new(),
        }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// What stands on the screen.
    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// The rows of the screen.
    pub fn rows(&self) -> Vec<String> {
        let (_, columns) = self.screen.screen().size();
        self.screen.screen().rows(0, columns).collect()
    }

    /// The terminal's modes as they are now.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    fn take(&mut self, piece: &Piece) {
        self.screen.process(&piece.bytes);
        self.raw.extend_from_slice(&piece.bytes);
        self.stamps.push(piece.at);
    }

    /// When the screen first was as wanted, from this moment on; `None`: it never was.
    pub fn when(&mut self, from: Instant, wanted: impl Fn(&Self) -> bool) -> Option<Duration> {
        let mut at = from;
        loop {
            if wanted(self) {
                return Some(at.saturating_duration_since(from));
            }
            let left = PATIENCE.checked_sub(from.elapsed())?;
            let piece = self.printed.recv_timeout(left).ok()?;
            self.take(&piece);
            at = piece.at;
        }
    }

    /// When this stood on the screen.
    pub fn until(&mut self, from: Instant, text: &str) -> Option<Duration> {
        self.when(from, |tty| tty.shown().contains(text))
    }

    /// From the start to the first ink.
    pub fn first_ink(&mut self) -> Option<Duration> {
        let ink = |tty: &Self| {
            let shown = tty.shown();
            shown.chars().filter(|c| !c.is_whitespace()).count() >= INK
        };
        self.when(self.begun, ink)
    }

    /// From the start to this text.
    pub fn begins_with(&mut self, text: &str) -> Option<Duration> {
        self.until(self.begun, text)
    }

    /// From the start to the last output before so long a silence.
    pub fn settled(&mut self, silence: Duration) -> Duration {
        let last = self.drain(silence).or(self.stamps.last().copied());
        last.map_or(Duration::ZERO, |at| at - self.begun)
    }

    /// Takes what comes until nothing did for so long; when the last of it came. What never falls
    /// silent is waited for no longer than a while.
    pub fn drain(&mut self, silence: Duration) -> Option<Instant> {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < PATIENCE {
            match self.printed.recv_timeout(silence) {
                Ok(piece) => {
                    self.take(&piece);
                    last = Some(piece.at);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        last
    }

    /// Takes what comes for so long.
    pub fn watch(&mut self, time: Duration) {
        let begun = Instant::now();
        while let Some(left) = time.checked_sub(begun.elapsed()) {
            match self.printed.recv_timeout(left) {
                Ok(piece) => self.take(&piece),
                Err(_) => return,
            }
        }
    }

    /// Writes keys; the moment before they were written.
    pub fn types(&self, keys: &[u8]) -> Instant {
        let at = Instant::now();
        let mut to = self.keys.lock().unwrap();
        to.write_all(keys).unwrap();
        to.flush().unwrap();
        at
    }

    /// From a key to the last byte that it brought.
    pub fn key(&mut self, keys: &[u8]) -> Option<Duration> {
        self.drain(QUIET);
        let from = self.types(keys);
        let first = self.printed.recv_timeout(PATIENCE).ok()?;
        let mut last = first.at;
        self.take(&first);
        while let Ok(piece) = self.printed.recv_timeout(DONE) {
            last = piece.at;
            self.take(&piece);
        }
        Some(last - from)
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.master.resize(pty_size(size)).unwrap();
        self.screen.screen_mut().set_size(size.1, size.0);
    }

    /// From this moment to the end of the process; everything that it printed is on the screen.
    pub fn ends(&mut self, from: Instant) -> Duration {
        self.child.wait().unwrap();
        let took = from.elapsed();
        self.drain(QUIET);
        took
    }

    /// Ends the process whatever it does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

fn read(
    mut from: Box<dyn Read + Send>,
    to: &std::sync::mpsc::Sender<Piece>,
    answering: &SyncSender<Vec<u8>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n) = from.read(&mut buffer) {
        let at = Instant::now();
        if n == 0 {
            return;
        }
        let bytes = buffer[..n].to_vec();
        if bytes.contains(&b'?') || bytes.contains(&b'c') || bytes.contains(&b'n') {
            // A terminal that is behind with its answers loses none: programs ask few things.
            let _ = answering.try_send(bytes.clone());
        }
        if to.send(Piece { at, bytes }).is_err() {
            return;
        }
    }
}

/// Answers what programs ask a terminal, in a thread of its own.
fn answerer(keys: Keys, answers: Answers) -> SyncSender<Vec<u8>> {
    const ASKED: [(&[u8], &[u8]); 7] = [
        (b"\x1b[c", b"\x1b[?62;22c"),
        (b"\x1b[>c", b"\x1b[>1;10;0c"),
        (b"\x1b[6n", b"\x1b[1;1R"),
        (b"\x1b[?u", b"\x1b[?0u"),
        (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
        (b"\x1b]10;?", b"\x1b]10;rgb:d0d0/d0d0/d0d0\x1b\\"),
        (b"\x1b]11;?", b"\x1b]11;rgb:1010/1010/1010\x1b\\"),
    ];
    let (sender, asked) = sync_channel::<Vec<u8>>(256);
    std::thread::spawn(move || {
        while let Ok(bytes) = asked.recv() {
            if let Answers::After(time) = answers {
                wait(time);
            }
            if answers == Answers::Never {
                continue;
            }
            // In the order in which they were asked.
            let found = |(question, answer): &(&[u8], &'static [u8])| {
                let at = bytes.windows(question.len()).position(|w| w == *question)?;
                Some((at, *answer))
            };
            let mut answers: Vec<(usize, &[u8])> = ASKED.iter().filter_map(found).collect();
            answers.sort_unstable();
            for (_, answer) in answers {
                let mut to = keys.lock().unwrap();
                if to.write_all(answer).and_then(|()| to.flush()).is_err() {
                    return;
                }
            }
        }
    });
    sender
}

/// Lets time go by.
pub fn wait(time: Duration) {
    let (_alive, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(time);
}
