//! A run followed on a real terminal: the gate is asked there, Ctrl-C asks twice, and a terminal
//! that goes away ends nothing.

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
use std::path::PathBuf;
use support::project::{GATED, Project, WORKS, put, until_there};
use support::terminal::Terminal;
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// An agent that says where it is, and goes on when it is told to.
fn held() -> (Project, PathBuf, PathBuf) {
    let project = Project::new();
    let (here, go) = (project.outside("here"), project.outside("go"));
    let script = format!(
        "cat >/dev/null; touch '{}'; while [ ! -e '{}' ]; do sleep 0.1; done; echo dark >> page.txt",
        here.display(),
        go.display()
    );
    (project.agent("build", &script).flow(BUILD), here, go)
}

#[test]
fn a_gate_is_asked_on_the_terminal_and_approved_there() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::open(&project, &["run", "T001"]);
    terminal.until("a approve, b send back");
    assert!(terminal.shown().contains("Is the result of Build good?"));
    terminal.types("a\n");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(
        terminal.shown().contains("completed"),
        "{}",
        terminal.shown()
    );
    assert_eq!(project.runs()[0].state(), RunState::Completed);
}

#[test]
fn sending_back_asks_for_a_reason_and_leaving_exits_6_with_the_commands() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::open(&project, &["run", "T001"]);
    terminal.until("a approve, b send back");
    terminal.types("b\n");
    terminal.until("what is to be changed?");
    terminal.types("darker, please\n");
    terminal.until("T001-BUILD-2");
    terminal.until("l leave it waiting: ");
    let view = &project.runs()[0];
    assert_eq!(view.run.stages[0].rejections, 1);
    terminal.types("l\n");
    assert_eq!(terminal.ends(), 6, "{}", terminal.shown());
    let shown = terminal.shown();
    assert!(
        shown.contains("Approve:    harness-tui approve RUN-"),
        "{shown}"
    );
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
}

#[test]
fn approve_shows_what_is_approved_and_asks() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = Terminal::open(&project, &["approve", &run]);
    terminal.until("approve it? (yes or no): ");
    let shown = terminal.shown();
    assert!(shown.contains("Is the result of Build good?"), "{shown}");
    assert!(shown.contains("git diff "), "{shown}");
    terminal.types("no\n");
    assert_eq!(terminal.ends(), 6, "{}", terminal.shown());
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
    let mut terminal = Terminal::open(&project, &["approve", &run]);
    terminal.until("approve it? (yes or no): ");
    terminal.types("what?\n");
    terminal.until("what?\napprove it? (yes or no): ");
    terminal.types("yes\n");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    project.until(&run, |v| v.state() == RunState::Completed);
}

#[test]
fn what_was_named_is_approved_without_asking() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let said = project.expect(6, &["run", "T001"]);
    let line = said.out.lines().find(|l| l.starts_with("Approve:"));
    let command = line.unwrap().split_once("harness-tui ").unwrap().1;
    let words: Vec<&str> = command.split_whitespace().collect();
    let mut terminal = Terminal::open(&project, &words);
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let run = project.runs()[0].order.run.to_string();
    project.until(&run, |v| v.state() == RunState::Completed);
}

#[test]
fn the_terminals_gate_refuses_what_approve_refuses_and_asks_again() {
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" }, gate: { after: \"true\" } }\n";
    let project = Project::new();
    project.put(
        "harness/templates/note.md",
        "# Note\n\n## What\n\n‹what it does›\n\n## Why\n\n‹what for›\n",
    );
    let script = "cat >/dev/null; printf '<<<ARTIFACT note\\n# Note\\n\\n## What\\n\\nDark.\\n\\n## Why\\n\\nEyes.\\nARTIFACT>>>\\n'";
    let project = project.reviewer("spec", script).flow(stages);
    let mut terminal = Terminal::open(&project, &["run", "T001"]);
    terminal.until("l leave it waiting: ");
    let tree = project.runs()[0].order.tree.clone();
    let note = tree.join("harness/artifacts/note.md");
    let whole = std::fs::read_to_string(&note).unwrap();
    put(&note, "# Note\n\n## What\n\nDark.\n");
    terminal.types("a\n");
    terminal.until("breaks its contract");
    put(&note, &whole);
    put(&tree.join("mine.txt"), "by hand\n");
    terminal.types("a\n");
    terminal.until("mine.txt");
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
    std::fs::remove_file(tree.join("mine.txt")).unwrap();
    terminal.types("a\n");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert_eq!(project.runs()[0].state(), RunState::Completed);
}

#[test]
fn one_interrupt_says_that_the_run_goes_on_and_a_second_cancels_it() {
    let (project, here, _) = held();
    let mut terminal = Terminal::open(&project, &["run", "T001"]);
    until_there(&here);
    terminal.types("\u{3}");
    terminal.until("goes on; again to cancel it");
    terminal.types("\u{3}");
    assert_eq!(terminal.ends(), 5, "{}", terminal.shown());
    assert_eq!(project.runs()[0].state(), RunState::Cancelled);
}

#[test]
fn a_terminal_that_goes_away_leaves_the_run_going() {
    let (project, here, go) = held();
    let mut terminal = Terminal::open(&project, &["run", "T001"]);
    until_there(&here);
    terminal.until("T001-BUILD");
    assert_ne!(terminal.closes(), 0);
    let run = project.runs()[0].order.run.to_string();
    assert_eq!(project.view(&run).state(), RunState::Running);
    put(&go, "");
    project.until(&run, |v| v.state() == RunState::Completed);
}

#[test]
fn without_a_command_a_project_shows_its_status_and_the_rest_how_to_begin() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let ran = project.expect(0, &[]);
    assert!(ran.out.contains("harness-tui run T001"), "{}", ran.out);
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().to_str().unwrap();
    let ran = project.expect(2, &["-C", folder]);
    assert!(ran.err.contains("harness-tui init"), "{}", ran.err);
}

#[test]
fn resume_adds_to_the_budget_exactly_what_it_is_told() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    project.expect(2, &["resume", &run, "--raise", "much"]);
    let raise = [
        "--raise",
        "2.50",
        "--raise-tokens",
        "7000",
        "--raise-minutes",
        "3",
    ];
    let ran = project.expect(0, &[&["resume", run.as_str()], raise.as_slice()].concat());
    assert!(ran.out.contains("has a larger budget"), "{}", ran.out);
    let view = project.view(&run);
    let raised = view.run.raised;
    assert_eq!(raised.cost_micros, Some(2_500_000));
    assert_eq!((raised.tokens, raised.minutes), (Some(7000), Some(3)));
    assert_eq!(view.state(), RunState::AwaitingApproval);
}
