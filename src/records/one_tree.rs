//! Stages that are written to go side by side, where there is one tree for all: they go one after the
//! other, and who wrote them is told so before a run shows it.

use super::harness::Harness;
use super::project::Project;
use crate::engine::plan::{Plan, Stage};
use crate::terms::{Finding, Place};

/// The code of the advice.
pub const CODE: &str = "workflow/one-tree";

/// What is to be said of each workflow.
pub fn advice(project: &Project, harness: &Harness) -> Vec<Finding> {
    let why = if project.is_without_git() {
        "there is no git here"
    } else if harness.settings.in_place {
        "`isolation: in-place` gives all stages one tree"
    } else {
        return Vec::new();
    };
    let own = harness.files.iter().filter(|(_, file)| file.path.is_some());
    let found = own.filter_map(|(name, file)| {
        let plan = harness.resolve_for_check(name)?.ok()?;
        let beside = beside(&plan);
        let path = file.path.as_ref()?;
        (plan.max_parallel > 1 && !beside.is_empty()).then(|| {
            let text = format!(
                "{} could go side by side, and go one after the other: {why}",
                beside.join(", ")
            );
            Finding::new(CODE, text)
                .at(Place::file(path.as_str()))
                .remedy("nothing need be done; runs with trees of their own go side by side")
        })
    });
    found.collect()
}

/// The stages that need not wait for another one.
fn beside(plan: &Plan) -> Vec<&str> {
    let apart = |one: &Stage, other: &Stage| {
        one.id != other.id
            && !plan.above(&one.id).contains(&other.id)
            && !plan.above(&other.id).contains(&one.id)
    };
    let has_other = |stage: &&Stage| plan.stages.iter().any(|other| apart(stage, other));
    let found = plan.stages.iter().filter(has_other);
    found.map(|stage| stage.id.as_str()).collect()
}
