//! What lies in the folders that a layout is told from: names, and the texts of a few of them, read
//! bounded and through no link.

use crate::store::fs::{Disk, Fs, Kind};
use crate::store::inside::{ReadError, read_inside};
use crate::terms::RepoPath;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest file that is read.
const MAX_BYTES: u64 = 256 * 1024;
/// How much is read of all together.
const MAX_ALL: usize = 8 * 1024 * 1024;
/// How many names of a folder are looked at.
const MAX_NAMES: usize = 2_000;

/// Folders whose names are looked at.
const LISTED: [&str; 21] = [
    "harness",
    "harness/standards",
    "harness/design-system",
    "harness/backlog",
    "harness/tasks",
    "harness/runs",
    "harness/workflows",
    ".harness",
    ".harness-tui",
    ".specify",
    ".specify/scripts",
    "specs",
    ".claude/agents",
    ".claude/commands",
    ".claude/skills",
    ".cursor/rules",
    ".cursor/commands",
    ".gemini/commands",
    ".github/agents",
    ".github/prompts",
    ".codex/prompts",
];
/// Folders of which the markdown is read too.
const READ: [&str; 5] = [
    "harness/roles",
    "harness/templates",
    ".specify/memory",
    ".specify/templates",
    ".specify/templates/overrides",
];

/// Whether a file is markdown by its name.
pub(super) fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A regular file whose text was read.
    Text(String),
    /// A regular file that was not read.
    File,
    /// A folder.
    Folder,
    /// Something that can't serve, and why.
    Unfit(String),
}

/// What lies below a folder of a repository, by path from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    files: BTreeMap<String, Seen>,
    /// What was not looked at, and why.
    pub left_out: Vec<(String, String)>,
}

impl Listing {
    /// Looks below a folder, which is a repository's root or lies in one.
    pub fn of(base: &Path) -> Self {
        let mut listing = Self::default();
        let mut left = MAX_ALL;
        for folder in LISTED {
            listing.folder(base, folder, None);
        }
        for folder in READ {
            listing.folder(base, folder, Some(&mut left));
        }
        let features: Vec<String> = listing.names("specs").map(str::to_owned).collect();
        for feature in features {
            listing.folder(base, &format!("specs/{feature}"), None);
        }
        listing
    }

    fn folder(&mut self, base: &Path, folder: &str, mut left: Option<&mut usize>) {
        if !is_plain_folder(base, folder) {
            return;
        }
        let mut names = match Disk.list(&base.join(folder)) {
            Ok(names) => names,
            Err(error) => {
                self.left_out
                    .push((folder.to_owned(), format!("it can't be listed: {error}")));
                return;
            }
        };
        if names.len() > MAX_NAMES {
            let why = format!("it holds {} names; {MAX_NAMES} are looked at", names.len());
            self.left_out.push((folder.to_owned(), why));
            names.truncate(MAX_NAMES);
        }
        for name in names {
            let path = format!("{folder}/{name}");
            let seen = seen(base, &path, left.as_deref_mut());
            self.files.insert(path, seen);
        }
    }

    /// What a path stands for; `None`: nothing is there, or it was not looked at.
    pub fn get(&self, path: &str) -> Option<&Seen> {
        self.files.get(path)
    }

    /// Whether there is a regular file that can be mapped.
    pub fn is_file(&self, path: &str) -> bool {
        matches!(self.get(path), Some(Seen::Text(_) | Seen::File))
    }

    /// The text of a file that was read.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.get(path)? {
            Seen::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The names in a folder, in order.
    pub fn names<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        let from = format!("{folder}/");
        let lead = from.len();
        self.files
            .range(from.clone()..)
            .take_while(move |(path, _)| path.starts_with(&from))
            .map(move |(path, _)| &path[lead..])
            .filter(|rest| !rest.contains('/'))
    }
}

/// Whether every part of a path is a folder, and no link.
fn is_plain_folder(base: &Path, path: &str) -> bool {
    let mut at = base.to_owned();
    path.split('/').all(|part| {
        at.push(part);
        matches!(Disk.stat(&at), Ok(Some(stat)) if stat.kind == Kind::Dir)
    })
}

fn seen(base: &Path, path: &str, left: Option<&mut usize>) -> Seen {
    let unfit = |why: String| Seen::Unfit(why);
    if path.chars().any(char::is_control) {
        return unfit("its name holds a control character".to_owned());
    }
    let repo_path = match RepoPath::new(path) {
        Ok(path) => path,
        Err(bad) => return unfit(bad.why.to_owned()),
    };
    match Disk.stat(&base.join(path)).map(|s| s.map(|s| s.kind)) {
        Ok(Some(Kind::File)) => {}
        Ok(Some(Kind::Dir)) => return Seen::Folder,
        Ok(Some(Kind::Link)) => return unfit("it is a link; put the file itself there".to_owned()),
        Ok(_) => return unfit("it is no regular file".to_owned()),
        Err(error) => return unfit(format!("it can't be looked at: {error}")),
    }
    let Some(left) = left.filter(|_| is_markdown(path)) else {
        return Seen::File;
    };
    match read_inside(base, &repo_path, MAX_BYTES.min(*left as u64)) {
        Ok(bytes) => {
            *left = left.saturating_sub(bytes.len());
            match String::from_utf8(bytes) {
                Ok(text) => Seen::Text(text),
                Err(_) => unfit("it is not UTF-8 text; save it as UTF-8".to_owned()),
            }
        }
        Err(ReadError::TooBig { size, .. }) => {
            unfit(format!("it has {size} bytes, more than is read of one"))
        }
        Err(error) => unfit(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    #[test]
    fn what_leads_out_is_large_or_hidden_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        put(elsewhere.path(), "secret.md", "secret\n");
        put(dir.path(), "harness/roles/build-agent.md", "Build.\n");
        put(dir.path(), "harness/roles/a\u{1b}[2J.md", "x\n");
        let huge = "x".repeat(300 * 1024);
        put(dir.path(), "harness/roles/qa-agent.md", &huge);
        let link = dir.path().join("harness/roles/tech-lead-agent.md");
        std::os::unix::fs::symlink(elsewhere.path().join("secret.md"), link).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("harness/templates")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("specs")).unwrap();
        let listing = Listing::of(dir.path());
        assert_eq!(
            listing.text("harness/roles/build-agent.md"),
            Some("Build.\n")
        );
        for name in ["a\u{1b}[2J.md", "qa-agent.md", "tech-lead-agent.md"] {
            let seen = listing.get(&format!("harness/roles/{name}"));
            assert!(matches!(seen, Some(Seen::Unfit(_))), "{name}: {seen:?}");
        }
        assert_eq!(listing.names("harness/templates").count(), 0);
        assert_eq!(listing.names("specs").count(), 0);
    }
}
