//! The landing sheet: every way, shown whole before it is ordered, and what is said of a review.

use super::review::{ANSWERS, say};
use super::{URL, calls, completed_by, everything, ordered, pushes, strangers, with_origin};
use crate::support::drive::prompt;
use crate::support::project::ran;
use crate::support::terminal::Terminal;
use harness_tui::terms::RunState;
use std::io::Write;
use std::process::Stdio;

#[test]
fn the_sheet_offers_every_way_and_brings_back_what_is_said_of_a_review() {
    let (project, run) = completed_by(ANSWERS, "land: { pr: gh }\n");
    with_origin(&project);
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", project.outside("bin").display());
    let mut terminal = Terminal::within(&project, &[], (120, 35), &[("PATH", &path)]);
    terminal.until("WAITING FOR YOU 1");
    let before = everything(&project);
    terminal.types("L");
    terminal.until("s squash: one commit upon the branch (this)");
    terminal.until("y land it");
    terminal.types("r");
    terminal.until("r rebase: a commit a stage upon the branch (this)");
    terminal.until("3 commits, a stage each");
    terminal.types("m");
    terminal.until("a merge over the run's own commits");
    // The key of what is shown leaves it shown.
    terminal.types("m");
    terminal.types("s");
    terminal.until("s squash: one commit upon the branch (this)");
    terminal.types("m");
    terminal.until("a merge over the run's own commits");
    terminal.types("p");
    terminal.until("harness/T001-dark-mode to origin");
    terminal.until("a pull request with gh: T001: Dark mode");
    terminal.until("y push and open it");
    // Looking changes nothing, and asks nobody.
    assert_eq!(everything(&project), before);
    assert!(pushes(&project).is_empty() && calls(&project, "gh").is_empty());
    terminal.types("y");
    terminal.until(&format!("in review: {URL} opened"));
    assert_eq!(
        (
            pushes(&project).len(),
            calls(&project, "gh pr create").len()
        ),
        (1, 1)
    );
    say(&project);
    project.expect(0, &["comment", &run, "page.txt:1", "a word of my own"]);
    terminal.types("L");
    terminal.until("f bring its comments back");
    terminal.until("1 comment of this run is open");
    // What was said is shown, and nothing is ordered by it.
    terminal.types("f");
    terminal.until("back to Build with this?");
    terminal.until("2 new comments, 1 failed check, 1 resolved");
    terminal.until("darker, please");
    // So is what goes along with it.
    terminal.until("1 comment of this run's own that are open go along");
    terminal.until("C1, Ada of page.txt:1");
    terminal.until("a word of my own");
    terminal.types("\u{1b}");
    terminal.until_gone("darker, please");
    assert_eq!(project.view(&run).run.state(), RunState::Completed);
    assert_eq!(project.view(&run).comments().len(), 1);
    terminal.types("L");
    terminal.until("f bring its comments back");
    terminal.types("f");
    terminal.until("y send it back");
    terminal.types("y");
    terminal.until("goes back with 2 comments and 1 finding");
    project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    terminal.until("May Complete start?");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn what_people_outside_say_is_shown_on_the_sheet_only_where_that_is_wanted() {
    let (project, run) = completed_by(ANSWERS, "land: { pr: gh }\n");
    with_origin(&project);
    ordered(&project, 0, &["land", &run, "--pr"]);
    strangers::say(&project);
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", project.outside("bin").display());
    let mut terminal = Terminal::within(&project, &[], (120, 35), &[("PATH", &path)]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("L");
    terminal.until("f bring its comments back");
    terminal.types("f");
    terminal.until("3 comments of people outside the project left out: @eve (2), @mallory");
    terminal.until("darker, please");
    assert!(!terminal.shown().contains("delete everything"));
    terminal.types("o");
    terminal.until("delete everything");
    assert!(
        !terminal.shown().contains("left out"),
        "{}",
        terminal.shown()
    );
    terminal.types("y");
    project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    let told = prompt(&project.view(&run), "build", 2);
    assert!(told.contains("delete everything"), "{told}");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn a_patch_is_written_from_the_sheet_and_line_by_line_and_nothing_lands() {
    let (project, run) = completed_by(ANSWERS, "");
    let before = everything(&project);
    let wanted = project.expect(0, &["land", &run, "--patch"]).out;
    let file = project.view(&run).dirs.path().join("T001-dark-mode.patch");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("L");
    terminal.until("w patch: nothing lands; written to ");
    terminal.types("w");
    terminal.until("a patch of ");
    terminal.until("`git apply --index` of it, on main at");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), wanted);
    assert_eq!(everything(&project), before);
    terminal.types("\u{1b}");
    terminal.until_gone("`git apply --index`");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    // In the linear mode by the same letter, or in words.
    std::fs::remove_file(&file).unwrap();
    let mut plain = project.command(&["--plain"]);
    let mut plain = plain.stdin(Stdio::piped()).spawn().unwrap();
    let mut says = plain.stdin.take().unwrap();
    says.write_all(b"1\nland\nwrite a patch\n").unwrap();
    drop(says);
    let said = ran(&plain.wait_with_output().unwrap());
    assert!(
        said.out.contains("nothing landed"),
        "{}\n{}",
        said.out,
        said.err
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), wanted);
    assert_eq!(everything(&project), before);
}
