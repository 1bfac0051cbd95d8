//! What a run changed: file by file, and what of it a person must not overlook: new dependencies,
//! migrations, tests that went.

mod dependencies;
mod tests_gone;

use super::runs::RunView;
use crate::git::Git;
use crate::git::diff::{DiffEntry, How};
use crate::terms::Oid;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Largest change whose text is looked through for what went.
const MAX_PATCH: usize = 4 * 1024 * 1024;
/// How many changes are kept.
const KEPT: usize = 8;

/// A change from one commit to another, without the harness folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// From here.
    pub base: Oid,
    /// To here.
    pub head: Oid,
    /// The files, by path.
    pub files: Vec<DiffEntry>,
    /// What must not be overlooked.
    pub notices: Vec<Notice>,
    /// Whether the change is too large to be looked through for tests that went.
    pub too_large: bool,
}

/// Something that must not be overlooked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A dependency that was not there.
    Dependency {
        /// Its name.
        name: String,
        /// The manifest that names it.
        file: String,
    },
    /// A file that fixes the versions of dependencies changed.
    Lock(String),
    /// A change of a database's form.
    Migration(String),
    /// A file of tests that is gone.
    TestFile(String),
    /// A file holds fewer tests than before.
    FewerTests {
        /// How many fewer.
        fewer: usize,
        /// The file.
        file: String,
    },
}

impl Notice {
    /// What it is, in a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Dependency { .. } => "new dependency",
            Self::Lock(_) => "lock file changed",
            Self::Migration(_) => "migration",
            Self::TestFile(_) => "deleted test",
            Self::FewerTests { .. } => "deleted tests",
        }
    }

    /// What it is about.
    pub fn what(&self) -> String {
        match self {
            Self::Dependency { name, file } => format!("{name}  in {file}"),
            Self::Lock(file) | Self::Migration(file) | Self::TestFile(file) => file.clone(),
            Self::FewerTests { fewer, file } => format!("{fewer} fewer in {file}"),
        }
    }

    /// Its file.
    pub fn file(&self) -> &str {
        match self {
            Self::Dependency { file, .. }
            | Self::FewerTests { file, .. }
            | Self::Lock(file)
            | Self::Migration(file)
            | Self::TestFile(file) => file,
        }
    }
}

/// What changed in one directory itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Its path; empty: the root.
    pub path: String,
    /// How many files.
    pub files: usize,
    /// Lines added, of files that have lines.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
}

impl Change {
    /// Reads what differs between two commits without what lies below `harness`.
    fn read(git: &Git, base: &Oid, head: &Oid, harness: &str) -> Result<Self, String> {
        let told = |e: crate::git::GitError| e.to_string();
        let below = format!("{harness}/");
        let mut files = git.diff(base, head).map_err(told)?;
        files.retain(|f| !f.path.starts_with(&below));
        let patch = git.diff_text(base, head, harness, MAX_PATCH);
        let mut notices = Vec::new();
        for file in &files {
            notices.extend(by_path(file));
            notices.extend(dependencies::added(git, base, head, file));
        }
        if let Ok(patch) = &patch {
            notices.extend(tests_gone::of(patch));
        }
        notices.sort();
        notices.dedup();
        Ok(Self {
            base: base.clone(),
            head: head.clone(),
            files,
            notices,
            too_large: patch.is_err(),
        })
    }

    /// The change by directory, the one with the most lines first.
    pub fn directories(&self) -> Vec<Directory> {
        let mut found: BTreeMap<&str, Directory> = BTreeMap::new();
        for file in &self.files {
            let path = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            let entry = found.entry(path).or_insert_with(|| Directory {
                path: path.to_owned(),
                files: 0,
                added: 0,
                removed: 0,
            });
            entry.files += 1;
            entry.added += file.added.unwrap_or(0);
            entry.removed += file.removed.unwrap_or(0);
        }
        let mut all: Vec<Directory> = found.into_values().collect();
        all.sort_by_key(|d| std::cmp::Reverse(d.added + d.removed));
        all
    }

    /// Lines added and removed, of files that have lines.
    pub fn lines(&self) -> (u64, u64) {
        let sum = |of: fn(&DiffEntry) -> Option<u64>| self.files.iter().filter_map(of).sum();
        (sum(|f| f.added), sum(|f| f.removed))
    }
}

/// What a path alone tells.
fn by_path(file: &DiffEntry) -> Option<Notice> {
    let path = &file.path;
    if file.how == How::Deleted {
        return tests_gone::is_test(path).then(|| Notice::TestFile(path.clone()));
    }
    if dependencies::is_lock(path) {
        return Some(Notice::Lock(path.clone()));
    }
    is_migration(path).then(|| Notice::Migration(path.clone()))
}

fn is_migration(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    parts
        .iter()
        .any(|p| ["migrations", "migrate", "migration"].contains(p))
        || path.contains("alembic/versions/")
        || (name.starts_with('V') && name.contains("__") && dependencies::ends_in(name, "sql"))
}

/// Changes that were read; between two commits nothing ever differs otherwise.
#[derive(Debug, Default)]
pub struct Changes {
    kept: Vec<(Oid, Oid, Arc<Change>)>,
}

impl Changes {
    /// The change of a run so far.
    pub fn of(&mut self, view: &RunView) -> Result<Arc<Change>, String> {
        let (Some(base), Some(head)) = (&view.run.base, &view.run.head) else {
            return Err("the run has no branch yet".to_owned());
        };
        let kept = self.kept.iter().find(|(b, h, _)| b == base && h == head);
        if let Some((_, _, change)) = kept {
            return Ok(change.clone());
        }
        let git = Git::new(dir(view));
        let change = Change::read(&git, base, head, view.order.harness.as_str())?;
        let change = Arc::new(change);
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push((base.clone(), head.clone(), change.clone()));
        Ok(change)
    }
}

/// Where git is asked about a run: its tree, or the checkout once that is gone.
pub fn dir(view: &RunView) -> PathBuf {
    if view.order.tree.exists() {
        view.order.tree.clone()
    } else {
        view.order.home.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    #[test]
    fn what_must_not_be_overlooked_is_called_out() {
        let (_dir, git) = repository();
        put(git.dir(), "package.json", r#"{"dependencies":{"a":"1"}}"#);
        put(git.dir(), "tests/old_test.rs", "#[test]\nfn a() {}\n");
        put(
            git.dir(),
            "src/x.rs",
            "#[test]\nfn a() {}\n#[test]\nfn b() {}\n",
        );
        let base = commit_all(&git, "before");
        put(
            git.dir(),
            "package.json",
            r#"{"dependencies":{"a":"1","left":"2"}}"#,
        );
        put(git.dir(), "package-lock.json", "{}");
        put(git.dir(), "db/migrations/1.sql", "create");
        put(git.dir(), "src/x.rs", "#[test]\nfn a() {}\n");
        put(git.dir(), "harness/artifacts/x.md", "not counted\n");
        std::fs::remove_file(git.dir().join("tests/old_test.rs")).unwrap();
        let head = commit_all(&git, "after");
        let change = Change::read(&git, &base, &head, "harness").unwrap();
        let told: Vec<String> = change
            .notices
            .iter()
            .map(|n| format!("{}: {}", n.word(), n.what()))
            .collect();
        assert_eq!(
            told,
            [
                "new dependency: left  in package.json",
                "lock file changed: package-lock.json",
                "migration: db/migrations/1.sql",
                "deleted test: tests/old_test.rs",
                "deleted tests: 1 fewer in src/x.rs",
            ]
        );
        let directories: Vec<(String, usize)> = change
            .directories()
            .into_iter()
            .map(|d| (d.path, d.files))
            .collect();
        assert_eq!(directories.len(), 4);
        assert!(directories.contains(&(String::new(), 2)), "{directories:?}");
        assert!(change.files.iter().all(|f| !f.path.starts_with("harness/")));
    }

    #[test]
    fn migrations_are_known_by_their_place() {
        for path in [
            "db/migrate/1.rb",
            "app/migrations/0001_x.py",
            "sql/V2__a.sql",
        ] {
            assert!(is_migration(path), "{path}");
        }
        assert!(!is_migration("src/migrations.rs") && !is_migration("docs/Very__good.md"));
    }
}
