//! Signals to a command that follows a run, or leads a dialogue: they end that, not the run.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Caught;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// What arrived.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    interrupts: Arc<AtomicUsize>,
    detach: Arc<AtomicI32>,
}

impl Signals {
    /// Catches them from now on, and calls `wake` on each. They stay caught until the process ends.
    pub fn catch(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let signals = Self::default();
        let mut caught = Caught::new([SIGINT, SIGHUP, SIGTERM])?;
        let seen = signals.clone();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in caught.forever() {
                    match signal {
                        SIGINT => {
                            seen.interrupts.fetch_add(1, Ordering::SeqCst);
                        }
                        other => seen.detach.store(other, Ordering::SeqCst),
                    }
                    wake();
                }
            })?;
        Ok(signals)
    }

    /// How many times a person pressed Ctrl-C.
    pub fn interrupts(&self) -> usize {
        self.interrupts.load(Ordering::SeqCst)
    }

    /// The signal that ordered to let go of the terminal, where one did.
    pub fn detach(&self) -> Option<i32> {
        Some(self.detach.load(Ordering::SeqCst)).filter(|s| *s != 0)
    }
}
