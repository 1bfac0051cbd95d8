//! The linear mode as a person has it: the real program, fed through a pipe and on a terminal.

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

use harness_tui::terms::RunState;
use std::io::Write as _;
use std::process::Stdio;
use support::project::{GATED, Project, WORKS, at_the_gate};
use support::terminal::Terminal;

/// What is said to these lines, fed through a pipe.
fn said(project: &Project, lines: &str) -> String {
    let mut command = project.command(&["--plain"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(lines.as_bytes()).unwrap();
    drop(pipe);
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}\n{:?}", out.stderr);
    assert!(!text.contains('\u{1b}'), "it moves or colours: {text:?}");
    text
}

/// Whether the lines come in this order, each somewhere after the one before.
fn in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for piece in wanted {
        let at = rest.find(piece);
        let at = at.unwrap_or_else(|| panic!("'{piece}' does not come in its place:\n{text}"));
        rest = &rest[at + piece.len()..];
    }
}

#[test]
fn what_waits_is_chosen_by_its_number_and_approved_by_its_word() {
    let (project, run) = at_the_gate();
    let text = said(&project, "1\napprove\nyes\n");
    in_order(
        &text,
        &[
            "1 run waits for you.",
            "Waiting for you:",
            "1. B001 T001 Dark mode: awaiting approval at Build.",
            "1. Build: awaiting approval",
            "You can: approve, send-back",
            "Approve Build?",
            "Type yes to do it",
            "Ordered.",
            "approved",
        ],
    );
    project.until(&run, |v| v.state() == RunState::Completed);
}

#[test]
fn a_no_leaves_it_and_a_reason_sends_it_back() {
    let (project, run) = at_the_gate();
    let text = said(&project, "1\napprove\nno\nquit\n");
    in_order(&text, &["Approve Build?", "Left as it is."]);
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
    let text = said(&project, "1\nsend-back darker, please\n");
    in_order(&text, &["sent back"]);
    project.until(&run, |v| {
        v.run.stages[0].rejections == 1 && v.state() == RunState::AwaitingApproval
    });
    let decided = &project.runs()[0].run.decisions;
    assert!(decided.iter().any(|d| d.what.contains("darker, please")));
}

#[test]
fn every_word_of_the_help_does_something_or_says_why_not() {
    let (project, _) = at_the_gate();
    let text = said(
        &project,
        "1\nwhy\n1\nartifacts\npause\nyes\nfoo\nhelp\nlist\n",
    );
    in_order(
        &text,
        &[
            "What: ",
            "Command: ",
            "Build: awaiting approval",
            "Attempt ",
            "harness/tasks/T001-dark-mode.md",
            "Nothing runs now.",
            "Ordered.",
            "There is no word 'foo' here.",
            "approve: Approve what the gate asks about",
            "rerun-stale: ",
            "Not now: nothing is stale",
            "1. B001 T001 Dark mode",
        ],
    );
}

#[test]
fn it_says_what_changes_line_by_line_on_a_terminal_without_taking_it_over() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::within(&project, &["--plain"], (100, 40), &[]);
    terminal.until("1. B001 T001 Dark mode: task ready.");
    terminal.until("quit to leave.");
    project.expect(6, &["run", "T001"]);
    terminal.until("awaiting approval at Build.");
    terminal.types("1\r");
    terminal.until("You can: approve");
    terminal.types("send-back\r");
    terminal.until("Type what is to be changed");
    terminal.types("\r");
    terminal.until("it needs a reason");
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(!terminal.raw.contains(&0x1b), "{}", terminal.shown());
}

#[test]
fn it_is_a_screen_of_its_own() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    for args in [&["--plain", "status"][..], &["--plain", "--json"]] {
        let ran = project.run(args);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(
            ran.err.contains("--plain is a screen of its own"),
            "{}",
            ran.err
        );
    }
}
