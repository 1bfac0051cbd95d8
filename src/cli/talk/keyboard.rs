//! What is typed, line by line, while signals are looked for.

use crate::cli::follow::signals::Signals;
use crate::text::SafeText;
use color_eyre::eyre::Report;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{IsTerminal, Write};

/// How often a signal is looked for while a person thinks.
const GLANCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};
/// The longest line that is taken as one.
const MAX_LINE: usize = 1024 * 1024;

/// What came of asking.
pub enum Asked {
    /// A line, without its end.
    Line(String),
    /// What was asked about is over.
    Moot,
    /// They leave.
    Leave,
}

/// Standard input, and the signals that end a question.
pub struct Keyboard {
    /// What arrived.
    pub signals: Signals,
    /// How many interrupts were answered.
    pub interrupts: usize,
    typed: Typed,
}

impl Keyboard {
    /// Signals are caught from now on.
    pub fn open() -> std::io::Result<Self> {
        Ok(Self {
            signals: Signals::catch(|| ())?,
            interrupts: 0,
            typed: Typed::default(),
        })
    }

    /// Whether an interrupt came that nobody answered.
    pub fn is_interrupted(&self) -> bool {
        self.signals.interrupts() > self.interrupts
    }

    /// Forgets what was typed at a terminal before anything was asked: it answers nothing.
    pub fn forget(&mut self) {
        if std::io::stdin().is_terminal() {
            self.typed.bytes.clear();
            let typed = rustix::termios::QueueSelector::IFlush;
            // Where it can't be done, it is as if it had been typed a moment later.
            let _ = rustix::termios::tcflush(std::io::stdin(), typed);
        }
    }

    /// Asks for a line, and waits for it. `None`: they leave.
    pub fn ask(&mut self, prompt: &str) -> Result<Option<String>, Report> {
        say(prompt)?;
        loop {
            match self.glance()? {
                Some(Asked::Line(line)) => return Ok(Some(line)),
                Some(_) => return Ok(None),
                None => {}
            }
        }
    }

    /// What was typed since something was asked; waits a moment for it.
    pub fn glance(&mut self) -> Result<Option<Asked>, Report> {
        let stdin = std::io::stdin();
        if self.signals.detach().is_some() || self.is_interrupted() {
            // The terminal may be gone.
            let _ = say("\n");
            return Ok(Some(Asked::Leave));
        }
        if let Some(line) = self.typed.line() {
            // Nobody pressed enter here, so the row is still open.
            if !stdin.is_terminal() {
                say("\n")?;
            }
            return Ok(Some(Asked::Line(line)));
        }
        if self.typed.over {
            let _ = say("\n");
            return Ok(Some(Asked::Leave));
        }
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut ready, Some(&GLANCE)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => self.typed.read(&stdin)?,
            Err(e) => return Err(e.into()),
        }
        Ok(None)
    }
}

/// Prints without a line break.
pub(super) fn say(text: &str) -> std::io::Result<()> {
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
        // A terminal gives a line at a time. Of anything else, what is behind the line is left to
        // whoever asks next.
        let most = if stdin.is_terminal() { piece.len() } else { 1 };
        match rustix::io::read(stdin, &mut piece[..most]) {
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
