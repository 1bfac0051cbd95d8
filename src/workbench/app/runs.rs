//! Going from one run to another: the list of them, found by typing, and the next and the one
//! before.

use super::event::Effect;
use super::overlay::Overlay;
use super::scroll::{Scroll, Step};
use super::{App, Pane, View};
use crate::records::board::{Board, RunCard};
use crate::workbench::layout;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::sync::Arc;

/// The runs that a filter leaves: those that wait for a person first, then those that go on, then
/// the rest, each newest first. With a filter those first that hold it at one piece.
pub fn listed(board: &Board, filter: &str) -> Vec<Arc<RunCard>> {
    let rank = |card: &RunCard| match card {
        card if card.needs_you() => 0,
        card if card.goes_on => 1,
        card if !card.is_over() => 2,
        _ => 3,
    };
    let mut found: Vec<(u8, u8, &Arc<RunCard>)> = board
        .runs
        .iter()
        .filter_map(|card| Some((fits(&told(card), filter)?, rank(card), card)))
        .collect();
    // Stable: the board has them newest first.
    found.sort_by_key(|(fit, rank, _)| (*fit, *rank));
    found.into_iter().map(|(_, _, card)| card.clone()).collect()
}

/// What is searched of a run.
fn told(card: &RunCard) -> String {
    let stage = card.at().map_or("", |s| s.name.as_str());
    let (run, state) = (&card.run, card.state);
    format!("{} {run} {state} {stage}", card.name()).to_lowercase()
}

/// How well a filter fits: 0 where each of its words stands there, 1 where its letters do in that
/// order; `None`: not at all.
fn fits(text: &str, filter: &str) -> Option<u8> {
    let filter = filter.to_lowercase();
    if filter.split_whitespace().all(|word| text.contains(word)) {
        return Some(0);
    }
    let mut letters = text.chars();
    let mut wanted = filter.chars().filter(|c| !c.is_whitespace());
    wanted.all(|w| letters.any(|c| c == w)).then_some(1)
}

impl App {
    pub(super) fn list_runs(&mut self) {
        self.overlays.push(Overlay::Runs {
            filter: String::new(),
            scroll: Scroll::default(),
        });
    }

    pub(super) fn pick_run(&mut self, key: KeyEvent, _: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        let board = self.board.clone();
        let Some(Overlay::Runs { filter, scroll }) = self.overlays.last_mut() else {
            return;
        };
        let rows = listed(&board, filter);
        let control = KeyModifiers::CONTROL | KeyModifiers::ALT;
        match key.code {
            KeyCode::Up => scroll.step(Step::By(-1), rows.len(), height),
            KeyCode::Down => scroll.step(Step::By(1), rows.len(), height),
            KeyCode::PageUp => scroll.step(Step::Page(-1), rows.len(), height),
            KeyCode::PageDown => scroll.step(Step::Page(1), rows.len(), height),
            KeyCode::Enter => {
                let run = rows.get(scroll.at).map(|card| card.run.clone());
                self.overlays.pop();
                if let Some(run) = run {
                    self.run.show(&run);
                    self.go_to_pipeline();
                }
            }
            KeyCode::Backspace => {
                filter.pop();
                *scroll = Scroll::default();
            }
            KeyCode::Char(c) if !key.modifiers.intersects(control) => {
                filter.push(c);
                *scroll = Scroll::default();
            }
            _ => {}
        }
    }

    /// The next run of the list, or the one before, round at the end.
    pub(super) fn step_run(&mut self, forward: bool) {
        let rows = listed(&self.board, "");
        let here = self.target_card().map(|card| card.run.clone());
        let here = rows
            .iter()
            .position(|card| Some(&card.run) == here.as_ref());
        let count = rows.len().max(1);
        let next = match (here, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        if let Some(card) = rows.get(next) {
            let run = card.run.clone();
            self.run.show(&run);
            if self.view == View::Backlog {
                self.go_to_pipeline();
            }
        }
    }

    /// Goes to the pipeline: where there is room for one pane alone, to the timeline.
    pub(super) fn go_to_pipeline(&mut self) {
        self.go(View::Pipeline);
        if !self.two_panes() {
            self.pane = Pane::Right;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_fit_and_whole_words_fit_better() {
        let text = "t015 dark mode run-2026-04-02-t015 running build";
        assert_eq!(fits(text, ""), Some(0));
        assert_eq!(fits(text, "mode dark"), Some(0));
        assert_eq!(fits(text, "DRKMD"), Some(1));
        assert_eq!(fits(text, "light"), None);
    }
}
