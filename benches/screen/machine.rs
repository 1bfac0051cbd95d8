//! What the kernel says of this machine and of a process.

use std::path::PathBuf;

/// What a process and its threads have used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Nanoseconds on a processor.
    pub cpu_ns: u64,
    /// How often a thread was switched to another one, of itself or not.
    pub switches: u64,
}

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn threads(pid: u32) -> Vec<PathBuf> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
    tasks
        .into_iter()
        .flatten()
        .filter_map(|t| Some(t.ok()?.path()))
        .collect()
}

/// A number behind a word in a status file of the kernel's.
fn number(text: &str, word: &str) -> u64 {
    let line = text.lines().find_map(|l| l.strip_prefix(word));
    let digits = line.and_then(|l| l.split_whitespace().next());
    digits.and_then(|d| d.parse().ok()).unwrap_or(0)
}

impl Used {
    /// What it has used since it was started.
    pub fn by(pid: u32) -> Self {
        let mut used = Self::default();
        for thread in threads(pid) {
            let ran = text(&thread.join("schedstat").display().to_string());
            let ns = ran.split_whitespace().next().and_then(|n| n.parse().ok());
            used.cpu_ns += ns.unwrap_or(0);
            let status = text(&thread.join("status").display().to_string());
            used.switches += number(&status, "voluntary_ctxt_switches:");
            used.switches += number(&status, "nonvoluntary_ctxt_switches:");
        }
        used
    }

    /// What it used since then.
    pub fn since(self, before: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns.saturating_sub(before.cpu_ns),
            switches: self.switches.saturating_sub(before.switches),
        }
    }
}

/// Memory of a process, in MB.
pub fn resident(pid: u32) -> f64 {
    number(&text(&format!("/proc/{pid}/status")), "VmRSS:") as f64 / 1024.0
}

/// How many processors there are.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many processes want one, by the last minute.
pub fn load() -> f64 {
    let text = text("/proc/loadavg");
    let first = text.split_whitespace().next();
    first.and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

/// The kernel, for the head of the table.
pub fn kernel() -> String {
    text("/proc/sys/kernel/osrelease").trim().to_owned()
}
