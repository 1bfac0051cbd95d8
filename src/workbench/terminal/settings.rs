//! The line settings of the terminal, kept while somebody else has it: a program that ended in raw mode
//! would else leave a terminal in which no enter arrives and no ctrl-c is a signal.

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal is set; `None`: there is none.
#[derive(Debug)]
pub struct Settings(Option<Termios>);

impl Settings {
    /// As it is now.
    pub fn now() -> Self {
        Self(tcgetattr(rustix::stdio::stdin()).ok())
    }

    /// Sets it so again.
    pub fn set_back(&self) {
        if let Some(settings) = &self.0 {
            // A terminal that is gone is no error: there is nobody left to type.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, settings);
        }
    }
}
