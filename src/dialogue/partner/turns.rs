//! A partner that is a process a turn, each taking the session of the one before up again.

use super::hold::{self, Desk, Told};
use super::outlet::Outlet;
use super::place::Place;
use super::process::{Ended, Next, Note, Process};
use super::{News, Order, Partner, attempt, cannot, wire};
use crate::agents::event::{AgentEvent, Failure, Finished};
use crate::agents::talk::{Heard, Turn, TurnEnd};
use crate::agents::{CannotStart, Driver, ProcessEnd, Reader, Session, recording};
use crate::stage::watch::Stream;
use crate::stage::watch::lines::LIMIT;
use crate::terms::{FailureKind, Usage};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// How long a process may live on after it has reported its result.
const LINGERS: Duration = Duration::from_secs(10);

/// Makes it ready; its first process is started when something is said.
pub(super) fn begin(
    place: Place,
    order: Order,
    driver: &'static dyn Driver,
    news: &Sender<News>,
) -> Result<Box<dyn Partner>, CannotStart> {
    if !driver.caps().resume {
        return Err(cannot(format!(
            "agent '{}' can't be talked to: its program ('{}') keeps no conversation from one turn to \
             the next; choose another agent for the role 'author' in harness.yaml",
            order.agent.name,
            driver.name()
        )));
    }
    // Known before anything is said: a login that is missing, a word it does not know.
    let first = (&order.session, order.turns.saturating_add(1));
    order.launch(&place, first, "", |launch| driver.invocation(launch))?;
    let outlet = Outlet::new(news, place.cwd.clone());
    hold::hold(move |desk| {
        let Desk {
            inbox,
            notes,
            begun,
        } = desk;
        let _ = begun.send(Ok(()));
        let mut turns = Turns {
            place: &place,
            session: order.session.clone(),
            turn: order.turns,
            order: &order,
            driver,
            outlet,
            notes,
        };
        turns.until_it_ends(&inbox);
    })
}

struct Turns<'p> {
    place: &'p Place,
    order: &'p Order,
    driver: &'static dyn Driver,
    session: Session,
    turn: u32,
    outlet: Outlet,
    notes: Sender<Note>,
}

/// Whether the conversation goes on.
#[derive(PartialEq)]
enum Goes {
    On,
    Away,
}

impl<'p> Turns<'p> {
    fn until_it_ends(&mut self, inbox: &Receiver<Note>) {
        let session = self.known();
        if !self.outlet.tell(vec![Heard::Ready { session }]) {
            return;
        }
        while let Ok(note) = inbox.recv() {
            let goes = match note {
                Note::Told(Told::Say(text)) => self.turn(&text, inbox),
                Note::Told(Told::Leave) => Goes::Away,
                _ => Goes::On,
            };
            if goes == Goes::Away {
                return;
            }
        }
    }

    /// The session's id, where it is one that can be taken up.
    fn known(&self) -> Option<String> {
        match &self.session {
            Session::New(_) => None,
            Session::Resume(id) => Some(id.clone()),
        }
    }

    fn turn(&mut self, text: &str, inbox: &Receiver<Note>) -> Goes {
        self.turn = self.turn.saturating_add(1);
        self.outlet.turn();
        let process = match self.start(text) {
            Ok(process) => process,
            Err(why) => return self.failed(why.kind, why.message),
        };
        let mut reader = self.driver.reader();
        let mut held = Held {
            process,
            reader: reader.as_mut(),
            outlet: &mut self.outlet,
            limit: None,
            lingered: false,
            interrupted: false,
            left: false,
            told_sandbox: false,
        };
        held.until_it_ends(inbox);
        let Held {
            process,
            lingered,
            interrupted,
            left,
            ..
        } = held;
        let ended = process.end();
        if left {
            return Goes::Away;
        }
        self.take_end(reader.as_mut(), ended, (interrupted, lingered))
    }

    fn start(&self, text: &str) -> Result<Process<'p>, CannotStart> {
        if let Some(end) = recorded_end(self.order, self.turn)? {
            return Err(end);
        }
        let this = (&self.session, self.turn);
        let driver = self.driver;
        let invocation = self
            .order
            .launch(self.place, this, text, |launch| driver.invocation(launch))?;
        let mut process = Process::start(self.place, &invocation, (self.turn, LIMIT), &self.notes)
            .map_err(|e| cannot(format!("the agent could not be started: {e}")))?;
        process.write(invocation.stdin);
        process.close();
        Ok(process)
    }

    fn take_end(
        &mut self,
        reader: &mut dyn Reader,
        ended: Ended,
        (interrupted, lingered): (bool, bool),
    ) -> Goes {
        let mut heard = Vec::new();
        for (stream, line) in &ended.lines {
            heard.extend(events(reader, *stream, line).into_iter().map(Heard::Event));
        }
        // Who was ended after its result did end well by its own account.
        let end = if lingered {
            ProcessEnd::Exited(0)
        } else {
            ended.end
        };
        let finished = reader.finish(end);
        if let Some(why) = ended.refused {
            return self.failed(FailureKind::Configuration, why);
        }
        self.take_up(finished.session.as_deref());
        heard.push(Heard::Turn(self.turn_of(finished, interrupted)));
        self.tell(heard)
    }

    /// The session that the next turn takes up. One that never told its id may have begun or not; its
    /// id is not used again.
    fn take_up(&mut self, session: Option<&str>) {
        match (session, &self.session) {
            (Some(id), _) => self.session = Session::Resume(id.to_owned()),
            (None, Session::New(_)) => self.session = Session::New(uuid::Uuid::new_v4()),
            (None, Session::Resume(_)) => {}
        }
    }

    fn turn_of(&self, finished: Finished, interrupted: bool) -> Turn {
        let end = match finished.failure {
            None => TurnEnd::Answered,
            Some(_) if interrupted => TurnEnd::Interrupted,
            Some(failure) => TurnEnd::Failed { failure },
        };
        Turn {
            end,
            answer: finished.answer,
            session: self.known(),
            usage: finished.usage,
        }
    }

    fn failed(&mut self, kind: FailureKind, message: String) -> Goes {
        let failure = Failure {
            kind,
            message,
            retry_after_secs: None,
        };
        let turn = Turn {
            end: TurnEnd::Failed { failure },
            answer: String::new(),
            session: self.known(),
            usage: Usage::default(),
        };
        self.tell(vec![Heard::Turn(turn)])
    }

    fn tell(&mut self, heard: Vec<Heard>) -> Goes {
        if self.outlet.tell(heard) {
            Goes::On
        } else {
            Goes::Away
        }
    }
}

/// Why a dialogue that is played can't go on, where what was recorded of it ends before this turn.
fn recorded_end(order: &Order, turn: u32) -> Result<Option<CannotStart>, CannotStart> {
    let agent = &order.agent;
    let Some(folder) = agent
        .recordings
        .as_deref()
        .filter(|_| agent.driver == "replay")
    else {
        return Ok(None);
    };
    let name = recording::file_name(&attempt(turn)?);
    let file = order.cwd.join(folder).join(&name);
    if turn < 2 || file.exists() {
        return Ok(None);
    }
    Ok(Some(cannot(format!(
        "the recorded dialogue ends here: there is no {name}. Nothing that was said or answered is \
         lost; an agent that is no recording can go on with it"
    ))))
}

/// The process of one turn.
struct Held<'h, 'p> {
    process: Process<'p>,
    reader: &'h mut dyn Reader,
    outlet: &'h mut Outlet,
    /// Until when it must have ended, once it has reported its result.
    limit: Option<Instant>,
    lingered: bool,
    interrupted: bool,
    left: bool,
    told_sandbox: bool,
}

impl Held<'_, '_> {
    fn until_it_ends(&mut self, inbox: &Receiver<Note>) {
        loop {
            match self.process.next(inbox, self.limit) {
                Next::Lines(lines) => self.hear(lines),
                Next::Told(Told::Interrupt) => {
                    self.interrupted = true;
                    self.process.stop();
                }
                Next::Told(Told::Leave) => self.leave(),
                // Between turns only; and nothing is asked in this way of talking.
                Next::Told(Told::Say(_) | Told::Decide(..)) => {}
                Next::Late => {
                    self.limit = None;
                    self.lingered = true;
                    self.process.stop();
                }
                Next::Over => return,
            }
        }
    }

    fn hear(&mut self, lines: Vec<(Stream, String)>) {
        let mut heard = Vec::new();
        if !std::mem::replace(&mut self.told_sandbox, true) {
            heard.extend(self.process.unconfined().map(|words| wire::warning(&words)));
        }
        for (stream, line) in lines {
            for event in events(self.reader, stream, &line) {
                match event {
                    AgentEvent::ResultReported => {
                        if !self.lingered {
                            self.limit = Some(Instant::now() + LINGERS);
                        }
                    }
                    AgentEvent::Fatal { .. } => {
                        self.process.stop();
                        heard.push(Heard::Event(event));
                    }
                    _ => heard.push(Heard::Event(event)),
                }
            }
        }
        if !self.left && !self.outlet.tell(heard) {
            self.leave();
        }
    }

    fn leave(&mut self) {
        self.left = true;
        self.process.stop();
    }
}

fn events(reader: &mut dyn Reader, stream: Stream, line: &str) -> Vec<AgentEvent> {
    match stream {
        Stream::Out => reader.line(line),
        Stream::Err => reader.error_line(line),
    }
}
