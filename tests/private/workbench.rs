//! The workbench on a private harness.

use crate::support::drive::last;
use crate::support::project::put;
use crate::support::terminal::Terminal;
use crate::{PLACE, nothing_shows, read, with};

#[test]
fn its_views_show_the_private_files_and_follow_them() {
    let project = with("echo dark >>page.txt");
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("Dark mode");
    terminal.until("WAITING FOR YOU 1");
    // What is written there is seen without a key.
    let backlog = read(&project, "backlog.md");
    let more = format!("{backlog}\n### B002 - Quiet mode\n\n**Status:** Planned\n**Summary:** s\n");
    put(&project.home().join(PLACE).join("backlog.md"), &more);
    terminal.until("Quiet mode");
    terminal.types("3");
    terminal.until("T001-note");
    terminal.types("2");
    terminal.until("Build");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    nothing_shows(&project);
    assert!(last(&project).run.landed.is_none(), "{run}");
}
