//! Who has the terminal: the group of processes that reads what is typed there.
//!
//! An interactive shell, and any program that manages jobs, leads a group of its own and makes that the
//! foreground; where it is killed nobody undoes that. Who then reads is stopped, and so is who sets the
//! terminal: this is how it is taken back before either is done.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid, tcgetpgrp, tcsetpgrp};
use std::io::stdin;

/// That this process's group had the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Foreground(Option<Pid>);

impl Foreground {
    /// As it is now.
    pub fn now() -> Self {
        let own = getpgrp();
        Self(
            tcgetpgrp(stdin())
                .is_ok_and(|has| has == own)
                .then_some(own),
        )
    }

    /// Takes the terminal back where it was ours and a program has not given it back. Where a shell above
    /// us has it, a person put us into the background, and there we stay.
    pub fn take_back(self) {
        let Some(own) = self.0 else { return };
        let above = [getpgid(Some(getppid())), getsid(None)];
        // Of a group that is gone the system may say nothing at all.
        if tcgetpgrp(stdin()).is_ok_and(|has| has == own || above.contains(&Ok(has))) {
            return;
        }
        let mut stops = SigSet::empty();
        stops.add(Signal::SIGTTOU);
        // Whoever takes it from the background is stopped by this signal, unless it is held off.
        let Ok(before) = stops.thread_swap_mask(SigmaskHow::SIG_BLOCK) else {
            return;
        };
        // A terminal that is gone is no error: there is nobody left to type.
        let _ = tcsetpgrp(stdin(), own);
        let _ = before.thread_set_mask();
    }
}
