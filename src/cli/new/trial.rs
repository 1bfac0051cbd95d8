//! The check that was found, run once: whether it passes today, and how long it takes.

use crate::cli::Context;
use crate::cli::follow::signals::Signals;
use crate::cli::out::{Role, paint, safe};
use crate::process::{Signal, Watched};
use crate::text::{SafeText, took};
use color_eyre::eyre::Report;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long it may take.
const LIMIT: Duration = Duration::from_mins(10);
/// How often a signal is looked for.
const MOMENT: Duration = Duration::from_millis(100);
/// How much of what it printed is looked at, and shown.
const MAX_BYTES: usize = 64 * 1024;
const LINES: usize = 8;
/// How long its last words are waited for, where something that it left behind holds its output.
const LAST: Duration = Duration::from_secs(1);

/// Runs it, and says what came of it. Nothing is stopped by its failing; the signal that orders to
/// leave, where one came.
pub(super) fn run(context: &Context, home: &Path, command: &str) -> Result<Option<i32>, Report> {
    let out = &context.out;
    out.text(format!(
        "{} {}  (Ctrl-C skips it)",
        paint(Role::Title, "runs the check once:"),
        paint(Role::Command, safe(command))
    ));
    let signals = Signals::catch(|| ())?;
    let (printed, output) = std::io::pipe()?;
    let begun = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(home)
        .stdin(Stdio::null())
        // All that it starts can be ended with it then.
        .process_group(0)
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()?;
    let printed = end_of(printed)?;
    let watched = Watched::open(child.id())?;
    let mut stopped = None;
    if let Some(watched) = &watched {
        while !watched.wait(Some(MOMENT))? {
            let signal = signals.interrupts() > 0 || signals.detach().is_some();
            if signal || begun.elapsed() > LIMIT {
                stopped = Some(if signal {
                    "skipped"
                } else {
                    "stopped after 10 minutes"
                });
                end(watched)?;
            }
        }
    }
    let status = child.wait()?;
    let long = took(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
    if let Some(stopped) = stopped {
        out.text(paint(Role::Attention, format!("  {stopped}")));
        return Ok(signals.detach());
    }
    if status.success() {
        out.text(paint(Role::Good, format!("  passes, in {long}")));
        return Ok(None);
    }
    out.text(paint(Role::Bad, format!("  fails ({status}), in {long}")));
    for line in last_lines(&printed.recv_timeout(LAST).unwrap_or_default()) {
        out.text(format!("    {line}"));
    }
    out.text("  A run's Build would be checked by it: mend it, or change `checks:` in");
    out.text("  harness/workflows/.");
    Ok(None)
}

/// Ends it with all that it started.
fn end(watched: &Watched) -> std::io::Result<()> {
    let pid = i32::try_from(watched.identity().pid).ok();
    if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
        // Where the group is no more, it has ended by itself.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
    watched.signal(Signal::KILL).map(drop)
}

/// The end of what is printed, once it is whole.
fn end_of(mut printed: std::io::PipeReader) -> std::io::Result<Receiver<Vec<u8>>> {
    let (to, end) = channel();
    std::thread::Builder::new()
        .name("check output".to_owned())
        .spawn(move || {
            let mut kept = Vec::new();
            let mut piece = [0; 8192];
            while let Ok(n @ 1..) = printed.read(&mut piece) {
                kept.extend_from_slice(&piece[..n]);
                if kept.len() > 2 * MAX_BYTES {
                    kept.drain(..kept.len() - MAX_BYTES);
                }
            }
            // Nobody may want it any more.
            let _ = to.send(kept);
        })?;
    Ok(end)
}

fn last_lines(bytes: &[u8]) -> Vec<String> {
    let text = SafeText::from_bytes(bytes);
    let lines = text.as_str().lines().filter(|l| !l.trim().is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let from = lines.len().saturating_sub(LINES);
    lines.into_iter().skip(from).collect()
}
