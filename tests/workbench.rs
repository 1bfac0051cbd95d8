//! The workbench as a person uses it: the real program on a terminal of its own, by keys alone.

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

use harness_tui::records::runs::RunView;
use harness_tui::store::lock::Lock;
use harness_tui::terms::{RunState, StageState};
use rustix::process::Signal;
use std::path::PathBuf;
use support::project::{GATED, Project, WORKS, at_the_gate, put};
use support::terminal::{Terminal, comes, proves, turns};

/// Nothing of the screen is left behind on the terminal.
fn given_back(terminal: &Terminal) {
    let screen = terminal.screen();
    assert!(!screen.alternate_screen(), "the other screen");
    assert!(!screen.hide_cursor(), "the cursor");
    assert!(!screen.bracketed_paste(), "paste");
    assert_eq!(
        screen.mouse_protocol_mode(),
        vt100::MouseProtocolMode::None,
        "the mouse"
    );
    let raw = &terminal.raw;
    let last = |what: &[u8]| raw.windows(what.len()).rposition(|w| w == what);
    assert!(last(b"\x1b[?1004l") > last(b"\x1b[?1004h"), "the focus");
    assert!(last(b"\x1b[?2026l") > last(b"\x1b[?2026h"), "a frame");
}

#[test]
fn what_waits_comes_first_and_is_approved_on_its_page_and_nowhere_else() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.until("? 1 waiting for you");
    // A double press, too, does no more than to bring the page up.
    terminal.types("aa");
    terminal.until("Is the result of Build good?");
    terminal.until("same tree");
    terminal.reads();
    assert_eq!(project.view(&run).state(), RunState::AwaitingApproval);
    proves!(Approve on terminal, comes("approved"));
    project.until(&run, |v| v.state() == RunState::Completed);
    terminal.until("[3 Pipeline]");
    let given = |t: &Terminal| !t.screen().alternate_screen();
    proves!(Leave on terminal, turns("the terminal is given back", &given));
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    given_back(&terminal);
}

#[test]
fn looking_at_it_changes_nothing_and_a_reason_sends_the_work_back() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("a");
    terminal.until("asks for your approval");
    terminal.types("\u{1b}");
    // Back to where the page came up.
    terminal.until("WAITING FOR YOU 1");
    assert_eq!(project.runs()[0].state(), RunState::AwaitingApproval);
    proves!(SendBack on terminal, comes("What is to be changed?"));
    terminal.types("darker\u{1b}");
    terminal.until("kept: sending it back begins with it");
    terminal.types("b");
    terminal.until("What is to be changed? darker");
    terminal.types(", please\r");
    terminal.until("sent back");
    project.until(&run, |v| {
        v.run.stages[0].rejections == 1 && v.state() == RunState::AwaitingApproval
    });
    terminal.types("\r");
    terminal.until("T001-BUILD-2");
    let decided = &project.runs()[0].run.decisions;
    assert!(
        decided.iter().any(|d| d.what.contains("darker, please")),
        "{decided:?}"
    );
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn an_edit_in_between_voids_what_was_on_the_screen() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("a");
    terminal.until("same tree");
    terminal.reads();
    let tree = project.runs()[0].order.tree.clone();
    std::fs::write(tree.join("unseen.txt"), "nobody saw this\n").unwrap();
    terminal.types("a");
    // Refused with the reason, and the page shows what is so.
    terminal.until("refused");
    terminal.until("older than the tree");
    terminal.until("no approval: work in");
    terminal.types("1a");
    terminal.until("[4 Artifacts]");
    terminal.until("older than the tree");
    let view = &project.runs()[0];
    assert_eq!(view.state(), RunState::AwaitingApproval);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn every_size_is_drawn_and_too_small_is_said() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 200, 60);
    terminal.until("WAITING FOR YOU 1");
    terminal.until("enter shows what waits for you");
    for (cols, rows) in [(120, 35), (80, 24), (40, 10)] {
        terminal.resize(cols, rows);
        terminal.until("? more");
    }
    terminal.resize(38, 9);
    terminal.until("too small (38x9), needs 40x10");
    terminal.resize(1, 1);
    terminal.resize(80, 24);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_help_lists_actions_with_their_reasons_and_does_the_chosen_one() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(Help on terminal, comes("Steer the run"));
    terminal.until("(nothing is stale");
    terminal.types("documents\r");
    terminal.until("[4 Artifacts]");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn it_follows_the_disk() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("READY 1");
    let backlog = project.read("harness/backlog.md");
    let more = "\n## B777 — A line from elsewhere\n\nStatus: Planned\n";
    put(
        &project.home().join("harness/backlog.md"),
        &(backlog + more),
    );
    terminal.until("A line from elsewhere");
    project.expect(6, &["run", "T001"]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends(), 0);
    given_back(&terminal);
}

#[test]
fn nothing_from_outside_acts_on_the_terminal() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let backlog = project.read("harness/backlog.md");
    let hostile = "\n## B778 — Harm \u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{9b}31m\u{202e}done\n\n\
                   Status: Planned\n\nSummary \u{1b}]0;title\u{7}\u{1b}P$q\u{1b}\\ end\n";
    put(
        &project.home().join("harness/backlog.md"),
        &(backlog + hostile),
    );
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("Harm");
    terminal.types("G");
    terminal.until("it needs a task definition first");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    for bad in ["\u{1b}]52", "\u{1b}]0;", "\u{1b}P", "\u{9b}", "\u{202e}"] {
        let bad = bad.as_bytes();
        assert!(
            !terminal.raw.windows(bad.len()).any(|w| w == bad),
            "{bad:?}"
        );
    }
    let erased = terminal.raw.windows(4).filter(|w| *w == b"\x1b[2J").count();
    assert!(erased <= 1, "erased {erased} times");
}

#[test]
fn an_order_counts_whatever_key_follows_it() {
    let stages = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("pyq");
    assert_eq!(terminal.ends(), 0);
    project.until(&run, |v| v.run.pause);
}

#[test]
fn a_run_is_paused_and_goes_on_by_one_key() {
    let stages = "  - { id: build, name: Build, role: build }\n  - { id: more, name: More, \
                  role: build, depends_on: [build], gate: { before: \"true\" } }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("asks for your approval");
    proves!(Pause on terminal, comes("Pause RUN-"));
    terminal.until("next would be: More");
    assert!(!project.runs()[0].run.pause);
    terminal.types("p");
    terminal.until("paused at");
    project.until(&run, |v| v.run.pause);
    terminal.until("p resume");
    terminal.types("p");
    terminal.until("Let RUN-");
    terminal.until("Still asks you");
    terminal.types("\r");
    project.until(&run, |v| !v.run.pause);
    assert_eq!(project.runs()[0].run.stages[0].state, StageState::Passed);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_double_press_is_one_order() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    // The first asks, the second says yes, the third is one too many, or asks for the way back.
    terminal.types("ppp");
    terminal.until("paused at");
    if terminal.shown().contains("Let RUN-") {
        terminal.types("n");
    }
    let view = project.until(&run, |v| v.run.pause && !v.supervised);
    let paused = view
        .run
        .decisions
        .iter()
        .filter(|d| d.what.contains("pause"));
    assert_eq!(paused.count(), 1, "{:?}", view.run.decisions);
    // What it came to is on the screen, and the same key is free again.
    terminal.types("pp");
    project.until(&run, |v| !v.run.pause);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn an_order_that_is_taken_away_holds_its_key_no_longer() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    let dirs = project.view(&run).dirs;
    // Nobody else can come for the run.
    let lock = Lock::try_take(&dirs.lock()).unwrap().unwrap();
    terminal.types("pp");
    terminal.until("order given");
    terminal.types("p");
    terminal.until("already ordered, not yet taken up");
    let orders = |v: &RunView| -> Vec<PathBuf> {
        let lies = std::fs::read_dir(v.dirs.control()).into_iter().flatten();
        let paths = lies.map(|e| e.unwrap().path());
        paths
            .filter(|p| p.extension().is_some_and(|e| e == "cmd"))
            .collect()
    };
    let view = project.until(&run, |v| !orders(v).is_empty());
    for order in orders(&view) {
        std::fs::remove_file(order).unwrap();
    }
    terminal.until("somebody took the order away");
    drop(lock);
    terminal.types("pp");
    project.until(&run, |v| v.run.pause && !v.supervised);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
