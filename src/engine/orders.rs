//! What people order, and what becomes of it.
//!
//! Whether an order is lawful now is `may`'s to say, before it becomes an event.

use super::budget::More;
use super::event::{Event, GateSide, Person};
use super::plan::Stage;
use super::record::{Approval, NextKind, Skip, Stop};
use super::review::{Comment, brought, with};
use super::run::{CannotApply, Decided, Landing, Run};
use crate::terms::{Digest, Finding, Outcome, StageId, StageState};
use jiff::Timestamp;

/// That a stage was sent back, and with what.
fn sent_back(stage: &StageId, reason: &str, comments: usize) -> String {
    let what = format!("sent {stage} back{}", with(comments));
    match reason {
        "" => what,
        reason => format!("{what}: {reason}"),
    }
}

impl Run {
    /// What people decided.
    pub(super) fn take_order(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
        match event {
            Event::Approved {
                stage,
                side,
                evidence,
                by,
            } => {
                self.decided(at, by, format!("approved {stage}"), Some(evidence));
                self.approved(at, stage, *side, evidence, by)
            }
            Event::Rejected {
                stage,
                side,
                reason,
                comments,
                by,
            } => {
                let what = sent_back(stage, reason, comments.len());
                self.decided(at, by, what, None);
                self.rejected(at, (stage, *side), (reason, comments), by)
            }
            Event::Answered { stage, answers, by } => {
                let list: Vec<_> = answers.iter().map(|(id, ..)| id.as_str()).collect();
                self.decided(
                    at,
                    by,
                    format!("answered {} of {stage}", list.join(", ")),
                    None,
                );
                let record = self.record_mut(stage)?;
                record.answers.extend(answers.iter().cloned());
                record.questions.clear();
                record.next = NextKind::Repair;
                record.go(StageState::Ready)?;
                Ok(())
            }
            Event::Paused { now, by } => {
                let how = if *now {
                    "paused now"
                } else {
                    "paused at the next boundary"
                };
                self.decided(at, by, how.to_owned(), None);
                self.pause = true;
                self.pause_now = *now;
                Ok(())
            }
            Event::Resumed { by } => {
                self.decided(at, by, "resumed".to_owned(), None);
                self.day_freed(at);
                self.resumed()
            }
            Event::Cancelled { reason, by } => {
                self.decided(at, by, format!("cancelled: {reason}"), None);
                self.cancel = Some(reason.clone());
                Ok(())
            }
            Event::Rerun {
                stage,
                only,
                reason,
                comments,
                by,
            } => {
                let what = format!("rerun from {stage}{}: {reason}", with(comments.len()));
                self.decided(at, by, what, None);
                self.rerun(stage, only)?;
                if !comments.is_empty() {
                    let findings = self.sent_back(at, by, (stage, stage), comments);
                    self.record_mut(stage)?.findings.extend(findings);
                }
                Ok(())
            }
            Event::RerunStale { by } => {
                self.decided(at, by, "rerun of what is stale".to_owned(), None);
                self.rerun_stale()
            }
            Event::Taken { stage, by } => {
                self.decided(at, by, format!("took {stage} over"), None);
                self.take_over(at, stage, by)
            }
            Event::NoteGiven { stage, text, by } => {
                self.give_word(at, stage, text, by);
                Ok(())
            }
            Event::NoteRemoved { note, .. } => {
                self.remove_word(note);
                Ok(())
            }
            Event::Skipped { stage, by } => {
                self.decided(at, by, format!("skipped {stage}"), None);
                self.record_mut(stage)?.skip(Skip::Person)?;
                Ok(())
            }
            Event::ApprovalSetting { name, value, by } => {
                self.decided(at, by, format!("set approval {name} to {value}"), None);
                self.approvals.insert(name.clone(), *value);
                Ok(())
            }
            Event::BudgetRaised {
                cost_micros,
                tokens,
                minutes,
                day,
                by,
            } => {
                let more = More {
                    cost_micros: *cost_micros,
                    tokens: *tokens,
                    minutes: *minutes,
                };
                let more_text = more.text();
                let what = match day {
                    None => format!("raised the budget by {more_text}"),
                    Some(day) => format!("raised the budget of {day}, of all runs, by {more_text}"),
                };
                self.decided(at, by, what, None);
                if let Some(day) = day {
                    let raised = self.day_raised.entry(*day).or_default();
                    *raised = raised.and(more);
                    self.day_freed(at);
                    return Ok(());
                }
                let add = |sum: &mut Option<u64>, n: &u64| {
                    *sum = Some(sum.unwrap_or(0).saturating_add(*n));
                };
                add(&mut self.raised.cost_micros, cost_micros);
                add(&mut self.raised.tokens, tokens);
                add(&mut self.raised.minutes, minutes);
                Ok(())
            }
            _ => self.take_result(at, event),
        }
    }

    /// What people did with the result.
    fn take_result(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
        match event {
            Event::InReview(review) => {
                self.in_review = Some(review.as_ref().clone());
                Ok(())
            }
            Event::SentBack {
                stage,
                findings,
                comments,
                sources,
                from,
                by,
            } => {
                let found = brought(comments.len(), findings.len());
                let what = format!("sent back to {stage} with {found} of {from}");
                self.decided(at, by, what, None);
                self.brought_back.extend(sources.iter().cloned());
                self.rerun(stage, &[])?;
                let mut found = findings.clone();
                if !comments.is_empty() {
                    found.extend(self.sent_back(at, by, (stage, stage), comments));
                }
                self.record_mut(stage)?.findings.extend(found);
                Ok(())
            }
            Event::Landed {
                into,
                how,
                commit,
                by,
            } => {
                self.decided(at, by, format!("landed on {into} ({how})"), None);
                self.landed = Some(Landing {
                    into: into.clone(),
                    how: how.clone(),
                    commit: commit.clone(),
                    by: by.clone(),
                    at,
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn decided(
        &mut self,
        at: Timestamp,
        by: &Person,
        what: String,
        evidence: Option<&Digest>,
    ) {
        self.decisions.push(Decided {
            at,
            by: by.clone(),
            what,
            evidence: evidence.cloned(),
        });
    }

    /// An approval that was given on other evidence than there is now lets nothing through.
    fn approved(
        &mut self,
        at: Timestamp,
        stage: &StageId,
        side: GateSide,
        evidence: &Digest,
        by: &Person,
    ) -> Result<(), CannotApply> {
        let holds = self.evidence(stage, side) == *evidence;
        let approval = Approval {
            evidence: evidence.clone(),
            by: by.clone(),
            at,
        };
        let record = self.record_mut(stage)?;
        match side {
            GateSide::Before => {
                record.approved_before = Some(approval);
                record.go(StageState::Ready)?;
            }
            GateSide::After => {
                record.approved_after = Some(approval);
                if holds {
                    record.go(StageState::Passed)?;
                }
            }
        }
        Ok(())
    }

    fn rejected(
        &mut self,
        at: Timestamp,
        (stage, side): (&StageId, GateSide),
        (reason, comments): (&str, &[Comment]),
        by: &Person,
    ) -> Result<(), CannotApply> {
        let planned = self
            .plan
            .stage(stage)
            .cloned()
            .ok_or_else(|| CannotApply::UnknownStage(stage.clone()))?;
        let target = super::gate::reject_target(&self.plan, &planned, side);
        let mut findings = Vec::new();
        if !reason.is_empty() {
            findings.push(Finding {
                from: Some(stage.clone()),
                ..Finding::new("person/rejected", reason).remedy(format!(
                    "do what {} asks for, or say in `## Dispute` why not",
                    by.name
                ))
            });
        }
        let told = match reason {
            "" => format!("sent back{}", with(comments.len())),
            reason => reason.to_owned(),
        };
        if let Some(rerun) = &target {
            findings.extend(self.sent_back(at, by, (stage, &rerun.stage), comments));
        }
        let record = self.record_mut(stage)?;
        let Some(rerun) = target else {
            record.go(StageState::ReplanRequired)?;
            record.stop = Some(Stop {
                code: "rejected".to_owned(),
                reason: told.clone(),
            });
            record.replan = Some((None, told));
            return Ok(());
        };
        if record.rejections >= rerun.max.saturating_add(record.allowance) {
            record.go(StageState::Failed)?;
            record.stop = Some(Stop {
                code: "on_reject".to_owned(),
                reason: format!("rejected more than {} times, last: {told}", rerun.max),
            });
            record.findings = findings;
            record.back = Some(rerun.stage);
            return Ok(());
        }
        record.rejections += 1;
        self.rework(stage, &rerun.stage, findings)
    }

    /// Sends the work back to `target` by the word of `by`, a stage at or below it: everything
    /// from the target down is reset, and the loops between the two count anew.
    pub(super) fn rework(
        &mut self,
        by: &StageId,
        target: &StageId,
        findings: Vec<Finding>,
    ) -> Result<(), CannotApply> {
        self.record(target)
            .ok_or_else(|| CannotApply::UnknownStage(target.clone()))?;
        let above = self.plan.above(by);
        for id in self.reset_from(target, &[])? {
            if above.contains(&id) {
                let record = self.record_mut(&id)?;
                record.reruns = 0;
                record.rejections = 0;
            }
        }
        self.record_mut(target)?.findings = findings;
        Ok(())
    }

    /// Resets a stage and what lies below it, or it and exactly what is named. What was left out
    /// or skipped by a person stays so unless it is named. An attempt that runs is superseded: its
    /// result will not count.
    fn reset_from(
        &mut self,
        stage: &StageId,
        only: &[StageId],
    ) -> Result<Vec<StageId>, CannotApply> {
        let below = self.plan.below(stage);
        let mut reset = Vec::new();
        for record in &mut self.stages {
            let named = record.id == *stage || only.contains(&record.id);
            let stays_out = matches!(record.skipped, Some(Skip::LeftOut | Skip::Person));
            let wanted = named || (only.is_empty() && below.contains(&record.id) && !stays_out);
            if !wanted {
                continue;
            }
            if record.state == StageState::Running {
                record.superseded = true;
            } else {
                record.reset()?;
            }
            reset.push(record.id.clone());
        }
        Ok(reset)
    }

    /// A person's order to do a stage again. Every count and every approval in its range begins
    /// anew; a reason to replan becomes a finding of the stage that is reopened.
    fn rerun(&mut self, stage: &StageId, only: &[StageId]) -> Result<(), CannotApply> {
        self.record(stage)
            .ok_or_else(|| CannotApply::UnknownStage(stage.clone()))?;
        let replans: Vec<Finding> = self
            .stages
            .iter()
            .filter_map(|r| r.replan.as_ref().map(|(_, why)| (r.id.clone(), why)))
            .map(|(from, why)| Finding {
                from: Some(from),
                ..Finding::new("review/replan", why.as_str())
            })
            .collect();
        for id in self.reset_from(stage, only)? {
            let record = self.record_mut(&id)?;
            record.reruns = 0;
            record.rejections = 0;
            record.rounds.clear();
            record.approved_before = None;
            record.forgive();
        }
        self.record_mut(stage)?.findings.extend(replans);
        if self.cancel.take().is_some() {
            // The whole run was cancelled, so the whole run goes on.
            for record in &mut self.stages {
                if record.state == StageState::Cancelled {
                    record.reset()?;
                }
            }
        }
        self.pause = false;
        self.pause_now = false;
        Ok(())
    }

    /// Resets what is stale: a stage that writes with all below it, any other alone. What lies
    /// below follows if it becomes stale by that.
    fn rerun_stale(&mut self) -> Result<(), CannotApply> {
        for (id, _) in self.stale() {
            let writes = self
                .plan
                .stage(&id)
                .is_some_and(Stage::writes_beyond_artifacts);
            if writes {
                self.reset_from(&id, &[])?;
            } else {
                self.record_mut(&id)?.reset()?;
            }
            for below in self.plan.below(&id) {
                self.record_mut(&below)?.follow = true;
            }
        }
        self.pause = false;
        self.pause_now = false;
        Ok(())
    }

    /// Goes on with everything that a person's word can free.
    fn resumed(&mut self) -> Result<(), CannotApply> {
        self.pause = false;
        self.pause_now = false;
        let mut back: Vec<(StageId, StageId, Vec<Finding>)> = Vec::new();
        let mut lost: Vec<StageId> = Vec::new();
        for record in &mut self.stages {
            match record.state {
                StageState::Paused if record.next == NextKind::Recheck => {
                    record.go(StageState::Ready)?;
                }
                // The agent goes on with what the person left, told what was found in it.
                StageState::Blocked if left_by_a_person(record) => {
                    record.forgive();
                    record.next = NextKind::Repair;
                    record.go(StageState::Ready)?;
                }
                StageState::Paused => {
                    record.next = match record.session {
                        Some(_) => NextKind::Continue,
                        None => NextKind::Retry,
                    };
                    record.go(StageState::Ready)?;
                }
                StageState::Interrupted => record.go(StageState::Ready)?,
                // It had passed, and what it handed on is gone.
                StageState::Blocked if record.commit.is_some() => lost.push(record.id.clone()),
                StageState::Blocked if record.next == NextKind::Recheck => {
                    record.forgive();
                    record.go(StageState::Ready)?;
                }
                StageState::Blocked => {
                    record.forgive();
                    record.rounds.clear();
                    // What could not be joined is done again on what stands there now.
                    let refused = record
                        .last_result()
                        .is_some_and(|r| r.outcome == Outcome::NotHandedOn);
                    record.next = match record.loop_count {
                        0 => NextKind::Fresh,
                        _ if refused => {
                            // Another execution, which the person who resumes allows.
                            record.allowance += 1;
                            NextKind::Fresh
                        }
                        _ => NextKind::Retry,
                    };
                    record.go(StageState::Ready)?;
                }
                StageState::Failed => {
                    record.forgive();
                    record.rounds.clear();
                    record.allowance += 1;
                    if let Some(target) = record.back.take() {
                        back.push((record.id.clone(), target, record.findings.clone()));
                    } else {
                        record.next = NextKind::Again;
                        record.go(StageState::Ready)?;
                    }
                }
                _ => {}
            }
        }
        for id in lost {
            self.reset_from(&id, &[])?;
        }
        // One more round of what is used up goes where its rounds go. The reset takes the
        // allowance back: it was for this round.
        for (id, target, findings) in back {
            self.rework(&id, &target, findings)?;
        }
        Ok(())
    }
}

/// Whether what lies there is what a person handed back, judged and not passed.
fn left_by_a_person(record: &super::record::StageRecord) -> bool {
    let last = record.current_attempt();
    let judged = |a: &super::record::AttemptRecord| {
        let result = a.result.as_ref();
        result.is_some_and(|r| r.outcome != Outcome::Returned && r.tree.is_some())
    };
    record.commit.is_none() && last.is_some_and(|a| a.by.is_some() && judged(a))
}
