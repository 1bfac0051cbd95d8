//! What on the screen changes with time alone, and when. Where nothing does nobody wakes up.

use super::overlay::Overlay;
use super::{App, View};
use crate::records::board::RunCard;
use crate::terms::RunState;
use crate::text::older_at;
use crate::workbench::layout;
use jiff::Timestamp;
use std::time::Duration;

/// What runs, and what goes away by itself, is looked at this often.
const SECOND: Duration = Duration::from_secs(1);

/// Since when a run waits for a person; `None`: it does not.
pub fn waits_since(card: &RunCard) -> Option<Timestamp> {
    if let Some(need) = &card.need {
        return need.since.filter(|_| card.state != RunState::Completed);
    }
    let waits = matches!(
        card.state,
        RunState::AwaitingApproval
            | RunState::NeedsInput
            | RunState::Paused
            | RunState::Blocked
            | RunState::ReplanRequired
            | RunState::Interrupted
    );
    card.updated.filter(|_| waits && !card.is_over())
}

impl App {
    /// After how long something on the screen is no longer true though nothing happened; `None`:
    /// nothing there changes with time.
    pub fn changes_in(&self) -> Option<Duration> {
        if self.lays_out() {
            return Some(Duration::ZERO);
        }
        if !self.toasts.is_empty() || self.board.goes_on {
            return Some(SECOND);
        }
        let next = self.ages().into_iter().min()?;
        let wait = next.duration_since(self.now);
        // What is due already is due now, but never at once again.
        Some(
            Duration::try_from(wait)
                .unwrap_or_default()
                .max(SECOND / 10),
        )
    }

    /// A moment as a clock here has it: the time of today, the day too of any other.
    pub fn clock(&self, at: Timestamp) -> String {
        let (at, now) = (
            at.to_zoned(self.zone.clone()),
            self.now.to_zoned(self.zone.clone()),
        );
        let form = if at.date() == now.date() {
            "%H:%M:%S"
        } else {
            "%-d %b %H:%M"
        };
        at.strftime(form).to_string()
    }

    /// When each age on the screen says something else.
    fn ages(&self) -> Vec<Timestamp> {
        let older = |at| older_at(at, self.now);
        if let Some(Overlay::Runs { .. }) = self.overlays.last() {
            let begun = self.board.runs.iter().map(|card| card.created);
            return begun.filter_map(older).collect();
        }
        match self.view {
            // Beside the chosen entry, and in the run's chart.
            View::Dialogue => Vec::new(),
            View::Backlog => {
                let waits = self.board.needs.iter().filter_map(|need| need.since);
                waits.filter_map(older).collect()
            }
            View::Pipeline => {
                let waits = self.target_card().and_then(|card| waits_since(card));
                waits.and_then(older).into_iter().collect()
            }
            View::Artifacts => {
                let shown = layout::leaves(self).into_iter();
                let leaves = shown.filter_map(|(n, ..)| self.run.shelf.leaves.get(n));
                leaves.filter_map(super::leaf::Leaf::true_until).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::app::View;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use jiff::Zoned;
    use std::collections::BTreeMap;

    #[test]
    fn nobody_wakes_up_where_nothing_ages() {
        let keymap = Keymap::new(&BTreeMap::new()).unwrap();
        let mut app = App::new(&Zoned::now(), (120, 35), keymap, Theme::new(true));
        for view in [View::Backlog, View::Pipeline, View::Artifacts] {
            app.view = view;
            assert_eq!(app.changes_in(), None);
        }
        app.board.goes_on = true;
        assert_eq!(app.changes_in(), Some(SECOND));
    }
}
