//! The orders of a person: given on the run as it is this moment, and followed until they are
//! taken up or refused.

use super::{Left, Reader};
use crate::engine::{Event as Fact, Person};
use crate::records::runs::RunView;
use crate::records::{gate, person};
use crate::supervisor::start;
use crate::terms::{Digest, RunId};
use crate::workbench::app::{Event, Request, order};
use std::time::{Duration, Instant};

/// How long an order may lie there before it is said that nobody takes it up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);

/// An order that was given and not yet taken up.
pub(super) struct Given {
    what: &'static str,
    name: String,
    view: RunView,
    since: Instant,
    woken: Instant,
}

impl Reader {
    /// Gives an order, on the run as it is this moment.
    pub(super) fn order(
        &mut self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(), Left> {
        let what = word(request);
        match self.give(run, request, evidence) {
            Ok((name, view)) => {
                let now = Instant::now();
                self.given.push(Given {
                    what,
                    name,
                    view,
                    since: now,
                    woken: now,
                });
                Ok(())
            }
            Err(why) => self.tell(Event::Came {
                what: what.to_owned(),
                refused: Some(why),
            }),
        }
    }

    fn give(
        &mut self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(String, RunView), String> {
        let decides = !matches!(
            request,
            Request::Pause | Request::PauseNow | Request::Cancel
        );
        if decides && let Some(mark) = crate::process::inside_attempt() {
            return Err(format!(
                "it is a person's to order, and this runs inside an attempt ({mark})"
            ));
        }
        let view = RunView::read(self.project.engine.run(run)).map_err(|e| e.to_string())?;
        let fact = order::order(&view, request, evidence, self.person())?;
        if matches!(fact, Fact::Approved { .. }) {
            is_as_shown(&view)?;
        }
        let name = start::order(&view.dirs, &view.order.home, &fact).map_err(|e| e.to_string())?;
        Ok((name, view))
    }

    /// Who sits here.
    fn person(&mut self) -> Person {
        let home = self.project.home();
        self.by.get_or_insert_with(|| person::here(home)).clone()
    }

    /// What came of the orders: read from the journal, never assumed.
    pub(super) fn settle_orders(&mut self) -> Result<(), Left> {
        let mut open = Vec::new();
        for mut given in std::mem::take(&mut self.given) {
            let news = given.view.follow().unwrap_or_default();
            let taken = news
                .into_iter()
                .find(|r| r.event.order.as_ref() == Some(&given.name));
            let refused = match taken {
                Some(record) => match record.event.event {
                    Fact::Noted { text } => Some(text),
                    _ => None,
                },
                None if given.since.elapsed() > PATIENCE => {
                    // It is no refusal: whoever comes for the run takes it up.
                    let secs = PATIENCE.as_secs();
                    self.tell(Event::Came {
                        what: format!("not taken up in {secs} s, it waits: {}", given.what),
                        refused: None,
                    })?;
                    continue;
                }
                None => {
                    if !given.view.supervised && given.woken.elapsed() > STARTING {
                        // Tried again; whether one came is seen at the next look.
                        let _ = start::wake(given.view.dirs.path(), &given.view.order.home);
                        given.woken = Instant::now();
                    }
                    open.push(given);
                    continue;
                }
            };
            self.tell(Event::Came {
                what: given.what.to_owned(),
                refused,
            })?;
        }
        self.given = open;
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

fn word(request: &Request) -> &'static str {
    match request {
        Request::Approve => "approved",
        Request::SendBack(_) => "sent back",
        Request::Pause => "paused at the next boundary; the same key lets it go on",
        Request::PauseNow => "paused now; p lets it go on",
        Request::Resume => "goes on",
        Request::Cancel => "cancelled; its work is kept",
        Request::Rerun(_) => "runs again",
        Request::Skip(_) => "skipped",
        Request::RerunStale => "what is stale runs again",
    }
}
