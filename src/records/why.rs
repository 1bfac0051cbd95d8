//! Why a run or one of its stages is as it is: six lines, the same wherever they are shown.

use super::beside::Overlap;
use super::kept;
use super::runs::RunView;
use crate::engine::Cause;
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::engine::step::{KeyOf, Step};
use crate::store::lock::is_held;
use crate::supervisor::tell::{Stood, Words};
use crate::terms::{RunState, StageId, StageState};
use std::fmt;

/// The six lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// What state it is in.
    pub what: String,
    /// The decisive fact, with its place where it has one.
    pub evidence: String,
    /// What was tried.
    pub tried: String,
    /// What of the work is kept, and where, as it was found on disk.
    pub kept: String,
    /// What a person does next on the screen.
    pub step: Step,
    /// The command that does the same.
    pub command: String,
}

impl Why {
    /// The six lines with the word that leads each, and the keys of whoever reads them.
    pub fn lines(&self, key: KeyOf<'_>) -> [(&'static str, String); 6] {
        [
            ("What", self.what.clone()),
            ("Evidence", self.evidence.clone()),
            ("Tried", self.tried.clone()),
            ("Kept", self.kept.clone()),
            ("Key", self.step.told(key)),
            ("Command", self.command.clone()),
        ]
    }
}

/// The six lines where nobody's keys are known.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (word, text) in self.lines(&|_| None) {
            writeln!(f, "{:<9} {text}", format!("{word}:"))?;
        }
        Ok(())
    }
}

/// The six lines of a run as it stood at an event: the run's own, or the stage's where another one
/// decides over the run.
pub fn explain(stood: Stood<'_>) -> Words {
    let view = RunView::stood(stood);
    let decides = view.cause(None).stage;
    let stage = stood.stage.filter(|stage| decides.as_ref() != Some(*stage));
    let why = view.why(stage);
    Words {
        key: why.step.told(&|_| None),
        what: why.what,
        evidence: why.evidence,
        tried: why.tried,
        kept: why.kept,
        command: why.command,
    }
}

impl RunView {
    /// Why the run, or one of its stages, is as it is. It looks at what is kept.
    pub fn why(&self, stage: Option<&StageId>) -> Why {
        let cause = self.cause(stage);
        let fact = cause.fact();
        Why {
            kept: kept::line(self, &cause, stage.is_some()),
            evidence: match stage {
                None => self.with_beside(fact),
                Some(_) => fact,
            },
            what: cause.what,
            tried: cause.tried,
            step: cause.step,
            command: cause.command,
        }
    }

    /// A fact, and what is beside the run: where it rests, that its base moved on; and who else changes its
    /// files.
    pub fn with_beside(&self, fact: String) -> String {
        let beside = self.beside();
        let mut told = vec![fact];
        if let (Some(moved), false) = (&beside.moved, self.goes_on()) {
            let remedy = moved.remedy(&self.order.run);
            told.push(format!("{}: {remedy}", moved.told()));
        }
        told.extend(beside.overlaps.first().map(Overlap::told));
        match beside.overlaps.len() {
            0 | 1 => {}
            n => told.push(format!("and {} more like it", n - 1)),
        }
        told.join("; ")
    }

    /// The same without what is kept: nothing but locks is looked at.
    pub fn cause(&self, stage: Option<&StageId>) -> Cause {
        let id = &self.order.run;
        let mut cause = self.run.cause(id, stage);
        if let Some(not_here) = self.not_here.as_ref().filter(|_| !self.is_over()) {
            cause.what = format!("{id} belongs to another place");
            cause.evidence = not_here.to_string();
            cause.moment = None;
            cause.step = Step::Command("is for where it belongs");
            cause.command = not_here.command();
            return cause;
        }
        if let Some(landing) = self.cut_off()
            && stage.is_none()
        {
            cause.what = format!("{id}: its landing was cut off");
            cause.evidence = landing.told();
            cause.moment = None;
            cause.command = format!("harness-tui land {id}");
            cause.step = Step::by("land", "says where it stands, and finishes it");
            return cause;
        }
        if self.state() != RunState::Interrupted {
            return cause;
        }
        if stage.is_none() {
            cause.what =
                format!("{id} is interrupted: it should go on, and no supervisor holds it");
        }
        if self.gave_up.is_some() {
            (cause.evidence, cause.moment) = self.forsaken();
        }
        let record = cause.stage.as_ref().and_then(|s| self.run.record(s));
        let lost = record.and_then(|r| at_work(r).filter(|a| !self.lives(a)));
        if let (Some(attempt), None) = (lost, &self.gave_up) {
            cause.evidence = format!("the process of attempt {} is gone, which began", attempt.id);
            cause.moment = Some(attempt.started);
        }
        let over = record.is_some_and(|r| {
            matches!(
                r.state,
                StageState::Passed | StageState::Skipped | StageState::Cancelled
            )
        });
        if stage.is_none() || !over {
            cause.command = format!("harness-tui resume {id}");
            cause.step = Step::by("pause", "goes on");
        }
        cause
    }

    /// The fact that decides over the whole run. Nothing is looked at.
    pub fn evidence(&self) -> String {
        match self.cut_off() {
            Some(landing) => landing.told(),
            None => self.run.cause(&self.order.run, None).fact(),
        }
    }

    /// Whether the process that holds an attempt lives.
    fn lives(&self, attempt: &AttemptRecord) -> bool {
        is_held(&self.attempt_dir(&attempt.id).heartbeat()).unwrap_or(true)
    }
}

/// The attempt that is at work, as the journal has it.
fn at_work(record: &StageRecord) -> Option<&AttemptRecord> {
    let last = record.current_attempt()?;
    (record.state == StageState::Running && last.result.is_none()).then_some(last)
}
