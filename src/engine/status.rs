//! What state the whole run is in: a pure function of its stages and of the orders given.

use super::inputs::{Inputs, settings_digest};
use super::run::Run;
use crate::terms::{RunState, StageId, StageState};

impl Run {
    /// The state of the run.
    pub fn state(&self) -> RunState {
        let any = |wanted: StageState| self.stages.iter().any(|s| s.state == wanted);
        let done = self.stages.iter().all(|s| s.state.is_done());
        if any(StageState::Running) {
            return RunState::Running;
        }
        if self.cancel.is_some() {
            return RunState::Cancelled;
        }
        if !self.prepared && !any(StageState::Blocked) {
            return RunState::Created;
        }
        if done {
            // A stale run waits for a person: it is neither wrong nor finished.
            return if self.stale().is_empty() {
                RunState::Completed
            } else {
                RunState::Paused
            };
        }
        let mut ready = (0..self.stages.len())
            .filter(|i| self.stages[*i].state == StageState::Ready)
            .filter(|i| self.logged_out(*i).is_none())
            .peekable();
        let kept = ready.peek().is_some();
        let startable = ready.any(|i| self.budget_stops(i).is_none());
        if self.prepared && startable && !self.pause {
            return RunState::Running;
        }
        if self.pause || any(StageState::Paused) {
            return RunState::Paused;
        }
        if self.prepared && kept {
            // Nothing but the budget keeps it: a person must raise it.
            return RunState::Paused;
        }
        if any(StageState::ReplanRequired) {
            return RunState::ReplanRequired;
        }
        if any(StageState::AwaitingApproval) {
            return RunState::AwaitingApproval;
        }
        if any(StageState::NeedsInput) {
            return RunState::NeedsInput;
        }
        if any(StageState::Interrupted) {
            return RunState::Interrupted;
        }
        if any(StageState::Blocked) {
            return RunState::Blocked;
        }
        if any(StageState::Failed) {
            return RunState::Failed;
        }
        if any(StageState::Cancelled) {
            return RunState::Cancelled;
        }
        // Nothing is wrong, nothing is ready: what is left waits below a stale stage.
        RunState::Paused
    }

    /// The stages that passed on inputs that have changed since, in workflow order, each with what
    /// changed.
    pub fn stale(&self) -> Vec<(StageId, Vec<String>)> {
        self.plan
            .stages
            .iter()
            .filter_map(|stage| {
                let changed = self.changed_inputs(&stage.id);
                (!changed.is_empty()).then(|| (stage.id.clone(), changed))
            })
            .collect()
    }

    /// Whether a stage passed on inputs that have changed since.
    pub fn is_stale(&self, id: &StageId) -> bool {
        !self.changed_inputs(id).is_empty()
    }

    fn changed_inputs(&self, id: &StageId) -> Vec<String> {
        let (Some(stage), Some(record)) = (self.plan.stage(id), self.record(id)) else {
            return Vec::new();
        };
        match (&record.inputs, record.state) {
            (Some(then), StageState::Passed | StageState::AwaitingApproval)
                if record.asking != Some(super::event::GateSide::Before) =>
            {
                then.changed(&self.inputs(stage))
            }
            _ => Vec::new(),
        }
    }

    /// The inputs that a stage would have if it were started now. An artifact whose stage is being
    /// redone counts with the digest it last had, so that nothing is called stale before the new
    /// one is there.
    pub fn inputs(&self, stage: &super::plan::Stage) -> Inputs {
        let mut artifacts = self.artifacts();
        if let Some(then) = self.record(&stage.id).and_then(|r| r.inputs.as_ref()) {
            for (name, digest) in &then.digests {
                if let Some(artifact) = name.strip_prefix("artifact ") {
                    artifacts
                        .entry(artifact.to_owned())
                        .or_insert_with(|| digest.clone());
                }
            }
        }
        let settings = match self.settings.get(&stage.id) {
            Some(known) => known.clone(),
            None => settings_digest(&self.plan, stage),
        };
        let ground = self.ground.as_ref();
        let ground = ground.filter(|_| self.plan.judges_code(stage));
        let inputs = Inputs::of(
            stage,
            settings,
            self.task.as_ref(),
            &artifacts,
            &self.brought,
        );
        match ground {
            Some(ground) => inputs.on(ground),
            None => inputs,
        }
    }
}
