//! Why a run or one of its stages is as it is: six lines, the same wherever they are shown.

use super::beside::Overlap;
use super::runs::RunView;
use crate::engine::Cause;
pub use crate::engine::lines::Why;
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::engine::step::Step;
use crate::engine::why::WAITS_UNTIL;
use crate::store::lock::is_held;
use crate::supervisor::tell::{Stood, Words};
use crate::supervisor::{kept, tree};
use crate::terms::{RunState, StageId, StageState};

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
        let mut cause = self.cause(stage);
        self.tell_of_unhanded(&mut cause);
        let fact = cause.fact();
        let of = kept::Of {
            order: &self.order,
            run: &self.run,
            dirs: &self.dirs,
        };
        let kept = kept::line(of, &cause, stage.is_some());
        let evidence = match stage {
            None => self.with_beside(fact),
            Some(_) => fact,
        };
        Why::of(cause, evidence, kept)
    }

    /// At a gate: what lies in the run's tree and was not handed on, so that nothing is approved as long as
    /// it does; and what deals with it. Looks at the tree.
    pub fn tell_of_unhanded(&self, cause: &mut Cause) {
        if !cause.command.starts_with("harness-tui approve ") {
            return;
        }
        let (id, tree) = (&self.order.run, &self.order.tree);
        // What git can't tell keeps nobody: who approves is told then.
        let left = tree::not_handed_on(self.dirs.path(), &self.order, &self.run);
        let left = left.unwrap_or_default();
        let Some(first) = left.first() else {
            return;
        };
        let more = match left.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        cause.evidence = format!(
            "{}; what lies in {} was not handed on, so that nothing can be approved: {first}{more}",
            cause.evidence,
            tree.display()
        );
        (cause.step, cause.command) = if tree::may_be_taken(&self.order, &self.run) {
            let does = "takes it over, to have it checked and handed on";
            (
                Step::by("take-over", does),
                format!("harness-tui take {id}"),
            )
        } else {
            let step = Step::by("send-back", "sends it back, to have the run take it up");
            (step, format!("harness-tui reject {id} --reason '…'"))
        };
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

    /// The same without what is kept: nothing but locks and the day is looked at.
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
        let today = || jiff::Zoned::now().date();
        if let Some((resume, _)) = cause.command.split_once(" --day ")
            && self.run.kept_by_a_day_before(today).is_some()
        {
            // Nothing is to be added to a day that is over.
            cause.evidence = format!("{}; that day is over", cause.evidence);
            cause.step = Step::by("pause", "goes on");
            cause.command = resume.to_owned();
        }
        if let Some(taken) = self.run.taken.as_ref().filter(|_| self.left)
            && cause.stage.as_ref() == Some(&taken.stage)
        {
            let by = &taken.by.name;
            let planned = self.run.plan.stage(&taken.stage);
            let name = planned.map_or(taken.stage.as_str(), |s| s.name.as_str());
            cause.what = match stage {
                None => format!("{id}: {name} is taken over, and waits for you"),
                Some(_) => format!("{name}: taken over, and waits for you"),
            };
            cause.evidence = format!("nobody is at work on it; {by} took it over");
            cause.moment = Some(taken.at);
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
        // Nobody is there to whom what it waited for would come.
        let slot = record.and_then(|r| self.run.waits_for_slot(r));
        if let Some(told) = cause.evidence.strip_suffix(WAITS_UNTIL) {
            cause.evidence = format!("{told}nobody carries it on, and it was to go on at");
        } else if slot.is_some_and(|slot| cause.evidence == slot.told()) {
            cause.evidence = format!("nobody carries it on; last, {}", cause.evidence);
        }
        cause.what = cause.what.replacen(": waiting for ", ": it waited for ", 1);
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
    pub(super) fn lives(&self, attempt: &AttemptRecord) -> bool {
        is_held(&self.attempt_dir(&attempt.id).heartbeat()).unwrap_or(true)
    }
}

/// The six lines of a run, or of one of its stages, for whoever tells them elsewhere: each with the
/// word that leads it, and the actions of the screen by their names.
pub fn lines(view: &RunView, stage: Option<&StageId>) -> [(&'static str, String); 6] {
    view.why(stage).lines(&|_| None)
}

/// The attempt that is at work, as the journal has it.
fn at_work(record: &StageRecord) -> Option<&AttemptRecord> {
    let last = record.current_attempt()?;
    (record.state == StageState::Running && last.result.is_none()).then_some(last)
}
