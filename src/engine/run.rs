//! The state of a run, and how facts change it.

use super::after::{Next, after};
use super::event::{Attempted, Event, GateSide, Person};
use super::plan::{Plan, Stage};
use super::record::{Approval, AttemptRecord, NextKind, StageRecord, Stop};
use super::transitions::Illegal;
use crate::terms::usage::Total;
use crate::terms::{Digest, Finding, Oid, StageId, StageState};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A fact that can't be applied: the journal and the plan do not belong together, or the engine
/// made an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotApply {
    /// A step that the table of transitions does not know.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// A stage that the plan does not have.
    #[error("the plan has no stage '{0}'")]
    UnknownStage(StageId),
}

/// Where a landed run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Into which branch.
    pub into: String,
    /// How.
    pub how: String,
    /// The commit that came of it.
    pub commit: Oid,
    /// By whom.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A decision of a person, for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Person,
    /// What, one line.
    pub what: String,
    /// The evidence it was taken on, where there is some.
    pub evidence: Option<Digest>,
}

/// The state of a run: the fold of its events over its plan.
#[derive(Debug, Clone)]
pub struct Run {
    /// The locked plan.
    pub plan: Plan,
    /// The records of the stages, in workflow order.
    pub stages: Vec<StageRecord>,
    /// The commit it started from.
    pub base: Option<Oid>,
    /// Its branch, short name.
    pub branch: Option<String>,
    /// Whether branch and tree are there.
    pub prepared: bool,
    /// The latest hand-off commit, or the base.
    pub head: Option<Oid>,
    /// A person wants nothing new to be started.
    pub pause: bool,
    /// A person wants what runs to be interrupted.
    pub pause_now: bool,
    /// A person wants it to end, and why.
    pub cancel: Option<String>,
    /// The digest of the task where it counts, now.
    pub task: Option<Digest>,
    /// Approval settings, now.
    pub approvals: BTreeMap<String, bool>,
    /// What was added to the budget.
    pub raised: super::plan::Budget,
    /// The run's last files are written.
    pub ended: bool,
    /// Where it was landed.
    pub landed: Option<Landing>,
    /// Decisions of people, oldest first.
    pub decisions: Vec<Decided>,
    /// Notes, oldest first.
    pub notes: Vec<(Timestamp, String)>,
    /// When it was ordered.
    pub created: Option<Timestamp>,
    /// When the last fact arrived.
    pub updated: Option<Timestamp>,
}

impl Run {
    /// A run of this plan before anything happened.
    pub fn new(plan: Plan) -> Self {
        let stages = plan.stages.iter().map(StageRecord::new).collect();
        let task = plan.task.as_ref().map(|t| t.digest.clone());
        let approvals = plan.approvals.clone();
        Self {
            plan,
            stages,
            base: None,
            branch: None,
            prepared: false,
            head: None,
            pause: false,
            pause_now: false,
            cancel: None,
            task,
            approvals,
            raised: super::plan::Budget::default(),
            ended: false,
            landed: None,
            decisions: Vec::new(),
            notes: Vec::new(),
            created: None,
            updated: None,
        }
    }

    /// The record of a stage.
    pub fn record(&self, id: &StageId) -> Option<&StageRecord> {
        self.stages.iter().find(|s| &s.id == id)
    }

    /// The plan's stage and its record, by position.
    pub fn at(&self, index: usize) -> Option<(&Stage, &StageRecord)> {
        Some((self.plan.stages.get(index)?, self.stages.get(index)?))
    }

    pub(super) fn record_mut(&mut self, id: &StageId) -> Result<&mut StageRecord, CannotApply> {
        self.stages
            .iter_mut()
            .find(|s| &s.id == id)
            .ok_or_else(|| CannotApply::UnknownStage(id.clone()))
    }

    /// What all attempts of all stages used.
    pub fn total(&self) -> Total {
        let mut total = Total::default();
        for stage in &self.stages {
            total.tokens = total.tokens.saturating_add(stage.total.tokens);
            total.tokens_unknown += stage.total.tokens_unknown;
            total.cost_micros = total.cost_micros.saturating_add(stage.total.cost_micros);
            total.cost_unknown += stage.total.cost_unknown;
            total.attempts += stage.total.attempts;
        }
        total
    }

    /// Verified artifacts by name.
    pub fn artifacts(&self) -> BTreeMap<String, Digest> {
        self.stages
            .iter()
            .flat_map(|s| &s.artifacts)
            .map(|a| (a.name.clone(), a.digest.clone()))
            .collect()
    }

    /// Applies one fact, then everything that follows from it by itself.
    pub fn apply(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
        self.updated = Some(at);
        self.take(at, event)?;
        self.settle()
    }

    fn take(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
        match event {
            Event::Created {
                base,
                branch,
                chosen,
                ..
            } => {
                self.created = Some(at);
                self.base = Some(base.clone());
                self.head = Some(base.clone());
                self.branch = Some(branch.clone());
                self.choose(chosen)
            }
            Event::Prepared => {
                self.prepared = true;
                Ok(())
            }
            Event::Intent {
                attempt,
                public,
                session,
                inputs,
                checkpoint,
            } => {
                let record = self.record_mut(&attempt.stage)?;
                record.go(StageState::Running)?;
                if record.iteration != attempt.iteration {
                    record.loop_count += 1;
                    record.repairs = 0;
                    record.retries = 0;
                    record.second_chances = 0;
                }
                record.iteration = attempt.iteration;
                record.attempt = attempt.attempt;
                record.inputs = Some(inputs.clone());
                record.checkpoint = Some(checkpoint.clone());
                record.session.clone_from(session);
                record.not_before = None;
                record.attempts.push(AttemptRecord {
                    id: attempt.clone(),
                    public: public.clone(),
                    started: at,
                    result: None,
                });
                Ok(())
            }
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => self.finished(at, result),
            Event::GatePassed { stage } => {
                let record = self.record_mut(stage)?;
                record.go(StageState::Running)?;
                record.go(StageState::Passed)?;
                Ok(())
            }
            Event::Interrupted { attempt, reason } => self.interrupted(attempt, reason),
            Event::Stopped {
                stage,
                code,
                reason,
            } => {
                let record = self.record_mut(stage)?;
                if record.state == StageState::Pending {
                    record.go(StageState::Ready)?;
                }
                record.go(StageState::Blocked)?;
                record.stop = Some(Stop {
                    code: code.clone(),
                    reason: reason.clone(),
                });
                Ok(())
            }
            Event::TaskChanged { digest } => {
                self.task = Some(digest.clone());
                Ok(())
            }
            Event::ArtifactChanged {
                stage,
                artifact,
                commit,
            } => {
                self.head = Some(commit.clone());
                let record = self.record_mut(stage)?;
                record.commit = Some(commit.clone());
                record.artifacts.retain(|a| a.name != artifact.name);
                record.artifacts.push(artifact.clone());
                Ok(())
            }
            Event::Noted { text } => {
                self.notes.push((at, text.clone()));
                Ok(())
            }
            Event::Ended => {
                self.ended = true;
                Ok(())
            }
            person => self.take_order(at, person),
        }
    }

    /// What people decided.
    fn take_order(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
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
                by,
            } => {
                self.decided(at, by, format!("sent {stage} back: {reason}"), None);
                self.rejected(stage, *side, reason, by)
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
                by,
            } => {
                self.decided(at, by, format!("rerun from {stage}: {reason}"), None);
                self.rerun(stage, only, Vec::new())
            }
            Event::RerunStale { by } => {
                self.decided(at, by, "rerun of what is stale".to_owned(), None);
                self.rerun_stale()
            }
            Event::Skipped { stage, by } => {
                self.decided(at, by, format!("skipped {stage}"), None);
                self.record_mut(stage)?.go(StageState::Skipped)?;
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
                by,
            } => {
                self.decided(at, by, "raised the budget".to_owned(), None);
                let add = |sum: &mut Option<u64>, n: &u64| *sum = Some(sum.unwrap_or(0) + n);
                add(&mut self.raised.cost_micros, cost_micros);
                add(&mut self.raised.tokens, tokens);
                add(&mut self.raised.minutes, minutes);
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

    fn decided(&mut self, at: Timestamp, by: &Person, what: String, evidence: Option<&Digest>) {
        self.decisions.push(Decided {
            at,
            by: by.clone(),
            what,
            evidence: evidence.cloned(),
        });
    }

    /// Leaves out what was not chosen.
    fn choose(&mut self, chosen: &[StageId]) -> Result<(), CannotApply> {
        if chosen.is_empty() {
            return Ok(());
        }
        for record in &mut self.stages {
            if !chosen.contains(&record.id) {
                record.go(StageState::Skipped)?;
            }
        }
        Ok(())
    }

    fn finished(&mut self, at: Timestamp, result: &Attempted) -> Result<(), CannotApply> {
        let id = result.attempt.stage.clone();
        let stage = self
            .plan
            .stage(&id)
            .cloned()
            .ok_or_else(|| CannotApply::UnknownStage(id.clone()))?;
        let next = after(self, &stage, result, at);
        self.record_mut(&id)?.note_result(result);
        match next {
            Next::Pass { ask } => {
                if let Some(commit) = &result.commit {
                    self.head = Some(commit.clone());
                }
                let record = self.record_mut(&id)?;
                record.artifacts.clone_from(&result.artifacts);
                record.commit.clone_from(&result.commit);
                record.verdict.clone_from(&result.verdict);
                record.findings.clear();
                record.session = None;
                if ask {
                    record.go(StageState::AwaitingApproval)?;
                    record.asking = Some(GateSide::After);
                } else {
                    record.go(StageState::Passed)?;
                }
            }
            Next::Again {
                kind,
                findings,
                not_before,
            } => {
                let record = self.record_mut(&id)?;
                record.go(StageState::Ready)?;
                record.next = kind;
                record.not_before = not_before;
                if let Some(findings) = findings {
                    record.findings = findings;
                }
                match kind {
                    NextKind::Repair => record.repairs += 1,
                    NextKind::Retry if not_before.is_some() => record.retries += 1,
                    NextKind::Retry => record.second_chances += 1,
                    NextKind::Fresh | NextKind::Again | NextKind::Continue => {}
                }
            }
            Next::Loop { to, findings } => {
                let record = self.record_mut(&id)?;
                record.reruns += 1;
                record.rounds.push(findings.clone());
                record.verdict.clone_from(&result.verdict);
                self.rerun(&to, &[], findings)?;
            }
            Next::Ask => {
                let record = self.record_mut(&id)?;
                record.questions.clone_from(&result.questions);
                record.go(StageState::NeedsInput)?;
            }
            Next::Stop {
                state,
                stop,
                findings,
            } => {
                let record = self.record_mut(&id)?;
                if !findings.is_empty() {
                    record.rounds.push(findings.clone());
                    record.findings = findings;
                }
                record.go(state)?;
                record.stop = Some(stop);
            }
            Next::Replan { stage, reason } => {
                let record = self.record_mut(&id)?;
                record.go(StageState::ReplanRequired)?;
                record.stop = Some(Stop {
                    code: "replan".to_owned(),
                    reason: reason.clone(),
                });
                record.replan = Some((stage, reason));
            }
        }
        Ok(())
    }

    fn interrupted(
        &mut self,
        attempt: &crate::terms::AttemptId,
        reason: &str,
    ) -> Result<(), CannotApply> {
        let record = self.record_mut(&attempt.stage)?;
        record.go(StageState::Interrupted)?;
        record.interruptions += 1;
        record.next = NextKind::Retry;
        if record.interruptions >= 5 {
            record.go(StageState::Blocked)?;
            record.stop = Some(Stop {
                code: "interrupted".to_owned(),
                reason: format!("interrupted five times in a row, last: {reason}"),
            });
        }
        Ok(())
    }

    fn approved(
        &mut self,
        at: Timestamp,
        stage: &StageId,
        side: GateSide,
        evidence: &Digest,
        by: &Person,
    ) -> Result<(), CannotApply> {
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
                record.go(StageState::Passed)?;
            }
        }
        Ok(())
    }

    fn rejected(
        &mut self,
        stage: &StageId,
        side: GateSide,
        reason: &str,
        by: &Person,
    ) -> Result<(), CannotApply> {
        let planned = self
            .plan
            .stage(stage)
            .cloned()
            .ok_or_else(|| CannotApply::UnknownStage(stage.clone()))?;
        let target = super::gate::reject_target(&self.plan, &planned, side);
        let finding = Finding::new("person/rejected", reason).remedy(format!(
            "do what {} asks for, or say in `## Dispute` why not",
            by.name
        ));
        let finding = Finding {
            from: Some(stage.clone()),
            ..finding
        };
        let record = self.record_mut(stage)?;
        let Some(rerun) = target else {
            record.go(StageState::ReplanRequired)?;
            record.stop = Some(Stop {
                code: "rejected".to_owned(),
                reason: reason.to_owned(),
            });
            record.replan = Some((None, reason.to_owned()));
            return Ok(());
        };
        if record.rejections >= rerun.max + record.allowance {
            record.go(StageState::Failed)?;
            record.stop = Some(Stop {
                code: "on_reject".to_owned(),
                reason: format!("rejected more than {} times, last: {reason}", rerun.max),
            });
            return Ok(());
        }
        record.rejections += 1;
        self.rerun(&rerun.stage, &[], vec![finding])
    }

    /// Resets a stage and what lies below it (or, of that, only what is named), and hands it
    /// findings.
    fn rerun(
        &mut self,
        stage: &StageId,
        only: &[StageId],
        findings: Vec<Finding>,
    ) -> Result<(), CannotApply> {
        let below = self.plan.below(stage);
        for record in &mut self.stages {
            let named = only.is_empty() || only.contains(&record.id);
            let wanted = record.id == *stage || (below.contains(&record.id) && named);
            if !wanted || record.state == StageState::Pending {
                continue;
            }
            if record.state == StageState::Skipped && record.iteration == 0 && record.id != *stage {
                continue;
            }
            if record.state == StageState::Running && record.id != *stage {
                // Ends first; its result is then of a stage that was reset. The supervisor cancels
                // such attempts before it orders a rerun.
                continue;
            }
            record.reset()?;
        }
        let record = self.record_mut(stage)?;
        record.findings = findings;
        self.pause = false;
        self.pause_now = false;
        self.cancel = None;
        self.ended = false;
        Ok(())
    }

    fn rerun_stale(&mut self) -> Result<(), CannotApply> {
        for (id, _) in self.stale() {
            let writes = self
                .plan
                .stage(&id)
                .is_some_and(Stage::writes_beyond_artifacts);
            if writes {
                self.rerun(&id, &[], Vec::new())?;
            } else {
                self.record_mut(&id)?.reset()?;
            }
        }
        self.pause = false;
        self.pause_now = false;
        self.ended = false;
        Ok(())
    }

    /// Goes on with everything that a person's word can free.
    fn resumed(&mut self) -> Result<(), CannotApply> {
        self.pause = false;
        self.pause_now = false;
        for record in &mut self.stages {
            match record.state {
                StageState::Paused => {
                    record.next = NextKind::Continue;
                    record.go(StageState::Ready)?;
                }
                StageState::Interrupted => record.go(StageState::Ready)?,
                StageState::Blocked => {
                    record.repairs = 0;
                    record.retries = 0;
                    record.second_chances = 0;
                    record.interruptions = 0;
                    record.next = match record.attempt {
                        0 => NextKind::Fresh,
                        _ => NextKind::Retry,
                    };
                    record.rounds.clear();
                    record.go(StageState::Ready)?;
                }
                StageState::Failed => {
                    record.allowance += 1;
                    record.rounds.clear();
                    record.next = NextKind::Again;
                    record.go(StageState::Ready)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What follows by itself: pending stages become ready or are skipped, ready ones whose ground
    /// was reset wait again, a cancelled run's stages are cancelled.
    fn settle(&mut self) -> Result<(), CannotApply> {
        if self.cancel.is_some() {
            return self.settle_cancelled();
        }
        if !self.prepared {
            return Ok(());
        }
        loop {
            let mut changed = false;
            for index in 0..self.stages.len() {
                let state = self.stages[index].state;
                let open = self.is_open(index);
                match state {
                    StageState::Pending if open => {
                        let to = if self.is_wanted(index) {
                            StageState::Ready
                        } else {
                            StageState::Skipped
                        };
                        self.stages[index].go(to)?;
                        changed = true;
                    }
                    StageState::Ready | StageState::AwaitingApproval
                        if !open && self.stages[index].asking != Some(GateSide::After) =>
                    {
                        self.stages[index].go(StageState::Pending)?;
                        changed = true;
                    }
                    StageState::Ready if self.gate_asks(index) => {
                        self.stages[index].go(StageState::AwaitingApproval)?;
                        self.stages[index].asking = Some(GateSide::Before);
                        changed = true;
                    }
                    _ => {}
                }
            }
            if !changed {
                return Ok(());
            }
        }
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
    fn is_open(&self, index: usize) -> bool {
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
