//! What follows by itself from any fact: stages become ready, wait again, ask, or are left out.

use super::event::GateSide;
use super::plan::Work;
use super::record::{NextKind, Skip};
use super::run::{CannotApply, Run};
use crate::terms::StageState;

/// What a stage does by itself.
enum Move {
    To(StageState),
    Ask(GateSide),
    LeaveOut,
    Reset,
    Followed,
}

impl Run {
    /// Moves every stage as far as it goes by itself.
    pub(super) fn settle(&mut self) -> Result<(), CannotApply> {
        if self.cancel.is_some() {
            self.settle_cancelled()?;
        } else if self.prepared {
            // Each round moves what it can. An expression may look at the states of stages, its
            // own included, so that it might never come to rest: the rounds are bounded.
            for _ in 0..self.stages.len().saturating_mul(4) + 4 {
                if !self.settle_once()? {
                    break;
                }
            }
        }
        if self.ended && !self.state().is_terminal() {
            self.ended = false;
        }
        Ok(())
    }

    fn settle_once(&mut self) -> Result<bool, CannotApply> {
        let mut changed = false;
        for index in 0..self.stages.len() {
            let Some(step) = self.own_move(index) else {
                continue;
            };
            changed = true;
            let record = &mut self.stages[index];
            match step {
                Move::To(state) => record.go(state)?,
                Move::Ask(side) => {
                    record.go(StageState::AwaitingApproval)?;
                    record.asking = Some(side);
                }
                Move::LeaveOut => record.skip(Skip::Condition)?,
                Move::Reset => record.reset()?,
                Move::Followed => record.follow = false,
            }
        }
        Ok(changed)
    }

    fn own_move(&self, index: usize) -> Option<Move> {
        let (stage, record) = self.at(index)?;
        let open = self.is_open(index);
        let before = record.asking == Some(GateSide::Before);
        match record.state {
            StageState::Pending if open && self.is_wanted(index) => {
                Some(Move::To(StageState::Ready))
            }
            StageState::Pending if open => Some(Move::LeaveOut),
            // Whoever has taken a stage over has it, whatever changes above it meanwhile.
            StageState::Ready if !open && record.next != NextKind::Taken => {
                Some(Move::To(StageState::Pending))
            }
            StageState::Ready if self.gate_asks(index) => Some(Move::Ask(GateSide::Before)),
            StageState::AwaitingApproval if before && !open => Some(Move::To(StageState::Pending)),
            // The setting was switched off while the gate asked.
            StageState::AwaitingApproval if before && !self.gate_asks(index) => {
                Some(Move::To(StageState::Ready))
            }
            StageState::AwaitingApproval
                if !before
                    && open
                    && !self.is_stale(&stage.id)
                    && !self.gate_after_asks(stage, record.has_unverifiable()) =>
            {
                Some(Move::To(StageState::Passed))
            }
            StageState::Passed if open => self.move_of_passed(index),
            _ => None,
        }
    }

    /// What passed stands, unless what its approval was given on has changed since.
    fn move_of_passed(&self, index: usize) -> Option<Move> {
        let (stage, record) = self.at(index)?;
        let stale = self.is_stale(&stage.id);
        if record.follow {
            return Some(if stale { Move::Reset } else { Move::Followed });
        }
        if stale {
            return None;
        }
        if stage.work == Work::Gate && record.approved_before.is_some() && self.gate_asks(index) {
            return Some(Move::Reset);
        }
        let voided = record
            .approved_after
            .as_ref()
            .is_some_and(|a| a.evidence != self.evidence(&stage.id, GateSide::After));
        let unaccepted = record.has_unverifiable() && record.approved_after.is_none();
        let asks = self.gate_after_asks(stage, record.has_unverifiable());
        let unaccepted = unaccepted && asks && self.nobody_below_accepts(stage);
        ((voided && asks) || unaccepted).then_some(Move::Ask(GateSide::After))
    }

    fn settle_cancelled(&mut self) -> Result<(), CannotApply> {
        for record in &mut self.stages {
            let keeps = matches!(
                record.state,
                StageState::Running
                    | StageState::Passed
                    | StageState::Failed
                    | StageState::Skipped
                    | StageState::Cancelled
            );
            if !keeps {
                record.go(StageState::Cancelled)?;
            }
        }
        Ok(())
    }

    /// Whether everything above a stage is done and nothing of it is stale.
    pub(super) fn is_open(&self, index: usize) -> bool {
        let Some(stage) = self.plan.stages.get(index) else {
            return false;
        };
        let above = self.plan.above(&stage.id);
        above
            .iter()
            .all(|id| self.record(id).is_some_and(|r| r.state.is_done()))
            && !above.iter().any(|id| self.is_stale(id))
    }

    fn is_wanted(&self, index: usize) -> bool {
        let Some(stage) = self.plan.stages.get(index) else {
            return false;
        };
        match &stage.when {
            None => true,
            // A condition that can't be evaluated was refused before the run; should it fail all
            // the same, running the stage is the safe side.
            Some(source) => self.evaluate(source).unwrap_or(true),
        }
    }
}
