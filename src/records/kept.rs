//! What is kept of a run's work, and where. Only what is found there now is named.

use super::runs::RunView;
use crate::engine::Cause;
use crate::engine::plan::Work;
use crate::engine::record::StageRecord;
use crate::git::Git;
use crate::store::fs::{Disk, Fs};
use crate::supervisor::attempts::session_kept;
use crate::supervisor::handoff::kept_ref;
use crate::terms::{AttemptId, Oid, StageState};
use std::fmt;
use std::path::{Path, PathBuf};

/// Most files of one attempt that are named one by one.
const MAX_NAMED: usize = 3;

/// One thing that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// What an attempt changed and was not handed on; in a ref, as a patch, or both.
    Change {
        attempt: AttemptId,
        name: Option<String>,
        patch: Option<PathBuf>,
        /// How many earlier attempts of the stage left one too.
        earlier: usize,
    },
    /// What lay in the tree when an attempt began, and was not the run's.
    Found { attempt: AttemptId, patch: PathBuf },
    /// What was taken back of an attempt.
    TakenBack {
        attempt: AttemptId,
        files: Vec<PathBuf>,
    },
    /// The conversation of a stage's agent.
    Session { id: String, agent: String },
    /// The commit by which a stage's work was handed on.
    Commit { commit: Oid, branch: String },
    /// What passed stages handed on.
    Branch {
        stages: Vec<String>,
        branch: String,
        tip: Oid,
    },
    /// The whole run, where a person took it.
    Landed { into: String, commit: Oid },
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change {
                attempt,
                name,
                patch,
                earlier,
            } => {
                write!(f, "the change of {attempt}")?;
                if let Some(name) = name {
                    write!(f, " in {name}")?;
                }
                if let Some(patch) = patch {
                    let and = if name.is_some() { " and" } else { "" };
                    write!(f, "{and} in {}", patch.display())?;
                }
                match earlier {
                    0 => Ok(()),
                    1 => f.write_str(" (1 earlier attempt left one too)"),
                    n => write!(f, " ({n} earlier attempts left one too)"),
                }
            }
            Self::Found { attempt, patch } => write!(
                f,
                "what lay in the tree before {attempt} in {}",
                patch.display()
            ),
            Self::TakenBack { attempt, files } => {
                write!(f, "what was taken back of {attempt} in ")?;
                let named: Vec<String> = files
                    .iter()
                    .take(MAX_NAMED)
                    .map(|p| p.display().to_string())
                    .collect();
                f.write_str(&named.join(" and in "))?;
                match files.len().saturating_sub(MAX_NAMED) {
                    0 => Ok(()),
                    n => write!(f, " and {n} more beside them"),
                }
            }
            Self::Session { id, agent } => write!(f, "session {id} of {agent}"),
            Self::Commit { commit, branch } => {
                write!(f, "commit {} on branch {branch}", commit.short())
            }
            Self::Branch {
                stages,
                branch,
                tip,
            } => {
                if !stages.is_empty() {
                    write!(f, "the work of {} on ", stages.join(", "))?;
                }
                write!(f, "branch {branch}, commit {}", tip.short())
            }
            Self::Landed { into, commit } => {
                write!(f, "landed on {into} as commit {}", commit.short())
            }
        }
    }
}

/// The line of what is kept. `of_stage`: of the cause's stage alone, not of the run.
pub(super) fn line(view: &RunView, cause: &Cause, of_stage: bool) -> String {
    let look = Look {
        view,
        git: Git::new(&view.order.home),
    };
    let record = cause.stage.as_ref().and_then(|s| view.run.record(s));
    let mut kept = record.map(|r| look.of_stage(r)).unwrap_or_default();
    let asks_only = record.is_some_and(|r| {
        let stage = view.run.plan.stage(&r.id);
        stage.is_some_and(|s| matches!(s.work, Work::Gate))
    });
    if !of_stage || asks_only {
        kept.extend(look.of_run());
    }
    if kept.is_empty() {
        return none(view, record, of_stage);
    }
    let parts: Vec<String> = kept.iter().map(ToString::to_string).collect();
    parts.join("; ")
}

fn none(view: &RunView, record: Option<&StageRecord>, of_stage: bool) -> String {
    let mut records: Vec<&StageRecord> = view.run.stages.iter().collect();
    if of_stage {
        records = record.into_iter().collect();
    }
    let ended = |r: &StageRecord| r.attempts.iter().any(|a| a.result.is_some());
    let told = if records.iter().any(|r| ended(r)) {
        "nothing: no change was left"
    } else {
        "nothing was made"
    };
    told.to_owned()
}

/// Looks at one run.
struct Look<'a> {
    view: &'a RunView,
    git: Git,
}

impl Look<'_> {
    /// What is kept of a stage's own work.
    fn of_stage(&self, record: &StageRecord) -> Vec<Kept> {
        let mut kept = Vec::new();
        let handed_on = self.handed_on(record);
        if handed_on.is_none() {
            kept.extend(self.changes(record));
        }
        kept.extend(self.taken_back(record));
        let stage = self.view.run.plan.stage(&record.id);
        if let Some(stage) = stage.filter(|_| record.state != StageState::Passed)
            && let Some(agent) = record.agent(stage)
            && let Some(id) = session_kept(stage, record)
        {
            let agent = agent.name.clone();
            kept.push(Kept::Session { id, agent });
        }
        kept.extend(handed_on);
        kept
    }

    /// The commit of the stage's last attempt, where it can be reached.
    fn handed_on(&self, record: &StageRecord) -> Option<Kept> {
        let last = record.attempts.last()?;
        let commit = last.result.as_ref()?.commit.clone()?;
        if let Some(tip) = self.tip()
            && (commit == tip || self.git.is_ancestor(&commit, &tip).unwrap_or(false))
        {
            let branch = self.view.order.branch.clone();
            return Some(Kept::Commit { commit, branch });
        }
        self.landed()
    }

    /// What was left and not handed on, the latest of it by name; and what attempts found in the
    /// tree that was nobody's hand-off.
    fn changes(&self, record: &StageRecord) -> Vec<Kept> {
        let mut latest = None;
        let mut earlier = 0;
        let mut found = Vec::new();
        for attempt in record.attempts.iter().rev() {
            let dir = self.view.attempt_dir(&attempt.id);
            let name = kept_ref(&self.view.order.run, &attempt.id);
            let name = self.holds_change(&name).then_some(name);
            let patch = there(dir.partial_patch());
            if name.is_some() || patch.is_some() {
                match latest {
                    None => latest = Some((attempt.id.clone(), name, patch)),
                    Some(_) => earlier += 1,
                }
            }
            found.extend(there(dir.found_patch()).map(|patch| Kept::Found {
                attempt: attempt.id.clone(),
                patch,
            }));
        }
        let latest = latest.map(|(attempt, name, patch)| Kept::Change {
            attempt,
            name,
            patch,
            earlier,
        });
        latest.into_iter().chain(found).collect()
    }

    /// Whether the ref is there and differs from what its attempt began with.
    fn holds_change(&self, name: &str) -> bool {
        let tree = |revision: String| self.git.resolve(&revision).ok();
        let left = tree(format!("{name}^{{tree}}"));
        left.is_some() && left != tree(format!("{name}^1^{{tree}}"))
    }

    /// What was taken back of the latest attempt that anything was taken back of.
    fn taken_back(&self, record: &StageRecord) -> Option<Kept> {
        record.attempts.iter().rev().find_map(|attempt| {
            let dir = self.view.attempt_dir(&attempt.id);
            let patch = there(dir.guard_patch());
            let files: Vec<PathBuf> = patch.into_iter().chain(put_back(dir.path())).collect();
            (!files.is_empty()).then(|| Kept::TakenBack {
                attempt: attempt.id.clone(),
                files,
            })
        })
    }

    /// What the run's stages handed on.
    fn of_run(&self) -> Option<Kept> {
        if self.view.run.landed.is_some() {
            return self.landed();
        }
        let tip = self.tip().filter(|tip| *tip != self.view.order.base)?;
        let whole = self.view.run.head.as_ref() == Some(&tip);
        let reached = |c: &Oid| whole || self.git.is_ancestor(c, &tip).unwrap_or(false);
        let run = &self.view.run;
        let stages = run
            .stages
            .iter()
            .filter(|r| r.commit.as_ref().is_some_and(reached))
            .filter_map(|r| Some(run.plan.stage(&r.id)?.name.clone()))
            .collect();
        Some(Kept::Branch {
            stages,
            branch: self.view.order.branch.clone(),
            tip,
        })
    }

    fn landed(&self) -> Option<Kept> {
        let landed = self.view.run.landed.as_ref()?;
        let commit = self.git.resolve(&format!("{}^{{commit}}", landed.commit));
        Some(Kept::Landed {
            into: landed.into.clone(),
            commit: commit.ok()?,
        })
    }

    fn tip(&self) -> Option<Oid> {
        self.git.resolve(&self.view.order.branch_ref()).ok()
    }
}

/// The file, if it is there and holds something.
fn there(path: PathBuf) -> Option<PathBuf> {
    let stat = Disk.stat(&path).ok()??;
    (stat.fingerprint.size > 0).then_some(path)
}

/// What files that are not git's to keep were changed to, before they were put back.
fn put_back(dir: &Path) -> Vec<PathBuf> {
    let names = Disk.list(dir).unwrap_or_default();
    let mut files: Vec<PathBuf> = names
        .iter()
        .filter(|name| name.starts_with(crate::stage::guard::CHANGED))
        .map(|name| dir.join(name))
        .collect();
    files.sort();
    files
}
