//! Lending the terminal to what runs elsewhere: a thread asks for it, the loop that owns the screen
//! gives it and waits until it is given back.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// What a thread that wants the terminal hands to the loop.
#[derive(Clone)]
pub struct Loan(Arc<Ends>);

struct Ends {
    begun: SyncSender<()>,
    ended: Mutex<Receiver<()>>,
}

/// What it keeps: the terminal is its own from [`Borrower::wait`] on until this is dropped.
pub struct Borrower {
    begun: Receiver<()>,
    _ended: SyncSender<()>,
}

impl Loan {
    /// A loan, and who gets it.
    pub fn new() -> (Self, Borrower) {
        let (begin, begun) = sync_channel(1);
        let (end, ended) = sync_channel(1);
        let ends = Ends {
            begun: begin,
            ended: Mutex::new(ended),
        };
        let borrower = Borrower { begun, _ended: end };
        (Self(Arc::new(ends)), borrower)
    }

    /// Gives the terminal, which nobody else may use now, and waits until it is given back.
    pub fn give(&self) {
        let ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if self.0.begun.try_send(()).is_ok() {
            // Nothing is ever sent: it ends when the borrower goes.
            let _ = ended.recv();
        }
    }
}

impl Borrower {
    /// Waits until the terminal is given. Where the screen is left meanwhile, it is nobody's, and
    /// there is nothing to wait for: that is no.
    pub fn wait(&self) -> bool {
        self.begun.recv().is_ok()
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loan")
    }
}

impl PartialEq for Loan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Loan {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_once_and_ends_with_who_has_it() {
        let (loan, borrower) = Loan::new();
        let has = std::thread::spawn(move || borrower.wait());
        loan.give();
        assert!(has.join().unwrap());
        // Nobody wants it any more.
        loan.give();
    }

    #[test]
    fn nobody_waits_for_a_screen_that_was_left() {
        let (loan, borrower) = Loan::new();
        drop(loan);
        assert!(!borrower.wait());
    }
}
