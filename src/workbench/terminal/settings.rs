//! The line settings of the terminal, and whose it is, kept while somebody else has it: a program that ended
//! in raw mode would else leave a terminal in which no enter arrives and no ctrl-c is a signal, and a shell
//! that was killed one from which nobody reads.

use crate::process::foreground::Foreground;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal is set, and whether it is ours.
#[derive(Debug)]
pub struct Settings {
    /// `None`: there is none.
    line: Option<Termios>,
    foreground: Foreground,
}

impl Settings {
    /// As it is now.
    pub fn now() -> Self {
        Self {
            line: tcgetattr(rustix::stdio::stdin()).ok(),
            foreground: Foreground::now(),
        }
    }

    /// Sets it so again.
    pub fn set_back(&self) {
        // First: who sets a terminal that is not theirs is stopped.
        self.foreground.take_back();
        if let Some(settings) = &self.line {
            // A terminal that is gone is no error: there is nobody left to type.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, settings);
        }
    }
}
