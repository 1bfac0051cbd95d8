//! What an order to a run that is there would lead to: what would run again, what stays.

use crate::engine::plan::Stage;
use crate::engine::record::StageRecord;
use crate::engine::run::CannotApply;
use crate::engine::{Event, Run};
use crate::records::runs::RunView;
use crate::terms::{PublicId, StageId, StageState};
use jiff::Timestamp;

/// A run as an order would leave it.
#[derive(Debug, Clone)]
pub struct Again {
    /// The run, the order taken up.
    pub run: Run,
    /// The stages that would run, in workflow order.
    pub stages: Vec<StageId>,
}

impl Again {
    /// What this order would lead to, were it taken up now.
    pub fn of(view: &RunView, event: &Event, now: Timestamp) -> Result<Self, CannotApply> {
        let mut run = view.run.clone();
        run.apply(now, event)?;
        let stages = would_run(&run);
        Ok(Self { run, stages })
    }

    /// The stages that stay as they are.
    pub fn stays(&self) -> impl Iterator<Item = &StageRecord> {
        let records = self.run.stages.iter();
        records.filter(|r| !self.stages.contains(&r.id))
    }

    /// The attempt that a stage would make next, by its public id, and whether it is its first.
    pub fn next(&self, view: &RunView, stage: &Stage) -> Option<(PublicId, bool)> {
        let before = self.run.record(&stage.id)?.attempts.len();
        let n = u32::try_from(before).ok()?.checked_add(1)?;
        let public = PublicId::compose(&view.order.run, &stage.code, n).ok()?;
        Some((public, n == 1))
    }
}

/// The stages that would run, in workflow order: nothing above them holds them up.
fn would_run(run: &Run) -> Vec<StageId> {
    let mut again: Vec<StageId> = Vec::new();
    for record in &run.stages {
        let open = matches!(
            record.state,
            StageState::Pending | StageState::Ready | StageState::Paused | StageState::Interrupted
        );
        let free = run.plan.above(&record.id).iter().all(|above| {
            let done = run.record(above).is_some_and(|r| r.state.is_done());
            done || again.contains(above)
        });
        if open && free {
            again.push(record.id.clone());
        }
    }
    again
}
