//! What left-out stages would have produced must be there and satisfy its contract.

use super::CannotBegin;
use crate::documents::contract;
use crate::documents::template::Template;
use crate::engine::plan::{Plan, Produce};
use crate::git::Git;
use crate::terms::{CriterionId, Oid, StageId};

/// Checks the artifacts that the chosen stages rest on and do not make themselves, at `commit`.
pub fn there(git: &Git, plan: &Plan, chosen: &[StageId], commit: &Oid) -> Result<(), CannotBegin> {
    let mut missing = Vec::new();
    for stage in &plan.stages {
        let left_out = !chosen.is_empty() && !chosen.contains(&stage.id);
        let needed = || chosen.iter().any(|c| plan.above(c).contains(&stage.id));
        if !left_out || !needed() {
            continue;
        }
        for produce in &stage.produces {
            if let Some(why) = fault(git, plan, produce, commit)? {
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

fn fault(
    git: &Git,
    plan: &Plan,
    produce: &Produce,
    commit: &Oid,
) -> Result<Option<String>, CannotBegin> {
    let Some(bytes) = git.file_at(commit, produce.path.as_str())? else {
        return Ok(Some("missing".to_owned()));
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
    Ok(found.first().map(ToString::to_string))
}
