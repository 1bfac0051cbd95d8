//! Adding to a budget: how much is asked, with what is sensible written there.

use super::event::{Effect, Request};
use super::input::Input;
use super::overlay::{Overlay, Wanted};
use super::{App, order};
use crate::engine::budget::{More, Raising};
use crate::terms::RunId;

/// What is asked.
pub fn asks(raising: &Raising) -> String {
    match raising.day {
        None => "Raise the run's budget by: ".to_owned(),
        Some(day) => format!("Raise the budget of {day}, of all runs, by: "),
    }
}

impl App {
    /// The run whose budget may be raised, and which budget that is.
    pub(super) fn may_raise(&self) -> Result<(RunId, Raising), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        if view.is_over() {
            return Err("the run is over".to_owned());
        }
        let mut raising = view.run.raising().ok_or("no budget binds the run")?;
        let today = self.now.to_zoned(self.zone.clone()).date();
        if let Some(hold) = view.run.kept_by_a_day_before(|| today) {
            return Err(format!("{} is over: nothing keeps it any more", hold.day));
        }
        raising.day = raising.day.map(|_| view.run.day_to_raise(today));
        let request = Request::Raise {
            more: More {
                minutes: 1,
                ..More::default()
            },
            day: raising.day,
        };
        order::may(view, &request)?;
        self.not_twice(&view.order.run, &request)?;
        Ok((view.order.run.clone(), raising))
    }

    /// Asks how much.
    pub(super) fn raise_budget(&mut self) {
        if let Ok((run, raising)) = self.may_raise() {
            self.overlays.push(Overlay::Text {
                input: Input::of(&raising.by.text()),
                wanted: Wanted::Raise { run, raising },
            });
        }
    }

    /// An amount was written; one that is none is left to be mended.
    pub(super) fn raised_by(
        &mut self,
        run: RunId,
        raising: Raising,
        input: Input,
        effects: &mut Vec<Effect>,
    ) {
        match More::parse(input.text(), raising.by) {
            Ok(more) => {
                let day = raising.day;
                self.give(run, Request::Raise { more, day }, None, effects);
            }
            Err(why) => {
                self.say(why, true);
                let wanted = Wanted::Raise { run, raising };
                self.overlays.push(Overlay::Text { wanted, input });
            }
        }
    }
}
