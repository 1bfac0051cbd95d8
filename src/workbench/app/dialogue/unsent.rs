//! What is typed and not sent, as it is to be kept: the world is told whenever it differs from what
//! it was told last, and what was kept is there again when its dialogue is opened.

use super::form::At;
use super::pad::Pad;
use super::{App, Dialogue, Field};
use crate::dialogue::question::Given;
use crate::dialogue::unsent::{Unsent, Whose};
use crate::terms::{RunId, StageId};
use crate::workbench::actions::Action;
use crate::workbench::app::event::Effect;
use std::collections::BTreeMap;

/// What was told last to be kept, and what was kept before.
#[derive(Debug, Clone, Default)]
pub struct Kept(BTreeMap<Whose, Unsent>);

impl Dialogue {
    /// Whose words are typed here, where what was kept of them is known.
    fn whose(&self) -> Option<Whose> {
        if let Some(asks) = &self.asks {
            let open = self.recalled && asks.over.is_none();
            return open.then(|| Whose::Stage(asks.run.clone(), asks.stage.clone()));
        }
        let shown = self.shown.as_ref().filter(|_| !self.closing)?;
        Some(Whose::Dialogue(shown.id.clone()))
    }

    /// What is typed, given or said, and not known to be on disk otherwise.
    fn unsent(&self) -> Unsent {
        let mut unsent = Unsent::default();
        for (field, pad) in self.typed.iter().filter(|(_, pad)| !pad.is_blank()) {
            let text = pad.text().to_owned();
            match field {
                Field::Answer(id) => drop(unsent.answers.insert(id.clone(), text)),
                Field::Back(id) => drop(unsent.backs.insert(id.clone(), text)),
                Field::Reply => unsent.reply = text,
            }
        }
        if let Some(asks) = &self.asks {
            unsent.given = self.pending.clone();
            if !unsent.is_empty() {
                let asked = asks.questions().iter();
                unsent.asked = asked.map(|q| (q.id.clone(), q.text.clone())).collect();
            }
            return unsent;
        }
        for (id, given) in &self.pending {
            let (to, text) = match given {
                Given::Answer { text } => (&mut unsent.answers, text),
                Given::Back { text } => (&mut unsent.backs, text),
                Given::Default { .. } | Given::Skip => continue,
            };
            to.entry(id.clone()).or_insert_with(|| text.clone());
        }
        if let Some((words, _)) = &self.saying {
            unsent.sent.clone_from(words);
            unsent.said = self.shown.as_ref().map_or(0, |s| s.state.said);
        }
        unsent
    }

    /// Puts back what was kept, but where something else is typed, or the same was given.
    fn recall(&mut self, unsent: &Unsent) {
        self.recalled = true;
        let same = |id: &String| match &self.asks {
            None => true,
            Some(asks) => {
                let text = unsent.asked.get(id);
                asks.questions()
                    .iter()
                    .any(|q| q.id == *id && Some(&q.text) == text)
            }
        };
        let has = |id: &String, words: &str| {
            let given = self.entries().iter().find(|e| e.question.id == *id);
            match given.and_then(|e| e.given.as_ref()) {
                Some(Given::Answer { text } | Given::Default { text } | Given::Back { text }) => {
                    text == words.trim()
                }
                Some(Given::Skip) | None => false,
            }
        };
        let mut typed = Vec::new();
        for (id, text) in unsent
            .answers
            .iter()
            .filter(|(id, t)| same(id) && !has(id, t))
        {
            typed.push((Field::Answer(id.clone()), text));
        }
        for (id, text) in unsent
            .backs
            .iter()
            .filter(|(id, t)| same(id) && !has(id, t))
        {
            typed.push((Field::Back(id.clone()), text));
        }
        let said = self.shown.as_ref().map_or(0, |s| s.state.said);
        let reply = match unsent.sent.as_str() {
            sent if !sent.is_empty() && said <= unsent.said => above(sent, &unsent.reply),
            _ => unsent.reply.clone(),
        };
        if !reply.is_empty() {
            typed.push((Field::Reply, &reply));
        }
        let given = unsent.given.iter().filter(|(id, _)| same(id));
        let given: Vec<_> = given.map(|(id, g)| (id.clone(), g.clone())).collect();
        for (field, text) in typed {
            let pad = self.typed.entry(field).or_default();
            if pad.is_blank() {
                *pad = Pad::of(text);
            }
        }
        for (id, given) in given {
            self.pending.entry(id).or_insert(given);
        }
    }

    /// To the first question that something is typed to, where the person writes nowhere.
    fn goes_to_typed(&mut self) {
        let typed = self.typed.iter().filter(|(_, pad)| !pad.is_blank());
        let first = { typed }.find_map(|(field, _)| match field {
            Field::Answer(id) | Field::Back(id) => Some(id.clone()),
            Field::Reply => None,
        });
        match first {
            _ if self.writing.is_some() => {}
            Some(id) => {
                self.go_to(&id);
                self.go_to_own(&id);
            }
            None => {
                self.at = At::Nowhere;
                self.go_on();
            }
        }
    }

    /// Whether words to the author came back.
    pub(super) fn was_not_said(&self) -> bool {
        let words = self.pad(&Field::Reply);
        self.trouble.is_some() && words.is_some_and(|w| !w.is_blank())
    }

    /// Puts words that were not taken back to where they were written, above what is there since.
    pub(super) fn puts_back(&mut self, field: Field, words: &str) {
        let pad = self.typed.entry(field).or_default();
        if !pad.text().contains(words) {
            let all = above(words, pad.text());
            pad.set(&all);
        }
    }
}

/// One text above another.
fn above(first: &str, second: &str) -> String {
    if second.trim().is_empty() {
        first.to_owned()
    } else {
        format!("{first}\n{second}")
    }
}

impl App {
    /// Has everything kept that is typed and differs from what is kept.
    pub(in crate::workbench::app) fn keep_unsent(&mut self, effects: &mut Vec<Effect>) {
        let behind = self.asked.behind();
        for dialogue in std::iter::once(&self.dialogue).chain(behind) {
            let Some(whose) = dialogue.whose() else {
                continue;
            };
            let there = self.unsent.0.get(&whose);
            let idle = dialogue.typed.is_empty() && dialogue.pending.is_empty();
            if idle && dialogue.saying.is_none() && there.is_none_or(Unsent::is_empty) {
                continue;
            }
            let unsent = dialogue.unsent();
            if there.unwrap_or(&Unsent::default()) != &unsent {
                self.unsent.0.insert(whose.clone(), unsent.clone());
                effects.push(Effect::Keep(whose, unsent));
            }
        }
    }

    /// What was kept of a dialogue, or of a stage's questions, was read. What is known here is newer.
    pub(in crate::workbench::app) fn was_kept(&mut self, whose: &Whose, unsent: Unsent) {
        self.unsent.0.entry(whose.clone()).or_insert(unsent);
        let here = |d: &Dialogue| {
            let asks = d.asks.as_ref();
            asks.is_some_and(|a| Whose::Stage(a.run.clone(), a.stage.clone()) == *whose)
        };
        if here(&self.dialogue) {
            self.recall_asked();
            self.dialogue.goes_to_typed();
        } else if let Some(dialogue) = self.asked.kept_mut().find(|d| here(d)) {
            dialogue.recall(&self.unsent.0[whose]);
        }
    }

    /// Puts back what was kept of the dialogue that was opened.
    pub(super) fn recall_dialogue(&mut self) {
        let Some(whose) = self.dialogue.whose() else {
            return;
        };
        let unsent = self.unsent.0.get(&whose).cloned().unwrap_or_default();
        self.dialogue.recall(&unsent);
        if !self.dialogue.entries().is_empty() {
            self.goes_to_questions();
            self.dialogue.goes_to_typed();
        }
        // Where lines are read it is said there, with the words.
        if self.dialogue.pad(&Field::Reply).is_some() && !self.by_name {
            let key = self.key_or_name(Action::Say);
            self.say(
                format!("what you wrote to the author is kept; {key} goes on with it"),
                false,
            );
        }
    }

    /// The same of what a stage asks; whether it is known what was kept.
    pub(super) fn recall_asked(&mut self) -> bool {
        let Some(asks) = &self.dialogue.asks else {
            return true;
        };
        let whose = Whose::Stage(asks.run.clone(), asks.stage.clone());
        let Some(unsent) = self.unsent.0.get(&whose).cloned() else {
            return false;
        };
        if !self.dialogue.recalled {
            self.dialogue.recall(&unsent);
        }
        true
    }

    /// What was typed to a stage of a run was sent.
    pub(in crate::workbench::app) fn nothing_unsent(
        &mut self,
        run: &RunId,
        stage: &StageId,
        effects: &mut Vec<Effect>,
    ) {
        let whose = Whose::Stage(run.clone(), stage.clone());
        let there = self.unsent.0.get_mut(&whose);
        if let Some(unsent) = there.filter(|u| !u.is_empty()) {
            *unsent = Unsent::default();
            effects.push(Effect::Keep(whose, Unsent::default()));
        }
    }
}
