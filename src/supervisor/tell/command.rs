//! A command of `on:`: started as the person's own, outside of every sandbox, in the checkout, with
//! a bound.

use super::payload::Told;
use crate::engine::plan::{Command, Run};
use crate::process::{Signal, Tag, Watched, own};
use crate::stage::redact::Redactor;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How much of what it prints is kept: the end of it.
const KEPT: usize = 16 * 1024;
/// How much of its last line is told.
const TOLD: usize = 300;
/// How many pieces of output wait to be heard at most.
const PIECES: usize = 4;
/// How long what is silent is listened to before its end is asked for.
const LOOK: Duration = Duration::from_millis(200);
/// How long what it left running may keep its output open after its own end.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Came {
    /// Whose it is: the file that it stands in.
    pub by: String,
    /// The command.
    pub command: String,
    /// How long it took.
    pub took_ms: u64,
    /// What it exited with.
    pub exit: Option<i32>,
    /// Why it counts as failed.
    pub failed: Option<String>,
    /// The end of what it printed, without secrets.
    pub output: String,
}

/// One command that is to be run.
pub(super) struct Job<'a> {
    /// Whose it is.
    pub by: &'a str,
    /// The command.
    pub command: &'a Command,
    /// What it is told.
    pub told: &'a Told,
    /// Where it runs.
    pub home: &'a Path,
    /// The mark of what it starts.
    pub tag: &'a Tag,
    /// What takes secrets out.
    pub secrets: &'a Redactor,
}

/// Runs it to its end, or to its bound. What an earlier supervisor left of it is ended first.
pub(super) fn run(job: &Job<'_>) -> Came {
    let begun = Instant::now();
    let _ = job.tag.sweep(&[]);
    let ended = start(job).and_then(|child| finish(child, job));
    let (exit, failed, output) = match ended {
        Ok(ended) => {
            let output = job.secrets.text(&String::from_utf8_lossy(&ended.output));
            (ended.exit, ended.failed(job.command, &output), output)
        }
        Err(error) => (
            None,
            Some(format!("it can't be started: {error}")),
            String::new(),
        ),
    };
    Came {
        by: job.by.to_owned(),
        command: job.secrets.text(&job.command.label()),
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        exit,
        failed,
        output,
    }
}

/// One that was not run at all, and why.
pub(super) fn not_run(by: &str, command: &Command, why: String) -> Came {
    Came {
        by: by.to_owned(),
        command: command.label(),
        took_ms: 0,
        exit: None,
        failed: Some(why),
        output: String::new(),
    }
}

fn start(job: &Job<'_>) -> io::Result<Child> {
    // A session of its own: what it does to its terminal or group is nobody else's.
    let mut command = own::again()?;
    command.args(["apart", "--"]);
    match &job.command.run {
        Run::Shell(line) => command.args(["/bin/sh", "-c", line]),
        Run::Argv(words) => command.args(words),
    };
    command
        .current_dir(job.home)
        .envs(job.told.variables())
        .env(crate::process::tag::VARIABLE, job.tag.value())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

struct Ended {
    exit: Option<i32>,
    in_time: bool,
    output: Vec<u8>,
}

impl Ended {
    fn failed(&self, command: &Command, output: &str) -> Option<String> {
        let how = match (self.in_time, self.exit) {
            (false, _) => format!(
                "it took longer than {} s and was ended",
                command.timeout_secs
            ),
            (true, Some(0)) => return None,
            (true, Some(code)) => format!("it exited {code}"),
            (true, None) => "a signal ended it".to_owned(),
        };
        let last = output.lines().rev().map(str::trim).find(|l| !l.is_empty());
        let last = last.map(|l| l.chars().take(TOLD).collect::<String>());
        Some(last.map_or_else(|| how.clone(), |last| format!("{how}: {last}")))
    }
}

fn finish(mut child: Child, job: &Job<'_>) -> io::Result<Ended> {
    let mut told = serde_json::to_vec(job.told)?;
    told.push(b'\n');
    if let Some(mut input) = child.stdin.take() {
        // Who does not read it need not.
        std::thread::spawn(move || drop(input.write_all(&told)));
    }
    let (pieces, heard) = sync_channel(PIECES);
    read(child.stdout.take(), &pieces);
    read(child.stderr.take(), &pieces);
    drop(pieces);
    let (enough, ended) = sync_channel(1);
    // Heard while it runs: what prints without end fills no memory.
    let collector = std::thread::spawn(move || collect(&heard, &ended));
    let limit = Duration::from_secs(job.command.timeout_secs);
    let in_time = match Watched::open(child.id())? {
        Some(process) => process.wait(Some(limit))?,
        None => true,
    };
    if !in_time {
        end(child.id());
        // The child itself is waited for below.
        let _ = job.tag.sweep(&[child.id()]);
    }
    let status = child.wait()?;
    // Nobody listens any more where all of it was heard already.
    let _ = enough.send(Instant::now() + AFTERWARDS);
    Ok(Ended {
        exit: status.code(),
        in_time,
        output: collector.join().unwrap_or_default(),
    })
}

/// Ends the group that the command leads.
fn end(leader: u32) {
    if let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}

/// Passes on what a stream holds, to its end.
fn read(stream: Option<impl Read + Send + 'static>, to: &SyncSender<Vec<u8>>) {
    let Some(mut stream) = stream else { return };
    let to = to.clone();
    std::thread::spawn(move || {
        let mut piece = vec![0; KEPT];
        while let Ok(n @ 1..) = stream.read(&mut piece) {
            if to.send(piece[..n].to_vec()).is_err() {
                return;
            }
        }
    });
}

/// The end of what was printed: all until the streams end, or until the moment that `ended` tells.
fn collect(heard: &Receiver<Vec<u8>>, ended: &Receiver<Instant>) -> Vec<u8> {
    let mut output = Vec::new();
    let mut until = None;
    loop {
        until = until.or_else(|| ended.try_recv().ok());
        let patience = until.map_or(LOOK, |until: Instant| {
            until.saturating_duration_since(Instant::now())
        });
        match heard.recv_timeout(patience) {
            Ok(piece) => {
                output.extend(piece);
                let over = output.len().saturating_sub(KEPT);
                output.drain(..over);
            }
            Err(RecvTimeoutError::Timeout) if until.is_none() => {}
            Err(_) => return output,
        }
    }
}
