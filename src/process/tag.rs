//! Marks in the environment: which processes belong to an attempt, and ending them all.
//!
//! A mark goes with a process through `setsid`, a double fork and a new parent. One that empties
//! its environment escapes it, and is found as a descendant of the subreaper instead. Where there
//! is no `/proc`, neither finds anything, and only process groups remain.

use super::identity::pid_of;
use super::table;
use super::wait::{Watched, pause, wait_all};
use crate::terms::{AttemptId, Digest, RunId};
use rustix::process::{Signal, WaitOptions, waitpid};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The variable that holds the mark.
pub const VARIABLE: &str = "HARNESS_ATTEMPT";

const ROUNDS: u32 = 40;
const A_ROUND: Duration = Duration::from_millis(250);
/// Between two looks that find nothing.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// An attempt's mark, `HARNESS_ATTEMPT=<run>/<attempt>`, that of all attempts of a run, or those of a
/// dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    value: String,
    whole_run: bool,
}

/// What a sweep did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many processes were killed.
    pub killed: usize,
    /// Those that would not go: another user's, or held by the kernel.
    pub left: Vec<u32>,
}

impl Tag {
    /// The mark of one attempt.
    pub fn attempt(run: &RunId, attempt: &AttemptId) -> Self {
        Self {
            value: format!("{run}/{attempt}"),
            whole_run: false,
        }
    }

    /// The marks of all attempts of a run.
    pub fn run(run: &RunId) -> Self {
        Self {
            value: format!("{run}/"),
            whole_run: true,
        }
    }

    /// The mark of a command that is told an event of a run.
    pub fn event(run: &RunId, id: &str) -> Self {
        Self {
            value: format!("event/{run}/{id}"),
            whole_run: false,
        }
    }

    /// The mark of one process of a dialogue, and of all it starts.
    pub fn dialogue(process: uuid::Uuid) -> Self {
        Self {
            value: format!("dialogue/{process}"),
            whole_run: false,
        }
    }

    /// The marks of all processes of a dialogue.
    pub fn dialogues() -> Self {
        Self {
            value: "dialogue/".to_owned(),
            whole_run: true,
        }
    }

    /// The same mark for a run, or a dialogue, whose engine folder is this one: two repositories of one
    /// user may each have a run of the same id, and a sweep of the one must not reach the other.
    #[must_use]
    pub fn within(mut self, run_dir: &Path) -> Self {
        let key = Digest::of(run_dir.as_os_str().as_encoded_bytes());
        self.value = format!("{}:{}", &key.as_str()[..12], self.value);
        self
    }

    /// The mark's value, for [`VARIABLE`].
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The living processes that bear the mark; never this one.
    pub fn pids(&self) -> Vec<u32> {
        let own = std::process::id();
        table::all()
            .into_iter()
            .filter(|pid| *pid != own && self.marks(*pid))
            .collect()
    }

    fn marks(&self, pid: u32) -> bool {
        let environment = table::read(pid, "environ").unwrap_or_default();
        mark_in(&environment).is_some_and(|mark| {
            if self.whole_run {
                mark.starts_with(self.value.as_bytes())
            } else {
                mark == self.value.as_bytes()
            }
        })
    }

    /// Kills every process that bears the mark but those of `except`, until none is left. A child
    /// of this process is also waited for; one that the caller will wait for belongs in `except`.
    pub fn sweep(&self, except: &[u32]) -> io::Result<Swept> {
        sweep(|| self.pids(), except)
    }
}

impl Tag {
    /// Kills whatever bears the mark or descends from this process, until neither finds anything.
    pub fn sweep_with_descendants(&self) -> io::Result<Swept> {
        let own = std::process::id();
        let find = || {
            let mut pids = table::descendants(own);
            pids.extend(self.pids());
            pids.sort_unstable();
            pids.dedup();
            pids
        };
        sweep(find, &[])
    }
}

/// Kills everything below this process but those of `except`, until nothing is left: after
/// [`super::own::become_subreaper`] that is all that a child ever started, marked or not.
pub fn sweep_descendants(except: &[u32]) -> io::Result<Swept> {
    let own = std::process::id();
    sweep(|| table::descendants(own), except)
}

fn sweep(find: impl Fn() -> Vec<u32>, except: &[u32]) -> io::Result<Swept> {
    let mut swept = Swept::default();
    let mut seen: Vec<super::Identity> = Vec::new();
    let mut quiet = 0;
    for _ in 0..ROUNDS {
        let mut found = Vec::new();
        let pids: Vec<u32> = find()
            .into_iter()
            .filter(|pid| !except.contains(pid))
            .collect();
        for pid in &pids {
            found.extend(Watched::open(*pid)?);
        }
        swept.left = found.iter().map(|p| p.identity().pid).collect();
        if found.is_empty() {
            // A process that forks and ends between two looks at the table is in neither: one look
            // that finds nothing proves nothing.
            quiet = if pids.is_empty() { quiet + 1 } else { 0 };
            if quiet > 1 {
                break;
            }
            pause(BETWEEN_LOOKS);
            continue;
        }
        quiet = 0;
        for process in &found {
            // A refusal shows in `left`; the others must still be killed.
            let sent = process.signal(Signal::KILL).unwrap_or(false);
            if sent && !seen.contains(process.identity()) {
                seen.push(process.identity().clone());
                swept.killed += 1;
            }
        }
        wait_all(&found, Some(A_ROUND))?;
        for process in &found {
            reap(process.identity().pid);
        }
        // What can't be killed must not make this loop spin.
        if found.iter().all(|p| !p.has_ended().unwrap_or(true)) {
            pause(A_ROUND / 10);
        }
    }
    Ok(swept)
}

/// Takes the exit code of an ended child, so that no trace of it stays. Of others it takes nothing.
fn reap(pid: u32) {
    if let Some(pid) = pid_of(pid) {
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

fn mark_in(environment: &[u8]) -> Option<&[u8]> {
    environment
        .split(|b| *b == 0)
        .find_map(|line| line.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"="))
}

/// Whether this process runs inside an attempt: the attempt's mark, or which ancestor is its
/// `stage-exec`. People decide at gates, and nothing that runs in here is a person.
pub fn inside_attempt() -> Option<String> {
    if let Some(mark) = std::env::var_os(VARIABLE) {
        return Some(mark.to_string_lossy().into_owned());
    }
    attempt_above(std::process::id())
}

fn attempt_above(pid: u32) -> Option<String> {
    table::ancestors(pid).into_iter().find_map(|pid| {
        let environment = table::read(pid, "environ").unwrap_or_default();
        if let Some(mark) = mark_in(&environment) {
            return Some(String::from_utf8_lossy(mark).into_owned());
        }
        let command = table::read(pid, "cmdline")?;
        let is_stage = command.split(|b| *b == 0).nth(1) == Some(b"stage-exec");
        is_stage.then(|| format!("stage-exec, process {pid}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    fn ids(run: &str) -> (RunId, AttemptId) {
        (RunId::new(run).unwrap(), "build.1.1".parse().unwrap())
    }

    /// A shell with the mark that says one line for each process it has ready.
    fn marked(tag: &Tag, script: &str, ready: usize) -> Child {
        let mut child = Command::new("sh")
            .args(["-c", script])
            .env(VARIABLE, tag.value())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.take(ready).map(Result::unwrap).count(), ready);
        child
    }

    #[test]
    fn the_same_run_elsewhere_has_another_mark() {
        let (run, attempt) = ids("RUN-2026-01-02-T1");
        let [here, there] = ["/a/runs/r", "/b/runs/r"].map(Path::new);
        let mark = |dir| Tag::attempt(&run, &attempt).within(dir);
        assert_ne!(mark(here), mark(there));
        assert_eq!(mark(here), mark(here));
        let whole = Tag::run(&run).within(here);
        assert!(mark(here).value().starts_with(whole.value()));
        assert!(!mark(there).value().starts_with(whole.value()));
    }

    #[test]
    fn nothing_marked_survives_a_sweep() {
        let run = format!("RUN-sweep-{}", std::process::id());
        let (run, attempt) = ids(&run);
        let tag = Tag::attempt(&run, &attempt);
        // Sessions of their own, a daemon by a double fork, and one that ignores SIGTERM.
        let script = "
            for i in 1 2 3; do setsid sh -c 'echo ready; sleep 60' & done
            ( ( setsid sh -c 'echo ready; exec sleep 60' & ) & )
            sh -c 'trap \"\" TERM INT HUP; echo ready; while :; do sleep 60; done' &
            wait";
        let mut child = marked(&tag, script, 5);
        let there = tag.pids();
        assert!(there.len() >= 6, "{there:?}");
        // One may just have been started, or have ended, as the shell between a daemon's two forks
        // does; those that are there before and after are there in between.
        let of_the_run = Tag::run(&run).pids();
        let after = tag.pids();
        let stayed = there.iter().filter(|pid| after.contains(pid));
        assert!(
            { stayed }.all(|pid| of_the_run.contains(pid)),
            "{there:?} {of_the_run:?} {after:?}"
        );
        let swept = tag.sweep(&[child.id()]).unwrap();
        assert!(swept.killed >= 5 && swept.left.is_empty(), "{swept:?}");
        child.kill().ok();
        child.wait().unwrap();
        assert_eq!(tag.pids(), [0; 0]);
        assert_eq!(tag.sweep(&[]).unwrap(), Swept::default());
    }

    #[test]
    fn only_its_own_marks_count() {
        let run = format!("RUN-own-{}", std::process::id());
        let (run, attempt) = ids(&run);
        let tag = Tag::attempt(&run, &attempt);
        let mut child = marked(&tag, "echo ready; exec sleep 60", 1);
        let (longer, _) = ids(&format!("{run}.2"));
        let (shorter, _) = ids(run.as_str().strip_suffix(char::is_numeric).unwrap());
        for other in [longer, shorter] {
            assert!(Tag::run(&other).pids().is_empty());
            assert_eq!(Tag::run(&other).sweep(&[]).unwrap().killed, 0);
        }
        assert_eq!(tag.pids(), [child.id()]);
        assert_eq!(tag.sweep(&[child.id()]).unwrap(), Swept::default());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_stage_among_the_ancestors_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("stage-exec");
        let text = b"env -i sleep 60 & echo $!; wait";
        crate::store::replace(&crate::store::Disk, &script, text).unwrap();
        let mut shell = Command::new("sh")
            .arg("stage-exec")
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let below: u32 = line.trim().parse().unwrap();
        let found = attempt_above(below).unwrap();
        assert_eq!(found, format!("stage-exec, process {}", shell.id()));
        let watched = Watched::open(below).unwrap().unwrap();
        watched.signal(Signal::KILL).unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn the_mark_is_a_whole_variable() {
        assert_eq!(
            mark_in(b"A=1\0HARNESS_ATTEMPT=r/a\0B=2\0"),
            Some(&b"r/a"[..])
        );
        assert_eq!(mark_in(b"XHARNESS_ATTEMPT=r\0HARNESS_ATTEMPTS=r\0"), None);
    }
}
