//! The table of processes, as `/proc` shows it. Elsewhere it is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// How much of a command line or environment is read.
const MAX: u64 = 1 << 20;
/// How many ancestors are looked at.
const MAX_DEPTH: usize = 64;

/// What `/proc/<pid>/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) parent: u32,
    /// Who leads its session; 0 where that is a process of another namespace.
    pub(super) session: u32,
    /// Whether its session has a terminal.
    pub(super) terminal: bool,
    /// In clock ticks since the machine was started.
    pub(super) start_time: u64,
    /// It has ended, and only its exit code is left.
    pub(super) ended: bool,
}

/// One process; `None`: there is none of that number, or it can't be seen.
pub(super) fn entry(pid: u32) -> Option<Entry> {
    parse_stat(&read(pid, "stat")?)
}

fn parse_stat(bytes: &[u8]) -> Option<Entry> {
    let text = String::from_utf8_lossy(bytes);
    // The name in brackets may itself hold brackets and spaces.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X" | "x");
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let terminal = fields.next()? != "0";
    let start_time = fields.nth(14)?.parse().ok()?;
    Some(Entry {
        parent,
        session,
        terminal,
        start_time,
        ended,
    })
}

/// A file of a process, whole, up to 1 MiB.
pub(super) fn read(pid: u32, file: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(format!("/proc/{pid}/{file}")).ok()?;
    file.take(MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The numbers of all processes that can be seen.
pub(super) fn all() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// The processes above one, its parent first.
pub fn ancestors(pid: u32) -> Vec<u32> {
    let mut above = Vec::new();
    let mut at = pid;
    while let Some(entry) = entry(at) {
        if entry.parent == 0 || above.len() >= MAX_DEPTH {
            break;
        }
        above.push(entry.parent);
        at = entry.parent;
    }
    above
}

/// The living processes below one. For a subreaper these are all that its children ever started.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut alive = BTreeSet::new();
    for child in all() {
        if let Some(entry) = entry(child) {
            children.entry(entry.parent).or_default().push(child);
            if !entry.ended {
                alive.insert(child);
            }
        }
    }
    let mut found = BTreeSet::new();
    let mut open = vec![pid];
    while let Some(at) = open.pop() {
        for child in children.get(&at).into_iter().flatten() {
            if found.insert(*child) {
                open.push(*child);
            }
        }
    }
    found.intersection(&alive).copied().collect()
}

/// The living processes but this one that have this variable with this value. They are those that a
/// program left behind which set it for what it starts.
pub fn bearing(variable: &str, value: &std::ffi::OsStr) -> Vec<u32> {
    let mut line = variable.as_bytes().to_vec();
    line.push(b'=');
    line.extend_from_slice(value.as_encoded_bytes());
    let own = std::process::id();
    let bears = |pid: &u32| {
        let environment = read(*pid, "environ").unwrap_or_default();
        environment.split(|b| *b == 0).any(|l| l == line)
    };
    let all = all().into_iter().filter(|pid| *pid != own);
    all.filter(bears).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_are_read_past() {
        let line = b"42 (a) b) (c) S 7 41 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1";
        let entry = parse_stat(line).unwrap();
        assert_eq!(
            (entry.parent, entry.session, entry.start_time, entry.ended),
            (7, 40, 987_654, false)
        );
        assert_eq!(parse_stat(b"42 (x"), None);
    }

    #[test]
    fn we_are_below_our_parent() {
        let own = std::process::id();
        let parent = entry(own).unwrap().parent;
        assert_eq!(ancestors(own)[0], parent);
        assert!(descendants(parent).contains(&own));
    }
}
