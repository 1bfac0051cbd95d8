//! The little that an attempt asks of the machine itself.

use crate::agents::File;
use crate::process::{self, Signal, Tag};
use rustix::process::Pid;
use rustix::time::{ClockId, clock_gettime};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long this machine has slept since it was started.
pub fn slept() -> Duration {
    let read = |id| {
        let t = clock_gettime(id);
        Duration::new(
            u64::try_from(t.tv_sec).unwrap_or(0),
            u32::try_from(t.tv_nsec).unwrap_or(0),
        )
    };
    read(ClockId::Boottime).saturating_sub(read(ClockId::Monotonic))
}

/// Leaves the terminal, takes in the orphans of everything that will be started here, and keeps
/// others of the same user from reading this process's memory.
pub fn become_reaper() {
    // None of these is worth failing for: whoever started this process has seen to a session of
    // its own, and the mark finds what a reaper would.
    let _ = process::own::leave_terminal();
    let _ = process::own::become_subreaper();
    let _ = process::own::hide_memory();
}

/// Sends a signal to a process's group, or, before it leads one, to the process.
pub fn signal(leader: u32, signal: Signal) {
    let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) else {
        return;
    };
    if rustix::process::kill_process_group(pid, signal).is_err() {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Ends what is left of a group whose leader has ended and was waited for.
pub fn signal_group_only(leader: u32) {
    if let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // No such group: nothing was left of it.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}

/// Ends every process that descends from this one or bears the attempt's mark. Gives how many
/// there were. This process is the reaper of its descendants, so whoever was orphaned on the way
/// is among its children.
pub fn sweep(tag: &Tag) -> usize {
    tag.sweep_with_descendants().unwrap_or_default().killed
}

/// Who this process is, for `shim.json`.
pub fn identity() -> Vec<u8> {
    serde_json::to_vec(&process::Identity::own()).unwrap_or_default()
}

/// Puts a whole file in place, in one step, with this mode.
pub fn put(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    put_whole(path, bytes, mode, true)
}

/// Puts the files of an invocation in place, for nobody else to read. One that is not in `home`, the
/// folder of the agent's configuration, is refused.
pub fn put_files(files: &[File], home: &Path) -> Result<(), String> {
    for file in files {
        let path = &file.path;
        let mode = if file.executable { 0o700 } else { 0o600 };
        if !path.starts_with(home) {
            return Err(format!(
                "{} is not in the folder of the agent's configuration",
                path.display()
            ));
        }
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| put(path, &file.bytes, mode))
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Like [`put`], for a file that means nothing any more after the machine itself went down: it is
/// not flushed.
pub fn put_for_now(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    put_whole(path, bytes, mode, false)
}

fn put_whole(path: &Path, bytes: &[u8], mode: u32, flush: bool) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", uuid::Uuid::new_v4().simple()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.set_permissions(std::fs::Permissions::from_mode(mode))?;
            if flush { file.sync_all() } else { Ok(()) }
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
