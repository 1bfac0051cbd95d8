//! The dialogue, and the questions of a run, in the linear mode: the real program, fed through a
//! pipe and on a terminal, with recorded and scripted authors.

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

use harness_tui::documents::task::Task;
use harness_tui::terms::RunState;
use rustix::process::Signal;
use support::lines::{in_order, said, told};
use support::project::{Project, until_holds};
use support::talking::{BUILD, HOMEPAGE, project_with, recorded, scripted};
use support::terminal::Terminal;

#[test]
fn an_item_becomes_a_task_by_lines_alone() {
    let project = recorded();
    let text = said(
        &project,
        "lines all\nB010\nconverse\n\nback\nb\n\n3 again.\nall\ndiff\nsave\nrun\nno\n",
    );
    in_order(
        &text,
        &[
            "It can't be run now: it needs a task definition first: converse makes one",
            "T002 Homepage v1, a dialogue with recorded.",
            "recorded uses Read src/templates/index.html.",
            "recorded says:",
            "I read the index template",
            "Q1, Hero, 1 of 6.",
            "Should the portrait stand beside",
            "Why: it decides whether the hero is one row or two.",
            "A: beside, recommended",
            "Q1? Write your answer; an empty line takes what is recommended",
            "Kept Q1: beside (recommended).",
            "Q2, Latest posts, 2 of 6.",
            "Q1, Hero, 1 of 6.",
            "Now: beside (recommended)",
            "Kept Q1: below.",
            "Recommended: 3",
            "Kept Q2: 3 (recommended).",
            "Kept Q3: 3 again.",
            "3 recommended answers taken.",
            "Told to the author.",
            "recorded says:",
            "recorded drafted harness/tasks/T002-homepage-v1.md.",
            "Q3 became AC-3: 3 again.",
            "It recommends the workflow feature",
            "# Task T002",
            "Type save, diff",
            "added ",
            "Saved T002",
            "Start a run of T002?",
            "Left as it is.",
        ],
    );
    assert!(!text.contains("ARTIFACT"), "{text}");
    let task = Task::parse(project.read(HOMEPAGE));
    let again = task.clarifications().into_iter().find(|c| c.id == "Q3");
    let again = again.unwrap();
    assert_eq!(again.answer.as_deref(), Some("3 again."));
    assert_eq!(again.became.as_deref(), Some("AC-3"));
    project.expect(0, &["check"]);
}

#[test]
fn a_person_answers_in_one_line_leaves_in_the_middle_and_goes_on() {
    let project = recorded();
    let mut terminal = Terminal::within(&project, &["--plain"], (110, 300), &[]);
    terminal.until("quit leaves; runs go on.");
    for (line, comes) in [
        ("B010", "converse makes one"),
        ("converse", "Q1? Write your answer"),
        ("help", "1. and an answer, 2. and an answer"),
        ("1. below 3. 3 again.", "Kept Q3: 3 again."),
        ("?", "What do you want to know about Q2?"),
        ("Which posts?", "Kept Q2: asked back: Which posts?"),
        ("backlog", "All is kept; dialogue goes back to it."),
        ("dialogue", "Q4? Write your answer"),
    ] {
        terminal.types(&format!("{line}\r"));
        terminal.until(comes);
    }
    let on_disk = project.read(HOMEPAGE);
    assert!(
        on_disk.contains("→ below") && on_disk.contains("→ 3 again."),
        "{on_disk}"
    );
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(!terminal.raw.contains(&0x1b), "{}", terminal.shown());

    let text = said(&project, "B010\nconverse\n2. 3 posts\n");
    in_order(
        &text,
        &[
            "It goes on: 6 questions, 3 of them answered, no draft yet.",
            "Q4, ",
            "Kept Q2: 3 posts.",
        ],
    );
}

/// An author whose draft says of one answer nothing.
const UNTRACED: &str = r###"read greeting
printf '%s\n' '{"type":"control_response","response":{"subtype":"success","request_id":"harness-1","response":{}}}'
read message
printf '%s\n' '{"type":"result","subtype":"success","is_error":false,"result":"## Questions\n- Q1 [blocking] Which colour?\n- Q2 How many?\n  - recommended: 3\n"}'
read message
printf '%s\n' '{"type":"result","subtype":"success","is_error":false,"result":"Here.\n\n<<<ARTIFACT task\n# Task T000 — Homepage\n\nStatus: Draft\n\n## Summary\n\nA page.\n\n## Scope\n\n### In Scope\n\n- One page.\n\n## Acceptance Criteria\n\n- AC-1: It is blue. (Q1)\nARTIFACT>>>\n"}'
read more
"###;

#[test]
fn an_answer_without_a_place_needs_a_word_more() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), UNTRACED).unwrap();
    let project = project_with(&scripted(script.path()));
    let mut command = project.command(&["--plain"]);
    command.env("ANTHROPIC_API_KEY", "sk-ant-scripted-key");
    let text = told(
        command,
        "B010\nconverse\n\n-\n1. blue\n\nsave\nsave anyway\nB010\n",
    );
    in_order(
        &text,
        &[
            "Q1, 1 of 2. It needs an answer.",
            "Nothing is recommended here",
            "Kept Q1: left to the author.",
            "Kept Q1: blue.",
            "Kept Q2: 3 (recommended).",
            "Q1 became AC-1: blue",
            "No line says what became of Q2: 3 (recommended)",
            "Not saved",
            "save-anyway",
            "Saved T002",
            "You can: run",
        ],
    );
}

/// An author that asks leave for a write, and says what it was told.
const ASKS_LEAVE: &str = r#"read greeting
printf '%s\n' '{"type":"control_response","response":{"subtype":"success","request_id":"harness-1","response":{}}}'
read message
printf '%s\n' '{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Write","input":{"file_path":"page.txt","content":"one\ntwo\n"},"tool_use_id":"t1"}}'
read decision
case "$decision" in *'not that file'*) words='I was told why.' ;; *'nobody is there'*) words='Nobody was there.' ;; *) words='I was told nothing.' ;; esac
printf '{"type":"result","subtype":"success","is_error":false,"result":"%s"}\n' "$words"
read more
"#;

#[test]
fn leave_is_asked_for_in_words_with_the_change_and_denied_where_nobody_is_there() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), ASKS_LEAVE).unwrap();
    let project = project_with(&scripted(script.path()));
    let key = [("ANTHROPIC_API_KEY", "sk-ant-scripted-key")];
    let mut terminal = Terminal::within(&project, &["--plain"], (110, 200), &key);
    terminal.until("quit leaves; runs go on.");
    for (line, comes) in [
        ("B010", "converse makes one"),
        ("converse", "Type allow for this once"),
        ("perhaps", "Nothing was decided"),
        ("deny not that file", "I was told why."),
    ] {
        terminal.types(&format!("{line}\r"));
        terminal.until(comes);
    }
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let shown = terminal.shown();
    in_order(
        &shown,
        &[
            "scripted asks leave for Write page.txt.",
            "In page.txt:",
            "added: one",
            "added: two",
            "Denied.",
        ],
    );

    let mut command = project.command(&["--plain"]);
    command.env(key[0].0, key[0].1);
    let text = told(command, "B011\nconverse\n");
    in_order(
        &text,
        &[
            "Denied, for nobody is there to allow it: Write page.txt.",
            "Nobody was there.",
        ],
    );
    assert_eq!(project.read("page.txt"), "light\n");
}

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

#[test]
fn what_a_run_asks_is_told_with_what_its_stage_said_and_answered() {
    let project = Project::new().agent("build", ASKS).flow(BUILD);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let text = said(
        &project,
        "lines all\n1\nrespond\n-\n\nhalf as dark\nback\n2. darker\nsend\nwait\n",
    );
    in_order(
        &text,
        &[
            "You can: respond",
            "Build asks you 2 questions; it runs again with your answers.",
            "Build says:",
            "The page names no colour",
            "Q1, 1 of 2. It needs an answer.",
            "Which blue is meant?",
            "Why: both stand in the list of colours",
            "A: navy, recommended",
            "Q1: the stage can't go on without an answer to it.",
            "Noted Q1: navy (recommended).",
            "How dark is the border?",
            "Noted Q2: half as dark.",
            "All is answered. Type send to send 2 answers",
            "Now: half as dark",
            "Noted Q2: darker.",
            "Ordered.",
            "Answered; the stage runs again",
            "completed",
        ],
    );
    project.until(&run, |view| view.state() == RunState::Completed);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    assert!(task.contains("How dark is the border? → darker"), "{task}");
}

#[test]
fn a_task_that_is_there_is_asked_what_is_to_change() {
    let project = recorded();
    let text = said(
        &project,
        "dialogue\nB001\nconverse\nbacklog\nB010\nrespond\n",
    );
    in_order(
        &text,
        &[
            "No dialogue is open; converse on an item or a task opens one.",
            "T001 Dark mode, a dialogue with recorded.",
            "What is to change?",
            "All is kept; dialogue goes back to it.",
            "Answer: choose a run first",
        ],
    );
}

#[test]
fn what_is_said_to_be_kept_is_in_the_file_after_a_kill() {
    let project = recorded();
    let answers = ["below", "3", "3 again.", "a line of thanks", "nowhere yet"];
    for (n, answer) in answers.iter().enumerate() {
        let mut terminal = Terminal::within(&project, &["--plain"], (110, 300), &[]);
        terminal.until("quit leaves; runs go on.");
        terminal.types("B010\r");
        terminal.until("Its status in the backlog is");
        terminal.types("converse\r");
        terminal.until(&format!("Q{}? Write your answer", n + 1));
        terminal.types(&format!("{answer}\r"));
        terminal.until(&format!("Kept Q{}: {answer}", n + 1));
        terminal.signal(Signal::KILL);
        terminal.ends();
        let task = project.read(HOMEPAGE);
        for answer in &answers[..=n] {
            assert!(task.contains(&format!("→ {answer}\n")), "{answer}\n{task}");
        }
    }
}

#[test]
fn what_was_answered_to_a_stage_and_not_sent_is_there_after_a_kill() {
    let project = Project::new().agent("build", ASKS).flow(BUILD);
    project.expect(6, &["run", "T001"]);
    let folder = project.runs()[0].order.run.to_string();
    let kept = project.home().join(".git/harness/runs").join(folder);
    let kept = kept.join("unsent.build.json");
    let open = || {
        let mut terminal = Terminal::within(&project, &["--plain"], (110, 200), &[]);
        terminal.until("quit leaves; runs go on.");
        terminal.types("1\r");
        terminal.until("You can: respond");
        terminal.types("respond\r");
        terminal
    };
    let mut terminal = open();
    terminal.until("Q1? Write your answer");
    terminal.types("b\r");
    terminal.until("Q2? Write your answer");
    terminal.types("precious words\r");
    terminal.until("Noted Q2: precious words.");
    until_holds(&kept, Some("precious words"));
    terminal.signal(Signal::KILL);
    terminal.ends();

    let mut terminal = open();
    terminal.until("All is answered. Type send");
    assert!(!terminal.shown().contains("Q1?"), "{}", terminal.shown());
    terminal.types("quit\r");
    terminal.until("2 answers not sent");
    assert!(!terminal.shown().contains("lost"), "{}", terminal.shown());
    terminal.types("send\r");
    terminal.until("Ordered.");
    terminal.until("Answered; the stage runs again");
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}
