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

/// A stage that a person handed back and that did not pass: who takes it over again and throws that
/// away has it back as it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfit {
    /// The stage as it was before anybody took it over.
    before: Box<StageRecord>,
    /// Those below it whose work was made of its own, as they were.
    below: Vec<StageRecord>,
}

impl Unfit {
    /// Whether nobody but people worked on it since.
    fn is_of_people(&self, now: &StageRecord) -> bool {
        let since = now.attempts.get(self.before.attempts.len()..);
        since.is_some_and(|since| since.iter().all(|a| a.by.is_some()))
    }
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
        let unfit = self.unfit_of(id);
        if result.outcome != Outcome::Returned {
            let below = self.made_anew(id, &before, result.outcome)?;
            let passed = [Outcome::Passed, Outcome::Failed, Outcome::Replan];
            if !passed.contains(&result.outcome) {
                self.unfit.push(unfit.unwrap_or(Unfit { before, below }));
            }
            return Ok(false);
        }
        match unfit {
            // It was thrown away, and what was unfit before with it.
            Some(Unfit { before, below }) if result.tree.is_none() => {
                let record = self.record_mut(id)?;
                let first = before.attempts.len();
                record.put_back(*before);
                for attempt in record.attempts.iter_mut().skip(first) {
                    attempt.thrown = true;
                }
                for was in below {
                    let record = self.record_mut(&was.id)?;
                    // Whatever came to be of it meanwhile is not undone.
                    let untouched = record.attempts.len() == was.attempts.len();
                    if record.state == StageState::Pending && untouched {
                        record.put_back(was);
                    }
                }
            }
            unfit => {
                self.unfit.extend(unfit);
                self.record_mut(id)?.put_back(*before);
            }
        }
        self.notes.push((at, format!("{id}: {}", result.reason)));
        Ok(true)
    }

    /// What the stage was before it was handed back unfit, where people alone worked on it since.
    fn unfit_of(&mut self, id: &StageId) -> Option<Unfit> {
        let at = self.unfit.iter().position(|u| u.before.id == *id)?;
        let unfit = self.unfit.swap_remove(at);
        self.record(id)
            .is_some_and(|now| unfit.is_of_people(now))
            .then_some(unfit)
    }

    /// What was made of a stage's old work is made anew, where that had stood; as it was before.
    fn made_anew(
        &mut self,
        id: &StageId,
        before: &StageRecord,
        outcome: Outcome,
    ) -> Result<Vec<StageRecord>, CannotApply> {
        let stood = matches!(
            before.state,
            StageState::Passed | StageState::AwaitingApproval
        );
        let mut were = Vec::new();
        if !stood || outcome == Outcome::Cancelled {
            return Ok(were);
        }
        for below in self.plan.below(id) {
            let record = self.record_mut(&below)?;
            let made = !matches!(record.state, StageState::Pending | StageState::Running);
            if made && record.skipped.is_none() {
                were.push(record.clone());
                record.reset()?;
            }
        }
        Ok(were)
    }
}

impl StageRecord {
    /// Makes it what it was; what was counted and kept of its attempts since stays.
    fn put_back(&mut self, before: Self) {
        *self = Self {
            iteration: self.iteration,
            attempt: self.attempt,
            checkpoint: self.checkpoint.take(),
            attempts: std::mem::take(&mut self.attempts),
            total: self.total,
            took_ms: self.took_ms,
            ..before
        };
    }
}
