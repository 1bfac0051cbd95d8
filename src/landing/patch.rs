//! What would land, as a patch: it is proven as for a landing, and nothing is changed by it.

use super::land::{Request, landing_line, may_land, may_so, nothing_is_left_out};
use super::preview::settled;
use super::proof::Proof;
use super::{LandError, in_place, last_commit};
use crate::git::Git;
use crate::records::runs::RunView;
use crate::store::fs::Disk;
use crate::store::write::replace;
use crate::terms::{Oid, RunId};
use std::path::PathBuf;

/// Largest patch that is made, in bytes: more is refused, and never cut.
const MAX_BYTES: usize = 1024 * 1024 * 1024;

/// What would land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The run.
    pub run: RunId,
    /// The branch that it is for.
    pub into: String,
    /// Where that branch is: what the patch applies to.
    pub tip: Oid,
    /// The paths that it changes.
    pub files: Vec<String>,
    /// The patch, as `git apply` takes it; binary files are in it.
    pub bytes: Vec<u8>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Where a patch of a run is written for its person: in the run's own folder, so that nothing new lies in
/// the checkout.
pub fn place(view: &RunView) -> PathBuf {
    let name = match &view.run.plan.task {
        Some(task) => format!("{}-{}.patch", task.id, task.slug),
        None => format!("{}.patch", view.order.run),
    };
    view.dirs.path().join(name)
}

impl Patch {
    /// Writes it to its place, over an earlier one.
    pub fn write(&self, view: &RunView) -> Result<PathBuf, LandError> {
        let path = place(view);
        replace(&Disk, &path, &self.bytes)?;
        Ok(path)
    }

    /// Makes it. What lies uncommitted in the checkout does not count: nothing is brought there.
    pub fn of(view: &RunView, request: &Request) -> Result<Self, LandError> {
        let view = &settled(view)?;
        let run = &view.order.run;
        if in_place::is(view) {
            return Err(LandError::Refused(format!(
                "{run} worked in place: its result lies in the checkout, and `git diff` shows it"
            )));
        }
        may_land(view)?;
        may_so(view, request)?;
        let proof = Proof::of(view, request)?;
        nothing_is_left_out(view)?;
        // Nobody knows when it will be.
        let line = landing_line(view, &proof, request, None);
        let content = last_commit::compose(view, &proof, (request, &line))?;
        let git = Git::new(&view.order.home);
        let files = git.diff(&proof.tip, &content.tree)?;
        let unchecked = (proof.moved && proof.unseen).then(|| {
            format!(
                "'{}' has moved since the run started, and nothing was checked on the two together",
                proof.into
            )
        });
        let mut notes: Vec<String> = proof.comes_back.into_iter().collect();
        notes.extend(unchecked);
        notes.extend(content.notes);
        Ok(Self {
            run: run.clone(),
            bytes: git.whole_patch(&proof.tip, &content.tree, MAX_BYTES)?,
            files: files.into_iter().map(|d| d.path).collect(),
            into: proof.into,
            tip: proof.tip,
            notes,
        })
    }
}
