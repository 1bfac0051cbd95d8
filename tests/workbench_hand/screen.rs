//! The same from the screen.

use crate::scene::on;
use crate::support::drive::{last, on_branch, prompt};
use crate::support::project::{Project, at_the_gate};
use crate::support::terminal::{Terminal, comes, proves};
use harness_tui::terms::RunState;

fn open(project: &Project, size: (u16, u16)) -> Terminal {
    let mut terminal = on(project, &[], size);
    terminal.until_it("its run is read", |shown| {
        shown.contains("WAITING FOR YOU 1") || shown.contains("RUNNING 1")
    });
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

/// Waits until what a person did is handed on and the gate asks about it.
fn asks_anew_with_what_was_done(project: &Project, run: &str) {
    let view = project.until(run, |v| {
        !v.supervised && v.run.state() == RunState::AwaitingApproval
    });
    assert_eq!(
        on_branch(&view, "page.txt").unwrap(),
        "light\ndark\ndarker\n"
    );
}

#[test]
fn a_stage_is_taken_over_and_handed_back_on_the_screen() {
    let (project, run) = at_the_gate();
    let mut terminal = open(&project, (80, 24));
    let raw = terminal.line_settings();
    proves!(TakeOver on terminal, comes("Take Build of RUN-"));
    terminal.types("\r");
    terminal.until(&format!("IN HAND {run}"));
    // While they are at it, it waits for nobody.
    let line = project.expect(0, &["status", "--format", "{needs} {taken} {running}"]);
    assert_eq!(line.out.trim_end(), "0 0 1");
    assert!(!terminal.screen().alternate_screen());
    assert_ne!(terminal.line_settings(), raw);
    // A second screen says who has it.
    let mut other = open(&project, (120, 35));
    other.until("with Ada");
    assert!(
        !other.shown().contains("waiting for you"),
        "{}",
        other.shown()
    );
    other.types("T");
    other.until("is taken over");
    assert!(
        other.shown().contains("is at work there"),
        "{}",
        other.shown()
    );
    other.types("qq");
    assert_eq!(other.ends(), 0);
    terminal.types("echo darker >> page.txt\r");
    terminal.until("ran: echo darker");
    terminal.types("done\r");
    terminal.until("Hand build back?");
    // Nobody is at it before they say what becomes of it.
    let line = project.expect(
        0,
        &["status", "--format", "{needs} {taken} {running} {need}"],
    );
    assert_eq!(line.out.trim_end(), "1 1 0 Build taken over");
    let told = project.expect(0, &["status"]).out;
    assert!(told.contains("Needs you"), "{told}");
    assert!(
        told.contains("nobody is at work on it; Ada took it over 2"),
        "{told}"
    );
    assert!(told.contains(&format!("harness-tui take {run}")), "{told}");
    assert!(terminal.screen().alternate_screen());
    assert_eq!(terminal.line_settings(), raw);
    assert_eq!(terminal.shown().matches("build is still yours").count(), 1);
    terminal.types("\r");
    terminal.until_gone("Hand build back?");
    // It is theirs no more, and nothing says so any longer.
    assert!(
        !terminal.shown().contains("still yours"),
        "{}",
        terminal.shown()
    );
    terminal.until("with Ada");
    asks_anew_with_what_was_done(&project, &run);
    leave(terminal);
}

#[test]
fn who_is_killed_in_the_middle_is_asked_by_the_next_screen() {
    let (project, run) = at_the_gate();
    let mut terminal = open(&project, (120, 35));
    terminal.types("T");
    terminal.until("Take Build of RUN-");
    terminal.types("\r");
    terminal.until("IN HAND");
    terminal.types("echo darker >> page.txt\r");
    terminal.until("ran: echo darker");
    terminal.signal(rustix::process::Signal::KILL);
    drop(terminal);
    // It stands among what waits, with the key that deals with it.
    let mut terminal = on(&project, &[], (120, 35));
    terminal.until("WAITING FOR YOU 1");
    terminal.until("Build taken over");
    let shown = terminal.shown();
    let mut rows = shown.lines().filter_map(|l| l.split('│').next());
    let row = rows.find(|l| l.contains("Build taken over"));
    assert!(row.unwrap().trim_end().ends_with(" T"), "{shown}");
    // Opening it asks the same as its key.
    terminal.types("\r");
    terminal.until("nobody is at work there");
    terminal.types("\u{1b}");
    terminal.until_gone("nobody is at work there");
    terminal.types("3");
    terminal.until("with Ada");
    terminal.types("T");
    terminal.until("nobody is at work there");
    terminal.types("c");
    asks_anew_with_what_was_done(&project, &run);
    leave(terminal);
}

#[test]
fn a_shell_is_left_and_what_it_left_is_told() {
    let (project, run) = at_the_gate();
    let mut terminal = open(&project, (120, 35));
    proves!(Shell on terminal, comes(&format!("IN HAND {run}")));
    terminal.types("echo more >> page.txt\r");
    terminal.until("ran: echo more");
    terminal.types("done\r");
    terminal.until("1 path is changed: page.txt");
    terminal.types("qq");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_note_is_written_taken_back_and_told_once_while_a_search_keeps_its_key() {
    let (project, run) = at_the_gate();
    let mut terminal = open(&project, (120, 35));
    proves!(Note on terminal, comes("For the next attempt:"));
    terminal.types("mind the stars\r");
    terminal.until("noted for the next attempt");
    project.until(&run, |v| v.run.words.len() == 1 && !v.supervised);
    terminal.types("n");
    terminal.until("For the next attempt:");
    terminal.types("mind the moon\r");
    project.until(&run, |v| v.run.words.len() == 2 && !v.supervised);
    terminal.types("H");
    terminal.until("mind the moon");
    terminal.types(" ");
    terminal.until_gone("mind the moon");
    proves!(RemoveNote on terminal, comes("the note is taken back"));
    project.until(&run, |v| v.run.words[1].removed && !v.supervised);
    // While a search stands the key is the search's, and the note's again when it stands no more.
    terminal.types("\t/nowhere");
    terminal.until("/nowhere");
    terminal.types("\r");
    terminal.until_gone("/nowhere");
    terminal.types("n");
    terminal.until("'nowhere' is not in this timeline");
    terminal.types("/");
    terminal.until("n goes on");
    terminal.types("\u{1b}");
    terminal.until_gone("n goes on");
    terminal.types("n");
    terminal.until("For the next attempt:");
    terminal.types("\u{1b}");
    terminal.until_gone("For the next attempt:");
    project.expect(6, &["reject", &run, "--reason", "again", "--follow"]);
    let view = last(&project);
    let told = prompt(&view, "build", 2);
    assert!(
        told.contains("mind the stars") && !told.contains("mind the moon"),
        "{told}"
    );
    leave(terminal);
}
