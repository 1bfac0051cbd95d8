//! What a process does to itself. All of it concerns the whole process, but
//! [`die_with_parent`], which must be called where its note says.

use rustix::io::Errno;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The program's name, wherever its file lies.
const NAME: &str = "harness-tui";

/// The file of this program, where it was told.
static TOLD: OnceLock<PathBuf> = OnceLock::new();

/// Tells which file is this program, for another program that this library is a part of: what it was
/// started from has none of our subcommands. The first word stands; whether this was it.
pub fn be(file: PathBuf) -> bool {
    TOLD.set(file).is_ok()
}

/// What is executed to start this very program again. Linux: the file that this process was started
/// from, even if another has taken its place meanwhile, as a rebuild or an update does, or none.
/// Whoever executes it must be this program too: it means "what I am". Elsewhere, and without
/// `/proc`: the path it was started from.
pub fn program() -> io::Result<PathBuf> {
    if let Some(told) = TOLD.get() {
        return Ok(told.clone());
    }
    #[cfg(target_os = "linux")]
    {
        let own = PathBuf::from("/proc/self/exe");
        if own.symlink_metadata().is_ok() {
            return Ok(own);
        }
    }
    std::env::current_exe()
}

/// A command that starts this very program again, under its name.
pub fn again() -> io::Result<Command> {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program()?);
    command.arg0(NAME);
    Ok(command)
}

/// Tells the system our name: a program that was started by [`again`] is listed as `exe` otherwise.
/// Linux; elsewhere it does nothing.
pub fn take_name() {
    #[cfg(target_os = "linux")]
    {
        // Only for people who look at a list of processes.
        let name = std::ffi::CString::new(NAME).unwrap_or_default();
        let _ = rustix::thread::set_name(&name);
    }
}

/// Becomes the parent of every process below that loses its own: nothing a child leaves behind
/// escapes to init. Linux; elsewhere it does nothing.
pub fn become_subreaper() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Keeps other processes of this user from reading our memory and environment, where secrets are.
/// It ends with `exec`. Linux; elsewhere it does nothing.
pub fn hide_memory() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Begins a session of its own, without a terminal: closing the terminal ends nothing any more. A
/// process that leads a session already is left as it is; one that leads only a group can't do it,
/// which is an error.
pub fn leave_terminal() -> io::Result<()> {
    match rustix::process::setsid() {
        Err(Errno::PERM) if leads_session() => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}

/// Asked of the table of processes: in a container whose session began outside of it the system
/// call answers 0, which is no process number.
#[cfg(target_os = "linux")]
fn leads_session() -> bool {
    let own = std::process::id();
    super::table::entry(own).is_some_and(|entry| entry.session == own)
}

#[cfg(not(target_os = "linux"))]
fn leads_session() -> bool {
    rustix::process::getsid(None) == Ok(rustix::process::getpid())
}

/// Has the kernel kill this process when its parent dies, and holds through `exec`. `expected` is
/// the parent's number as it told us: if that is no longer our parent it died before, which is an
/// error of kind `BrokenPipe`. "Parent" means the *thread* that started us: it must be one that
/// lives as long as its process. Linux; elsewhere only the check is made.
pub fn die_with_parent(expected: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if parent == Some(expected) {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::BrokenPipe,
            format!("the parent process {expected} is gone"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{descendants, tag::sweep_descendants};
    use super::*;
    use std::process::Command;

    #[test]
    fn a_parent_that_is_not_ours_is_gone() {
        let before = rustix::process::parent_process_death_signal().unwrap();
        let error = die_with_parent(u32::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert_ne!(
            rustix::process::parent_process_death_signal().unwrap(),
            before
        );
        rustix::process::set_parent_process_death_signal(before).unwrap();
    }

    #[test]
    fn what_empties_its_environment_is_swept_too() {
        let own = std::env::current_exe().unwrap();
        let name = "process::own::tests::as_a_subreaper";
        let out = Command::new(own)
            .args(["--exact", name, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let [said, cried] = [&out.stdout, &out.stderr].map(|b| String::from_utf8_lossy(b));
        let held = out.status.success() && said.contains("1 passed");
        assert!(held, "{said}\n{cried}");
    }

    #[test]
    #[ignore = "changes its whole process: run in one of its own by the test above"]
    fn as_a_subreaper() {
        become_subreaper().unwrap();
        hide_memory().unwrap();
        leave_terminal().unwrap();
        leave_terminal().unwrap();
        assert!(leads_session());
        let script = "( ( env -i setsid sleep 60 & ) & )";
        assert!(
            Command::new("sh")
                .args(["-c", script])
                .status()
                .unwrap()
                .success()
        );
        let own = std::process::id();
        let is_the_daemon = |pid: &u32| {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n")
        };
        while !descendants(own).iter().any(is_the_daemon) {
            super::super::pause(std::time::Duration::from_millis(5));
        }
        let swept = sweep_descendants(&[]).unwrap();
        assert!(swept.killed >= 1 && swept.left.is_empty(), "{swept:?}");
        assert!(descendants(own).is_empty());
    }
}
