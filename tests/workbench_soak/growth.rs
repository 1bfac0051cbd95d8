//! What a process holds, over time.

use std::time::Duration;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);
/// What is not there yet at first is not growth: caches fill, libraries are read in.
const SETTLED: Duration = Duration::from_mins(2);
/// How much more memory there may be at the end than when it had settled, in KiB.
const DRIFT: u64 = 16 * 1024;

#[derive(Debug, Clone, Copy)]
struct Held {
    at: Duration,
    memory: u64,
    files: usize,
    threads: u64,
}

pub struct Growth {
    pid: u32,
    looks: Vec<Held>,
}

/// Whether a process is no more, or only its name is left.
pub fn is_gone(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |s| s.contains(") Z"))
}

impl Growth {
    pub fn of(pid: u32) -> Self {
        Self {
            pid,
            looks: Vec::new(),
        }
    }

    /// Looks, if it is time.
    pub fn look(&mut self, at: Duration) {
        if self.looks.last().is_some_and(|l| at < l.at + EVERY) {
            return;
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.pid));
        let (Ok(status), Ok(files)) = (status, files) else {
            return;
        };
        let number = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name));
            let word = line.and_then(|l| l.split_whitespace().nth(1));
            word.and_then(|w| w.parse().ok()).unwrap_or(0)
        };
        self.looks.push(Held {
            at,
            memory: number("VmRSS:"),
            files: files.count(),
            threads: number("Threads:"),
        });
    }

    fn settled(&self) -> Option<Held> {
        let found = self.looks.iter().find(|l| l.at >= SETTLED);
        found.or(self.looks.first()).copied()
    }

    /// Prints a line for each half minute, and what changed since it had settled.
    pub fn tell(&self) {
        println!("   at s   RSS KiB   fds   threads");
        for held in self.looks.iter().step_by(6) {
            println!(
                "{:>7} {:>9} {:>5} {:>9}",
                held.at.as_secs(),
                held.memory,
                held.files,
                held.threads
            );
        }
        if let (Some(from), Some(to)) = (self.settled(), self.looks.last()) {
            println!(
                "from {} s to {} s: RSS {} -> {} KiB, fds {} -> {}, threads {} -> {}",
                from.at.as_secs(),
                to.at.as_secs(),
                from.memory,
                to.memory,
                from.files,
                to.files,
                from.threads,
                to.threads
            );
        }
    }

    /// Nothing grew.
    pub fn holds(&self, seed: u64) {
        let (Some(from), Some(to)) = (self.settled(), self.looks.last()) else {
            return;
        };
        // A file that is just being read is no leak.
        assert!(to.files <= from.files + 4, "seed {seed}: {from:?} {to:?}");
        assert!(
            to.threads <= from.threads + 1,
            "seed {seed}: {from:?} {to:?}"
        );
        if from.at >= SETTLED {
            let most = from.memory + DRIFT;
            assert!(to.memory <= most, "seed {seed}: {from:?} {to:?}");
        }
    }
}
