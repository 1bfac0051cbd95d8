//! On this machine: a process of its own session, so that it outlives whoever started it.

use crate::process::tag::VARIABLE as MARK;
use crate::process::{self, Identity};
use crate::store::layout::AttemptDir;
use std::io;
use std::path::Path;

/// Starts `stage-exec` for this attempt, marked with its tag, in `cwd`. Its own messages go to
/// `stage-exec.log` in the attempt's folder. `key`: what it is to seal its record with; it reads
/// that from its standard input, where no other process can.
pub fn place(dir: &AttemptDir, tag: &str, cwd: &Path, key: &str) -> io::Result<Identity> {
    let mut command = process::own::again()?;
    // Whoever looks for an attempt's process knows it by its first argument.
    command.args(["stage-exec", "--dir"]).arg(dir.path());
    command.arg("--sealed");
    command.env(MARK, tag);
    let pid = process::spawn_detached(command, cwd, &dir.path().join("stage-exec.log"), key)?;
    // A process that has ended already has no identity any more; nothing is ever that one.
    Ok(Identity::of(pid).unwrap_or_else(|| Identity {
        pid,
        start_time: 0,
        ..Identity::own()
    }))
}
