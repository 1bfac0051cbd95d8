//! What a person sees of the program who does not look at it: the title of its window, what tells
//! them that a run needs them, how far the runs are; and where its text leads.

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

use std::path::PathBuf;
use support::drive::{answers, fifo};
use support::project::{Project, WORKS, until_there};
use support::terminal::Terminal;

/// Specified, built, then a person decides.
const GATED: &str = "  - { id: spec, name: Spec, role: spec, produces: { goal: \"harness/artifacts/goal.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], context: [goal], gate: { after: \"true\" } }\n";
const SIZE: (u16, u16) = (120, 35);
/// The window loses the focus, and gets it.
const AWAY: &str = "\x1b[O";
const BACK: &str = "\x1b[I";

/// A project whose build stands still until something is written into the file.
fn held() -> (Project, PathBuf) {
    let project = Project::new();
    let (there, go) = (project.outside("there"), project.outside("go"));
    fifo(&go);
    let script = format!(
        "cat >/dev/null; echo dark >> page.txt; touch '{}'; read _ < '{}'",
        there.display(),
        go.display()
    );
    let project = project
        .reviewer("spec", &answers("goal", "# Goal\n\nAC-1 and AC-2."))
        .agent("build", &script)
        .flow(GATED);
    project.detach();
    until_there(&there);
    (project, go)
}

fn name(project: &Project) -> String {
    let home = project.home();
    home.file_name().unwrap().to_string_lossy().into_owned()
}

/// A title as the window is told it.
fn title(project: &Project, begins: &str) -> Vec<u8> {
    format!("\x1b]2;{begins} · {}\x1b\\", name(project)).into_bytes()
}

#[test]
fn the_title_says_what_waits_and_is_written_when_it_changes() {
    let (project, go) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until_printed(&title(&project, "◐ T001 build"), 0);
    // Much is painted meanwhile, and the title is none of it.
    terminal.types("?");
    terminal.until("Steer the run");
    terminal.types("\x1b");
    terminal.until_gone("Steer the run");
    std::fs::write(&go, "go\n").unwrap();
    terminal.until_printed(&title(&project, "? 1 waiting · T001 build"), 0);
    terminal.until("WAITING FOR YOU 1");
    let live = title(&project, "◐ T001 build");
    assert_eq!(terminal.printed_times(&live), 1);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let at = |what: &[u8]| terminal.raw.windows(what.len()).rposition(|w| w == what);
    assert!(
        at(b"\x1b[23;0t") > at(b"\x1b]2;"),
        "the old title is put back"
    );
}

#[test]
fn a_person_who_is_away_is_told_once_that_a_run_needs_them() {
    for (variables, version, told) in [
        (&[("TERM", "xterm-kitty")], "", "\x1b]9;T001 build waits"),
        (
            &[("TERM", "xterm-256color")],
            "\x1bP>|foot(1.16.2)\x1b\\",
            "\x1b]777;notify;harness-tui;T001 build waits",
        ),
        (&[("TMUX", "x")], "", "\x07"),
    ] {
        let (project, go) = held();
        let mut terminal = Terminal::within(&project, &[], SIZE, variables);
        terminal.until("RUNNING 1");
        terminal.types(version);
        terminal.types(AWAY);
        terminal.types("?");
        terminal.until("Steer the run");
        std::fs::write(&go, "go\n").unwrap();
        terminal.until_printed(told.as_bytes(), 0);
        terminal.types(BACK);
        terminal.types("\x1b");
        terminal.until_gone("Steer the run");
        terminal.types(AWAY);
        terminal.types("?");
        terminal.until("Steer the run");
        assert_eq!(terminal.printed_times(told.as_bytes()), 1, "{told:?}");
        terminal.signal(rustix::process::Signal::TERM);
        terminal.ends();
    }
}

#[test]
fn a_person_who_looks_is_not_told() {
    let (project, go) = held();
    let mut terminal = Terminal::within(&project, &[], SIZE, &[("TERM", "xterm-kitty")]);
    terminal.until("RUNNING 1");
    std::fs::write(&go, "go\n").unwrap();
    terminal.until("WAITING FOR YOU 1");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert_eq!(terminal.printed_times(b"\x1b]9;"), 0);
    assert_eq!(terminal.printed_times(b"\x07"), 0);
}

#[test]
fn progress_is_shown_where_it_is_known_and_cleared_on_leaving() {
    let (project, go) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("RUNNING 1");
    assert_eq!(
        terminal.printed_times(b"\x1b]9;4"),
        0,
        "not known to take it"
    );
    terminal.types("\x1bP>|ghostty 1.2.3\x1b\\");
    terminal.until_printed(b"\x1b]9;4;1;50\x1b\\", 0);
    std::fs::write(&go, "go\n").unwrap();
    terminal.until_printed(b"\x1b]9;4;4;50\x1b\\", 0);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let at = |what: &[u8]| terminal.raw.windows(what.len()).rposition(|w| w == what);
    let last = at(b"\x1b]9;4;0\x1b\\");
    assert_eq!(last, at(b"\x1b]9;4;"), "it is cleared last");
    assert!(last.is_some());
}

#[test]
fn what_waited_before_anybody_looked_shows_no_progress() {
    let project = Project::new()
        .agent("build", WORKS)
        .flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    project.expect(6, &["run", "T001"]);
    let mut terminal = Terminal::within(&project, &[], SIZE, &[("WT_SESSION", "x")]);
    terminal.until_printed(&title(&project, "? 1 waiting · T001 build"), 0);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert_eq!(terminal.printed_times(b"\x1b]9;4"), 0);
}
