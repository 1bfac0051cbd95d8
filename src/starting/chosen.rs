//! Which stages of a plan are meant.

use super::CannotBegin;
use crate::engine::plan::Plan;
use crate::terms::StageId;

/// The stages that a person named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// These alone.
    pub steps: Vec<String>,
    /// This one and all below it.
    pub from: Option<String>,
}

impl Choice {
    /// The stages in workflow order; empty: all.
    pub fn of(&self, plan: &Plan) -> Result<Vec<StageId>, CannotBegin> {
        let mut wanted: Vec<StageId> = Vec::new();
        for name in &self.steps {
            wanted.push(stage_of(plan, name)?);
        }
        if let Some(name) = &self.from {
            let stage = stage_of(plan, name)?;
            wanted.extend(plan.below(&stage));
            wanted.push(stage);
        }
        let ids = plan.stages.iter().map(|s| &s.id);
        Ok(ids.filter(|id| wanted.contains(id)).cloned().collect())
    }
}

/// The stage of this id, or a list of those there are.
pub fn stage_of(plan: &Plan, name: &str) -> Result<StageId, CannotBegin> {
    if let Some(stage) = plan.stages.iter().find(|s| s.id.as_str() == name) {
        return Ok(stage.id.clone());
    }
    Err(CannotBegin::NoStage {
        workflow: plan.workflow.clone(),
        name: name.to_owned(),
        known: plan.stages.iter().map(|s| s.id.to_string()).collect(),
    })
}
