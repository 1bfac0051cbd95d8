//! The landing sheet: every way, shown whole before it is ordered, and what is said of a review.

use super::review::{ANSWERS, say};
use super::{URL, calls, completed_by, everything, pushes, with_origin};
use crate::support::terminal::Terminal;
use harness_tui::terms::RunState;

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
    terminal.types("L");
    terminal.until("f bring its comments back");
    terminal.types("f");
    terminal.until("2 new comments, 1 failed check, 1 resolved");
    project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    terminal.types("\u{1b}");
    // A key that comes right after escape is one with Alt, so the sheet has to be gone.
    terminal.until_gone("2 new comments, 1 failed check, 1 resolved");
    terminal.until("approve Complete");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}
