//! The workbench: the full screen.
//!
//! Law: the state changes only by events (`app`), is painted by functions of it (`draw`), and
//! touches the world only through effects that this file carries out. The command line and the
//! workbench never import each other.

pub mod actions;
pub mod app;
pub mod draw;
pub mod keymap;
pub mod layout;
pub mod settings;
pub mod terminal;
pub mod theme;
pub mod world;

use crate::records::project::Project;
use crate::records::user::UserDir;
use app::{App, Effect, Event};
use color_eyre::eyre::Report;
use jiff::{Timestamp, Zoned};
use keymap::Keymap;
use settings::Settings;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;
use terminal::{Screen, editor, screen, signals};
use theme::colour::Depth;
use world::World;

/// How many events may wait for the screen; who tells more waits.
const EVENTS: usize = 256;
/// How many events are taken in before a frame is painted.
const AT_ONCE: usize = 64;
/// What changes with time alone is painted this often.
const SECOND: Duration = Duration::from_secs(1);

/// Opens the workbench on a project, until the person leaves. Runs go on.
pub fn open(project: Project) -> Result<(), Report> {
    let keymap = Keymap::new(&BTreeMap::new())?;
    let depth = Depth::of(|name| std::env::var(name).ok());
    // What is to be shown was decided above, once: nothing below looks at the environment again.
    crossterm::style::force_color_output(depth > Depth::None);
    let settings = Settings::of(UserDir::find(), depth);
    let (looks, faults) = settings.looks();
    let mut screen = Screen::take()?;
    let mut app = App::new(&Zoned::now(), screen::size()?, keymap, looks.now());
    app.look(looks);
    app.faulty(&faults);
    // The first frame is painted before anything is read.
    screen.paint(app.size, app.selection.is_some(), |frame| {
        draw::draw(&app, frame)
    })?;
    let (told, events) = sync_channel(EVENTS);
    signals::catch(told.clone())?;
    screen.listen(told.clone(), looks.asks())?;
    let mut world = World::open(project, told.clone())?;
    while let Some(batch) = next(&events, app.is_live()) {
        let mut waiting: VecDeque<Event> = batch.into();
        while let Some(event) = waiting.pop_front() {
            if let Event::Replied(reply) = &event {
                screen.replied(reply)?;
            }
            for effect in app.update(Timestamp::now(), event) {
                match effect {
                    Effect::Leave => return Ok(()),
                    Effect::Redraw => screen.forget()?,
                    Effect::Retake => {
                        screen.retake()?;
                        waiting.push_front(resized()?);
                    }
                    Effect::Suspend => {
                        screen.suspend()?;
                        waiting.push_front(resized()?);
                    }
                    Effect::Edit { root, path, line } => {
                        let edited = screen.lend(|| editor::edit(&root, &path, line))?;
                        waiting.push_front(resized()?);
                        let trouble = edited.err().map(|e| e.to_string());
                        waiting.push_front(Event::Edited { trouble });
                    }
                    Effect::Mouse(wanted) => screen.mouse(wanted)?,
                    Effect::Copy(text) => screen.copy(&text)?,
                    Effect::CopyText(selection) => screen.copy_text(selection)?,
                    Effect::Settings(wish) => settings.carry_out(wish, told.clone())?,
                    wish => world.wish(wish),
                }
            }
        }
        world.pass_on();
        screen.paint(app.size, app.selection.is_some(), |frame| {
            draw::draw(&app, frame)
        })?;
    }
    Ok(())
}

/// The events that are there, at least one; waits for it without end where time changes nothing.
fn next(events: &Receiver<Event>, live: bool) -> Option<Vec<Event>> {
    let first = if live {
        match events.recv_timeout(SECOND) {
            Err(RecvTimeoutError::Timeout) => Event::Tick,
            event => event.ok()?,
        }
    } else {
        events.recv().ok()?
    };
    let rest = std::iter::from_fn(|| events.try_recv().ok()).take(AT_ONCE);
    Some(std::iter::once(first).chain(rest).collect())
}

/// The size of the terminal, as it is after somebody else had it.
fn resized() -> std::io::Result<Event> {
    let (columns, rows) = screen::size()?;
    Ok(Event::Resized(columns, rows))
}
