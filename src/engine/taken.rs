//! A stage in a person's hands: they take it over, work in its tree, and hand it back. Their attempt
//! is judged as any other; what was handed back as it was leaves the stage as it was.

use super::event::{Attempted, Event, GateSide, Person};
use super::may::{Answer, no};
use super::plan::Work;
use super::record::{NextKind, StageRecord};
use super::run::{CannotApply, Run};
use crate::terms::{Outcome, RunState, StageId, StageState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A stage that a person has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The stage.
    pub stage: StageId,
    /// Who.
    pub by: Person,
    /// Since when.
    pub at: Timestamp,
    /// What the stage was; `None`: its agent is to be interrupted first.
    before: Option<Box<StageRecord>>,
}

impl Run {
    /// The stage that is meant where a person names none: the one that a gate asks about, or the one
    /// that stands or runs.
    pub fn to_take(&self) -> Option<&StageId> {
        if let Some(taken) = &self.taken {
            return Some(&taken.stage);
        }
        let of = |wanted: &[StageState]| {
            let fits = |s: &&StageRecord| wanted.contains(&s.state);
            self.stages.iter().find(fits).map(|s| &s.id)
        };
        if let Some(asks) = self.stages.iter().find(|s| s.asking.is_some()) {
            return self.behind_gate(asks);
        }
        of(&[
            StageState::NeedsInput,
            StageState::Paused,
            StageState::Blocked,
            StageState::Failed,
            StageState::Interrupted,
        ])
        .or_else(|| of(&[StageState::Running]))
    }

    /// The stage whose work a gate asks about.
    fn behind_gate(&self, asks: &StageRecord) -> Option<&StageId> {
        let stage = self.plan.stage(&asks.id)?;
        let back = super::gate::reject_target(&self.plan, stage, asks.asking?)?;
        self.record(&back.stage).map(|s| &s.id)
    }

    /// Whether a person may take this stage over.
    pub(super) fn may_take(&self, id: &StageId) -> Answer {
        let record = self.known(id)?;
        let state = self.state();
        if self.cancel.is_some() || state == RunState::Completed {
            let reason = format!("the run is {state}");
            return no(reason, "rerun it from a stage to go on with it");
        }
        let (Some(stage), Some(index)) = (self.plan.stage(id), self.plan.index(id)) else {
            return Ok(());
        };
        if stage.work == Work::Gate {
            let reason = format!("{id} is a gate, and has no work that could be taken over");
            return no(reason, "take the stage over whose work it asks about");
        }
        let waits = |s: &StageRecord| {
            matches!(
                s.state,
                StageState::AwaitingApproval
                    | StageState::NeedsInput
                    | StageState::Paused
                    | StageState::Blocked
                    | StageState::Failed
                    | StageState::ReplanRequired
            )
        };
        let below = self.plan.below(id);
        let fits = match record.state {
            StageState::Running => !record.superseded,
            StageState::AwaitingApproval => record.asking == Some(GateSide::After),
            StageState::Passed => {
                let mut below = self.stages.iter().filter(|s| below.contains(&s.id));
                below.any(waits)
            }
            StageState::Interrupted => true,
            _ => waits(record) && record.state != StageState::ReplanRequired,
        };
        if !fits {
            let reason = format!("{id} is {}", record.state);
            let lawful = "take over a stage that runs, stands, failed, asks, or whose work a gate asks about";
            return no(reason, lawful);
        }
        if record.state != StageState::Running && !self.is_open(index) {
            let reason = format!("what {id} is made from is not there, or is stale");
            return no(reason, "rerun what is stale first");
        }
        let runs = |s: &&StageRecord| s.state == StageState::Running && below.contains(&s.id);
        match self.stages.iter().find(runs) {
            Some(runs) => no(
                format!("{} is running on the work of {id}", runs.id),
                "pause it now, or wait for its end",
            ),
            None => Ok(()),
        }
    }

    /// While a person has a stage, nothing is ordered that would have anybody work on in its tree.
    pub(super) fn may_beside_a_person(&self, event: &Event) -> Answer {
        let Some(taken) = &self.taken else {
            return Ok(());
        };
        let harmless = !event.is_order()
            || matches!(
                event,
                Event::Cancelled { .. }
                    | Event::ApprovalSetting { .. }
                    | Event::BudgetRaised { .. }
                    | Event::NoteGiven { .. }
                    | Event::NoteRemoved { .. }
            );
        if harmless {
            return Ok(());
        }
        no(
            format!("{} has taken {} over", taken.by.name, taken.stage),
            "hand it back first",
        )
    }

    /// A person takes a stage over.
    pub(super) fn take_over(
        &mut self,
        at: Timestamp,
        stage: &StageId,
        by: &Person,
    ) -> Result<(), CannotApply> {
        self.taken = Some(Taken {
            stage: stage.clone(),
            by: by.clone(),
            at,
            before: None,
        });
        if self.record_mut(stage)?.state == StageState::Running {
            return Ok(());
        }
        self.lend(stage)
    }

    /// The next attempt of the stage is the person's.
    fn lend(&mut self, stage: &StageId) -> Result<(), CannotApply> {
        let record = self.record_mut(stage)?;
        let before = record.clone();
        if matches!(
            record.state,
            StageState::Passed | StageState::AwaitingApproval
        ) {
            record.reset()?;
        }
        record.go(StageState::Ready)?;
        record.next = NextKind::Taken;
        record.not_before = None;
        record.day = None;
        if let Some(taken) = &mut self.taken {
            taken.before = Some(Box::new(before));
        }
        Ok(())
    }

    /// The stage whose agent is to be interrupted, for a person takes it over.
    pub(super) fn wanted_by_a_person(&self) -> Option<&StageId> {
        let taken = self.taken.as_ref().filter(|t| t.before.is_none())?;
        Some(&taken.stage)
    }

    /// Whether a person waits for their attempt to begin.
    pub(super) fn waits_for_a_person(&self) -> bool {
        let ready = |s: &StageRecord| s.state == StageState::Ready && s.next == NextKind::Taken;
        self.stages.iter().any(ready)
    }

    /// An agent's attempt ended, of a stage that a person wants: it is theirs now, unless it came to
    /// its end.
    pub(super) fn lend_after(&mut self, at: Timestamp, id: &StageId) -> Result<(), CannotApply> {
        if self.wanted_by_a_person() != Some(id) {
            return Ok(());
        }
        let state = self.record_mut(id)?.state;
        let stands = matches!(
            state,
            StageState::Ready
                | StageState::Paused
                | StageState::Blocked
                | StageState::Failed
                | StageState::NeedsInput
                | StageState::Interrupted
        );
        if stands {
            return self.lend(id);
        }
        self.taken = None;
        let text = format!("{id} was not taken over: it is {state} before it could be interrupted");
        self.notes.push((at, text));
        Ok(())
    }

    /// A person's attempt could not be begun: the stage is what it was. Whether that was so.
    pub(super) fn not_taken(
        &mut self,
        at: Timestamp,
        id: &StageId,
        reason: &str,
    ) -> Result<bool, CannotApply> {
        let waits = self.record_mut(id)?.state == StageState::Ready;
        let Some(taken) = self.taken.take_if(|t| waits && t.stage == *id) else {
            return Ok(false);
        };
        if let Some(before) = taken.before {
            *self.record_mut(id)? = *before;
        }
        let text = format!("{id} was not taken over: {reason}");
        self.notes.push((at, text));
        Ok(true)
    }

    /// A person handed a stage back. Whether all is said with that: it was not to be judged, so that
    /// it is what it was.
    pub(super) fn handed_back(
        &mut self,
        at: Timestamp,
        result: &Attempted,
    ) -> Result<bool, CannotApply> {
        let id = &result.attempt.stage;
        let Some(before) = self.taken.take().and_then(|t| t.before) else {
            return Ok(false);
        };
        if result.outcome != Outcome::Returned {
            let stood = matches!(
                before.state,
                StageState::Passed | StageState::AwaitingApproval
            );
            if stood && result.outcome != Outcome::Cancelled {
                // What was made of its old work is made anew.
                for below in self.plan.below(id) {
                    let record = self.record_mut(&below)?;
                    let made = !matches!(record.state, StageState::Pending | StageState::Running);
                    if made && record.skipped.is_none() {
                        record.reset()?;
                    }
                }
            }
            return Ok(false);
        }
        let record = self.record_mut(id)?;
        let now = record.clone();
        *record = StageRecord {
            iteration: now.iteration,
            attempt: now.attempt,
            checkpoint: now.checkpoint,
            attempts: now.attempts,
            total: now.total,
            took_ms: now.took_ms,
            ..*before
        };
        self.notes.push((at, format!("{id}: {}", result.reason)));
        Ok(true)
    }
}
