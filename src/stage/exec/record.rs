//! The record of an attempt.

use super::Attempt;
use crate::stage::desk::Desk;
use crate::stage::exit::ExitRecord;
use crate::stage::log::{cut, millis};
use crate::terms::Outcome;

/// How much of the agent's last message is kept.
const ANSWER_BYTES: usize = 64 * 1024;

impl Attempt<'_> {
    /// Puts everything down. Only work that passed, or whose verdict counts, names its findings as
    /// a review's.
    pub(super) fn into_record(
        mut self,
        desk: &Desk<'_>,
        outcome: Outcome,
        reason: String,
    ) -> ExitRecord {
        let facts = self.facts;
        let mut findings = facts.tampering;
        findings.extend(facts.overreach);
        findings.extend(facts.malformed);
        findings.extend(facts.secrets);
        findings.append(&mut self.findings);
        if let Some(reviewed) = self.produced.reviewed {
            findings.extend(reviewed.findings);
        }
        for finding in &mut findings {
            finding
                .from
                .get_or_insert_with(|| self.spec.stage.id.clone());
        }
        let redactor = desk.log.redactor();
        let finished = self.finished;
        let mut answer = finished
            .as_ref()
            .map(|f| redactor.text(&f.answer))
            .unwrap_or_default();
        cut(&mut answer, ANSWER_BYTES);
        ExitRecord {
            format: 1,
            attempt: self.spec.attempt.clone(),
            epoch: self.spec.epoch,
            outcome,
            reason: redactor.text(&reason),
            findings,
            artifacts: self.produced.records,
            verdict: facts.verdict,
            questions: self.questions,
            dispute: facts.dispute,
            tree: self.after.tree,
            changes: self.after.changes,
            taken_back: self.after.taken_back,
            checks: facts.checks,
            process: facts.end,
            failure: facts.failure,
            usage: finished.as_ref().map(|f| f.usage).unwrap_or_default(),
            session: finished.as_ref().and_then(|f| f.session.clone()),
            model: finished.as_ref().and_then(|f| f.model.clone()),
            denials: finished.map(|f| f.denials).unwrap_or_default(),
            folded_commits: self.after.folded,
            notes: desk.notes.clone(),
            sandbox: self.sandbox,
            started: self.started,
            ended: jiff::Timestamp::now(),
            took_ms: millis(self.begun),
            answer,
        }
    }
}
