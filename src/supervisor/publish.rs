//! What is so, written where people read it: run-state.md, the live report, the status line of the
//! backlog item.

use super::live::{Supervisor, SupervisorError};
use super::order::RunOrder;
use super::rejected::why_not;
use super::report;
use super::review::Kept;
use crate::documents::backlog::Backlog;
use crate::documents::run_state::{Completed, RunStateDoc, RunStateFacts, StageRow, merge};
use crate::engine::Run;
use crate::engine::event::GateSide;
use crate::process::runs;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::swap::{recover_swaps, replace_cas};
use crate::store::write::{replace, replace_shared, sweep_temps};
use crate::terms::{RunState, StageState};
use std::path::PathBuf;

/// Largest backlog that is read.
const MAX_BACKLOG_BYTES: u64 = 16 * 1024 * 1024;

impl Supervisor {
    /// Writes what changed since the last time.
    pub(super) fn publish(&mut self) -> Result<(), SupervisorError> {
        if !self.unpublished {
            return Ok(());
        }
        self.active.make(&self.fs)?;
        self.publish_run_state()?;
        let text = report::render(&report::Source {
            run: &self.run,
            order: &self.order,
            rests: Some((&self.dirs, self.above.explain)),
            commented: &Kept::read(&self.dirs),
        });
        replace_shared(&self.fs, &self.active.report(), text.as_bytes())?;
        self.unpublished = false;
        Ok(())
    }

    fn publish_run_state(&mut self) -> Result<(), SupervisorError> {
        let facts = self.facts();
        let path = self.active.run_state();
        let missing = self.fs.stat(&path).is_ok_and(|s| s.is_none());
        let doc = match &self.state_base {
            // Of a file that is gone, too: people's lines in it are not the engine's to drop.
            Some(base) => RunStateDoc::parse(base).update(&facts),
            None => RunStateDoc::create(&facts),
        };
        let base = self.state_base.clone().filter(|_| !missing);
        let wanted = doc.render();
        if base.as_ref() == Some(&wanted) {
            return Ok(());
        }
        // What somebody saved in between is merged, and what they ordered by it is taken up.
        let saved = std::cell::RefCell::new(Vec::new());
        let wrecks = std::cell::RefCell::new(Vec::new());
        let merged = replace_cas(
            &self.fs,
            &path,
            base.as_deref(),
            &wanted,
            &|base, ours, theirs| {
                if let Some(why) = why_not(base, theirs) {
                    // Kept before it is replaced for good.
                    wrecks.borrow_mut().push((why, self.keep_rejected(theirs)));
                    return ours.to_vec();
                }
                saved.borrow_mut().push(theirs.to_vec());
                merge(
                    &RunStateDoc::parse(base),
                    &RunStateDoc::parse(ours),
                    &RunStateDoc::parse(theirs),
                )
            },
        )?;
        for (why, kept) in wrecks.into_inner() {
            self.tell_rejected(why, kept?)?;
        }
        if let Some(base) = &base {
            for theirs in saved.into_inner() {
                self.take_edits(base, theirs)?;
            }
        }
        replace(&self.fs, &self.dirs.base(), &merged)?;
        self.state_base = Some(merged);
        Ok(())
    }

    fn facts(&self) -> RunStateFacts {
        let run = &self.run;
        let state = run.state();
        let stages = || run.plan.stages.iter().zip(&run.stages);
        let stale = run.stale();
        RunStateFacts {
            task_id: run.plan.task.as_ref().map(|t| t.id.clone()),
            task_file: run.plan.task.as_ref().map(|t| t.path.to_string()),
            status: state,
            current_stage: current_stage(run),
            current_run: current_run(run, &self.order),
            stop_reason: stop_reason(run, state),
            completed: stages()
                .filter(|(_, r)| r.state == StageState::Passed)
                .map(|(stage, record)| completed(self, stage, record))
                .collect(),
            artifacts: artifacts(self),
            approvals: run
                .approvals
                .iter()
                .map(|(k, v)| (approval_label(k), *v))
                .collect(),
            stages: stages()
                .map(|(stage, record)| StageRow {
                    name: stage.name.clone(),
                    id: stage.id.clone(),
                    state: record.state,
                    iteration: record.iteration,
                    attempts: u32::try_from(record.attempts.len()).unwrap_or(u32::MAX),
                    by_hand: {
                        let theirs = record.attempts.iter().filter(|a| a.by.is_some());
                        u32::try_from(theirs.count()).unwrap_or(u32::MAX)
                    },
                    stale: stale.iter().any(|(id, _)| *id == stage.id),
                })
                .collect(),
            messages: self.messages.clone(),
            seq: self.journal.last_seq(),
            epoch: self.epoch,
        }
    }

    /// The last files of a run: its item's status. The report enters the branch when it is landed.
    pub(super) fn finish_files(&mut self) -> Result<(), SupervisorError> {
        if self.run.state() == RunState::Completed {
            let status = self.order.statuses.completed.clone();
            self.set_item_status(&status)?;
        }
        Ok(())
    }

    /// Sets the status line of the run's backlog item, and no other byte.
    pub(super) fn set_item_status(&mut self, status: &str) -> Result<(), SupervisorError> {
        let Some(item) = self.order.item.clone() else {
            return Ok(());
        };
        let Some(path) = self.backlog() else {
            return Ok(());
        };
        let Ok(bytes) = self.fs.read(&path, MAX_BACKLOG_BYTES) else {
            return Ok(());
        };
        let Some(wanted) = with_status(&bytes, &item, status) else {
            return self.note(format!("{item} has no status line in {}", path.display()));
        };
        if wanted != bytes {
            replace(&self.fs, &self.dirs.backlog_base(), &bytes)?;
            replace_cas(
                &self.fs,
                &path,
                Some(&bytes),
                &wanted,
                &|_, ours, theirs| {
                    with_status(theirs, &item, status).unwrap_or_else(|| ours.to_vec())
                },
            )?;
            self.forget_backlog_base()?;
        }
        Ok(())
    }

    fn backlog(&self) -> Option<PathBuf> {
        if let Some(own) = &self.order.backlog {
            return Some(self.order.file(own)).filter(|p| p.is_file());
        }
        let harness = self.order.roots().folder();
        [
            harness.join("backlog.md"),
            harness.join("backlog/backlog.md"),
        ]
        .into_iter()
        .find(|p| p.is_file())
    }

    /// A crash while the backlog was written: what it left is taken away, and what a person saved
    /// in that moment is put back.
    pub(super) fn recover_backlog(&mut self) -> Result<(), SupervisorError> {
        let base_path = self.dirs.backlog_base();
        let Ok(base) = self.fs.read(&base_path, MAX_BACKLOG_BYTES) else {
            return Ok(());
        };
        let Some(path) = self.backlog() else {
            return self.forget_backlog_base();
        };
        if let Some(folder) = path.parent() {
            sweep_temps(&self.fs, folder, &runs)?;
        }
        let displaced = self.dirs.path().join("backlog.displaced.md");
        let item = self.order.item.clone();
        let kept = std::cell::Cell::new(false);
        recover_swaps(&self.fs, &path, &base, &|_, now, theirs| {
            // Theirs was on its way out when we died. Nobody wrote since: it is the latest word.
            // Else both are kept, one beside the run's files.
            if item
                .as_ref()
                .is_some_and(|item| differs_by_status_alone(&base, now, item))
            {
                return theirs.to_vec();
            }
            kept.set(replace(&self.fs, &displaced, theirs).is_ok());
            now.to_vec()
        })?;
        if kept.get() {
            self.note(format!(
                "{} was saved twice while a crash was mended; the earlier version is in {}",
                path.display(),
                displaced.display()
            ))?;
        }
        self.forget_backlog_base()
    }

    fn forget_backlog_base(&self) -> Result<(), SupervisorError> {
        let path = self.dirs.backlog_base();
        match self.fs.remove(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(e).into())
            }
            _ => Ok(()),
        }
    }
}

fn differs_by_status_alone(base: &[u8], now: &[u8], item: &crate::terms::ItemId) -> bool {
    let backlog = Backlog::parse(now);
    let status = backlog.find(item).and_then(|i| i.status.clone());
    status.is_some_and(|status| with_status(base, item, &status).as_deref() == Some(now))
}

fn with_status(bytes: &[u8], item: &crate::terms::ItemId, status: &str) -> Option<Vec<u8>> {
    let mut backlog = Backlog::parse(bytes);
    backlog.set_status(item, status).ok()?;
    Some(backlog.render())
}

fn completed(
    supervisor: &Supervisor,
    stage: &crate::engine::plan::Stage,
    record: &crate::engine::record::StageRecord,
) -> Completed {
    let last = record.current_attempt();
    let run = &supervisor.order.run;
    let at = last.map_or(supervisor.order.created, |a| a.started);
    Completed {
        name: stage.name.clone(),
        id: last.map_or_else(|| format!("{run}-{}", stage.code), |a| a.public.to_string()),
        date: at.to_zoned(jiff::tz::TimeZone::system()).date().to_string(),
        result: "PASS".to_owned(),
    }
}

/// `before_build` -> `Require Approval Before Build`.
pub fn approval_label(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect::<String>()
        })
    });
    format!("Require Approval {}", words.collect::<Vec<_>>().join(" "))
}

/// `Require Approval Before Build` -> `before_build`.
pub fn approval_name(label: &str) -> String {
    label
        .trim()
        .strip_prefix("Require Approval")
        .unwrap_or(label)
        .trim()
        .to_ascii_lowercase()
        .replace(' ', "_")
}

/// The id of the run, or of the attempt that runs.
pub(super) fn current_run(run: &Run, order: &RunOrder) -> String {
    run.stages
        .iter()
        .find(|s| s.state == StageState::Running)
        .and_then(|s| s.current_attempt())
        .map_or_else(|| order.run.to_string(), |a| a.public.to_string())
}

/// The stages that run by name, else the one that waits, else `Completed`.
pub(super) fn current_stage(run: &Run) -> String {
    let named = |wanted: &[StageState]| -> Vec<String> {
        run.plan
            .stages
            .iter()
            .zip(&run.stages)
            .filter(|(_, r)| wanted.contains(&r.state))
            .map(|(s, _)| s.name.clone())
            .collect()
    };
    let running = named(&[StageState::Running]);
    let waiting = named(&[
        StageState::AwaitingApproval,
        StageState::NeedsInput,
        StageState::Blocked,
        StageState::Failed,
        StageState::ReplanRequired,
        StageState::Paused,
        StageState::Interrupted,
        StageState::Ready,
    ]);
    match (running.is_empty(), waiting.first()) {
        (false, _) => running.join(", "),
        (true, Some(first)) => first.clone(),
        (true, None) if run.state() == RunState::Completed => "Completed".to_owned(),
        (true, None) => named(&[StageState::Pending])
            .into_iter()
            .next()
            .unwrap_or_default(),
    }
}

/// Why the run stands still, one line.
pub(super) fn stop_reason(run: &Run, state: RunState) -> Option<String> {
    if let Some(over) = run.over_budget() {
        return Some(over);
    }
    match state {
        RunState::Running | RunState::Ready | RunState::Created | RunState::Completed => None,
        RunState::Cancelled => run.cancel.clone(),
        RunState::AwaitingApproval => {
            let asking = run
                .plan
                .stages
                .iter()
                .zip(&run.stages)
                .find(|(_, r)| r.asking.is_some());
            asking.map(|(s, r)| match r.asking {
                Some(GateSide::After) => format!("{} is done and waits for approval", s.name),
                _ => format!("{} waits for approval", s.name),
            })
        }
        RunState::NeedsInput => {
            let stages = run.plan.stages.iter().zip(&run.stages);
            let asking = stages.filter(|(_, r)| r.state == StageState::NeedsInput);
            let texts = asking.flat_map(|(stage, record)| {
                let name = &stage.name;
                record
                    .questions
                    .iter()
                    .map(move |q| format!("{name} asks {}: {}", q.id, one_line(&q.text)))
            });
            Some(texts.collect::<Vec<_>>().join("; "))
        }
        RunState::Paused if !run.stale().is_empty() => {
            let stale: Vec<String> = run
                .stale()
                .into_iter()
                .map(|(id, changed)| format!("{id} ({})", changed.join(", ")))
                .collect();
            Some(format!("stale: {}", stale.join("; ")))
        }
        RunState::Paused => Some("paused by a person".to_owned()),
        _ => run
            .stages
            .iter()
            .find_map(|s| s.stop.as_ref())
            .map(|s| s.reason.clone()),
    }
}

/// The artifacts that are there, with the labels of the format's author.
fn artifacts(supervisor: &Supervisor) -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = supervisor
        .run
        .stages
        .iter()
        .flat_map(|s| &s.artifacts)
        .map(|a| (artifact_label(&a.name), a.path.to_string()))
        .collect();
    let order = &supervisor.order;
    list.push((
        "Run Report".to_owned(),
        format!("{}/runs/{}.md", order.harness, order.run),
    ));
    list
}

/// `feature-spec` -> `Feature Specification`; other names are written out.
pub fn artifact_label(name: &str) -> String {
    let words: Vec<String> = name
        .split(['-', '_'])
        .map(|word| match word {
            "spec" => "Specification".to_owned(),
            "qa" => "QA".to_owned(),
            word => {
                let mut letters = word.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_uppercase().chain(letters).collect()
                })
            }
        })
        .collect();
    words.join(" ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_formats_author_and_read_back() {
        assert_eq!(
            approval_label("before_build"),
            "Require Approval Before Build"
        );
        assert_eq!(
            approval_name("Require Approval Before Build"),
            "before_build"
        );
        assert_eq!(artifact_label("feature-spec"), "Feature Specification");
        assert_eq!(artifact_label("qa-review"), "QA Review");
    }
}
