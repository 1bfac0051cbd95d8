//! The little that an attempt asks of the machine itself.

use rustix::event::poll;
use rustix::process::{Pid, Signal, WaitOptions};
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::path::Path;
use std::time::{Duration, Instant};

/// Waits so long, for nothing in particular.
pub fn wait(time: Duration) {
    let time = Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    };
    // Woken early by a signal: whoever waits looks again anyway.
    let _ = poll(&mut [], Some(&time));
}

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

/// Ends every process that descends from this one, by parent or by the attempt's mark, and waits
/// for their end, at most two seconds. Gives the names of those that were there.
///
/// This process is the reaper of its descendants, so whoever was orphaned on the way is among its
/// children.
pub fn sweep(tag: &str) -> Vec<String> {
    let begun = Instant::now();
    let mut names = Vec::new();
    loop {
        while matches!(
            rustix::process::waitpid(None, WaitOptions::NOHANG),
            Ok(Some(_))
        ) {}
        let found = left_behind(tag);
        if found.is_empty() || begun.elapsed() > Duration::from_secs(2) {
            return names;
        }
        for (pid, name) in found {
            let told = format!("{name} ({pid})");
            if !names.contains(&told) {
                names.push(told);
            }
            if let Some(pid) = Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        }
        wait(Duration::from_millis(10));
    }
}

/// Puts a whole file in place, in one step, with this mode.
pub fn put(path: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
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
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// One process as `/proc` tells it.
struct Seen {
    pid: i32,
    parent: i32,
    name: String,
    dead: bool,
}

fn left_behind(tag: &str) -> Vec<(i32, String)> {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let seen: Vec<Seen> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok())
        .filter_map(see)
        .collect();
    let mut ours = vec![own];
    let mut grew = true;
    while grew {
        let next: Vec<i32> = seen
            .iter()
            .filter(|s| ours.contains(&s.parent) && !ours.contains(&s.pid))
            .map(|s| s.pid)
            .collect();
        grew = !next.is_empty();
        ours.extend(next);
    }
    let mark = format!("{}={tag}", super::environ::TAG);
    seen.into_iter()
        .filter(|s| s.pid != own && !s.dead)
        .filter(|s| ours.contains(&s.pid) || is_marked(s.pid, &mark))
        .map(|s| (s.pid, s.name))
        .collect()
}

fn see(pid: i32) -> Option<Seen> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything, parentheses too.
    let (head, rest) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    Some(Seen {
        pid,
        parent: fields.next()?.parse().ok()?,
        name,
        dead: matches!(state, "Z" | "X"),
    })
}

fn is_marked(pid: i32, mark: &str) -> bool {
    std::fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|env| env.split(|b| *b == 0).any(|v| v == mark.as_bytes()))
}
