//! On this machine: a process of its own session, so that it outlives whoever started it.

use crate::process::tag::VARIABLE as MARK;
use crate::process::{self, Identity};
use crate::store::layout::AttemptDir;
use std::io;
use std::path::Path;

/// Starts `stage-exec` for this attempt, marked with its tag, in `cwd`. Its own messages go to
/// `stage-exec.log` in the attempt's folder.
pub fn place(dir: &AttemptDir, tag: &str, cwd: &Path) -> io::Result<Identity> {
    let exe = std::env::current_exe()?;
    let args = [
        "stage-exec".as_ref(),
        "--dir".as_ref(),
        dir.path().as_os_str(),
    ];
    let env = [(MARK, tag)];
    let pid = process::spawn_detached(&exe, &args, cwd, &env, &dir.path().join("stage-exec.log"))?;
    // A process that has ended already has no identity any more; nothing is ever that one.
    Ok(Identity::of(pid).unwrap_or_else(|| Identity {
        pid,
        start_time: 0,
        ..Identity::own()
    }))
}
