//! Waiting for processes to end, children or not, with a limit.
//!
//! On Linux by pidfd and poll. Elsewhere, and on kernels without pidfd, by looking every 50 ms
//! whether the number is still in use.

use super::identity::{Identity, pid_of};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(50);

/// A process held by its identity: what is waited for and signalled is this one, never a later one
/// of the same number.
#[derive(Debug)]
pub struct Watched {
    identity: Identity,
    fd: Option<OwnedFd>,
}

impl Watched {
    /// Takes hold of a process; `None`: it has ended.
    pub fn open(pid: u32) -> io::Result<Option<Self>> {
        let Some(identity) = Identity::of(pid) else {
            return Ok(None);
        };
        Self::hold(identity, open_pidfd(pid))
    }

    /// Out of what the kernel answered when it was asked for this process.
    fn hold(
        identity: Identity,
        answer: rustix::io::Result<Option<OwnedFd>>,
    ) -> io::Result<Option<Self>> {
        match answer {
            // It may have ended, and its number been given away, between the two.
            Ok(fd) => Ok(identity.is_alive().then_some(Self { identity, fd })),
            Err(Errno::SRCH) => Ok(None),
            // The first two: there is no such thing here. The others some kernels answer for a
            // process that was reaped meanwhile, which its identity then tells.
            Err(Errno::NOSYS | Errno::PERM | Errno::NOENT | Errno::INVAL) => {
                Ok(identity.is_alive().then_some(Self { identity, fd: None }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a child ends within this time. One of which that can't be told did not.
    pub fn ends_within(child: &std::process::Child, time: Duration) -> bool {
        match Self::open(child.id()) {
            Ok(Some(process)) => process.wait(Some(time)).unwrap_or(false),
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Readable when the process has ended; `None` where the system has no such thing.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().map(AsFd::as_fd)
    }

    /// Waits until it has ended, at most this long; whether it has. `None`: without limit.
    pub fn wait(&self, limit: Option<Duration>) -> io::Result<bool> {
        wait_all(std::slice::from_ref(self), limit)
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> io::Result<bool> {
        match &self.fd {
            Some(fd) => poll_one(fd, Some(Duration::ZERO)),
            None => Ok(!self.identity.is_alive()),
        }
    }

    /// Waits until it has ended, or a part of what is left of the time.
    fn wait_a_while(&self, left: Option<Duration>) -> io::Result<bool> {
        if let Some(fd) = &self.fd {
            return poll_one(fd, left);
        }
        let alive = self.identity.is_alive();
        if alive {
            pause(left.map_or(LOOK, |left| left.min(LOOK)));
        }
        Ok(!alive)
    }

    /// Signals it; `false`: it has ended.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        let sent = match &self.fd {
            #[cfg(target_os = "linux")]
            Some(fd) => rustix::process::pidfd_send_signal(fd, signal),
            _ if !self.identity.is_alive() => return Ok(false),
            _ => match pid_of(self.identity.pid) {
                Some(pid) => rustix::process::kill_process(pid, signal),
                None => return Ok(false),
            },
        };
        match sent {
            Ok(()) => Ok(true),
            Err(Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(target_os = "linux")]
fn open_pidfd(pid: u32) -> rustix::io::Result<Option<OwnedFd>> {
    let raw = pid_of(pid).ok_or(Errno::SRCH)?;
    rustix::process::pidfd_open(raw, rustix::process::PidfdFlags::empty()).map(Some)
}

#[cfg(not(target_os = "linux"))]
fn open_pidfd(_: u32) -> rustix::io::Result<Option<OwnedFd>> {
    Ok(None)
}

/// Waits until all of these have ended, at most this long; whether they have.
pub fn wait_all(processes: &[Watched], limit: Option<Duration>) -> io::Result<bool> {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    for process in processes {
        loop {
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            let ended = process.wait_a_while(left)?;
            if ended {
                break;
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn poll_one(fd: &OwnedFd, limit: Option<Duration>) -> io::Result<bool> {
    let limit = limit.map(timespec);
    let mut fds = [PollFd::new(fd, PollFlags::IN)];
    match poll(&mut fds, limit.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Waits this long, or until a signal came: for where nothing tells when to look again.
pub fn pause(time: Duration) {
    // Interrupted early is fine: whoever pauses looks again.
    let _ = poll(&mut [], Some(&timespec(time)));
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_that_is_not_our_child_is_waited_for() {
        let mut shell = Command::new("sh")
            .args(["-c", "sleep 60 >/dev/null & echo $!"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        shell.wait().unwrap();
        let watched = Watched::open(line.trim().parse().unwrap())
            .unwrap()
            .unwrap();
        assert!(!watched.wait(Some(Duration::from_millis(20))).unwrap());
        assert!(!watched.has_ended().unwrap());
        assert!(watched.signal(Signal::TERM).unwrap());
        assert!(watched.wait(Some(Duration::from_secs(20))).unwrap());
        let without_fd = Watched {
            identity: watched.identity.clone(),
            fd: None,
        };
        assert!(without_fd.wait(Some(Duration::from_secs(20))).unwrap());
        assert!(!without_fd.signal(Signal::TERM).unwrap());
    }

    #[test]
    fn what_is_gone_can_not_be_held() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(Watched::open(pid).unwrap().is_none());
        assert!(Watched::open(u32::MAX).unwrap().is_none());
    }

    #[test]
    fn every_word_of_the_kernels_for_a_reaped_process_means_ended() {
        let reaped = Identity {
            start_time: 0,
            ..Identity::own()
        };
        for answer in [Errno::SRCH, Errno::NOENT, Errno::INVAL, Errno::NOSYS] {
            let held = Watched::hold(reaped.clone(), Err(answer)).unwrap();
            assert!(held.is_none(), "{answer}");
        }
        // Who lives is held all the same, and looked at by its identity.
        for answer in [Errno::NOSYS, Errno::PERM, Errno::INVAL] {
            let held = Watched::hold(Identity::own(), Err(answer))
                .unwrap()
                .unwrap();
            assert!(
                held.fd().is_none() && !held.has_ended().unwrap(),
                "{answer}"
            );
        }
        assert!(Watched::hold(Identity::own(), Err(Errno::MFILE)).is_err());
    }
}
