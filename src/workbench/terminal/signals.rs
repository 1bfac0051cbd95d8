//! Signals, each as an event; and none of them as long as the terminal is another program's: what
//! a person types there is meant for that program.

use crate::workbench::app::Event;
use crate::workbench::post::Post;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether another program has the terminal.
static LENT: AtomicBool = AtomicBool::new(false);

/// Says whether another program has the terminal.
pub fn lent(lent: bool) {
    LENT.store(lent, Ordering::SeqCst);
}

/// Catches them from now on, in a thread of its own that ends with the process.
pub fn catch(events: Post) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                let lent = LENT.load(Ordering::SeqCst);
                let event = match signal {
                    // Typed at the other program: it stops, and this one with it.
                    SIGTSTP if lent => {
                        let _ = emulate_default_handler(SIGTSTP);
                        continue;
                    }
                    SIGINT | SIGQUIT | SIGCONT | SIGWINCH if lent => continue,
                    SIGTSTP => Event::Stop,
                    SIGCONT => Event::Continued,
                    SIGWINCH => match super::screen::size() {
                        Ok((columns, rows)) => Event::Resized(columns, rows),
                        Err(_) => continue,
                    },
                    _ => Event::Gone,
                };
                if events.send(event).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}
