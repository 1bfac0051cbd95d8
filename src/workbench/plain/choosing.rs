//! Choosing: by the number with which something was listed last, or by its id.

use super::linear::Linear;
use super::{papers, words};
use crate::records::board::{Entry, Key};
use crate::records::papers::Paper;
use crate::render::diff::File;
use crate::terms::RunId;
use crate::text::many;
use crate::workbench::actions::Action;
use crate::workbench::app::{Event, View};
use jiff::Timestamp;
use std::sync::Arc;

/// What numbers mean: what was listed last, as it was listed.
#[derive(Debug, Clone, Default)]
pub(super) enum Listed {
    #[default]
    Nothing,
    Entries(Vec<Key>),
    Runs(Vec<RunId>),
    Stages(RunId),
    Papers(RunId, Vec<Paper>),
    Files(Arc<Vec<File>>),
}

impl Linear {
    pub(super) fn open(&mut self, now: Timestamp, action: Action) {
        match self.app.target_card().map(|card| card.run.clone()) {
            Some(run) => self.show_run(now, &run),
            None => self.say(match self.app.may(action) {
                Err(why) => format!("{}: {why}.", words::capital(action.row().name)),
                Ok(()) => "No run is chosen.".to_owned(),
            }),
        }
    }

    /// Numbers mean what was listed last, as it was listed.
    pub(super) fn choose(&mut self, now: Timestamp, number: usize) {
        let Some(n) = number.checked_sub(1) else {
            return self.say("Numbers begin at 1.");
        };
        let (count, what) = match self.listed.clone() {
            Listed::Nothing => (0, "thing"),
            Listed::Entries(keys) => match keys.get(n) {
                Some(key) => return self.choose_entry(now, key),
                None => (keys.len(), "entry"),
            },
            Listed::Runs(runs) => match runs.get(n) {
                Some(run) => return self.show_run(now, run),
                None => (runs.len(), "run"),
            },
            Listed::Stages(run) => {
                let stages = self.app.board.run(&run).map_or(0, |v| v.run.stages.len());
                if n < stages {
                    let effects = self.app.show_run(now, &run);
                    self.done(effects);
                    return self.stage(now, n);
                }
                (stages, "stage")
            }
            Listed::Papers(run, papers) => match papers.get(n) {
                Some(paper) => {
                    let effects = self.app.show_run(now, &run);
                    self.done(effects);
                    return self.read_paper(now, paper.clone());
                }
                None => (papers.len(), "document"),
            },
            Listed::Files(files) => match files.get(n) {
                Some(file) => return self.page(papers::file_lines(file)),
                None => (files.len(), "file"),
            },
        };
        let count = many(count, what);
        self.say(format!(
            "{count} to choose from; backlog goes back to the list."
        ));
    }

    /// Chooses the stage whose number stands after a word.
    pub(super) fn choose_stage(&mut self, now: Timestamp, rest: &str) -> bool {
        let stages = self.app.target().map_or(0, |v| v.run.stages.len());
        let number = rest.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match number.filter(|n| *n < stages) {
            Some(n) => {
                if let Some(run) = self.app.target().map(|v| v.order.run.clone()) {
                    let effects = self.app.show_run(now, &run);
                    self.done(effects);
                }
                self.app.run.stage.at = n;
                self.app.run.goes_along = false;
                self.app.run.chosen = None;
                self.take(now, Event::Tick);
                true
            }
            None => {
                self.say(format!(
                    "After it stands the number of a stage, 1 to {stages}; nothing was done."
                ));
                false
            }
        }
    }

    fn stage(&mut self, now: Timestamp, n: usize) {
        self.choose_stage(now, &(n + 1).to_string());
        if let Some(view) = self.app.target().cloned() {
            self.page(words::stage(&view, n));
        }
    }

    /// An item, a task or a run by its id; whether there is such a one.
    pub(super) fn by_id(&mut self, now: Timestamp, word: &str) -> bool {
        let same = |id: &str| id.eq_ignore_ascii_case(word);
        let mut runs = self.app.board.runs.iter();
        if let Some(card) = runs.find(|r| same(r.run.as_str())) {
            let run = card.run.clone();
            self.show_run(now, &run);
            return true;
        }
        let is_it = |e: &&Arc<Entry>| {
            let item = e.item.as_ref().is_some_and(|i| same(i.id.as_str()));
            item || e.task.as_ref().is_some_and(|t| same(t.id.as_str()))
        };
        let key = self.app.board.entries.iter().find(is_it);
        match key.and_then(|e| e.key()) {
            Some(key) => {
                self.choose_entry(now, &key);
                true
            }
            None => false,
        }
    }

    fn choose_entry(&mut self, now: Timestamp, key: &Key) {
        if self.app.view != View::Backlog {
            self.does(now, Action::Backlog);
        }
        let there = self.app.choose_entry(key);
        let entry = self.app.backlog.chosen(&self.app.board).cloned();
        let Some(entry) = entry.filter(|_| there) else {
            return self.say("It is no longer there; backlog lists what is.");
        };
        // Looked at in advance, as on the screen: what a start would do is there when asked for.
        self.take(now, Event::Tick);
        let mut says = words::entry(&entry, now);
        says.extend(words::earlier(&self.app.board, &entry));
        if entry.run().is_some() {
            for line in says {
                self.say(line);
            }
            self.does(now, Action::Pipeline);
            self.run();
        } else {
            says.extend(self.can());
            self.page(says);
        }
    }

    pub(super) fn show_run(&mut self, now: Timestamp, run: &RunId) {
        let effects = self.app.show_run(now, run);
        self.done(effects);
        self.run();
    }
}
