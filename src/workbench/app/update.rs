//! The one place where the state changes.

use super::desk::Look;
use super::event::{Effect, Event};
use super::overlay::Overlay;
use super::{App, Pane, Toast, View};
use crate::records::board::{Entry, RunCard};
use crate::records::runs::RunView;
use crate::workbench::actions::Action;
use crate::workbench::layout;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long a message stays.
const TOAST: SignedDuration = SignedDuration::from_secs(6);

impl App {
    /// Takes an event in; what is to be done comes out.
    pub fn update(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        self.now = now;
        self.toasts.retain(|t| t.until > now);
        let from = self.view;
        let mut effects = Vec::new();
        if self.is_too_early(&event) {
            return effects;
        }
        if matches!(event, Event::Tick) && self.lays_out() {
            self.lay_pages();
            return effects;
        }
        let read = matches!(event, Event::Read(_));
        match event {
            Event::Key(key) => self.key(key, &mut effects),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse) => self.mouse(mouse, &mut effects),
            Event::Resized(columns, rows) => self.size = (columns, rows),
            Event::Read(board) => {
                let before = std::mem::replace(&mut self.board, *board);
                self.read_at = Some(now);
                self.tell_edits(&before);
                self.refused_forms_follow();
                self.tell_needs(&before, &mut effects);
                self.raise_gate(&before);
                if matches!(self.overlays.last(), Some(Overlay::Costs(_))) {
                    self.look_at(Look::Costs, &mut effects);
                    self.lay_costs();
                }
            }
            Event::Told {
                run,
                attempt,
                anew,
                lines,
            } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.run.told(attempt, anew, lines);
                }
            }
            Event::Paper {
                run,
                paper,
                from,
                sheet,
            } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.raised_page_came(&paper);
                    let leaves = self.run.shelf.leaves.iter_mut();
                    for leaf in leaves.filter(|l| l.paper == paper) {
                        leaf.take(from, sheet.clone());
                    }
                }
            }
            Event::Sought {
                run,
                wanted,
                sought,
            } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.sought_in_file(&wanted, sought);
                }
            }
            Event::Explained { title, why } => {
                let lines = self.six_lines(&why);
                self.overlays.push(Overlay::Lines {
                    title,
                    lines,
                    top: 0,
                });
            }
            Event::Named { run, named } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.run.shelf.named = named;
                }
            }
            Event::Wants(loan) => effects.push(Effect::Lend(loan)),
            Event::Edited { trouble } => self.edited(trouble, &mut effects),
            Event::TakenUp { told, bad } => self.say(told, bad),
            Event::Came { run, request, came } => self.came(run, request, came, &mut effects),
            Event::Looked { look, seen } => self.looked(look, seen, &mut effects),
            Event::Did { deed, done, undo } => {
                self.desk.undo = undo;
                self.did(&deed, done, &mut effects);
            }
            Event::Command(told) => self.command_came(told),
            Event::Talk(told) => self.talked(told, &mut effects),
            Event::NotKept(why) => self.say(why, true),
            Event::Wrote(wrote) => match &wrote {
                Ok(text) if self.line_written_in_editor(text, &mut effects) => {}
                _ => self.written_in_editor(wrote),
            },
            Event::Comments { run, comments } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.run.shelf.comments = comments;
                }
            }
            Event::Themes(list) => self.themes(list),
            Event::ThemeKept(Ok(said)) => self.say(said, false),
            Event::ThemeKept(Err(why)) => self.say(format!("not kept: {why}"), true),
            Event::HandEdited { run, asks } => {
                if self.run.id.as_ref() == Some(&run) {
                    if let Some(asks) = &asks {
                        self.say(format!("run-state.md was edited: {asks}"), false);
                    }
                    self.run.pending = asks;
                }
            }
            Event::Focus(has) => self.focused = has,
            Event::Replied(reply) => self.replied(&reply),
            Event::Stop => self.act(Action::Suspend, &mut effects),
            Event::Continued => effects.push(Effect::Retake),
            // Lines are the linear mode's, which does what they say.
            Event::Line(_) | Event::Refreshed | Event::Tick => {}
            Event::Gone => effects.push(Effect::Leave),
        }
        self.settle(&mut effects);
        self.look_at_what_is_chosen(read, &mut effects);
        self.keep_unsent(&mut effects);
        self.look_on(from, &mut effects);
        effects
    }

    /// Does what an action's key does, where there are words in place of keys.
    pub fn does(&mut self, now: Timestamp, action: Action) -> Vec<Effect> {
        self.now = now;
        let from = self.view;
        let mut effects = Vec::new();
        self.act(action, &mut effects);
        self.settle(&mut effects);
        self.keep_unsent(&mut effects);
        self.look_on(from, &mut effects);
        effects
    }

    /// The run that the keys for runs are about, in short.
    pub fn target_card(&self) -> Option<&Arc<RunCard>> {
        match self.view {
            View::Backlog => self.backlog.run(&self.board),
            View::Dialogue => match &self.dialogue.asks {
                Some(asks) => self.board.card(&asks.run),
                None => self.entry().and_then(Entry::run),
            },
            View::Pipeline | View::Artifacts => self.board.card(self.run.id.as_ref()?),
        }
    }

    /// All of the run that the keys for runs are about, where all of it was read.
    pub fn target(&self) -> Option<&Arc<RunView>> {
        self.target_card()?.view.as_ref()
    }

    /// Why there is no [`App::target`].
    pub(super) fn no_target(&self) -> String {
        match self.target_card() {
            None => "no run is chosen".to_owned(),
            Some(card) => match &card.landed {
                Some(branch) if self.view == View::Backlog => {
                    format!("it was landed on {branch} already")
                }
                _ => "it is being read".to_owned(),
            },
        }
    }

    pub(super) fn say(&mut self, text: String, bad: bool) {
        let until = self.now.checked_add(TOAST).unwrap_or(self.now);
        self.toasts.retain(|t| t.text != text);
        self.toasts.push(Toast { text, bad, until });
    }

    /// Brings everything in line after an event, and orders what must be read for it.
    pub(super) fn settle(&mut self, effects: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        self.backlog.settle(&self.board, height);
        self.settle_asked(effects);
        self.settle_dialogue();
        self.show_failed_command();
        let Some(card) = self.run.id.as_ref().and_then(|id| self.board.card(id)) else {
            return;
        };
        let Some(view) = card.view.clone() else {
            if !std::mem::replace(&mut self.run.asked, true) {
                effects.push(Effect::ReadRun(card.run.clone()));
            }
            return;
        };
        // Should it be let go of again, it is asked for again.
        self.run.asked = false;
        self.run.go_along(&view);
        self.run.stages.refresh(&view);
        self.run.stage.settle(view.run.stages.len(), height);
        if self.view == View::Pipeline {
            let wanted = self.run.wanted(&view);
            if wanted != self.run.attempt {
                self.run.show_attempt(wanted.clone());
                let of = wanted.map(|attempt| (view.order.run.clone(), attempt));
                effects.push(Effect::Follow(of));
            }
        }
        self.settle_papers(&view, effects);
        let columns = layout::right_columns(self);
        let height = layout::list_rows(self, Pane::Right);
        let told = columns.saturating_sub(layout::TIMES);
        self.run.timeline.settle(told, height);
    }
}
