//! What the dialogue tells the screen.

use super::form::At;
use super::{App, Field, NOT_SAVED, Saved, View};
use crate::dialogue::lead::{Shown, Told, Wish};
use crate::dialogue::question::Given;
use crate::dialogue::state::{Floor, Line};
use crate::dialogue::unsent::Whose;
use crate::text::many;
use crate::workbench::actions::Action;
use crate::workbench::app::begin::over;
use crate::workbench::app::event::Effect;
use crate::workbench::app::overlay::Overlay;
use std::sync::Arc;

impl App {
    /// Takes in what is told.
    pub(in crate::workbench::app) fn talked(&mut self, told: Told, effects: &mut Vec<Effect>) {
        self.with_author(|app| app.heard(told, effects));
    }

    fn heard(&mut self, told: Told, effects: &mut Vec<Effect>) {
        match told {
            Told::Opened { id, unsent } => self.was_kept(&Whose::Dialogue(id), unsent),
            Told::Cleaned(ids) => self.was_cleaned(&ids),
            Told::Shown(shown) => self.shows(&Arc::new(*shown), effects),
            Told::Refused {
                wish,
                why,
                unplaced,
            } => self.refused_wish(wish, why, unplaced),
            Told::Saved { task, workflow } => {
                let key = self.key_or_name(Action::Run);
                let with = workflow.as_ref().map(|w| format!(" with {w}"));
                let with = with.unwrap_or_default();
                let stale = self.dialogue.shown.as_ref().and_then(|s| s.stale.as_ref());
                let runs = self.entry().is_none_or(|e| e.runs.iter().all(|r| over(r)));
                let said = match stale {
                    Some(stale) => {
                        let what = many(stale.stages.len(), "stage");
                        format!(
                            "saved {task}; {what} of {} rested on what it was",
                            stale.run
                        )
                    }
                    None if runs => format!("saved {task}; {key} runs it{with}"),
                    None => format!("saved {task}"),
                };
                self.say(said, false);
                self.dialogue.saved = Some(Saved { task, workflow });
            }
            Told::Closed if std::mem::take(&mut self.dialogue.closing) => {}
            Told::Closed => {
                self.dialogue.deciding = None;
                self.dialogue.shown = None;
                self.dialogue.saved = None;
            }
        }
    }

    fn shows(&mut self, shown: &Arc<Shown>, effects: &mut Vec<Effect>) {
        if self.dialogue.closing {
            return;
        }
        let dialogue = &mut self.dialogue;
        let before = dialogue.shown.replace(shown.clone());
        let before = before.filter(|b| b.id == shown.id);
        if shown.state.floor == Floor::Agent {
            dialogue.trouble = None;
        }
        let given = |id: &String| shown.state.form.get(id).and_then(|e| e.given.as_ref());
        dialogue.pending.retain(|id, own| given(id) != Some(own));
        let default = |g: &Given| matches!(g, Given::Default { .. });
        let owes = dialogue.pending.values().any(default);
        let defaults = dialogue.taking.take_if(|_| !owes);
        // What was not taken at first, and came back to be changed, may be given all the same.
        let writing = dialogue.writing.clone();
        dialogue.typed.retain(|field, pad| {
            let same = match field {
                Field::Answer(id) => given(id).and_then(Given::answer) == Some(pad.text().trim()),
                Field::Back(_) | Field::Reply => false,
            };
            !same || writing.as_ref() == Some(field)
        });
        let taken = |(_, turns): &(String, u32)| {
            shown.state.floor == Floor::Agent || shown.state.turns > *turns
        };
        dialogue.saying = dialogue.saying.take().filter(|s| !taken(s));
        if let Some(taken) = defaults {
            self.took_defaults(taken);
        }
        if before.is_none() {
            self.opened();
        }
        let nothing = shown.state.lines.is_empty() && shown.state.turns == 0;
        let revises = shown.state.about.as_ref().is_some_and(|a| a.revises);
        if std::mem::take(&mut self.dialogue.begins) {
            if nothing && !revises {
                self.dialogue.follows = true;
                effects.push(Effect::Talk(Wish::Say(String::new())));
            } else if revises && !self.by_name && shown.state.form.open().next().is_none() {
                // What is there is whole: only the person knows what is to be another way. Where
                // lines are read it is asked for there.
                self.writes(Field::Reply, effects);
            }
        }
        self.asks_leave(shown);
        let asked = |s: &Shown| {
            let asked = |l: &&Line| matches!(l, Line::Questions(_));
            s.state.lines.iter().filter(asked).count()
        };
        let at_it = |s: &Shown| s.state.floor == Floor::Agent;
        let ended = before.as_deref().is_some_and(at_it) && !at_it(shown);
        if before.as_deref().map_or(0, asked) < asked(shown) {
            self.goes_to_questions();
        } else if ended {
            self.dialogue.begins_above = true;
        }
        if ended {
            self.tells_turn(shown, effects);
        }
    }

    /// A dialogue was opened, or another one.
    fn opened(&mut self) {
        let dialogue = &mut self.dialogue;
        dialogue.opening = None;
        dialogue.refused = None;
        dialogue.trouble = None;
        dialogue.at = At::Nowhere;
        dialogue.writing = None;
        dialogue.typed.clear();
        dialogue.pending.clear();
        dialogue.saying = None;
        dialogue.taking = None;
        dialogue.deciding = None;
        dialogue.seen.clear();
        dialogue.saved = None;
        dialogue.top = usize::MAX;
        dialogue.draft.diff = false;
        self.recall_dialogue();
    }

    pub(super) fn goes_to_questions(&mut self) {
        self.dialogue.begins_above = true;
        // Nobody is taken away from what they write.
        if self.dialogue.writing.is_none() {
            self.dialogue.at = At::Nowhere;
            self.dialogue.go_on();
        }
    }

    /// Says to whoever looks elsewhere what the author came to.
    fn tells_turn(&mut self, shown: &Shown, effects: &mut Vec<Effect>) {
        let what = match (shown.state.form.open().count(), &shown.draft) {
            (0, Some(_)) => "wrote a draft".to_owned(),
            (0, None) => "answered".to_owned(),
            (n, _) => format!("asks {}", many(n, "question")),
        };
        let text = format!("{}: {} {what}", shown.id, shown.agent);
        if self.view != View::Dialogue {
            let key = self.key_or_name(Action::Dialogue);
            self.say(format!("{text}; {key} shows it"), false);
        }
        if !self.focused {
            effects.push(Effect::Notify(text));
        }
    }

    fn refused_wish(&mut self, wish: Wish, why: String, unplaced: Vec<String>) {
        match wish {
            Wish::Open(_) => {
                self.dialogue.opening = None;
                self.dialogue.begins = false;
                self.dialogue.shown = None;
                self.dialogue.refused = Some(why);
            }
            Wish::Save { .. } => self.not_saved(why, unplaced),
            // What was typed in one that is left is kept with it.
            _ if self.dialogue.closing => self.say(why, true),
            Wish::Give { id, given } => self.not_given(&id, &given, &why),
            Wish::Defaults => {
                let default = |g: &Given| matches!(g, Given::Default { .. });
                self.dialogue.pending.retain(|_, g| !default(g));
                self.dialogue.taking = None;
                self.dialogue.at = At::Nowhere;
                self.dialogue.trouble = Some(why.clone());
                self.say(why, true);
            }
            Wish::Decide { .. } => {
                self.dialogue.deciding = None;
                self.say(why, true);
            }
            // What was written comes back: nothing is lost.
            Wish::Say(words) => {
                if !words.is_empty() {
                    self.dialogue.saying = None;
                    self.dialogue.puts_back(Field::Reply, &words);
                }
                self.dialogue.follows = false;
                self.dialogue.trouble = Some(why.clone());
                self.say(why, true);
            }
            _ => self.say(why, true),
        }
    }

    /// What was given was not taken: it is to be given again, and words come back to be changed.
    fn not_given(&mut self, id: &str, given: &Given, why: &str) {
        let dialogue = &mut self.dialogue;
        if dialogue.pending.get(id) == Some(given) {
            dialogue.pending.remove(id);
        }
        let entry = dialogue.entries().iter().find(|e| e.question.id == id);
        let listed =
            |text: &str| entry.is_some_and(|e| e.question.options.iter().any(|o| o.text == text));
        let words = match given {
            Given::Answer { text } if !listed(text) => Some((Field::Answer(id.to_owned()), text)),
            Given::Back { text } => Some((Field::Back(id.to_owned()), text)),
            _ => None,
        };
        let free = dialogue.writing.is_none();
        if free {
            dialogue.go_to(id);
        }
        if let Some((field, text)) = words {
            dialogue.puts_back(field, text);
            if free {
                dialogue.go_to_own(id);
            }
        }
        dialogue.trouble = Some(format!("{id}: {why}"));
        self.say(format!("{id} was not taken: {why}"), true);
    }

    /// Secrets were taken out of a person's words.
    fn was_cleaned(&mut self, ids: &[String]) {
        let named: Vec<&str> = ids
            .iter()
            .filter(|i| !i.is_empty())
            .map(String::as_str)
            .collect();
        for id in &named {
            self.dialogue.pending.remove(*id);
        }
        let what = match named.as_slice() {
            [] => "what you wrote".to_owned(),
            ids => format!("the answer to {}", ids.join(", ")),
        };
        self.say(
            format!("a secret was taken out of {what}: it is not written down"),
            false,
        );
    }

    /// Why the draft was not saved, and what can be done.
    fn not_saved(&mut self, why: String, unplaced: Vec<String>) {
        let Some(shown) = self.dialogue.shown.clone() else {
            return self.say(why, true);
        };
        let entries = shown.state.form.entries().iter();
        let untold = entries.filter(|e| e.given.is_some() && !e.told);
        let untold: Vec<String> = untold.map(|e| e.question.id.clone()).collect();
        let is_untold = unplaced.is_empty() && !untold.is_empty() && shown.draft.is_some();
        let ids = if is_untold { untold } else { unplaced };
        let mut lines = vec![(String::new(), why)];
        for id in &ids {
            let Some(entry) = shown.state.form.get(id) else {
                continue;
            };
            let given = entry.given.as_ref().and_then(|g| g.answer());
            let text = format!(
                "{} → {}",
                entry.question.line(),
                given.unwrap_or("(no answer)")
            );
            lines.push((id.clone(), text));
        }
        if !ids.is_empty() {
            let key = |action| self.key_or_name(action);
            let (first, word) = if is_untold {
                (
                    Action::Tell,
                    "tells the author, who writes it into the draft",
                )
            } else {
                (Action::Say, "writes to the author where it belongs")
            };
            lines.push((String::new(), String::new()));
            lines.push((key(first), word.to_owned()));
            lines.push((
                key(Action::SaveAnyway),
                "saves the draft as it is; the answers stay under Clarifications".to_owned(),
            ));
        }
        self.overlays.push(Overlay::Lines {
            title: NOT_SAVED.to_owned(),
            lines,
            top: 0,
        });
    }
}
