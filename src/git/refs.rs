//! Refs: moved only from where they are expected to be, listed, named.

use super::status::oid;
use super::{Git, GitError};
use crate::terms::Oid;

/// Where a ref must be for it to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected<'a> {
    /// It must not exist.
    Absent,
    /// It must be here.
    At(&'a Oid),
}

/// A ref and what it points to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefEntry {
    /// Its full name: `refs/heads/main`.
    pub name: String,
    /// The object.
    pub object: Oid,
}

/// Why a branch can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BranchClash {
    /// Git does not allow the name.
    #[error(
        "'{0}' is not a name that git allows for a branch; choose another pattern in 'branch:'"
    )]
    NotAName(String),
    /// It exists.
    #[error("the branch '{0}' exists already")]
    Exists(String),
    /// A branch stands where a folder would be needed, or the other way round.
    #[error(
        "the branch '{wanted}' can't be made because '{stands}' exists; rename that one, or choose another pattern in 'branch:'"
    )]
    InTheWay {
        /// The branch that is wanted.
        wanted: String,
        /// The branch that excludes it.
        stands: String,
    },
}

impl Git {
    /// Moves a ref to `new`, only if it is where it is expected. `why` stands in its log.
    pub fn update_ref(
        &self,
        name: &str,
        new: &Oid,
        expected: Expected<'_>,
        why: &str,
    ) -> Result<(), GitError> {
        let zeros = "0".repeat(new.as_str().len());
        let old = match expected {
            Expected::Absent => zeros.as_str(),
            Expected::At(old) => old.as_str(),
        };
        self.call(["update-ref", "-m", why, name, new.as_str(), old])
            .run()?;
        Ok(())
    }

    /// Deletes a ref, only if it is where it is expected.
    pub fn delete_ref(&self, name: &str, expected: &Oid) -> Result<(), GitError> {
        self.call(["update-ref", "-d", name, expected.as_str()])
            .run()?;
        Ok(())
    }

    /// Every ref whose name starts with one of these prefixes (none: every ref), sorted.
    pub fn refs(&self, prefixes: &[&str]) -> Result<Vec<RefEntry>, GitError> {
        let text = self
            .call(["for-each-ref", "--format=%(objectname) %(refname)"])
            .args(prefixes)
            .text()?;
        let mut refs = Vec::new();
        for line in text.lines() {
            if let Some((object, name)) = line.split_once(' ') {
                refs.push(RefEntry {
                    name: name.to_owned(),
                    object: oid(object, "for-each-ref")?,
                });
            }
        }
        refs.sort();
        Ok(refs)
    }

    /// Whether a branch of this short name can be made; `Ok(Err(…))` says why not.
    pub fn branch_is_free(&self, name: &str) -> Result<Result<(), BranchClash>, GitError> {
        let full = format!("refs/heads/{name}");
        if name.starts_with('-') || !self.call(["check-ref-format", &full]).ask()? {
            return Ok(Err(BranchClash::NotAName(name.to_owned())));
        }
        for entry in self.refs(&["refs/heads"])? {
            let stands = entry
                .name
                .strip_prefix("refs/heads/")
                .unwrap_or(&entry.name);
            if stands == name {
                return Ok(Err(BranchClash::Exists(name.to_owned())));
            }
            if is_below(name, stands) || is_below(stands, name) {
                return Ok(Err(BranchClash::InTheWay {
                    wanted: name.to_owned(),
                    stands: stands.to_owned(),
                }));
            }
        }
        Ok(Ok(()))
    }
}

fn is_below(name: &str, folder: &str) -> bool {
    name.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit_all, put, repository};
    use super::*;

    #[test]
    fn a_ref_moves_only_from_where_it_is_expected() {
        let (_dir, git) = repository();
        let first = git.resolve("HEAD").unwrap();
        put(git.dir(), "a.txt", "two\n");
        let second = commit_all(&git, "second");
        let name = "refs/harness/RUN-1";
        git.update_ref(name, &first, Expected::Absent, "made")
            .unwrap();
        assert!(
            git.update_ref(name, &second, Expected::Absent, "again")
                .is_err()
        );
        assert!(
            git.update_ref(name, &first, Expected::At(&second), "no")
                .is_err()
        );
        git.update_ref(name, &second, Expected::At(&first), "moved")
            .unwrap();
        let refs = git.refs(&["refs/harness"]).unwrap();
        assert_eq!(
            refs,
            [RefEntry {
                name: name.into(),
                object: second.clone()
            }]
        );
        git.delete_ref(name, &second).unwrap();
        assert!(git.refs(&["refs/harness"]).unwrap().is_empty());
    }

    #[test]
    fn a_branch_in_the_way_is_named() {
        let (_dir, git) = repository();
        assert_eq!(git.branch_is_free("harness/T014-x").unwrap(), Ok(()));
        git.call(["branch", "harness"]).run().unwrap();
        let clash = git.branch_is_free("harness/T014-x").unwrap().unwrap_err();
        assert!(clash.to_string().contains("'harness' exists"), "{clash}");
        git.call(["branch", "deep/er"]).run().unwrap();
        assert!(git.branch_is_free("deep").unwrap().is_err());
        assert_eq!(
            git.branch_is_free("main").unwrap(),
            Err(BranchClash::Exists("main".into()))
        );
        for bad in ["a..b", "-x", "x.lock", "a b", ""] {
            assert!(git.branch_is_free(bad).unwrap().is_err(), "{bad:?}");
        }
    }
}
