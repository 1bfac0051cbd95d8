//! The person's own configuration of an agent program, where its login is theirs too: looked at before
//! an attempt and after.
//!
//! What was there is closed by the sandbox, so that a change of it is somebody else's; what is new is
//! taken away again and kept beside the attempt's record. Where no sandbox closed anything, changes
//! are told and left: they may be the person's.

use crate::agents::Kept;
use crate::stage::ground;
use crate::stage::guard::CHANGED;
use crate::terms::{Digest, Finding, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many files are looked at, how large each may be, and how deep folders are gone into.
const MOST: usize = 5_000;
const LARGEST: u64 = 4 * 1024 * 1024;
const DEEPEST: usize = 12;

/// What a person's files were.
#[derive(Debug)]
pub(super) struct Own {
    kept: Vec<Kept>,
    before: BTreeMap<PathBuf, Digest>,
}

/// What became of them.
#[derive(Debug, Default)]
pub(super) struct Meddled {
    /// What an attempt did.
    pub(super) tampering: Vec<Finding>,
    /// What nobody can tell the doer of.
    pub(super) notes: Vec<String>,
}

impl Own {
    pub(super) fn look(kept: &[Kept]) -> Self {
        let kept = kept.to_vec();
        let before = look(&kept);
        Self { kept, before }
    }

    /// Looks again. `closed`: what was there could not be written. What is taken away goes to `dir`.
    pub(super) fn compare(&self, closed: bool, dir: &Path) -> Meddled {
        let now = look(&self.kept);
        let mut meddled = Meddled::default();
        for (path, digest) in &now {
            match self.before.get(path) {
                Some(before) if before == digest => {}
                None if closed && self.is_whole(path) => meddled.take(path, dir),
                // In the program's own state file what is closed can't be told from what is not.
                _ if closed && !self.is_state(path) => {}
                _ => meddled.tell(path, "changed"),
            }
        }
        let gone = self.before.keys().filter(|path| !now.contains_key(*path));
        for path in gone.filter(|path| !closed && !self.is_state(path)) {
            meddled.tell(path, "was removed");
        }
        meddled
    }

    fn is_state(&self, path: &Path) -> bool {
        { self.kept.iter() }.any(|kept| kept.path == path && !kept.keys.is_empty())
    }

    fn is_whole(&self, path: &Path) -> bool {
        !self.is_state(path)
    }
}

impl Meddled {
    fn take(&mut self, path: &Path, dir: &Path) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mark = Digest::of(path.as_os_str().as_encoded_bytes());
        let kept = dir.join(format!("{CHANGED}{}-{name}", mark.short()));
        let bytes = std::fs::read(path).unwrap_or_default();
        let taken = ground::put(&kept, &bytes, 0o600).and_then(|()| std::fs::remove_file(path));
        let remedy = match taken {
            Ok(()) => format!(
                "it is taken away and kept as {}; if it was you, put it back and resume",
                kept.display()
            ),
            Err(e) => {
                format!("it could not be taken away ({e}): look at it before you use the program")
            }
        };
        let what =
            "a file that your own sessions of the agent's program obey was made during the attempt";
        self.tampering.push(
            Finding::new("guard/own-configuration", what)
                .at(Place::file(path.display().to_string()))
                .remedy(remedy),
        );
    }

    fn tell(&mut self, path: &Path, how: &str) {
        self.notes.push(format!(
            "{} {how} while the attempt ran, and your own sessions of the agent's program obey it; nobody can \
             tell by whom: look at it if it was not you",
            path.display()
        ));
    }
}

/// Every file with its digest. A state file counts by what is obeyed of it.
fn look(kept: &[Kept]) -> BTreeMap<PathBuf, Digest> {
    let mut found = BTreeMap::new();
    for kept in kept {
        if !kept.ends.is_empty() {
            for path in scripts(kept) {
                walk(&path, DEEPEST, &mut found);
            }
        } else if kept.keys.is_empty() {
            walk(&kept.path, 0, &mut found);
        } else {
            // One that is not there says as little as one that says nothing.
            let bytes = bytes_of(&kept.path).unwrap_or_default();
            found.insert(kept.path.clone(), Digest::of(obeyed(&bytes, kept.keys)));
        }
    }
    found
}

/// What of this can be closed as a whole.
pub(crate) fn closed(kept: &[Kept]) -> Vec<PathBuf> {
    let each = kept.iter().filter(|kept| kept.keys.is_empty());
    each.flat_map(|kept| match kept.ends {
        [] => vec![kept.path.clone()],
        _ => scripts(kept),
    })
    .collect()
}

/// The files of a folder that count by how their names end.
fn scripts(kept: &Kept) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&kept.path)
        .into_iter()
        .flatten()
        .flatten();
    let paths = entries.take(MOST).map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| {
            let end = path.extension().and_then(|e| e.to_str());
            end.is_some_and(|end| kept.ends.contains(&end)) && path.is_file()
        })
        .collect();
    found.sort();
    found
}

fn walk(path: &Path, depth: usize, found: &mut BTreeMap<PathBuf, Digest>) {
    let Ok(meta) = std::fs::symlink_metadata(path) else {
        return;
    };
    if found.len() >= MOST || depth > DEEPEST {
        return;
    }
    if meta.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries.take(MOST).map(|e| e.path()).collect();
        below.sort();
        for path in below {
            walk(&path, depth + 1, found);
        }
    } else if meta.is_symlink() {
        let to = std::fs::read_link(path).unwrap_or_default();
        found.insert(
            path.to_owned(),
            Digest::of(to.as_os_str().as_encoded_bytes()),
        );
    } else if let Some(bytes) = bytes_of(path) {
        found.insert(path.to_owned(), Digest::of(bytes));
    }
}

fn bytes_of(path: &Path) -> Option<Vec<u8>> {
    let meta = std::fs::metadata(path).ok()?;
    let plain = meta.is_file() && meta.len() <= LARGEST;
    plain.then(|| std::fs::read(path).ok()).flatten()
}

/// The values of these keys, at the top and in each of its `projects`; those that say nothing are left
/// out.
fn obeyed(bytes: &[u8], keys: &[&str]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let mut parts = BTreeMap::new();
    let mut take = |of: &str, object: &serde_json::Value| {
        for key in keys {
            let value = object.get(key).filter(|value| says_something(value));
            if let Some(value) = value {
                parts.insert(format!("{of}\u{0}{key}"), value.clone());
            }
        }
    };
    take("", &value);
    let projects = value.get("projects").and_then(|p| p.as_object());
    for (name, project) in projects.into_iter().flatten() {
        take(name, project);
    }
    serde_json::to_vec(&parts).unwrap_or_default()
}

fn says_something(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    #[test]
    fn what_is_new_is_taken_and_what_was_closed_is_somebody_elses() {
        let (dir, kept_in) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = dir.path();
        put(root, "settings.json", "{}");
        put(root, "state.json", r#"{"numStartups": 1}"#);
        let kept = || {
            let whole = ["settings.json", "skills", "CLAUDE.md"];
            let mut kept: Vec<Kept> = whole.map(|n| Kept::whole(root.join(n))).into();
            kept.push(Kept {
                path: root.join("state.json"),
                keys: &["mcpServers"],
                ends: &[],
            });
            kept
        };
        let own = Own::look(&kept());
        put(root, "settings.json", r#"{"hooks": {}}"#);
        put(root, "skills/x/SKILL.md", "do it");
        put(
            root,
            "state.json",
            r#"{"numStartups": 2, "mcpServers": {}}"#,
        );
        let open = own.compare(false, kept_in.path());
        assert_eq!((open.tampering.len(), open.notes.len()), (0, 2), "{open:?}");
        let closed = own.compare(true, kept_in.path());
        assert_eq!(
            (closed.tampering.len(), closed.notes.len()),
            (1, 0),
            "{closed:?}"
        );
        assert!(!root.join("skills/x/SKILL.md").exists());
        let kept_there = std::fs::read_dir(kept_in.path()).unwrap().count();
        assert_eq!(kept_there, 1);
        put(
            root,
            "state.json",
            r#"{"projects": {"/p": {"mcpServers": {"x": {"command": "y"}}}}}"#,
        );
        let state = own.compare(true, kept_in.path());
        assert!(state.notes[0].contains("state.json"), "{state:?}");
    }
}
