//! The terminal: taking it, giving it back exactly as it was, its keys, its clipboard.
//!
//! It is given back on every way out: by leaving, by an error, by a panic, by a signal.

use super::app::Event;
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
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::mpsc::SyncSender;

/// Enough for a frame of a large screen: it is written at once.
const BUFFER: usize = 64 * 1024;

/// The exit code after a panic, as the language has it.
const PANICKED: i32 = 101;

/// The screen, taken.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
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
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(out));
        if terminal.is_err() {
            give_back();
        }
        Ok(Self {
            terminal: terminal?,
        })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Paints one frame, between the marks that keep a terminal from showing half of it.
    pub fn paint(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let painted = self.terminal.draw(paint).map(drop);
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        painted
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
pub fn read_events(events: SyncSender<Event>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(move || {
            while let Ok(event) = crossterm::event::read() {
                let Some(event) = translated(event) else {
                    continue;
                };
                if events.send(event).is_err() {
                    return;
                }
            }
            // No terminal any more: without one there is nothing to stay for.
            let _ = events.send(Event::Gone);
        })?;
    Ok(())
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
