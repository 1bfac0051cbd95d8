//! The demo as a person sees it: from the first key to the landed change, by keys alone.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use support::project::Project;
use support::terminal::Terminal;

/// Keys of a person, counted.
struct Keys {
    terminal: Terminal,
    pressed: usize,
}

impl Keys {
    fn press(&mut self, key: char) {
        self.terminal.types(&key.to_string());
        self.pressed += 1;
    }
}

#[test]
fn from_the_first_key_to_landed_by_keys_alone() {
    let project = Project::new();
    let folder = project.outside("sample");
    let dir = folder.display().to_string();
    let terminal = Terminal::sized(&project, &["demo", "--dir", &dir], 120, 35);
    let mut keys = Keys {
        terminal,
        pressed: 0,
    };
    // What would be done is on the screen before anything is pressed.
    keys.terminal.until("Tags and reading time");
    keys.terminal.until("A run would begin");
    keys.terminal.until("recorded in role build");
    keys.press('r');
    keys.terminal.until("started from");
    keys.terminal.until("[3 Pipeline]");
    keys.terminal.until("waiting for you");
    let started = keys.pressed;
    keys.press('a');
    keys.terminal.until("Approve Complete?");
    keys.press('y');
    keys.terminal.until("approved");
    let decided = keys.pressed;
    keys.terminal.until("completed");
    keys.press('L');
    keys.terminal.until("on main?");
    keys.press('y');
    keys.terminal.until("landed on main as");
    assert_eq!((started, decided, keys.pressed), (1, 3, 5));
    keys.press('q');
    assert_eq!(keys.terminal.ends(), 0, "{}", keys.terminal.shown());
    let page = std::fs::read_to_string(folder.join("field-notes/bin/build")).unwrap();
    assert!(page.contains("minutes"), "the change is in the checkout");
}
