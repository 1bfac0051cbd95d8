//! What the agent tells, taken in: its words, its tools, its questions, the end of its turn.

use super::{Live, Talk};
use crate::agents::event::{AgentEvent, Failure, ToolKind, ToolStatus};
use crate::agents::talk::{AskedQuestion, Heard, Turn, TurnEnd};
use crate::dialogue::CannotTalk;
use crate::dialogue::partner::News;
use crate::dialogue::question::{Choice, Question};
use crate::dialogue::recognise::numbered;
use crate::dialogue::state::Floor;
use crate::dialogue::transcript::Entry;
use crate::stage::redact::Redactor;
use crate::terms::Usage;

/// The most of a message that is still coming that is kept to be shown.
const MAX_WORDS: usize = 1024 * 1024;
/// The most of why a file was not written that is told, in bytes.
const MAX_WHY: usize = 300;

impl Talk {
    /// Takes in what the agent told.
    pub fn hear(&mut self, news: News) -> Result<(), CannotTalk> {
        for news in self.veiled(news) {
            self.heard(news)?;
        }
        Ok(())
    }

    /// What the agent told, without its secrets: for whoever shows it before it is taken in by
    /// [`Talk::heard`].
    pub fn veiled(&mut self, news: News) -> Vec<News> {
        self.veil.news(news)
    }

    /// Takes in what came of [`Talk::veiled`].
    pub fn heard(&mut self, news: News) -> Result<(), CannotTalk> {
        match news {
            News::Heard(Heard::Ready { session }) => {
                let known = self.session(session);
                self.live.ready = true;
                if let (Some(message), Some(partner)) =
                    (self.live.waiting.take(), self.partner.as_mut())
                {
                    partner.say(&message);
                }
                known
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
        match session {
            Some(id) if self.state.session.as_ref() != Some(&id) => self.owe(Entry::Session { id }),
            _ => Ok(()),
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
                id,
                kind,
                name,
                title,
                ..
            } => {
                let line = self.redactor.text(format!("{name} {title}").trim());
                if kind == ToolKind::Edit {
                    self.live.edits.push((id.clone(), line.clone()));
                }
                self.live.tools.push((id, line.clone()));
                self.owe(Entry::Tool { title: line })?;
            }
            AgentEvent::ToolFinished { id, status, output } => {
                self.live.tools.retain(|(t, _)| *t != id);
                self.edited(&id, status, &output)?;
            }
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

    /// What came of a call that writes a file. A refused one was decided, and that is told.
    fn edited(&mut self, id: &str, status: ToolStatus, output: &str) -> Result<(), CannotTalk> {
        let Some(at) = self.live.edits.iter().position(|(edit, _)| edit == id) else {
            return Ok(());
        };
        let (_, line) = self.live.edits.remove(at);
        let title = match status {
            ToolStatus::Ok => format!("{line}: written"),
            ToolStatus::Failed => {
                let why = self
                    .redactor
                    .text(output.lines().next().unwrap_or_default());
                let why = crate::agents::cut(&why, MAX_WHY);
                format!("{line}: not written: {why}")
            }
            ToolStatus::Denied => return Ok(()),
        };
        self.owe(Entry::Tool { title })
    }

    /// Questions that the agent asked in a structure of its own.
    fn asked(&mut self, asked: Vec<AskedQuestion>) -> Result<(), CannotTalk> {
        let taken = self.take_from_file();
        let asked = asked.into_iter().map(|q| structured(q, &self.redactor));
        let asked = asked.map(|question| (question, false)).collect();
        let questions = numbered(asked, &self.state.form.questions(), &|n| {
            self.state.form.is_given(n)
        });
        if questions.is_empty() {
            return taken;
        }
        self.owe(Entry::Asked { questions })?;
        taken?;
        self.keep_ledger()
    }

    fn turn(&mut self, turn: Turn) -> Result<(), CannotTalk> {
        let known = self.session(turn.session);
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
        let end = match turn.end {
            TurnEnd::Failed { mut failure } => {
                failure.message = self.redactor.text(&failure.message);
                TurnEnd::Failed { failure }
            }
            end => end,
        };
        self.live = Live {
            runs: self.partner.is_some(),
            ready: self.partner.is_some(),
            ..Live::default()
        };
        self.owe(Entry::Heard {
            text,
            end,
            usage: self.paid(turn.usage),
        })?;
        self.make_up()?;
        self.keep_ledger()?;
        known
    }

    /// What was used, as it is paid for.
    fn paid(&self, usage: Usage) -> Usage {
        if self.author.agent.plan {
            usage.on_plan()
        } else {
            usage
        }
    }

    fn gone(&mut self, failure: Failure) -> Result<(), CannotTalk> {
        self.partner = None;
        let live = std::mem::take(&mut self.live);
        if let Some(message) = live.unheard {
            return self.begin_anew(message, &failure);
        }
        if self.state.floor == Floor::Agent {
            return self.owe(Entry::Heard {
                text: self.redactor.text(&whole(&live, "")),
                end: TurnEnd::Failed { failure },
                usage: self.paid(live.usage),
            });
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
                self.give_back_floor()?;
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
