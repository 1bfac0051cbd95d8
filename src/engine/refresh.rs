//! What becomes of a run whose branch has taken its moved base in.
//!
//! The task, the roles, the artifacts are what they were, so what was made of them stands. What was
//! said of the code does not, once other code is beside it: checks run again by themselves, which
//! asks no agent; a stage that judged it is stale, and an approval that was given on it is void.

use super::event::Refreshed;
use super::plan::Stage;
use super::record::{NextKind, StageRecord};
use super::run::{CannotApply, Run};
use crate::terms::StageState;
use crate::text::many;
use jiff::Timestamp;

impl Run {
    /// The run goes on from the merge.
    pub(super) fn refreshed(&mut self, at: Timestamp, fact: &Refreshed) -> Result<(), CannotApply> {
        let what = format!(
            "refreshed on {} at {}: {}, {} outside of harness/",
            fact.branch,
            fact.onto.short(),
            many(fact.commits, "commit"),
            many(fact.files, "path"),
        );
        self.decided(at, &fact.by, what, None);
        self.base = Some(fact.base.clone());
        self.head = Some(fact.head.clone());
        self.refreshed_on = Some(fact.onto.clone());
        if fact.files > 0 {
            self.ground = Some(fact.head.clone());
        }
        for (stage, record) in self.plan.stages.iter().zip(&mut self.stages) {
            if is_under_way(record) {
                record.checkpoint = Some(fact.head.clone());
                record.moved = fact.work.get(&stage.id).cloned();
            } else if fact.files > 0 && is_to_be_checked_again(stage, record) {
                record.reset()?;
                record.forgive();
                record.next = NextKind::Recheck;
            }
        }
        let mut told = self.after_refresh(fact.files);
        if !fact.both.is_empty() {
            told.push(format!("both sides changed: {}", fact.both.join(", ")));
        }
        let branch = &fact.branch;
        self.notes
            .push((at, format!("refreshed on {branch}: {}", told.join("; "))));
        Ok(())
    }

    /// What a refresh made of the run, sentence by sentence; `files`: how many paths outside of
    /// harness/ it brought in.
    pub fn after_refresh(&self, files: usize) -> Vec<String> {
        if files == 0 {
            return vec!["nothing outside of harness/ came in: what was checked stands".to_owned()];
        }
        let checked = { self.stages.iter() }.filter(|s| s.next == NextKind::Recheck);
        let checked: Vec<&str> = checked.map(|s| s.id.as_str()).collect();
        let stale = self.stale();
        let stale: Vec<&str> = stale.iter().map(|(id, _)| id.as_str()).collect();
        let mut told = Vec::new();
        if !checked.is_empty() {
            told.push(format!("the checks run again of: {}", checked.join(", ")));
        }
        if !stale.is_empty() {
            told.push(format!("stale: {}", stale.join(", ")));
        }
        if self
            .decisions
            .iter()
            .any(|d| d.what.starts_with("approved "))
        {
            told.push("approvals that were given on the code of before are void".to_owned());
        }
        told
    }

    /// Whether a stage has unfinished work, which goes on from its checkpoint.
    pub fn is_under_way(&self, stage: &crate::terms::StageId) -> bool {
        self.record(stage).is_some_and(is_under_way)
    }
}

/// Begun, and nothing handed on: reset stages forget their inputs.
fn is_under_way(record: &StageRecord) -> bool {
    record.inputs.is_some() && record.commit.is_none() && !record.state.is_done()
}

/// Whether it handed code on that its checks saw beside the code of before.
fn is_to_be_checked_again(stage: &Stage, record: &StageRecord) -> bool {
    let done = matches!(
        record.state,
        StageState::Passed | StageState::AwaitingApproval
    );
    done && record.commit.is_some() && !stage.checks.is_empty() && stage.writes_beyond_artifacts()
}
