//! Reading in the pipeline: which stage, which attempt, where in its timeline.

use super::event::Request;
use super::input::Input;
use super::overlay::{Overlay, Wanted};
use super::{App, Pane};

impl App {
    /// Opens the line in which the words are written that are searched for.
    pub(super) fn search(&mut self) {
        self.pane = Pane::Right;
        self.overlays.push(Overlay::Text {
            wanted: Wanted::Search,
            input: Input::default(),
        });
    }

    /// The words so far: the first place that holds them is gone to.
    pub(super) fn searching(&mut self, words: &str) {
        words.clone_into(&mut self.run.timeline.wanted);
        self.run.timeline.first_match();
    }

    pub(super) fn next_match(&mut self, forward: bool) {
        self.pane = Pane::Right;
        if !self.run.timeline.next_match(forward) {
            let words = self.run.timeline.wanted.clone();
            self.say(format!("'{words}' is not in this timeline"), true);
        }
    }

    pub(super) fn next_error(&mut self) {
        self.pane = Pane::Right;
        if !self.run.timeline.next_error() {
            self.say("nothing went wrong in this timeline".to_owned(), false);
        }
    }

    /// Asks whether the chosen stage is to be left out.
    pub(super) fn skip(&mut self) {
        let stage = self.target().and_then(|v| self.run.stage_of(v).cloned());
        if let Some(stage) = stage {
            self.confirm(Request::Skip(stage));
        }
    }

    /// Opens the history of the chosen stage.
    pub(super) fn history(&mut self) {
        let Some(view) = self.target() else { return };
        let Some(record) = view.run.stages.get(self.run.stage.at) else {
            return;
        };
        let name = view.run.plan.stages.get(self.run.stage.at);
        let name = name.map_or_else(|| record.id.to_string(), |s| s.name.clone());
        let lines = super::history::lines(&view.run, record);
        self.overlays.push(Overlay::Lines {
            title: format!("History of {name}"),
            lines,
            top: 0,
        });
    }

    pub(super) fn may_choose_attempt(&self, newer: bool) -> Result<(), String> {
        let view = self.target().ok_or("no run is chosen")?;
        let all = self.run.attempts(view).len();
        match self.run.attempt_at(view) {
            None => Err("this stage has no attempt yet".to_owned()),
            Some(at) if newer && at + 1 >= all => Err("this is the latest attempt".to_owned()),
            Some(0) if !newer => Err("this is the first attempt".to_owned()),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn step_attempt(&mut self, by: isize) {
        let Some(view) = self.target().cloned() else {
            return;
        };
        if let Some(at) = self.run.attempt_at(&view) {
            self.run.choose_attempt(&view, at.saturating_add_signed(by));
        }
    }

    /// Chooses a stage from either pane.
    pub(super) fn step_stage(&mut self, by: isize) {
        let Some(view) = self.target() else { return };
        let last = view.run.stages.len().saturating_sub(1);
        self.run.stage.at = self.run.stage.at.saturating_add_signed(by).min(last);
        self.run.goes_along = false;
        self.run.chosen = None;
    }
}
