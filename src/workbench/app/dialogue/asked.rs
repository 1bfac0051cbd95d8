//! The questions of a run's stage in the place of a dialogue: the same form, and one order that
//! sends what was answered.
//!
//! What is answered and not sent stays with its run, whatever is looked at meanwhile. The dialogue
//! with an author stands behind it and goes on.

mod context;
mod read;
mod send;

use super::{Dialogue, Field};
use crate::dialogue::unsent::Whose;
use crate::engine::record::StageRecord;
use crate::records::runs::RunView;
use crate::terms::verdict::Question;
use crate::terms::{AttemptId, RunId, StageId, StageState};
use crate::workbench::app::desk::Look;
use crate::workbench::app::event::Effect;
use crate::workbench::app::{App, View, run};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stage that asks, or asked until somebody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asks {
    /// Whose stage it is.
    pub run: RunId,
    /// The stage.
    pub stage: StageId,
    /// Its name.
    pub name: String,
    /// The attempt that asks.
    pub attempt: Option<AttemptId>,
    /// The questions as the run has them.
    questions: Vec<Question>,
    /// What the agent said last; `None`: not read yet.
    said: Option<Arc<str>>,
    /// Why nothing can be answered any more; `None`: it can.
    pub over: Option<String>,
}

/// The questions of runs that are answered on the screen.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The dialogue with an author, while the questions of a run stand in its place.
    behind: Option<Box<Dialogue>>,
    /// The questions of runs that are not looked at, with what was written to them.
    kept: BTreeMap<RunId, Dialogue>,
}

impl Asked {
    /// The dialogue with an author, where another stands in its place.
    pub(super) fn behind(&self) -> Option<&Dialogue> {
        self.behind.as_deref()
    }

    /// Those that are not looked at.
    pub(super) fn kept_mut(&mut self) -> impl Iterator<Item = &mut Dialogue> {
        self.kept.values_mut()
    }
}

/// The stage of a run that asks: this one where it does, else the first.
pub fn asking<'a>(view: &'a RunView, rather: Option<&StageId>) -> Option<&'a StageRecord> {
    let asks = |s: &&StageRecord| s.state == StageState::NeedsInput && !s.questions.is_empty();
    let mut all = view.run.stages.iter().filter(asks);
    let rather = all.clone().find(|s| Some(&s.id) == rather);
    rather.or_else(|| all.next())
}

/// How many questions a run asks.
pub fn asked_in_all(view: &RunView) -> usize {
    let stages = view.run.stages.iter();
    let asking = stages.filter(|s| s.state == StageState::NeedsInput);
    asking.map(|s| s.questions.len()).sum()
}

impl App {
    /// The run whose questions the keys are about, where it asks any.
    pub(in crate::workbench) fn asking_run(&self) -> Option<&Arc<RunView>> {
        self.target().filter(|v| asking(v, None).is_some())
    }

    /// Whether the key that opens the chosen run leads to what it asks.
    pub fn asks_here(&self) -> bool {
        let gate = |v: &Arc<RunView>| run::gate(v).is_some();
        // Where lines are read there is no form: the command answers.
        !self.by_name && self.asking_run().is_some_and(|v| !gate(v))
    }

    /// Whether what the chosen run asks can be answered, and why not.
    pub(in crate::workbench::app) fn may_respond(&self) -> Result<(), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        match (asking(view, None), view.task()) {
            (Some(_), _) | (None, Some(_)) => Ok(()),
            (None, None) => Err(format!("it asks nothing: it is {}", view.state())),
        }
    }

    /// Whether a run stands on a result that its author can be talked with about.
    pub fn may_be_revised(&self) -> bool {
        use crate::terms::RunState::{
            AwaitingApproval, Blocked, Completed, Failed, ReplanRequired,
        };
        let result = [AwaitingApproval, Blocked, Completed, Failed, ReplanRequired];
        let view = self.target().filter(|v| v.task().is_some() && !v.is_over());
        view.is_some_and(|v| asking(v, None).is_none() && result.contains(&v.state()))
    }

    /// Brings up what a run asks, with what was written to it before.
    pub(in crate::workbench::app) fn respond(&mut self, run: &RunId, effects: &mut Vec<Effect>) {
        let here = (self.view != View::Backlog && self.run.id.as_ref() == Some(run))
            .then_some(())
            .and_then(|()| self.run.stage_of(self.board.run(run)?).cloned());
        let Some(view) = self.board.run(run).cloned() else {
            return;
        };
        let Some(record) = asking(&view, here.as_ref()) else {
            return;
        };
        let stage = record.id.clone();
        self.run.show(run);
        self.go(View::Dialogue);
        let there = self.dialogue.asks.as_ref();
        if there.is_none_or(|a| a.run != *run) {
            self.puts_author_back();
            let own = self.asked.kept.remove(run).unwrap_or_default();
            let author = std::mem::replace(&mut self.dialogue, own);
            self.asked.behind = Some(Box::new(author));
        }
        let there = self.dialogue.asks.as_ref();
        if there.is_none_or(|a| a.stage != stage || a.over.is_some()) {
            let asks = Asks::of(&view, record);
            // What was typed to the one before is kept first.
            self.keep_unsent(effects);
            self.dialogue.asks(asks);
        }
        if !self.recall_asked() {
            let whose = Whose::Stage(run.clone(), stage);
            self.look_at(Look::Unsent(whose), effects);
        }
        self.settle_asked(effects);
        if self.dialogue.chosen().is_none() && self.dialogue.writing.is_none() {
            self.goes_to_questions();
        }
    }

    /// Brings the dialogue with the author back; what was answered to a run is kept.
    pub(in crate::workbench::app) fn puts_author_back(&mut self) {
        let Some(author) = self.asked.behind.take() else {
            return;
        };
        let front = std::mem::replace(&mut self.dialogue, *author);
        let run = front.asks.as_ref().filter(|a| a.over.is_none());
        if let Some(run) = run.map(|a| a.run.clone()) {
            self.asked.kept.insert(run, front);
        }
    }

    /// What the key of the view does that is there: where a run asks and an author is talked with
    /// too, the one takes the other's place.
    pub(in crate::workbench::app) fn turn_to_author(&mut self) {
        let author = self.asked.behind.as_ref();
        if author.is_some_and(|a| a.shown.is_some() || a.opening.is_some()) {
            self.puts_author_back();
        }
    }

    /// Does this with the dialogue that an author is talked with, also where another stands in its
    /// place: nobody looks at it then.
    pub(super) fn with_author(&mut self, does: impl FnOnce(&mut Self)) {
        let Some(author) = self.asked.behind.take() else {
            return does(self);
        };
        let front = std::mem::replace(&mut self.dialogue, *author);
        let view = std::mem::replace(&mut self.view, View::Backlog);
        does(self);
        self.view = view;
        let author = std::mem::replace(&mut self.dialogue, front);
        self.asked.behind = Some(Box::new(author));
    }

    /// Brings what is asked in line with the run as it was read last.
    pub(in crate::workbench::app) fn settle_asked(&mut self, effects: &mut Vec<Effect>) {
        let Some(asks) = self.dialogue.asks.clone() else {
            return;
        };
        let card = self.board.card(&asks.run);
        let view = card.and_then(|c| c.view.clone());
        let record = view.as_ref().and_then(|v| v.run.record(&asks.stage));
        let now = view
            .as_ref()
            .zip(record)
            .map(|(v, r)| (v, r, Asks::of(v, r)));
        match now {
            Some((view, record, now)) if record.state == StageState::NeedsInput => {
                if !now.is_same(&asks) {
                    self.dialogue.asks_anew(now);
                }
                if self.dialogue.shown.is_none() {
                    self.dialogue.shown = read::shown(&self.dialogue, view).map(Arc::new);
                }
            }
            _ if asks.over.is_some() || self.is_sent(&asks) => {}
            Some((view, record, _)) => {
                let why = format!(
                    "it was answered elsewhere: {} is {}",
                    asks.name, record.state
                );
                self.dialogue.is_over(why, &record.answers);
                self.dialogue.shown = read::shown(&self.dialogue, view).map(Arc::new);
            }
            None if card.is_some() && self.dialogue.shown.is_some() => {
                self.dialogue.is_over("the run is over".to_owned(), &[]);
            }
            None => {}
        }
        let Some(asks) = &self.dialogue.asks else {
            return;
        };
        if let (None, Some(attempt)) = (&asks.said, &asks.attempt) {
            let look = Look::Said(asks.run.clone(), attempt.clone());
            self.look_at(look, effects);
        }
    }

    /// What the agent said last was read.
    pub(in crate::workbench::app) fn said_last(
        &mut self,
        run: &RunId,
        attempt: &AttemptId,
        said: &str,
    ) {
        let front = self.dialogue.asks.as_ref().is_some_and(|a| a.run == *run);
        let dialogue = if front {
            Some(&mut self.dialogue)
        } else {
            self.asked.kept.get_mut(run)
        };
        let Some(dialogue) = dialogue else { return };
        let Some(asks) = &mut dialogue.asks else {
            return;
        };
        if asks.attempt.as_ref() == Some(attempt) {
            asks.said = Some(Arc::from(said));
            // It is made anew with that.
            dialogue.begins_above = true;
            if let Some(view) = self.board.run(run) {
                dialogue.shown = read::shown(dialogue, view).map(Arc::new);
            }
        }
    }
}

impl Asks {
    /// What it asks, as the run has it.
    pub(super) fn questions(&self) -> &[Question] {
        &self.questions
    }

    fn of(view: &RunView, record: &StageRecord) -> Self {
        let planned = view.run.plan.stage(&record.id);
        Self {
            run: view.order.run.clone(),
            stage: record.id.clone(),
            name: planned.map_or_else(|| record.id.to_string(), |s| s.name.clone()),
            attempt: record.attempts.last().map(|a| a.id.clone()),
            questions: record.questions.clone(),
            said: None,
            over: None,
        }
    }

    /// Whether it is the same that is asked.
    fn is_same(&self, other: &Self) -> bool {
        other.over.is_none()
            && (&self.stage, &self.attempt, &self.questions)
                == (&other.stage, &other.attempt, &other.questions)
    }
}

impl Dialogue {
    /// Another stage's questions take the place of what is there.
    fn asks(&mut self, asks: Asks) {
        *self = Self {
            asks: Some(asks),
            top: usize::MAX,
            ..Self::default()
        };
    }

    /// The stage asks something else: what was written to a question that it asks again stays.
    fn asks_anew(&mut self, asks: Asks) {
        let again = |id: &str| {
            let of = |list: &[Question]| {
                let own = list.iter().find(|q| q.id == *id);
                own.map(|q| q.text.clone())
            };
            let before = self.asks.as_ref().and_then(|a| of(&a.questions));
            before.is_some() && before == of(&asks.questions)
        };
        let field = |field: &Field| match field {
            Field::Answer(id) | Field::Back(id) => again(id),
            Field::Reply => false,
        };
        let kept = Self {
            pending: std::mem::take(&mut self.pending)
                .into_iter()
                .filter(|(id, _)| again(id))
                .collect(),
            typed: std::mem::take(&mut self.typed)
                .into_iter()
                .filter(|(own, _)| field(own))
                .collect(),
            paths: self.paths.take(),
            recalled: self.recalled,
            top: usize::MAX,
            ..Self::default()
        };
        *self = Self {
            asks: Some(asks),
            ..kept
        };
        self.go_on();
    }

    /// Nothing can be answered any more; `answers`: id, question and answer of all that was.
    fn is_over(&mut self, why: String, answers: &[(String, String, String)]) {
        let Some(asks) = &mut self.asks else { return };
        asks.over = Some(why);
        self.answered = answers.to_vec();
        self.at = super::form::At::Nowhere;
        self.writing = None;
    }
}
