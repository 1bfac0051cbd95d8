//! The record of an attempt.

use super::Attempt;
use crate::agents::ProcessEnd;
use crate::agents::recording::{Left, file_name};
use crate::stage::desk::Desk;
use crate::stage::exit::ExitRecord;
use crate::stage::exit::{Change, ChangeKind};
use crate::stage::ground;
use crate::stage::log::{cut, millis};
use crate::stage::redact::Redactor;
use crate::terms::{Outcome, RepoPath};
use std::path::Path;

/// How much of the agent's last message is kept.
const ANSWER_BYTES: usize = 64 * 1024;

/// The record as it is stored. Secrets are taken out of its texts, never out of its form.
pub(super) fn redacted(record: &ExitRecord, redactor: &Redactor) -> serde_json::Result<Vec<u8>> {
    let mut value = serde_json::to_value(record)?;
    redact(&mut value, redactor);
    serde_json::to_vec_pretty(&value)
}

fn redact(value: &mut serde_json::Value, redactor: &Redactor) {
    match value {
        serde_json::Value::String(text) => *text = redactor.text(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|v| redact(v, redactor)),
        serde_json::Value::Object(fields) => {
            fields.iter_mut().for_each(|(_, v)| redact(v, redactor));
        }
        _ => {}
    }
}

/// A changed path as a recording keeps it; what is no plain file is left out.
fn left(tree: &Path, change: &Change) -> Option<(RepoPath, Left)> {
    use std::os::unix::fs::PermissionsExt;
    let path = RepoPath::new(&change.path).ok()?;
    if change.kind == ChangeKind::Deleted {
        return Some((path, Left::Deleted));
    }
    let file = path.under(tree);
    let meta = std::fs::symlink_metadata(&file).ok()?;
    let content = meta.is_file().then(|| std::fs::read(&file).ok())??;
    let executable = meta.permissions().mode() & 0o111 != 0;
    Some((
        path,
        Left::File {
            content,
            executable,
        },
    ))
}

impl Attempt<'_> {
    /// Writes the attempt down so that it can be played again, where that is wanted. A recording
    /// that can't be written changes no outcome.
    pub(super) fn write_recording(&mut self, desk: &mut Desk<'_>) {
        let (Some(recorder), Some(place)) = (self.recorder.take(), &self.spec.record) else {
            return;
        };
        let file = if place.extension().is_some_and(|e| e == "jsonl") {
            place.clone()
        } else {
            place.join(file_name(&self.spec.attempt))
        };
        let tree = &self.spec.tree;
        let changes = self.after.changes.iter().filter_map(|c| left(tree, c));
        let answer = self.finished.as_ref().map_or("", |f| f.answer.as_str());
        let code = match self.facts.end {
            Some(ProcessEnd::Exited(code)) => u8::try_from(code).unwrap_or(1),
            _ => 1,
        };
        let written = recorder
            .finish(changes, answer, code)
            .render(&tree.display().to_string())
            .map_err(std::io::Error::from)
            .and_then(|text| {
                file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                ground::put(&file, desk.log.redactor().text(&text).as_bytes(), 0o644)
            });
        if let Err(e) = written {
            desk.notes.push(format!(
                "the recording {} could not be written: {e}",
                file.display()
            ));
        }
    }

    /// Puts everything down. Only work that passed, or whose verdict counts, names its findings as
    /// a review's.
    pub(super) fn into_record(
        mut self,
        desk: &Desk<'_>,
        outcome: Outcome,
        reason: &str,
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
            reason: redactor.text(reason),
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
