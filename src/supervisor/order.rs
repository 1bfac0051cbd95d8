//! The order a run was started with: `run.json` in its engine folder, created once.

use crate::engine::Person;
use crate::git::Git;
use crate::store::fs::Fs;
use crate::store::roots::Roots;
use crate::terms::{ItemId, Oid, RepoPath, RunId, StageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Largest `run.json` that is read.
const MAX_ORDER_BYTES: u64 = 1024 * 1024;

/// What a run is and where its files are. Nothing of it changes while the run lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// The format of this file: 1.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// The checkout it was started from.
    pub home: PathBuf,
    /// The harness folder, relative to the checkout.
    pub harness: RepoPath,
    /// What stands for the checkout where a path of the harness folder is meant, if its person keeps
    /// it out of the repository; `None`: it lies in the checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<PathBuf>,
    /// The run's tree.
    pub tree: PathBuf,
    /// The run's branch, short name; a full ref where it is no branch: in place, and where the
    /// harness is private.
    pub branch: String,
    /// The commit it starts from.
    pub base: Oid,
    /// The checkout's commit, where `base` is a commit upon it that holds what was not committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_on: Option<Oid>,
    /// The commit that `base` puts the private harness upon; `None`: the harness is not private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_on: Option<Oid>,
    /// The branch that was checked out, short name; `None`: detached.
    pub base_branch: Option<String>,
    /// The backlog item of its task.
    pub item: Option<ItemId>,
    /// The stages that were chosen; empty: all.
    pub chosen: Vec<StageId>,
    /// When it was ordered.
    pub created: Timestamp,
    /// Who ordered it.
    pub by: Person,
    /// Where its attempts are to be recorded.
    pub record: Option<PathBuf>,
    /// Whether raw output is kept unredacted, by explicit order.
    pub keep_raw: bool,
    /// The backlog's file, where the settings name one; `None`: in its usual places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<RepoPath>,
    /// The words for the backlog item's status at start, completion and landing.
    pub statuses: Statuses,
    /// It works in the checkout itself; `None`: in a tree of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place: Option<InPlace>,
    /// Whether the machine is kept from sleeping while an agent works.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awake: bool,
}

/// What a run that works in the checkout itself needs to know. Its `tree` is its home, and its
/// `branch` a ref of its own that is no branch: `refs/harness/RUN/head`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InPlace {
    /// The folder that the clean copies are made in.
    pub trees: PathBuf,
    /// The commit that the checkout was at; `None`: none yet.
    pub head: Option<Oid>,
    /// What lay uncommitted in the checkout, as the first checkpoint has it.
    pub found: Vec<String>,
    /// The engine's own repository, where the folder is in none of the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<PathBuf>,
}

/// What a backlog item's status is set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statuses {
    /// When a run of its task starts.
    pub started: String,
    /// When it completes.
    pub completed: String,
    /// When it is landed.
    pub landed: String,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            started: "In Progress".to_owned(),
            completed: "In Review".to_owned(),
            landed: "Done".to_owned(),
        }
    }
}

/// Why a run's order can't be read.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The file can't be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is not an order.
    #[error("{} is not a run's order: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl RunOrder {
    /// Reads `run.json`.
    pub fn read(fs: &dyn Fs, path: &Path) -> Result<Self, OrderError> {
        let bytes = fs
            .read(path, MAX_ORDER_BYTES)
            .map_err(|source| OrderError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        serde_json::from_slice(&bytes).map_err(|source| OrderError::Malformed {
            path: path.to_owned(),
            source,
        })
    }

    /// The tree that checks run in.
    pub fn check_tree(&self) -> PathBuf {
        beside(&self.own_tree(), "check")
    }

    /// Where the run's tree is, or would be if it had one of its own.
    fn own_tree(&self) -> PathBuf {
        let in_place = self.in_place.as_ref();
        in_place.map_or_else(|| self.tree.clone(), |p| p.trees.join(self.run.as_str()))
    }

    /// The tree that the checks of a stage run in that runs beside another.
    pub fn check_tree_beside(&self, stage: &StageId) -> PathBuf {
        beside(&self.tree_beside(stage), "check")
    }

    /// The tree of a stage that runs beside another.
    pub fn tree_beside(&self, stage: &StageId) -> PathBuf {
        match stage.as_str() {
            // That is where checks run.
            "check" => beside(&self.own_tree(), "check+stage"),
            stage => beside(&self.own_tree(), stage),
        }
    }

    /// The checkout's commit that it was started on.
    pub fn started_on(&self) -> &Oid {
        self.taken_on.as_ref().unwrap_or(self.base_of_code())
    }

    /// The commit that it starts from, but for a private harness: what people have of it.
    pub fn base_of_code(&self) -> &Oid {
        self.private_on.as_ref().unwrap_or(&self.base)
    }

    /// The ref that holds what was handed on: the run's branch as a full ref or, in place, a ref of
    /// its own.
    pub fn branch_ref(&self) -> String {
        if self.is_on_no_branch() {
            return self.branch.clone();
        }
        format!("refs/heads/{}", self.branch)
    }

    /// Whether what is handed on is kept by a ref that is no branch: in place, so that nothing of the
    /// person's moves; with a private harness, so that no push takes it along.
    pub fn is_on_no_branch(&self) -> bool {
        self.in_place.is_some() || self.private.is_some()
    }

    /// The branch that its tree stands on, short name; `None`: it stands on none.
    pub fn checked_out(&self) -> Option<&str> {
        (!self.is_on_no_branch()).then_some(self.branch.as_str())
    }

    /// Where the paths of its project lie on this machine.
    pub fn roots(&self) -> Roots<'_> {
        Roots {
            home: &self.home,
            harness: &self.harness,
            private: self.private.as_deref(),
        }
    }

    /// Where a path of its project lies on this machine, outside of the run's tree.
    pub fn file(&self, path: &RepoPath) -> PathBuf {
        self.roots().file(path)
    }

    /// The ref of a run that has no branch.
    pub fn place_ref(run: &RunId) -> String {
        format!("refs/harness/{run}/head")
    }

    /// The engine's own repository, where the checkout is in none of the person's.
    pub fn own_repository(&self) -> Option<&Path> {
        self.in_place.as_ref()?.repository.as_deref()
    }

    /// Git in the checkout the run was started from.
    pub fn git(&self) -> Git {
        Git::in_checkout(&self.home, self.own_repository())
    }

    /// How a person calls git there.
    pub fn git_words(&self) -> String {
        let home = self.home.display();
        match self.own_repository() {
            Some(own) => format!("git --git-dir {} --work-tree {home}", own.display()),
            None => format!("git -C {home}"),
        }
    }
}

/// `…/RUN-x` -> `…/RUN-x+check`; `+` stands in no run id.
fn beside(tree: &Path, what: &str) -> PathBuf {
    let mut name = tree.file_name().unwrap_or_default().to_os_string();
    name.push("+");
    name.push(what);
    tree.with_file_name(name)
}

#[cfg(test)]
pub(crate) mod testing {
    //! An order of a run, for tests.
    use super::*;

    /// Of a run whose tree is this folder.
    pub(crate) fn order(tree: &Path) -> RunOrder {
        RunOrder {
            format: 1,
            run: RunId::new("RUN-2026-01-02-T001").unwrap(),
            home: tree.to_owned(),
            harness: RepoPath::new("harness").unwrap(),
            private: None,
            tree: tree.to_owned(),
            branch: "harness/x".to_owned(),
            base: Oid::new("a".repeat(40)).unwrap(),
            base_branch: None,
            taken_on: None,
            private_on: None,
            item: None,
            chosen: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            by: Person {
                name: "Ada".to_owned(),
                terminal: None,
                pid: 1,
            },
            record: None,
            keep_raw: false,
            backlog: None,
            statuses: Statuses::default(),
            in_place: None,
            awake: false,
        }
    }

    #[test]
    fn a_run_in_place_has_a_ref_that_is_no_branch_and_copies_outside_of_the_checkout() {
        let mut order = order(Path::new("/home/ada/repo"));
        assert_eq!(order.branch_ref(), "refs/heads/harness/x");
        order.branch = RunOrder::place_ref(&order.run);
        order.in_place = Some(InPlace {
            trees: PathBuf::from("/trees"),
            head: None,
            found: Vec::new(),
            repository: None,
        });
        assert_eq!(order.branch_ref(), "refs/harness/RUN-2026-01-02-T001/head");
        assert_eq!(
            order.check_tree(),
            Path::new("/trees/RUN-2026-01-02-T001+check")
        );
    }
}
