//! The dialogue, line by line: what the author says, its questions one by one, what it asks leave
//! for and its draft are told; what is written answers what was put last. The questions of a run's
//! stage are answered in the same way, and sent together.

mod lines;
mod puts;
mod tells;

use super::linear::Linear;
use super::papers::stopped;
use crate::agents::talk::Decision;
use crate::dialogue::lead::{Shown, Told, Wish};
use crate::dialogue::state::Floor;
use crate::dialogue::typed;
use crate::workbench::actions::Action;
use crate::workbench::app::View;
use crate::workbench::app::desk::Look;
use crate::workbench::app::dialogue::Field;
use std::sync::Arc;

/// Why nobody decided.
const NOBODY: &str = "nobody is there to allow it";

/// What was put last: what the next line answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Put {
    /// Nothing.
    #[default]
    Nothing,
    /// The author has its turn.
    AtIt,
    /// What it asks leave for: the permission's id.
    Permission(String),
    /// A question, by its id, and how often it was put before.
    Question(String, usize),
    /// What the person wants to know before they answer this question.
    Back(String),
    /// What is to change of a task that is there.
    Change,
    /// A draft: how many there were.
    Draft(usize),
    /// Words to the author.
    Words(usize),
    /// Whether the answers are sent to the stage: how many there are.
    Send(usize),
    /// Nothing can be answered any more.
    Over,
}

/// What an event of a dialogue means for what is said after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// What the disk has.
    Shown,
    /// Words to the author were not taken.
    CameBack,
    /// Nothing.
    Other,
}

impl Heard {
    pub(super) fn of(told: &Told) -> Self {
        match told {
            Told::Shown(_) => Self::Shown,
            Told::Refused {
                wish: Wish::Say(words),
                ..
            } if !words.is_empty() => Self::CameBack,
            _ => Self::Other,
        }
    }
}

/// What of a dialogue was said.
#[derive(Debug, Default)]
pub(super) struct Talking {
    /// Which it is.
    of: String,
    put: Put,
    /// How many lines of the conversation were said.
    lines: usize,
    /// What of the message of this turn was said before it was whole.
    told: String,
    /// How many of the whole messages of this turn.
    messages: usize,
    /// Something was said to the author, and nothing came of it yet.
    wished: bool,
    /// A save was wished, and nothing came of it yet.
    saves: bool,
    /// A save was refused, and it was not asked yet what is to be done now.
    refused: bool,
    /// Words, or what was given, were ordered to be told by a line, and that was not said yet.
    tells: bool,
    /// The questions to which something was given that the disk was not said to have.
    keeping: Vec<String>,
    /// Something was given since the author was told.
    gave: bool,
    /// The question that is answered although it has an answer, and how often it was asked for.
    again: Option<String>,
    asked_again: usize,
    /// The question that is asked about.
    back: Option<String>,
    /// The permission that was decided on.
    decided: Option<String>,
    /// Lines that end with a backslash, until one does not.
    begun: String,
    /// Whether it was said that answers are not sent.
    warned: bool,
}

impl Talking {
    /// Something was given to this question: it is said to be kept once the disk has it.
    fn keeps(&mut self, id: &str) {
        self.keeping.retain(|k| k != id);
        self.keeping.push(id.to_owned());
    }
}

impl Linear {
    /// What an event of a dialogue means for what is waited for.
    pub(super) fn hears_talk(&mut self, told: &Told) {
        let alone = self.is_alone();
        let talking = &mut self.talking;
        match told {
            Told::Shown(shown) if shown.state.floor == Floor::Agent => {
                talking.wished = false;
                if std::mem::take(&mut talking.tells) {
                    self.say("Told to the author.");
                }
            }
            Told::Refused {
                wish: Wish::Save { .. },
                ..
            } => (talking.saves, talking.refused) = (false, true),
            Told::Refused {
                wish: Wish::Say(_) | Wish::Open(_),
                ..
            } => {
                (talking.wished, talking.tells) = (false, false);
                // It is asked anew.
                talking.put = Put::Nothing;
            }
            Told::Refused { wish, .. } => {
                talking.put = Put::Nothing;
                match wish {
                    Wish::Give { id, .. } => talking.keeping.retain(|k| k != id),
                    // Where nobody is there it would be decided in the same way without end.
                    Wish::Decide { .. } if !alone => talking.decided = None,
                    _ => {}
                }
            }
            Told::Closed => {
                talking.put = Put::Nothing;
                talking.keeping.clear();
            }
            Told::Saved { .. } => {
                talking.saves = false;
                self.saved = true;
            }
            Told::Shown(_) | Told::Opened { .. } | Told::Cleaned(_) => {}
        }
    }

    /// What is said after what was told is taken in: what the disk has now, and what came back.
    pub(super) fn says_kept(&mut self, heard: Heard) {
        match heard {
            Heard::Shown => self.says_given(),
            Heard::CameBack => self.offers_words(),
            Heard::Other => {}
        }
    }

    /// Says what was given and is on disk now, as it is there.
    fn says_given(&mut self) {
        let dialogue = &self.app.dialogue;
        let Some(shown) = dialogue.shown.clone().filter(|_| dialogue.asks.is_none()) else {
            return;
        };
        let keeping = std::mem::take(&mut self.talking.keeping);
        for id in keeping {
            if self.app.dialogue.is_being_kept(&id) {
                self.talking.keeping.push(id);
            } else if let Some(given) = shown.state.form.get(&id).and_then(|e| e.given.as_ref()) {
                self.say(format!("Kept {id}: {}", stopped(&typed::told(given))));
            }
        }
    }

    /// What was written to the author and not sent.
    pub(super) fn kept_words(&self) -> Option<String> {
        let dialogue = &self.app.dialogue;
        let pad = dialogue.pad(&Field::Reply);
        let pad = pad.filter(|p| dialogue.asks.is_none() && !p.is_blank());
        pad.map(|p| p.text().to_owned())
    }

    /// Says what was written to the author and not sent, and how it is sent.
    pub(super) fn offers_words(&mut self) {
        let Some(words) = self.kept_words() else {
            return;
        };
        self.say("What you wrote to the author was not sent; it is kept:");
        self.page(words.lines().map(str::to_owned).collect());
        self.say("Type say to send it.");
    }

    /// What is ordered of the dialogue, as far as it is waited for.
    pub(super) fn wishes(&mut self, wish: &Wish) {
        match wish {
            Wish::Say(_) => (self.talking.wished, self.talking.gave) = (true, false),
            Wish::Save { .. } => self.talking.saves = true,
            _ => {}
        }
    }

    /// Whether the dialogue is still to come to what was ordered.
    pub(super) fn is_talking(&self) -> bool {
        let dialogue = &self.app.dialogue;
        if self.app.view != View::Dialogue {
            return self.saved;
        }
        let reads = self.reads_what_was_said();
        let waits = !self.is_attended() && dialogue.is_at_it() && self.asks_leave().is_none();
        dialogue.is_owed() || self.talking.wished || self.talking.saves || reads || waits
    }

    /// Whether the last words of a stage that asks, or what was answered to it and not sent, are
    /// still being read.
    fn reads_what_was_said(&self) -> bool {
        let mut looks = self.app.desk.looking.iter();
        let reads = |l: &Look| matches!(l, Look::Said(..) | Look::Unsent(_));
        self.app.dialogue.asks.is_some() && looks.any(reads)
    }

    /// What the author asks leave for and nobody decided on.
    fn asks_leave(&self) -> Option<crate::agents::talk::Permission> {
        let shown = self.app.dialogue.shown.as_ref()?;
        let mut all = shown.live.permissions.iter();
        let open = all.find(|p| Some(&p.id) != self.talking.decided.as_ref());
        open.cloned()
    }

    /// Says what is new in the dialogue, and puts what is to be answered.
    pub(super) fn talks(&mut self) {
        if self.saved {
            self.goes_on_saved();
        }
        if self.app.view != View::Dialogue {
            self.talking.put = Put::Nothing;
            return;
        }
        if !self.app.overlays.is_empty() || self.reads_what_was_said() {
            return;
        }
        let dialogue = &self.app.dialogue;
        if let (Some(why), None) = (&dialogue.refused, &dialogue.shown) {
            let why = why.clone();
            self.say(format!("It can't be opened: {why}."));
            let effects = self.app.does(self.app.now, Action::Backlog);
            return self.done(effects);
        }
        let Some(shown) = dialogue.shown.clone() else {
            return;
        };
        self.tell_new(&shown);
        if let Some(asked) = self.asks_leave()
            && self.is_alone()
        {
            let what = format!("{} {}", asked.tool, asked.title);
            let said = format!("denied, for {NOBODY}: {what}");
            let reason = Some(NOBODY.to_owned());
            return self.decide(&asked.id, Decision::Deny { reason }, Some(said));
        }
        // What comes next is put once the disk has what was given, or what was decided.
        if self.app.dialogue.is_owed() {
            return;
        }
        if self.sends_by_itself(&shown) {
            self.tell_author(String::new());
        }
        let put = self.now_put(&shown);
        if put == self.talking.put {
            if std::mem::take(&mut self.talking.refused) && matches!(put, Put::Draft(_)) {
                self.ask_draft();
            }
            return;
        }
        self.talking.put = put.clone();
        self.put_it(&shown, &put);
    }

    /// Everything was answered since the author was told.
    fn sends_by_itself(&self, shown: &Arc<Shown>) -> bool {
        let (dialogue, talking) = (&self.app.dialogue, &self.talking);
        let free = shown.state.floor == Floor::Person && !talking.wished && !dialogue.is_owed();
        let none = talking.again.is_none() && talking.back.is_none();
        let all = talking.gave && dialogue.open() == 0 && shown.state.form.is_untold();
        dialogue.asks.is_none() && free && none && all
    }

    /// Decides on what the author asks leave for; `said`: what is said of it in other words, once it
    /// was taken.
    fn decide(&mut self, id: &str, decision: Decision, said: Option<String>) {
        let shown = self.app.dialogue.shown.as_ref();
        let mut all = shown.iter().flat_map(|s| &s.live.permissions);
        let Some(permission) = all.find(|p| p.id == id).cloned() else {
            return;
        };
        self.talking.decided = Some(id.to_owned());
        let effects = self.app.decides(&permission, decision, said);
        self.done(effects);
    }

    /// The task is saved: words are about the list again, and what is read comes from the disk.
    fn goes_on_saved(&mut self) {
        self.saved = false;
        let effects = self.app.does(self.app.now, Action::Backlog);
        self.done(effects);
        self.refresh();
    }

    /// Goes to the dialogue that is open.
    pub(super) fn go_to_dialogue(&mut self) {
        let dialogue = &self.app.dialogue;
        if dialogue.shown.is_none() && dialogue.opening.is_none() {
            return self.say("No dialogue is open; converse on an item or a task opens one.");
        }
        self.talking.put = Put::Nothing;
        if self.app.view != View::Dialogue {
            let effects = self.app.does(self.app.now, Action::Dialogue);
            self.done(effects);
        }
    }
}

#[cfg(test)]
mod tests;
