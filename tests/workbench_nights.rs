//! Budgets on the screen: what one keeps is raised by a key. The real program on a terminal of its own.

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
use support::paid::{OTHER, paid};
use support::terminal::{Terminal, comes, proves};

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn a_budget_that_keeps_a_run_is_raised_by_a_key() {
    let project = paid("budget: { cost_usd: 0.5 }\n");
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("budget used up");
    terminal.until("+ raise");
    terminal.types("w");
    terminal.until("+ raises the budget");
    terminal.types("\x1b");
    terminal.until_gone("+ raises the budget");
    // What is missing stands there: the last stage's 0.60, 0.10 more than the budget.
    proves!(Raise on terminal, comes("Raise the run's budget by: $1"));
    // What is no amount is left to be mended, and nothing is ordered.
    terminal.types("x\r");
    terminal.until("'$1x' is no amount");
    terminal.until("by: $1x");
    assert_eq!(project.view(&run).run.decisions.len(), 0);
    terminal.types("\x7f\r");
    terminal.until("has a larger budget");
    let view = project.until(&run, |v| {
        v.run.state() == RunState::Completed && !v.supervised
    });
    let what: Vec<&str> = view.run.decisions.iter().map(|d| d.what.as_str()).collect();
    assert_eq!(what, ["raised the budget by $1.00"]);
    leave(terminal);
}

#[test]
fn the_budget_of_a_day_is_raised_on_the_screen_for_all_runs_that_it_keeps() {
    let project = paid("budget: { day: { cost_usd: 0.5, do: pause } }\n");
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["run", OTHER]);
    let ids: Vec<String> = project
        .runs()
        .iter()
        .map(|v| v.order.run.to_string())
        .collect();
    let mut terminal = Terminal::sized(&project, &[], 80, 24);
    terminal.until("budget used up");
    terminal.types("+");
    terminal.until("Raise the budget of 2");
    terminal.until(", of all runs, by: $1");
    terminal.types("\x7f20\r");
    terminal.until("the day's budget is larger, for all runs");
    let by: Vec<usize> = ids
        .iter()
        .map(|run| {
            let completed = |v: &harness_tui::records::runs::RunView| {
                v.run.state() == RunState::Completed && !v.supervised
            };
            project.until(run, completed).run.decisions.len()
        })
        .collect();
    assert_eq!(by.iter().sum::<usize>(), 1, "ordered once: {by:?}");
    leave(terminal);
}

#[test]
fn line_by_line_a_budget_is_raised_too() {
    let project = paid("budget: { cost_usd: 0.5 }\n");
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut command = project.command(&["--plain"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut to, b"raise\nmuch\n\nraise\n$2\nwait\nquit\n").unwrap();
    drop(to);
    let ran = support::project::ran(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out
            .contains("Raise the run's budget by: Type how much, such as $1"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("'much' is no amount"), "{}", ran.out);
    let view = project.until(&run, |v| v.run.state() == RunState::Completed);
    let what: Vec<&str> = view.run.decisions.iter().map(|d| d.what.as_str()).collect();
    assert_eq!(what, ["raised the budget by $2.00"]);
}
