//! The process of an ACP agent: its start, its pipes, its end.

use super::talk::{self, Ended, Setting, Word};
use super::{News, Order, cannot};
use crate::agents::event::Failure;
use crate::agents::{CannotStart, Invocation, ProcessEnd, acp::failure, cut};
use crate::engine::plan::Sandbox;
use crate::process::{Signal, Tag, Watched};
use crate::stage::launch::{self, Program, Report};
use crate::stage::redact::Redactor;
use crate::stage::sandbox::Roots;
use crate::stage::watch::lines::Lines;
use crate::stage::watch::raw::RawLog;
use crate::stage::{environ, ground, watch};
use crate::terms::FailureKind;
use futures::SinkExt as _;
use futures::StreamExt as _;
use futures::channel::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, channel};
use futures::executor::block_on;
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

/// The longest message; an agent that sends a longer one is ended.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;
/// How many lines wait between two threads at most.
const DEPTH: usize = 16;
/// How large a dialogue's `raw.log` becomes at most.
const RAW_LOG: u64 = 32 * 1024 * 1024;
/// How many of the last lines of standard error say why it went.
const LAST_ERRORS: usize = 20;
/// How long an agent may take to leave by itself, and then when it is told to.
const LEAVING: Duration = Duration::from_secs(1);
const TOLD_TO_LEAVE: Duration = Duration::from_secs(2);

/// A process that can be started.
pub(super) struct Ready {
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: PathBuf,
    scratch: PathBuf,
    raw: PathBuf,
    tag: Tag,
    launch: launch::Order,
}

impl Ready {
    /// Makes the folders and the environment of an order.
    pub(super) fn of(order: &Order, invocation: Invocation) -> Result<Self, CannotStart> {
        let home = order.dir.join("home");
        let at = |path: &Path, e: &std::io::Error| cannot(format!("{}: {e}", path.display()));
        std::fs::create_dir_all(&home).map_err(|e| at(&home, &e))?;
        ground::put_files(&invocation.files, &home).map_err(cannot)?;
        make_own(&invocation.writable);
        let scratch = ground::scratch().map_err(|e| cannot(format!("no temporary folder: {e}")))?;
        let id = uuid::Uuid::new_v4();
        let tag = Tag::dialogue(id).within(&order.dir);
        let env = environ::allowed(&order.profile.env, &order.user_env, &scratch, &tag);
        let mut write = vec![home];
        write.extend(invocation.writable);
        let roots = Roots {
            write,
            scratch: vec![scratch.clone()],
        };
        let holding = order.profile.sandbox;
        Ok(Self {
            argv: invocation.argv,
            env: environ::with_drivers(&env, invocation.env),
            cwd: order.cwd.clone(),
            scratch,
            raw: order.dir.join("raw.log"),
            tag,
            launch: launch::Order {
                parent: i32::try_from(std::process::id()).unwrap_or(0),
                report: order.dir.join(format!("launch-{}.json", id.simple())),
                confine: Some(roots).filter(|_| holding != Sandbox::Off),
                required: holding == Sandbox::Required,
            },
        })
    }
}

/// The agent's own folders are made where they are missing: what is not there can't be opened for
/// it, and it would make them itself.
fn make_own(folders: &[PathBuf]) {
    for folder in folders.iter().filter(|path| path.extension().is_none()) {
        // One that can't be made is one that it can't write.
        let _ = std::fs::create_dir_all(folder);
    }
}

/// What the threads of one process share.
pub(super) struct Pipes<'r> {
    raw: Mutex<RawLog<'r>>,
    errors: Mutex<VecDeque<String>>,
    /// How many lines were written to the agent.
    pub(super) written: AtomicU64,
}

/// The process while it lives.
pub(super) struct Process<'a> {
    child: &'a mut Child,
    tag: &'a Tag,
    end: Option<ProcessEnd>,
}

/// Starts the process and holds it until the conversation is over. Whether it could be started goes
/// to `started`.
pub(super) fn hold(
    ready: Ready,
    (words, inbox): (UnboundedSender<Word>, UnboundedReceiver<Word>),
    setting: &Setting,
    news: &mpsc::Sender<News>,
    started: &mpsc::Sender<Result<(), CannotStart>>,
) {
    let program = Program {
        argv: &ready.argv,
        env: &ready.env,
        cwd: &ready.cwd,
    };
    match launch::spawn(&program, &ready.launch) {
        Ok(child) => {
            let _ = started.send(Ok(()));
            if let Some(failure) = converse(child, &ready, (words, inbox), setting, news) {
                let _ = news.send(News::Gone(failure));
            }
        }
        Err(e) => {
            let _ = started.send(Err(cannot(format!("the agent can't be started: {e}"))));
        }
    }
    // What can't be removed is a temporary folder.
    let _ = std::fs::remove_file(&ready.launch.report);
    let _ = std::fs::remove_dir_all(&ready.scratch);
}

/// The conversation, with a thread for each pipe. Why it was over, unless it was left.
fn converse(
    mut child: Child,
    ready: &Ready,
    (words, inbox): (UnboundedSender<Word>, UnboundedReceiver<Word>),
    setting: &Setting,
    news: &mpsc::Sender<News>,
) -> Option<Failure> {
    let redactor = Redactor::of(ready.env.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let raw = RawLog::create(&ready.raw, RAW_LOG, &redactor);
    let pipes = Pipes {
        raw: Mutex::new(raw.unwrap_or_else(|_| RawLog::nowhere(&redactor))),
        errors: Mutex::default(),
        written: AtomicU64::new(0),
    };
    let (told, lines) = channel(DEPTH);
    let (out, written) = channel(DEPTH);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let pid = child.id();
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| stdout.map(|pipe| read(pipe, told, &pipes)));
        scope.spawn(|| stderr.map(|pipe| read_errors(pipe, &pipes)));
        let written_count = &pipes.written;
        scope.spawn(move || stdin.map(|pipe| write(pipe, written, written_count)));
        scope.spawn(move || follow(pid));
        let mut process = Process {
            child: &mut child,
            tag: &ready.tag,
            end: None,
        };
        let wires = talk::Wires {
            lines,
            out,
            words,
            inbox,
        };
        let ended = block_on(talk::run(
            wires,
            setting,
            news,
            &pipes.written,
            &mut process,
        ));
        let end = process.end();
        (ended, end)
    });
    let errors = pipes.errors.into_inner().unwrap_or_default();
    pipes
        .raw
        .into_inner()
        .map(RawLog::finish)
        .unwrap_or_default();
    match ended {
        (Ended::Left, _) => None,
        (Ended::Failed(failure), _) => Some(failure),
        (Ended::Closed, end) => {
            let refused = Report::read(&ready.launch.report).error;
            Some(gone(refused, end, &errors))
        }
    }
}

/// Why a process that closed its output is gone, as far as it said so.
fn gone(refused: Option<String>, end: ProcessEnd, errors: &VecDeque<String>) -> Failure {
    if let Some(why) = refused {
        return failure::of(FailureKind::Configuration, why);
    }
    let how = match end {
        ProcessEnd::Exited(code) => format!("the agent's program ended (exit code {code})"),
        ProcessEnd::Signalled(signal) => {
            format!("the agent's program was ended by signal {signal}")
        }
    };
    let said: Vec<&str> = errors.iter().map(String::as_str).collect();
    let message = if said.is_empty() {
        how
    } else {
        format!("{how}: {}", said.join("\n"))
    };
    failure::of(FailureKind::Unknown, message)
}

impl Process<'_> {
    /// Ends it, with all that it started. How it ended.
    pub(super) fn end(&mut self) -> ProcessEnd {
        if let Some(end) = self.end {
            return end;
        }
        let pid = self.child.id();
        if let Ok(Some(watched)) = Watched::open(pid) {
            let left = |limit| watched.wait(Some(limit)).unwrap_or(true);
            if !left(Duration::ZERO) {
                ground::signal(pid, Signal::TERM);
                let _ = left(TOLD_TO_LEAVE);
            }
        }
        ground::signal(pid, Signal::KILL);
        let end = self.child.wait().map(watch::end_of);
        ground::signal_group_only(pid);
        // What would not go shows up nowhere else: it is another user's, or the kernel's.
        let _ = self.tag.sweep(&[]);
        *self.end.insert(end.unwrap_or(ProcessEnd::Signalled(0)))
    }

    /// Waits a moment for a process that closed its output to leave by itself, so that how it ended
    /// is its own account.
    pub(super) fn closed(&mut self) {
        if let Ok(Some(watched)) = Watched::open(self.child.id()) {
            let _ = watched.wait(Some(LEAVING));
        }
    }
}

/// When the program itself is gone, what it left must not keep its pipes open.
fn follow(pid: u32) {
    if let Ok(Some(watched)) = Watched::open(pid) {
        let _ = watched.wait(None);
        // It is waited for by another thread only after its pipes are closed or it was told to go,
        // so the number is still its own, or its group is being ended anyway.
        ground::signal_group_only(pid);
    }
}

fn read(mut pipe: impl Read, mut to: futures::channel::mpsc::Sender<String>, pipes: &Pipes<'_>) {
    let mut lines = Lines::up_to(LONGEST);
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
            if block_on(to.send(line)).is_err() {
                return;
            }
        }
    }
    if let Some(line) = lines.finish() {
        let _ = block_on(to.send(line));
    }
}

fn read_errors(mut pipe: impl Read, pipes: &Pipes<'_>) {
    let mut lines = Lines::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let some = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(some) => &buffer[..some],
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        pipes.log(some);
        for line in lines.push(some) {
            pipes.error(&line);
        }
    }
    if let Some(line) = lines.finish() {
        pipes.error(&line);
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
