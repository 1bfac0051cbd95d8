//! Clicks and the wheel.

use super::event::Effect;
use super::scroll::Step;
use super::{App, Pane, View};
use crate::workbench::actions::Action;
use crate::workbench::layout;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

/// How many rows the wheel goes.
const WHEEL: isize = 3;

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        if !self.overlays.is_empty() {
            return;
        }
        if self.two_panes() {
            let right = mouse.column >= layout::divider(self);
            let pane = if right { Pane::Right } else { Pane::Left };
            if matches!(mouse.kind, MouseEventKind::Moved) {
                return;
            }
            self.pane = pane;
            if self.view == View::Artifacts && right {
                self.focus_leaf_at(mouse.column);
            }
        }
        match mouse.kind {
            MouseEventKind::ScrollDown => self.step(Step::By(WHEEL)),
            MouseEventKind::ScrollUp => self.step(Step::By(-WHEEL)),
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.row, effects),
            _ => {}
        }
    }

    fn click(&mut self, row: u16, effects: &mut Vec<Effect>) {
        let above = layout::TOP + layout::strip(self) + layout::head(self.view, self.pane);
        let Some(row) = row.checked_sub(above).map(usize::from) else {
            return;
        };
        let height = layout::list_rows(self, self.pane);
        if row >= height {
            return;
        }
        if self.view == View::Backlog && self.pane == Pane::Left {
            let at = self.backlog.scroll.top + row;
            let again = self.backlog.scroll.at == at;
            self.backlog.choose(&self.board, at, height);
            if again && self.may(Action::Open).is_ok() {
                self.act(Action::Open, effects);
            }
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Left) {
            self.click_left(row);
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Right) {
            self.run.timeline.choose(row);
        } else if self.view == View::Artifacts {
            self.click_paper(row);
        } else if let Some((scroll, rows)) = self.scrolled() {
            let at = scroll.top + row;
            if at < rows {
                scroll.at = at;
                scroll.settle(rows, height);
                self.moved();
            }
        }
    }

    /// A click on a stage or on one of its attempts.
    fn click_left(&mut self, row: usize) {
        let Some(view) = self.target().cloned() else {
            return;
        };
        let parts = layout::stage_pane(self, &view);
        let rows = self.run.stages.rows(parts.graph);
        if row < parts.graph {
            let clicked = rows.get(parts.first + row).and_then(|r| r.what.stage());
            if let Some(stage) = clicked {
                self.run.stage.at = stage;
                self.moved();
            }
        } else if let Some(n) = row.checked_sub(parts.attempts_at)
            && n < parts.attempts
            && let Some(at) = parts.attempt(n)
        {
            self.run.choose_attempt(&view, at);
        }
    }
}
