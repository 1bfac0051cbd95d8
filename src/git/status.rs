//! Where a working tree stands: its head, how clean it is, how far from its upstream.

use super::{Git, GitError};
use crate::terms::Oid;

/// Settings that name a program which git runs on the files it compares.
const FILTERS: &str = r"^filter\..*\.(clean|process)$";

/// Where HEAD is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, as a full ref; `None`: detached.
    pub branch: Option<String>,
    /// The commit; `None`: no commit yet.
    pub commit: Option<Oid>,
}

/// How many paths differ from HEAD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Status {
    /// Changes in the index.
    pub staged: usize,
    /// Changes in the working tree that are not in the index.
    pub unstaged: usize,
    /// Files git does not know and does not ignore.
    pub untracked: usize,
    /// Unmerged paths.
    pub conflicted: usize,
    /// All of them: a path that is staged and changed again counts once.
    pub paths: usize,
}

impl Status {
    /// Whether nothing differs.
    pub fn is_clean(self) -> bool {
        self == Self::default()
    }
}

/// How a branch stands to its upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The upstream for people: `origin/main`.
    pub name: String,
    /// Commits that the upstream has not.
    pub ahead: u64,
    /// Commits that only the upstream has.
    pub behind: u64,
}

impl Git {
    /// Where HEAD is.
    pub fn head(&self) -> Result<Head, GitError> {
        let both = self
            .call(["rev-parse", "-q", "HEAD^{commit}"])
            .args(["--symbolic-full-name", "HEAD", "--"])
            .output()?;
        if both.code == Some(0)
            && let Some(head) = read_head(&String::from_utf8_lossy(&both.stdout))
        {
            return Ok(head);
        }
        // No commit yet, or a name that can be read in two ways: one question at a time.
        let branch = self.call(["symbolic-ref", "-q", "HEAD"]).output()?;
        let commit = self
            .call(["rev-parse", "-q", "--verify", "HEAD^{commit}"])
            .output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Ok(Head {
            branch: (branch.code == Some(0)).then(|| text(&branch.stdout)),
            commit: (commit.code == Some(0))
                .then(|| Oid::new(text(&commit.stdout)).ok())
                .flatten(),
        })
    }

    /// The object id of a revision.
    pub fn resolve(&self, revision: &str) -> Result<Oid, GitError> {
        let call = self.call(["rev-parse", "--verify", "--end-of-options", revision]);
        oid(&call.text()?, "rev-parse")
    }

    /// How many paths of the working tree differ from HEAD, by kind.
    pub fn status(&self) -> Result<Status, GitError> {
        self.status_without(&[], &[])
    }

    /// The same without these paths, relative to the tree's root, and what is below them, and
    /// without what matches these patterns of the same kind.
    pub fn status_without(
        &self,
        left_out: &[String],
        patterns: &[String],
    ) -> Result<Status, GitError> {
        let leave = |path: &String| format!(":(top,exclude,literal){path}");
        let leave_all = |pattern: &String| format!(":(top,exclude,glob){pattern}");
        // A submodule has a configuration of its own, and git would look into it.
        let submodules = if self.careful { "dirty" } else { "none" };
        let bytes = self
            .call(["status", "--porcelain=v2", "-z", "--untracked-files=all"])
            .arg(format!("--ignore-submodules={submodules}"))
            .args(["--", ":(top)"])
            .settings(&self.without_filters()?)
            .args(left_out.iter().map(leave))
            .args(patterns.iter().map(leave_all))
            .env("GIT_LITERAL_PATHSPECS", "0")
            .run()?;
        let mut status = Status::default();
        let mut records = bytes.split(|b| *b == 0);
        while let Some(record) = records.next() {
            status.paths += usize::from(matches!(record, [b'1' | b'2' | b'u' | b'?', ..]));
            match record {
                [b'1' | b'2', b' ', x, y, ..] => {
                    status.staged += usize::from(*x != b'.');
                    status.unstaged += usize::from(*y != b'.');
                    if record[0] == b'2' {
                        // A rename's old path is a record of its own.
                        records.next();
                    }
                }
                [b'u', ..] => status.conflicted += 1,
                [b'?', ..] => status.untracked += 1,
                _ => {}
            }
        }
        Ok(status)
    }

    /// The paths of the working tree that differ from HEAD or that git does not know and does not
    /// ignore, without these and what is below them. Both paths of a rename.
    pub fn dirty(&self, left_out: &[String]) -> Result<Vec<String>, GitError> {
        let bytes = self
            .call(["status", "--porcelain=v1", "-z", "--no-renames"])
            .args(["--untracked-files=all", "--ignore-submodules=none"])
            .args(["--", ":(top)"])
            .args(
                left_out
                    .iter()
                    .map(|path| format!(":(top,exclude,literal){path}")),
            )
            .env("GIT_LITERAL_PATHSPECS", "0")
            .run()?;
        let records = super::index::strings(&bytes);
        Ok(records
            .iter()
            .filter_map(|record| Some(record.get(3..)?.to_owned()))
            .collect())
    }

    /// Where nobody trusts the repository yet: settings that switch off every filter which it names
    /// itself. Those of the person's own settings stay.
    fn without_filters(&self) -> Result<Vec<(String, &'static str)>, GitError> {
        if !self.careful {
            return Ok(Vec::new());
        }
        let named = self
            .call(["config", "--show-scope", "-z", "--name-only"])
            .args(["--get-regexp", FILTERS])
            .output()?;
        let words = String::from_utf8_lossy(&named.stdout).into_owned();
        let mut words = words.split('\0');
        let mut settings = Vec::new();
        while let (Some(scope), Some(key)) = (words.next(), words.next()) {
            let Some((filter, _)) = key.rsplit_once('.') else {
                continue;
            };
            if matches!(scope, "local" | "worktree") {
                let off = [("clean", ""), ("process", ""), ("required", "false")];
                settings.extend(off.map(|(end, value)| (format!("{filter}.{end}"), value)));
            }
        }
        Ok(settings)
    }

    /// How the current branch stands to its upstream; `None` where it has none.
    pub fn upstream(&self) -> Result<Option<Upstream>, GitError> {
        let name = self
            .call([
                "rev-parse",
                "-q",
                "--verify",
                "--abbrev-ref",
                "--symbolic-full-name",
                "@{upstream}",
            ])
            .output()?;
        if name.code != Some(0) {
            return Ok(None);
        }
        let counts = self
            .call(["rev-list", "--left-right", "--count", "HEAD...@{upstream}"])
            .text()?;
        let mut numbers = counts.split_whitespace().map(str::parse);
        let (Some(Ok(ahead)), Some(Ok(behind))) = (numbers.next(), numbers.next()) else {
            return Err(unexpected("rev-list --left-right --count", &counts));
        };
        Ok(Some(Upstream {
            name: String::from_utf8_lossy(&name.stdout).trim().to_owned(),
            ahead,
            behind,
        }))
    }
}

/// A commit and, on the next line, the ref that HEAD stands for: itself where it is detached.
pub(super) fn read_head(text: &str) -> Option<Head> {
    let mut lines = text.lines();
    let commit = Oid::new(lines.next()?).ok()?;
    let name = lines.next()?;
    Some(Head {
        branch: name.starts_with("refs/").then(|| name.to_owned()),
        commit: Some(commit),
    })
    .filter(|head| head.branch.is_some() || name == "HEAD")
}

/// Reads an object id that git printed.
pub(super) fn oid(text: &str, args: &str) -> Result<Oid, GitError> {
    Oid::new(text.trim()).map_err(|what| unexpected(args, &what))
}

pub(super) fn unexpected(args: &str, what: &str) -> GitError {
    GitError::Unexpected {
        args: args.to_owned(),
        what: what.chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit_all, put, repository};
    use super::*;

    #[test]
    fn counts_tell_staged_from_unstaged_from_untracked() {
        let (_dir, git) = repository();
        assert!(git.status().unwrap().is_clean());
        put(git.dir(), "b c.txt", "x\n");
        put(git.dir(), "d.txt", "y\n");
        git.call(["add", "d.txt"]).run().unwrap();
        put(git.dir(), "a.txt", "two\n");
        let expected = Status {
            staged: 1,
            unstaged: 1,
            untracked: 1,
            conflicted: 0,
            paths: 3,
        };
        assert_eq!(git.status().unwrap(), expected);
        put(git.dir(), "d.txt", "z\n");
        let both = git.status().unwrap();
        assert_eq!((both.staged, both.unstaged, both.paths), (1, 2, 3));
        put(git.dir(), "sub/.f.7.1.tmp", "passing\n");
        let without = git.status_without(&["b c.txt".to_owned()], &["sub/**/.*.tmp".to_owned()]);
        assert_eq!(without.unwrap().paths, 2);
        std::fs::remove_file(git.dir().join("sub/.f.7.1.tmp")).unwrap();
        git.call(["mv", "-f", "d.txt", "a.txt"]).run().unwrap();
        assert_eq!(git.status().unwrap().untracked, 1);
    }

    #[test]
    fn a_head_may_be_a_branch_detached_or_unborn() {
        let (_dir, git) = repository();
        let head = git.head().unwrap();
        assert_eq!(head.branch.as_deref(), Some("refs/heads/main"));
        git.call(["checkout", "-q", "--detach"]).run().unwrap();
        assert_eq!(git.head().unwrap().branch, None);
        assert_eq!(git.head().unwrap().commit, head.commit);
        let empty = tempfile::tempdir().unwrap();
        let unborn = Git::new(empty.path());
        unborn.call(["init", "-q"]).run().unwrap();
        assert_eq!(unborn.head().unwrap().commit, None);
    }

    #[test]
    fn ahead_and_behind_are_counted() {
        let (_dir, git) = repository();
        assert_eq!(git.upstream().unwrap(), None);
        git.call(["branch", "there"]).run().unwrap();
        git.call(["branch", "-q", "--set-upstream-to=there"])
            .run()
            .unwrap();
        put(git.dir(), "a.txt", "two\n");
        commit_all(&git, "second");
        let upstream = git.upstream().unwrap().unwrap();
        assert_eq!(
            (upstream.name.as_str(), upstream.ahead, upstream.behind),
            ("there", 1, 0)
        );
    }
}
