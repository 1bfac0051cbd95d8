//! From what a person wants of a run to the order that the engine knows, and whether it may be
//! given: asked of the engine itself, so that the screen never offers what would be refused.

use super::event::Request;
use super::run::gate;
use crate::engine::{Event, Person};
use crate::records::runs::RunView;
use crate::terms::{Digest, RunState};

/// The order, or why there is none to give.
pub fn order(
    view: &RunView,
    request: &Request,
    evidence: Option<&Digest>,
    by: Person,
) -> Result<Event, String> {
    let asked = || {
        let nothing = || format!("nothing asks for approval: the run is {}", view.state());
        let (stage, side, now) = gate(view).ok_or_else(nothing)?;
        if evidence.is_some_and(|shown| *shown != now) {
            return Err("what the gate asks about changed since it was shown".to_owned());
        }
        Ok((stage, side, now))
    };
    let event = match request {
        Request::Approve => {
            let (stage, side, evidence) = asked()?;
            Event::Approved {
                stage,
                side,
                evidence,
                by,
            }
        }
        Request::SendBack(reason) => {
            let (stage, side, _) = asked()?;
            Event::Rejected {
                stage,
                side,
                reason: reason.clone(),
                comments: view.open_comments()?,
                by,
            }
        }
        Request::Pause => Event::Paused { now: false, by },
        Request::PauseNow => Event::Paused { now: true, by },
        Request::Resume => Event::Resumed { by },
        Request::TakeOver => return Err("that is no order to the run".to_owned()),
        Request::Cancel => Event::Cancelled {
            reason: "cancelled on the screen".to_owned(),
            by,
        },
        Request::Rerun(stage) => Event::Rerun {
            stage: stage.clone(),
            only: Vec::new(),
            reason: "ordered on the screen".to_owned(),
            comments: Vec::new(),
            by,
        },
        Request::RerunStale => Event::RerunStale { by },
        Request::Refresh { onto } => match super::refresh::may(view, Some(onto))? {
            Event::Refresh { onto, .. } => Event::Refresh { onto, by },
            event => event,
        },
        Request::Note { stage, text } => Event::NoteGiven {
            stage: stage.clone(),
            text: text.clone(),
            by,
        },
        Request::RemoveNote(note) => Event::NoteRemoved {
            note: note.clone(),
            by,
        },
        Request::Raise { more, day } => Event::raise(*more, *day, by),
        Request::Skip(stage) => Event::Skipped {
            stage: stage.clone(),
            by,
        },
        Request::Answer { stage, answers } => Event::Answered {
            stage: stage.clone(),
            answers: answers.clone(),
            by,
        },
    };
    match view.run.may(&event) {
        Ok(()) => Ok(event),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// Whether it may be ordered now, and why not.
pub fn may(view: &RunView, request: &Request) -> Result<(), String> {
    if *request == Request::TakeOver {
        return may_take_over(view);
    }
    let nobody = Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    };
    order(view, request, None, nobody).map(drop)
}

/// Whether a run is to be carried on that nobody carries on.
pub fn may_take_over(view: &RunView) -> Result<(), String> {
    match (&view.not_here, view.state()) {
        (Some(not_here), _) => Err(not_here.to_string()),
        (None, RunState::Interrupted) => Ok(()),
        (None, state) => Err(format!(
            "the run is {state}: somebody carries it on, or it waits for you"
        )),
    }
}

/// What the pause key means for a run: one that stands goes on, one that goes on is paused.
pub fn pause_or_resume(view: &RunView) -> Request {
    match view.state() {
        RunState::Interrupted => Request::TakeOver,
        RunState::Paused | RunState::Blocked | RunState::Failed => Request::Resume,
        _ if view.run.pause => Request::Resume,
        _ => Request::Pause,
    }
}
