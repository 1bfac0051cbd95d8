//! What a face without panes goes to by its name: an entry, a run, a paper, a row of it.

use super::board::Row;
use super::desk::{Ask, Deed};
use super::event::Effect;
use super::leaf::Leaf;
use super::overlay::Overlay;
use super::scroll::Scroll;
use super::{App, Pane, View};
use crate::records::board::{Entry, Key};
use crate::records::papers::Paper;
use crate::terms::RunId;
use crate::workbench::layout;
use jiff::Timestamp;
use std::sync::Arc;

impl App {
    /// Chooses this entry of the backlog, whatever is looked for there; whether it is there.
    pub fn choose_entry(&mut self, key: &Key) -> bool {
        let height = layout::list_rows(self, Pane::Left);
        for _ in 0..3 {
            let is_it = |row: &Row| match row {
                Row::Entry(n) => self.board.entries[*n].is(key),
                Row::Need(n) => self.board.needs.get(*n).is_some_and(|need| {
                    let of = || self.board.entry_of(&need.run).is_some_and(|e| e.is(key));
                    matches!(key, Key::Run(run) if *run == need.run) || of()
                }),
                _ => false,
            };
            let at = self.backlog.rows(&self.board).iter().position(is_it);
            if let Some(at) = at {
                self.backlog.choose(&self.board, at, height);
                return true;
            }
            self.backlog.filter.clear();
            self.backlog.unfolded = true;
        }
        false
    }

    /// Shows this run in the pipeline; its entry is chosen in the backlog.
    pub fn show_run(&mut self, now: Timestamp, run: &RunId) -> Vec<Effect> {
        self.now = now;
        let has = |e: &&Arc<Entry>| e.runs.iter().any(|r| r.run == *run);
        let key = self.board.entries.iter().find(has).and_then(|e| e.key());
        if let Some(key) = key {
            self.choose_entry(&key);
        }
        let mut effects = Vec::new();
        self.run.show(run);
        self.go(View::Pipeline);
        self.settle(&mut effects);
        effects
    }

    /// Opens this paper of the run that is shown, as it is now and alone.
    pub fn show_paper(&mut self, now: Timestamp, paper: &Paper) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        self.go(View::Artifacts);
        self.pane = Pane::Right;
        self.run.shelf.leaves = vec![Leaf::new(paper.clone())];
        self.run.shelf.at = 0;
        self.run.shelf.show(paper);
        self.settle(&mut effects);
        effects
    }

    /// Has the paper that is open, of which only a window is at hand, read around this row.
    pub fn read_on(&mut self, now: Timestamp, row: usize) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.page.scroll = Scroll { at: row, top: row };
        }
        self.settle(&mut effects);
        effects
    }

    /// Writes a harness; where nothing stands there that says what that would be, it asks first.
    pub(super) fn set_up(&mut self, effects: &mut Vec<Effect>) {
        if !self.asks_first {
            self.begin(Deed::SetUp, effects);
        } else if let Some(Ok(would)) = &self.desk.set_up {
            let ask = Ask {
                title: format!("Write a harness for {}?", self.board.project),
                lines: would.lines(),
                top: 0,
                deed: Deed::SetUp,
                yes: "write it",
                light: true,
                others: Vec::new(),
            };
            self.overlays.push(Overlay::Ask(Box::new(ask)));
        }
    }
}
