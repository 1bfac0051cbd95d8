//! The process of an ACP agent: its start, its pipes, its end.

use super::super::place::Place;
use super::cannot;
use super::talk::{self, Ended, Setting, Wires, Word};
use crate::agents::event::Failure;
use crate::agents::{CannotStart, Invocation, ProcessEnd, acp::failure, cut};
use crate::process::{Signal, Watched, pause};
use crate::stage::ground;
use crate::stage::launch::Report;
use crate::stage::watch::end_of;
use crate::stage::watch::lines::Lines;
use crate::stage::watch::raw::RawLog;
use crate::terms::FailureKind;
use futures::SinkExt as _;
use futures::StreamExt as _;
use futures::channel::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, channel};
use futures::executor::block_on;
use rustix::process::Pid;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// The longest message; an agent that sends a longer one is ended.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;
/// How many lines wait between two threads at most.
const DEPTH: usize = 16;
/// How many of the last lines of standard error say why it went.
const LAST_ERRORS: usize = 20;
/// How long an agent may take to leave by itself, and then when it is told to.
const LEAVING: Duration = Duration::from_secs(1);
const TOLD_TO_LEAVE: Duration = Duration::from_secs(2);
/// Between two looks at what it left.
const LOOK: Duration = Duration::from_millis(5);

/// What the threads of one process share.
struct Pipes<'p> {
    raw: Mutex<RawLog<'p>>,
    errors: Mutex<VecDeque<String>>,
}

/// The process while it lives.
pub(super) struct Process<'p> {
    child: Child,
    place: &'p Place,
    report: PathBuf,
    end: Option<ProcessEnd>,
    /// Whether it still ran when it was ended.
    lingered: bool,
}

/// Starts the process and holds it until the conversation is over. Whether it could be started goes
/// to `begun`.
pub(super) fn hold(
    place: &Place,
    invocation: &Invocation,
    channels: (UnboundedSender<Word>, UnboundedReceiver<Word>),
    setting: &Setting,
    begun: &mpsc::Sender<Result<(), CannotStart>>,
) {
    let (child, report) = match place.launch(invocation) {
        Ok(started) => started,
        Err(e) => {
            let why = format!("the agent could not be started: {e}");
            let _ = begun.send(Err(cannot(why)));
            return;
        }
    };
    let _ = begun.send(Ok(()));
    let process = Process {
        child,
        place,
        report,
        end: None,
        lingered: false,
    };
    converse(process, channels, setting);
}

/// The conversation, with a thread for each pipe.
fn converse(
    mut process: Process<'_>,
    (words, inbox): (UnboundedSender<Word>, UnboundedReceiver<Word>),
    setting: &Setting,
) {
    let pipes = Pipes {
        raw: Mutex::new(process.place.log()),
        errors: Mutex::default(),
    };
    // How many lines were written to the agent.
    let count = Arc::new(AtomicU64::new(0));
    let (told, lines) = channel(DEPTH);
    let (out, written) = channel(DEPTH);
    let child = &mut process.child;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let pid = child.id();
    let wires = Wires {
        lines,
        out,
        words,
        inbox,
    };
    let (open, closed) = mpsc::channel::<()>();
    let mut outlet = setting.outlet(process.place);
    std::thread::scope(|scope| {
        let shared = &pipes;
        scope.spawn(move || {
            let _open = open;
            stdout.map(|pipe| read(pipe, told, shared))
        });
        scope.spawn(|| stderr.map(|pipe| read_errors(pipe, &pipes)));
        let counted = Arc::clone(&count);
        scope.spawn(move || stdin.map(|pipe| write(pipe, written, &counted)));
        scope.spawn(move || follow(pid, &closed));
        let talk = talk::run(wires, (setting, &mut outlet), count, &mut process);
        let ended = block_on(talk);
        let end = process.end();
        match ended {
            Ended::Left => {}
            Ended::Failed(failure) => outlet.gone(failure),
            Ended::Closed => {
                let errors = pipes.errors.lock().unwrap_or_else(PoisonError::into_inner);
                let end = (!process.lingered).then_some(end);
                outlet.gone(gone(process.report().error, end, &errors));
            }
        }
        let _ = std::fs::remove_file(&process.report);
    });
    pipes
        .raw
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .finish();
}

/// Why a process that closed its output is gone, as far as it said so; without an end of its own it
/// would have gone on.
fn gone(refused: Option<String>, end: Option<ProcessEnd>, errors: &VecDeque<String>) -> Failure {
    if let Some(why) = refused {
        return failure::of(FailureKind::Configuration, &why);
    }
    let how = match end {
        None => "the agent closed its output; it was ended".to_owned(),
        Some(ProcessEnd::Exited(code)) => format!("the agent's program ended (exit code {code})"),
        Some(ProcessEnd::Signalled(signal)) => {
            format!("the agent's program was ended by signal {signal}")
        }
    };
    let said: Vec<&str> = errors.iter().map(String::as_str).collect();
    let message = if said.is_empty() {
        how
    } else {
        format!("{how}: {}", said.join("\n"))
    };
    failure::of(FailureKind::Unknown, &message)
}

impl Process<'_> {
    /// What its launcher obtained.
    pub(super) fn report(&self) -> Report {
        Report::read(&self.report)
    }

    /// Where it runs.
    pub(super) fn cwd(&self) -> &std::path::Path {
        &self.place.cwd
    }

    /// Ends it, with all that it started. How it ended.
    pub(super) fn end(&mut self) -> ProcessEnd {
        if let Some(end) = self.end {
            return end;
        }
        let pid = self.child.id();
        if let Ok(Some(watched)) = Watched::open(pid) {
            let left = |limit| watched.wait(Some(limit)).unwrap_or(true);
            if !left(Duration::ZERO) {
                self.lingered = true;
                ground::signal(pid, Signal::TERM);
                if !left(TOLD_TO_LEAVE) {
                    ground::signal(pid, Signal::KILL);
                }
            }
        }
        let end = self.child.wait().map(end_of);
        // An adapter is gone at once, and the agent behind it still writes its session down.
        let waited = Instant::now();
        while group_is_there(pid) && waited.elapsed() < LEAVING {
            pause(LOOK);
        }
        ground::signal_group_only(pid);
        self.place.sweep(&[]);
        *self.end.insert(end.unwrap_or(ProcessEnd::Signalled(0)))
    }

    /// Agents answer before they have written the turn down: one that just ended gets the time to.
    pub(super) fn writes_down(&mut self, turned: Option<Instant>) {
        let rest = turned.map(|at| LEAVING.saturating_sub(at.elapsed()));
        if let Some(rest) = rest
            && let Ok(Some(watched)) = Watched::open(self.child.id())
        {
            let _ = watched.wait(Some(rest));
        }
    }

    /// Waits a moment for a process that closed its output to leave by itself, so that how it ended
    /// is its own account.
    pub(super) fn closed(&mut self) {
        if let Ok(Some(watched)) = Watched::open(self.child.id()) {
            let _ = watched.wait(Some(LEAVING));
        }
    }
}

fn group_is_there(leader: u32) -> bool {
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    leader.is_some_and(|pid| rustix::process::test_kill_process_group(pid).is_ok())
}

/// When the program itself is gone, what it left must not keep its pipes open for long.
fn follow(pid: u32, closed: &mpsc::Receiver<()>) {
    if let Ok(Some(watched)) = Watched::open(pid) {
        let _ = watched.wait(None);
        if closed.recv_timeout(LEAVING) == Err(mpsc::RecvTimeoutError::Disconnected) {
            return;
        }
        // It is waited for by another thread only after its pipes are closed or it was told to go,
        // so the number is still its own, or its group is being ended anyway.
        ground::signal_group_only(pid);
    }
}

fn read(pipe: impl Read, mut to: futures::channel::mpsc::Sender<String>, pipes: &Pipes<'_>) {
    each_line(pipe, Lines::up_to(LONGEST), pipes, |line| {
        block_on(to.send(line)).is_ok()
    });
}

fn read_errors(pipe: impl Read, pipes: &Pipes<'_>) {
    each_line(pipe, Lines::default(), pipes, |line| {
        pipes.error(&line);
        true
    });
}

/// Hands every line on until the pipe is closed or nobody takes them any more.
fn each_line(
    mut pipe: impl Read,
    mut lines: Lines,
    pipes: &Pipes<'_>,
    mut take: impl FnMut(String) -> bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let some = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(some) => &buffer[..some],
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        pipes.log(some);
        for line in lines.push(some) {
            if !take(line) {
                return;
            }
        }
    }
    if let Some(line) = lines.finish() {
        take(line);
    }
}

impl Pipes<'_> {
    fn log(&self, bytes: &[u8]) {
        let mut raw = self.raw.lock().unwrap_or_else(PoisonError::into_inner);
        raw.write(bytes);
    }

    fn error(&self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        if errors.len() == LAST_ERRORS {
            errors.pop_front();
        }
        errors.push_back(cut(line, 500));
    }
}

fn write(mut pipe: impl Write, mut lines: Receiver<String>, written: &AtomicU64) {
    while let Some(mut line) = block_on(lines.next()) {
        line.push('\n');
        if pipe
            .write_all(line.as_bytes())
            .and_then(|()| pipe.flush())
            .is_err()
        {
            // It is gone, or closed its input: its output tells.
            return;
        }
        written.fetch_add(1, Ordering::Relaxed);
    }
}
