//! What an attempt is told beside its stage: why it is made, and what is known from before.

use crate::engine::Run;
use crate::engine::record::{NextKind, StageRecord};
use crate::engine::review::Comment;
use crate::stage::spec::{Answer, AttemptKind};
use crate::terms::evidence::CheckResult;
use crate::terms::{Finding, StageId};

/// What is known from before.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Why it is made.
    pub kind: AttemptKind,
    /// What is open of what was found.
    pub findings: Vec<Finding>,
    /// The comments that it is to answer.
    pub comments: Vec<Comment>,
    /// What people answered to the stage's questions.
    pub answers: Vec<Answer>,
    /// The checks of the stages above.
    pub checks: Vec<CheckResult>,
}

impl Told {
    /// Of the next attempt of a stage.
    pub fn of(run: &Run, stage: &StageId, kind: NextKind) -> Self {
        let record = run.record(stage);
        let above = run.plan.above(stage);
        let above = run.stages.iter().filter(|s| above.contains(&s.id));
        Self {
            kind: match kind {
                NextKind::Fresh | NextKind::Again => AttemptKind::Fresh,
                NextKind::Repair => AttemptKind::Repair,
                NextKind::Retry => AttemptKind::Retry,
                NextKind::Continue => AttemptKind::Continue,
                NextKind::Recheck => AttemptKind::Recheck,
                NextKind::Taken => AttemptKind::Taken,
            },
            // A person settles them without a word of their own; the gate shows what is open.
            comments: match kind {
                NextKind::Taken => Vec::new(),
                _ => run.review.asked_of(stage),
            },
            findings: [
                record.map(open_findings).unwrap_or_default(),
                run.told_notes(stage),
            ]
            .concat(),
            answers: record.map(answers).unwrap_or_default(),
            checks: above.flat_map(|s| s.checks.iter().cloned()).collect(),
        }
    }
}

/// What the next attempt must mend, and for a reviewer what it found last time.
fn open_findings(record: &StageRecord) -> Vec<Finding> {
    let mut findings = record.findings.clone();
    for finding in record.rounds.last().into_iter().flatten() {
        if !findings.iter().any(|f| f == finding) {
            findings.push(finding.clone());
        }
    }
    findings
}

fn answers(record: &StageRecord) -> Vec<Answer> {
    record
        .answers
        .iter()
        .map(|(id, question, answer)| Answer {
            id: id.clone(),
            question: question.clone(),
            answer: answer.clone(),
        })
        .collect()
}
