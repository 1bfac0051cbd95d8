//! How much of a disk is used, and how much is left.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The size of a block that the system counts in, whatever the disk's own is.
const BLOCK: u64 = 512;

/// What some folders take on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes, as far as they were counted.
    pub bytes: u64,
    /// Whether there is more than was counted: too many files, or what can't be looked into.
    pub at_least: bool,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            at_least: self.at_least || other.at_least,
        }
    }
}

/// It for people: `1.2 GiB`, or `over 1.2 GiB` where there is more.
impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let over = if self.at_least { "over " } else { "" };
        write!(f, "{over}{}", crate::text::say::bytes(self.bytes))
    }
}

/// Counts what lies in folders. A file that has several names counts once, wherever they are.
#[derive(Debug)]
pub struct Counter {
    left: usize,
    seen: BTreeSet<(u64, u64)>,
}

impl Counter {
    /// Counts at most this many files.
    pub fn new(most: usize) -> Self {
        Self {
            left: most,
            seen: BTreeSet::new(),
        }
    }

    /// What lies in and below this folder, itself included. Links are not followed, and other file
    /// systems that are mounted there are not looked into.
    pub fn count(&mut self, folder: &Path) -> Usage {
        let mut usage = Usage::default();
        let Ok(top) = std::fs::symlink_metadata(folder) else {
            return usage;
        };
        usage.bytes = self.of(&top);
        let mut folders: Vec<PathBuf> = top
            .is_dir()
            .then(|| folder.to_owned())
            .into_iter()
            .collect();
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                usage.at_least = true;
                continue;
            };
            for entry in entries {
                if self.left == 0 {
                    usage.at_least = true;
                    return usage;
                }
                self.left -= 1;
                let Ok((entry, meta)) = entry.and_then(|e| e.metadata().map(|m| (e, m))) else {
                    usage.at_least = true;
                    continue;
                };
                if meta.dev() != top.dev() {
                    continue;
                }
                usage.bytes = usage.bytes.saturating_add(self.of(&meta));
                if meta.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        usage
    }

    fn of(&mut self, meta: &std::fs::Metadata) -> u64 {
        let shared = meta.nlink() > 1 && !meta.is_dir();
        if shared && !self.seen.insert((meta.dev(), meta.ino())) {
            return 0;
        }
        meta.blocks().saturating_mul(BLOCK)
    }
}

/// How many bytes may still be written where this path is, or will be; `None`: the system does not
/// say.
pub fn room(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|p| p.exists())?;
    let stat = rustix::fs::statvfs(there).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, bytes: usize) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = vec![b'x'; bytes];
        crate::store::replace(&crate::store::Disk, path, &text).unwrap();
    }

    #[test]
    fn a_file_with_two_names_counts_once_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        put(&one.join("deep/file"), 100_000);
        put(&two.join("own"), 10_000);
        std::fs::hard_link(one.join("deep/file"), one.join("again")).unwrap();
        std::fs::hard_link(one.join("deep/file"), two.join("again")).unwrap();
        std::os::unix::fs::symlink(&one, two.join("link")).unwrap();
        let mut counter = Counter::new(1000);
        let (a, b) = (counter.count(&one), counter.count(&two));
        assert!((100_000..150_000).contains(&a.bytes), "{a}");
        assert!((10_000..60_000).contains(&b.bytes), "{b}");
        assert!(!a.and(b).at_least);
        assert_eq!(
            Counter::new(9).count(&dir.path().join("gone")),
            Usage::default()
        );
    }

    #[test]
    fn what_is_too_much_to_count_is_told_as_that() {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..20 {
            put(&dir.path().join(format!("{n}")), 1);
        }
        let usage = Counter::new(10).count(dir.path());
        assert!(
            usage.at_least && usage.to_string().starts_with("over "),
            "{usage}"
        );
        assert!(room(&dir.path().join("not/there/yet")).is_some());
    }
}
