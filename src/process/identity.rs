//! Who a process is, beyond its number.

use super::table;
use serde::{Deserialize, Serialize};

/// A process that can be told from a later one of the same number.
///
/// Where there is no `/proc`, `boot_id` is empty and `start_time` 0, and a process counts as the
/// same as long as one of its number lives; callers then have the locks to go by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Which start of the machine it belongs to.
    pub boot_id: String,
    /// Its number.
    pub pid: u32,
    /// When it was started, in clock ticks since then.
    pub start_time: u64,
}

impl Identity {
    /// The process of this number; `None`: there is none, or it has ended.
    pub fn of(pid: u32) -> Option<Self> {
        let boot_id = boot_id();
        let start_time = if boot_id.is_empty() {
            lives(pid).then_some(0)?
        } else {
            table::entry(pid).filter(|e| !e.ended)?.start_time
        };
        Some(Self {
            boot_id,
            pid,
            start_time,
        })
    }

    /// This process.
    pub fn own() -> Self {
        let pid = std::process::id();
        Self::of(pid).unwrap_or_else(|| Self {
            boot_id: boot_id(),
            pid,
            start_time: 0,
        })
    }

    /// Whether this very process still runs. One that ended and was not yet waited for does not.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now == *self)
    }
}

/// Whether a process of this number runs. One that was killed and not yet waited for does not; one
/// of another user that can't be looked at does.
pub fn runs(pid: u32) -> bool {
    lives(pid) && table::entry(pid).is_none_or(|entry| !entry.ended)
}

/// A mark of this start of the machine; empty where the system has none.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

pub(super) fn pid_of(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Whether some process has this number.
fn lives(pid: u32) -> bool {
    pid_of(pid)
        .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_reused_number_is_another_process() {
        let own = Identity::own();
        assert!(own.is_alive());
        let earlier = Identity {
            start_time: own.start_time - 1,
            ..own.clone()
        };
        assert!(!earlier.is_alive());
        let before_reboot = Identity {
            boot_id: "another".to_owned(),
            ..own
        };
        assert!(!before_reboot.is_alive());
    }

    #[test]
    fn ended_is_dead_before_and_after_it_is_waited_for() {
        let mut child = Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let identity = Identity::of(child.id()).unwrap();
        let text = serde_json::to_string(&identity).unwrap();
        assert_eq!(serde_json::from_str::<Identity>(&text).unwrap(), identity);
        assert!(identity.is_alive());
        let watched = super::super::Watched::open(child.id()).unwrap().unwrap();
        assert!(runs(child.id()));
        child.kill().unwrap();
        assert!(watched.wait(None).unwrap());
        assert!(!identity.is_alive());
        assert!(
            !runs(child.id()),
            "it still has its number, and does not run"
        );
        child.wait().unwrap();
        assert!(!identity.is_alive());
        assert_eq!(Identity::of(u32::MAX), None);
    }
}
