//! What an ended attempt makes of its stage.

use super::after::{Charge, Next, after};
use super::event::{Attempted, GateSide};
use super::plan::Stage;
use super::record::{NextKind, Stop};
use super::run::{CannotApply, Run};
use crate::terms::verdict::{DISPUTE, Question};
use crate::terms::{AttemptId, Finding, Outcome, StageId, StageState};
use jiff::Timestamp;

/// Interruptions in a row after which a person must look.
const MAX_INTERRUPTIONS: u32 = 5;

impl Run {
    /// An attempt ended. Only the attempt that runs may move its stage: a late or repeated result
    /// is kept for the record and decides nothing.
    pub(super) fn finished(
        &mut self,
        at: Timestamp,
        result: &Attempted,
    ) -> Result<(), CannotApply> {
        let id = result.attempt.stage.clone();
        let stage = self
            .plan
            .stage(&id)
            .cloned()
            .ok_or_else(|| CannotApply::UnknownStage(id.clone()))?;
        if !self.record_mut(&id)?.runs(&result.attempt) {
            self.record_mut(&id)?.note_result(result);
            let text = format!("a late result of {} was kept and not used", result.attempt);
            self.notes.push((at, text));
            return Ok(());
        }
        if let Some(commit) = &result.commit {
            self.head = Some(commit.clone());
        }
        let next = after(self, &stage, result, at);
        let cancelled = self.cancel.is_some();
        let record = self.record_mut(&id)?;
        record.note_result(result);
        if record.superseded {
            return Ok(record.reset()?);
        }
        self.answered_comments(result);
        let record = self.record_mut(&id)?;
        if result.outcome == Outcome::Unmet {
            // What a stage is not to start without ends its run, as an order to cancel it would.
            self.cancel.get_or_insert_with(|| result.reason.clone());
            return self.follow(&stage, result, next);
        }
        if result.outcome == Outcome::Interrupted {
            return self.lost(&id, &result.reason);
        }
        if cancelled && !matches!(next, Next::Pass { .. } | Next::Stop { .. }) {
            return Ok(record.go(StageState::Cancelled)?);
        }
        self.follow(&stage, result, next)
    }

    fn follow(&mut self, stage: &Stage, result: &Attempted, next: Next) -> Result<(), CannotApply> {
        let id = &stage.id;
        match next {
            Next::Pass { ask } => self.passed(id, result, ask),
            Next::Again {
                kind,
                charge,
                findings,
                not_before,
            } => self.again(id, kind, charge, findings, not_before),
            Next::Loop { to, findings } => {
                let record = self.record_mut(id)?;
                let reruns = record.reruns + 1;
                record.rounds.push(findings.clone());
                record.reset()?;
                self.rework(id, &to, findings.clone())?;
                // The reviewer is given what is open, and keeps its numbers.
                let record = self.record_mut(id)?;
                record.reruns = reruns;
                record.findings = findings;
                Ok(())
            }
            Next::Ask => {
                let record = self.record_mut(id)?;
                record.questions = asked(result);
                Ok(record.go(StageState::NeedsInput)?)
            }
            Next::Stop {
                state,
                stop,
                findings,
                back,
            } => {
                let record = self.record_mut(id)?;
                if !findings.is_empty() {
                    record.rounds.push(findings.clone());
                    record.findings = findings;
                }
                record.back = back;
                record.go(state)?;
                record.stop = Some(stop);
                Ok(())
            }
            Next::Replan { stage, reason } => {
                let record = self.record_mut(id)?;
                record.go(StageState::ReplanRequired)?;
                record.stop = Some(Stop {
                    code: "replan".to_owned(),
                    reason: reason.clone(),
                });
                record.replan = Some((stage, reason));
                Ok(())
            }
        }
    }

    fn passed(&mut self, id: &StageId, result: &Attempted, ask: bool) -> Result<(), CannotApply> {
        let record = self.record_mut(id)?;
        record.artifacts.clone_from(&result.artifacts);
        record.commit.clone_from(&result.commit);
        record.verdict.clone_from(&result.verdict);
        record.findings.clear();
        record.session = None;
        if record.next == NextKind::Recheck {
            record.next = NextKind::Fresh;
        }
        if !record.rounds.is_empty() {
            // A round that found nothing is a round: what comes back later was reopened.
            record.rounds.push(Vec::new());
        }
        if ask {
            record.go(StageState::AwaitingApproval)?;
            record.asking = Some(GateSide::After);
        } else {
            record.go(StageState::Passed)?;
        }
        Ok(())
    }

    fn again(
        &mut self,
        id: &StageId,
        kind: NextKind,
        charge: Charge,
        findings: Option<Vec<Finding>>,
        not_before: Option<Timestamp>,
    ) -> Result<(), CannotApply> {
        let record = self.record_mut(id)?;
        record.go(StageState::Ready)?;
        // Broken off, checks are run once more: there is no work to go on with.
        let broken_off = matches!(kind, NextKind::Retry | NextKind::Continue);
        if record.next != NextKind::Recheck || !broken_off {
            record.next = kind;
        }
        record.not_before = not_before;
        if let Some(findings) = findings {
            record.findings = findings;
        }
        match charge {
            Charge::Repair => record.repairs += 1,
            Charge::Retry => record.retries += 1,
            Charge::SecondChance => record.second_chances += 1,
            Charge::Wait => record.waits += 1,
            Charge::Iteration => {}
        }
        Ok(())
    }

    /// The engine lost an attempt, and nothing is known of what it used.
    pub(super) fn interrupted(
        &mut self,
        at: Timestamp,
        attempt: &AttemptId,
        reason: &str,
    ) -> Result<(), CannotApply> {
        let started = self
            .record_mut(&attempt.stage)?
            .attempts
            .iter()
            .find(|a| a.id == *attempt)
            .map_or(at, |a| a.started);
        let took = at.duration_since(started).as_millis();
        let took = u64::try_from(took).unwrap_or(0);
        self.finished(at, &Attempted::lost(attempt.clone(), reason, took))
    }

    /// Never the agent's fault, so it charges neither retries nor iterations; but what is lost
    /// again and again is not started for ever.
    fn lost(&mut self, id: &StageId, reason: &str) -> Result<(), CannotApply> {
        let record = self.record_mut(id)?;
        record.go(StageState::Interrupted)?;
        record.interruptions += 1;
        if record.next != NextKind::Recheck {
            record.next = NextKind::Retry;
        }
        if record.interruptions >= MAX_INTERRUPTIONS {
            record.go(StageState::Blocked)?;
            record.stop = Some(Stop {
                code: "interrupted".to_owned(),
                reason: format!("interrupted five times in a row, last: {reason}"),
            });
        }
        Ok(())
    }
}

/// What a person is asked: the agent's questions, and what it disputes as one of its own.
fn asked(result: &Attempted) -> Vec<Question> {
    let dispute = result.dispute.iter().map(|text| Question {
        id: DISPUTE.to_owned(),
        blocking: true,
        text: text.clone(),
    });
    result.questions.iter().cloned().chain(dispute).collect()
}
