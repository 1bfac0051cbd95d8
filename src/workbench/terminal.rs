//! The terminal: taking it, giving it back exactly as it was, its keys, its clipboard.
//!
//! It is given back on every way out: by leaving, by an error, by a panic, by a signal.

mod held;
mod probe;

use super::app::Event;
use super::trace::Painted;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, KeyEventKind,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use held::Held;
use probe::{Late, Sifted};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::io::{self, Write};
use std::sync::mpsc::{SendError, SyncSender};
use std::time::{Duration, Instant};

/// Enough for a frame of a large screen: it is written at once.
const BUFFER: usize = 64 * 1024;

/// The exit code after a panic, as the language has it.
const PANICKED: i32 = 101;

/// The screen, taken.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Held>>,
    held: Held,
}

impl Screen {
    /// Takes the terminal. A panic gives it back before it is told.
    pub fn take() -> io::Result<Self> {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            told(info);
            // Whichever thread it was: a screen without what stands behind it would show what is
            // no longer so. Runs go on by themselves.
            std::process::exit(PANICKED);
        }));
        if let Err(error) = enter() {
            give_back();
            return Err(error);
        }
        let held = Held::with_capacity(BUFFER);
        let terminal = Terminal::new(CrosstermBackend::new(held.clone()));
        if terminal.is_err() {
            give_back();
        }
        Ok(Self {
            terminal: terminal?,
            held,
        })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Paints one frame, between the marks that keep a terminal from showing half of it.
    pub fn paint(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<Painted> {
        let begun = Instant::now();
        self.held.hold();
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let painted = self.terminal.draw(paint).map(drop);
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let drawn = Instant::now();
        let bytes = self.held.let_go()?;
        painted?;
        Ok(Painted {
            cells: 0,
            bytes,
            draw: drawn - begun,
            flush: drawn.elapsed(),
        })
    }

    /// Forgets what is on the screen: the next frame is painted whole.
    pub fn forget(&mut self) -> io::Result<()> {
        self.wipe()
    }

    /// Clears the screen without asking the terminal where its cursor is, as `Terminal::clear`
    /// does: whoever reads the events would take the answer, and the wait for it would fail.
    fn wipe(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Puts a text into the terminal's clipboard, over ssh too (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(
            self.terminal.backend_mut(),
            CopyToClipboard::to_clipboard_from(text)
        )
    }

    /// Gives the terminal back and stops the process, as ctrl-z does; takes it again when the
    /// process goes on.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // The default action stops every thread; the call comes back when the process goes on.
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        enter()?;
        self.wipe()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        cursor::Hide,
        EnableBracketedPaste,
        EnableMouseCapture,
        EnableFocusChange,
    )
}

/// Everything that was switched on is switched off. A terminal that is gone is no error: there is
/// nobody left to tell.
fn give_back() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show,
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Reads the terminal's events from now on, in a thread of its own that ends with the process.
/// Where the background is asked for, that is told first; nothing on the screen waits for it.
pub fn read_events(events: SyncSender<Event>, asks: bool) -> io::Result<()> {
    if asks {
        probe::ask()?;
    }
    std::thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            // Who tells no longer finds anybody: the screen is gone.
            let _ = read_on(&events, asks);
        })?;
    Ok(())
}

/// How long a key that may begin a late answer waits for the next one.
const NEXT_KEY: Duration = Duration::from_millis(25);

fn read_on(events: &SyncSender<Event>, asks: bool) -> Result<(), SendError<Event>> {
    let mut late = asks.then(|| background(events)).transpose()?.flatten();
    let read = |late: &Option<Late>| {
        let waits = late.as_ref().is_some_and(Late::holds);
        if waits && !crossterm::event::poll(NEXT_KEY)? {
            return Ok(None);
        }
        crossterm::event::read().map(Some)
    };
    loop {
        let event = match read(&late) {
            Ok(Some(event)) => translated(event),
            Ok(None) => {
                let held = late.as_mut().map(Late::give_back).unwrap_or_default();
                for key in held {
                    events.send(Event::Key(key))?;
                }
                continue;
            }
            // No terminal any more: without one there is nothing to stay for.
            Err(_) => return events.send(Event::Gone),
        };
        match (event, &mut late) {
            (Some(Event::Key(key)), Some(sieve)) => match sieve.sift(key) {
                Sifted::Held => {}
                Sifted::Keys(keys) => {
                    for key in keys {
                        events.send(Event::Key(key))?;
                    }
                }
                Sifted::Told(told) => {
                    events.send(Event::Background(told))?;
                    late = None;
                }
            },
            (Some(event), _) => events.send(event)?,
            (None, _) => {}
        }
    }
}

/// Hears what was asked; what is to be done about an answer that may still come.
fn background(events: &SyncSender<Event>) -> Result<Option<Late>, SendError<Event>> {
    let heard = probe::hear();
    events.send(Event::Background(heard.background))?;
    // A change of the size was nobody's to hear until now.
    if let Ok((columns, rows)) = crossterm::terminal::size() {
        events.send(Event::Resized(columns, rows))?;
    }
    for key in heard.keys {
        events.send(Event::Key(key))?;
    }
    Ok((!heard.whole).then(Late::default))
}

fn translated(event: crossterm::event::Event) -> Option<Event> {
    use crossterm::event::Event as Told;
    match event {
        Told::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        Told::Paste(text) => Some(Event::Paste(text)),
        Told::Mouse(mouse) => Some(Event::Mouse(mouse)),
        Told::Resize(columns, rows) => Some(Event::Resized(columns, rows)),
        _ => None,
    }
}
