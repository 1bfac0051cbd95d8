//! The state of a run, and how facts change it.

use super::budget::More;
use super::event::{Event, GateSide, Person};
use super::inputs::settings_digest;
use super::note::Note;
use super::plan::{Plan, Stage};
use super::record::{AttemptRecord, Skip, StageRecord, Stop};
use super::review::Review;
use super::taken::{Taken, Unfit};
use super::transitions::Illegal;
use crate::terms::evidence::ArtifactRecord;
use crate::terms::usage::Total;
use crate::terms::{Digest, Oid, StageId, StageState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Where a result is up for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InReview {
    /// Where people see it.
    pub url: String,
    /// The program that opened it: `gh`, `glab`.
    pub forge: String,
    /// The remote it was pushed to.
    pub remote: String,
    /// The branch there, short name.
    pub branch: String,
    /// The branch it is to enter, short name.
    pub into: String,
    /// The commit that was pushed.
    pub commit: Oid,
    /// The run's last commit then: what was done since is not in it.
    pub head: Oid,
    /// The commit of the artifacts that was pushed along, where a ref of their own keeps them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<Oid>,
    /// By whom.
    pub by: Person,
}

/// A wait for a quota, or for the end of a day whose budget is used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// The stage that waited.
    pub stage: StageId,
    /// Whose quota it was.
    pub agent: String,
    /// From when.
    pub from: Timestamp,
    /// When the quota was to be there again.
    pub until: Timestamp,
    /// When the stage went on; `None`: it has not.
    pub to: Option<Timestamp>,
    /// The day whose budget was used up, where it was that and no quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
}

/// A decision of a person, for the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// The locked plan.
    pub plan: Plan,
    /// The records of the stages, in workflow order.
    pub stages: Vec<StageRecord>,
    /// What is set for each stage, by digest: as fixed as the plan, and asked for at every fact.
    pub(super) settings: BTreeMap<StageId, Digest>,
    /// The commit it started from, or the one that it was refreshed on last.
    pub base: Option<Oid>,
    /// The commit of the base branch that was taken in last, once it was refreshed.
    #[serde(default)]
    pub refreshed_on: Option<Oid>,
    /// The merge that brought other code in from a base that had moved, the latest: what was judged
    /// before was judged on other code.
    #[serde(default)]
    pub ground: Option<Oid>,
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
    /// What profiles bring back, by the names of inputs, now; empty: nobody has looked yet.
    pub brought: BTreeMap<String, Digest>,
    /// Approval settings, now.
    pub approvals: BTreeMap<String, bool>,
    /// What was added to the budget.
    pub raised: super::plan::Budget,
    /// What was added to the budget of a day, which counts for all runs of the project.
    #[serde(default)]
    pub day_raised: BTreeMap<Date, More>,
    /// The day of whose budget it told last that most is used.
    #[serde(default)]
    pub day_warned: Option<Date>,
    /// The run's last files are written.
    pub ended: bool,
    /// Where it is up for review, as it was pushed last.
    #[serde(default)]
    pub in_review: Option<InReview>,
    /// What was brought back from there, each by where it stands.
    #[serde(default)]
    pub brought_back: BTreeSet<String>,
    /// Where it was landed.
    pub landed: Option<Landing>,
    /// What was sent back with comments, and what was answered.
    #[serde(default)]
    pub review: Review,
    /// The stage that a person has taken over, while they have it.
    #[serde(default)]
    pub taken: Option<Taken>,
    /// Stages that people handed back unfit, as they were before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unfit: Vec<Unfit>,
    /// Words of people for attempts to come, and those that were given to one, oldest first.
    #[serde(default)]
    pub words: Vec<Note>,
    /// Decisions of people, oldest first.
    pub decisions: Vec<Decided>,
    /// Notes, oldest first.
    pub notes: Vec<(Timestamp, String)>,
    /// The quotas that were waited for, oldest first.
    #[serde(default)]
    pub waited: Vec<Waited>,
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
        let settings = plan
            .stages
            .iter()
            .map(|stage| (stage.id.clone(), settings_digest(&plan, stage)))
            .collect();
        Self {
            plan,
            stages,
            settings,
            base: None,
            refreshed_on: None,
            ground: None,
            branch: None,
            prepared: false,
            head: None,
            pause: false,
            pause_now: false,
            cancel: None,
            task,
            brought: BTreeMap::new(),
            approvals,
            raised: super::plan::Budget::default(),
            day_raised: BTreeMap::new(),
            day_warned: None,
            ended: false,
            in_review: None,
            brought_back: BTreeSet::new(),
            landed: None,
            review: Review::default(),
            taken: None,
            unfit: Vec::new(),
            words: Vec::new(),
            decisions: Vec::new(),
            notes: Vec::new(),
            waited: Vec::new(),
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
        let totals = self.stages.iter().map(|s| &s.total);
        totals.fold(Total::default(), Total::and)
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
            Event::Intent { .. } => self.intent(at, event),
            Event::Started { .. } => Ok(()),
            Event::Finished(result) => self.finished(at, result),
            Event::GatePassed { stage } => {
                let record = self.record_mut(stage)?;
                record.go(StageState::Running)?;
                record.go(StageState::Passed)?;
                Ok(())
            }
            Event::Interrupted {
                attempt,
                reason,
                again,
                last,
            } => {
                self.interrupted(at, attempt, reason, *last)?;
                let record = self.record_mut(&attempt.stage)?;
                if *again && record.state == StageState::Interrupted {
                    record.go(StageState::Ready)?;
                }
                Ok(())
            }
            Event::Stopped {
                stage,
                code,
                reason,
            } => self.stopped(at, stage, code, reason),
            Event::TaskChanged { digest, criteria } => {
                self.task = Some(digest.clone());
                if let Some(task) = self.plan.task.as_mut().filter(|_| !criteria.is_empty()) {
                    task.criteria.clone_from(criteria);
                }
                Ok(())
            }
            Event::BroughtChanged { digests } => {
                self.brought.clone_from(digests);
                Ok(())
            }
            Event::ArtifactChanged {
                stage,
                artifact,
                commit,
            } => self.artifact_changed(stage, artifact, commit),
            Event::Refreshed(fact) => self.refreshed(at, fact),
            Event::FoundInPlace { commit, .. } => {
                self.head = Some(commit.clone());
                Ok(())
            }
            Event::DayHeld { stage, hold } => {
                self.day_held(at, stage, hold);
                Ok(())
            }
            Event::SlotWanted { stage, wait } => {
                self.record_mut(stage)?.slot = Some(wait.clone());
                Ok(())
            }
            Event::DayFreed => {
                self.day_freed(at);
                Ok(())
            }
            Event::DayWarned(share) => {
                self.day_warned = Some(share.day);
                let least = if share.at_least { "at least " } else { "" };
                let text = format!(
                    "{least}{} % of the budget of {} for {} is used, by all runs of this project",
                    share.percent, share.of, share.day
                );
                self.notes.push((at, text));
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

    /// Leaves out what was not chosen.
    fn choose(&mut self, chosen: &[StageId]) -> Result<(), CannotApply> {
        if let Some(unknown) = chosen.iter().find(|id| self.record(id).is_none()) {
            return Err(CannotApply::UnknownStage(unknown.clone()));
        }
        if chosen.is_empty() {
            return Ok(());
        }
        for record in &mut self.stages {
            if !chosen.contains(&record.id) {
                record.skip(Skip::LeftOut)?;
            }
        }
        Ok(())
    }

    fn intent(&mut self, at: Timestamp, event: &Event) -> Result<(), CannotApply> {
        let Event::Intent {
            attempt,
            public,
            session,
            inputs,
            checkpoint,
            seal,
            by,
        } = event
        else {
            return Ok(());
        };
        let stage = self.plan.stage(&attempt.stage);
        let served = stage.zip(self.record(&attempt.stage));
        let agent = served.and_then(|(stage, record)| record.agent(stage));
        let agent = agent.map(|agent| agent.name.clone());
        for wait in &mut self.waited {
            if wait.stage == attempt.stage && wait.to.is_none() {
                wait.to = Some(at);
            }
        }
        let record = self.record_mut(&attempt.stage)?;
        record.go(StageState::Running)?;
        // Its checks run once more, or a person works; that is no round of the loop.
        let rechecks = record.next.asks_nobody();
        if record.iteration != attempt.iteration && !rechecks {
            record.loop_count += 1;
            record.repairs = 0;
            record.retries = 0;
            record.second_chances = 0;
            record.waits = 0;
        }
        record.iteration = attempt.iteration;
        record.attempt = attempt.attempt;
        record.inputs = Some(inputs.clone());
        record.checkpoint = Some(checkpoint.clone());
        record.session.clone_from(session);
        record.not_before = None;
        record.day = None;
        record.slot = None;
        record.attempts.push(AttemptRecord {
            id: attempt.clone(),
            public: public.clone(),
            started: at,
            seal: seal.clone(),
            by: by.clone(),
            result: None,
            agent: agent.filter(|_| by.is_none()),
            thrown: false,
        });
        if !record.next.asks_nobody() {
            self.use_words(&attempt.stage, public);
        }
        Ok(())
    }

    /// Something that no attempt is to blame for. A stage that has ended otherwise stays as it
    /// is: the reason is kept as a note.
    fn stopped(
        &mut self,
        at: Timestamp,
        stage: &StageId,
        code: &str,
        reason: &str,
    ) -> Result<(), CannotApply> {
        if self.not_taken(at, stage, reason)? {
            return Ok(());
        }
        let record = self.record_mut(stage)?;
        let ended = matches!(
            record.state,
            StageState::Failed
                | StageState::ReplanRequired
                | StageState::Skipped
                | StageState::Cancelled
        );
        if ended {
            self.notes.push((at, format!("{stage}: {reason}")));
            return Ok(());
        }
        record.go(StageState::Blocked)?;
        record.stop = Some(Stop {
            code: code.to_owned(),
            reason: reason.to_owned(),
        });
        Ok(())
    }

    /// A changed artifact counts while its stage stands as passed; one that is being redone makes
    /// its own.
    fn artifact_changed(
        &mut self,
        stage: &StageId,
        artifact: &ArtifactRecord,
        commit: &Oid,
    ) -> Result<(), CannotApply> {
        self.head = Some(commit.clone());
        let record = self.record_mut(stage)?;
        let stands = record.state == StageState::Passed || record.asking == Some(GateSide::After);
        if stands {
            record.commit = Some(commit.clone());
            record.artifacts.retain(|a| a.name != artifact.name);
            record.artifacts.push(artifact.clone());
        }
        Ok(())
    }
}
