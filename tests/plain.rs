//! The linear mode as a person has it: the real program, fed through a pipe and on a terminal.

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
use std::time::Duration;
use support::lines::{in_order, said, told};
use support::project::{GATED, Project, WORKS, at_the_gate};
use support::sample::{Sample, Timed};
use support::terminal::Terminal;

#[test]
fn what_waits_is_chosen_by_its_number_and_approved_by_its_word() {
    let (project, run) = at_the_gate();
    let text = said(&project, "1\napprove\nyes\n");
    in_order(
        &text,
        &[
            "1 run waits for you.",
            "Waiting for you:",
            "1. B001 T001 Dark mode: awaiting approval at Build, for ",
            "1. Build: awaiting approval",
            "You can: approve, send-back",
            "Approve Build?",
            "Type yes to do it",
            "Ordered.",
            "Approved",
        ],
    );
    project.until(&run, |v| v.state() == RunState::Completed);
}

#[test]
fn a_no_leaves_it_and_a_reason_sends_it_back() {
    let (project, run) = at_the_gate();
    let text = said(&project, "1\napprove\nno\nquit\n");
    in_order(&text, &["Approve Build?", "Left as it is."]);
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
    let text = said(&project, "1\nsend-back darker, please\n");
    in_order(&text, &["Sent back"]);
    project.until(&run, |v| {
        v.run.stages[0].rejections == 1 && v.state() == RunState::AwaitingApproval
    });
    let decided = &project.runs()[0].run.decisions;
    assert!(decided.iter().any(|d| d.what.contains("darker, please")));
}

#[test]
fn every_word_of_the_help_does_something_or_says_why_not() {
    let (project, _) = at_the_gate();
    let text = said(
        &project,
        "lines all\n1\nwhy\n1\nartifacts\npause\nyes\nfoo\nhelp\nlist\n",
    );
    in_order(
        &text,
        &[
            "What: ",
            "Command: ",
            "Build: awaiting approval",
            "Attempt ",
            "harness/tasks/T001-dark-mode.md",
            "Nothing runs now.",
            "Ordered.",
            "There is no word 'foo' here.",
            "approve: Read what the gate asks about",
            "rerun-stale: ",
            "Not now: nothing is stale",
            "1. B001 T001 Dark mode",
        ],
    );
}

#[test]
fn it_says_what_changes_line_by_line_on_a_terminal_without_taking_it_over() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::within(&project, &["--plain"], (100, 40), &[]);
    terminal.until("1. B001 T001 Dark mode: task ready.");
    terminal.until("quit leaves; runs go on.");
    project.expect(6, &["run", "T001"]);
    terminal.until("awaiting approval at Build.");
    terminal.types("1\r");
    terminal.until("You can: approve");
    terminal.types("send-back\r");
    terminal.until("Type what is to be changed");
    terminal.types("\r");
    terminal.until("it needs a reason");
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(!terminal.raw.contains(&0x1b), "{}", terminal.shown());
}

#[test]
fn it_is_a_screen_of_its_own() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    for args in [&["--plain", "status"][..], &["--plain", "--json"]] {
        let ran = project.run(args);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(
            ran.err.contains("--plain is a screen of its own"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_script_goes_from_an_item_to_landed_by_words_alone() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let lines = "1\nrun\nyes\nwait\ngate\napprove\nyes\nwait\ncosts\ndiff\nreceipt\nland\nyes\n";
    let text = said(&project, lines);
    in_order(
        &text,
        &[
            "1. B001 T001 Dark mode: task ready.",
            "Start a run of T001?",
            "branch: ",
            "gate: you are asked after Build",
            "from: main at ",
            "stages: Build, build in role build",
            "cost: no history to tell it by",
            "Type yes to start it",
            "started from",
            "1. Build: ",
            "T001, Build asks for your approval of its result",
            "Build asks: Is the result of Build good?",
            "Criterion AC-1, It is dark. Judged: not judged.",
            "In the root: 1 file, 1 added, 0 removed.",
            "No checks were asked for.",
            "The evidence is of the tree as it is",
            // Read just before, it is not said once more.
            "Approve Build?",
            "Ordered.",
            "completed",
            "In all: ",
            "Changed page.txt, 1 added, 0 removed.",
            "added 2: dark",
            "The receipt of RUN-",
            "Verified: all that git can tell is so.",
            "what the run came to; it has not landed as that.",
            "Criteria:",
            "so: AC-1 not judged: It is dark; no review judged it.",
            "Decisions:",
            "so: approved build by Ada on ",
            "; given on what the run came to.",
            "on main?",
            "onto: main at ",
            "as: one commit",
            "files: changed page.txt, 1 added, 0 removed",
            "Type yes to land it, d for the change, m for merge, r for rebase",
            "Landed on main as",
        ],
    );
    assert!(text.contains("Approved; rerun on a stage"), "{text}");
    assert_eq!(text.matches("Build asks: ").count(), 1, "{text}");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn a_person_goes_the_same_way_and_may_take_time_to_read() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::within(&project, &["--plain"], (110, 200), &[]);
    terminal.until("quit leaves; runs go on.");
    for (word, comes) in [
        ("B001", "You can: run."),
        ("r", "Type yes to start it"),
        ("no", "Left as it is."),
        ("run", "cost: "),
        ("yes", "T001, Build asks for your approval"),
        ("approve", "Approve Build?"),
        ("yes", "Dark mode, RUN-"),
    ] {
        terminal.types(&format!("{word}\r"));
        terminal.until(comes);
    }
    terminal.until("completed.");
    terminal.types("land\r");
    terminal.until("Type yes to land it");
    // What was shown is what is landed, also a while later.
    terminal.looks_on(Duration::from_millis(2_100));
    terminal.types("yes\r");
    terminal.until("Landed on main as");
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(!terminal.raw.contains(&0x1b), "{}", terminal.shown());
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn items_are_added_and_edited_and_no_other_byte_changes() {
    let project = Project::new().agent("build", WORKS);
    let backlog = "# Backlog\r\n\r\nA word\tof mine  \r\n\r\n### B001 \u{2014} Dark mode\r\n\r\n**Status:** \
        Someday  \r\n**Summary:** At night. And at dusk.  \r\n\r\n---\r\n\r\nNotes stay.";
    project.put("harness/backlog.md", backlog);
    let project = project.flow(GATED);
    let text = said(
        &project,
        "B001\nedit-item status Planned\nedit-item\nNight mode\n\n\nyes\nedit-item\nX\n\n\nno\n",
    );
    in_order(
        &text,
        &[
            "B001 changed",
            "Title is: Dark mode.",
            "Status is: Planned.",
            "Title becomes: Night mode. It was: Dark mode.",
            "Type yes to write it",
            "B001 changed",
            "Left as it is.",
        ],
    );
    let wanted = backlog.replace("Someday", "Planned");
    let wanted = wanted.replace("Dark mode", "Night mode");
    assert_eq!(project.read("harness/backlog.md"), wanted);

    let text = said(&project, "new Atom feed\nFor readers.\nnew\n\nfind atom\n");
    in_order(
        &text,
        &[
            "Summary? An empty line for none.",
            "B002 added",
            "Title? An empty line adds nothing.",
            "Nothing was added.",
            "1 of 2 fit 'atom'",
            "1. B002 Atom feed: no task yet.",
        ],
    );
    let now = project.read("harness/backlog.md");
    assert!(now.starts_with(&wanted[..wanted.len() - 12]), "{now:?}");
    assert!(now.contains("### B002") && now.contains("For readers."));

    // What is taken back leaves the file as it was.
    let text = said(
        &project,
        "new Maps\n\nundo\nedit-item colour red\nedit-item title -\n",
    );
    in_order(
        &text,
        &[
            "B003 added",
            "Taken back: B003 added",
            "After it stands title, status",
        ],
    );
    assert_eq!(project.read("harness/backlog.md"), now);
}

#[test]
fn a_document_is_read_in_pages_and_nothing_of_it_goes_by() {
    let project = Project::new().agent("build", WORKS);
    let mut task = project.read("harness/tasks/T001-dark-mode.md");
    task.push_str("\n## Task Notes\n\n\u{1b}]52;c;aGk=\u{7}\u{1b}[31mred\n");
    for n in 1..=60 {
        task.push_str(&format!("Note number {n}.\n"));
    }
    project.put("harness/tasks/T001-dark-mode.md", &task);
    let project = project.flow(GATED);
    project.expect(6, &["run", "T001"]);
    let text = said(
        &project,
        "1\nartifacts\nread task T001\nmore\nmore\nmore\nmore\nreport\n",
    );
    in_order(
        &text,
        &[
            "a number reads one:",
            "the gate of Build, asks you.",
            "task T001, harness/tasks/T001-dark-mode.md, 2 criteria.",
            "# Task T001",
            "more lines; more goes on.",
            "more lines; more goes on.",
            "Note number 60.",
            "There is no more of it.",
            "# Harness Run Report",
        ],
    );
    for n in 1..=60 {
        let line = format!("Note number {n}.\n");
        assert_eq!(text.matches(&line).count(), 1, "{line}{text}");
    }
    let pages: Vec<&str> = text.split("more goes on.").collect();
    assert!(pages[1].lines().count() < 25, "{}", pages[1]);
}

#[test]
fn a_document_of_any_size_is_read_to_its_end() {
    let writes = "cat >/dev/null; mkdir -p harness/artifacts; seq -f 'Row %06.0f of a log that goes on and on and \
        on, as logs do.' 1 50000 > harness/artifacts/log.txt; echo dark >> page.txt; echo done";
    let stage = "  - { id: build, name: Build, role: build, gate: { after: \"true\" }, produces: { log: \
        harness/artifacts/log.txt } }\n";
    let project = Project::new().agent("build", writes).flow(stage);
    project.expect(6, &["run", "T001"]);
    let mut lines = "lines 300\n1\nread log\n".to_owned();
    lines.push_str(&"more\n".repeat(4));
    let text = said(&project, &lines);
    assert!(text.contains("49700 more lines; more goes on."), "{text}");
    let rows: Vec<&str> = text.lines().filter(|l| l.starts_with("Row ")).collect();
    for (n, row) in rows.iter().enumerate() {
        assert!(row.starts_with(&format!("Row {:06} ", n + 1)), "{n}: {row}");
    }
    assert!(rows.len() >= 1_000, "{}", rows.len());
}

#[test]
fn each_refused_word_says_its_reason() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    for (word, reason) in [
        ("approve", "Approve: no run is chosen."),
        ("send-back", "Send back: no run is chosen."),
        ("land", "Land: no run is chosen."),
        (
            "undo",
            "Undo: nothing was written that could be taken back.",
        ),
        ("set-up", "Set up: there is a harness here already."),
        ("history", "History: choose a run first."),
        ("skip", "Skip: choose a run first."),
        ("follow", "Follow: no run is chosen."),
        ("timeline", "Timeline: the chosen stage has no attempt yet."),
        ("runs", "There is no such run."),
        ("next-waiting", "Next waiting: nothing waits for you."),
        ("open", "Open: it has no run yet."),
        ("artifacts", "Artifacts: no run is chosen."),
        ("read 1", "Read: no run is chosen."),
        ("gate", "Gate: no run is chosen."),
        ("diff", "Diff: no run is chosen."),
        ("lineage AC-1", "Lineage: no run is chosen."),
        ("wait", "nothing to wait for"),
        ("more", "There is no more of it."),
        ("lines none", "lines and a number changes that"),
        ("7", "1 entry to choose from"),
        ("zoom", "zoom is for the full screen alone"),
        ("run T001", "run takes nothing after it; nothing was done."),
        ("aprove", "Did you mean approve?"),
        (
            "rerun 9",
            "the number of a stage, 1 to 0; nothing was done.",
        ),
    ] {
        let text = said(&project, &format!("{word}\n"));
        assert!(text.contains(reason), "{word}: {text}");
    }
    assert!(project.runs().is_empty());
    let (project, _) = at_the_gate();
    for (word, reason) in [
        (
            "land",
            "Land: it is awaiting approval, and only a completed run is landed.",
        ),
        ("run", "Run: RUN-"),
        ("rerun-stale", "Rerun stale: nothing is stale"),
        ("skip", "Skip: "),
        ("send-back\n", "it needs a reason"),
        (
            "read nonsense",
            "There is no document 'nonsense' of this run",
        ),
        ("lineage AC-9", "After it stands a criterion: AC-1, AC-2."),
        ("diff 77", "After it stands the number of a document"),
        ("rerun x", "After it stands the number of a stage, 1 to 1"),
        ("cancel", "Nothing goes on by itself; rerun on a stage"),
    ] {
        let text = said(&project, &format!("1\n{word}\n"));
        assert!(text.contains(reason), "{word}: {text}");
    }
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
}

#[test]
fn what_is_under_way_is_followed_paused_and_ended_by_words() {
    let (project, run) = at_the_gate();
    let text = said(
        &project,
        "1\nrerun 1\nyes\nwait\ntimeline\nhistory 1\ntime\ncancel\nyes\n",
    );
    in_order(
        &text,
        &[
            "Run Build again?",
            "Ordered.",
            "Runs again",
            "What build.2.1 did so far:",
            "History of Build:",
            "in all: worked",
            "End RUN-",
            "is kept",
            "Cancelled",
        ],
    );
    project.until(&run, |v| v.state() == RunState::Cancelled);
}

#[test]
fn a_repository_is_set_up_and_the_sample_opened_by_words() {
    let sample = Sample::nothing(Timed::AtOnce);
    let text = told(
        sample.command(&["--plain"]),
        "set-up\nno\nset-up\nyes\nnew First\n\n",
    );
    in_order(
        &text,
        &[
            "has no harness yet; set-up says what it would write",
            "Type yes to write it",
            "Left as it is.",
            "files written below harness",
            "B001 added",
        ],
    );
    assert!(sample.home().join("harness/backlog.md").exists());

    let project = Project::new();
    let dir = project.outside("shown").display().to_string();
    let text = told(
        project.command(&["--plain", "demo", "--dir", &dir]),
        "T001\nrun\nno\n",
    );
    in_order(
        &text,
        &[
            "Tags and reading time: task ready.",
            "Start a run of T001?",
            "Left as it is.",
        ],
    );
}
