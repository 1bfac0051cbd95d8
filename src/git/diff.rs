//! Differences between trees, and merges that touch no working tree.

use super::index::strings;
use super::status::{oid, unexpected};
use super::{Call, Git, GitError, path_from};
use crate::terms::Oid;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffEntry {
    /// The path as git knows it, for people and for globs: what is not UTF-8 in it is replaced.
    pub path: String,
    /// The same path as it is, byte for byte.
    pub name: PathBuf,
    /// How it differs.
    pub how: How,
    /// The mode before, octal digits; `000000` where there was none.
    pub old_mode: String,
    /// The mode after.
    pub new_mode: String,
    /// The object after; all zeros where there is none.
    pub new_object: Oid,
    /// Lines added; `None` for a binary file.
    pub added: Option<u64>,
    /// Lines removed; `None` for a binary file.
    pub removed: Option<u64>,
}

impl DiffEntry {
    /// Whether it is, or was, a repository inside the repository.
    pub fn is_gitlink(&self) -> bool {
        self.new_mode == "160000" || self.old_mode == "160000"
    }
}

/// How a path differs. Renames are told as a deletion and an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is new.
    Added,
    /// Its content, mode or type changed.
    Modified,
    /// It is gone.
    Deleted,
}

/// What merging two commits would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeTree {
    /// The merged tree; with conflict markers where there are conflicts.
    pub tree: Oid,
    /// The paths in conflict.
    pub conflicts: Vec<String>,
}

impl Git {
    /// What differs between two trees or commits, with line counts; without them where a partial
    /// clone lacks what they would be counted in.
    pub fn diff(&self, from: &Oid, to: &Oid) -> Result<Vec<DiffEntry>, GitError> {
        counted(|counts| {
            self.call(["diff-tree", "-r", "--raw", "-z"])
                .args(counts)
                .args(["--no-renames", "--no-ext-diff", "--no-textconv"])
                .args([from.as_str(), to.as_str(), "--"])
        })
    }

    /// The difference of two trees or commits at these paths (none: everywhere) as a patch that
    /// `git apply --binary` takes, at most `limit` bytes of it. Where a partial clone lacks what
    /// stood there before, the files of `to` that differ are in it whole.
    pub fn patch(
        &self,
        from: &Oid,
        to: &Oid,
        paths: &[PathBuf],
        limit: usize,
    ) -> Result<Vec<u8>, GitError> {
        match self.patch_of(from, to, paths, limit) {
            Err(GitError::Lacking { .. }) => {}
            other => return other,
        }
        let differing = self.diff(from, to)?.into_iter();
        let there: Vec<PathBuf> = differing
            .filter(|e| e.how != How::Deleted)
            .map(|e| e.name)
            .filter(|name| paths.is_empty() || paths.contains(name))
            .collect();
        if there.is_empty() {
            return Ok(Vec::new());
        }
        let nothing = oid(&self.call(["mktree"]).stdin("").text()?, "mktree")?;
        self.patch_of(&nothing, to, &there, limit)
    }

    /// The difference of two trees or commits, all of it or an error: what is not here or is more
    /// than `limit` bytes.
    pub fn whole_patch(&self, from: &Oid, to: &Oid, limit: usize) -> Result<Vec<u8>, GitError> {
        self.patch_of(from, to, &[], limit)
    }

    fn patch_of(
        &self,
        from: &Oid,
        to: &Oid,
        paths: &[PathBuf],
        limit: usize,
    ) -> Result<Vec<u8>, GitError> {
        let all: &[&[PathBuf]] = &[&[]];
        let groups: Vec<&[PathBuf]> = if paths.is_empty() {
            all.to_vec()
        } else {
            paths.chunks(500).collect()
        };
        let mut patch = Vec::new();
        for group in groups {
            let part = self
                .call(["diff-tree", "-r", "-p", "--binary", "--full-index"])
                .args(["--no-renames", "--no-ext-diff", "--no-textconv"])
                .args(["--no-color", from.as_str(), to.as_str(), "--"])
                .args(group)
                .env("GIT_NO_LAZY_FETCH", "1")
                .limit(limit.saturating_sub(patch.len()))
                .run()?;
            patch.extend(part);
        }
        Ok(patch)
    }

    /// The difference of two trees or commits for people, without what lies below `without`, at
    /// most `limit` bytes of it.
    pub fn diff_text(
        &self,
        from: &Oid,
        to: &Oid,
        without: &str,
        limit: usize,
    ) -> Result<String, GitError> {
        let bytes = self
            .call(["diff-tree", "-r", "-p", "-M"])
            .args(["--no-ext-diff", "--no-textconv", "--no-color"])
            .args([from.as_str(), to.as_str(), "--", "."])
            .arg(format!(":(exclude,top,literal){without}"))
            .env("GIT_LITERAL_PATHSPECS", "0")
            .limit(limit)
            .run()?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Where files of one tree or commit are in another under a name of their own, by git's own
    /// likeness: the old name, and the new one. A partial clone that lacks what they would be compared
    /// by knows of none but those that are the same.
    pub fn renamed(&self, from: &Oid, to: &Oid) -> Result<BTreeMap<String, String>, GitError> {
        let told = |alike: &str| {
            self.call(["diff-tree", "-r", "-z", "--name-status", "--diff-filter=R"])
                .args([alike, "--no-ext-diff", "--no-textconv"])
                .args([from.as_str(), to.as_str(), "--"])
                .env("GIT_NO_LAZY_FETCH", "1")
                .run()
        };
        let bytes = match told("-M") {
            Err(GitError::Lacking { .. }) => told("-M100%")?,
            other => other?,
        };
        let fields = strings(&bytes);
        let renames = fields.chunks_exact(3);
        Ok(renames.map(|r| (r[1].clone(), r[2].clone())).collect())
    }

    /// The difference of two trees or commits at one path for people, at most `limit` bytes of it.
    pub fn diff_text_of(
        &self,
        from: &Oid,
        to: &Oid,
        path: &str,
        limit: usize,
    ) -> Result<String, GitError> {
        let bytes = self
            .call(["diff-tree", "-r", "-p", "--no-renames"])
            .args(["--no-ext-diff", "--no-textconv", "--no-color"])
            .args([from.as_str(), to.as_str(), "--", path])
            .limit(limit)
            .run()?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Merges two commits over their base, touching nothing but the object store.
    pub fn merge_tree(&self, base: &Oid, ours: &Oid, theirs: &Oid) -> Result<MergeTree, GitError> {
        let args = "merge-tree --write-tree";
        let output = self
            .call(["merge-tree", "--write-tree", "-z", "--name-only"])
            .args(["--no-messages", "--merge-base"])
            .args([base.as_str(), ours.as_str(), theirs.as_str()])
            .output()?;
        if !matches!(output.code, Some(0 | 1)) {
            return Err(GitError::Failed {
                args: args.to_owned(),
                code: output.code,
                stderr: output.stderr,
            });
        }
        let mut fields = strings(&output.stdout).into_iter();
        let tree = oid(&fields.next().unwrap_or_default(), args)?;
        Ok(MergeTree {
            tree,
            conflicts: fields.collect(),
        })
    }
}

/// Makes a call with line counts, and without them where a partial clone lacks what they would be
/// counted in.
pub(super) fn counted<'g>(call: impl Fn(&[&str]) -> Call<'g>) -> Result<Vec<DiffEntry>, GitError> {
    let whole = call(&["--numstat"]).env("GIT_NO_LAZY_FETCH", "1").run();
    let bytes = match whole {
        Err(GitError::Lacking { .. }) => call(&[]).run()?,
        other => other?,
    };
    read_raw(&bytes)
}

/// Reads `--raw --numstat -z`: all raw records, then all counts.
pub(super) fn read_raw(bytes: &[u8]) -> Result<Vec<DiffEntry>, GitError> {
    let wrong = |what: &[u8]| unexpected("diff --raw", &String::from_utf8_lossy(what));
    let mut entries: Vec<DiffEntry> = Vec::new();
    let mut counts = std::collections::HashMap::new();
    let mut fields = bytes.split(|b| *b == 0).filter(|f| !f.is_empty());
    while let Some(field) = fields.next() {
        if let Some(head) = field.strip_prefix(b":") {
            let head = String::from_utf8_lossy(head);
            let parts: Vec<&str> = head.split(' ').collect();
            let ([old_mode, new_mode, _, new_object, letter], Some(path)) =
                (parts.as_slice(), fields.next())
            else {
                return Err(wrong(field));
            };
            entries.push(DiffEntry {
                path: path_from(path).to_string_lossy().into_owned(),
                name: path_from(path),
                how: match letter.as_bytes().first() {
                    Some(b'A') => How::Added,
                    Some(b'D') => How::Deleted,
                    _ => How::Modified,
                },
                old_mode: (*old_mode).to_owned(),
                new_mode: (*new_mode).to_owned(),
                new_object: oid(new_object, "diff --raw")?,
                added: None,
                removed: None,
            });
        } else {
            let mut parts = field.splitn(3, |b| *b == b'\t');
            let (Some(added), Some(removed), Some(path)) =
                (parts.next(), parts.next(), parts.next())
            else {
                return Err(wrong(field));
            };
            counts.insert(
                path_from(path).to_string_lossy().into_owned(),
                (number(added), number(removed)),
            );
        }
    }
    for entry in &mut entries {
        if let Some((added, removed)) = counts.get(&entry.path) {
            (entry.added, entry.removed) = (*added, *removed);
        }
    }
    Ok(entries)
}

/// A count; git prints `-` for binary files.
fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
mod tests {
    use super::super::testing::{commit_all, put, repository};
    use super::*;

    #[test]
    fn binary_files_have_no_line_counts_and_deletions_are_told() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        std::fs::remove_file(git.dir().join("a.txt")).unwrap();
        std::fs::write(git.dir().join("b.bin"), [0, 1, 2]).unwrap();
        let second = commit_all(&git, "second");
        let told: Vec<_> = git
            .diff(&first, &second)
            .unwrap()
            .into_iter()
            .map(|c| (c.path, c.how, c.added))
            .collect();
        assert_eq!(
            told,
            [
                ("a.txt".to_owned(), How::Deleted, Some(0)),
                ("b.bin".to_owned(), How::Added, None)
            ]
        );
    }

    #[test]
    fn a_file_is_followed_to_its_new_name_where_it_is_alike() {
        let (_dir, git) = repository();
        put(git.dir(), "old name.txt", "one\ntwo\nthree\nfour\nfive\n");
        put(git.dir(), "gone.txt", "nothing like it\n");
        let first = commit_all(&git, "first");
        std::fs::remove_file(git.dir().join("old name.txt")).unwrap();
        std::fs::remove_file(git.dir().join("gone.txt")).unwrap();
        put(git.dir(), "in/new é.txt", "one\ntwo\nthree\nfour\nsix\n");
        let second = commit_all(&git, "second");
        let renamed = git.renamed(&first, &second).unwrap();
        let expected = ("old name.txt".to_owned(), "in/new é.txt".to_owned());
        assert_eq!(renamed.into_iter().collect::<Vec<_>>(), [expected]);
        assert!(git.renamed(&first, &first).unwrap().is_empty());
    }

    #[test]
    fn a_patch_can_be_applied_and_is_bounded() {
        let (dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        std::fs::write(git.dir().join("b.bin"), [0, 1, 2]).unwrap();
        put(git.dir(), "c.txt", "c\n");
        let second = commit_all(&git, "second");
        let patch = git
            .patch(&first, &second, &["b.bin".into()], 10_000)
            .unwrap();
        git.call(["reset", "-q", "--hard", first.as_str()])
            .run()
            .unwrap();
        let file = dir.path().join(".git/p");
        std::fs::write(&file, patch).unwrap();
        git.call(["apply", "--binary"]).arg(&file).run().unwrap();
        assert_eq!(std::fs::read(git.dir().join("b.bin")).unwrap(), [0, 1, 2]);
        assert!(!git.dir().join("c.txt").exists());
        assert!(git.patch(&first, &second, &[], 10).is_err());
    }

    #[test]
    fn a_diff_for_people_leaves_a_folder_out() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        put(git.dir(), "harness/x.md", "hidden\n");
        put(git.dir(), "src/x.rs", "shown\n");
        let second = commit_all(&git, "second");
        let text = git.diff_text(&first, &second, "harness", 10_000).unwrap();
        assert!(
            text.contains("+shown") && !text.contains("hidden"),
            "{text}"
        );
    }

    #[test]
    fn a_merge_tells_its_conflicts_and_touches_nothing() {
        let (_dir, git) = repository();
        let base = git.resolve("HEAD").unwrap();
        put(git.dir(), "a.txt", "ours\n");
        let ours = commit_all(&git, "ours");
        git.call(["reset", "-q", "--hard", base.as_str()])
            .run()
            .unwrap();
        put(git.dir(), "b.txt", "b\n");
        let apart = commit_all(&git, "apart");
        put(git.dir(), "a.txt", "theirs\n");
        let theirs = commit_all(&git, "theirs");
        let clean = git.merge_tree(&base, &ours, &apart).unwrap();
        assert!(clean.conflicts.is_empty());
        let clash = git.merge_tree(&base, &ours, &theirs).unwrap();
        assert_eq!(clash.conflicts, ["a.txt"]);
        assert!(git.status().unwrap().is_clean());
    }
}
