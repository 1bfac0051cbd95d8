//! What people edit while a run lives: run-state.md (an edit is an order), the task, an artifact.

use super::by_hand::{asked_for, brought_changed, task_changed};
use super::live::{Supervisor, SupervisorError, engine_person};
use super::publish::approval_name;
use super::rejected::why_not;
use crate::documents::contract;
use crate::documents::run_state::Edit;
use crate::documents::template::Template;
use crate::engine::{Event, Person, Run};
use crate::git::Git;
use crate::git::commit::NewCommit;
use crate::git::index::Index;
use crate::git::refs::Expected;
use crate::process::pause;
use crate::stage::environ;
use crate::store::fs::Fs;
use crate::store::inside::read_inside;
use crate::terms::evidence::ArtifactRecord;
use crate::terms::{CriterionId, Digest, RunState, StageId, StageState};
use std::path::Path;

/// Who orders by an edit, in the record of decisions.
pub const BY_EDIT: &str = "an edit of run-state.md";
/// How the note of an edit begins that was put back.
pub const NOT_TAKEN: &str = "an edit of run-state.md was not taken: ";

/// Largest run-state.md that is read.
const MAX_STATE_BYTES: u64 = 4 * 1024 * 1024;
/// An edit counts when two readings this far apart are equal.
const SETTLING: std::time::Duration = std::time::Duration::from_millis(30);
/// Largest artifact that is read.
const MAX_ARTIFACT_BYTES: u64 = 4 * 1024 * 1024;

impl Supervisor {
    /// Takes up what people edited since the last look.
    pub(super) fn look_at_edits(&mut self) -> Result<(), SupervisorError> {
        self.look_at_run_state()?;
        // Of a completed run too: its result is for the task that it was judged by.
        if let Some(changed) = task_changed(&self.fs, self.order.roots(), &self.run) {
            self.record(changed)?;
        }
        self.look_at_what_is_brought()?;
        if self.running.is_empty() && !self.run.state().is_terminal() {
            self.look_at_artifacts()?;
        }
        Ok(())
    }

    /// What profiles bring back is looked at before anything is started, and at each boundary. In
    /// place the agents' own work would count as an edit of it, so there it is looked at once.
    fn look_at_what_is_brought(&mut self) -> Result<(), SupervisorError> {
        let in_place = self.order.tree == self.order.home;
        if !self.running.is_empty() || (in_place && !self.run.brought.is_empty()) {
            return Ok(());
        }
        let user_env = environ::inherited();
        match brought_changed(&self.order.home, &self.run, &user_env) {
            Some(changed) => self.record(changed),
            None => Ok(()),
        }
    }

    fn look_at_run_state(&mut self) -> Result<(), SupervisorError> {
        let Some(base) = self.state_base.clone() else {
            return Ok(());
        };
        let Ok(theirs) = self.fs.read(&self.active.run_state(), MAX_STATE_BYTES) else {
            // Gone: it is made anew from what is known.
            self.unpublished = true;
            return Ok(());
        };
        if theirs == base {
            return Ok(());
        }
        self.unpublished = true;
        // Somebody may be saving just now: half a file orders what nobody meant.
        pause(SETTLING);
        if self.fs.read(&self.active.run_state(), MAX_STATE_BYTES).ok() != Some(theirs.clone()) {
            return Ok(());
        }
        if let Some(why) = why_not(&base, &theirs) {
            return self.put_back_run_state(&base, &theirs, why);
        }
        self.take_edits(&base, theirs)?;
        // What it orders is a fact now. Until the file says so, a crash would have it read again.
        self.publish()
    }

    /// Takes up what somebody ordered by changing `base` into `theirs`.
    pub(super) fn take_edits(
        &mut self,
        base: &[u8],
        theirs: Vec<u8>,
    ) -> Result<(), SupervisorError> {
        let orders = asked_for(base, &theirs);
        // Taken over as the new base before it is acted on, so that one edit is one order.
        self.state_base = Some(theirs);
        for edit in orders {
            self.take_edit(edit)?;
        }
        Ok(())
    }

    fn take_edit(&mut self, edit: Edit) -> Result<(), SupervisorError> {
        let by = Person {
            name: BY_EDIT.to_owned(),
            ..engine_person()
        };
        let event = match edit {
            Edit::Rerun { stage, id } => match id.or_else(|| self.stage_called(&stage)) {
                Some(stage) => Event::Rerun {
                    stage,
                    only: Vec::new(),
                    reason: "its line was removed from Completed Stages".to_owned(),
                    comments: Vec::new(),
                    by,
                },
                None => return self.refuse_edit(&format!("no stage is called '{stage}'")),
            },
            Edit::Status(RunState::Paused) => Event::Paused { now: false, by },
            Edit::Status(RunState::Cancelled) => Event::Cancelled {
                reason: "ordered in run-state.md".to_owned(),
                by,
            },
            Edit::Status(RunState::Running) => Event::Resumed { by },
            Edit::Status(other) => {
                return self.refuse_edit(&format!(
                    "'Current Status: {}' can't be ordered; Active, Paused and Cancelled can",
                    other.status_line()
                ));
            }
            Edit::Approval { setting, value } => Event::ApprovalSetting {
                name: approval_name(&setting),
                value,
                by,
            },
            Edit::StageRow { id: stage, to, .. } => match to {
                StageState::Pending | StageState::Ready => Event::Rerun {
                    stage,
                    only: Vec::new(),
                    reason: "set to pending in run-state.md".to_owned(),
                    comments: Vec::new(),
                    by,
                },
                StageState::Skipped => Event::Skipped { stage, by },
                _ => return self.refuse_edit(&format!("'{stage}' can't be set to {to}")),
            },
            Edit::ApprovalGiven { .. } if !self.run.plan.approvals_by_edit => {
                return self.refuse_edit(
                    "an approval is not taken from this file (approvals: { by_edit: true } allows it); use `harness-tui approve`",
                );
            }
            Edit::ApprovalGiven { .. } => {
                let asking = self
                    .run
                    .stages
                    .iter()
                    .find_map(|s| Some((s.id.clone(), s.asking?)));
                let Some((stage, side)) = asking else {
                    return self.refuse_edit("nothing asks for approval");
                };
                let evidence = self.run.evidence(&stage, side);
                Event::Approved {
                    stage,
                    side,
                    evidence,
                    by,
                }
            }
            Edit::Illegal { line, was, now } => {
                let place = line.map_or_else(String::new, |n| format!("line {n}: "));
                return self.refuse_edit(&match (was.is_empty(), now.is_empty()) {
                    (true, _) => format!("{place}'{now}' orders nothing here and was taken out"),
                    (false, true) => format!("'{was}' is the engine's to write and was put back"),
                    _ => format!("{place}'{now}' orders nothing here and was put back to '{was}'"),
                });
            }
        };
        match self.run.may(&event) {
            Ok(()) => self.record(event),
            Err(refusal) => self.refuse_edit(&refusal.to_string()),
        }
    }

    fn stage_called(&self, name: &str) -> Option<StageId> {
        self.run
            .plan
            .stages
            .iter()
            .find(|s| s.id.as_str() == name || s.name.eq_ignore_ascii_case(name))
            .map(|s| s.id.clone())
    }

    pub(super) fn refuse_edit(&mut self, why: &str) -> Result<(), SupervisorError> {
        self.messages.push(why.to_owned());
        self.note(format!("{NOT_TAKEN}{why}"))
    }

    /// An artifact of a passed stage that a person edited in the run's tree: where it still
    /// satisfies its contract it is handed on as theirs, else they are told.
    fn look_at_artifacts(&mut self) -> Result<(), SupervisorError> {
        let passed: Vec<(StageId, ArtifactRecord)> = self
            .run
            .stages
            .iter()
            .filter(|s| matches!(s.state, StageState::Passed | StageState::AwaitingApproval))
            .flat_map(|s| s.artifacts.iter().map(|a| (s.id.clone(), a.clone())))
            .collect();
        for (stage, recorded) in passed {
            let Ok(bytes) = read_inside(&self.order.tree, &recorded.path, MAX_ARTIFACT_BYTES)
            else {
                if let Some(told) = broken(&self.order.tree, &self.run, &recorded) {
                    self.tell_once(told);
                }
                continue;
            };
            let digest = Digest::of(&bytes);
            if digest == recorded.digest || as_committed(&self.order.tree, &self.run, &recorded) {
                continue;
            }
            match broken(&self.order.tree, &self.run, &recorded) {
                None => self.hand_on_edit(stage, &recorded, &bytes, digest)?,
                Some(told) => self.tell_once(told),
            }
        }
        Ok(())
    }

    fn tell_once(&mut self, told: String) {
        if !self.messages.contains(&told) {
            self.messages.push(told);
            self.unpublished = true;
        }
    }

    fn hand_on_edit(
        &mut self,
        stage: StageId,
        recorded: &ArtifactRecord,
        bytes: &[u8],
        digest: Digest,
    ) -> Result<(), SupervisorError> {
        let Some(head) = self.run.head.clone() else {
            return Ok(());
        };
        let git = self.tree_git();
        let index = Index::at(&git, self.dirs.path().join("edit.index"));
        index.read_tree(&head)?;
        index
            .call(["add", "-f", "--", recorded.path.as_str()])
            .run()?;
        let tree = index.write_tree()?;
        let commit = git.commit_tree(&NewCommit {
            tree: &tree,
            parents: std::slice::from_ref(&head),
            message: &format!("{} edited by a person", recorded.path),
            trailers: &[
                (super::handoff::TRAILER_RUN, self.order.run.as_str()),
                (super::handoff::TRAILER_STAGE, stage.as_str()),
            ],
            identity: &git.identity(),
            seconds: jiff::Timestamp::now().as_second(),
        })?;
        let branch = self.order.branch_ref();
        git.update_ref(&branch, &commit, Expected::At(&head), "harness: edited")?;
        if !self.is_in_place() {
            super::tree::follow(&git, &commit)?;
        }
        let artifact = ArtifactRecord {
            digest,
            bytes: bytes.len() as u64,
            ..recorded.clone()
        };
        self.record(Event::ArtifactChanged {
            stage,
            artifact,
            commit,
        })
    }
}

/// What is wrong with an artifact in the run's tree that somebody edited or removed, and what
/// undoes it; `None`: it is as recorded, or an edit that can be handed on.
pub fn broken(tree: &Path, run: &Run, recorded: &ArtifactRecord) -> Option<String> {
    let path = &recorded.path;
    let undo = match run.branch.as_deref() {
        Some(place) if place.starts_with("refs/harness/") => {
            format!("put it back as it is in {place}")
        }
        _ => format!(
            "undo it with `git -C {} checkout -- {path}`",
            tree.display()
        ),
    };
    let Ok(bytes) = read_inside(tree, path, MAX_ARTIFACT_BYTES) else {
        // A tree that is gone is made again from the branch, where the artifact is.
        return tree
            .exists()
            .then(|| format!("{path} is gone or can't be read; {undo}"));
    };
    if Digest::of(&bytes) == recorded.digest {
        return None;
    }
    let faults = faults_of(run, recorded, &bytes);
    (!faults.is_empty()).then(|| {
        let faults = faults.join("; ");
        format!("{path} was edited and now breaks its contract: {faults}; mend it, or {undo}")
    })
}

/// Whether git, with its line endings and filters, sees the file as it was handed on.
pub fn as_committed(tree: &Path, run: &Run, recorded: &ArtifactRecord) -> bool {
    let git = Git::new(tree);
    let path = recorded.path.as_str();
    let now = git.call(["hash-object", "--path", path, "--", path]).text();
    let head = run.head.as_ref();
    let then = head.map(|h| git.call(["rev-parse", &format!("{h}:{path}")]).text());
    match (now, then) {
        (Ok(now), Some(Ok(then))) => now.trim() == then.trim(),
        _ => false,
    }
}

fn faults_of(run: &Run, artifact: &ArtifactRecord, bytes: &[u8]) -> Vec<String> {
    let Some((_, produce)) = run.plan.producer(&artifact.name) else {
        return Vec::new();
    };
    let template = produce.template.as_deref().map(Template::parse);
    let criteria: Option<Vec<CriterionId>> = produce
        .names_criteria
        .then_some(run.plan.task.as_ref())
        .flatten()
        .map(|t| t.criteria.iter().map(|c| c.id.clone()).collect());
    let text = String::from_utf8_lossy(bytes);
    contract::validate(
        template.as_ref(),
        &text,
        artifact.path.as_str(),
        criteria.as_deref(),
    )
    .iter()
    .map(ToString::to_string)
    .collect()
}
