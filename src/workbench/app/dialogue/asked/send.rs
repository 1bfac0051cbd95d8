//! What may be done with a run's questions, and sending what was answered.

use super::super::form::At;
use super::super::{Dialogue, Field};
use super::{Asks, asking};
use crate::dialogue::question::Given;
use crate::terms::RunId;
use crate::workbench::actions::Action;
use crate::workbench::app::event::{Effect, Request};
use crate::workbench::app::{App, View, order};

impl Dialogue {
    /// The order that sends what was answered.
    fn answers(&self) -> Option<Request> {
        let asks = self.asks.as_ref()?;
        let given = asks.questions.iter().filter_map(|asked| {
            let given = self.pending.get(&asked.id).and_then(Given::answer)?;
            Some((asked.id.clone(), asked.text.clone(), given.to_owned()))
        });
        Some(Request::Answer {
            stage: asks.stage.clone(),
            answers: given.collect(),
        })
    }

    /// How many questions were answered and not sent.
    pub(in crate::workbench) fn answers_given(&self) -> usize {
        self.pending.values().filter_map(Given::answer).count()
    }

    /// A question to which something is written that was not given.
    fn unfinished(&self) -> Option<&str> {
        self.typed.iter().find_map(|(field, pad)| match field {
            Field::Answer(id) if !pad.is_blank() => Some(id.as_str()),
            _ => None,
        })
    }
}

impl App {
    /// Whether an action can be had while a run's questions are answered, and why not; `None`: as
    /// in any dialogue.
    pub(in crate::workbench::app) fn may_asked(
        &self,
        action: Action,
    ) -> Option<Result<(), String>> {
        let dialogue = &self.dialogue;
        let asks = dialogue.asks.as_ref()?;
        let no = |why: &str| Some(Err(why.to_owned()));
        match action {
            Action::NextQuestion | Action::QuestionBefore => None,
            Action::Say
            | Action::AskBack
            | Action::SaveTask
            | Action::SaveAnyway
            | Action::ShowDiff
            | Action::Permit
            | Action::ChangeAgent => no("a stage of a run asks here: it takes answers alone"),
            _ if asks.over.is_some() => Some(Err(asks.over.clone().unwrap_or_default())),
            Action::Tell => Some(self.may_send()),
            Action::LeaveOpen if dialogue.chosen().is_some_and(|e| e.question.blocking) => {
                no("the stage can't go on without an answer to it")
            }
            Action::WriteInEditor if dialogue.chosen().is_none() => no("no question is chosen"),
            _ => None,
        }
    }

    /// Whether what was answered can be sent, and why not.
    pub(in crate::workbench::app) fn may_send(&self) -> Result<(), String> {
        let asks = self.dialogue.asks.as_ref().ok_or("no run asks here")?;
        if let Some(over) = &asks.over {
            return Err(over.clone());
        }
        if let Some(id) = self.dialogue.unfinished() {
            return Err(format!("what is written to {id} is not given yet"));
        }
        let view = self.board.run(&asks.run).ok_or("it is being read")?;
        let request = self.dialogue.answers().ok_or("nothing was answered")?;
        self.not_twice(&asks.run, &request)?;
        order::may(view, &request)
    }

    /// Whether the key that opens does something here, and why not.
    pub(in crate::workbench::app) fn may_open_asked(&self, asks: &Asks) -> Result<(), String> {
        match &asks.over {
            Some(over) => Err(over.clone()),
            None if self.dialogue.open() == 0 || self.dialogue.at == At::Send => self.may_send(),
            None => Ok(()),
        }
    }

    /// The same, where it is not asked why.
    pub fn may_send_now(&self) -> bool {
        self.may_send().is_ok()
    }

    /// Sends what was answered.
    pub(in crate::workbench::app) fn send_answers(&mut self, effects: &mut Vec<Effect>) {
        if let Err(why) = self.may_send() {
            return self.say(why, true);
        }
        let run = self.dialogue.asks.as_ref().map(|a| a.run.clone());
        if let (Some(run), Some(request)) = (run, self.dialogue.answers()) {
            self.dialogue.at = At::Nowhere;
            self.give(run, request, None, effects);
        }
    }

    /// Whether answers to it are under way.
    pub(in crate::workbench) fn is_sent(&self, asks: &Asks) -> bool {
        let same = Request::Answer {
            stage: asks.stage.clone(),
            answers: Vec::new(),
        };
        self.not_twice(&asks.run, &same).is_err()
    }

    /// The answers were taken up: the stage runs again, and that is shown to whoever sent them.
    pub(in crate::workbench::app) fn answered(&mut self, run: &RunId) {
        self.asked.kept.remove(run);
        let here = self.dialogue.asks.as_ref().is_some_and(|a| a.run == *run);
        if !here {
            return;
        }
        self.puts_author_back();
        self.asked.kept.remove(run);
        if self.view != View::Dialogue {
            return;
        }
        let more = self
            .board
            .run(run)
            .is_some_and(|v| asking(v, None).is_some());
        self.run.show(run);
        self.run.goes_along = true;
        self.go(View::Pipeline);
        if more {
            let key = self.key_or_name(Action::Respond);
            self.say(format!("another stage asks too: {key} answers it"), false);
        }
    }
}
