//! Signals to a whole process group. A process that left it by `setsid` is not reached: see
//! [`super::Tag`].

use super::identity::pid_of;
use rustix::io::Errno;
use rustix::process::{Signal, kill_process_group};
use std::io;

/// Signals every process of a group; `false`: there is none. The groups 0 and 1, which would be our
/// own and everybody, are refused.
pub fn signal_group(pgid: u32, signal: Signal) -> io::Result<bool> {
    let Some(group) = pid_of(pgid).filter(|_| pgid > 1) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{pgid} is not the number of a process group of its own"),
        ));
    };
    match kill_process_group(group, signal) {
        Ok(()) => Ok(true),
        Err(Errno::SRCH) => Ok(false),
        // macOS says so of a group in which only ended processes are left.
        Err(Errno::PERM) if cfg!(target_vendor = "apple") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    #[test]
    fn a_group_gets_the_signal_and_nobody_else() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 60 & wait"])
            .process_group(0)
            .spawn()
            .unwrap();
        assert!(signal_group(child.id(), Signal::TERM).unwrap());
        assert_eq!(child.wait().unwrap().signal(), Some(15));
        for nobody in [0, 1, u32::MAX] {
            assert!(signal_group(nobody, Signal::TERM).is_err());
        }
        assert!(!signal_group(i32::MAX as u32, Signal::TERM).unwrap());
    }
}
