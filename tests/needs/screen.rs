//! The first screen.

use super::{five_tasks, five_that_wait};
use crate::support::project::{Project, until_there};
use crate::support::terminal::{Terminal, comes, proves};
use rustix::process::Signal;
use std::path::PathBuf;

/// Where it stands on the screen that something waits, a row each.
fn rows(terminal: &Terminal, marks: &[&str]) -> Vec<usize> {
    let shown = terminal.shown();
    let at = |mark: &&str| {
        let row = shown.lines().position(|line| line.contains(*mark));
        row.unwrap_or_else(|| panic!("'{mark}' is not there\n{shown}"))
    };
    marks.iter().map(at).collect()
}

/// The file that tells when this person looked last.
fn looked(project: &Project) -> PathBuf {
    let folder = project.outside("user").join("looked");
    until_there(&folder);
    let files = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let mut files = files.filter(|p| p.extension().is_some_and(|e| e == "json"));
    files.next().unwrap_or_else(|| folder.join("none"))
}

fn leave(terminal: &mut Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

/// Opens the screen anew: something waits, and nothing happened since the last look.
fn is_told_nothing_new(project: &Project) {
    let mut terminal = Terminal::open(project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.until("read ");
    assert!(
        !terminal.shown().contains("SINCE YOU"),
        "{}",
        terminal.shown()
    );
    leave(&mut terminal);
}

#[test]
fn what_waits_stands_first_most_urgent_first_and_one_key_goes_through_all() {
    let (project, _) = five_that_wait();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 5");
    // Each with what it needs and the key that deals with it.
    let marks = [
        "Build: 1 question",
        "approve Build",
        "blocked at Build",
        "failed at Build",
        "completed",
    ];
    let rows = rows(&terminal, &marks);
    assert!(rows.windows(2).all(|two| two[0] < two[1]), "{rows:?}");
    let shown = terminal.shown();
    let line = |mark: &str| shown.lines().find(|l| l.contains(mark)).unwrap().trim_end();
    assert!(line("Grey mode").ends_with(" enter"), "{shown}");
    assert!(line("Dark mode").ends_with(" a"), "{shown}");
    assert!(line("Red mode").ends_with(" L"), "{shown}");
    // The backlog is not pushed away.
    assert!(
        shown.contains("PLANNED 1") && shown.contains("B006"),
        "{shown}"
    );
    // From anywhere, in the same order, round at the end.
    terminal.types("!");
    terminal.until("1 of 5: T002 Build: 1 question");
    terminal.until("Light or dark grey?");
    terminal.types("!");
    terminal.until("2 of 5: T001 approve Build");
    terminal.until("[4 Artifacts]");
    terminal.types("!");
    terminal.until("3 of 5: T003 blocked at Build");
    terminal.until("[3 Pipeline]");
    terminal.types("!");
    terminal.until("4 of 5: T005 failed at Build");
    terminal.types("!");
    terminal.until("5 of 5: T004 completed");
    terminal.types("!");
    terminal.until("1 of 5: T002");
    leave(&mut terminal);
}

#[test]
fn where_there_is_little_room_the_rest_is_folded_and_can_be_had() {
    let (project, _) = five_that_wait();
    let mut terminal = Terminal::sized(&project, &[], 80, 16);
    terminal.until("WAITING FOR YOU 5");
    terminal.until("+ 3 more");
    assert!(
        !terminal.shown().contains("Red mode"),
        "{}",
        terminal.shown()
    );
    terminal.until("PLANNED 1");
    // Down to where it says so, and open.
    terminal.types("jj\r");
    terminal.until("Red mode");
    terminal.until_gone("+ 3 more");
    terminal.types("\u{1b}");
    terminal.until("+ 3 more");
    // What is chosen is that very run, whatever else its task has.
    terminal.types("gL");
    terminal.until_it("it says why it can't be landed", |shown| {
        shown.contains("land:")
    });
    leave(&mut terminal);
}

#[test]
fn what_happened_since_the_last_look_is_told_once() {
    let project = five_tasks();
    let mut terminal = Terminal::open(&project, &[]);
    // Of somebody who never looked nothing is said to have happened since.
    terminal.until("Nothing waits for you.");
    leave(&mut terminal);
    project.expect(6, &["run", "T001"]);
    project.expect(0, &["run", "T004"]);
    project.expect(0, &["land", "T004"]);
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("SINCE YOU LAST LOOKED 3");
    terminal.until("T004 was landed on main (Red mode)");
    terminal.until("+ 1 more");
    proves!(News on terminal, comes("3 events since you last looked"));
    terminal.until("T004 completed (Red mode)");
    terminal.until("T001 came to a gate at Build (Dark mode)");
    terminal.types("\u{1b}");
    terminal.until_gone("3 events");
    // Who goes on from it has seen it.
    terminal.types("!");
    terminal.until("[4 Artifacts]");
    terminal.types("1");
    terminal.until("[1 Backlog]");
    terminal.until("WAITING FOR YOU 1");
    terminal.until_gone("SINCE YOU");
    // All of it can still be had in this sitting.
    terminal.types("N");
    terminal.until("3 events since you last looked");
    terminal.types("\u{1b}");
    terminal.until_gone("3 events");
    leave(&mut terminal);
    is_told_nothing_new(&project);
}

#[test]
fn who_is_killed_has_lost_nothing_and_is_told_nothing_twice() {
    let project = five_tasks();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("Nothing waits for you.");
    leave(&mut terminal);
    let mark = looked(&project);
    let before = std::fs::read(&mark).unwrap();
    project.expect(6, &["run", "T001"]);
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("SINCE YOU LAST LOOKED 1");
    terminal.signal(Signal::KILL);
    terminal.ends();
    assert_eq!(
        std::fs::read(&mark).unwrap(),
        before,
        "nobody went on from it"
    );
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("SINCE YOU LAST LOOKED 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal.until_it("it is kept", |_| std::fs::read(&mark).unwrap() != before);
    terminal.signal(Signal::KILL);
    terminal.ends();
    is_told_nothing_new(&project);
}

#[test]
fn of_two_workbenches_neither_takes_from_the_other_what_it_was_told() {
    let project = five_tasks();
    let mut one = Terminal::open(&project, &[]);
    one.until("Nothing waits for you.");
    leave(&mut one);
    let mut one = Terminal::open(&project, &[]);
    let mut other = Terminal::open(&project, &[]);
    one.until("Nothing waits for you.");
    other.until("Nothing waits for you.");
    project.expect(6, &["run", "T001"]);
    one.until("SINCE YOU LAST LOOKED 1");
    other.until("SINCE YOU LAST LOOKED 1");
    one.types("3");
    one.until("[3 Pipeline]");
    leave(&mut one);
    // It is still there for who has not gone on from it.
    other.types("N");
    other.until("T001 came to a gate at Build");
    other.until("1 event since");
    other.types("\u{1b}");
    other.until_gone("1 event since");
    leave(&mut other);
    let mut again = Terminal::open(&project, &[]);
    again.until("WAITING FOR YOU 1");
    again.until("read ");
    assert!(!again.shown().contains("SINCE YOU"), "{}", again.shown());
    leave(&mut again);
}

#[test]
fn a_base_that_moved_is_shown_beside_what_waits_and_its_key_in_the_footer() {
    let project = five_tasks();
    project.expect(6, &["run", "T001"]);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    assert!(
        !terminal.shown().contains("U refresh"),
        "{}",
        terminal.shown()
    );
    project.put("other.txt", "more\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "moves on"]);
    terminal.until("U refresh");
    terminal.until("U takes that in");
    leave(&mut terminal);
}

#[test]
fn another_repository_at_an_old_place_was_never_looked_at() {
    let project = five_tasks();
    let told = "since you last looked";
    for is_there in [false, true] {
        let mut terminal = Terminal::open(&project, &[]);
        terminal.until("Nothing waits for you.");
        assert_eq!(terminal.shown().contains(told), is_there);
        leave(&mut terminal);
    }
    std::fs::rename(project.home().join(".git"), project.outside("before")).unwrap();
    project.git(&["init", "-q", "-b", "main"]);
    project.git(&["config", "user.name", "Ada"]);
    project.git(&["config", "user.email", "ada@example.org"]);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "another one"]);
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("Nothing waits for you.");
    assert!(!terminal.shown().contains(told), "{}", terminal.shown());
    leave(&mut terminal);
}
