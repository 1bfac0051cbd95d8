//! Starting this program again, detached from us.

use super::table;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take a process to leave our terminal, and how often it is looked whether it has.
const LEAVES: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(1);

/// Starts `command` in `cwd`, and returns its process number. Its standard input is `told`, at most
/// 4 KiB, and nothing else; it prints to the end of `log`. To outlive our terminal it calls
/// [`super::own::leave_terminal`] as the first thing it does: where we have one, that is waited for,
/// so that our own end right after this can't take it along.
///
/// No trace of it stays when it ends: a thread of ours takes its exit code, and when we end first,
/// init does.
pub fn spawn_detached(mut command: Command, cwd: &Path, log: &Path, told: &str) -> io::Result<u32> {
    let output = crate::store::fs::open_log(log)?;
    command
        .current_dir(cwd)
        .stdin(if told.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(output.try_clone()?)
        .stderr(output);
    let mut child = command.spawn()?;
    let pid = child.id();
    until_it_left(pid);
    if let Some(mut input) = child.stdin.take() {
        // The pipe holds it all. Who has ended already reads nothing, and leaves no record either.
        let _ = input.write_all(told.as_bytes());
    }
    std::thread::Builder::new()
        .name("reap".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || {
            // How it ended is in its own files.
            let _ = child.wait();
        })?;
    Ok(pid)
}

/// Waits until a process of ours has left our terminal, or has ended; not for ever. Our own end before
/// that could take it along.
pub fn until_it_left(pid: u32) {
    let ours = table::entry(std::process::id());
    if !ours.is_some_and(|own| own.terminal) {
        return;
    }
    let begun = Instant::now();
    let here = |entry: Option<table::Entry>| entry.is_some_and(|e| !e.ended && e.terminal);
    while begun.elapsed() < LEAVES && here(table::entry(pid)) {
        super::pause(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Identity, Watched};
    use super::*;

    #[test]
    fn it_prints_to_its_log_and_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut shell = Command::new("sh");
        shell.args(["-c", "read x; pwd; echo \"$MARK $x\" >&2; exec sleep 60"]);
        shell.env("MARK", "m");
        let pid = spawn_detached(shell, dir.path(), &log, "told\n");
        let watched = Watched::open(pid.unwrap()).unwrap().unwrap();
        while !std::fs::read_to_string(&log).unwrap().contains("m told\n") {
            super::super::pause(std::time::Duration::from_millis(5));
        }
        let said = std::fs::read_to_string(&log).unwrap();
        let here = dir.path().canonicalize().unwrap();
        assert_eq!(said, format!("{}\nm told\n", here.display()));
        watched.signal(super::super::Signal::KILL).unwrap();
        assert!(watched.wait(None).unwrap());
        assert_eq!(Identity::of(watched.identity().pid), None);
        // The thread takes the exit code: the number itself becomes free.
        while super::super::table::entry(watched.identity().pid).is_some_and(|e| e.ended) {
            super::super::pause(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Command::new(dir.path().join("missing"));
        let log = dir.path().join("log");
        assert!(spawn_detached(missing, dir.path(), &log, "").is_err());
    }
}
