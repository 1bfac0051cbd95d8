//! The workbench: the full screen.
//!
//! Law: the state changes only by events (`app`), is painted by functions of it (`draw`), and
//! touches the world only through effects that this file carries out. The command line and the
//! workbench never import each other.

pub mod actions;
pub mod app;
pub mod commands;
pub mod draw;
pub mod keymap;
pub mod keys;
pub mod layout;
mod pace;
pub mod plain;
pub mod post;
pub mod settings;
pub mod terminal;
pub mod theme;
mod trace;
pub mod world;

use crate::dialogue::author::Choose;
use crate::dialogue::start::Subject;
use crate::records::project::Project;
use crate::records::user::UserDir;
use crate::terms::ItemId;
use app::{App, Effect, Event};
use color_eyre::eyre::Report;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pace::Pace;
use settings::Settings;
use std::collections::VecDeque;
use terminal::{Screen, command, editor, screen, signals};
use theme::colour::Depth;
use trace::Trace;
use world::World;

/// How many events may wait for the screen in each queue; who tells more waits.
const EVENTS: usize = 16;

/// Opens the workbench on a project, until the person leaves. Runs go on.
pub fn open(project: Project) -> Result<(), Report> {
    sit(project, |_, _| (), Choose::default())
}

/// The same, with this item of the backlog chosen.
pub fn open_at(project: Project, item: ItemId) -> Result<(), Report> {
    let choose = |app: &mut App, _: &mut Vec<Effect>| app.backlog.chooses(item);
    sit(project, choose, Choose::default())
}

/// The same, in the dialogue about this, with whom was chosen for the dialogues of this sitting.
pub fn open_about(project: Project, subject: Subject, choose: Choose) -> Result<(), Report> {
    let about = |app: &mut App, wishes: &mut Vec<Effect>| app.converse_about(subject, wishes);
    sit(project, about, choose)
}

fn sit(
    project: Project,
    begin: impl FnOnce(&mut App, &mut Vec<Effect>),
    choose: Choose,
) -> Result<(), Report> {
    let depth = Depth::of(|name| std::env::var(name).ok());
    // What is to be shown was decided above, once: nothing below looks at the environment again.
    crossterm::style::force_color_output(depth > Depth::None);
    let settings = Settings::of(UserDir::find(), depth);
    let (looks, mut faults) = settings.looks();
    let (keymap, of_keys) = settings.keymap();
    faults.extend(of_keys);
    let mut screen = Screen::take()?;
    let begun = Timestamp::now().to_zoned(TimeZone::UTC);
    let mut app = App::new(&begun, screen::size()?, keymap, looks.now());
    app.look(looks);
    app.faulty(&faults);
    let mut wishes = Vec::new();
    begin(&mut app, &mut wishes);
    screen.lead(&app.painted.links);
    // The first frame is painted before anything is read.
    screen.paint(app.size, app.selection.is_some(), |frame| {
        draw::draw(&app, frame);
    })?;
    // Nothing there tells a time, and finding out which zone this is can take a while.
    app.zone = TimeZone::system();
    let (told, events) = post::open(EVENTS);
    signals::catch(told.clone())?;
    screen.listen(told.clone(), looks.asks())?;
    let mut world = World::open(project, told.clone(), choose)?;
    for wish in wishes {
        world.wish(wish);
    }
    let mut trace = Trace::open()?;
    let mut pace = Pace::new();
    while let Some(event) = pace.first(&events, app.changes_in()) {
        let mut waiting = VecDeque::from([event]);
        while let Some(event) = waiting
            .pop_front()
            .or_else(|| pace.next(&events, app.lays_out()))
        {
            if let Event::Replied(reply) = &event {
                screen.replied(reply)?;
            }
            for effect in app.update(Timestamp::now(), event) {
                match effect {
                    Effect::Leave => {
                        drop(events);
                        return leave(screen, world, app);
                    }
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
                    Effect::Write(text) => {
                        let wrote = screen.lend(|| editor::write(&text))?;
                        waiting.push_front(resized()?);
                        waiting.push_front(Event::Wrote(wrote.map_err(|e| e.to_string())));
                    }
                    Effect::InTerminal(ordered) => {
                        let told = screen.lend(|| command::run(&ordered))?;
                        waiting.push_front(resized()?);
                        waiting.push_front(Event::Command(told));
                    }
                    Effect::Lend(loan) => {
                        screen.lend(|| loan.give())?;
                        waiting.push_front(resized()?);
                    }
                    Effect::Mouse(wanted) => screen.mouse(wanted)?,
                    Effect::Copy(text) => screen.copy(&text)?,
                    Effect::Notify(text) => screen.notify(&text)?,
                    Effect::CopyText(selection) => {
                        // A drag that was over before a frame came has none to be read from yet.
                        if !screen.keeps() {
                            screen.paint(app.size, true, |frame| draw::draw(&app, frame))?;
                        }
                        screen.copy_text(selection)?;
                    }
                    Effect::Settings(wish) => settings.carry_out(wish, told.clone())?,
                    wish => world.wish(wish),
                }
            }
        }
        world.pass_on();
        screen.signs(&app.title(), app.progress())?;
        let painted = screen.paint(app.size, app.selection.is_some(), |frame| {
            draw::draw(&app, frame);
        })?;
        trace.frame(pace.events, pace.painted(), painted);
    }
    Ok(())
}

/// Gives the terminal back, and sees to it that what a person ordered is done: a key that was
/// pressed counts, whatever was pressed after it.
fn leave(screen: Screen, world: World, app: App) -> Result<(), Report> {
    drop(screen);
    let said = match app.under_way().filter(|_| world.owes()) {
        Some(doing) => screen::say(&doing),
        None => Ok(()),
    };
    // What was told of a large project is many thousand pieces: the system takes them back at once
    // when the process ends, which is next.
    std::mem::forget(app);
    world.finish();
    Ok(said?)
}

/// The size of the terminal, as it is after somebody else had it.
fn resized() -> std::io::Result<Event> {
    let (columns, rows) = screen::size()?;
    Ok(Event::Resized(columns, rows))
}
