//! What left-out stages would have produced must be there and satisfy its contract.

use super::CannotBegin;
use crate::documents::contract;
use crate::documents::template::Template;
use crate::engine::plan::{Plan, Produce};
use crate::git::{Git, GitError};
use crate::store::inside::read_inside;
use crate::store::roots::Roots;
use crate::terms::{CriterionId, Oid, RepoPath, StageId};

/// Largest artifact that is read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Checks the artifacts that the chosen stages rest on and do not make themselves, at `commit`.
/// A private harness is read where it lies.
pub fn there(
    (git, roots): (&Git, Roots<'_>),
    plan: &Plan,
    chosen: &[StageId],
    commit: &Oid,
) -> Result<(), CannotBegin> {
    lacks_none(plan, chosen, commit, |path| {
        if roots.is_private(path.as_str()) {
            return Ok(read_inside(roots.of(path), path, MAX_BYTES).ok());
        }
        git.file_at(commit, path.as_str())
    })
}

/// The same for a run that works in this checkout itself, from `commit` and what lies there.
pub fn lies_there(
    roots: Roots<'_>,
    plan: &Plan,
    chosen: &[StageId],
    commit: &Oid,
) -> Result<(), CannotBegin> {
    lacks_none(plan, chosen, commit, |path| {
        Ok(read_inside(roots.of(path), path, MAX_BYTES).ok())
    })
}

fn lacks_none(
    plan: &Plan,
    chosen: &[StageId],
    commit: &Oid,
    read: impl Fn(&RepoPath) -> Result<Option<Vec<u8>>, GitError>,
) -> Result<(), CannotBegin> {
    let mut missing = Vec::new();
    for stage in &plan.stages {
        let left_out = !chosen.is_empty() && !chosen.contains(&stage.id);
        let needed = || chosen.iter().any(|c| plan.above(c).contains(&stage.id));
        if !left_out || !needed() {
            continue;
        }
        for produce in &stage.produces {
            if let Some(why) = fault(plan, produce, read(&produce.path)?) {
                missing.push(format!(
                    "  {} ({} of {}): {why}",
                    produce.path, produce.name, stage.id
                ));
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(CannotBegin::Missing {
        at: commit.clone(),
        missing,
    })
}

fn fault(plan: &Plan, produce: &Produce, bytes: Option<Vec<u8>>) -> Option<String> {
    let Some(bytes) = bytes else {
        return Some("missing".to_owned());
    };
    let template = produce.template.as_deref().map(Template::parse);
    let criteria: Option<Vec<CriterionId>> = plan
        .task
        .as_ref()
        .filter(|_| produce.names_criteria)
        .map(|t| t.criteria.iter().map(|c| c.id.clone()).collect());
    let text = String::from_utf8_lossy(&bytes);
    let path = produce.path.as_str();
    let found = contract::validate(template.as_ref(), &text, path, criteria.as_deref());
    found.first().map(ToString::to_string)
}
