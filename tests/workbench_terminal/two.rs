//! Two workbenches on one run.

use super::at_the_gate;
use crate::support::terminal::Terminal;
use harness_tui::terms::RunState;

#[test]
fn both_follow_and_of_two_approvals_one_counts() {
    let (project, run) = at_the_gate();
    let mut one = Terminal::sized(&project, &[], 120, 35);
    let mut other = Terminal::sized(&project, &[], 120, 35);
    for terminal in [&mut one, &mut other] {
        terminal.until("WAITING FOR YOU 1");
        terminal.types("a");
        terminal.until("same tree");
        terminal.reads();
    }
    one.types("a");
    one.until("approved");
    project.until(&run, |v| v.state() == RunState::Completed);
    // What the other one showed is no longer asked.
    other.until("[3 Pipeline]");
    other.types("a");
    other.until("approve: nothing asks for approval");
    let decided = &project.view(&run).run.decisions;
    let approvals = decided.iter().filter(|d| d.what.contains("approved"));
    assert_eq!(approvals.count(), 1, "{decided:?}");
    for mut terminal in [one, other] {
        terminal.until_gone("WAITING FOR YOU 1\n ? B001   Dark mode                                       T001   Build");
        terminal.types("q");
        assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    }
}
