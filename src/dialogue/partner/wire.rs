//! A partner that is one process for all turns, spoken to by its own protocol.

use super::hold::{self, Desk, Told};
use super::outlet::Outlet;
use super::place::Place;
use super::process::{Next, Process};
use super::{News, Partner, cannot};
use crate::agents::event::{AgentEvent, Failure};
use crate::agents::talk::{Heard, Step, Wire};
use crate::agents::{CannotStart, Invocation};
use crate::stage::watch::Stream;
use crate::terms::FailureKind;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// How long a line may be, in bytes: a request holds the whole content of a file.
const LONGEST: usize = 16 * 1024 * 1024;

/// How long it may take until it can be spoken to, and to stop when it is interrupted.
const READY: Duration = Duration::from_mins(2);
const STOPS: Duration = Duration::from_secs(10);

/// Starts it.
pub(super) fn begin(
    place: Place,
    invocation: Invocation,
    wire: Box<dyn Wire>,
    news: &Sender<News>,
) -> Result<Box<dyn Partner>, CannotStart> {
    let outlet = Outlet::new(news, place.cwd.clone());
    hold::hold(move |desk| {
        let Desk {
            inbox,
            notes,
            begun,
        } = desk;
        match Process::start(&place, &invocation, (1, LONGEST), &notes) {
            Ok(process) => {
                let _ = begun.send(Ok(()));
                Talk::new(process, wire, outlet).until_it_ends(&inbox);
            }
            Err(e) => {
                let why = format!("the agent could not be started: {e}");
                let _ = begun.send(Err(cannot(why)));
            }
        }
    })
}

struct Talk<'p> {
    process: Process<'p>,
    wire: Box<dyn Wire>,
    outlet: Outlet,
    /// Until when something must have come, and what it means if it has not.
    limit: Option<(Instant, &'static str)>,
    /// Whether a turn may be begun.
    idle: bool,
    /// Why it is ended by us.
    why: Option<&'static str>,
    /// Whether nobody wants it any more.
    left: bool,
}

impl<'p> Talk<'p> {
    fn new(process: Process<'p>, wire: Box<dyn Wire>, outlet: Outlet) -> Self {
        Self {
            process,
            wire,
            outlet,
            limit: Some((
                Instant::now() + READY,
                "it did not answer when it was greeted",
            )),
            idle: false,
            why: None,
            left: false,
        }
    }

    fn until_it_ends(mut self, inbox: &Receiver<super::process::Note>) {
        let greeting = self.wire.greet();
        self.follow(greeting);
        loop {
            match self.process.next(inbox, self.limit.map(|(at, _)| at)) {
                Next::Lines(lines) => self.hear(lines),
                Next::Told(told) => self.told(told),
                Next::Late => self.late(),
                Next::Over => break,
            }
        }
        let ended = self.process.end();
        if self.left {
            return;
        }
        let mut heard = Vec::new();
        for (stream, line) in &ended.lines {
            heard.extend(line_of(self.wire.as_mut(), *stream, line).heard);
        }
        self.outlet.tell(heard);
        let failure = match (ended.refused, self.why) {
            (Some(why), _) => failure(FailureKind::Configuration, &why),
            (None, Some(why)) => failure(FailureKind::Protocol, why),
            (None, None) => self.wire.gone(ended.end),
        };
        self.outlet.gone(failure);
    }

    fn hear(&mut self, lines: Vec<(Stream, String)>) {
        let mut all = Step::default();
        for (stream, line) in lines {
            let step = line_of(self.wire.as_mut(), stream, &line);
            all.heard.extend(step.heard);
            all.write.extend(step.write);
        }
        self.follow(all);
    }

    fn follow(&mut self, mut step: Step) {
        for line in step.write {
            if !self.process.write(format!("{line}\n").into_bytes()) {
                self.stop("it does not read what it is told; it was ended");
            }
        }
        if let Some(at) = step.heard.iter().position(is_ready)
            && let Some(words) = self.process.unconfined()
        {
            step.heard.insert(at, warning(&words));
        }
        let free = |heard: &Heard| is_ready(heard) || matches!(heard, Heard::Turn(_));
        if step.heard.iter().any(free) {
            self.idle = true;
            self.limit = None;
        }
        if !self.left && !self.outlet.tell(step.heard) {
            self.leave();
        }
    }

    fn told(&mut self, told: Told) {
        let step = match told {
            Told::Say(text) if std::mem::take(&mut self.idle) => {
                self.outlet.turn();
                self.wire.say(&text)
            }
            Told::Say(_) => return,
            Told::Interrupt => {
                let step = self.wire.interrupt();
                if !step.write.is_empty() {
                    let why = "it did not stop when it was interrupted; it was ended";
                    self.limit = Some((Instant::now() + STOPS, why));
                }
                step
            }
            Told::Decide(id, decision) => self.wire.decide(&id, &decision),
            Told::Leave => return self.leave(),
        };
        self.follow(step);
    }

    fn late(&mut self) {
        if let Some((_, why)) = self.limit.take() {
            self.stop(why);
        }
    }

    fn stop(&mut self, why: &'static str) {
        self.why.get_or_insert(why);
        self.process.stop();
    }

    fn leave(&mut self) {
        self.left = true;
        self.process.stop();
    }
}

fn line_of(wire: &mut dyn Wire, stream: Stream, line: &str) -> Step {
    match stream {
        Stream::Out => wire.line(line),
        Stream::Err => wire.error_line(line),
    }
}

fn is_ready(heard: &Heard) -> bool {
    matches!(heard, Heard::Ready { .. })
}

/// Nothing but the agent's own rules keeps the repository as it is.
pub(super) fn warning(sandbox: &str) -> Heard {
    Heard::Event(AgentEvent::Warning {
        text: format!(
            "the kernel does not keep this agent from writing in the repository (sandbox: {sandbox}); \
             only its own rules do"
        ),
    })
}

fn failure(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        message: message.to_owned(),
        retry_after_secs: None,
    }
}
