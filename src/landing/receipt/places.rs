//! The places of the code that a reviewer's evidence names: `src/a.rs:12`, `src/a.rs:12-20`,
//! `src/a.rs#L12-L20`, `src/a.rs`, `a.rs:12` where only one file that the run changed is called so.

use super::Place;
use crate::git::{Git, GitError};
use crate::terms::{Digest, Oid, RepoPath};
use std::collections::BTreeSet;

/// How many places of one evidence are looked at.
const MOST_PLACES: usize = 40;
/// Largest file that lines are looked for in.
const MAX_FILE: usize = 16 * 1024 * 1024;
/// Largest list of the paths of a tree that is read.
const MAX_LISTING: usize = 512 * 1024 * 1024;

/// A name that may be a file, and the lines after it.
type Named<'a> = (&'a str, Option<(usize, usize)>);

/// What a text names.
#[derive(Default)]
pub(super) struct Places {
    /// The files that are there, with their lines.
    pub places: Vec<Place>,
    /// What is written as a place and is not there, as it is written.
    pub missing: Vec<String>,
}

/// The files that a text names, as they are in a tree; what is no file of it is no place. `changed` are
/// the paths that the run changed, `left_out` those that are no code.
pub(super) fn of(
    git: &Git,
    tree: &Oid,
    evidence: &str,
    changed: &[String],
    left_out: &BTreeSet<String>,
) -> Result<Places, GitError> {
    let mut found = Places::default();
    let mut all: Option<Vec<String>> = None;
    for (name, lines) in named(evidence) {
        let path = path_of(git, tree, name, changed)?;
        let there = match &path {
            Some(path) => entry(git, tree, path)?,
            None => None,
        };
        let (Some(path), Some((_, blob))) = (path, there) else {
            if is_place(name, lines) && !stands_for(name, changed) {
                let all = match &mut all {
                    Some(all) => all,
                    none => none.insert(everything(git, tree)?),
                };
                if !stands_for(name, all) {
                    found.lacks(name, lines);
                }
            }
            continue;
        };
        let is_known = |p: &Place| p.path == path && p.lines == lines;
        if left_out.contains(&path) || found.places.iter().any(is_known) {
            continue;
        }
        let bytes = match lines {
            Some(_) => git
                .call(["cat-file", "blob", blob.as_str()])
                .limit(MAX_FILE)
                .run()
                .ok(),
            None => None,
        };
        let digest = match (lines, bytes) {
            (Some(of), Some(bytes)) => {
                let digest = lines_digest(&bytes, of);
                if digest.is_none() {
                    found.lacks(name, lines);
                }
                digest
            }
            _ => None,
        };
        found.places.push(Place {
            path,
            lines: lines.filter(|_| digest.is_some()),
            blob,
            digest,
        });
    }
    Ok(found)
}

impl Places {
    fn lacks(&mut self, name: &str, lines: Option<(usize, usize)>) {
        let told = match lines {
            Some((from, to)) if from == to => format!("{name}:{from}"),
            Some((from, to)) => format!("{name}:{from}-{to}"),
            None => name.to_owned(),
        };
        if !self.missing.contains(&told) {
            self.missing.push(told);
        }
    }
}

/// Whether a word with a line can be meant for nothing but a file of the repository. Without a line it may
/// be one that a build made, or a page that is linked to.
fn is_place(name: &str, lines: Option<(usize, usize)>) -> bool {
    let name = name.strip_prefix("./").unwrap_or(name);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    let file = name.rsplit('/').next().unwrap_or(name);
    let ends_so = file.rsplit_once('.').is_some_and(|(stem, end)| {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        !stem.is_empty() && end.starts_with(is_letter)
    });
    lines.is_some() && ends_so && name.chars().all(is_plain) && RepoPath::new(name).is_ok()
}

/// Whether a name may be meant for one of these paths: its end, or a folder above it.
fn stands_for(name: &str, paths: &[String]) -> bool {
    let name = name.strip_prefix("./").unwrap_or(name);
    let (end, folder) = (format!("/{name}"), format!("{name}/"));
    let mut all = paths.iter();
    all.any(|p| p == name || p.ends_with(&end) || p.starts_with(&folder))
}

/// Every path of a tree.
fn everything(git: &Git, tree: &Oid) -> Result<Vec<String>, GitError> {
    let call = git.call(["ls-tree", "-r", "-z", "--name-only", "--full-tree"]);
    let listing = call.arg(tree.as_str()).limit(MAX_LISTING).text()?;
    Ok(listing.split('\0').map(str::to_owned).collect())
}

/// The digest of these lines (from 1, the last included); `None`: the file has not so many.
pub fn lines_digest(bytes: &[u8], (from, to): (usize, usize)) -> Option<Digest> {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() || from == 0 || to < from {
        return None;
    }
    let lines: Vec<&[u8]> = body
        .split(|b| *b == b'\n')
        .skip(from - 1)
        .take(to - from + 1)
        .collect();
    (lines.len() == to - from + 1).then(|| Digest::of(lines.join(&b'\n')))
}

/// The words of a text that may name files.
fn named(text: &str) -> Vec<Named<'_>> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "()[]{}<>`\"'|,;".contains(c);
    let words = text
        .split(ends)
        .map(|w| w.trim_end_matches(['.', ':', '!', '?', '…']));
    let words = words.filter(|w| w.contains(['.', '/']) && !w.contains("://"));
    words.map(split).take(MOST_PLACES).collect()
}

/// A path and its lines: `a.rs:12`, `a.rs:12-20`, `a.rs:12:5`, `a.rs#L12-L20`.
fn split(word: &str) -> Named<'_> {
    let cut = word.split_once("#L").or_else(|| word.split_once(':'));
    let Some((path, rest)) = cut else {
        return (word, None);
    };
    let (first, last) = rest.split_once('-').unwrap_or((rest, ""));
    let number = |text: &str| -> Option<usize> {
        let digits = text.trim_start_matches('L');
        let digits = digits.split(':').next().unwrap_or(digits);
        digits.parse().ok().filter(|n| *n > 0)
    };
    match number(first) {
        Some(from) => (path, Some((from, number(last).unwrap_or(from).max(from)))),
        None => (word, None),
    }
}

fn path_of(
    git: &Git,
    tree: &Oid,
    name: &str,
    changed: &[String],
) -> Result<Option<String>, GitError> {
    let name = name.strip_prefix("./").unwrap_or(name);
    if RepoPath::new(name).is_err() {
        return Ok(None);
    }
    if entry(git, tree, name)?.is_some() {
        return Ok(Some(name.to_owned()));
    }
    let end = format!("/{name}");
    let mut same = changed.iter().filter(|path| path.ends_with(&end));
    Ok(match (same.next(), same.next()) {
        (Some(one), None) => Some(one.clone()),
        _ => None,
    })
}

/// Mode and object of a file in a tree; `None`: there is no such file.
pub(in crate::landing) fn entry(
    git: &Git,
    tree: &Oid,
    path: &str,
) -> Result<Option<(String, Oid)>, GitError> {
    let call = git.call(["ls-tree", "-z", "--full-tree", tree.as_str(), "--", path]);
    let listing = call.text()?;
    let head = listing.split('\t').next().unwrap_or_default();
    let words: Vec<&str> = head.split(' ').collect();
    Ok(match words.as_slice() {
        [mode, "blob", object] => Oid::new(*object).ok().map(|o| ((*mode).to_owned(), o)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_with_their_lines() {
        let text = "see `src/a.ts:12`, (b.css:4-9), c/d.rs#L7-L8. docs/x.md: https://e.org/a.b and/or x.y:z";
        assert_eq!(
            named(text),
            [
                ("src/a.ts", Some((12, 12))),
                ("b.css", Some((4, 9))),
                ("c/d.rs", Some((7, 8))),
                ("docs/x.md", None),
                ("and/or", None),
                ("x.y:z", None),
            ]
        );
    }

    #[test]
    fn what_is_written_as_a_place_is_one_and_other_words_are_not() {
        for (text, wanted) in [
            ("src/nope.txt:10", true),
            ("nope.rs#L3", true),
            ("./src/nope.txt:1-2", true),
            ("src/nope.txt", false),
            ("nope.txt", false),
            ("and/or", false),
            ("v1.2/1.3", false),
            ("127.0.0.1:80", false),
            ("localhost:8080", false),
            ("/etc/hosts.txt:1", false),
            ("src/*.txt:1", false),
        ] {
            let found = named(text);
            let is = found.iter().any(|(name, lines)| is_place(name, *lines));
            assert_eq!(is, wanted, "{text}");
        }
        let paths = ["src/a/b.rs".to_owned()];
        for name in ["b.rs", "a/b.rs", "src/a", "./src/a/b.rs"] {
            assert!(stands_for(name, &paths), "{name}");
        }
        assert!(!stands_for("c/b.rs", &paths));
    }

    #[test]
    fn lines_are_told_by_their_bytes() {
        let text = b"one\ntwo\nthree\n";
        assert_eq!(lines_digest(text, (2, 3)), Some(Digest::of("two\nthree")));
        assert_eq!(lines_digest(text, (3, 3)), Some(Digest::of("three")));
        assert_eq!(lines_digest(text, (3, 4)), None);
        assert_eq!(lines_digest(b"", (1, 1)), None);
        assert_ne!(lines_digest(b"two \n", (1, 1)), Some(Digest::of("two")));
    }
}
