//! What the engine remembers of one stage while a run lives.

use super::event::{Attempted, Person};
use super::inputs::Inputs;
use super::plan::{Agent, Criterion, Stage, Work};
use super::transitions::{Illegal, is_legal};
use crate::terms::evidence::{ArtifactRecord, CheckResult};
use crate::terms::usage::Total;
use crate::terms::verdict::{Met, Question, Verdict};
use crate::terms::{
    AttemptId, Digest, FailureKind, Finding, Oid, Outcome, PublicId, RunId, StageId, StageState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why the next attempt of a stage is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NextKind {
    /// A new iteration that starts from the checkpoint.
    Fresh,
    /// A new iteration of a loop, on the work that is there.
    Again,
    /// The same iteration with coded findings.
    Repair,
    /// After a failure that was not the work's.
    Retry,
    /// A paused or throttled attempt goes on in its session.
    Continue,
    /// The checks alone, on what was handed on: the code beside it has changed.
    Recheck,
    /// A person's own, on what lies in the tree.
    Taken,
}

impl NextKind {
    /// Whether no agent is asked: nothing of a budget is used, and no login.
    pub fn asks_nobody(self) -> bool {
        matches!(self, Self::Recheck | Self::Taken)
    }
}

/// Why a stage was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// It was not among the chosen steps.
    LeftOut,
    /// Its `when:` was false; looked at again whenever it is reset.
    Condition,
    /// A person skipped it; that holds until a person reruns it by name.
    Person,
}

/// Why a stage stopped and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// A code: an outcome's word, or `no_progress`, `budget`, `branch_moved` …
    pub code: String,
    /// The decisive fact, one line.
    pub reason: String,
}

/// An approval as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What it was given on.
    pub evidence: Digest,
    /// By whom.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// One attempt as the engine remembers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// The attempt.
    pub id: AttemptId,
    /// Its public id.
    pub public: PublicId,
    /// When it was started.
    pub started: Timestamp,
    /// The digest of the key that its exit record is sealed with.
    pub seal: Option<Digest>,
    /// The person whose attempt it is.
    #[serde(default)]
    pub by: Option<Person>,
    /// How it came out; `None` while it runs.
    pub result: Option<Attempted>,
    /// The agent that was asked; `None`: none was.
    #[serde(default)]
    pub agent: Option<String>,
    /// Whether the person whose it was threw away what it left: nothing goes on from that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub thrown: bool,
}

impl AttemptRecord {
    /// The mark of a person's attempt, beside whatever else is said of it.
    pub fn with(&self) -> Option<String> {
        self.by.as_ref().map(|by| format!("with {}", by.name))
    }
}

/// That no place is free for an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotWait {
    /// How many places there are.
    pub of: u32,
    /// How many of them are taken.
    pub taken: u32,
    /// The runs that have those.
    pub by: Vec<RunId>,
    /// The runs that wait for one before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<RunId>,
}

impl SlotWait {
    /// It for people.
    pub fn told(&self) -> String {
        let names = |runs: &[RunId]| {
            let names: Vec<&str> = runs.iter().map(RunId::as_str).collect();
            names.join(", ")
        };
        let mut told = format!(
            "it waits for a free slot: {} of {} taken",
            self.taken, self.of
        );
        if !self.by.is_empty() {
            told.push_str(&format!(" by {}", names(&self.by)));
        }
        if !self.before.is_empty() {
            told.push_str(&format!("; before it: {}", names(&self.before)));
        }
        told
    }
}

/// What the engine remembers of one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// The stage.
    pub id: StageId,
    /// Its state.
    pub state: StageState,
    /// The current iteration, from 1; 0 before the first.
    pub iteration: u32,
    /// The current attempt within it, from 1; 0 before the first.
    pub attempt: u32,
    /// Executions within the current loop: what `max_iterations` bounds.
    pub loop_count: u32,
    /// Repairs made in this iteration.
    pub repairs: u32,
    /// Transient retries made in this iteration.
    pub retries: u32,
    /// Retries after a timeout, a stall or a crash in this iteration.
    pub second_chances: u32,
    /// Waits for a quota's reset in this iteration.
    pub waits: u32,
    /// How many agents gave the work on, their quota used up.
    #[serde(default)]
    pub turn: u32,
    /// Interruptions in a row.
    pub interruptions: u32,
    /// Reruns that this stage's FAIL or failed checks have ordered.
    pub reruns: u32,
    /// Reruns that rejections at this stage's gates have ordered.
    pub rejections: u32,
    /// Extra executions that people allowed beyond the workflow's bounds.
    pub allowance: u32,
    /// The next attempt's kind.
    pub next: NextKind,
    /// The session to go on with.
    pub session: Option<String>,
    /// Not before this time.
    pub not_before: Option<Timestamp>,
    /// What the budget of a day keeps it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<super::day::DayHold>,
    /// The places of the project that it waits for one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<SlotWait>,
    /// Findings to hand to the next attempt.
    pub findings: Vec<Finding>,
    /// Answers of people: id, question, answer.
    pub answers: Vec<(String, String, String)>,
    /// Open questions.
    pub questions: Vec<Question>,
    /// The findings of each round of review, oldest first: for the no-progress rules.
    pub rounds: Vec<Vec<Finding>>,
    /// What the latest attempt was made from.
    pub inputs: Option<Inputs>,
    /// The commit the latest attempt started from, or that its unfinished work was moved to.
    pub checkpoint: Option<Oid>,
    /// What the latest attempt left unfinished, as a tree on a checkpoint that it was moved to.
    #[serde(default)]
    pub moved: Option<Oid>,
    /// Verified artifacts of the passed attempt.
    pub artifacts: Vec<ArtifactRecord>,
    /// The hand-off commit of the passed attempt.
    pub commit: Option<Oid>,
    /// The verdict of the passed attempt.
    pub verdict: Option<Verdict>,
    /// The checks of the latest attempt.
    pub checks: Vec<CheckResult>,
    /// Why it stopped.
    pub stop: Option<Stop>,
    /// The approval of its gate before.
    pub approved_before: Option<Approval>,
    /// The approval of its gate after.
    pub approved_after: Option<Approval>,
    /// Which gate asks, while it does.
    pub asking: Option<super::event::GateSide>,
    /// Every attempt, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// What all attempts used.
    pub total: Total,
    /// Milliseconds of all attempts.
    pub took_ms: u64,
    /// Where a REPLAN verdict points.
    pub replan: Option<(Option<StageId>, String)>,
    /// Why it was skipped, while it is.
    pub skipped: Option<Skip>,
    /// It was reset while an attempt of it runs: that attempt's result will not count.
    pub superseded: bool,
    /// Something above is being redone because it was stale: should this become stale by that, it
    /// is redone too, without another order.
    pub follow: bool,
    /// Where one more round would begin, for a stage that failed by a bound of a way back.
    pub back: Option<StageId>,
}

impl StageRecord {
    /// A stage before anything happened.
    pub fn new(stage: &Stage) -> Self {
        Self {
            id: stage.id.clone(),
            state: StageState::Pending,
            iteration: 0,
            attempt: 0,
            loop_count: 0,
            repairs: 0,
            retries: 0,
            second_chances: 0,
            waits: 0,
            turn: 0,
            interruptions: 0,
            reruns: 0,
            rejections: 0,
            allowance: 0,
            next: NextKind::Fresh,
            session: None,
            not_before: None,
            day: None,
            slot: None,
            findings: Vec::new(),
            answers: Vec::new(),
            questions: Vec::new(),
            rounds: Vec::new(),
            inputs: None,
            checkpoint: None,
            moved: None,
            artifacts: Vec::new(),
            commit: None,
            verdict: None,
            checks: Vec::new(),
            stop: None,
            approved_before: None,
            approved_after: None,
            asking: None,
            attempts: Vec::new(),
            total: Total::default(),
            took_ms: 0,
            replan: None,
            skipped: None,
            superseded: false,
            follow: false,
            back: None,
        }
    }

    /// Who serves the stage now, or is to serve it next; `None`: no agent does.
    pub fn agent<'a>(&self, stage: &'a Stage) -> Option<&'a Agent> {
        match &stage.work {
            Work::Role(work) => Some(work.served_by(self.turn)),
            Work::Command(_) | Work::Gate => None,
        }
    }

    /// The agent whose quota it waits for, and until when.
    pub fn waits_for_quota<'a>(&self, stage: &'a Stage) -> Option<(&'a str, Timestamp)> {
        let until = self.not_before.filter(|_| self.day.is_none())?;
        let failure = self.last_result().and_then(|r| r.failure);
        let waits = self.state == StageState::Ready && failure == Some(FailureKind::Quota);
        let agent = self
            .agent(stage)
            .map_or("the provider", |a| a.name.as_str());
        waits.then_some((agent, until))
    }

    /// Whether no place of those that all runs share is free for it.
    pub fn waits_for_slot(&self) -> bool {
        self.state == StageState::Ready && self.not_before.is_none() && self.slot.is_some()
    }

    /// Whether it waits for the end of a day whose budget is used up.
    pub fn waits_for_another_day(&self) -> bool {
        self.state == StageState::Ready && self.day.as_ref().is_some_and(|hold| !hold.pauses)
    }

    /// Moves to a state, if the table allows it.
    pub fn go(&mut self, to: StageState) -> Result<(), Illegal> {
        if self.state == to {
            return Ok(());
        }
        if !is_legal(self.state, to) {
            return Err(Illegal {
                stage: self.id.clone(),
                from: self.state,
                to,
            });
        }
        self.state = to;
        if !matches!(
            to,
            StageState::Blocked | StageState::Failed | StageState::ReplanRequired
        ) {
            self.stop = None;
        }
        if to != StageState::AwaitingApproval {
            self.asking = None;
        }
        Ok(())
    }

    /// Leaves it out.
    pub fn skip(&mut self, why: Skip) -> Result<(), Illegal> {
        self.go(StageState::Skipped)?;
        self.skipped = Some(why);
        Ok(())
    }

    /// Starts the counts of this round's bounds anew.
    pub fn forgive(&mut self) {
        self.repairs = 0;
        self.retries = 0;
        self.second_chances = 0;
        self.waits = 0;
        self.interruptions = 0;
    }

    /// Forgets what it came to, for another round from the checkpoint. History, totals and the
    /// approval to start stay; the latter is bound to its evidence.
    pub fn reset(&mut self) -> Result<(), Illegal> {
        self.go(StageState::Pending)?;
        self.next = NextKind::Fresh;
        self.session = None;
        self.not_before = None;
        self.day = None;
        self.slot = None;
        self.loop_count = 0;
        self.turn = 0;
        self.allowance = 0;
        self.questions.clear();
        self.artifacts.clear();
        self.commit = None;
        self.verdict = None;
        self.inputs = None;
        self.moved = None;
        self.approved_after = None;
        self.replan = None;
        self.skipped = None;
        self.superseded = false;
        self.follow = false;
        self.back = None;
        Ok(())
    }

    /// The attempt that would be started now.
    pub fn next_attempt(&self) -> AttemptId {
        let new_iteration = self.attempt == 0
            || matches!(
                self.next,
                NextKind::Fresh | NextKind::Again | NextKind::Recheck
            );
        AttemptId {
            stage: self.id.clone(),
            iteration: if new_iteration {
                self.iteration + 1
            } else {
                self.iteration
            },
            attempt: if new_iteration { 1 } else { self.attempt + 1 },
        }
    }

    /// How long its attempts took, in milliseconds, and whether of some that is not known. A person's
    /// own time is no part of it.
    pub fn took(&self) -> (u64, bool) {
        let theirs = self.attempts.iter().filter(|a| a.by.is_none());
        let mut results = theirs.filter_map(|a| a.result.as_ref());
        (self.took_ms, results.any(|r| r.took_ms.is_none()))
    }

    /// The attempt that runs or ran last.
    pub fn current_attempt(&self) -> Option<&AttemptRecord> {
        self.attempts.last()
    }

    /// How the last finished attempt came out.
    pub fn last_result(&self) -> Option<&Attempted> {
        self.attempts.iter().rev().find_map(|a| a.result.as_ref())
    }

    /// Criteria that its verdict calls unverifiable.
    pub fn unverifiable<'a>(&self, criteria: &'a [Criterion]) -> Vec<&'a Criterion> {
        let Some(verdict) = &self.verdict else {
            return Vec::new();
        };
        criteria
            .iter()
            .filter(|c| {
                verdict
                    .judgements
                    .iter()
                    .any(|j| j.criterion == c.id && j.met == Met::Unverifiable)
            })
            .collect()
    }

    /// The person who has the stage, while they have it.
    pub fn in_hand(&self) -> Option<&AttemptRecord> {
        let last = self.current_attempt()?;
        let theirs = last.by.is_some() && last.result.is_none();
        (self.state == StageState::Running && theirs).then_some(last)
    }

    /// Whether exactly this attempt is the one that runs.
    pub fn runs(&self, attempt: &AttemptId) -> bool {
        self.state == StageState::Running
            && self
                .current_attempt()
                .is_some_and(|a| a.id == *attempt && a.result.is_none())
    }

    /// Whether any criterion of its verdict could not be verified.
    pub fn has_unverifiable(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|v| v.judgements.iter().any(|j| j.met == Met::Unverifiable))
    }

    /// Takes the facts of a finished attempt into the record, without judging them. A second
    /// result of one attempt, or one of an attempt nobody knows, counts for nothing. `stage`: what the
    /// plan says of it.
    pub fn note_result(&mut self, stage: &Stage, result: &Attempted) {
        let known = self.attempts.iter_mut().find(|a| a.id == result.attempt);
        let Some(record) = known.filter(|a| a.result.is_none()) else {
            return;
        };
        record.result = Some(result.clone());
        self.moved = None;
        let asks_nobody = self.next == NextKind::Recheck;
        let persons = record.by.is_some();
        let asked = match &stage.work {
            Work::Role(work) if !asks_nobody => Some(work.served_as(record.agent.as_deref())),
            _ => None,
        };
        if let Some(agent) = asked
            && !matches!(result.outcome, Outcome::SetupFailed | Outcome::Unmet)
        {
            // What was lost left no word of what it used: who would have paid is known all the same.
            let by_plan = agent.plan && !persons;
            let usage = if by_plan {
                result.usage.on_plan()
            } else {
                result.usage
            };
            self.total.add(&usage);
        }
        if !persons {
            // A person's own time is on no budget, and on no average of the stage's.
            let took = result.took_ms.unwrap_or(0);
            self.took_ms = self.took_ms.saturating_add(took);
        }
        self.checks.clone_from(&result.checks);
        if result.session.is_some() {
            self.session.clone_from(&result.session);
        }
        if result.outcome != Outcome::Interrupted {
            self.interruptions = 0;
        }
    }
}
