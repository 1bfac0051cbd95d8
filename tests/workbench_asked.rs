//! A stage of a real run that asks instead of working, answered on the screen by keys.

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

use harness_tui::terms::{Outcome, RunState};
use support::project::{Project, until_holds};
use support::terminal::{Terminal, comes, proves};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
const TASK: &str = "harness/tasks/T001-dark-mode.md";

/// Asks until it is told of navy; then it works.
const ASKS: &str = "if grep -q 'navy'; then echo navy >> page.txt; echo done
else cat <<'END'
The page names no colour, and the task neither.

## Questions

- Q1 [blocking] Which blue is meant?
  - a) navy (recommended)
  - b) sky
  - Why: both stand in the list of colours
- Q2 How dark is the border?
END
fi";

/// A project whose one run asks, and the run.
fn asking(script: &str) -> (Project, String) {
    let project = Project::new().agent("build", script).flow(BUILD);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

fn wide(project: &Project) -> Terminal {
    Terminal::sized(project, &[], 120, 35)
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

fn completed(project: &Project, run: &str) {
    project.until(run, |view| view.state() == RunState::Completed);
}

#[test]
fn the_questions_are_answered_by_keys_and_the_run_completes() {
    let (project, run) = asking(ASKS);
    let mut terminal = wide(&project);
    terminal.until("needs your answer: 2 questions");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    proves!(Respond on terminal, comes("[2 Dialogue]"));
    terminal.until("Which blue is meant?");
    terminal.until("? Build asks you 2 questions");
    terminal.until("What it said last");
    terminal.until("The page names no colour");
    terminal.until("needed");
    terminal.until("why: both stand in the list");
    // What is recommended is marked; the key takes it, and the optional one comes next.
    terminal.types("\r");
    terminal.until("→ navy");
    terminal.until("1 may stay open");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types("half\u{1b}");
    terminal.until("not given yet");
    terminal.types("t");
    terminal.until("what is written to Q2 is not given yet");
    // What was written stays, wherever one goes meanwhile.
    terminal.types("1");
    terminal.until("[1 Backlog]");
    terminal.types("!");
    terminal.until("half");
    terminal.until("→ navy");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types(" as dark\r");
    terminal.until("● all is answered");
    terminal.types("t");
    terminal.until("[3 Pipeline]");
    completed(&project, &run);
    terminal.until("completed");
    leave(terminal);
    let page = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert_eq!(page, "light\nnavy");
    let task = project.read(TASK);
    assert!(
        task.contains("Which blue is meant?") && task.contains("→ navy"),
        "{task}"
    );
    assert!(
        task.contains("How dark is the border? → half as dark"),
        "{task}"
    );
    let report = project.read(&format!("harness/runs/active/{run}/report.md"));
    for told in ["Which blue is meant?", "navy", "half as dark"] {
        assert!(report.contains(told), "{told}\n{report}");
    }
}

#[test]
fn what_is_typed_to_a_runs_question_is_there_after_a_kill() {
    let (project, run) = asking(ASKS);
    let folder = project.home().join(".git/harness/runs").join(&run);
    let kept = folder.join("unsent.build.json");
    let mut terminal = wide(&project);
    terminal.until("needs your answer: 2 questions");
    terminal.types("!");
    terminal.until("? Build asks you 2 questions");
    terminal.types("\r");
    terminal.until("→ navy");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types("half");
    until_holds(&kept, Some("\"Q2\":\"half\""));
    terminal.signal(rustix::process::Signal::KILL);
    terminal.ends();
    // What was given and what was typed stand there, and go on.
    let mut terminal = wide(&project);
    terminal.until("needs your answer: 2 questions");
    terminal.types("!");
    terminal.until("✎ half");
    terminal.until("→ navy");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types(" as dark\r");
    terminal.until("● all is answered");
    terminal.types("t");
    completed(&project, &run);
    terminal.until("completed");
    leave(terminal);
    // Sent, it is kept no longer.
    until_holds(&kept, None);
    assert!(project.read(TASK).contains("→ half as dark"));
}

#[test]
fn what_was_answered_elsewhere_is_shown_and_not_sent_again() {
    // It goes on asking another thing, so that the run stays.
    let script =
        "if grep -q 'as the sky'; then printf '## Questions\\n\\n- Q1 [blocking] Really?\\n'
else printf '## Questions\\n\\n- Q1 [blocking] Which blue?\\n- Q2 Which grey?\\n'; fi";
    let (project, run) = asking(script);
    let mut terminal = wide(&project);
    terminal.until("needs your answer");
    terminal.types("\r");
    terminal.until("Which blue?");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types("mine\r");
    terminal.until("→ mine");
    project.expect(6, &["answer", &run, "Q1=as the sky", "--follow"]);
    // What it asks now takes the place of what it asked.
    terminal.until("Really?");
    terminal.until_gone("Which blue?");
    assert!(!terminal.shown().contains("→ mine"), "{}", terminal.shown());
    let task = project.read(TASK);
    assert!(
        task.contains("as the sky") && !task.contains("mine"),
        "{task}"
    );
    leave(terminal);
}

#[test]
fn what_a_command_answered_is_told_where_it_is_asked() {
    let script = "if grep -q 'navy'; then echo navy >> page.txt; echo done
else printf '## Questions\\n\\n- Q1 [blocking] Which blue?\\n- Q2 Which grey?\\n'; fi";
    let (project, run) = asking(script);
    let mut terminal = wide(&project);
    terminal.until("needs your answer");
    terminal.types("!");
    terminal.until("Which blue?");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types("mine\r");
    terminal.until("1 may stay open");
    project.expect(0, &["answer", &run, "Q1=navy", "--follow"]);
    terminal.until("answered elsewhere");
    terminal.until("→ navy");
    terminal.until("not sent: Q1 → mine");
    terminal.types("t");
    terminal.until("it was answered elsewhere");
    leave(terminal);
    assert!(!project.read(TASK).contains("mine"));
}

#[test]
fn who_asks_in_prose_and_does_nothing_needs_an_answer_too() {
    let script = "if grep -q 'go ahead'; then echo dark >> page.txt; echo done
else echo 'I looked at the page. Shall I make it dark?'; fi";
    let (project, run) = asking(script);
    let view = &project.runs()[0];
    assert_eq!(view.state(), RunState::NeedsInput);
    let record = &view.run.stages[0];
    let result = record.attempts[0].result.as_ref().unwrap();
    assert_eq!(result.outcome, Outcome::NeedsInput);
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("Shall I make it dark?");
    terminal.types("\r");
    terminal.until("give the answer");
    terminal.types("go ahead\r");
    terminal.until("● all is answered");
    terminal.types("\r");
    completed(&project, &run);
    leave(terminal);
    assert!(project.read(TASK).contains("→ go ahead"));
}

#[test]
fn nothing_that_a_question_holds_reaches_the_terminal() {
    let script = "printf '## Questions\\n\\n- Q1 [blocking] Seen \\033]0;pwned\\007 \\033[31mred\\033[0m \\302\\233 \\342\\200\\256 is it?\\n  - a) one \\033]52;c;AAAA\\007 (recommended)\\n  - Why: \\033[2J\\n'";
    let (project, _) = asking(script);
    let mut terminal = wide(&project);
    terminal.until("needs your answer");
    terminal.types("\r");
    terminal.until("is it?");
    terminal.types("\t\tw");
    terminal.until("c answers");
    terminal.types("\u{1b}");
    terminal.until_gone("c answers");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    for bad in ["\u{1b}]0;pwned", "\u{1b}]52;c;AAAA", "\u{202e}", "\u{9b}"] {
        assert!(!raw.contains(bad), "{bad:?}");
    }
    leave(terminal);
}

#[test]
fn who_looks_elsewhere_is_told_what_is_asked() {
    let project = Project::new().agent("build", ASKS).flow(BUILD);
    let variables = [("TERM", "xterm-kitty")];
    let mut terminal = Terminal::within(&project, &[], (120, 35), &variables);
    terminal.until("0 runs");
    terminal.types("\u{1b}[O");
    project.expect(6, &["run", "T001"]);
    let told = "\u{1b}]9;T001 build asks 2 questions: Which blue is meant?";
    terminal.until_printed(told.as_bytes(), 0);
    leave(terminal);
}
