//! Commits: made without an index or a hook, found again by their trailers, read.

use super::status::{oid, unexpected};
use super::{Git, GitError};
use crate::terms::Oid;

/// Who a commit is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

impl Identity {
    /// Who commits where git knows nobody.
    pub fn fallback() -> Self {
        Self {
            name: "harness-tui".to_owned(),
            email: "harness-tui@localhost".to_owned(),
        }
    }
}

/// A commit to be made.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// What it holds.
    pub tree: &'a Oid,
    /// What it follows.
    pub parents: &'a [Oid],
    /// Its message without trailers.
    pub message: &'a str,
    /// Its trailers, in order.
    pub trailers: &'a [(&'a str, &'a str)],
    /// Who it is by.
    pub identity: &'a Identity,
    /// When, in seconds since 1970.
    pub seconds: i64,
}

/// A commit as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id.
    pub commit: Oid,
    /// What it holds.
    pub tree: Oid,
    /// When it was committed, in seconds since 1970.
    pub seconds: i64,
    /// The first line of its message.
    pub subject: String,
    /// Its whole message.
    pub message: String,
    /// Its trailers, in order.
    pub trailers: Vec<(String, String)>,
}

impl LogEntry {
    /// The value of its first trailer of this name.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        self.trailers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

impl Git {
    /// Who the user is to git; [`Identity::fallback`] where it does not know.
    pub fn identity(&self) -> Identity {
        let known = self
            .call(["config", "-z", "--get-regexp", r"^user\.(name|email)$"])
            .run()
            .unwrap_or_default();
        let known = String::from_utf8_lossy(&known);
        // Of several values the last one counts.
        let value = |key: &str| {
            known
                .split('\0')
                .filter_map(|entry| entry.split_once('\n'))
                .rfind(|(name, _)| *name == key)
                .map(|(_, value)| value.to_owned())
                .filter(|v| !v.is_empty())
        };
        match (value("user.name"), value("user.email")) {
            (Some(name), Some(email)) => Identity { name, email },
            _ => Identity::fallback(),
        }
    }

    /// Makes a commit object. No branch moves.
    pub fn commit_tree(&self, new: &NewCommit<'_>) -> Result<Oid, GitError> {
        let mut message = new.message.trim_end().to_owned();
        for (n, (name, value)) in new.trailers.iter().enumerate() {
            message.push_str(if n == 0 { "\n\n" } else { "\n" });
            // A trailer is one line; a break inside its value would end it early.
            for part in [*name, ": ", &value.replace(['\n', '\r'], " ")] {
                message.push_str(part);
            }
        }
        message.push('\n');
        let date = format!("@{} +0000", new.seconds);
        let mut call = self.call(["commit-tree", new.tree.as_str()]);
        for parent in new.parents {
            call = call.args(["-p", parent.as_str()]);
        }
        let text = call
            .env("GIT_AUTHOR_NAME", &new.identity.name)
            .env("GIT_AUTHOR_EMAIL", &new.identity.email)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_NAME", &new.identity.name)
            .env("GIT_COMMITTER_EMAIL", &new.identity.email)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(message)
            .text()?;
        oid(&text, "commit-tree")
    }

    /// The tree that a commit holds.
    pub fn tree_of(&self, commit: &Oid) -> Result<Oid, GitError> {
        self.resolve(&format!("{commit}^{{tree}}"))
    }

    /// At most `limit` commits of a range (`main..HEAD`, or one revision), newest first.
    pub fn log(&self, range: &str, limit: usize) -> Result<Vec<LogEntry>, GitError> {
        let bytes = self
            .call(["log", "-z", "--no-show-signature", "--no-color"])
            .arg("--format=%H%x1f%T%x1f%ct%x1f%s%x1f%(trailers:only,unfold)%x1f%B")
            .arg(format!("--max-count={limit}"))
            .args(["--end-of-options", range, "--"])
            .run()?;
        bytes
            .split(|b| *b == 0)
            .filter(|r| !r.is_empty())
            .map(|record| read_entry(&String::from_utf8_lossy(record)))
            .collect()
    }

    /// The newest commit among the last 10,000 of a range whose trailer `name` is `value`.
    pub fn find_by_trailer(
        &self,
        range: &str,
        name: &str,
        value: &str,
    ) -> Result<Option<LogEntry>, GitError> {
        let entries = self.log(range, 10_000)?;
        Ok(entries.into_iter().find(|e| e.trailer(name) == Some(value)))
    }

    /// Whether one commit is the other, or comes before it.
    pub fn is_ancestor(&self, ancestor: &Oid, of: &Oid) -> Result<bool, GitError> {
        self.call([
            "merge-base",
            "--is-ancestor",
            ancestor.as_str(),
            of.as_str(),
        ])
        .ask()
    }

    /// The commit that two have in common; `None`: they have none.
    pub fn merge_base(&self, one: &Oid, other: &Oid) -> Result<Option<Oid>, GitError> {
        let output = self
            .call(["merge-base", one.as_str(), other.as_str()])
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        match (output.code, text.lines().next()) {
            (Some(0), Some(line)) => oid(line, "merge-base").map(Some),
            (Some(1), _) => Ok(None),
            _ => Err(GitError::Failed {
                args: "merge-base".to_owned(),
                code: output.code,
                stderr: output.stderr,
            }),
        }
    }

    /// The bytes of a file as a commit or tree holds it; `None` where it holds no such file.
    pub fn file_at(&self, revision: &Oid, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let listing = self
            .call([
                "ls-tree",
                "-z",
                "--full-tree",
                revision.as_str(),
                "--",
                path,
            ])
            .text()?;
        let Some(head) = listing.split('\t').next().filter(|h| !h.is_empty()) else {
            return Ok(None);
        };
        let mut words = head.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some("blob"), Some(object)) => {
                self.call(["cat-file", "blob", object]).run().map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn read_entry(record: &str) -> Result<LogEntry, GitError> {
    let fields: Vec<&str> = record
        .trim_start_matches('\n')
        .splitn(6, '\u{1f}')
        .collect();
    let [commit, tree, seconds, subject, trailers, message] = fields.as_slice() else {
        return Err(unexpected("log", record));
    };
    Ok(LogEntry {
        commit: oid(commit, "log")?,
        tree: oid(tree, "log")?,
        seconds: seconds.parse().map_err(|_| unexpected("log", seconds))?,
        subject: (*subject).to_owned(),
        message: message.trim_end().to_owned(),
        trailers: trailers
            .lines()
            .filter_map(|l| l.split_once(": "))
            .map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned()))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;

    fn commit(git: &Git, parent: &Oid, attempt: &str, seconds: i64) -> Oid {
        let tree = git.tree_of(parent).unwrap();
        git.commit_tree(&NewCommit {
            tree: &tree,
            parents: std::slice::from_ref(parent),
            message: "Build\n\nWhat it did.\n",
            trailers: &[("Harness-Run", "RUN-1"), ("Harness-Attempt", attempt)],
            identity: &Identity::fallback(),
            seconds,
        })
        .unwrap()
    }

    #[test]
    fn a_commit_is_found_by_its_trailer_and_moves_no_branch() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        let one = commit(&git, &first, "build.1.1\nInjected: x", 1_700_000_000);
        let two = commit(&git, &one, "build.1.2", 1_700_000_001);
        assert_eq!(git.resolve("HEAD").unwrap(), first);
        let found = git
            .find_by_trailer(two.as_str(), "Harness-Attempt", "build.1.2")
            .unwrap()
            .unwrap();
        assert_eq!((found.commit, found.seconds), (two.clone(), 1_700_000_001));
        assert_eq!(found.subject, "Build");
        assert!(found.message.contains("What it did."));
        let log = git.log(&format!("{first}..{two}"), 10).unwrap();
        assert_eq!(log.len(), 2);
        assert_eq!(log[1].trailer("Injected"), None);
        assert!(git.is_ancestor(&first, &two).unwrap());
        assert!(!git.is_ancestor(&two, &first).unwrap());
    }

    #[test]
    fn equal_orders_make_equal_commits() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        assert_eq!(commit(&git, &first, "x", 5), commit(&git, &first, "x", 5));
    }

    #[test]
    fn a_file_is_read_as_a_commit_holds_it() {
        let (_dir, git) = repository();
        let head = git.resolve("HEAD").unwrap();
        assert_eq!(git.file_at(&head, "a.txt").unwrap().unwrap(), b"one\n");
        assert_eq!(git.file_at(&head, "no.txt").unwrap(), None);
        assert_eq!(git.identity().name, "Ada");
    }
}
