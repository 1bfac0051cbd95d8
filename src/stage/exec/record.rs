//! The record of an attempt.

use super::{Attempt, ExecError};
use crate::agents::ProcessEnd;
use crate::agents::recording::{Left, file_name};
use crate::stage::desk::Desk;
use crate::stage::exit::ExitRecord;
use crate::stage::exit::{Change, ChangeKind};
use crate::stage::ground;
use crate::stage::guard::CHANGED;
use crate::stage::log::millis;
use crate::stage::redact::Redactor;
use crate::stage::seal::Key;
use crate::stage::spec::AttemptSpec;
use crate::store::layout::AttemptDir;
use crate::store::write::replace;
use crate::store::{Disk, Once, StoreError, create_once};
use crate::terms::{Finding, Outcome, RepoPath};
use std::path::Path;

/// How much of the agent's last message is kept, from its end.
const ANSWER_BYTES: usize = 64 * 1024;
/// What a record of the attempt that was there before its end is.
const FORGED: &str = "the attempt's record exit.json was written while it ran, by what ran in it";

/// Leaves the record, and before it the proof that it is ours. We hold the attempt, and all that it
/// started has ended: what lies in the record's place already was put there to deceive.
pub(super) fn leave(
    mut record: ExitRecord,
    folder: &AttemptDir,
    redactor: &Redactor,
    key: Option<&Key>,
) -> Result<(), ExecError> {
    let planted = set_aside(&folder.exit())?;
    set_aside(&folder.seal())?;
    if planted {
        record.outcome = Outcome::Tampering;
        let finding = Finding::new("guard/forged-record", FORGED)
            .remedy("look at what ran here; what it wrote is kept as changed-exit.json");
        record.reason = finding.to_string();
        record.findings.insert(0, finding);
    }
    let encode = |path: &Path| {
        let path = path.to_owned();
        move |e: serde_json::Error| ExecError::Spec {
            path,
            why: e.to_string(),
        }
    };
    let bytes = redacted(&record, redactor).map_err(encode(&folder.exit()))?;
    if let Some(key) = key {
        let seal = serde_json::to_vec(&key.seal(&bytes)).map_err(encode(&folder.seal()))?;
        replace(&Disk, &folder.seal(), &seal)?;
    }
    match create_once(&Disk, &folder.exit(), &bytes)? {
        Once::Created => Ok(()),
        Once::Existed(_) => Err(ExecError::Forged(folder.exit())),
    }
}

/// Moves what lies at this path out of the way; false: nothing did.
fn set_aside(path: &Path) -> Result<bool, ExecError> {
    if path.symlink_metadata().is_err() {
        return Ok(false);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut kept = path.with_file_name(format!("{CHANGED}{name}"));
    if kept.symlink_metadata().is_ok() {
        let unique = uuid::Uuid::new_v4().simple();
        kept = path.with_file_name(format!("{CHANGED}{unique}-{name}"));
    }
    std::fs::rename(path, &kept).map_err(StoreError::io("set aside", path))?;
    Ok(true)
}

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

/// The sandbox in words. In place the person's git folder lies in the tree, where the agent may write;
/// the engine's own in it is closed.
fn held(spec: &AttemptSpec, sandbox: String, confined: bool) -> String {
    if confined && spec.is_in_place() && spec.own_repository.is_none() {
        return format!(
            "{sandbox}, which leaves the git folder in the checkout open but for the engine's own part"
        );
    }
    sandbox
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
        let mut findings = facts.meddled;
        findings.extend(facts.tampering);
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
        // What was said last is what it came to.
        let over = answer.len().saturating_sub(ANSWER_BYTES);
        answer.drain(..answer.ceil_char_boundary(over));
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
            replies: self.replies,
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
            sandbox: held(self.spec, self.sandbox, self.confined),
            started: self.started,
            ended: jiff::Timestamp::now(),
            took_ms: millis(self.begun),
            answer,
        }
    }
}
