//! What the agent tells, as it is taken in.
//!
//! A turn that is over is over whatever the disk does: what can't be written of it is owed, and is
//! written before anything else.

use super::super::CannotTalk;
use super::super::partner::News;
use super::super::question::{Choice, Question};
use super::super::recognise::numbered;
use super::super::state::{Floor, Line};
use super::super::transcript::Entry;
use super::{Live, MAX_WORDS, Talk};
use crate::agents::event::{AgentEvent, Failure};
use crate::agents::talk::{AskedQuestion, Heard, Turn, TurnEnd};
use crate::stage::redact::Redactor;
use crate::terms::Usage;

impl Talk {
    /// Takes in what the agent told.
    pub fn hear(&mut self, news: News) -> Result<(), CannotTalk> {
        match news {
            News::Heard(Heard::Ready { session }) => {
                let noted = self.session(session);
                self.live.ready = true;
                if let (Some(message), Some(partner)) =
                    (self.live.waiting.take(), self.partner.as_mut())
                {
                    partner.say(&message);
                }
                noted
            }
            News::Heard(Heard::Event(event)) => self.event(event),
            News::Heard(Heard::Permission(permission)) => {
                self.live.permissions.push(permission);
                Ok(())
            }
            News::Heard(Heard::Withdrawn { id }) => {
                self.live.permissions.retain(|p| p.id != id);
                Ok(())
            }
            News::Heard(Heard::Questions(asked)) => self.asked(asked),
            News::Heard(Heard::Turn(turn)) => self.turn(turn),
            News::Gone(failure) => self.gone(failure),
        }
    }

    fn session(&mut self, session: Option<String>) -> Result<(), CannotTalk> {
        self.owes_session(session);
        self.pay()
    }

    fn owes_session(&mut self, session: Option<String>) {
        let Some(id) = session.filter(|id| self.state.session.as_ref() != Some(id)) else {
            return;
        };
        let entry = Entry::Session { id };
        if !self.owed.contains(&entry) {
            self.owed.push_back(entry);
        }
    }

    fn event(&mut self, event: AgentEvent) -> Result<(), CannotTalk> {
        let lives = matches!(
            event,
            AgentEvent::TextDelta { .. } | AgentEvent::Text { .. } | AgentEvent::ToolStarted { .. }
        );
        if lives {
            self.live.unheard = None;
        }
        match event {
            AgentEvent::SessionStarted { session, .. } => self.session(session)?,
            AgentEvent::TextDelta { text } => {
                if self.live.words.len() < MAX_WORDS {
                    self.live.words.push_str(&text);
                }
            }
            AgentEvent::Text { text } => {
                self.live.words.clear();
                self.live.said.push(text);
            }
            AgentEvent::ToolStarted {
                id, name, title, ..
            } => {
                let line = self.redactor.text(format!("{name} {title}").trim());
                self.live.tools.push((id, line.clone()));
                self.write(&Entry::Tool { title: line })?;
            }
            AgentEvent::ToolFinished { id, .. } => self.live.tools.retain(|(t, _)| *t != id),
            AgentEvent::Usage { usage } => self.live.usage = usage,
            AgentEvent::Throttled { kind, attempt, .. } => {
                self.live.notice = Some(format!("{kind}: try {attempt}, it waits and goes on"));
            }
            AgentEvent::Warning { text } => self.live.notice = Some(text),
            AgentEvent::Fatal { message, .. } => self.live.notice = Some(message),
            AgentEvent::Thinking { .. } | AgentEvent::ResultReported | AgentEvent::Raw { .. } => {}
        }
        Ok(())
    }

    /// Questions that the agent asked in a structure of its own.
    fn asked(&mut self, asked: Vec<AskedQuestion>) -> Result<(), CannotTalk> {
        // Where that can't be read, what was asked is kept all the same.
        let unread = self.take_from_file().err();
        let asked = asked.into_iter().map(|q| structured(q, &self.redactor));
        let asked = asked.map(|question| (question, false)).collect();
        let questions = numbered(asked, &self.state.form.questions());
        if questions.is_empty() {
            return Ok(());
        }
        self.owed.push_back(Entry::Asked { questions });
        self.pay()?;
        unread.map_or_else(|| self.keep_ledger(), Err)
    }

    fn turn(&mut self, turn: Turn) -> Result<(), CannotTalk> {
        self.owes_session(turn.session);
        if let TurnEnd::Failed { failure } = &turn.end
            && let Some(message) = self
                .live
                .unheard
                .take()
                .filter(|_| may_be_forgotten(failure))
        {
            return self.begin_anew(message, failure);
        }
        let text = self.redactor.text(&whole(&self.live, &turn.answer));
        let is_asking = |e: &Entry| matches!(e, Entry::Asked { .. });
        let asked_already = self.asked_in_turn() || self.owed.iter().any(is_asking);
        let mut unread = None;
        let found = match turn.end {
            // What an interrupted turn said is kept; what it would have asked is not known.
            TurnEnd::Answered => {
                // A number that stands in the file is not given to another question. Where that
                // can't be read, the turn is over all the same.
                unread = self.take_from_file().err();
                self.state.found_in(&text)
            }
            TurnEnd::Interrupted | TurnEnd::Failed { .. } => Vec::new(),
        };
        let end = match turn.end {
            TurnEnd::Failed { mut failure } => {
                failure.message = self.redactor.text(&failure.message);
                TurnEnd::Failed { failure }
            }
            end => end,
        };
        self.owed.push_back(Entry::Heard {
            text,
            end,
            usage: turn.usage,
        });
        let found = { found.into_iter() }.filter(|e| !(is_asking(e) && asked_already));
        self.owed.extend(found);
        self.over = true;
        self.pay()?;
        unread.map_or_else(|| self.keep_ledger(), Err)
    }

    /// Whether something was asked since the person spoke: by the agent's own tool for that, or, in a
    /// turn that is over, by its message.
    pub(super) fn asked_in_turn(&self) -> bool {
        let said = self.state.lines.iter().rev();
        let mut turn = said.take_while(|l| !matches!(l, Line::You(_) | Line::Form(_)));
        turn.any(|l| matches!(l, Line::Questions(_)))
    }

    fn gone(&mut self, failure: Failure) -> Result<(), CannotTalk> {
        self.partner = None;
        let ended = self.over;
        let live = std::mem::take(&mut self.live);
        if let Some(message) = live.unheard {
            return self.begin_anew(message, &failure);
        }
        if self.state.floor == Floor::Agent && !ended {
            self.owed.push_back(Entry::Heard {
                text: self.redactor.text(&whole(&live, "")),
                end: TurnEnd::Failed { failure },
                usage: live.usage,
            });
            return self.pay();
        }
        self.live.notice = Some(failure.message);
        Ok(())
    }

    /// The session is no more: a new one is told what was said, and this.
    fn begin_anew(&mut self, message: String, why: &Failure) -> Result<(), CannotTalk> {
        self.partner = None;
        self.state.session = None;
        let first = match self.begin(&message) {
            Ok(first) => first,
            Err(error) => {
                self.owed.push_back(Entry::Heard {
                    text: String::new(),
                    end: TurnEnd::Failed {
                        failure: why.clone(),
                    },
                    usage: Usage::default(),
                });
                self.over = true;
                // What is told is why no other session could be begun.
                let _ = self.pay();
                return Err(error);
            }
        };
        self.state.floor = Floor::Agent;
        self.tell(first.unwrap_or(message));
        self.live.notice = Some(format!(
            "its session could not be taken up again ({}), so a new one was told what was said",
            why.message
        ));
        Ok(())
    }
}

/// Whether this may mean that the session is not there any more; what passes by itself, and what a
/// new session would meet as well, does not.
fn may_be_forgotten(failure: &Failure) -> bool {
    use crate::terms::FailureKind;
    matches!(
        failure.kind,
        FailureKind::Request
            | FailureKind::Unknown
            | FailureKind::Protocol
            | FailureKind::Configuration
            | FailureKind::Context
    )
}

/// All that was said in a turn, whole messages parted by blank lines.
fn whole(live: &Live, answer: &str) -> String {
    let mut parts: Vec<&str> = live.said.iter().map(String::as_str).collect();
    if !parts.iter().any(|p| p.contains(answer.trim())) {
        parts.push(answer);
    }
    if answer.is_empty() {
        parts.push(&live.words);
    }
    parts.retain(|p| !p.trim().is_empty());
    parts.join("\n\n")
}

fn structured(asked: AskedQuestion, redactor: &Redactor) -> Question {
    let options = asked.options.into_iter().map(|o| Choice {
        key: None,
        text: redactor.text(&o.label),
        note: Some(redactor.text(&o.description)).filter(|d| !d.is_empty()),
    });
    Question {
        title: Some(redactor.text(&asked.header)).filter(|h| !h.is_empty()),
        text: redactor.text(&asked.question),
        options: options.collect(),
        ..Question::default()
    }
}
