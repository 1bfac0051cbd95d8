//! The program on a terminal of its own: what a person sees and types.
//!
//! Every action of `src/workbench/actions.rs` is proved here at least once, by a test in
//! `tests/workbench*.rs` (or in a file below `tests/workbench*/`) that presses its key and sees what
//! comes of it:
//!
//! ```text
//! use support::terminal::{Terminal, comes, proves};
//!
//! #[test]
//! fn the_help_is_one_key_away() {
//!     ...
//!     proves!(Help on terminal, comes("Steer the run"));
//! }
//! ```
//!
//! The name is a variant of `Action`: one that does not exist does not compile. The key is read from
//! its row. What is to come of it must not be so before the key was pressed, and is waited for after
//! it: a key that does nothing, or something else, proves nothing. The test
//! `every_action_is_proved_by_a_test_on_a_terminal` in `tests/every_action.rs` reads the sources and
//! fails with the names of the actions that nobody proves, so a new row needs its test to be built.

use super::project::Project;
use harness_tui::workbench::actions::Action;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long anything may take to come before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What terminals leave in the environment.
const TRACES: [&str; 11] = [
    "TMUX",
    "STY",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LC_TERMINAL",
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "VTE_VERSION",
];

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The program on a terminal of its own, and what stands on it.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    printed: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Every byte that came.
    pub raw: Vec<u8>,
    /// How many of them stand on the screen.
    on_screen: usize,
}

/// A terminal, and how many keys were pressed on it that are no words of an answer.
pub struct Counted {
    pub terminal: Terminal,
    pub keys: usize,
}

impl Counted {
    pub fn new(terminal: Terminal) -> Self {
        Self { terminal, keys: 0 }
    }

    /// Presses these keys, one a character.
    pub fn press(&mut self, keys: &str) {
        self.terminal.types(keys);
        self.keys += keys.chars().count();
    }
}

impl Terminal {
    pub fn open(project: &Project, args: &[&str]) -> Self {
        Self::sized(project, args, 80, 24)
    }

    /// The same on a screen of this many columns and rows.
    pub fn sized(project: &Project, args: &[&str], cols: u16, rows: u16) -> Self {
        Self::within(project, args, (cols, rows), &[])
    }

    /// The same with these variables.
    pub fn within(
        project: &Project,
        args: &[&str],
        (cols, rows): (u16, u16),
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_harness-tui"));
        command.args(args);
        command.cwd(project.home());
        command.env("TERM", "xterm-256color");
        command.env(
            "HARNESS_TUI_HOME",
            super::trusted::user(project.outside("user")),
        );
        command.env_remove("HARNESS_ATTEMPT");
        for unwanted in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLORTERM"] {
            command.env_remove(unwanted);
        }
        // What the terminal of whoever tests says of itself is not so of this one.
        for trace in TRACES {
            command.env_remove(trace);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        Self::start(command, cols, rows)
    }

    /// Any program on a terminal of its own.
    pub fn start(command: CommandBuilder, cols: u16, rows: u16) -> Self {
        let size = size(cols, rows);
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n) = reader.read(&mut piece) {
                if n == 0 || sender.send(piece[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keys: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            printed,
            screen: vt100::Parser::new(rows, cols, 500),
            raw: Vec::new(),
            on_screen: 0,
        }
    }

    /// Waits until this stands on the screen, which nothing is wider than.
    pub fn until(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.screen.screen().contents().contains(text) {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(e) => panic!("'{text}' never came ({e:?})\n{}", self.shown()),
            }
            assert!(begun.elapsed() < PATIENCE, "'{text}':\n{}", self.shown());
        }
    }

    /// Waits until this was printed as a question, or the program ended without.
    pub fn until_asked_or_ended(&mut self, question: &str) {
        let begun = Instant::now();
        while self.printed_times(question.as_bytes()) == 0 {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => panic!("'{question}':\n{}", self.shown()),
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "'{question}':\n{}",
                self.shown()
            );
        }
    }

    /// Waits until the first cell of the screen has this ground.
    pub fn until_ground(&mut self, ground: vt100::Color) {
        let begun = Instant::now();
        loop {
            let cell = self.screen.screen().cell(0, 0).unwrap();
            if cell.bgcolor() == ground {
                return;
            }
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(e) => panic!("{ground:?} never came ({e:?})\n{}", self.shown()),
            }
            assert!(begun.elapsed() < PATIENCE, "{ground:?}:\n{}", self.shown());
        }
    }

    /// Waits until the screen is as wanted; `what` says how, where it never is.
    pub fn until_it(&mut self, what: &str, mut is: impl FnMut(&str) -> bool) {
        let begun = Instant::now();
        while !is(&self.screen.screen().contents()) {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(e) => panic!("{what}: never ({e:?})\n{}", self.shown()),
            }
            assert!(begun.elapsed() < PATIENCE, "{what}:\n{}", self.shown());
        }
    }

    /// Has a person press an action's key, and waits for what comes of it, which must not be so yet.
    pub fn proves(&mut self, action: Action, sign: &Sign<'_>) {
        let row = action.row();
        let (name, key) = (row.name, row.keys[0]);
        let before = self.shown();
        let what = sign.what();
        assert!(!sign.is(self), "{what} before {key} ({name})\n{before}");
        self.types(&sent_by(key));
        let begun = Instant::now();
        while !sign.is(self) {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(e) => panic!("never {what} after {key} ({name}, {e:?})\n{}", self.shown()),
            }
            assert!(begun.elapsed() < PATIENCE, "{what}:\n{}", self.shown());
        }
    }

    /// As long as a person looks at what just came up, before a key for it counts.
    pub fn reads(&mut self) {
        self.looks_on(Duration::from_millis(600));
    }

    /// Waits until this no longer stands on the screen.
    pub fn until_gone(&mut self, text: &str) {
        self.until_it(&format!("'{text}' is gone"), |shown| !shown.contains(text));
    }

    /// Waits until this was printed more often than `before`; returns how often.
    pub fn until_printed(&mut self, what: &[u8], before: usize) -> usize {
        let begun = Instant::now();
        loop {
            let times = self.printed_times(what);
            if times > before {
                return times;
            }
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(e) => panic!("{what:?} was never printed ({e:?})\n{}", self.shown()),
            }
            assert!(begun.elapsed() < PATIENCE, "{what:?}\n{}", self.shown());
        }
    }

    /// How often this was printed.
    pub fn printed_times(&self, what: &[u8]) -> usize {
        self.raw.windows(what.len()).filter(|w| *w == what).count()
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    fn take(&mut self, piece: &[u8]) {
        self.raw.extend_from_slice(piece);
        // A frame is shown when it is whole, as terminals do: half of one says what never was.
        let last = |what: &[u8]| self.raw.windows(what.len()).rposition(|w| w == what);
        let (begins, ended) = (last(b"\x1b[?2026h"), last(b"\x1b[?2026l"));
        let whole = match begins {
            Some(begins) if Some(begins) > ended => begins,
            _ => self.raw.len(),
        };
        if whole > self.on_screen {
            self.screen.process(&self.raw[self.on_screen..whole]);
            self.on_screen = whole;
        }
    }

    /// What stands on it, and how.
    pub fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// The window gets another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let master = self.master.as_ref().unwrap();
        master.resize(size(cols, rows)).unwrap();
        // The screen that stands for the terminal can't be as small as a window can.
        let (rows, cols) = (rows.max(10), cols.max(40));
        self.screen.screen_mut().set_size(rows, cols);
    }

    /// Takes in what is printed for this long.
    pub fn looks_on(&mut self, long: Duration) {
        let until = Instant::now() + long;
        while let Ok(piece) = self
            .printed
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.take(&piece);
        }
    }

    /// Forgets the bytes that stand on the screen, so that they do not pile up.
    pub fn lets_go(&mut self) {
        self.raw.drain(..self.on_screen);
        self.on_screen = 0;
    }

    /// The settings of the terminal's line, in words that can be compared.
    pub fn line_settings(&self) -> String {
        let master = self.master.as_ref().unwrap();
        format!("{:?}", master.get_termios().unwrap())
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.child.process_id().unwrap();
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn types(&mut self, keys: &str) {
        let to = self.keys.as_mut().unwrap();
        to.write_all(keys.as_bytes()).unwrap();
        to.flush().unwrap();
    }

    /// The exit code, after everything that was printed is on the screen.
    pub fn ends(&mut self) -> u32 {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "it goes on\n{}", self.shown());
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(&piece),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it never ended\n{}", self.shown()),
            }
        }
        self.child.wait().unwrap().exit_code()
    }

    /// The terminal goes away, as when its window is closed.
    pub fn closes(mut self) -> u32 {
        self.keys = None;
        self.master = None;
        let pid = self.child.process_id().unwrap();
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        // A reader still holds the other end; what the kernel would send is sent.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::HUP);
        self.child.wait().unwrap().exit_code()
    }
}

/// What a person sees of a key that was pressed.
pub enum Sign<'a> {
    /// This text comes.
    Comes(&'a str),
    /// This text goes.
    Goes(&'a str),
    /// This becomes so.
    Turns(&'a str, &'a dyn Fn(&Terminal) -> bool),
}

impl Sign<'_> {
    fn is(&self, terminal: &Terminal) -> bool {
        match self {
            Self::Comes(text) => terminal.shown().contains(text),
            Self::Goes(text) => !terminal.shown().contains(text),
            Self::Turns(_, is) => is(terminal),
        }
    }

    fn what(&self) -> String {
        match self {
            Self::Comes(text) => format!("'{text}' is there"),
            Self::Goes(text) => format!("'{text}' is not there"),
            Self::Turns(what, _) => format!("it is so: {what}"),
        }
    }
}

/// What the terminal sends: a button at this column and row, counted from 0.
pub fn mouse(code: u8, (column, row): (usize, usize), end: char) -> String {
    format!("\x1b[<{code};{};{}{end}", column + 1, row + 1)
}

/// Where a text stands: its column and row.
pub fn place(terminal: &Terminal, text: &str) -> (usize, usize) {
    let shown = terminal.shown();
    let mut rows = shown.lines().enumerate();
    let found = rows.find_map(|(y, row)| {
        let at = row.find(text)?;
        Some((row[..at].chars().count(), y))
    });
    found.unwrap_or_else(|| panic!("'{text}' is not there:\n{shown}"))
}

/// This text comes.
pub fn comes(text: &str) -> Sign<'_> {
    Sign::Comes(text)
}

/// This text goes.
pub fn goes(text: &str) -> Sign<'_> {
    Sign::Goes(text)
}

/// This becomes so.
pub fn turns<'a>(what: &'a str, is: &'a dyn Fn(&Terminal) -> bool) -> Sign<'a> {
    Sign::Turns(what, is)
}

/// What a terminal sends for a key, as it is written in the table.
fn sent_by(key: &str) -> String {
    if let Some(letter) = key.strip_prefix("ctrl-") {
        let letter = letter.chars().next().unwrap();
        return char::from(letter as u8 & 0x1f).to_string();
    }
    let sent = match key {
        "enter" => "\r",
        "esc" => "\x1b",
        "tab" => "\t",
        "space" => " ",
        "pagedown" => "\x1b[6~",
        "pageup" => "\x1b[5~",
        key if key.chars().count() == 1 => key,
        other => panic!("what a terminal sends for {other} is not known here"),
    };
    sent.to_owned()
}

/// Presses an action's key and waits for what comes of it; see the head of this file.
#[allow(unused_macros, reason = "each test file uses a part")]
macro_rules! proves {
    ($action:ident on $terminal:expr, $sign:expr) => {
        $terminal.proves(harness_tui::workbench::actions::Action::$action, &$sign)
    };
}
#[allow(unused_imports, reason = "each test file uses a part")]
pub(crate) use proves;
