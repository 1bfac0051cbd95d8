//! A person's own commands that get no terminal, each in a thread of its own. They run in a session of
//! their own, so that nothing of them reaches the screen; one that is waited for is heard, and what it
//! says last is kept for where it fails.

use super::hands::heard;
use crate::process::{detached, own, program};
use crate::text::SafeText;
use crate::workbench::app::Event;
use crate::workbench::app::commands::{Came, Failure, Ordered, Told};
use crate::workbench::post::Post;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal};
use std::collections::BTreeMap;
use std::io::{self, PipeReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after its start it is told how one ended that is left alone: what it comes to later is its
/// own affair.
const EARLY: Duration = Duration::from_secs(10);
/// How many lines of what it said are shown.
const LINES: usize = 40;
/// The program that reads on, after the screen was left, what one says that goes on.
const READER: &str = "cat";
/// The size of a thread that only waits.
const STACK: usize = 128 * 1024;

/// The screen's end of it.
pub(super) struct Commands {
    events: Post,
    open: Arc<Mutex<BTreeMap<u64, Open>>>,
    /// What was ordered, each until its process is there or it is known that it can't be.
    starting: Vec<Receiver<()>>,
}

/// One whose end is waited for.
struct Open {
    /// Its process, which leads its session; `None`: it has ended.
    leader: Option<Pid>,
    /// What it says; others that it started may hold the other end after it has ended.
    says: PipeReader,
}

impl Commands {
    /// None so far.
    pub(super) fn new(events: Post) -> Self {
        Self {
            events,
            open: Arc::default(),
            starting: Vec::new(),
        }
    }

    /// Starts one, and never waits for it.
    pub(super) fn start(&mut self, ordered: Ordered) {
        let goes_on = |starting: &mut Receiver<()>| starting.try_recv() == Err(TryRecvError::Empty);
        self.starting.retain_mut(goes_on);
        locked(&self.open).retain(|_, open| open.leader.is_some() || is_open(&open.says));
        let (begin, begun) = sync_channel(1);
        let (events, open) = (self.events.clone(), self.open.clone());
        let (id, name) = (ordered.id, ordered.name.clone());
        let failure = failed(&ordered, "no thread can be started".to_owned());
        let thread = std::thread::Builder::new()
            .name("command".to_owned())
            .stack_size(STACK)
            .spawn(move || carry_out(&ordered, &events, &open, &begin));
        match thread {
            Ok(_) => self.starting.push(begun),
            Err(_) => self.events.send_anyway(Event::Command(Told {
                id,
                name,
                came: Came::Failed(failure),
            })),
        }
    }

    /// Has one that is waited for ended, with its group.
    pub(super) fn end(&self, id: u64, at_once: bool) {
        let signal = if at_once { Signal::KILL } else { Signal::TERM };
        // Its number is its own for as long as this is held: nobody takes its exit code meanwhile.
        let open = locked(&self.open);
        let leader = open.get(&id).and_then(|open| open.leader);
        if let Some(leader) = leader
            && rustix::process::kill_process_group(leader, signal).is_err()
        {
            // It has ended this moment, or leads no group yet.
            let _ = rustix::process::kill_process(leader, signal);
        }
    }

    /// The screen is left: what was ordered is started, and what goes on is not cut off by a pipe that
    /// nobody reads.
    pub(super) fn leave(&mut self) {
        for starting in self.starting.drain(..) {
            // Nobody sends any more where it could not be started.
            let _ = starting.recv();
        }
        for (_, open) in std::mem::take(&mut *locked(&self.open)) {
            let reader = own::again().and_then(|mut reader| {
                reader.args(["apart", "--", READER]).stdin(open.says);
                reader.stdout(Stdio::null()).stderr(Stdio::null()).spawn()
            });
            // Without one the command is told by the system, when it says something, that nobody hears.
            if let Ok(reader) = reader {
                detached::until_it_left(reader.id());
            }
        }
    }
}

/// Whether somebody is left who could say something.
fn is_open(says: &PipeReader) -> bool {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut ends = [PollFd::new(says, PollFlags::IN)];
    let asked = poll(&mut ends, Some(&at_once));
    asked.is_err() || !ends[0].revents().contains(PollFlags::HUP)
}

fn locked(open: &Mutex<BTreeMap<u64, Open>>) -> MutexGuard<'_, BTreeMap<u64, Open>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs one to its end, or until it is its own affair.
fn carry_out(
    ordered: &Ordered,
    events: &Post,
    open: &Mutex<BTreeMap<u64, Open>>,
    begun: &SyncSender<()>,
) {
    let tell = |came| {
        let told = Told {
            id: ordered.id,
            name: ordered.name.clone(),
            came,
        };
        // Nobody listens any more: the screen is gone.
        let _ = events.send(Event::Command(told));
    };
    if let Err(why) = folder(ordered) {
        let _ = begun.send(());
        return tell(Came::Failed(failed(ordered, why)));
    }
    let run = if ordered.wait { to_its_end } else { left_alone };
    let started = || {
        // Whoever leaves the screen waits for this.
        let _ = begun.send(());
        tell(Came::Started);
    };
    let came = run(ordered, open, &started);
    let came = came.unwrap_or_else(|why| Came::Failed(failed(ordered, why)));
    let _ = begun.try_send(());
    tell(came);
}

type Runs = Result<Came, String>;

fn to_its_end(ordered: &Ordered, open: &Mutex<BTreeMap<u64, Open>>, started: &dyn Fn()) -> Runs {
    let pipe = || {
        let (says, end) = io::pipe()?;
        let other = says.try_clone()?;
        Ok::<_, io::Error>((says, other, end.try_clone()?, end))
    };
    let (says, other, out, err) = pipe().map_err(|e| format!("it can't be heard: {e}"))?;
    let mut child = spawn(ordered, out.into(), err.into())?;
    let leader = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    locked(open).insert(
        ordered.id,
        Open {
            leader,
            says: other,
        },
    );
    started();
    let asks = |child: &mut Child| {
        let mut open = locked(open);
        let ended = child.try_wait()?;
        if ended.is_some()
            && let Some(open) = open.get_mut(&ordered.id)
        {
            open.leader = None;
        }
        Ok(ended)
    };
    let (status, said, quiet) = heard(&mut child, says, asks, |_| {}).map_err(|e| e.to_string())?;
    if quiet {
        locked(open).remove(&ordered.id);
    }
    if status.success() {
        return Ok(Came::Ended);
    }
    let (said, cut) = last_lines(&said);
    let note = match (said.is_empty(), cut) {
        (true, _) => Some("it said nothing".to_owned()),
        (false, true) => Some("what it said before is not kept".to_owned()),
        (false, false) => None,
    };
    Ok(Came::Failed(Failure {
        said,
        note,
        ..failed(ordered, ended(status))
    }))
}

fn left_alone(ordered: &Ordered, _: &Mutex<BTreeMap<u64, Open>>, started: &dyn Fn()) -> Runs {
    let mut child = spawn(ordered, Stdio::null(), Stdio::null())?;
    let begun = Instant::now();
    started();
    let status = child.wait().map_err(|e| e.to_string())?;
    if status.success() || begun.elapsed() > EARLY {
        return Ok(Came::Ended);
    }
    let note = "what it said is not kept; with wait: true it is";
    Ok(Came::Failed(Failure {
        note: Some(note.to_owned()),
        ..failed(ordered, ended(status))
    }))
}

/// Why it can't run in its folder, where that is so. It runs in no other: what a person meant for a run's
/// tree is not to be done to their own work.
pub(in crate::workbench) fn folder(ordered: &Ordered) -> Result<(), String> {
    if ordered.dir.is_dir() {
        return Ok(());
    }
    Err(if ordered.in_tree {
        "it was not started: the run's tree is gone; it is made again when an attempt begins"
    } else {
        "it was not started: the folder of your checkout is gone"
    }
    .to_owned())
}

/// Why its program can't be started from there, where that is so.
pub(in crate::workbench) fn missing(ordered: &Ordered) -> Option<String> {
    let name = ordered.words.first().map_or("", String::as_str);
    if name.contains('/') {
        let file = ordered.dir.join(name);
        return match file.try_exists() {
            Ok(true) if !program::is_program(&file) => Some(format!("{name} is no program")),
            Ok(true) => None,
            _ => Some(format!("{name} is not there")),
        };
    }
    program::lookup(name)
        .is_none()
        .then(|| format!("there is no program '{name}' on PATH"))
}

/// Its variables, over ours.
pub(in crate::workbench) fn with_variables(command: &mut Command, ordered: &Ordered) {
    for (name, value) in &ordered.variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
}

/// The same in a sentence.
pub(in crate::workbench) fn ended(status: ExitStatus) -> String {
    format!("it ended {}", how(status))
}

/// How it ended, in words.
pub(in crate::workbench) fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("with exit code {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// That it failed, of which nothing more is known.
pub(in crate::workbench) fn failed(ordered: &Ordered, why: String) -> Failure {
    Failure {
        written: ordered.written(),
        dir: ordered.dir.clone(),
        why,
        said: Vec::new(),
        note: None,
    }
}

fn spawn(ordered: &Ordered, out: Stdio, err: Stdio) -> Result<Child, String> {
    if let Some(why) = missing(ordered) {
        return Err(format!("it was not started: {why}"));
    }
    let spawned = own::again().and_then(|mut command| {
        command.args(["apart", "--"]).args(&ordered.words);
        with_variables(&mut command, ordered);
        command.current_dir(&ordered.dir).stdin(Stdio::null());
        command.stdout(out).stderr(err).spawn()
    });
    let child = spawned.map_err(|e| format!("it was not started: {e}"))?;
    detached::until_it_left(child.id());
    Ok(child)
}

/// The last lines of what was said, and whether there were more.
fn last_lines(said: &[u8]) -> (Vec<SafeText>, bool) {
    let text = SafeText::from_bytes(said);
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(LINES);
    let cut = from > 0 || said.len() >= super::hands::KEPT;
    let last = lines.get(from..).unwrap_or_default();
    (last.iter().map(|l| SafeText::line(l)).collect(), cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_said_the_end_is_kept_and_no_escape_code() {
        let long: String = (0..100).map(|n| format!("line {n}\n\n")).collect();
        let (lines, cut) = last_lines(long.as_bytes());
        assert_eq!((lines.len(), cut), (LINES, true));
        assert_eq!(lines.last().unwrap().as_str(), "line 99");
        let (lines, cut) = last_lines(b"\x1b[31mred\x1b[0m\x1b]0;title\x07\r\n\xff\n");
        let lines: Vec<&str> = lines.iter().map(SafeText::as_str).collect();
        assert_eq!((lines, cut), (vec!["red", "\u{fffd}"], false));
        assert_eq!(last_lines(b""), (Vec::new(), false));
    }
}
