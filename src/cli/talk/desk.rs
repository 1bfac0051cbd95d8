//! Somebody's place in a dialogue: what they type, what the author tells, and signals, each looked
//! after while another is waited for.

use super::telling::Telling;
use super::{Edit, Led, Wanted};
use crate::agents::event::Failure;
use crate::agents::talk::{Heard, TurnEnd};
use crate::cli::Context;
use crate::cli::follow::signals::Signals;
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::partner::News;
use crate::dialogue::state::Floor;
use crate::dialogue::{Talk, start};
use crate::records::project::Project;
use crate::text::SafeText;
use color_eyre::eyre::Report;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How often a signal, and the author, are looked for while a person thinks.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};
/// How often a signal is looked for while the author speaks.
const MOMENT: Duration = Duration::from_millis(100);
/// The longest line that is taken as one.
const MAX_LINE: usize = 1024 * 1024;

/// What came of asking.
pub(super) enum Asked {
    /// A line, without its end.
    Line(String),
    /// What was asked about is over.
    Moot,
    /// They leave.
    Leave,
}

/// The place.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) talk: Talk,
    pub(super) edit: Edit,
    /// How the author's last turn failed, where it did.
    pub(super) failed: Option<Failure>,
    /// Whether somebody is there to be asked.
    pub(super) attended: bool,
    news: Receiver<News>,
    signals: Signals,
    /// How many interrupts were answered.
    interrupts: usize,
    typed: Typed,
    telling: Telling,
    notice: Option<String>,
}

impl<'a> Desk<'a> {
    /// Opens the dialogue; nothing is started yet.
    pub(super) fn open(
        context: &'a Context,
        project: &Project,
        wanted: &Wanted<'_>,
    ) -> Result<Self, Report> {
        let signals = Signals::catch(|| ())?;
        let (to, news) = channel();
        let choose = wanted.options.choose(context);
        let talk = start::open(project, &wanted.subject, &choose, to)?;
        Ok(Self {
            context,
            talk,
            edit: wanted.edit,
            failed: None,
            attended: !wanted.options.asks_nobody(context),
            news,
            signals,
            interrupts: 0,
            typed: Typed::default(),
            telling: Telling::default(),
            notice: None,
        })
    }

    /// Whether they leave: a signal came, or there is nothing more to be read.
    pub(super) fn left(&self) -> Led {
        self.signals.detach().map_or(Led::Left, Led::Signal)
    }

    /// Prints a line.
    pub(super) fn line(&self, text: impl std::fmt::Display) {
        self.context.out.text(text);
    }

    /// Asks for a line. `None`: they leave.
    pub(super) fn ask(&mut self, prompt: &str) -> Result<Option<String>, Report> {
        match self.ask_while(prompt, |_| true)? {
            Asked::Line(line) => Ok(Some(line)),
            Asked::Moot | Asked::Leave => Ok(None),
        }
    }

    /// Asks for a line, and for further ones as long as one ends with a backslash.
    pub(super) fn ask_lines(&mut self, prompt: &str) -> Result<Option<String>, Report> {
        let Some(mut text) = self.ask(prompt)? else {
            return Ok(None);
        };
        while let Some(begun) = text.strip_suffix('\\') {
            let begun = begun.trim_end().to_owned();
            let Some(more) = self.ask("   more: ")? else {
                return Ok(None);
            };
            text = format!("{begun}\n{more}");
        }
        Ok(Some(text))
    }

    /// Asks for a line as long as this is so.
    pub(super) fn ask_while(
        &mut self,
        prompt: &str,
        is: impl Fn(&Talk) -> bool,
    ) -> Result<Asked, Report> {
        let stdin = std::io::stdin();
        let terminal = stdin.is_terminal();
        say(prompt)?;
        let end = |asked| {
            // Nobody pressed enter here, so the row is still open.
            say("\n").map(|()| asked)
        };
        loop {
            if self.signals.detach().is_some() || self.signals.interrupts() > self.interrupts {
                return Ok(end(Asked::Leave)?);
            }
            if let Some(line) = self.typed.line() {
                if !terminal {
                    say("\n")?;
                }
                return Ok(Asked::Line(line));
            }
            if self.typed.over {
                return Ok(end(Asked::Leave)?);
            }
            while let Ok(news) = self.news.try_recv() {
                self.hear(news)?;
            }
            if !is(&self.talk) {
                return Ok(end(Asked::Moot)?);
            }
            let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
            match poll(&mut ready, Some(&GLANCE)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => self.typed.read(&stdin)?,
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Says something to the author; see [`Talk::say`].
    pub(super) fn say(&mut self, words: &str) -> Result<(), Report> {
        self.failed = None;
        self.telling.begin(self.talk.agent());
        Ok(self.talk.say(words)?)
    }

    /// Listens until the author's turn is over. False: they leave.
    pub(super) fn listen(&mut self) -> Result<bool, Report> {
        let mut interrupted = false;
        while self.talk.state().floor == Floor::Agent {
            match self.news.recv_timeout(MOMENT) {
                Ok(news) => self.hear(news)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if let Some(permission) = self.talk.live().permissions.first().cloned()
                && !super::asking::permission(self, &permission)?
            {
                return Ok(false);
            }
            if self.signals.detach().is_some() {
                return Ok(false);
            }
            if self.signals.interrupts() > self.interrupts {
                self.interrupts = self.signals.interrupts();
                if interrupted || !self.attended {
                    return Ok(false);
                }
                interrupted = true;
                self.talk.interrupt();
                self.line(paint(Role::Attention, "interrupting; again to leave"));
            }
        }
        self.telling.end(&self.context.out);
        if self.attended && std::io::stdin().is_terminal() {
            // What was typed before anything was asked answers nothing.
            let flush = rustix::termios::QueueSelector::IFlush;
            let _ = rustix::termios::tcflush(std::io::stdin(), flush);
        }
        Ok(true)
    }

    fn hear(&mut self, news: News) -> Result<(), Report> {
        self.telling.tell(&self.context.out, &news);
        match &news {
            News::Heard(Heard::Turn(turn)) => {
                if let TurnEnd::Failed { failure } = &turn.end {
                    self.failed = Some(failure.clone());
                }
            }
            News::Gone(failure) => self.failed = Some(failure.clone()),
            News::Heard(_) => {}
        }
        let gone = matches!(news, News::Gone(_));
        self.talk.hear(news)?;
        if gone && self.talk.state().floor == Floor::Agent {
            // It was begun anew.
            self.failed = None;
        }
        let notice = &self.talk.live().notice;
        if *notice != self.notice {
            self.notice.clone_from(notice);
            if let Some(notice) = &self.notice {
                let told = format!("note: {}", safe(notice));
                self.line(paint(Role::Attention, told));
            }
        }
        Ok(())
    }
}

/// Prints without a line break.
fn say(text: &str) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

/// What was typed and not taken yet.
#[derive(Debug, Default)]
struct Typed {
    bytes: Vec<u8>,
    over: bool,
}

impl Typed {
    /// The next line.
    fn line(&mut self) -> Option<String> {
        let end = self.bytes.iter().position(|b| *b == b'\n');
        let last = self.over || self.bytes.len() > MAX_LINE;
        let end = end.or_else(|| (last && !self.bytes.is_empty()).then_some(self.bytes.len()))?;
        let line: Vec<u8> = self.bytes.drain(..end).collect();
        if self.bytes.first() == Some(&b'\n') {
            self.bytes.remove(0);
        }
        Some(SafeText::line_from_bytes(&line).as_str().trim().to_owned())
    }

    /// Reads what is there.
    fn read(&mut self, stdin: &std::io::Stdin) -> Result<(), Report> {
        let mut piece = [0; 4096];
        match rustix::io::read(stdin, &mut piece) {
            Ok(0) | Err(rustix::io::Errno::IO) => self.over = true,
            Ok(n) => self.bytes.extend_from_slice(&piece[..n]),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_safe_and_the_last_without_its_break() {
        let mut typed = Typed {
            bytes: b"one\r\n\x1b[Dtwo\n\nlast".to_vec(),
            over: false,
        };
        let mut next = || typed.line();
        assert_eq!(next().as_deref(), Some("one"));
        assert_eq!(next().as_deref(), Some("two"));
        assert_eq!(next().as_deref(), Some(""));
        assert_eq!(next(), None);
        typed.over = true;
        assert_eq!(typed.line().as_deref(), Some("last"));
        assert_eq!(typed.line(), None);
    }
}
