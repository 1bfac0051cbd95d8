//! What may be had in the dialogue now, and what each action does there.

use super::form::{At, Stop};
use super::{App, Field, View};
use crate::dialogue::lead::{Shown, Wish};
use crate::dialogue::question::Given;
use crate::dialogue::start::Subject;
use crate::dialogue::state::Floor;
use crate::records::runs::RunView;
use crate::workbench::actions::Action;
use crate::workbench::app::Pane;
use crate::workbench::app::desk::Look;
use crate::workbench::app::event::Effect;
use crate::workbench::app::scroll::Step;
use crate::workbench::layout;
use std::sync::Arc;

impl App {
    /// The run whose work rests on the task as it was before it was saved here.
    pub fn stale_in_dialogue(&self) -> Option<&Arc<RunView>> {
        let authors = self.view == View::Dialogue && self.dialogue.asks.is_none();
        let shown = self.dialogue.shown.as_ref().filter(|_| authors)?;
        let saved = shown.state.saved.is_some() && !shown.state.since_saved;
        let stale = |v: &&Arc<RunView>| !v.run.stale().is_empty();
        self.target().filter(|_| saved).filter(stale)
    }

    /// What a dialogue about the chosen entry of the backlog would be about, with its title.
    pub fn talk_subject(&self) -> Option<(Subject, String)> {
        let entry = self.backlog.chosen(&self.board)?;
        // A task that is there is meant, also where the backlog has no link to it.
        if let Some(task) = &entry.task {
            let item = entry.item.as_ref().map(|i| i.title.clone());
            let title = item.unwrap_or_else(|| task.title.clone());
            return Some((Subject::Task(task.id.clone()), title));
        }
        let item = entry.item.as_ref()?;
        Some((Subject::Item(item.id.clone()), item.title.clone()))
    }

    /// Whether an action of the dialogue can be had now, and why not.
    pub(in crate::workbench::app) fn may_talk(&self, action: Action) -> Result<(), String> {
        if action == Action::Converse {
            if self.asking_run().is_some() {
                return Ok(());
            }
            if !self.board.set_up {
                return Err("there is no harness here yet".to_owned());
            }
            let none = || "choose an item of the backlog or a task first".to_owned();
            return self.talk_subject().map(drop).ok_or_else(none);
        }
        if let Some(may) = self.may_asked(action) {
            return may;
        }
        let dialogue = &self.dialogue;
        let shown = dialogue.shown.as_ref().ok_or("no dialogue is open")?;
        let why = match action {
            Action::Tell if shown.state.floor == Floor::Agent => "the author is still at it",
            Action::Tell if dialogue.untold() == 0 => "nothing was answered since",
            Action::Answer | Action::LeaveOpen | Action::AskBack if dialogue.chosen().is_none() => {
                "no question is chosen"
            }
            Action::Default => match dialogue.chosen() {
                None => "no question is chosen",
                Some(e) if e.question.recommended.is_none() => "nothing is recommended for it",
                Some(_) => return Ok(()),
            },
            Action::Defaults if !self.has_defaults() => "no open question has a recommended answer",
            Action::SaveTask | Action::SaveAnyway | Action::ShowDiff if shown.draft.is_none() => {
                "there is no draft yet"
            }
            Action::Permit if shown.live.permissions.is_empty() => {
                "the author asks leave for nothing"
            }
            Action::ChangeAgent if shown.state.floor == Floor::Agent => {
                "the author is still at it; interrupt it first"
            }
            Action::NextQuestion | Action::QuestionBefore if dialogue.entries().is_empty() => {
                "nothing was asked yet"
            }
            _ => return Ok(()),
        };
        Err(why.to_owned())
    }

    fn has_defaults(&self) -> bool {
        let dialogue = &self.dialogue;
        let takes = |e: &crate::dialogue::form::Entry| {
            dialogue.given(e).is_none() && e.question.recommended.is_some()
        };
        dialogue.entries().iter().any(takes)
    }

    /// What an action of the dialogue does.
    pub(in crate::workbench::app) fn talk(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::Converse => self.converse(effects),
            Action::Tell => self.tells(String::new(), effects),
            Action::Answer => self.write_answer(effects),
            Action::Default => {
                let entry = self.dialogue.chosen();
                let text = entry.and_then(|e| e.question.recommended.clone());
                if let Some(text) = text {
                    self.gives(Given::Default { text }, effects);
                }
            }
            Action::Defaults => self.take_defaults(effects),
            Action::LeaveOpen => self.gives(Given::Skip, effects),
            Action::AskBack => {
                if let Some(id) = self.chosen_id() {
                    self.writes(Field::Back(id), effects);
                }
            }
            Action::Say => self.writes(Field::Reply, effects),
            Action::SaveTask => effects.push(Effect::Talk(Wish::Save { anyway: false })),
            Action::SaveAnyway => effects.push(Effect::Talk(Wish::Save { anyway: true })),
            Action::ShowDiff => {
                self.dialogue.draft.diff = !self.dialogue.draft.diff;
                if !self.two_panes() {
                    self.pane = Pane::Right;
                }
            }
            Action::WriteInEditor => self.write_in_editor(effects),
            Action::Permit => self.show_permission(),
            Action::ChangeAgent => self.look_at(Look::Authors, effects),
            Action::NextQuestion => self.dialogue.step_question(true),
            Action::QuestionBefore => self.dialogue.step_question(false),
            _ => {}
        }
    }

    fn chosen_id(&self) -> Option<String> {
        self.dialogue.chosen().map(|e| e.question.id.clone())
    }

    /// Opens the dialogue about the chosen entry, and begins it where nothing was said.
    fn converse(&mut self, effects: &mut Vec<Effect>) {
        if self.board.untrusted.is_some() {
            return self.ask_trust(Some(Action::Converse));
        }
        if let Some(run) = self.asking_run().map(|v| v.order.run.clone()) {
            return self.respond(&run, effects);
        }
        if let Some((subject, _)) = self.talk_subject() {
            self.converse_about(subject, effects);
        }
    }

    /// The same about this.
    pub fn converse_about(&mut self, subject: Subject, effects: &mut Vec<Effect>) {
        self.puts_author_back();
        self.go(View::Dialogue);
        if self.is_about(&subject) {
            return;
        }
        if self.dialogue.shown.take().is_some() {
            self.dialogue.closing = true;
            effects.push(Effect::Talk(Wish::Close));
        }
        self.dialogue.refused = None;
        self.dialogue.trouble = None;
        self.dialogue.writing = None;
        self.dialogue.begins = true;
        self.dialogue.opening = Some(subject.clone());
        effects.push(Effect::Talk(Wish::Open(subject)));
    }

    /// Whether the dialogue that is open is about this.
    fn is_about(&self, subject: &Subject) -> bool {
        let Some(shown) = &self.dialogue.shown else {
            return false;
        };
        let about = shown.state.about.as_ref();
        match subject {
            Subject::Item(item) => about.and_then(|a| a.item.as_ref()) == Some(item),
            Subject::Task(task) => shown.id == *task,
            Subject::Words { .. } => false,
        }
    }

    /// Gives something to the chosen question, and goes on to the next open one.
    pub(super) fn gives(&mut self, given: Given, effects: &mut Vec<Effect>) {
        let Some(id) = self.chosen_id() else { return };
        self.gives_one(id, given, effects);
        self.dialogue.go_on();
    }

    /// Gives something to this question; what is not sent with it is kept.
    pub fn gives_to(&mut self, id: String, given: Given) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.gives_one(id, given, &mut effects);
        self.keep_unsent(&mut effects);
        effects
    }

    fn gives_one(&mut self, id: String, given: Given, effects: &mut Vec<Effect>) {
        self.dialogue.trouble = None;
        self.dialogue.pending.insert(id.clone(), given.clone());
        if self.dialogue.asks.is_none() {
            effects.push(Effect::Talk(Wish::Give { id, given }));
        }
    }

    fn take_defaults(&mut self, effects: &mut Vec<Effect>) {
        let form = self
            .dialogue
            .shown
            .as_ref()
            .map(|s| s.state.form.defaults());
        let mut defaults = form.unwrap_or_default();
        // What was given just now may not have been told of yet.
        defaults.retain(|(id, _)| !self.dialogue.pending.contains_key(id));
        let taken = defaults.len();
        self.dialogue.pending.extend(defaults);
        if self.dialogue.asks.is_none() {
            // It is said once the disk has them.
            self.dialogue.taking = Some(taken);
            effects.push(Effect::Talk(Wish::Defaults));
        } else {
            self.took_defaults(taken);
        }
        self.dialogue.at = At::Nowhere;
        self.dialogue.go_on();
    }

    pub(super) fn took_defaults(&mut self, taken: usize) {
        let what = crate::text::many(taken, "recommended answer");
        self.say(format!("{what} taken"), false);
    }

    /// Tells the author these words, written in a line, and all that was given since. Until they are
    /// known to have been taken they are kept; those that came back are not sent twice.
    pub fn tells_by_line(&mut self, words: String) -> Vec<Effect> {
        let kept = self.dialogue.pad(&Field::Reply);
        if kept.is_some_and(|pad| pad.text().trim() == words.trim()) {
            self.dialogue.typed.remove(&Field::Reply);
        }
        let mut effects = Vec::new();
        self.tells(words, &mut effects);
        self.keep_unsent(&mut effects);
        effects
    }

    /// Tells the author these words, and all that was given since.
    pub(super) fn tells(&mut self, words: String, effects: &mut Vec<Effect>) {
        if self.dialogue.asks.is_some() {
            return self.send_answers(effects);
        }
        self.dialogue.at = At::Nowhere;
        self.dialogue.follows = true;
        let turns = self.dialogue.shown.as_ref().map_or(0, |s| s.state.turns);
        self.dialogue.saying = (!words.is_empty()).then(|| (words.clone(), turns));
        effects.push(Effect::Talk(Wish::Say(words)));
    }

    /// What the key that opens does here: it begins, chooses, writes or sends.
    pub(in crate::workbench::app) fn open_in_dialogue(&mut self, effects: &mut Vec<Effect>) {
        if self.dialogue.shown.is_none() {
            return self.converse(effects);
        }
        if self.pane == Pane::Right {
            return;
        }
        match (&self.dialogue.at, self.dialogue.stop()) {
            (At::Question(..), Some(Stop::Own)) => self.write_answer(effects),
            (At::Question(..), Some(stop)) => {
                let question = self.dialogue.chosen().map(|e| &e.question);
                let given = question.and_then(|q| match stop {
                    Stop::Recommended => {
                        let text = q.recommended.clone()?;
                        Some(Given::Default { text })
                    }
                    Stop::Option(n) => {
                        let text = q.options.get(n)?.text.clone();
                        Some(Given::Answer { text })
                    }
                    Stop::Own => None,
                });
                if let Some(given) = given {
                    self.gives(given, effects);
                }
            }
            _ if self.dialogue.was_not_said() => self.writes(Field::Reply, effects),
            _ if self.dialogue.untold() > 0 && !self.dialogue.is_at_it() => {
                self.tells(String::new(), effects);
            }
            (At::Nowhere, _) if self.dialogue.open() > 0 => self.dialogue.go_on(),
            _ if self.dialogue.asks.is_some() => {}
            _ if self.nothing_was_said() => self.tells(String::new(), effects),
            _ => self.writes(Field::Reply, effects),
        }
    }

    /// Whether the author was never told anything.
    fn nothing_was_said(&self) -> bool {
        let shown = self.dialogue.shown.as_ref();
        let revises = |s: &Shown| s.state.about.as_ref().is_some_and(|a| a.revises);
        let untouched = |s: &Shown| s.state.lines.is_empty() && s.state.turns == 0;
        shown.is_some_and(|s| untouched(s) && !revises(s)) && !self.dialogue.is_at_it()
    }

    /// What that key does here, in a word or two.
    pub fn enters(&self) -> &'static str {
        let dialogue = &self.dialogue;
        if dialogue.shown.is_none() {
            return "begin";
        }
        match (&dialogue.at, dialogue.stop()) {
            (At::Question(..), Some(Stop::Own)) => "write",
            (At::Question(..), _) => "take it",
            _ if dialogue.was_not_said() => "write",
            _ if dialogue.untold() > 0 && !dialogue.is_at_it() => "send",
            (At::Nowhere, _) if dialogue.open() > 0 => "next question",
            _ if dialogue.asks.is_some() => "look",
            _ if self.nothing_was_said() => "begin",
            _ => "write",
        }
    }

    /// Whether that key does something, and why not.
    pub(in crate::workbench::app) fn may_open_in_dialogue(&self) -> Result<(), String> {
        if self.dialogue.opening.is_some() {
            return Err("it is being opened".to_owned());
        }
        if self.dialogue.shown.is_none() {
            return self.may_talk(Action::Converse);
        }
        if self.pane == Pane::Right {
            return Err("the draft is read here; the questions stand beside it".to_owned());
        }
        if let Some(asks) = &self.dialogue.asks {
            return self.may_open_asked(asks);
        }
        Ok(())
    }

    /// Moves in the pane that has the focus.
    pub(in crate::workbench::app) fn step_dialogue(&mut self, step: Step) {
        let height = layout::list_rows(self, self.pane);
        if self.pane == Pane::Right {
            return self.dialogue.draft.page.step(step, height);
        }
        match step {
            Step::By(by @ (1 | -1)) if !self.dialogue.is_at_it() => {
                if !self.dialogue.step_stop(by > 0) {
                    self.scroll_talk(step);
                }
            }
            _ => self.scroll_talk(step),
        }
    }

    /// Moves the conversation in its window.
    pub(in crate::workbench::app) fn scroll_talk(&mut self, step: Step) {
        let height = layout::list_rows(self, Pane::Left).max(1);
        let dialogue = &mut self.dialogue;
        let end = dialogue.laid.rows.len().saturating_sub(height);
        let page = isize::try_from(height.max(2) - 1).unwrap_or(isize::MAX);
        let by = |n: isize| dialogue.top.saturating_add_signed(n).min(end);
        dialogue.top = match step {
            Step::By(n) => by(n),
            Step::HalfPage(n) => by(n.saturating_mul((page / 2).max(1))),
            Step::Page(n) => by(n.saturating_mul(page)),
            Step::Top => 0,
            Step::Bottom => end,
        };
        dialogue.follows = dialogue.top == end;
    }

    /// A row of the conversation was clicked.
    pub(in crate::workbench::app) fn click_talk(&mut self, row: usize) {
        let row = self.dialogue.top + row;
        let spots = &self.dialogue.laid.spots;
        let mut hit = spots.iter().filter(|(rows, _)| rows.contains(&row));
        // The narrowest of those that hold it.
        let hit = hit
            .by_ref()
            .min_by_key(|(rows, _)| rows.len())
            .map(|(_, at)| at.clone());
        match hit {
            Some(At::Question(id, 0)) if self.dialogue.at != At::Question(id.clone(), 0) => {
                self.dialogue.go_to(&id);
            }
            Some(at) => self.dialogue.at = at,
            None => {}
        }
    }
}
