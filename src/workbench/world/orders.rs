//! The orders of a person: given on the run as it is this moment, and followed until they are
//! taken up or refused.

use super::{Left, Reader};
use crate::engine::{Event as Fact, Person};
use crate::records::runs::RunView;
use crate::records::{gate, person};
use crate::store::watch::Changes;
use crate::supervisor::control::why_refused;
use crate::supervisor::live::at_work_since;
use crate::supervisor::start;
use crate::supervisor::trust::Trust;
use crate::terms::{Digest, RunId, RunState};
use crate::workbench::app::{Came, Event, Request, order};
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// How long an order may lie there before it is said that nobody takes it up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);

/// By what it is told that something was taken up.
enum Sign {
    /// The order of this name stands in the journal.
    Order(String),
    /// A supervisor carries the run on that came after this moment.
    Supervisor(Timestamp),
}

/// An order that was given and whose end the screen does not know yet.
pub(super) struct Given {
    request: Request,
    sign: Sign,
    /// The run as it was when it was given, followed from there on.
    view: RunView,
    /// What the run was then.
    stood: RunState,
    since: Instant,
    woken: Instant,
    /// Whether it was said that it waits.
    late: bool,
    /// The line of the journal that it was taken up by, and why it was refused there.
    taken: Option<(u64, Option<String>)>,
}

impl Given {
    /// Sees to it that somebody comes for it.
    fn wake(&mut self) {
        if !self.view.supervised && self.woken.elapsed() > STARTING {
            // Tried again; whether one came is seen at the next look.
            let _ = start::wake(self.view.dirs.path(), &self.view.order.home);
            self.woken = Instant::now();
        }
    }

    /// Whether somebody carries the run on who came after this moment, or gave it up again.
    fn carried_on(&mut self, after: Timestamp) -> Option<Came> {
        if let Some(last) = self.view.follow().unwrap_or_default().last() {
            self.taken = Some((last.seq, None));
        }
        let left = self.view.gave_up.as_ref().filter(|left| left.at >= after);
        if let Some(left) = left {
            return Some(Came::Refused(left.told()));
        }
        // Who was quick has come and is done.
        let came = at_work_since(&self.view.dirs).is_some_and(|at| at >= after);
        (came || self.view.state() != RunState::Interrupted && !self.view.supervised)
            .then_some(Came::Taken)
    }

    /// Whether it was taken up, or refused, or is gone: then what it came to.
    fn ended(&mut self) -> Option<Came> {
        let name = match &self.sign {
            Sign::Order(name) => name,
            Sign::Supervisor(after) => {
                let after = *after;
                return self.carried_on(after);
            }
        };
        // Looked for before the journal is read: who takes it up writes there first.
        let lies = self.view.dirs.control().join(name).exists();
        let news = self.view.follow().unwrap_or_default();
        let taken = news
            .into_iter()
            .find(|r| r.event.order.as_ref() == Some(name));
        if let Some(record) = taken {
            let refused = match record.event.event {
                Fact::Noted { text } => Some(why_refused(&text).to_owned()),
                _ => None,
            };
            self.taken = Some((record.seq, refused));
        }
        match &self.taken {
            Some((_, None)) => Some(Came::Taken),
            Some((_, Some(why))) => Some(Came::Refused(why.clone())),
            None if !lies => Some(Came::Refused(
                "somebody took the order away before it was taken up".to_owned(),
            )),
            // Nobody came for it for long, and what it was given on is no more.
            None if self.late && self.view.run.state() != self.stood => {
                let state = self.view.state();
                Some(Came::Refused(format!(
                    "nobody took it up, and the run is {state} by now"
                )))
            }
            None => None,
        }
    }
}

impl Reader {
    /// Gives an order, on the run as it is this moment.
    pub(super) fn order(
        &mut self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(), Left> {
        match self.give(run, request, evidence) {
            Ok((sign, view)) => {
                let now = Instant::now();
                self.given.push(Given {
                    request: request.clone(),
                    sign,
                    stood: view.run.state(),
                    view,
                    since: now,
                    woken: now,
                    late: false,
                    taken: None,
                });
                Ok(())
            }
            Err(why) => self.tell(Event::Came {
                run: run.clone(),
                request: request.clone(),
                came: Came::Refused(why),
            }),
        }
    }

    fn give(
        &mut self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(Sign, RunView), String> {
        let decides = !matches!(
            request,
            Request::Pause
                | Request::PauseNow
                | Request::Cancel
                | Request::Note { .. }
                | Request::RemoveNote(_)
        );
        if decides && let Some(mark) = crate::process::inside_attempt() {
            return Err(format!(
                "it is a person's to order, and this runs inside an attempt ({mark})"
            ));
        }
        let view = RunView::read(self.project.engine.run(run)).map_err(|e| e.to_string())?;
        if decides
            && let Err(untrusted) = Trust::of_order(&view.order, &view.dirs).of_run(&view.dirs)
        {
            return Err(untrusted.to_string());
        }
        if *request == Request::TakeOver {
            order::may_take_over(&view)?;
            let sign = Sign::Supervisor(Timestamp::now());
            start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
            return Ok((sign, view));
        }
        let fact = order::order(&view, request, evidence, self.person())?;
        if matches!(fact, Fact::Approved { .. }) {
            is_as_shown(&view)?;
        }
        let name = start::order(&view.dirs, &view.order.home, &fact).map_err(|e| e.to_string())?;
        Ok((Sign::Order(name), view))
    }

    /// Who sits here.
    fn person(&mut self) -> Person {
        let home = self.project.home();
        self.by.get_or_insert_with(|| person::here(home)).clone()
    }

    /// What came of the orders: read from the journal, never assumed. It is told after the board
    /// that shows it, so that nobody orders the same again on what was before.
    pub(super) fn settle_orders(&mut self) -> Result<(), Left> {
        let mut open = Vec::new();
        for mut given in std::mem::take(&mut self.given) {
            let came = given.ended();
            if let Some((line, _)) = given.taken {
                self.bring_board_to(&given.view, line)?;
            }
            let waits = came.is_none() && !given.late && given.since.elapsed() > PATIENCE;
            // It is no refusal: whoever comes for the run takes it up.
            let told = came.or_else(|| waits.then(|| Came::Waits(PATIENCE.as_secs())));
            if let Some(came) = &told {
                self.tell(Event::Came {
                    run: given.view.order.run.clone(),
                    request: given.request.clone(),
                    came: came.clone(),
                })?;
            }
            given.late |= waits;
            if told.is_none() || waits {
                given.wake();
                open.push(given);
            }
        }
        self.given = open;
        Ok(())
    }

    /// Reads a run on where its board was read before this line of its journal was written.
    fn bring_board_to(&mut self, view: &RunView, line: u64) -> Result<(), Left> {
        let known = self.run(&view.order.run);
        if known.is_none_or(|known| known.cursor.line >= line) {
            return Ok(());
        }
        if self.look.at_runs(&Changes::of(view.dirs.journal())) {
            self.tell_board()?;
        }
        Ok(())
    }
}

impl Reader {
    /// Has an edit in the run's tree taken up, and says what it came to.
    pub(super) fn take_up(&self, run: &RunId) -> Result<(), Left> {
        let view = RunView::read(self.project.engine.run(run)).map_err(|e| e.to_string());
        let held = view.and_then(|view| {
            let held = gate::held(&view).map_err(|e| e.to_string())?;
            if held.as_ref().is_some_and(|h| h.asks_anew) {
                start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
            }
            Ok(held)
        });
        let (told, bad) = match held {
            Ok(None) => ("nothing that was recorded changed".to_owned(), false),
            Ok(Some(held)) if held.asks_anew => (
                "the edit is being taken up; then the gate asks anew".to_owned(),
                false,
            ),
            Ok(Some(held)) => (held.told, true),
            Err(why) => (why, true),
        };
        self.tell(Event::TakenUp { told, bad })
    }
}

/// An approval counts for what was recorded: what is in the tree must be that.
fn is_as_shown(view: &RunView) -> Result<(), String> {
    let Some(held) = gate::held(view).map_err(|e| e.to_string())? else {
        return Ok(());
    };
    if held.asks_anew {
        start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
    }
    Err(held.told)
}
