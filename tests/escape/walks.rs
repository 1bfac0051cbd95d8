//! Through every view, page, list and question of the screen.

use crate::hostile::hostile;
use crate::payloads::{all, as_lines, in_one_line};
use crate::support::project::Project;
use crate::support::terminal::Terminal;
use crate::watch::{Also, only_ours, only_ours_and};
use harness_tui::terms::RunState;
use std::time::Duration;

/// The marks around pasted text.
const PASTE: (&str, &str) = ("\u{1b}[200~", "\u{1b}[201~");

/// Presses these keys one after the other, and looks at what comes.
fn presses(terminal: &mut Terminal, keys: &[&str]) {
    for key in keys {
        // Written out, escape is one whatever comes with the same read.
        terminal.types(if *key == "\u{1b}" { "\u{1b}[27u" } else { key });
        terminal.looks_on(Duration::from_millis(60));
    }
}

fn leaves(terminal: &mut Terminal) {
    terminal.signal(rustix::process::Signal::TERM);
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

/// Through the views, and through the documents one after the other.
fn through_the_views(terminal: &mut Terminal) {
    terminal.until("WAITING FOR YOU 1");
    presses(
        terminal,
        &[
            "G", "g", "w", "\u{1b}", "a", "n", "e", "\u{1b}", "/", "seen\r", "\u{1b}", "G", "\r",
            "g", "\r", "3", "\t", "g", "\r", "\u{1b}", "jjj", "\r", "\u{1b}", "G", "z", "z", "w",
            "\u{1b}", "\u{1b}", "4", "jjj", "\t", "G", "g", "t", "t", "v", "\t", "jj", "]", "]",
            "4", "1", "?", "seen", "\u{1b}", ":", "\u{1b}", "\u{c}",
        ],
    );
    terminal.types("!4");
    for _ in 0..10 {
        presses(terminal, &["\u{1b}j\r", "G"]);
    }
    assert!(String::from_utf8_lossy(&terminal.raw).contains("Seen"));
}

#[test]
fn no_view_lets_it_through() {
    let (project, _) = hostile();
    let mut terminal = Terminal::sized(&project, &[], 80, 24);
    through_the_views(&mut terminal);
    leaves(&mut terminal);
    only_ours(&terminal.raw, "the views at 80x24");
}

/// The same on a terminal that takes links.
#[test]
fn no_view_lets_it_through_where_links_are_written() {
    let (project, _) = hostile();
    let variables = [("ALACRITTY_WINDOW_ID", "1")];
    let mut terminal = Terminal::within(&project, &[], (160, 45), &variables);
    through_the_views(&mut terminal);
    // The note, page by page: each of its links is on the screen once.
    open_note(&mut terminal);
    terminal.types("\t");
    for _ in 0..12 {
        presses(&mut terminal, &["\u{1b}[6~"]);
    }
    leaves(&mut terminal);
    let seen = only_ours_and(&terminal.raw, "the views at 160x45", &[Also::Links]);
    assert!(seen.links > 100, "{}", seen.links);
}

/// Opens the note by the list: what it names leads there by its title.
fn open_note(terminal: &mut Terminal) {
    terminal.types("\u{1b}\u{1b}\u{1b}");
    terminal.looks_on(Duration::from_millis(60));
    terminal.types("14");
    terminal.until("[4 Artifacts]");
    down_to(terminal, "harness/artifacts/note.md");
    terminal.until("AC-1 seen");
}

/// The papers of the run in the order of the list, from the gate on, each by its title.
const PAPERS: [&str; 8] = [
    "Build ",
    "harness/tasks/T001-dark-mode.md",
    "the change of this run",
    "│  report ",
    "harness/artifacts/note.md",
    "prompt of spec",
    "checks of build",
    "prompt of build",
];

/// Goes down the list of papers to the one of this title.
fn down_to(terminal: &mut Terminal, title: &str) {
    let n = PAPERS.iter().position(|p| *p == title).unwrap();
    terminal.types("g");
    terminal.types(&"j".repeat(n));
    terminal.until_it(title, |shown| {
        let head = shown.lines().nth(3);
        head.is_some_and(|head| head.contains(title)) && !shown.contains("reading…")
    });
}

#[test]
fn no_page_of_a_run_lets_it_through() {
    let (project, _) = hostile();
    let mut terminal = Terminal::sized(&project, &[], 140, 40);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("4");
    terminal.until("[4 Artifacts]");
    for title in PAPERS {
        down_to(&mut terminal, title);
        presses(
            &mut terminal,
            &["\t", "G", "g", ")", "/seen\r", "n", "N", "d", "G", "\t"],
        );
    }
    // All that belongs to a criterion.
    down_to(&mut terminal, "harness/artifacts/note.md");
    terminal.types("\t/AC-1\r");
    terminal.looks_on(Duration::from_millis(80));
    terminal.types("l");
    terminal.until("lineage of AC-1");
    presses(&mut terminal, &["G", "g", "\u{1b}"]);
    leaves(&mut terminal);
    only_ours(&terminal.raw, "the pages");
}

#[test]
fn no_list_chart_or_history_lets_it_through() {
    let (project, _) = hostile();
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut terminal = Terminal::sized(&project, &[], columns, rows);
        terminal.until("WAITING FOR YOU 1");
        terminal.types("o");
        terminal.until("1 of 1");
        presses(&mut terminal, &["seen", "\u{7f}\u{7f}\u{7f}\u{7f}", "\r"]);
        terminal.until("[3 Pipeline]");
        for stage in ["g", "G"] {
            presses(&mut terminal, &[stage, "H"]);
            terminal.until("History of ");
            presses(&mut terminal, &["\u{1b}[B", "\u{1b}[B", "H"]);
        }
        terminal.types("t");
        terminal.until("Time of the run");
        terminal.until("in all: worked");
        presses(
            &mut terminal,
            &["t", "\t", "/seen\r", "n", "N", "E", "Z", "Z", " ", "(", ")"],
        );
        terminal.types("\u{14}");
        terminal.until("Themes");
        terminal.until("✗ faults");
        for _ in 0..12 {
            presses(&mut terminal, &["j"]);
        }
        presses(&mut terminal, &["\u{1b}"]);
        leaves(&mut terminal);
        only_ours(&terminal.raw, &format!("lists at {columns}x{rows}"));
    }
}

/// Approves the run and waits until it is completed.
fn completed(project: &Project, run: &str) {
    let told = project.run(&["approve", run, "--follow"]);
    only_ours(told.out.as_bytes(), "approve");
    project.until(run, |v| v.state() == RunState::Completed);
}

#[test]
fn no_question_lets_it_through() {
    let (project, run) = hostile();
    let mut terminal = Terminal::sized(&project, &[], 140, 40);
    terminal.until("WAITING FOR YOU 1");
    // Questions about the run, each left as it is.
    presses(&mut terminal, &["a", "n", "x", "n", "b"]);
    let pasted = String::from_utf8_lossy(&as_lines()).into_owned();
    // The end of a paste is the one thing that a pasted text can't hold.
    presses(&mut terminal, &[PASTE.0, &pasted, PASTE.1, "\u{1b}"]);
    presses(&mut terminal, &["/", PASTE.0, &pasted, PASTE.1, "\u{1b}"]);
    presses(
        &mut terminal,
        &["n", PASTE.0, &pasted, PASTE.1, "\u{1b}", "g"],
    );
    completed(&project, &run);
    terminal.types("g");
    terminal.looks_on(Duration::from_millis(80));
    // Something that a start would leave out, so that it is asked about.
    project.put("seen \u{1b}]0;pwned\u{7}\u{202e}.txt", "seen\n");
    project.put("page.txt", "mine\n");
    terminal.types("/T002");
    terminal.until("1 of 19");
    terminal.types("\r");
    terminal.until("uncommitted file");
    terminal.types("r");
    terminal.until("Start a run of T002?");
    presses(&mut terminal, &["\u{1b}[B", "\u{1b}[B", "\u{1b}"]);
    terminal.types("/\u{15}T001");
    terminal.until("1 of 19");
    terminal.types("\r");
    // What stands in the way of a landing, then the question, then what came of it.
    terminal.types("L");
    terminal.until("can't be landed");
    presses(&mut terminal, &["\u{1b}[B", "\u{1b}"]);
    project.git(&["checkout", "-q", "--", "page.txt"]);
    terminal.types("L");
    terminal.until("Land RUN-");
    presses(&mut terminal, &["\u{1b}[B", "\u{1b}[B", "m"]);
    terminal.until("a merge over the run's own commits");
    // However long a person reads it.
    terminal.looks_on(Duration::from_millis(1100));
    terminal.types("y");
    terminal.until("landed on");
    presses(
        &mut terminal,
        &["\u{1b}", "w", "\u{1b}", "\r", "4", "j", "\u{1b}"],
    );
    leaves(&mut terminal);
    only_ours(&terminal.raw, "questions");
}

/// What an author says that puts hostile text wherever it can: in words, questions and options, in
/// calls, and in the draft.
fn says(turn: u32) -> String {
    let mut text = String::from("Seen words \u{1b}]0;pwned\u{7}\u{202e}\n\n");
    if turn == 1 {
        for (n, some) in all().chunks(8).enumerate() {
            let odd = in_one_line(some);
            let n = n + 1;
            text.push_str(&format!(
                "{n}. **Seen {odd}** — Is it seen {odd}?\n   Why: {odd} seen\n   a) seen {odd} (recommended)\n   b) other {odd}\n"
            ));
        }
    } else {
        let odd = in_one_line(&all()[..8]);
        text.push_str(&format!(
            "<<<ARTIFACT task\n# Task T009 — Seen {odd}\n\nWorkflow: seen{odd} — {odd}\n\n## Summary\n\nSeen {odd}\n\n## Acceptance Criteria\n\n- It is seen {odd} (Q1)\nARTIFACT>>>\n"
        ));
    }
    let title = in_one_line(&all()[..40]);
    let call = serde_json::json!({"type": "tool_started", "id": "1", "kind": "read",
        "name": format!("Seen {title}"), "title": title, "paths": []});
    let events = [
        call,
        serde_json::json!({"type": "warning", "text": title}),
        serde_json::json!({"type": "text_delta", "text": text}),
        serde_json::json!({"type": "text", "text": text}),
    ];
    let lines = events.map(|event| serde_json::json!({"at_ms": 1, "event": event}).to_string());
    lines.join("\n") + "\n{\"exit\":{\"code\":0}}\n"
}

#[test]
fn no_dialogue_lets_it_through() {
    let (project, _) = hostile();
    for turn in 1..=2 {
        let name = format!("recordings/author.{turn}.1.jsonl");
        crate::support::project::put(&project.outside(&name), &says(turn));
    }
    let recordings = project.outside("recordings").display().to_string();
    project.put(
        "harness/harness.local.yaml",
        &format!("agents:\n  - name: odd\n    driver: replay\n    recordings: \"{recordings}\"\n    capabilities: [author]\n"),
    );
    let mut terminal = Terminal::sized(&project, &[], 140, 40);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("/B104\r");
    terminal.looks_on(Duration::from_millis(80));
    terminal.types("c");
    terminal.until("[2 Dialogue]");
    terminal.until(" open   ");
    let pasted = String::from_utf8_lossy(&as_lines()).into_owned();
    presses(&mut terminal, &["]", "]", "]", "[", "j", "j", "\r"]);
    presses(&mut terminal, &["i", PASTE.0, &pasted, PASTE.1, "\r"]);
    presses(&mut terminal, &["A", PASTE.0, &pasted, PASTE.1, "\r"]);
    presses(&mut terminal, &["c", PASTE.0, &pasted, PASTE.1, "\u{1b}"]);
    terminal.types("D");
    terminal.until("taken");
    presses(&mut terminal, &["G", "g"]);
    terminal.types("t");
    terminal.until("a draft of the task");
    presses(
        &mut terminal,
        &["v", "\t", "G", "g", "v", "G", "g", "\t", "s", "\u{1b}"],
    );
    terminal.types("1");
    presses(&mut terminal, &["2", "z", "z", "?", "\u{1b}"]);
    leaves(&mut terminal);
    only_ours(&terminal.raw, "the dialogue");
    assert!(String::from_utf8_lossy(&terminal.raw).contains("Is it seen"));
}

#[test]
fn what_is_copied_is_what_is_shown() {
    let (project, run) = hostile();
    let variables = [("ALACRITTY_WINDOW_ID", "1")];
    let mut terminal = Terminal::within(&project, &[], (140, 40), &variables);
    terminal.until("WAITING FOR YOU 1");
    // The id of what is chosen.
    terminal.types("y");
    terminal.until("copied ");
    // The text of half the screen.
    terminal.types("\u{1b}[<0;3;5M\u{1b}[<32;60;30M\u{1b}[<0;60;30m");
    terminal.until("copied what is selected");
    // An address.
    open_note(&mut terminal);
    terminal.types("\t");
    terminal.types("/https://seen.example");
    terminal.until("/https://seen.example 1 of ");
    terminal.types("\r\r");
    terminal.until("copied https://seen.example/");
    let copies = terminal.until_printed(b"\x1b]52;c;", 2);
    terminal.types("\u{1b}[<0;40;5M\u{1b}[<32;130;35M\u{1b}[<0;130;35m");
    terminal.until_printed(b"\x1b]52;c;", copies);
    leaves(&mut terminal);
    let also = [Also::Links, Also::Copies];
    let seen = only_ours_and(&terminal.raw, "copies", &also);
    assert!(seen.copied.len() >= 4, "{:?}", seen.copied);
    assert!(
        run.contains(&seen.copied[0]) || seen.copied[0].starts_with('B'),
        "{:?}",
        seen.copied[0]
    );
    assert!(seen.copied[1].contains("Seen"), "{}", seen.copied[1]);
    assert!(seen.copied[2].starts_with("https://seen.example/"));
}
