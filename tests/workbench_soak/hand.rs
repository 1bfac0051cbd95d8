//! A hand that does anything, in an order that its seed decides.

use super::TASKS;
use crate::support::project::{Project, put};
use crate::support::terminal::Terminal;
use harness_tui::workbench::actions::{Action, ROWS};
use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

pub struct Hand {
    state: u64,
    keys: Vec<String>,
    times: BTreeMap<&'static str, u64>,
    running: Vec<Child>,
    /// The last things that were given, newest last.
    pub last: Vec<String>,
}

/// How many of the last things are remembered.
const REMEMBERED: usize = 24;

impl Hand {
    pub fn new(seed: u64) -> Self {
        let leaves = [Action::Leave, Action::Interrupt, Action::Suspend];
        let rows = ROWS.iter().filter(|r| !leaves.contains(&r.action));
        let keys = rows.flat_map(|r| r.keys).filter_map(|k| bytes(k));
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            keys: keys.collect(),
            times: BTreeMap::new(),
            running: Vec::new(),
            last: Vec::new(),
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 16).unwrap() % n.max(1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub fn count(&self) -> u64 {
        self.times.values().sum()
    }

    pub fn told(&self) -> String {
        let each = self.times.iter().map(|(what, n)| format!("{n} {what}"));
        each.collect::<Vec<_>>().join(", ")
    }

    fn did(&mut self, what: &'static str, given: &str) {
        *self.times.entry(what).or_default() += 1;
        self.last.push(format!("{what} {}", given.escape_debug()));
        if self.last.len() > REMEMBERED {
            self.last.remove(0);
        }
    }

    pub fn does_something(&mut self, terminal: &mut Terminal, project: &Project) {
        match self.below(100) {
            0..=69 => self.presses(terminal),
            70..=79 => self.clicks(terminal),
            80..=84 => self.pastes(terminal),
            85..=89 => {
                let cols = [1, 20, 40, 79, 80, 100, 120, 200, 300][self.below(9)];
                let rows = [1, 5, 10, 24, 35, 60, 90][self.below(7)];
                self.did("sizes", &format!("{cols}x{rows}"));
                terminal.resize(cols, rows);
            }
            90..=92 => {
                let text = self.one(&["\x1b[I", "\x1b[O", "\x1b[?1;2c", "\x1b]11;rgb:1/2/3\x07"]);
                self.did("answers", text);
                terminal.types(text);
            }
            _ => self.changes_the_disk(project),
        }
        let pause = self.below(25);
        terminal.looks_on(Duration::from_millis(pause as u64));
        terminal.lets_go();
    }

    fn presses(&mut self, terminal: &mut Terminal) {
        let n = self.below(self.keys.len() + 4);
        let key = match self.keys.get(n) {
            Some(key) => key.clone(),
            None => self.one(&["y", "x", "word", "é"]).to_owned(),
        };
        // Whoever chooses to leave from the list of actions leaves.
        if key == "\r" {
            terminal.looks_on(Duration::from_millis(60));
            if terminal.shown().contains("Leave; runs go on") {
                self.did("keys", "\x1b");
                return terminal.types("\x1b");
            }
        }
        self.did("keys", &key);
        terminal.types(&key);
    }

    fn clicks(&mut self, terminal: &mut Terminal) {
        // In the list of actions a click chooses, and leaving is among them.
        if terminal.shown().contains("Leave; runs go on") {
            return;
        }
        let (x, y) = (self.below(130) + 1, self.below(36) + 1);
        let (code, end) = [
            (0, 'M'),
            (0, 'm'),
            (32, 'M'),
            (64, 'M'),
            (65, 'M'),
            (2, 'M'),
            (35, 'M'),
        ][self.below(7)];
        // The footer's key to leave is no place to click at.
        let (rows, _) = terminal.screen().size();
        if y >= usize::from(rows) {
            return;
        }
        let text = format!("\x1b[<{code};{x};{y}{end}");
        self.did("mouse", &text);
        terminal.types(&text);
    }

    fn pastes(&mut self, terminal: &mut Terminal) {
        let inside = self.one(&[
            "words that are pasted",
            "two\r\nlines\n\x1b[31m and a colour",
            "\u{202e}backwards \x1b]52;c;aGk=\x07",
            "q q q",
        ]);
        let times = [1, 1, 1, 200][self.below(4)];
        self.did("pastes", inside);
        terminal.types(&format!("\x1b[200~{}\x1b[201~", inside.repeat(times)));
    }

    fn changes_the_disk(&mut self, project: &Project) {
        // One command of the program at a time, as a person's other window would.
        self.running
            .retain_mut(|child| child.try_wait().unwrap().is_none());
        let runs = project.runs();
        let run = runs.get(self.below(runs.len()));
        match self.below(6) {
            0 => {
                let n = self.below(900) + 100;
                let item = format!("\n### B{n} - An item {n}\n\n**Status:** Planned\n");
                let text = project.read("harness/backlog.md");
                let text = if text.len() > 4000 {
                    text[..400].to_owned()
                } else {
                    text + &item
                };
                self.did("backlogs", &item);
                project.put("harness/backlog.md", &text);
            }
            1 => {
                let Some(run) = run else { return };
                let path = run.active_dir().run_state();
                if let Ok(text) = std::fs::read_to_string(&path) {
                    let status = self.one(&["Paused", "Active"]);
                    let line = |l: &str| match l.strip_prefix("Current Status:") {
                        Some(_) => format!("Current Status: {status}\n"),
                        None => format!("{l}\n"),
                    };
                    self.did("run states", status);
                    put(&path, &text.lines().map(line).collect::<String>());
                }
            }
            2 => {
                let Some(run) = run else { return };
                let artifact = run.run.stages.iter().flat_map(|s| &s.artifacts).next();
                let Some(artifact) = artifact else { return };
                let path = run.order.tree.join(artifact.path.as_str());
                if path.exists() {
                    let n = self.below(1000);
                    self.did("artifacts", &n.to_string());
                    put(&path, &format!("# Note\n\nChanged by hand: {n}.\n"));
                }
            }
            _ if !self.running.is_empty() => {}
            3 if runs.len() < TASKS => {
                let task = format!("T00{}", runs.len() + 1);
                self.did("runs", &task);
                self.running
                    .push(project.spawn(&["run", &task, "--detach"]));
            }
            _ => {
                let command = self.one(&["status", "pause", "resume", "why", "check"]);
                let mut words = vec![command];
                let id = run.map(|r| r.order.run.to_string()).unwrap_or_default();
                if command != "check" && command != "status" && !id.is_empty() {
                    words.push(&id);
                }
                self.did("commands", &words.join(" "));
                self.running.push(project.spawn(&words));
            }
        }
    }
}

/// What the terminal sends for a key.
fn bytes(key: &str) -> Option<String> {
    Some(match key {
        "enter" => "\r".to_owned(),
        "esc" => "\x1b".to_owned(),
        "tab" => "\t".to_owned(),
        "backtab" => "\x1b[Z".to_owned(),
        "space" => " ".to_owned(),
        "up" => "\x1b[A".to_owned(),
        "down" => "\x1b[B".to_owned(),
        "right" => "\x1b[C".to_owned(),
        "left" => "\x1b[D".to_owned(),
        "home" => "\x1b[H".to_owned(),
        "end" => "\x1b[F".to_owned(),
        "pageup" => "\x1b[5~".to_owned(),
        "pagedown" => "\x1b[6~".to_owned(),
        "shift-right" => "\x1b[1;2C".to_owned(),
        "shift-left" => "\x1b[1;2D".to_owned(),
        "f1" => "\x1bOP".to_owned(),
        _ if key.chars().count() == 1 => key.to_owned(),
        _ => {
            let letter = key.strip_prefix("ctrl-")?.bytes().next()?;
            char::from(letter & 0x1f).to_string()
        }
    })
}
