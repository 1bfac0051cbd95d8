//! The screen: the terminal, taken; the one way by which anything is written to it.

use super::held::Held;
use super::input::Reply;
use super::kind::Kind;
use super::modes::{self, Mode};
use super::out::Out;
use super::reader::Reader;
use super::settings::Settings;
use super::signals;
use super::signs::Signs;
use crate::text::width;
use crate::workbench::app::links::Links;
use crate::workbench::app::mouse::Selection;
use crate::workbench::app::signs::Progress;
use crate::workbench::post::Post;
use crate::workbench::trace::Painted;
use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;
use std::io::{self, Write};
use std::time::Instant;

/// Says something to a person where the terminal is theirs again.
pub fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", crate::text::SafeText::line(text))?;
    out.flush()
}

/// Enough for a frame of a large screen: it is written at once.
const BUFFER: usize = 64 * 1024;
/// The exit code after a panic, as the language has it.
const PANICKED: i32 = 101;
/// A larger screen is painted on this much of it: no window has more, and a size is a number from
/// outside.
const LARGEST: (u16, u16) = (1000, 500);
/// The modes that the screen wants from the start.
const WANTED: [Mode; 6] = [
    Mode::Title,
    Mode::Alternate,
    Mode::Cursor,
    Mode::Paste,
    Mode::Focus,
    Mode::Mouse,
];
/// Which keyboard, which program.
const QUESTIONS: &str = "\x1b[?u\x1b[>0q";
/// Which background.
const GROUND: &str = "\x1b]11;?\x1b\\";
/// What every terminal answers: the last question.
const LAST: &str = "\x1b[c";

/// The screen, taken.
pub struct Screen {
    terminal: Terminal<Out<Held>>,
    held: Held,
    reader: Option<Reader>,
    /// Whether the terminal has the better keyboard protocol, as far as it said.
    keyboard: bool,
    /// Whether the mouse is wanted.
    mouse: bool,
    /// What the window was told.
    signs: Signs,
    /// What the last frame shows, where it was kept.
    shown: Option<Buffer>,
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
        let (columns, rows) = size()?;
        let held = Held::with_capacity(BUFFER);
        let out = Out::new(held.clone(), Size::new(columns, rows));
        let mut screen = Self {
            terminal: Terminal::new(out)?,
            held,
            reader: None,
            keyboard: false,
            mouse: true,
            signs: Signs::new(Kind::of(|name| std::env::var(name).ok())),
            shown: None,
        };
        // From here on it is given back when `screen` is dropped.
        screen.enter()?;
        Ok(screen)
    }

    /// Tells what the terminal says from now on, and asks it what it is. Nothing waits for the
    /// answers: they come as events. `ground`: the background is asked for.
    pub fn listen(&mut self, events: Post, ground: bool) -> io::Result<()> {
        let reader = Reader::start(events)?;
        reader.asked();
        self.reader = Some(reader);
        let ground = if ground { GROUND } else { "" };
        self.write(&format!("{QUESTIONS}{ground}{LAST}"))
    }

    /// Takes an answer of the terminal in.
    pub fn replied(&mut self, reply: &Reply) -> io::Result<()> {
        if matches!(reply, Reply::Keyboard(_)) {
            self.keyboard = true;
            let out = &mut self.terminal.backend_mut().inner;
            Mode::Keyboard.on(out)?;
            io::Write::flush(out)?;
        }
        if let Reply::Version(version) = reply {
            self.signs.kind.told(version);
            self.terminal
                .backend()
                .links
                .take(self.signs.kind.takes_links());
        }
        Ok(())
    }

    /// Where the cells lead that are painted from now on.
    pub fn lead(&mut self, links: &Links) {
        links.take(self.signs.kind.takes_links());
        self.terminal.backend_mut().links = links.clone();
    }

    /// Tells the window its title and how far the runs are, where it does not know.
    pub fn signs(&mut self, title: &str, progress: Option<Progress>) -> io::Result<()> {
        let out = &mut self.terminal.backend_mut().inner;
        self.signs.entitle(title, out)?;
        self.signs.progress(progress, out)?;
        io::Write::flush(out)
    }

    /// Tells a person something who looks elsewhere.
    pub fn notify(&mut self, text: &str) -> io::Result<()> {
        let out = &mut self.terminal.backend_mut().inner;
        self.signs.notify(text, out)?;
        io::Write::flush(out)
    }

    /// Paints one frame of this many columns and rows, between the marks that keep a terminal from
    /// showing half of it. `keep`: what it shows is kept, for [`Screen::copy_text`].
    pub fn paint(
        &mut self,
        (columns, rows): (u16, u16),
        keep: bool,
        paint: impl FnOnce(&mut Frame<'_>),
    ) -> io::Result<Painted> {
        let begun = Instant::now();
        self.held.hold();
        let out = self.terminal.backend_mut();
        out.size = Size::new(columns, rows);
        out.cells = 0;
        io::Write::write_all(&mut out.inner, modes::FRAME.as_bytes())?;
        let painted = self.terminal.draw(paint);
        let painted = painted.map(|frame| self.shown = keep.then(|| frame.buffer.clone()));
        let out = self.terminal.backend_mut();
        io::Write::write_all(&mut out.inner, modes::FRAME_END.as_bytes())?;
        let cells = out.cells;
        let drawn = Instant::now();
        let bytes = self.held.let_go()?;
        painted?;
        Ok(Painted {
            cells,
            bytes,
            draw: drawn - begun,
            flush: drawn.elapsed(),
        })
    }

    /// Forgets what is on the screen: the next frame is painted whole.
    pub fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Takes the mouse, or leaves it to the terminal for selecting.
    pub fn mouse(&mut self, wanted: bool) -> io::Result<()> {
        self.mouse = wanted;
        let out = &mut self.terminal.backend_mut().inner;
        if wanted {
            Mode::Mouse.on(out)?;
        } else {
            Mode::Mouse.off(out)?;
        }
        io::Write::flush(out)
    }

    /// Puts a text into the terminal's clipboard, over ssh too (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(
            self.terminal.backend_mut().inner,
            CopyToClipboard::to_clipboard_from(text)
        )
    }

    /// Whether the last frame was kept.
    pub fn keeps(&self) -> bool {
        self.shown.is_some()
    }

    /// Copies the text that stands in these cells of the frame that was kept.
    pub fn copy_text(&mut self, selection: Selection) -> io::Result<()> {
        match self.shown.take() {
            Some(shown) => self.copy(&text_of(&shown, selection)),
            None => Ok(()),
        }
    }

    /// Gives the terminal back and stops the process, as ctrl-z does; takes it again when the
    /// process goes on.
    pub fn suspend(&mut self) -> io::Result<()> {
        // The default action stops every thread; the call comes back when the process goes on.
        self.give_for(|| emulate_default_handler(SIGTSTP))?
    }

    /// Somebody else had the terminal without being lent it: the process was stopped from outside.
    pub fn retake(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        let out = &mut self.terminal.backend_mut().inner;
        modes::again(out)?;
        self.signs.forget();
        self.forget()
    }

    /// Gives the terminal back for as long as this takes. Nothing is read meanwhile. However it is
    /// left, its settings are afterwards what they were.
    pub fn lend<T>(&mut self, use_it: impl FnOnce() -> T) -> io::Result<T> {
        self.give_for(|| {
            let settings = Settings::now();
            let came = use_it();
            settings.set_back();
            came
        })
    }

    /// The same, and whoever had it may have set it otherwise for good.
    fn give_for<T>(&mut self, use_it: impl FnOnce() -> T) -> io::Result<T> {
        if let Some(reader) = &mut self.reader {
            reader.settle();
            reader.hold();
        }
        signals::lent(true);
        give_back();
        let came = use_it();
        let entered = self.enter();
        signals::lent(false);
        entered?;
        self.forget()?;
        if let Some(reader) = &self.reader {
            reader.resume();
        }
        Ok(came)
    }

    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.signs.forget();
        let out = &mut self.terminal.backend_mut().inner;
        let asked = WANTED
            .into_iter()
            .filter(|m| self.mouse || *m != Mode::Mouse);
        for mode in asked.chain(self.keyboard.then_some(Mode::Keyboard)) {
            mode.on(out)?;
        }
        io::Write::flush(out)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let out = &mut self.terminal.backend_mut().inner;
        io::Write::write_all(out, text.as_bytes())?;
        io::Write::flush(out)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What is still answered or typed is not to reach whoever reads the terminal next.
        if let Some(reader) = &mut self.reader {
            reader.settle();
            reader.hold();
        }
        give_back();
    }
}

/// The text of some cells, a line a row, without the blanks at the ends.
fn text_of(shown: &Buffer, selection: Selection) -> String {
    let row = |cells: Rect| {
        let cells = cells.intersection(shown.area);
        let mut text = String::new();
        let mut x = cells.x;
        while x < cells.right() {
            let symbol = shown[(x, cells.y)].symbol();
            text.push_str(symbol);
            // A wide character stands in the cells after it too.
            x += u16::try_from(width(symbol).max(1)).unwrap_or(1);
        }
        text.trim_end().to_owned()
    };
    let rows: Vec<String> = selection.rows().map(row).collect();
    rows.join("\n")
}

/// The columns and rows of the terminal, bounded.
pub fn size() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    Ok((size.ws_col.min(LARGEST.0), size.ws_row.min(LARGEST.1)))
}

/// Everything that was switched on is switched off. A terminal that is gone is no error: there is
/// nobody left to tell.
fn give_back() {
    let mut out = io::stdout();
    let _ = modes::all_off(&mut out);
    let _ = out.flush();
    let _ = disable_raw_mode();
}
