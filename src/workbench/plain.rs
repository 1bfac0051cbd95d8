//! The linear mode, for screen readers and for anybody who wants lines: what there is and what
//! changes is said line by line and stays said; the words of the table of actions, and numbers, say
//! what is to be done. The same state, the same rules and the same reasons as on the full screen;
//! no cursor is moved and nothing is coloured.

mod asking;
mod choosing;
mod commenting;
mod costs;
pub mod linear;
mod papers;
mod reading;
pub mod table;
mod talking;
mod telling;
mod words;

use super::app::{App, Effect, Event};
use super::keymap::Keymap;
use super::post::{self, Inbox, Post};
use super::settings::Settings;
use super::terminal::command;
use super::theme::Theme;
use super::theme::colour::Depth;
use super::world::World;
use crate::dialogue::author::Choose;
use crate::records::project::Project;
use crate::records::user::UserDir;
use color_eyre::eyre::Report;
use jiff::{Timestamp, Zoned};
use linear::Linear;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many events may wait.
const EVENTS: usize = 256;
/// The longest line that is taken, in bytes.
const MAX_LINE: u64 = 4000;
/// Rows and columns of a screen that is none: enough for whatever the state asks room for.
const ROOM: (u16, u16) = (200, 200);
/// How often time alone is told while it is waited for a run.
const TICK: Duration = Duration::from_secs(2);

/// Opens the linear mode on a project, until the person leaves or has no more to say. Runs go on.
pub fn open(project: Project) -> Result<(), Report> {
    let (told, events) = post::open(EVENTS);
    // Actions are had by their names, whatever their keys; of a keymap the commands count.
    let (own, faults) = Settings::of(UserDir::find(), Depth::None).keymap();
    let keymap = Keymap::default().with(own.commands().to_vec());
    let mut app = App::new(&Zoned::now(), ROOM, keymap, Theme::new(false));
    app.faulty(&faults);
    let attended = io::stdin().is_terminal();
    let mut linear = Linear::new(app, attended);
    let mut paper = Paper {
        asks: attended,
        asked: false,
    };
    let hold = Arc::new(Mutex::new(()));
    read_lines(told.clone(), attended.then(|| hold.clone()))?;
    let itself = told.clone();
    let mut world = World::open(project, told, Choose::default())?;
    while let Some(event) = next(&events, linear.is_waiting()) {
        paper.asked &= !matches!(event, Event::Line(_));
        let heard = linear.hear(Timestamp::now(), event);
        // Where nobody reads any more there is nothing left to do but what was ordered.
        let unread = paper.write(&heard.says).is_err();
        let mut leaves = unread;
        for effect in heard.effects {
            match effect {
                Effect::Leave => leaves = true,
                Effect::Lend(loan) if attended => {
                    // No line is read meanwhile: what is typed is for who has the terminal.
                    let held = hold.lock();
                    loan.give();
                    drop(held);
                }
                Effect::InTerminal(ordered) => {
                    let came = if attended {
                        let held = hold.lock();
                        let came = command::run(&ordered);
                        drop(held);
                        came
                    } else {
                        command::refused(&ordered)
                    };
                    itself.send_anyway(Event::Command(came));
                }
                Effect::Lend(_)
                | Effect::Settings(_)
                | Effect::Copy(_)
                | Effect::Notify(_)
                | Effect::Redraw
                | Effect::Suspend => {}
                wish => world.wish(wish),
            }
        }
        if leaves {
            drop(events);
            world.finish();
            return Ok(());
        }
        world.pass_on();
    }
    Ok(())
}

/// The next event; while something waits for a run also that time goes by.
fn next(events: &Inbox, waits: bool) -> Option<Event> {
    if !waits {
        return events.recv().ok();
    }
    match events.recv_timeout(TICK) {
        Ok(event) => Some(event),
        Err(RecvTimeoutError::Timeout) => Some(Event::Tick),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

/// What was said so far.
struct Paper {
    /// Whether somebody sits there who is to be asked.
    asks: bool,
    /// Whether the last thing written is the mark that asks.
    asked: bool,
}

impl Paper {
    fn write(&mut self, says: &[String]) -> io::Result<()> {
        if says.is_empty() && self.asked {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if std::mem::take(&mut self.asked) && !says.is_empty() {
            writeln!(out)?;
        }
        for line in says {
            writeln!(out, "{line}")?;
        }
        if self.asks {
            write!(out, "> ")?;
            self.asked = true;
        }
        out.flush()
    }
}

/// Reads what a person writes, in a thread of its own that ends with the process; `hold`: it reads
/// only while it has this, and has it only while there is a line.
fn read_lines(told: Post, hold: Option<Arc<Mutex<()>>>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("lines".to_owned())
        .spawn(move || {
            loop {
                let held = hold.as_ref().map(|hold| until_line(hold));
                let line = read_line(&mut io::stdin().lock());
                drop(held);
                let ends = line.is_none();
                let event = match line {
                    Some(Err(TooLong)) => Event::TakenUp {
                        told: format!("a line of more than {MAX_LINE} bytes was not taken"),
                        bad: true,
                    },
                    Some(Ok(line)) => Event::Line(Some(line)),
                    None => Event::Line(None),
                };
                if told.send(event).is_err() || ends {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Waits until a line was typed that nobody else took.
fn until_line(hold: &Mutex<()>) -> MutexGuard<'_, ()> {
    let stdin = io::stdin();
    // Where it can't be asked, the read itself tells why.
    let typed = |patience: Option<&Timespec>| {
        poll(&mut [PollFd::new(&stdin, PollFlags::IN)], patience) != Ok(0)
    };
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    loop {
        typed(None);
        let held = hold.lock().unwrap_or_else(PoisonError::into_inner);
        if typed(Some(&at_once)) {
            return held;
        }
    }
}

/// A line that is longer than any that is taken: what stands at its end is no line of its own.
#[derive(Debug, PartialEq, Eq)]
struct TooLong;

/// The next line; `None`: none will come any more.
fn read_line(from: &mut impl BufRead) -> Option<Result<String, TooLong>> {
    let mut bytes = Vec::new();
    let mut some = from.by_ref().take(MAX_LINE);
    let read = some.read_until(b'\n', &mut bytes).ok()?;
    if read == 0 {
        return None;
    }
    if read as u64 >= MAX_LINE && !bytes.ends_with(b"\n") {
        from.skip_until(b'\n').ok()?;
        return Some(Err(TooLong));
    }
    Some(Ok(String::from_utf8_lossy(&bytes).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_whole_or_not_at_all() {
        let long = "x".repeat(5_000) + " yes\nno\n\nlast";
        let mut from = long.as_bytes();
        let mut next = || read_line(&mut from);
        assert_eq!(next(), Some(Err(TooLong)));
        assert_eq!(next(), Some(Ok("no".to_owned())));
        assert_eq!(next(), Some(Ok(String::new())));
        assert_eq!(next(), Some(Ok("last".to_owned())));
        assert_eq!(next(), None);
    }
}
