//! Holding one process: reading all it prints without ever letting it wait, its deadlines, and the
//! ladder by which it is ended.

pub mod lines;
mod pipes;
pub mod raw;

use super::ground;
use crate::agents::ProcessEnd;
use crate::process::{Signal, Tag, Watched, pause};
use lines::Lines;
use pipes::{Next, Pipes};
use raw::RawLog;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

/// How often it looks for orders and deadlines while nothing is printed.
const TICK: Duration = Duration::from_millis(50);
/// How long output is still read after the process itself has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// How long it is read once every writer was ended.
const REST: Duration = Duration::from_millis(200);
/// A sleep of the machine longer than this starts the idle time anew.
const NAP: Duration = Duration::from_secs(30);

/// The bounds of one process.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// How long it may take.
    pub timeout: Duration,
    /// How long it may be silent while its tree does not change; `None`: as long as it likes.
    pub idle: Option<Duration>,
    /// How long it may live on after it has reported its result.
    pub after_result: Duration,
    /// How long an interrupted, and then a terminated, process has to end.
    pub patience: [Duration; 2],
    /// The tree whose changes count as a sign of life.
    pub tree: PathBuf,
    /// The file in which an order may be given: `pause` or `cancel`.
    pub order: PathBuf,
    /// The mark by which processes that got away are found.
    pub tag: Tag,
}

impl Bounds {
    /// How long each step of the ladder waits.
    pub const PATIENCE: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(5)];
}

/// Why a process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It ended by itself.
    Itself,
    /// It ran out of time.
    TimedOut,
    /// It was silent for too long.
    Stalled,
    /// It had reported its result and did not leave.
    Lingered,
    /// It met a failure that does not pass.
    Fatal,
    /// A person paused it.
    Paused,
    /// A person cancelled it.
    Cancelled,
}

/// A process that has ended, with all it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// How it ended.
    pub end: ProcessEnd,
    /// Why.
    pub why: Why,
    /// How many processes it left running; they are ended.
    pub left: usize,
    /// Whether the machine slept meanwhile.
    pub slept: bool,
}

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a line means to whoever holds the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// The work is reported; the process should leave now.
    Result,
    /// It can't succeed any more; end it.
    Fatal,
}

/// Who hears what a process prints.
pub trait Listener {
    /// One line, without its break.
    fn line(&mut self, stream: Stream, line: &str) -> Heard;

    /// Whether no line of this stream is wanted by itself any more.
    fn skims(&self, stream: Stream) -> bool;

    /// Whole lines in one piece, breaks and all, while [`Listener::skims`]. It must cost little for
    /// each line.
    fn skim(&mut self, stream: Stream, lines: &[u8]) -> Heard;
}

/// Holds a process to its end: writes its input, hands every line on, keeps the raw output.
///
/// Must be called on the thread that started it: the process is bound to that thread's life.
pub fn hold(
    mut child: Child,
    input: Vec<u8>,
    bounds: &Bounds,
    raw: &mut RawLog<'_>,
    listener: &mut dyn Listener,
) -> std::io::Result<Held> {
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read its input closes it; that is its own affair.
        std::thread::spawn(move || pipe.write_all(&input));
    }
    let mut pipes = Pipes::of(&mut child)?;
    let mut keeper = Keeper::new(bounds, child.id());
    let mut ear = Ear::new(raw, listener);
    let status = keeper.until_it_ends(&mut child, &mut pipes, &mut ear)?;
    drain(&mut pipes, &mut ear, DRAIN);
    ground::signal_group_only(child.id());
    let left = ground::sweep(&bounds.tag);
    // What is left in the channel was written before the last writer was ended.
    drain(&mut pipes, &mut ear, REST);
    ear.finish();
    Ok(Held {
        end: end_of(status),
        why: keeper.stopping.map_or(Why::Itself, |s| s.why),
        left,
        slept: keeper.slept,
    })
}

/// Reads what is still on its way, until both streams are closed or the time is over.
fn drain(pipes: &mut Pipes, ear: &mut Ear<'_, '_>, limit: Duration) {
    let begun = Instant::now();
    while let Some(left) = limit.checked_sub(begun.elapsed()) {
        match pipes.next(left) {
            Next::Piece(stream, bytes) => ear.take(stream, &bytes),
            Next::Nudged => {}
            Next::Silence | Next::Closed => return,
        }
    }
}

/// Takes bytes in: into the raw log, and line by line to the listener, as long as it wants lines.
struct Ear<'a, 'r> {
    raw: &'a mut RawLog<'r>,
    listener: &'a mut dyn Listener,
    out: Lines,
    err: Lines,
    heard: Heard,
}

impl<'a, 'r> Ear<'a, 'r> {
    fn new(raw: &'a mut RawLog<'r>, listener: &'a mut dyn Listener) -> Self {
        Self {
            raw,
            listener,
            out: Lines::default(),
            err: Lines::default(),
            heard: Heard::Nothing,
        }
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        self.raw.write(bytes);
        let lines = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        if self.listener.skims(stream) {
            let (begun, whole) = lines.skim(bytes);
            self.tell(stream, begun.as_slice());
            if !whole.is_empty() {
                let heard = self.listener.skim(stream, whole);
                self.mind(heard);
            }
        } else {
            let lines = lines.push(bytes);
            self.tell(stream, &lines);
        }
    }

    fn finish(&mut self) {
        for (stream, line) in [
            (Stream::Out, self.out.finish()),
            (Stream::Err, self.err.finish()),
        ] {
            self.tell(stream, line.as_slice());
        }
    }

    fn tell(&mut self, stream: Stream, lines: &[String]) {
        for line in lines {
            let heard = self.listener.line(stream, line);
            self.mind(heard);
        }
    }

    /// A failure found first is not undone by what is printed later.
    fn mind(&mut self, heard: Heard) {
        if heard != Heard::Nothing && self.heard != Heard::Fatal {
            self.heard = heard;
        }
    }
}

/// A process on its way out.
#[derive(Clone, Copy)]
struct Stopping {
    why: Why,
    step: usize,
    since: Instant,
}

/// Keeps the deadlines of one process.
struct Keeper<'b> {
    bounds: &'b Bounds,
    leader: u32,
    begun: Instant,
    alive: Instant,
    touched: Option<SystemTime>,
    reported: Option<Instant>,
    stopping: Option<Stopping>,
    naps: Duration,
    slept: bool,
}

impl<'b> Keeper<'b> {
    fn new(bounds: &'b Bounds, leader: u32) -> Self {
        Self {
            bounds,
            leader,
            begun: Instant::now(),
            alive: Instant::now(),
            touched: newest(&bounds.tree),
            reported: None,
            stopping: None,
            naps: ground::slept(),
            slept: false,
        }
    }

    fn until_it_ends(
        &mut self,
        child: &mut Child,
        pipes: &mut Pipes,
        ear: &mut Ear<'_, '_>,
    ) -> std::io::Result<ExitStatus> {
        let mut looked = Instant::now();
        let mut closed = false;
        loop {
            match pipes.next(TICK) {
                Next::Piece(stream, bytes) => {
                    self.alive = Instant::now();
                    ear.take(stream, &bytes);
                    // While much is printed the rest is looked at once a tick.
                    if ear.heard == Heard::Nothing && looked.elapsed() < TICK {
                        continue;
                    }
                }
                Next::Nudged | Next::Silence => {}
                Next::Closed => closed = true,
            }
            looked = Instant::now();
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            self.look(ear.heard);
            if closed {
                // Only its own end is waited for.
                match Watched::open(child.id()) {
                    Ok(Some(process)) => drop(process.wait(Some(TICK))),
                    _ => pause(Duration::from_millis(5)),
                }
            }
        }
    }

    fn look(&mut self, heard: Heard) {
        let naps = ground::slept();
        if naps.saturating_sub(self.naps) > NAP {
            self.slept = true;
            self.alive = Instant::now();
        }
        self.naps = naps;
        if heard == Heard::Result && self.reported.is_none() {
            self.reported = Some(Instant::now());
        }
        let reason = self.reason(heard);
        match (&mut self.stopping, reason) {
            (None, Some(why)) => self.stop(why),
            // Who is paused may still be cancelled, and the stronger order is the reason.
            (Some(stopping), Some(Why::Cancelled)) => stopping.why = Why::Cancelled,
            _ => {}
        }
        self.climb();
    }

    fn reason(&mut self, heard: Heard) -> Option<Why> {
        let now = Instant::now();
        match ordered(&self.bounds.order) {
            Some(Order::Cancel) => return Some(Why::Cancelled),
            Some(Order::Pause) => return Some(Why::Paused),
            None => {}
        }
        if heard == Heard::Fatal {
            return Some(Why::Fatal);
        }
        if self
            .reported
            .is_some_and(|at| now.duration_since(at) > self.bounds.after_result)
        {
            return Some(Why::Lingered);
        }
        if now.duration_since(self.begun) > self.bounds.timeout {
            return Some(Why::TimedOut);
        }
        let idle = self.bounds.idle?;
        if self.reported.is_none() && now.duration_since(self.alive) > idle {
            let touched = newest(&self.bounds.tree);
            if touched == self.touched {
                return Some(Why::Stalled);
            }
            self.touched = touched;
            self.alive = now;
        }
        None
    }

    fn stop(&mut self, why: Why) {
        ground::signal(self.leader, Signal::INT);
        self.stopping = Some(Stopping {
            why,
            step: 0,
            since: Instant::now(),
        });
    }

    /// Interrupt, then terminate, then kill with everything that descends from it.
    fn climb(&mut self) {
        let Some(stopping) = &mut self.stopping else {
            return;
        };
        let Some(patience) = self.bounds.patience.get(stopping.step) else {
            return;
        };
        if stopping.since.elapsed() < *patience {
            return;
        }
        stopping.step += 1;
        stopping.since = Instant::now();
        let signal = if stopping.step < self.bounds.patience.len() {
            Signal::TERM
        } else {
            Signal::KILL
        };
        ground::signal(self.leader, signal);
    }
}

/// An order of a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Stop now; session and work are kept.
    Pause,
    /// Stop for good; the work is kept as a patch.
    Cancel,
}

/// The order that stands in this file, if any.
pub fn ordered(path: &Path) -> Option<Order> {
    match std::fs::read_to_string(path).ok()?.trim() {
        "pause" => Some(Order::Pause),
        "cancel" => Some(Order::Cancel),
        _ => None,
    }
}

/// The newest change among the entries at the top of a tree.
fn newest(tree: &Path) -> Option<SystemTime> {
    std::fs::read_dir(tree)
        .ok()?
        .flatten()
        .take(10_000)
        .filter_map(|e| e.metadata().ok()?.modified().ok())
        .max()
}

/// How a process ended, by what its parent was told.
pub fn end_of(status: ExitStatus) -> ProcessEnd {
    match (status.code(), status.signal()) {
        (Some(code), _) => ProcessEnd::Exited(code),
        (None, signal) => ProcessEnd::Signalled(signal.unwrap_or(0)),
    }
}
