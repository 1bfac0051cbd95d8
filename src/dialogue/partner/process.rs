//! One process of a partner: what is written to it, what it prints, and its end with all it started.
//!
//! Everything comes to the thread that holds it by one channel. A stream is read piece by piece into
//! a few buffers that are given back when a piece was taken in, so a process that prints faster than
//! it is read waits, and no memory fills.

use super::hold::Told;
use super::place::Place;
use crate::agents::{Invocation, ProcessEnd};
use crate::process::{Signal, Watched};
use crate::stage::ground;
use crate::stage::launch::Report;
use crate::stage::watch::lines::Lines;
use crate::stage::watch::raw::RawLog;
use crate::stage::watch::{Stream, end_of};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Bytes of one piece, and how many pieces of a stream may wait.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 16;

/// How many pieces may wait to be taken in: what was printed in time is heard before it is late.
const WAITING: usize = 2 * PIECES;

/// How many bytes may wait to be written to it.
const UNREAD: usize = 64 * 1024 * 1024;

/// How long output is still read after the process itself has ended.
const DRAIN: Duration = Duration::from_secs(2);

/// How long an interrupted, and then a terminated, process has to end.
const LADDER: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(2)];

/// What comes to the thread that holds a process.
pub(super) enum Note {
    /// A piece of what process number `of` prints.
    Piece {
        of: u32,
        stream: Stream,
        bytes: Vec<u8>,
    },
    /// One of its streams has ended.
    Closed { of: u32, stream: Stream },
    /// It has ended.
    Exited { of: u32 },
    /// Something is to be done.
    Told(Told),
}

/// What follows.
pub(super) enum Next {
    /// Whole lines were printed.
    Lines(Vec<(Stream, String)>),
    /// Something is to be done.
    Told(Told),
    /// The time that was set is over.
    Late,
    /// The process is over, and all is read.
    Over,
}

/// How it came out.
pub(super) struct Ended {
    /// The last lines, where they had no break.
    pub lines: Vec<(Stream, String)>,
    /// How it ended.
    pub end: ProcessEnd,
    /// Why it could not be started, where that is so.
    pub refused: Option<String>,
}

/// A process that is held.
pub(super) struct Process<'p> {
    place: &'p Place,
    number: u32,
    child: Child,
    report: PathBuf,
    raw: RawLog<'p>,
    out: Source,
    err: Source,
    input: Option<Input>,
    exited: Option<Instant>,
    ladder: Option<(usize, Instant)>,
    /// How much was taken in since the time that was set is over.
    late: usize,
}

/// One of its streams.
struct Source {
    lines: Lines,
    buffers: Sender<Vec<u8>>,
    open: bool,
}

/// What is written to it, by a thread of its own: a process may well not read.
struct Input {
    bytes: Sender<Vec<u8>>,
    unread: Arc<AtomicUsize>,
}

impl<'p> Process<'p> {
    /// Starts it. Lines may be `longest` bytes long.
    pub(super) fn start(
        place: &'p Place,
        invocation: &Invocation,
        (number, longest): (u32, usize),
        notes: &Sender<Note>,
    ) -> io::Result<Self> {
        let (mut child, report) = place.launch(invocation)?;
        let input = child.stdin.take().map(Input::of);
        let source = |stream, pipe: Option<Box<dyn Read + Send>>| {
            let buffers = read(number, stream, pipe, notes);
            Source {
                lines: Lines::up_to(longest),
                open: buffers.is_some(),
                buffers: buffers.unwrap_or_else(|| channel().0),
            }
        };
        let stdout = child.stdout.take().map(|pipe| Box::new(pipe) as _);
        let stderr = child.stderr.take().map(|pipe| Box::new(pipe) as _);
        tell_its_end(number, child.id(), notes.clone());
        Ok(Self {
            out: source(Stream::Out, stdout),
            err: source(Stream::Err, stderr),
            raw: place.log(),
            place,
            number,
            child,
            report,
            input,
            exited: None,
            ladder: None,
            late: 0,
        })
    }

    /// Writes these bytes to it; `false`: it does not read what it is told.
    pub(super) fn write(&mut self, bytes: Vec<u8>) -> bool {
        self.input.as_ref().is_none_or(|input| input.write(bytes))
    }

    /// It is told nothing more.
    pub(super) fn close(&mut self) {
        self.input = None;
    }

    /// Ends it: it is told nothing more and interrupted, in a while terminated, then killed.
    pub(super) fn stop(&mut self) {
        self.close();
        if self.ladder.is_none() && self.exited.is_none() {
            ground::signal(self.child.id(), Signal::INT);
            self.ladder = Some((0, Instant::now() + LADDER[0]));
        }
    }

    /// What follows, until this time.
    pub(super) fn next(&mut self, inbox: &Receiver<Note>, until: Option<Instant>) -> Next {
        loop {
            if self.is_over() {
                return Next::Over;
            }
            // One that prints without end leaves the channel never empty: its time is over all the
            // same.
            self.climb();
            if until.is_some_and(|until| until <= Instant::now()) {
                self.late += 1;
                if self.late > WAITING {
                    self.late = 0;
                    return Next::Late;
                }
            } else {
                self.late = 0;
            }
            let drained = self.exited.map(|at| at + DRAIN);
            let step = self.ladder.map(|(_, at)| at);
            let first = [until, drained, step].into_iter().flatten().min();
            let note = match first {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match note {
                Ok(Note::Told(told)) => return Next::Told(told),
                Ok(Note::Piece { of, stream, bytes }) if of == self.number => {
                    let lines = self.take(stream, bytes);
                    if !lines.is_empty() {
                        return Next::Lines(lines);
                    }
                }
                Ok(Note::Closed { of, stream }) if of == self.number => {
                    self.source(stream).open = false;
                }
                Ok(Note::Exited { of }) if of == self.number => self.has_exited(),
                // An earlier one's.
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if until.is_some_and(|until| until <= Instant::now()) {
                        return Next::Late;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Next::Told(Told::Leave),
            }
        }
    }

    /// What the launcher obtained, in words, where that is not what keeps the repository as it is.
    pub(super) fn unconfined(&self) -> Option<String> {
        let report = Report::read(&self.report);
        (!report.confined && report.error.is_none()).then_some(report.sandbox)
    }

    /// Takes its end, once it is over.
    pub(super) fn end(mut self) -> Ended {
        let status = self.child.wait();
        let mut lines = Vec::new();
        for stream in [Stream::Out, Stream::Err] {
            let last = self.source(stream).lines.finish();
            lines.extend(last.map(|line| (stream, line)));
        }
        self.raw.finish();
        let refused = Report::read(&self.report).error;
        let _ = std::fs::remove_file(&self.report);
        Ended {
            lines,
            // Whoever swept it away has taken its code.
            end: status.map_or(ProcessEnd::Signalled(9), end_of),
            refused,
        }
    }

    fn source(&mut self, stream: Stream) -> &mut Source {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }

    fn take(&mut self, stream: Stream, bytes: Vec<u8>) -> Vec<(Stream, String)> {
        self.raw.write(&bytes);
        let source = self.source(stream);
        let lines = source.lines.push(&bytes);
        // A reader that has ended needs no buffer.
        let _ = source.buffers.send(bytes);
        lines.into_iter().map(|line| (stream, line)).collect()
    }

    /// What it left running is ended: that may hold its streams open.
    fn has_exited(&mut self) {
        self.exited = Some(Instant::now());
        self.ladder = None;
        self.close();
        ground::signal_group_only(self.child.id());
        self.place.sweep(&[self.child.id()]);
    }

    fn is_over(&self) -> bool {
        let closed = !self.out.open && !self.err.open;
        self.exited
            .is_some_and(|at| closed || at.elapsed() >= DRAIN)
    }

    fn climb(&mut self) {
        let now = Instant::now();
        let Some((step, _)) = self.ladder.filter(|(_, at)| *at <= now) else {
            return;
        };
        let (signal, wait) = match LADDER.get(step + 1) {
            Some(wait) => (Signal::TERM, *wait),
            None => (Signal::KILL, DRAIN),
        };
        ground::signal(self.child.id(), signal);
        self.ladder = Some((step + 1, now + wait));
    }
}

impl Input {
    fn of(mut pipe: ChildStdin) -> Self {
        let (bytes, waiting) = channel::<Vec<u8>>();
        let unread = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&unread);
        std::thread::spawn(move || {
            for bytes in waiting {
                // A process that has closed its input is about to end, which is heard elsewhere.
                let written = pipe.write_all(&bytes).and_then(|()| pipe.flush());
                count.fetch_sub(bytes.len(), Ordering::Relaxed);
                if written.is_err() {
                    return;
                }
            }
        });
        Self { bytes, unread }
    }

    fn write(&self, bytes: Vec<u8>) -> bool {
        let before = self.unread.fetch_add(bytes.len(), Ordering::Relaxed);
        let _ = self.bytes.send(bytes);
        before < UNREAD
    }
}

/// Reads a stream into buffers, as long as it gets buffers; gives where they are given back.
fn read(
    of: u32,
    stream: Stream,
    pipe: Option<Box<dyn Read + Send>>,
    notes: &Sender<Note>,
) -> Option<Sender<Vec<u8>>> {
    let mut pipe = pipe?;
    let (back, buffers) = channel::<Vec<u8>>();
    for _ in 0..PIECES {
        let _ = back.send(Vec::new());
    }
    let notes = notes.clone();
    std::thread::spawn(move || {
        for mut bytes in buffers {
            bytes.resize(PIECE, 0);
            let count = loop {
                match pipe.read(&mut bytes) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    read => break read.unwrap_or(0),
                }
            };
            bytes.truncate(count);
            let note = match count {
                0 => Note::Closed { of, stream },
                _ => Note::Piece { of, stream, bytes },
            };
            if notes.send(note).is_err() || count == 0 {
                return;
            }
        }
    });
    Some(back)
}

/// Waits for its end on a thread of its own, and tells it. Its exit code is left to the holder.
fn tell_its_end(of: u32, pid: u32, notes: Sender<Note>) {
    std::thread::spawn(move || {
        if let Ok(Some(process)) = Watched::open(pid) {
            while !process.wait(None).unwrap_or(true) {}
        }
        let _ = notes.send(Note::Exited { of });
    });
}
