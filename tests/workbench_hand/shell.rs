//! A shell in a run's tree.

use crate::scene::on;
use crate::support::drive::last;
use crate::support::project::at_the_gate;

#[test]
fn what_is_changed_in_a_shell_is_told_and_taken_up_by_taking_over() {
    let (project, run) = at_the_gate();
    let mut terminal = on(&project, &["shell", &run], (120, 35));
    terminal.until(&format!("IN HAND {run}"));
    terminal.types("echo $HARNESS_PORT_BASE-$COMPOSE_PROJECT_NAME; echo more >> page.txt\r");
    terminal.until("ran: echo");
    let said = terminal.shown();
    assert!(
        !said.contains("\n-") && said.to_lowercase().contains("-run-"),
        "{said}"
    );
    terminal.types("done\r");
    terminal.until("not handed on: 1 path is changed: page.txt");
    terminal.until("harness-tui take");
    assert_eq!(terminal.ends(), 0);
    let mut terminal = on(
        &project,
        &["take", &run, "--yes", "--back", "check"],
        (120, 35),
    );
    terminal.until("IN HAND");
    terminal.types("done\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let page = crate::support::drive::on_branch(&last(&project), "page.txt").unwrap();
    assert_eq!(page, "light\ndark\nmore\n");
}
