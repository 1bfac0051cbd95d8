//! What waits for a person, gone through one by one; and what happened since they looked last, which
//! counts as seen once they go on from it.

use super::dialogue::asked::asking;
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, View, run};
use crate::records::needs::Need;
use crate::records::news::News;
use crate::records::runs::RunView;
use crate::terms::RunId;
use crate::text::many;
use crate::workbench::actions::{Action, ROWS};
use jiff::Timestamp;
use std::sync::Arc;

impl App {
    /// Whether what waits is one thing, and it is on the screen.
    pub(super) fn is_all_that_waits(&self) -> bool {
        let is_here = |view: &RunView| {
            let place = match run::gate(view) {
                Some(_) => View::Artifacts,
                None if !self.by_name && asking(view, None).is_some() => View::Dialogue,
                None => View::Pipeline,
            };
            self.view == place && view.waits()
        };
        self.board.waiting() == 1 && self.target().is_some_and(|view| is_here(view))
    }

    /// Goes to the next thing that waits, in the order of the list, and round at its end.
    pub(super) fn next_waiting(&mut self, effects: &mut Vec<Effect>) {
        let needs = self.board.needs.clone();
        let here = match self.view {
            View::Backlog => self.run.id.clone(),
            _ => self.target_card().map(|card| card.run.clone()),
        };
        let here = needs.iter().position(|n| Some(&n.run) == here.as_ref());
        let next = here.map_or(0, |n| (n + 1) % needs.len().max(1));
        let Some(need) = needs.get(next) else { return };
        if needs.len() > 1 {
            let told = format!("{} of {}: {}", next + 1, needs.len(), told(need));
            // The one before is no longer what is shown.
            let of = format!(" of {}: ", needs.len());
            self.toasts.retain(|t| !t.text.contains(&of));
            self.say(told, false);
        }
        self.go_to_need(&need.run, effects);
    }

    /// Goes to where a run that waits is dealt with.
    fn go_to_need(&mut self, run: &RunId, effects: &mut Vec<Effect>) {
        let view = self.board.run(run).cloned();
        if view.as_ref().is_some_and(|v| run::gate(v).is_some()) {
            return self.show_gate(run);
        }
        let asks = |v: &Arc<RunView>| !self.by_name && asking(v, None).is_some();
        if view.as_ref().is_some_and(asks) {
            return self.respond(run, effects);
        }
        self.run.show(run);
        self.go_to_pipeline();
    }

    /// The key that deals with what a run needs.
    pub fn key_of_need(&self, need: &Need) -> String {
        let row = ROWS
            .iter()
            .find(|row| Some(row.name) == need.action.as_deref());
        let action = match row.map(|row| row.action) {
            // In the list what is chosen is answered by opening it.
            Some(Action::Respond) | None => Action::Open,
            Some(action) => action,
        };
        self.key_or_name(action)
    }

    /// Whether the base of the run that the keys are about has moved.
    pub fn base_moved(&self) -> bool {
        let run = self.target_card().map(|card| &card.run);
        run.is_some_and(|run| self.board.moved.contains(run))
    }

    /// Whether there is anything that happened since the last look.
    pub(super) fn may_tell_news(&self) -> Result<(), String> {
        match (&self.board.looked, self.board.news.is_empty()) {
            (None, _) => Err("you have not looked at this project before".to_owned()),
            (Some(at), true) => Err(format!(
                "nothing has happened since you last looked, {}",
                self.clock(*at)
            )),
            _ => Ok(()),
        }
    }

    /// Tells all that happened since the last look.
    pub(super) fn tell_news(&mut self) {
        let Some(at) = self.board.looked else { return };
        let line = |news: &News| (self.clock(news.at), news_told(news));
        let lines = self.board.news.iter().map(line).collect();
        let count = many(self.board.news.len(), "event");
        self.overlays.push(Overlay::Lines {
            title: format!("{count} since you last looked, {}", self.clock(at)),
            lines,
            top: 0,
        });
    }

    /// The person goes on from the list, or leaves: what is on it counts as seen. `from`: the view
    /// that was on the screen before.
    pub(super) fn look_on(&mut self, from: View, effects: &mut Vec<Effect>) {
        let leaves = effects.iter().position(|e| *e == Effect::Leave);
        let goes = from == View::Backlog && self.view != View::Backlog;
        if !self.board.has_runs || !(goes || leaves.is_some()) {
            return;
        }
        let Some(seen) = self.known_up_to() else {
            return;
        };
        if self.board.looked.is_some() {
            self.backlog.seen = Some(seen);
        }
        if self.marked == Some(seen) && leaves.is_none() {
            return;
        }
        self.marked = Some(seen);
        // It must be under way before the program is.
        effects.insert(leaves.unwrap_or(effects.len()), Effect::Looked(seen));
    }

    /// The moment of the last fact that the board knows of: whatever comes later is news.
    fn known_up_to(&self) -> Option<Timestamp> {
        let facts = self.board.runs.iter().filter_map(|card| card.updated);
        let told = self.board.news.iter().map(|news| news.at);
        facts.chain(told).max().or(self.read_at)
    }
}

/// A run that waits, and what for.
fn told(need: &Need) -> String {
    let name = match &need.task {
        Some(task) => task.to_string(),
        None => need.run.to_string(),
    };
    format!("{name} {}", need.short())
}

/// Something that happened, with what it happened to.
pub fn news_told(news: &News) -> String {
    let title = match news.title.as_str() {
        "" => String::new(),
        title => format!(" ({title})"),
    };
    format!("{} {}{title}", news.name(), news.text)
}
