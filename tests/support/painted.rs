//! A screen without a terminal and without a project: what it is told goes into the real state, and
//! that is painted into a buffer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use harness_tui::workbench::app::{App, Event};
use harness_tui::workbench::draw;
use harness_tui::workbench::keymap::Keymap;
use harness_tui::workbench::theme::Theme;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::collections::BTreeMap;

/// The time on every screen.
pub fn now() -> Timestamp {
    "2026-04-02T14:05:00Z".parse().unwrap()
}

/// A screen before anything was read.
pub fn app(size: (u16, u16)) -> App {
    let keymap = Keymap::new(&BTreeMap::new()).unwrap();
    let now = now().to_zoned(jiff::tz::TimeZone::UTC);
    App::new(&now, size, keymap, Theme::new(true))
}

/// A key by its character; a control character is what a terminal makes of it.
pub fn key(c: char) -> KeyEvent {
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match c {
        '\r' => plain(KeyCode::Enter),
        '\t' => plain(KeyCode::Tab),
        '\u{1b}' => plain(KeyCode::Esc),
        '\u{1}'..='\u{1a}' => {
            let letter = char::from(b'a' - 1 + u8::try_from(c).unwrap());
            KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
        c => plain(KeyCode::Char(c)),
    }
}

/// The screen as it is painted.
pub fn painted(app: &App) -> Buffer {
    let (columns, rows) = app.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw::draw(app, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The same at another size.
pub fn sized(app: &App, columns: u16, rows: u16) -> App {
    let mut app = app.clone();
    app.update(now(), Event::Resized(columns, rows));
    app
}
