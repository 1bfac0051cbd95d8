//! The change of a file as a digest of the lines that went and came, wherever in the file they stand:
//! it is the same where somebody else's lines of that file were merged with it.

use crate::git::{Git, GitError};
use crate::terms::{Digest, Oid};
use std::collections::BTreeMap;

/// Largest difference that is looked through.
const MAX_DIFF: usize = 32 * 1024 * 1024;

/// The changes of files, by path.
pub type Changed = BTreeMap<String, Digest>;

/// The changes from one tree or commit to another at these paths (none: everywhere). A path that is no
/// plain text, and one of which only the mode changed, has none.
pub fn changes(git: &Git, from: &Oid, to: &Oid, paths: &[&str]) -> Result<Changed, GitError> {
    let call = git
        .call(["diff-tree", "-r", "-p", "-U0", "--no-renames", "--text"])
        .args([
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--full-index",
        ])
        .args([
            "--diff-algorithm=myers",
            "--no-indent-heuristic",
            "--no-relative",
        ])
        .args([
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--submodule=short",
            "-z",
        ])
        .args([from.as_str(), to.as_str(), "--"])
        .args(paths)
        .limit(MAX_DIFF);
    Ok(read(&call.run()?))
}

/// Reads what git printed. How many lines each part has is said above it, so a line of a file is never
/// taken for a line of the form.
fn read(diff: &[u8]) -> Changed {
    let mut found = Changed::new();
    let mut lines = diff.split(|b| *b == b'\n');
    let mut at: Option<(String, Vec<u8>)> = None;
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix(b"diff --git ") {
            done(&mut found, at.take());
            at = path(rest).map(|path| (path, Vec::new()));
        } else if let Some(counts) = line.strip_prefix(b"@@ ") {
            let mut left = counted(counts);
            while left > 0 {
                let Some(line) = lines.next() else { break };
                if !line.starts_with(b"\\") {
                    left -= 1;
                }
                if let Some((_, bytes)) = &mut at {
                    bytes.extend_from_slice(line);
                    bytes.push(b'\n');
                }
            }
        } else if line.starts_with(b"\\")
            && let Some((_, bytes)) = &mut at
        {
            // That the last line has no break belongs to it.
            bytes.extend_from_slice(b"\\\n");
        }
    }
    done(&mut found, at);
    found
}

fn done(found: &mut Changed, at: Option<(String, Vec<u8>)>) {
    let Some((path, bytes)) = at else { return };
    if bytes.is_empty() {
        return;
    }
    // A change of type is told as two changes of one path.
    let digest = match found.get(&path) {
        Some(first) => Digest::of_parts([first.as_str().as_bytes(), &bytes]),
        None => Digest::of(&bytes),
    };
    found.insert(path, digest);
}

/// The path of `a/PATH b/PATH`: nothing is renamed, so both are the same.
fn path(rest: &[u8]) -> Option<String> {
    let rest = std::str::from_utf8(rest).ok()?;
    let half = rest.len().checked_sub(1)? / 2;
    let (first, second) = (rest.get(..half)?, rest.get(half + 1..)?);
    let (first, second) = (first.strip_prefix("a/")?, second.strip_prefix("b/")?);
    (first == second).then(|| first.to_owned())
}

/// How many lines a part has: the sum of both counts of `-1,2 +3,4 @@`.
fn counted(counts: &[u8]) -> usize {
    let text = String::from_utf8_lossy(counts);
    let ranges = text.split(' ').take(2);
    ranges
        .map(|range| match range.split_once(',') {
            Some((_, count)) => count.parse().unwrap_or(0),
            None => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    #[test]
    fn the_change_is_the_same_where_other_lines_of_the_file_were_merged() {
        let (_dir, git) = repository();
        let many = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n{last}");
        put(git.dir(), "a b.txt", &many("1", "7\n"));
        put(git.dir(), "gone.txt", "--- x\n+++ y\n@@ z\n");
        let base = commit_all(&git, "base");
        put(git.dir(), "a b.txt", &many("one", "7\n"));
        std::fs::remove_file(git.dir().join("gone.txt")).unwrap();
        let mine = commit_all(&git, "mine");
        let alone = changes(&git, &base, &mine, &[]).unwrap();
        assert_eq!(alone.len(), 2, "{alone:?}");
        git.call(["reset", "-q", "--hard", base.as_str()])
            .run()
            .unwrap();
        put(git.dir(), "a b.txt", &many("1", "seven\n"));
        let theirs = commit_all(&git, "theirs");
        put(git.dir(), "a b.txt", &many("one", "seven\n"));
        let both = commit_all(&git, "both");
        let merged = changes(&git, &theirs, &both, &["a b.txt"]).unwrap();
        assert_eq!(merged["a b.txt"], alone["a b.txt"]);
        // Not a byte of it may be another.
        put(git.dir(), "a b.txt", &many("One", "seven\n"));
        let other = commit_all(&git, "other");
        let other = changes(&git, &theirs, &other, &[]).unwrap();
        assert_ne!(other["a b.txt"], alone["a b.txt"]);
        put(git.dir(), "a b.txt", &many("one", "seven"));
        let bare = commit_all(&git, "no break");
        let bare = changes(&git, &theirs, &bare, &[]).unwrap();
        assert_ne!(bare["a b.txt"], alone["a b.txt"]);
    }
}
