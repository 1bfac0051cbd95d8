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
    // The run is followed: what it asks comes up by itself, with all that is decided on.
    keys.terminal.until("Is this the change you want?");
    keys.terminal.until("✓ same tree");
    let started = keys.pressed;
    // A person reads it first: what is pressed in the moment in which it comes up is not taken.
    keys.terminal
        .looks_on(std::time::Duration::from_millis(600));
    keys.press('a');
    keys.terminal.until("approved");
    let decided = keys.pressed;
    keys.terminal.until("completed");
    keys.press('L');
    keys.terminal.until("on main?");
    keys.press('y');
    keys.terminal.until("landed on main as");
    assert_eq!((started, decided, keys.pressed), (1, 2, 4));
    keys.press('q');
    assert_eq!(keys.terminal.ends(), 0, "{}", keys.terminal.shown());
    let page = std::fs::read_to_string(folder.join("field-notes/bin/build")).unwrap();
    assert!(page.contains("minutes"), "the change is in the checkout");
}
