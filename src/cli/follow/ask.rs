//! Asking a person at the terminal, where the run asks: a gate, questions, a pause.

use super::can_ask;
use super::ending::{self, Asked};
use super::signals::Signals;
use crate::cli::out::{Role, paint};
use crate::cli::{Context, gate, order, person};
use crate::engine::{Event, GateSide};
use crate::records::runs::RunView;
use crate::supervisor::start;
use crate::terms::verdict::Question;
use crate::terms::{Digest, RunState, StageId};
use crate::text::many;
use color_eyre::eyre::Report;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{BufRead, Write};

/// How often a signal is looked for while a person thinks.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 250_000_000,
};
/// How many times one thing is asked where the answer is not understood.
const TRIES: usize = 5;

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// An order went out, and the run goes on.
    Ordered,
    /// The person was asked and left it.
    Left,
    /// There was nobody to ask, or nothing.
    NotAsked,
}

/// Asks what the run asks.
pub(super) fn ask(
    context: &Context,
    view: &mut RunView,
    signals: &Signals,
) -> Result<Said, Report> {
    if !can_ask(context) {
        return Ok(Said::NotAsked);
    }
    let terminal = Terminal {
        context,
        signals,
        interrupts: signals.interrupts(),
    };
    let ordered = match ending::asked(&view.run).into_iter().next() {
        Some(Asked::Gate {
            stage,
            side,
            evidence,
        }) => terminal.gate(view, &stage, side, &evidence)?,
        Some(Asked::Questions { stage, questions }) => {
            terminal.questions(view, &stage, &questions)?
        }
        None if view.run.state() == RunState::Paused && view.run.pause => terminal.pause(view)?,
        None => return Ok(Said::NotAsked),
    };
    Ok(if ordered { Said::Ordered } else { Said::Left })
}

struct Terminal<'a> {
    context: &'a Context,
    signals: &'a Signals,
    /// How many interrupts there were when the asking began.
    interrupts: usize,
}

impl Terminal<'_> {
    fn gate(
        &self,
        view: &mut RunView,
        stage: &StageId,
        side: GateSide,
        evidence: &Digest,
    ) -> Result<bool, Report> {
        self.context.out.line("");
        for line in ending::gate_lines(view, stage, side) {
            self.context.out.line(line);
        }
        for _ in 0..TRIES {
            let Some(said) = self.read("a approve, b send back, l leave it waiting: ")? else {
                return Ok(false);
            };
            let by = person::here(self.context);
            let event = match said.to_ascii_lowercase().as_str() {
                "a" | "approve" | "y" | "yes" => {
                    if let Some(held) = gate::held(view)? {
                        order::refused(self.context, view, &held.told);
                        if held.asks_anew {
                            return Ok(true);
                        }
                        continue;
                    }
                    Event::Approved {
                        stage: stage.clone(),
                        side,
                        evidence: evidence.clone(),
                        by,
                    }
                }
                "b" | "back" | "r" | "reject" => {
                    let comments = view.open_comments().map_err(Report::msg)?;
                    let asked = match comments.len() {
                        0 => "what is to be changed? ".to_owned(),
                        n => format!("{} go along; what else? ", many(n, "comment")),
                    };
                    let Some(reason) = self.read(&asked)? else {
                        return Ok(false);
                    };
                    Event::Rejected {
                        stage: stage.clone(),
                        side,
                        reason,
                        comments,
                        by,
                    }
                }
                "l" | "leave" | "q" => return Ok(false),
                _ => continue,
            };
            return self.give(view, &event);
        }
        Ok(false)
    }

    fn questions(
        &self,
        view: &mut RunView,
        stage: &StageId,
        questions: &[Question],
    ) -> Result<bool, Report> {
        let name = paint(Role::Attention, format!("{stage} asks:"));
        self.context.out.line(name);
        let mut answers = Vec::new();
        for question in questions {
            self.context.out.line(ending::question_line(question));
            for _ in 0..TRIES {
                let Some(said) = self.read("answer: ")? else {
                    return Ok(false);
                };
                if !said.is_empty() {
                    answers.push((question.id.clone(), question.text.clone(), said));
                    break;
                }
                if !question.blocking {
                    break;
                }
            }
        }
        let event = Event::Answered {
            stage: stage.clone(),
            answers,
            by: person::here(self.context),
        };
        self.give(view, &event)
    }

    fn pause(&self, view: &mut RunView) -> Result<bool, Report> {
        let told = format!("{} is paused", view.order.run);
        self.context.out.line(paint(Role::Attention, told));
        for _ in 0..TRIES {
            let Some(said) = self.read("r resume, l leave it paused: ")? else {
                return Ok(false);
            };
            match said.to_ascii_lowercase().as_str() {
                "r" | "resume" => {
                    let by = person::here(self.context);
                    return self.give(view, &Event::Resumed { by });
                }
                "l" | "leave" | "q" => return Ok(false),
                _ => {}
            }
        }
        Ok(false)
    }

    /// Gives the order; what comes of it is seen by following the run. False: it is not lawful.
    fn give(&self, view: &mut RunView, event: &Event) -> Result<bool, Report> {
        if let Err(refusal) = view.run.may(event) {
            order::refused(self.context, view, &refusal.to_string());
            return Ok(false);
        }
        start::order(&view.dirs, &view.order.home, event)?;
        Ok(true)
    }

    /// A line, without its end. `None`: nothing more will come, or a signal says to leave.
    fn read(&self, prompt: &str) -> Result<Option<String>, Report> {
        let mut out = std::io::stdout().lock();
        write!(out, "{prompt}")?;
        out.flush()?;
        drop(out);
        let stdin = std::io::stdin();
        loop {
            if self.signals.detach().is_some() || self.signals.interrupts() > self.interrupts {
                self.context.out.line("");
                return Ok(None);
            }
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            match poll(&mut ready, Some(&GLANCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => {
                    let mut line = String::new();
                    let read = stdin.lock().read_line(&mut line)?;
                    return Ok((read > 0).then(|| line.trim().to_owned()));
                }
                Err(e) => return Err(e.into()),
            }
        }
    }
}
