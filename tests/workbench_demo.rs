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
use support::terminal::{Counted, Terminal};

#[test]
fn from_the_first_key_to_landed_by_keys_alone() {
    let project = Project::new();
    let folder = project.outside("sample");
    let dir = folder.display().to_string();
    let terminal = Terminal::sized(&project, &["demo", "--dir", &dir], 120, 35);
    let mut person = Counted::new(terminal);
    // What would be done is on the screen before anything is pressed.
    person.terminal.until("Tags and reading time");
    person.terminal.until("A run would begin");
    person.terminal.until("recorded in role build");
    person.press("r");
    person.terminal.until("started from");
    person.terminal.until("[3 Pipeline]");
    // The run is followed: what it asks comes up by itself, with all that is decided on.
    person.terminal.until("Is this the change you want?");
    person.terminal.until("✓ same tree");
    let started = person.keys;
    // A person reads it first: what is pressed in the moment in which it comes up is not taken.
    person
        .terminal
        .looks_on(std::time::Duration::from_millis(600));
    person.press("a");
    person.terminal.until("approved");
    let decided = person.keys;
    person.terminal.until("completed");
    person.press("L");
    person.terminal.until("on main?");
    person.press("y");
    person.terminal.until("landed on main as");
    assert_eq!((started, decided, person.keys), (1, 2, 4));
    person.press("q");
    assert_eq!(person.terminal.ends(), 0, "{}", person.terminal.shown());
    let page = std::fs::read_to_string(folder.join("field-notes/bin/build")).unwrap();
    assert!(page.contains("minutes"), "the change is in the checkout");
}
