//! A base branch whose name has a slash.

use super::STAGES;
use crate::support::drive::{answers, last};
use crate::support::project::{Project, WORKS};
use crate::support::terminal::Terminal;

#[test]
fn the_screen_sees_it_move() {
    let project = Project::new()
        .reviewer("plan", &answers("plan", "# Plan\n\nMake it dark."))
        .agent("build", WORKS)
        .flow(STAGES);
    project.git(&["checkout", "-q", "-b", "release/1.2"]);
    // Its ref is a packed one until it moves.
    project.git(&["pack-refs", "--all"]);
    project.expect(6, &["run", "T001"]);
    assert_eq!(
        last(&project).order.base_branch.as_deref(),
        Some("release/1.2")
    );
    for (n, commits) in [(1, "1 commit"), (2, "2 commits")] {
        let mut terminal = Terminal::sized(&project, &[], 120, 35);
        terminal.until("WAITING FOR YOU 1");
        project.put(&format!("other-{n}.txt"), "other\n");
        project.git(&["add", "."]);
        project.git(&[
            "commit",
            "-q",
            "-m",
            "somebody else's",
            "--",
            &format!("other-{n}.txt"),
        ]);
        terminal.until(&format!("release/1.2 moved on by {commits}"));
        terminal.types("q");
        assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    }
}
