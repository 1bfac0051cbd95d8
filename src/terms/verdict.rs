//! What a reviewer says of the work, and what an agent asks of a person.

use super::{CriterionId, StageId};
use serde::{Deserialize, Serialize};

/// A reviewer's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its result.
    pub result: VerdictResult,
    /// One judgement for every criterion.
    pub judgements: Vec<Judgement>,
}

/// The result of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictResult {
    /// PASS.
    Pass,
    /// FAIL.
    Fail,
    /// REPLAN, with the stage to reopen and why.
    Replan {
        /// The stage to reopen, where one is named.
        stage: Option<StageId>,
        /// Why.
        reason: String,
    },
}

/// What a reviewer says of one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The criterion.
    pub criterion: CriterionId,
    /// The judgement.
    pub met: Met,
    /// The evidence, on one line.
    pub evidence: String,
}

/// Whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It is.
    Met,
    /// It is not.
    Unmet,
    /// It can't be told here.
    Unverifiable,
}

/// The id under which a person is asked about what an agent disputes.
pub const DISPUTE: &str = "D1";

/// A question to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `Q1`, or [`DISPUTE`].
    pub id: String,
    /// Whether the work can't go on without an answer.
    pub blocking: bool,
    /// What is asked.
    pub text: String,
}
