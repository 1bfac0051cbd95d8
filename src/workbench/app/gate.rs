//! The gate's page, which is all that a person decides on: how it comes up, and whether what stands
//! on it may be approved.
//!
//! Law: an approval is given on this page and on nothing else: what is ordered is what stands there.

use super::event::{Effect, Request};
use super::given::Reason;
use super::input::Input;
use super::leaf::Leaf;
use super::overlay::{Overlay, Wanted};
use super::{App, Pane, View, order, run};
use crate::records::gate::page::GatePage;
use crate::records::papers::Paper;
use crate::terms::RunId;
use crate::workbench::layout;

impl App {
    /// The gate's page, where it is on the screen and was read.
    pub fn gate_page(&self) -> Option<&GatePage> {
        self.gate_leaf()?.gate()
    }

    /// The page that a gate stands on or will, where it is on the screen.
    fn gate_leaf(&self) -> Option<&Leaf> {
        if self.view != View::Artifacts || !(self.two_panes() || self.pane == Pane::Right) {
            return None;
        }
        let shown = layout::leaves(self);
        let leaves = &self.run.shelf.leaves;
        let mut leaves = shown.iter().filter_map(|(n, ..)| leaves.get(*n));
        leaves.find(|l| l.paper == Paper::Gate)
    }

    /// Whether what the gate asks about may be approved: where its page is on the screen, what
    /// stands there must be what it asks about now. Elsewhere the page comes up first.
    pub(super) fn may_approve(&self) -> Result<(), String> {
        let view = self.target().ok_or("no run is chosen")?;
        order::may(view, &Request::Approve)?;
        self.not_twice(&view.order.run, &Request::Approve)?;
        let Some(leaf) = self.gate_leaf() else {
            return Ok(());
        };
        if let Some(Err(why)) = &leaf.sheet {
            return Err(why.clone());
        }
        let page = leaf
            .gate()
            .ok_or("what the gate asks about is being read")?;
        if let Some(held) = &page.held {
            return Err(held.told.clone());
        }
        let shown = (page.stage.clone(), page.side, page.evidence.clone());
        if run::gate(view) != Some(shown) {
            return Err("what the gate asks about changed; it is being read".to_owned());
        }
        Ok(())
    }

    /// Approves what stands on the gate's page; where that is not on the screen it comes up.
    pub(super) fn approve(&mut self, effects: &mut Vec<Effect>) {
        let Some(run) = self.target().map(|v| v.order.run.clone()) else {
            return;
        };
        if self.asks_first {
            // There is no page: the question says what it is given on.
            return self.confirm(Request::Approve);
        }
        match self.gate_page().map(|page| page.evidence.clone()) {
            Some(shown) => self.give(run, Request::Approve, Some(shown), effects),
            None => self.bring_gate(&run),
        }
    }

    /// An edit that stands against an approval is taken up, so that the gate asks anew.
    pub(super) fn have_edit_taken_up(&self, effects: &mut Vec<Effect>) {
        let held = self.gate_page().and_then(|page| page.held.as_ref());
        if let (Some(true), Some(view)) = (held.map(|h| h.asks_anew), self.target()) {
            effects.push(Effect::TakeUp(view.order.run.clone()));
        }
    }

    /// Brings the gate's page up for a person who wants to decide from elsewhere. What is pressed in
    /// the moment after was meant for what stood there before.
    fn bring_gate(&mut self, run: &RunId) {
        if self.view == View::Artifacts {
            self.turn_to_gate();
        } else {
            let from = self.view;
            self.show_gate(run);
            self.came_from = Some(from);
        }
        self.raised = Some(self.now);
    }

    /// The gate's page among those that are open, else in the place of the one that has the focus.
    fn turn_to_gate(&mut self) {
        let shelf = &mut self.run.shelf;
        let open = shelf.leaves.iter().position(|l| l.paper == Paper::Gate);
        match (open, shelf.leaves.get_mut(shelf.at)) {
            (Some(n), _) => shelf.at = n,
            (None, Some(leaf)) => leaf.follow(Paper::Gate, None),
            (None, None) => shelf.show(&Paper::Gate),
        }
        self.pane = Pane::Right;
    }

    /// Shows the gate that asks, over as much of the screen as there is for one page.
    pub(super) fn show_gate(&mut self, run: &RunId) {
        self.run.show(run);
        self.go(View::Artifacts);
        self.run.shelf.leaves.truncate(1);
        self.run.shelf.at = 0;
        self.run.shelf.show(&Paper::Gate);
        // Where there is room for two pages, what is asked about stands beside the question.
        if self.two_panes() && layout::right_columns(self) >= layout::TWO_PAGES {
            self.run.shelf.leaves.push(Leaf::new(Paper::Change));
        }
        self.pane = Pane::Right;
    }

    /// Has a person write what is to be changed; what was written before and not sent is there.
    pub(super) fn send_back(&mut self) {
        let Some((run, evidence)) = self.shown() else {
            return;
        };
        let kept = self.desk.reason.take_if(|r| r.run == run);
        let input = kept.map(|r| r.input).unwrap_or_default();
        let wanted = Wanted::Reason { run, evidence };
        self.overlays.push(Overlay::Text { wanted, input });
    }

    /// Leaves what was written for sending back; it is there when it is asked for again.
    pub(super) fn leave_reason(&mut self, run: RunId, input: Input) {
        if !input.text().trim().is_empty() {
            self.say("kept: sending it back begins with it".to_owned(), false);
            self.desk.reason = Some(Reason { run, input });
        }
    }
}
