//! The program on a terminal, with the time at which it printed what.

use crate::support::project::Project;
use crate::support::sample::Sample;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// After so long without a word the screen is as it stays.
const SILENCE: Duration = Duration::from_millis(350);
/// How long something may take to come.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was printed, and when.
pub struct Piece {
    /// Since the start.
    pub at: Duration,
    pub bytes: Vec<u8>,
}

pub struct Player {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    printed: Receiver<Piece>,
    parser: vt100::Parser,
    pub pieces: Vec<Piece>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Player {
    /// Starts the program in the sample's folder.
    pub fn open(sample: &Sample, args: &[&str], size: (u16, u16)) -> Self {
        let user = crate::support::trusted::user(sample.outside("user"));
        Self::opened(sample, args, size, &user)
    }

    /// Opens it for somebody who has trusted nothing yet.
    pub fn untrusting(sample: &Sample, size: (u16, u16)) -> Self {
        Self::opened(sample, &[], size, &sample.outside("stranger"))
    }

    /// The same in a project whose agents are scripts.
    pub fn of(project: &Project, size: (u16, u16)) -> Self {
        let user = crate::support::trusted::user(project.outside("user"));
        let place = (project.home(), project.outside("person"));
        Self::within(place, "1", &[], size, &user)
    }

    fn opened(sample: &Sample, args: &[&str], size: (u16, u16), user: &Path) -> Self {
        let place = (sample.home(), sample.outside("person"));
        Self::within(place, sample.speed(), args, size, user)
    }

    fn within(
        (home, person): (PathBuf, PathBuf),
        speed: &str,
        args: &[&str],
        (columns, rows): (u16, u16),
        user: &Path,
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_harness-tui"));
        command.args(args);
        command.cwd(home);
        command.env("TERM", "xterm-256color");
        command.env("HARNESS_TUI_HOME", user);
        command.env("HARNESS_REPLAY_SPEED", speed);
        command.env("TZ", "UTC");
        // Nobody's own name stands on a picture.
        let user = person;
        let name = "[user]\n\tname = Robin\n\temail = robin@localhost\n";
        std::fs::create_dir_all(&user).unwrap();
        std::fs::write(user.join(".gitconfig"), name).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let own = user.join(".local/bin");
        command.env("PATH", format!("{path}:{}", own.display()));
        command.env("HOME", user);
        command.env_remove("HARNESS_ATTEMPT");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, printed) = channel();
        let begun = Instant::now();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(n) = reader.read(&mut bytes) {
                let piece = Piece {
                    at: begun.elapsed(),
                    bytes: bytes[..n].to_vec(),
                };
                if n == 0 || sender.send(piece).is_err() {
                    break;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            printed,
            parser: vt100::Parser::new(rows, columns, 0),
            pieces: Vec::new(),
        }
    }

    /// What stands on it.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
        self.parser.screen_mut().set_size(rows, columns);
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn take(&mut self, piece: Piece) {
        self.parser.process(&piece.bytes);
        self.pieces.push(piece);
    }

    /// Takes in what comes until nothing does for a while.
    pub fn settles(&mut self) {
        while let Ok(piece) = self.printed.recv_timeout(SILENCE) {
            self.take(piece);
        }
    }

    /// Waits until this stands on the screen.
    pub fn until(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.screen().contents().contains(text) {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(piece),
                Err(e) => panic!("'{text}' never came ({e:?})\n{}", self.screen().contents()),
            }
            let shown = self.screen().contents();
            assert!(begun.elapsed() < PATIENCE, "'{text}':\n{shown}");
        }
    }

    /// Looks on for so long, as who watches would.
    pub fn rests(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if let Ok(piece) = self.printed.recv_timeout(left) {
                self.take(piece);
            }
        }
    }

    /// Waits for the program's end, which must be a good one.
    pub fn ends(&mut self) {
        loop {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(piece) => self.take(piece),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it never ended"),
            }
        }
        assert_eq!(self.child.wait().unwrap().exit_code(), 0);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
