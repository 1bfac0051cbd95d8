//! The gate's page comes up by itself when the run that a person follows comes to ask.
//!
//! Only where nothing is in hand that it would take away. What is pressed in the moment after it
//! came up and would order something was meant for what stood there before, and is not taken.

use super::event::Event;
use super::{App, Pane, View, run};
use crate::records::board::Board;
use crate::records::papers::Paper;
use crate::workbench::actions::{Action, Group};
use crate::workbench::keymap::Chord;
use jiff::SignedDuration;

/// For how long after the page came up nothing is ordered by what is pressed.
const GRACE: SignedDuration = SignedDuration::from_millis(425);

impl App {
    /// Shows the gate's page where the run that is followed came to ask since `before`.
    pub(super) fn raise_gate(&mut self, before: &Board) {
        let Some(id) = self.run.id.clone().filter(|_| self.only_follows()) else {
            return;
        };
        let asked = |board: &Board| board.run(&id).map(|v| run::gate(v).is_some());
        if (asked(before), asked(&self.board)) == (Some(false), Some(true)) {
            self.show_gate(&id);
            self.raised = Some(self.now);
            self.came_from = Some(View::Pipeline);
        }
    }

    /// Whether a person does nothing but follow a run.
    fn only_follows(&self) -> bool {
        let run = &self.run;
        self.raises
            && self.view == View::Pipeline
            && self.pane == Pane::Left
            && !self.zoom
            && self.overlays.is_empty()
            && self.selection.is_none()
            && run.goes_along
            && run.timeline.follow
            && run.timeline.wanted.is_empty()
            && run.shelf.leaves.len() < 2
    }

    /// The page that came up is there to be read only now.
    pub(super) fn raised_page_came(&mut self, paper: &Paper) {
        let leaf = self.run.shelf.leaf();
        let first = leaf.is_some_and(|l| l.paper == *paper && l.sheet.is_none());
        if *paper == Paper::Gate && first && self.raised.is_some() {
            self.raised = Some(self.now);
        }
    }

    /// Whether this was pressed before a person can have seen what came up.
    pub(super) fn is_too_early(&mut self, event: &Event) -> bool {
        if matches!(event, Event::Key(_) | Event::Paste(_)) && self.command_just_shown() {
            self.say("not taken: this had just come up".to_owned(), false);
            return true;
        }
        let fresh = |at| self.now.duration_since(at) < GRACE;
        if !self.raised.is_some_and(fresh) {
            return false;
        }
        let pressed = match event {
            Event::Key(key) => {
                let chord = Chord::of(*key);
                let action = self.meant(chord);
                let command = self.keymap.command(self.view.scope(), chord);
                // What only looks or leaves does no harm, whatever it was meant for.
                let orders = |a: Action| a == Action::Edit || a.row().group == Group::Run;
                action.map_or(command.is_some(), orders)
            }
            Event::Mouse(_) | Event::Paste(_) => true,
            _ => false,
        };
        if pressed && !matches!(event, Event::Mouse(_)) {
            self.say("not taken: this page had just come up".to_owned(), false);
        }
        pressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use jiff::Timestamp;

    #[test]
    fn a_key_of_the_moment_after_is_not_taken_and_a_later_one_is() {
        let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        let mut app = App::new(&zoned, (120, 35), Keymap::default(), Theme::new(true));
        app.raised = Some(Timestamp::UNIX_EPOCH);
        let key = |c, m| Event::Key(KeyEvent::new(KeyCode::Char(c), m));
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let said = |app: &App| app.toasts.last().unwrap().text.clone();
        app.update(at(424), key('a', KeyModifiers::NONE));
        assert!(said(&app).starts_with("not taken"), "{}", said(&app));
        let effects = app.update(at(424), key('q', KeyModifiers::NONE));
        assert!(!effects.is_empty());
        app.update(at(425), key('a', KeyModifiers::NONE));
        assert!(!said(&app).starts_with("not taken"), "{}", said(&app));
    }
}
