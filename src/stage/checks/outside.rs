//! What changed in the person's home folder while a check ran: looked at before and after, within
//! bounds. Where the kernel keeps a check from writing there, nothing need be looked at.

use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many names are looked at, the shallow ones first.
const MOST_NAMES: usize = 5_000;
/// How many names of one folder are.
const MOST_OF_ONE: usize = 1_000;
/// How many changes are told.
const MOST_TOLD: usize = 20;
/// What leads a line that tells of a refused write.
const REFUSED: &str = "was refused: ";

/// A home folder as it was.
#[derive(Debug)]
pub(super) struct Home {
    root: PathBuf,
    /// Folders that are not looked into: a check may write there, or others do all the time.
    closed: Vec<PathBuf>,
    names: BTreeMap<PathBuf, Stamp>,
    /// When it was looked at: seconds of the clock that files are stamped by.
    at: i64,
}

type Stamp = (u64, u64, i64, i64);

impl Home {
    /// Looks at it.
    pub(super) fn look(root: &Path, closed: Vec<PathBuf>) -> Self {
        let mut home = Self {
            root: root.to_owned(),
            closed,
            names: BTreeMap::new(),
            // Files are stamped by a clock that ticks a little later.
            at: jiff::Timestamp::now().as_second() - 1,
        };
        home.names = home.walk();
        home
    }

    /// What is new, other or gone since, as `~/path`; the last says how many more there are.
    pub(super) fn changed(&self) -> Vec<String> {
        let now = self.walk();
        let mut found = Vec::new();
        for (path, stamp) in &now {
            // What had been beyond the bound is not new.
            if self.names.get(path) != Some(stamp) && stamp.2 >= self.at {
                found.push(path);
            }
        }
        // One that is beyond the bound now is not gone.
        let gone = self
            .names
            .keys()
            .filter(|path| !now.contains_key(*path) && std::fs::symlink_metadata(path).is_err());
        found.extend(gone);
        found.sort();
        let more = found.len().saturating_sub(MOST_TOLD);
        let shown = found.iter().take(MOST_TOLD);
        let mut told: Vec<String> = shown.map(|path| self.told(path)).collect();
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        told
    }

    fn told(&self, path: &Path) -> String {
        let rest = path.strip_prefix(&self.root).unwrap_or(path);
        format!("~/{}", rest.display())
    }

    fn walk(&self) -> BTreeMap<PathBuf, Stamp> {
        let mut found = BTreeMap::new();
        let device = std::fs::symlink_metadata(&self.root).map(|m| m.dev()).ok();
        let mut left = VecDeque::from([self.root.clone()]);
        let mut seen = 0;
        while let Some(folder) = left.pop_front() {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            for entry in entries.take(MOST_OF_ONE) {
                seen += 1;
                if seen > MOST_NAMES {
                    return found;
                }
                let path = entry.path();
                let Ok(meta) = std::fs::symlink_metadata(&path) else {
                    continue;
                };
                if self.closed.contains(&path) || Some(meta.dev()) != device {
                    continue;
                }
                let mut stamp = (meta.ino(), meta.len(), meta.ctime(), meta.ctime_nsec());
                // A repository of one's own is not a home's to be told of.
                if meta.is_dir() {
                    if path.join(".git").exists() {
                        continue;
                    }
                    left.push_back(path.clone());
                    // What is in it counts, and changes its times with it.
                    let known = self.names.get(&path).filter(|known| known.0 == stamp.0);
                    stamp = known.copied().unwrap_or(stamp);
                }
                found.insert(path, stamp);
            }
        }
        found
    }
}

/// Folders of a home in which other programs write all the time, and our own.
pub(super) fn always_moving(home: &Path) -> Vec<PathBuf> {
    const FOLDERS: [&str; 9] = [
        ".cache",
        ".claude",
        ".codex",
        ".config/harness-tui",
        ".local/share/harness-tui",
        ".local/state",
        ".local/share/gvfs-metadata",
        ".mozilla",
        "snap",
    ];
    FOLDERS.iter().map(|folder| home.join(folder)).collect()
}

/// The lines of a check's output that say it was kept from writing in the home folder.
pub(super) fn denied(tail: &str, home: &Path) -> Vec<String> {
    const REFUSALS: [&str; 3] = ["permission denied", "operation not permitted", "eacces"];
    let home = home.to_string_lossy();
    if home.len() < 2 {
        return Vec::new();
    }
    let refused = |line: &&str| {
        let small = line.to_lowercase();
        line.contains(home.as_ref()) && REFUSALS.iter().any(|word| small.contains(word))
    };
    tail.lines()
        .filter(refused)
        .take(5)
        .map(|line| format!("{REFUSED}{line}"))
        .collect()
}

/// What a check did, or tried, in the person's home folder; `who` names it: `the check 'x'`.
pub(super) fn told(who: &str, outside: &[String]) -> String {
    let (refused, changed): (Vec<&str>, Vec<&str>) = outside
        .iter()
        .map(String::as_str)
        .partition(|what| what.starts_with(REFUSED));
    let mut parts = Vec::new();
    if !changed.is_empty() {
        parts.push(format!(
            "{} in your home folder changed while {who} ran without a sandbox; look at \
             it, and run with a sandbox or mend the test",
            changed.join(", ")
        ));
    }
    if let Some(first) = refused.first() {
        parts.push(format!(
            "{who} tried to write in your home folder and {first}; name the folder in \
             `caches:` of the check if it may"
        ));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    #[test]
    fn what_is_new_other_or_gone_is_told_and_what_is_closed_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            "same",
            "other",
            "gone",
            ".cache/x",
            "repo/.git/HEAD",
            "repo/a",
        ] {
            put(root, path, "1");
        }
        let home = Home::look(root, vec![root.join(".cache")]);
        assert!(home.changed().is_empty());
        put(root, "other", "22");
        put(root, "deep/er/new", "1");
        put(root, ".cache/y", "1");
        put(root, "repo/b", "1");
        std::fs::remove_file(root.join("gone")).unwrap();
        assert_eq!(
            home.changed(),
            ["~/deep", "~/deep/er", "~/deep/er/new", "~/gone", "~/other"]
        );
        for n in 0..30 {
            put(root, &format!("many/{n}"), "");
        }
        assert_eq!(home.changed().last().unwrap(), "and 16 more");
    }

    #[test]
    fn a_refused_write_is_known_by_its_words() {
        let tail = "ok\ntouch: cannot touch '/home/ada/x': Permission denied\nPermission denied (publickey)\n";
        assert_eq!(denied(tail, Path::new("/home/ada")).len(), 1);
        assert!(denied(tail, Path::new("/")).is_empty());
    }
}
