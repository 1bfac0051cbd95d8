//! What an ended attempt makes of its stage.

use super::after::{Charge, Next, after};
use super::budget::BudgetShare;
use super::event::{Attempted, GateSide};
use super::plan::{Stage, Work};
use super::record::{NextKind, Stop};
use super::run::{CannotApply, Run, Waited};
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
            self.record_mut(&id)?.note_result(&stage, result);
            let text = format!("a late result of {} was kept and not used", result.attempt);
            self.notes.push((at, text));
            return Ok(());
        }
        if let Some(commit) = &result.commit {
            self.head = Some(commit.clone());
        }
        let warned = |run: &Self| run.budget_share().filter(BudgetShare::warns);
        let before = warned(self);
        let next = after(self, &stage, result, at);
        self.release_words(result);
        let theirs = self.record_mut(&id)?.in_hand().is_some();
        let cancelled = self.cancel.is_some();
        let record = self.record_mut(&id)?;
        record.note_result(&stage, result);
        if let (None, Some(share)) = (before, warned(self)) {
            let text = format!(
                "{} % of the run's budget of {} is used",
                share.percent, share.of
            );
            self.notes.push((at, text));
        }
        let record = self.record_mut(&id)?;
        if record.superseded {
            self.taken.take_if(|t| t.stage == id);
            return Ok(self.record_mut(&id)?.reset()?);
        }
        self.answered_comments(result, theirs);
        if theirs && result.outcome != Outcome::Interrupted && self.handed_back(at, result)? {
            return Ok(());
        }
        let record = self.record_mut(&id)?;
        if result.outcome == Outcome::Unmet {
            // What a stage is not to start without ends its run, as an order to cancel it would.
            self.cancel.get_or_insert_with(|| result.reason.clone());
            return self.follow(at, &stage, result, next);
        }
        if result.outcome == Outcome::Interrupted {
            return self.lost(&id, &result.reason);
        }
        if cancelled && !matches!(next, Next::Pass { .. } | Next::Stop { .. }) {
            return Ok(record.go(StageState::Cancelled)?);
        }
        self.follow(at, &stage, result, next)?;
        self.lend_after(at, &id)
    }

    fn follow(
        &mut self,
        at: Timestamp,
        stage: &Stage,
        result: &Attempted,
        next: Next,
    ) -> Result<(), CannotApply> {
        let id = &stage.id;
        match next {
            Next::Pass { ask } => self.passed(id, result, ask),
            Next::Again {
                kind,
                charge,
                findings,
                not_before,
            } => {
                self.tell_of_quota(at, stage, charge, not_before);
                self.again(id, kind, charge, findings, not_before)
            }
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

    /// Keeps for the report what a used-up quota led to.
    fn tell_of_quota(
        &mut self,
        at: Timestamp,
        stage: &Stage,
        charge: Charge,
        not_before: Option<Timestamp>,
    ) {
        let Some(record) = self.record(&stage.id) else {
            return;
        };
        let agent = |turn: u32| match &stage.work {
            Work::Role(work) => work.served_by(turn).name.clone(),
            Work::Command(_) | Work::Gate => "the provider".to_owned(),
        };
        let (now, next) = (agent(record.turn), agent(record.turn.saturating_add(1)));
        match (charge, not_before) {
            (Charge::Wait, Some(until)) => self.waited.push(Waited {
                stage: stage.id.clone(),
                agent: now,
                from: at,
                until,
                to: None,
                day: None,
            }),
            (Charge::Turn, _) => {
                let name = &stage.name;
                let text = format!("{name}: the quota of {now} is used up, {next} does the work");
                self.notes.push((at, text));
            }
            _ => {}
        }
    }

    fn passed(&mut self, id: &StageId, result: &Attempted, ask: bool) -> Result<(), CannotApply> {
        let record = self.record_mut(id)?;
        record.artifacts.clone_from(&result.artifacts);
        record.commit.clone_from(&result.commit);
        record.verdict.clone_from(&result.verdict);
        record.findings.clear();
        record.session = None;
        if record.next.asks_nobody() {
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
            Charge::Turn => {
                record.turn += 1;
                record.session = None;
            }
            Charge::Iteration => {}
        }
        Ok(())
    }

    /// The engine lost an attempt, and nothing is known of what it used. It took the time up to its
    /// last sign of life: what went by since, nobody worked.
    pub(super) fn interrupted(
        &mut self,
        at: Timestamp,
        attempt: &AttemptId,
        reason: &str,
        last: Option<Timestamp>,
    ) -> Result<(), CannotApply> {
        let started = self
            .record_mut(&attempt.stage)?
            .attempts
            .iter()
            .find(|a| a.id == *attempt)
            .map_or(at, |a| a.started);
        // Clocks are set back and forth: it ended when it was found lost, at the latest.
        let took = last.map(|last| last.min(at).duration_since(started).as_millis());
        let took = took.map(|ms| u64::try_from(ms).unwrap_or(0));
        self.finished(at, &Attempted::lost(attempt.clone(), reason, took))
    }

    /// Never the agent's fault, so it charges neither retries nor iterations; but what is lost
    /// again and again is not started for ever.
    fn lost(&mut self, id: &StageId, reason: &str) -> Result<(), CannotApply> {
        let record = self.record_mut(id)?;
        record.go(StageState::Interrupted)?;
        record.interruptions += 1;
        if !record.next.asks_nobody() {
            record.next = NextKind::Retry;
        }
        if record.interruptions >= MAX_INTERRUPTIONS {
            record.go(StageState::Blocked)?;
            record.stop = Some(Stop {
                code: "interrupted".to_owned(),
                reason: format!("interrupted five times in a row, last: {reason}"),
            });
            self.taken.take_if(|t| t.stage == *id);
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
