//! The pipeline as a person uses it: the real program on a terminal of its own, by keys alone.

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

use harness_tui::terms::{RunState, StageState};
use support::project::{GATED, Project, WORKS, put};
use support::terminal::{Terminal, comes, proves};

/// A stage, two beside each other that a person lets through, one that joins them.
const DIAMOND: &str = "  - { id: top, name: Top, role: build }
  - { id: left, name: Left, role: build, depends_on: [top], gate: { before: \"true\" } }
  - { id: right, name: Right, role: build, depends_on: [top], gate: { before: \"true\" }, skippable: true }
  - { id: join, name: Join, role: build, depends_on: [left, right] }
";

/// What an agent says that says much.
const TALKS: &str = "cat >/dev/null; echo dark >> page.txt; i=0
while [ $i -lt 90 ]; do echo \"word $i\"; i=$((i+1)); done; echo 'the needle is here'
i=0; while [ $i -lt 90 ]; do echo \"later $i\"; i=$((i+1)); done";

fn waiting(script: &str, stages: &str) -> (Project, String) {
    let project = Project::new().agent("build", script).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

fn opened(project: &Project, cols: u16, rows: u16) -> Terminal {
    let mut terminal = Terminal::sized(project, &[], cols, rows);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal
}

fn leave(terminal: &mut Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn the_graph_shows_branches_gates_and_what_each_stage_used() {
    let (project, _) = waiting(WORKS, DIAMOND);
    let mut terminal = opened(&project, 120, 40);
    terminal.until("├─╮");
    terminal.until("├─╯");
    terminal.until("✓   Top");
    terminal.until("asks for your approval");
    terminal.until("tokens");
    terminal.until("all stages");
    let shown = terminal.shown();
    let sum = shown.lines().find(|l| l.contains("all stages")).unwrap();
    // A shell script tells neither tokens nor cost.
    assert!(sum.contains('?') && !sum.contains("$0"), "{sum}");
    terminal.resize(80, 24);
    terminal.until("✓ Top");
    terminal.until("? Right");
    leave(&mut terminal);
}

#[test]
fn stages_are_chosen_from_either_pane_and_one_says_why_it_can_t_be_skipped() {
    let (project, run) = waiting(WORKS, DIAMOND);
    let mut terminal = opened(&project, 120, 40);
    terminal.until("ATTEMPTS OF LEFT");
    terminal.types("s");
    terminal.until("does not let anybody skip left");
    proves!(NextStage on terminal, comes("ATTEMPTS OF RIGHT"));
    proves!(PreviousStage on terminal, comes("ATTEMPTS OF LEFT"));
    terminal.types("[");
    terminal.until("ATTEMPTS OF TOP");
    leave(&mut terminal);
    let view = project.view(&run);
    assert_eq!(view.state(), RunState::AwaitingApproval);
}

#[test]
fn a_blocked_stage_is_skipped_after_it_was_said_what_that_does() {
    let stages = "  - { id: build, name: Build, role: build, skippable: true }\n  \
                  - { id: more, name: More, role: more, depends_on: [build] }\n";
    let project = Project::new()
        .agent("build", "cat >/dev/null; exit 3")
        .agent("more", WORKS)
        .flow(stages);
    project.expect(3, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = Terminal::sized(&project, &[], 120, 40);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("ATTEMPTS OF BUILD");
    proves!(Skip on terminal, comes("Leave Build out?"));
    terminal.until("Goes on without it: More");
    terminal.types("y");
    let view = project.until(&run, |v| v.state() == RunState::Completed);
    assert_eq!(view.run.stages[0].state, StageState::Skipped);
    terminal.until("skipped by a person");
    leave(&mut terminal);
}

#[test]
fn the_timeline_is_searched_and_a_reader_is_left_in_peace() {
    let (project, _) = waiting(TALKS, GATED);
    let mut terminal = opened(&project, 100, 24);
    terminal.types("\r");
    terminal.until("later 89");
    proves!(Search on terminal, comes("n goes on"));
    terminal.types("NEEDLE");
    terminal.types("\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}needle\r");
    terminal.until("the needle is here");
    terminal.types("g");
    terminal.until("word 1");
    proves!(NextMatch on terminal, comes("the needle is here"));
    terminal.types("g");
    terminal.until("word 1");
    proves!(PreviousMatch on terminal, comes("the needle is here"));
    terminal.types("E");
    terminal.until("nothing went wrong in this timeline");
    terminal.types("G");
    terminal.until("later 89");
    leave(&mut terminal);
}

#[test]
fn what_went_wrong_is_gone_to() {
    let project = Project::new()
        .agent("build", "cat >/dev/null; echo dark >> page.txt; i=0; while [ $i -lt 60 ]; do echo \"word $i\"; i=$((i+1)); done")
        .flow("  - { id: build, name: Build, role: build, checks: [{ run: \"test -e no-such\" }] }\n");
    project.run(&["run", "T001"]);
    let mut terminal = Terminal::sized(&project, &[], 100, 24);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r\t");
    terminal.until("✗ exit 1");
    terminal.types("g");
    terminal.until("word 3");
    terminal.until_gone("✗ exit 1");
    proves!(NextError on terminal, comes("✗ exit 1"));
    leave(&mut terminal);
}

#[test]
fn older_attempts_are_shown_and_the_history_tells_all() {
    let (project, run) = waiting(WORKS, GATED);
    project.expect(0, &["reject", &run, "--reason", "darker, please"]);
    project.until(&run, |v| {
        v.run.stages[0].attempts.len() == 2 && v.state() == RunState::AwaitingApproval
    });
    let mut terminal = opened(&project, 120, 40);
    terminal.until("2 of 2");
    terminal.until(&format!("{run}-BUILD-2"));
    proves!(PreviousAttempt on terminal, comes("1 of 2"));
    terminal.until(&format!("{run}-BUILD  build"));
    proves!(History on terminal, comes("History of Build"));
    terminal.until("cost not told");
    terminal.types("H");
    terminal.until("1 of 2");
    proves!(NextAttempt on terminal, comes("2 of 2"));
    leave(&mut terminal);
}

#[test]
fn the_time_of_the_run_tells_waiting_from_work() {
    let (project, _) = waiting(WORKS, GATED);
    let mut terminal = opened(&project, 80, 24);
    proves!(Chart on terminal, comes("Time of the run"));
    terminal.until("waits for you");
    terminal.until("in all: worked");
    terminal.until("on the disk in its trees");
    terminal.until("░");
    terminal.types("t");
    terminal.until("asks for your approval");
    leave(&mut terminal);
}

#[test]
fn costs_are_shown_of_the_run_and_of_all_runs() {
    let project = Project::new()
        .agent("build", WORKS)
        .settings("budget: { day: { minutes: 60 } }\n")
        .flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = opened(&project, 80, 24);
    proves!(Costs on terminal, comes("Costs of RUN-"));
    terminal.until(&run);
    terminal.until("METERED");
    terminal.until("cost unknown of 1 attempt");
    terminal.until_it("a hatched bar", |shown| {
        shown.contains("░░░") && shown.contains("unknown")
    });
    // By what comes next, and of all runs.
    terminal.types("\u{1b}[C");
    terminal.until_it("the agent", |shown| {
        shown
            .lines()
            .any(|l| l.contains(" build ") && l.contains("░░░"))
    });
    terminal.types("\t");
    terminal.until("Costs of all runs, 7 days");
    terminal.until("1 attempt in 1 run");
    terminal.until_it("how the day stands to its budget", |shown| {
        let today = shown.lines().find(|l| l.contains(" today "));
        today.is_some_and(|l| l.contains("┊") && l.contains(" minutes of 60 minutes, "))
    });
    terminal.types("d");
    terminal.until("Costs of all runs, 30 days");
    terminal.types("\u{1b}");
    terminal.until_gone("Costs of");
    leave(&mut terminal);
}

#[test]
fn a_run_is_found_among_all_by_typing_and_the_next_by_a_key() {
    let project = Project::new().agent("build", WORKS);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let other = task.replace("T001", "T002").replace("B001", "B002");
    let other = other.replace("Dark mode", "Warm tea");
    project.put("harness/tasks/T002-warm-tea.md", &other);
    let backlog = project.read("harness/backlog.md");
    let item = "\n### B002 - Warm tea\n\n**Status:** Ready\n**Summary:** It gets cold.\n";
    project.put("harness/backlog.md", &(backlog + item));
    let project = project.flow(GATED);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["run", "T002"]);
    let id = |task: &str| {
        let runs = project.runs();
        let run = runs.iter().find(|r| r.task().unwrap().as_str() == task);
        run.unwrap().order.run.to_string()
    };
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 2");
    proves!(Runs on terminal, comes(" Runs "));
    terminal.until("2 of 2");
    terminal.types("zzz");
    terminal.until("no run fits");
    terminal.types("\u{7f}\u{7f}\u{7f}wrmt");
    terminal.until("1 of 2");
    terminal.types("\r");
    terminal.until(&format!("{}-BUILD", id("T002")));
    let (one, other) = (id("T001") + "-BUILD", id("T002") + "-BUILD");
    proves!(NextRun on terminal, comes(&one));
    proves!(PreviousRun on terminal, comes(&other));
    leave(&mut terminal);
}

#[test]
fn a_long_message_is_folded_and_unfolded() {
    let script = "cat >/dev/null; echo dark >> page.txt; i=0
        while [ $i -lt 250 ]; do printf 'w%s ' $i; i=$((i+1)); done; echo";
    let (project, _) = waiting(script, GATED);
    let mut terminal = opened(&project, 120, 40);
    terminal.until("more, space unfolds");
    terminal.types("\tgjj");
    proves!(Fold on terminal, comes("w249"));
    terminal.types(" ");
    terminal.until("more, space unfolds");
    terminal.until_gone("w249");
    proves!(FoldAll on terminal, comes("w249"));
    terminal.types("Z");
    terminal.until("more, space unfolds");
    leave(&mut terminal);
}

#[test]
fn an_edit_of_run_state_by_hand_is_shown_as_the_order_it_is() {
    let (project, run) = waiting(WORKS, GATED);
    let mut terminal = opened(&project, 120, 40);
    terminal.until("asks for your approval");
    let path = project.view(&run).active_dir().run_state();
    let text = std::fs::read_to_string(&path).unwrap();
    let edited = text.replacen(
        "Current Status: Awaiting Approval",
        "Current Status: Paused",
        1,
    );
    assert_ne!(edited, text);
    put(&path, &edited);
    project.until(&run, |v| v.run.pause);
    terminal.until("EDITS OF RUN-STATE.MD");
    terminal.until("taken  paused at the next boundary");
    let text = std::fs::read_to_string(&path).unwrap();
    put(
        &path,
        &text.replacen("Current Run ID: RUN", "Current Run ID: NUR", 1),
    );
    terminal.until("put back  line");
    leave(&mut terminal);
}
