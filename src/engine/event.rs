//! What happened: the facts that the journal keeps. The state of a run is the fold of its events
//! over its plan, so an event says all that the engine needs and nothing that it can work out.

use super::budget::More;
use super::day::{DayHold, DayShare};
use super::inputs::Inputs;
use super::plan::Criterion;
use super::record::SlotWait;
use super::review::Comment;
use super::run::InReview;
use crate::terms::evidence::{ArtifactRecord, CheckResult};
use crate::terms::review::Reply;
use crate::terms::verdict::{Question, Verdict};
use crate::terms::{
    AttemptId, Digest, FailureKind, Finding, Oid, Outcome, PublicId, StageId, Usage,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who did something, as far as can be told: for the record, not for trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The user's name.
    pub name: String,
    /// The terminal, where there is one.
    pub terminal: Option<String>,
    /// The process that gave the order.
    pub pid: u32,
}

/// Which of a stage's two gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateSide {
    /// Before it starts.
    Before,
    /// After it has satisfied its contract.
    After,
}

/// How an attempt came out, as the engine judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// The attempt.
    pub attempt: AttemptId,
    /// The typed outcome.
    pub outcome: Outcome,
    /// The decisive fact, one line.
    pub reason: String,
    /// Findings, for the next attempt or for the stage that must mend them.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Verified artifacts.
    #[serde(default)]
    pub artifacts: Vec<ArtifactRecord>,
    /// A verdict that parsed.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Open questions.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// What the agent disputes.
    #[serde(default)]
    pub dispute: Option<String>,
    /// What it answered to the comments of a review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    /// Checks with their evidence.
    #[serde(default)]
    pub checks: Vec<CheckResult>,
    /// Why the agent program failed.
    #[serde(default)]
    pub failure: Option<FailureKind>,
    /// Seconds until it may be tried again, where the provider said so.
    #[serde(default)]
    pub retry_after_secs: Option<u64>,
    /// The moment that the time of day means to which a quota is waited for, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_until: Option<jiff::Timestamp>,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// Its session.
    #[serde(default)]
    pub session: Option<String>,
    /// The commit of the hand-off, for a passed attempt.
    #[serde(default)]
    pub commit: Option<Oid>,
    /// The tree that was handed on, or that was left where nothing was.
    #[serde(default)]
    pub tree: Option<Oid>,
    /// How many paths changed in the hand-off.
    #[serde(default)]
    pub changed: usize,
    /// How long it took, in milliseconds; `None`: not known, as of what was lost without a sign of life.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// The model that answered.
    #[serde(default)]
    pub model: Option<String>,
    /// The sandbox that was obtained, in words.
    #[serde(default)]
    pub sandbox: String,
    /// Paths that were taken back.
    #[serde(default)]
    pub taken_back: Vec<String>,
    /// Notes for the report.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Attempted {
    /// An attempt that the engine lost: nothing is known of it, its usage least of all.
    pub fn lost(attempt: AttemptId, reason: impl Into<String>, took_ms: Option<u64>) -> Self {
        Self {
            attempt,
            outcome: Outcome::Interrupted,
            reason: reason.into(),
            findings: Vec::new(),
            artifacts: Vec::new(),
            verdict: None,
            questions: Vec::new(),
            dispute: None,
            replies: Vec::new(),
            checks: Vec::new(),
            failure: None,
            retry_after_secs: None,
            quota_until: None,
            usage: Usage::default(),
            session: None,
            commit: None,
            tree: None,
            changed: 0,
            took_ms,
            model: None,
            sandbox: String::new(),
            taken_back: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// The run's branch holds its base as that is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// The base branch, short name.
    pub branch: String,
    /// The commit of it that was merged.
    pub onto: Oid,
    /// The run's base from here on: that commit or, where the run took along what was not committed,
    /// one upon it that holds that too.
    pub base: Oid,
    /// The merge: the run's head from here on.
    pub head: Oid,
    /// How many commits of the base branch came in.
    pub commits: usize,
    /// How many paths outside of harness/ they changed; 0: the code is as it was.
    pub files: usize,
    /// The first of the paths that both sides changed.
    pub both: Vec<String>,
    /// Unfinished work of stages on the new head, as trees.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub work: BTreeMap<StageId, Oid>,
    /// Who ordered it.
    pub by: Person,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The run was ordered.
    Created {
        /// The digest of its locked plan.
        plan: Digest,
        /// The commit it starts from.
        base: Oid,
        /// Its branch, short name.
        branch: String,
        /// The stages that were chosen; empty: all.
        #[serde(default)]
        chosen: Vec<StageId>,
        /// Who ordered it.
        by: Person,
    },
    /// Its branch and tree are there.
    Prepared,
    /// An attempt is about to be started. Durable before the process exists.
    Intent {
        /// The attempt.
        attempt: AttemptId,
        /// Its public id.
        public: PublicId,
        /// The session chosen for it.
        session: Option<String>,
        /// What it is made from.
        inputs: Inputs,
        /// The commit it starts from.
        checkpoint: Oid,
        /// The digest of the key that its record is sealed with; `None`: it is not sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<Digest>,
        /// The person whose attempt it is; `None`: the agent's, or the command's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Person>,
    },
    /// Its process is there.
    Started {
        /// The attempt.
        attempt: AttemptId,
        /// The process id of its `stage-exec`.
        pid: u32,
    },
    /// It ended; its result is durable.
    Finished(Box<Attempted>),
    /// A stage that is nothing but a gate got through.
    GatePassed {
        /// The stage.
        stage: StageId,
    },
    /// A person approved.
    Approved {
        /// The gate's stage.
        stage: StageId,
        /// Which gate.
        side: GateSide,
        /// What it was given on.
        evidence: Digest,
        /// Who.
        by: Person,
    },
    /// A person sent it back.
    Rejected {
        /// The gate's stage.
        stage: StageId,
        /// Which gate.
        side: GateSide,
        /// Why; it becomes a finding. Empty where comments say it.
        reason: String,
        /// Comments on lines, each a finding that is to be answered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        comments: Vec<Comment>,
        /// Who.
        by: Person,
    },
    /// A person answered questions.
    Answered {
        /// The stage that asked.
        stage: StageId,
        /// Id, question, answer.
        answers: Vec<(String, String, String)>,
        /// Who.
        by: Person,
    },
    /// Nothing new is to be started; with `now`, what runs is interrupted.
    Paused {
        /// Interrupt what runs.
        now: bool,
        /// Who.
        by: Person,
    },
    /// Go on: with what was paused, interrupted, blocked, failed.
    Resumed {
        /// Who.
        by: Person,
    },
    /// End it, keeping the work.
    Cancelled {
        /// Why.
        reason: String,
        /// Who.
        by: Person,
    },
    /// Do a stage and all below it again.
    Rerun {
        /// The stage.
        stage: StageId,
        /// The stages to do; empty: it and all below.
        #[serde(default)]
        only: Vec<StageId>,
        /// Why.
        reason: String,
        /// Comments on lines, which the stage is to answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        comments: Vec<Comment>,
        /// Who.
        by: Person,
    },
    /// Do again what is stale, and nothing else.
    RerunStale {
        /// Who.
        by: Person,
    },
    /// A person wants the run on its base as that is now. What came of it is told by
    /// [`Event::Refreshed`], or by a note.
    Refresh {
        /// The commit of the base branch that the person was shown.
        onto: Oid,
        /// Who.
        by: Person,
    },
    /// The run's branch holds its moved base.
    Refreshed(Box<Refreshed>),
    /// A person takes a stage over: its next attempt is theirs. What runs of it is interrupted first.
    Taken {
        /// The stage.
        stage: StageId,
        /// Who.
        by: Person,
    },
    /// A person has a word for the next attempt of a stage.
    NoteGiven {
        /// The stage.
        stage: StageId,
        /// The word.
        text: String,
        /// Who.
        by: Person,
    },
    /// A word that no attempt was given yet is taken back.
    NoteRemoved {
        /// Its id.
        note: String,
        /// Who.
        by: Person,
    },
    /// A person skipped a stage that may be skipped.
    Skipped {
        /// The stage.
        stage: StageId,
        /// Who.
        by: Person,
    },
    /// The engine lost an attempt.
    Interrupted {
        /// The attempt.
        attempt: AttemptId,
        /// How.
        reason: String,
        /// Whether it is made again without a person's word.
        #[serde(default)]
        again: bool,
        /// Its last sign of life; `None`: none is known, nor in journals of versions that did not look.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<jiff::Timestamp>,
    },
    /// The task was edited where it counts.
    TaskChanged {
        /// The digest of what counts now.
        digest: Digest,
        /// Its acceptance criteria now: what is done from here on is asked for by these. Empty in
        /// journals of versions that did not tell them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        criteria: Vec<Criterion>,
    },
    /// What profiles bring back by name was looked at first, or was edited: instructions, MCP servers,
    /// skills.
    BroughtChanged {
        /// The digests of all of it now, by the names of inputs.
        digests: BTreeMap<String, Digest>,
    },
    /// An artifact was edited after its stage passed, and still satisfies its contract.
    ArtifactChanged {
        /// The stage that made it.
        stage: StageId,
        /// The artifact as it is now.
        artifact: ArtifactRecord,
        /// The commit that holds it.
        commit: Oid,
    },
    /// In place: what lay in the checkout and was no hand-off is part of the checkpoint from here on.
    FoundInPlace {
        /// The commit that holds it.
        commit: Oid,
        /// The paths.
        paths: Vec<String>,
    },
    /// An approval setting was changed.
    ApprovalSetting {
        /// Which.
        name: String,
        /// The new value.
        value: bool,
        /// Who.
        by: Person,
    },
    /// Something that no attempt is to blame for stops a stage.
    Stopped {
        /// The stage.
        stage: StageId,
        /// A code: `branch_moved`, `conflict`, `artifact_changed`, `engine`.
        code: String,
        /// What, and what to do.
        reason: String,
    },
    /// The budget was raised.
    BudgetRaised {
        /// Millionths of a US dollar to add.
        cost_micros: u64,
        /// Tokens to add.
        tokens: u64,
        /// Minutes to add.
        minutes: u64,
        /// The day whose budget it is, which all runs of the project have in common; `None`: the run's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        day: Option<jiff::civil::Date>,
        /// Who.
        by: Person,
    },
    /// The budget of a day keeps a stage from starting.
    DayHeld {
        /// The stage.
        stage: StageId,
        /// By what, and until when.
        hold: Box<DayHold>,
    },
    /// No place of those that all runs share is free for a stage.
    SlotWanted {
        /// The stage.
        stage: StageId,
        /// How many there are, and who has them.
        wait: SlotWait,
    },
    /// The budget of a day keeps nothing of it any more: it was raised.
    DayFreed,
    /// Most of the budget of a day is used, by all runs of the project.
    DayWarned(DayShare),
    /// Something for people to read in the report.
    Noted {
        /// What.
        text: String,
    },
    /// The run's last files are written; nothing is to be done any more.
    Ended,
    /// A person put the result up for review: it was pushed, and a pull request holds it.
    InReview(Box<InReview>),
    /// A person sent the work back to a stage that does it, with what was found elsewhere: the run
    /// goes on from there.
    SentBack {
        /// The stage.
        stage: StageId,
        /// What was found.
        findings: Vec<Finding>,
        /// Comments, which the stage is to answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        comments: Vec<Comment>,
        /// Where each of them stands, so that none is brought twice.
        #[serde(default)]
        sources: Vec<String>,
        /// Where they come from, for people.
        from: String,
        /// Who.
        by: Person,
    },
    /// A person took the result.
    Landed {
        /// Into which branch.
        into: String,
        /// How: `squash`, `merge`.
        how: String,
        /// The commit that came of it.
        commit: Oid,
        /// Who.
        by: Person,
    },
}

impl Event {
    /// A raise of the run's budget, or of that of a day.
    pub fn raise(more: More, day: Option<jiff::civil::Date>, by: Person) -> Self {
        Self::BudgetRaised {
            cost_micros: more.cost_micros,
            tokens: more.tokens,
            minutes: more.minutes,
            day,
            by,
        }
    }

    /// Whether a person may order this. Everything else only the engine finds out, and nobody can
    /// make it so by saying it. Exhaustive: who adds an event decides here which it is.
    pub fn is_order(&self) -> bool {
        match self {
            Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Answered { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Cancelled { .. }
            | Self::Rerun { .. }
            | Self::RerunStale { .. }
            | Self::Refresh { .. }
            | Self::Taken { .. }
            | Self::NoteGiven { .. }
            | Self::NoteRemoved { .. }
            | Self::Skipped { .. }
            | Self::ApprovalSetting { .. }
            | Self::BudgetRaised { .. }
            | Self::InReview(_)
            | Self::SentBack { .. }
            | Self::Landed { .. } => true,
            Self::Created { .. }
            | Self::Prepared
            | Self::Intent { .. }
            | Self::Started { .. }
            | Self::Finished(_)
            | Self::GatePassed { .. }
            | Self::Interrupted { .. }
            | Self::TaskChanged { .. }
            | Self::BroughtChanged { .. }
            | Self::ArtifactChanged { .. }
            | Self::Refreshed(_)
            | Self::FoundInPlace { .. }
            | Self::Stopped { .. }
            | Self::DayHeld { .. }
            | Self::DayFreed
            | Self::SlotWanted { .. }
            | Self::DayWarned(_)
            | Self::Noted { .. }
            | Self::Ended => false,
        }
    }
}
