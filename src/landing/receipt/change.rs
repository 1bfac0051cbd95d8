//! The change of a file as the places of its lines: how many went at which line, and how many came in
//! their place. With it what a run left of a file is found again in what others' changes were merged into.

use crate::git::{Git, GitError};
use crate::terms::Oid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest difference that is looked through.
const MAX_DIFF: usize = 32 * 1024 * 1024;
/// How many places of one file are kept: of a file that is another one altogether, none is of use.
const MOST_HUNKS: usize = 500;
/// How git is to tell a change, whatever anybody has set.
const PLAINLY: [&str; 14] = [
    "-p",
    "-U0",
    "--no-renames",
    "--text",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--full-index",
    "--diff-algorithm=myers",
    "--no-indent-heuristic",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
];

/// One place of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, usize)", into = "(usize, usize, usize)")]
pub struct Hunk {
    /// How many lines stand before it in the file as it was.
    pub at: usize,
    /// How many lines went.
    pub gone: usize,
    /// How many came.
    pub come: usize,
}

impl From<(usize, usize, usize)> for Hunk {
    fn from((at, gone, come): (usize, usize, usize)) -> Self {
        Self { at, gone, come }
    }
}

impl From<Hunk> for (usize, usize, usize) {
    fn from(hunk: Hunk) -> Self {
        (hunk.at, hunk.gone, hunk.come)
    }
}

impl Hunk {
    /// The line before which it ends, in the file as it was.
    pub fn end(&self) -> usize {
        self.at.saturating_add(self.gone)
    }

    /// Whether git can't put both into one file: they touch.
    pub fn meets(&self, other: &Self) -> bool {
        self.at <= other.end() && other.at <= self.end()
    }
}

/// The changes of files, by path.
pub type Changed = BTreeMap<String, Vec<Hunk>>;

/// The changes from one tree or commit to another. A path that is no plain text, one of which only the
/// mode changed, and one that changed in too many places, has none.
pub fn changes(git: &Git, from: &Oid, to: &Oid) -> Result<Changed, GitError> {
    let call = git.call(["diff-tree", "-r", "-z"]).args(PLAINLY);
    let call = call.args([from.as_str(), to.as_str(), "--"]);
    let mut found = read(&call.limit(MAX_DIFF).run()?);
    found.retain(|_, hunks| !hunks.is_empty() && hunks.len() <= MOST_HUNKS);
    Ok(found)
}

/// The change from one file's text to another's.
pub fn change(git: &Git, from: &Oid, to: &Oid) -> Result<Vec<Hunk>, GitError> {
    let call = git.call(["diff"]).args(PLAINLY);
    let call = call.args([from.as_str(), to.as_str(), "--"]);
    let found = read(&call.limit(MAX_DIFF).run()?);
    Ok(found.into_values().next().unwrap_or_default())
}

/// Reads what git printed. How many lines each part has is said above it, so a line of a file is never
/// taken for a line of the form.
fn read(diff: &[u8]) -> Changed {
    let mut found = Changed::new();
    let mut lines = diff.split(|b| *b == b'\n');
    let mut at: Option<String> = None;
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix(b"diff --git ") {
            at = path(rest);
        } else if let Some(counts) = line.strip_prefix(b"@@ ") {
            let Some(hunk) = counted(counts) else {
                continue;
            };
            let mut left = hunk.gone + hunk.come;
            while left > 0 {
                let Some(line) = lines.next() else { break };
                if !line.starts_with(b"\\") {
                    left -= 1;
                }
            }
            if let Some(path) = &at {
                found.entry(path.clone()).or_default().push(hunk);
            }
        }
    }
    found
}

/// The path of `a/PATH b/PATH`: nothing is renamed, so both are the same. Of two objects that are compared
/// by their ids, the first of the two.
fn path(rest: &[u8]) -> Option<String> {
    let rest = std::str::from_utf8(rest).ok()?;
    let half = rest.len().checked_sub(1)? / 2;
    let (first, second) = (rest.get(..half)?, rest.get(half + 1..)?);
    let (first, second) = (first.strip_prefix("a/")?, second.strip_prefix("b/")?);
    let is_id = |text: &str| Oid::new(text).is_ok();
    (first == second || is_id(first) && is_id(second)).then(|| first.to_owned())
}

/// The place that `-1,2 +3,4 @@` says.
fn counted(counts: &[u8]) -> Option<Hunk> {
    let text = String::from_utf8_lossy(counts);
    let mut ranges = text.split(' ').map(|range| {
        let range = range.trim_start_matches(['-', '+']);
        let (line, count) = range.split_once(',').unwrap_or((range, "1"));
        Some((line.parse::<usize>().ok()?, count.parse::<usize>().ok()?))
    });
    let (line, gone) = ranges.next()??;
    let (_, come) = ranges.next()??;
    // Where nothing went, the line is the one after which it came.
    let at = if gone == 0 {
        line
    } else {
        line.checked_sub(1)?
    };
    Some(Hunk { at, gone, come })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    #[test]
    fn a_change_is_told_by_its_places() {
        let (_dir, git) = repository();
        let many = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n{last}");
        put(git.dir(), "a b.txt", &many("1", "7\n"));
        put(git.dir(), "gone.txt", "--- x\n+++ y\n@@ z\n");
        let base = commit_all(&git, "base");
        put(git.dir(), "a b.txt", &many("one\nmore", "7"));
        put(git.dir(), "new.txt", "diff --git a/x b/x\n@@ -1 +1 @@\n");
        std::fs::remove_file(git.dir().join("gone.txt")).unwrap();
        let mine = commit_all(&git, "mine");
        let found = changes(&git, &base, &mine).unwrap();
        let hunk = |at, gone, come| Hunk { at, gone, come };
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found["a b.txt"], [hunk(0, 1, 2), hunk(6, 1, 1)]);
        assert_eq!(found["gone.txt"], [hunk(0, 3, 0)]);
        assert_eq!(found["new.txt"], [hunk(0, 0, 2)]);
        let blob = |commit: &Oid| git.resolve(&format!("{commit}:a b.txt")).unwrap();
        let one = change(&git, &blob(&base), &blob(&mine)).unwrap();
        assert_eq!(one, found["a b.txt"]);
        assert_eq!(serde_json::to_string(&one[..1]).unwrap(), "[[0,1,2]]");
    }

    #[test]
    fn what_touches_meets() {
        let hunk = |at, gone| Hunk { at, gone, come: 1 };
        assert!(hunk(3, 1).meets(&hunk(4, 1)) && hunk(4, 1).meets(&hunk(3, 1)));
        assert!(hunk(3, 0).meets(&hunk(3, 0)));
        assert!(!hunk(3, 1).meets(&hunk(5, 1)) && !hunk(5, 1).meets(&hunk(3, 1)));
    }
}
