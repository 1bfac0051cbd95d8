//! What a person can do on the screen, action by action: the real program on a terminal of its own.

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
use rustix::process::Signal;
use std::fmt::Write as _;
use support::drive::{answers, fifo};
use support::project::{Project, WORKS, put, until_there};
use support::terminal::{Terminal, comes, goes, proves, turns};

const TASK: &str = "harness/tasks/T001-dark-mode.md";

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// Something to read, then a build that a person decides about.
const GATED: &str = "  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: \"harness/artifacts/T001-goal.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], gate: { after: \"true\" } }\n";

/// A project whose run waits at its gate, with one document to read.
fn at_the_gate() -> (Project, String) {
    let project = Project::new()
        .reviewer("spec", &answers("goal", "# Goal\n\nAC-1 and AC-2."))
        .agent("build", WORKS)
        .flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

/// A project whose build told much and stands still until it is let go.
fn held() -> (Project, String) {
    let project = Project::new();
    let (there, go) = (project.outside("there"), project.outside("go"));
    fifo(&go);
    let script = format!(
        "cat >/dev/null; n=0; while [ $n -lt 80 ]; do n=$((n+1)); echo \"word $n\"; done; \
         echo dark >> page.txt; touch '{}'; read _ < '{}'",
        there.display(),
        go.display()
    );
    let project = project
        .reviewer("spec", &answers("goal", "# Goal\n\nAC-1 and AC-2."))
        .agent("build", &script)
        .flow(GATED);
    let run = project.detach();
    until_there(&there);
    (project, run)
}

/// A project with many items, each with a summary of its own.
fn many_items() -> Project {
    let mut backlog = "# Backlog\n".to_owned();
    for n in 1..=90 {
        write!(
            backlog,
            "\n### B{n:03} - Item number {n}\n\n**Status:** Planned\n**Summary:** All about {n}.\n"
        )
        .unwrap();
    }
    let project = Project::new();
    project.put("harness/backlog.md", &backlog);
    std::fs::remove_file(project.home().join(TASK)).unwrap();
    project
        .agent("build", WORKS)
        .flow("  - { id: build, name: Build, role: build }\n")
}

/// The number of the item whose summary stands on the screen.
fn chosen(shown: &str) -> Option<usize> {
    let (_, rest) = shown.split_once("All about ")?;
    rest.split('.').next()?.parse().ok()
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn a_digit_goes_to_each_view() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(Pipeline on terminal, comes("[3 Pipeline]"));
    proves!(Artifacts on terminal, comes("[4 Artifacts]"));
    terminal.until("T001-goal.md");
    proves!(Backlog on terminal, comes("[1 Backlog]"));
    terminal.until("WAITING FOR YOU 1");
    leave(terminal);
}

#[test]
fn rows_half_pages_and_pages_are_gone_by_keys() {
    let project = many_items();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("All about 1.");
    let at = |to: std::ops::RangeInclusive<usize>| {
        move |t: &Terminal| chosen(&t.shown()).is_some_and(|n| to.contains(&n))
    };
    proves!(Down on terminal, turns("the second", &at(2..=2)));
    proves!(Up on terminal, turns("the first", &at(1..=1)));
    proves!(HalfPageDown on terminal, turns("half a page on", &at(8..=18)));
    proves!(HalfPageUp on terminal, turns("the first", &at(1..=1)));
    proves!(PageDown on terminal, turns("a page on", &at(20..=34)));
    proves!(PageUp on terminal, turns("the first", &at(1..=1)));
    proves!(Bottom on terminal, turns("the last", &at(90..=90)));
    proves!(Top on terminal, turns("the first", &at(1..=1)));
    // With the keys that everybody knows, too.
    let mut goes_to = |keys: &str, to: usize| {
        terminal.types(keys);
        let what = format!("{keys:?} goes to {to}");
        terminal.until_it(&what, |shown| chosen(shown) == Some(to));
    };
    goes_to("\x1b[B", 2);
    goes_to("\x1b[A", 1);
    goes_to("\x1b[F", 90);
    goes_to("\x1b[H", 1);
    leave(terminal);
}

#[test]
fn panes_are_changed_zoomed_opened_and_left_again() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(Open on terminal, comes("Is the result of Build good?"));
    terminal.until("[4 Artifacts]");
    terminal.types("\tj");
    terminal.until("Task T001");
    // The list goes, what is read stays; then the other way round.
    terminal.types("\t");
    proves!(Zoom on terminal, goes("Specification"));
    terminal.until("It stays dark.");
    proves!(NextPane on terminal, comes("Specification"));
    terminal.until_gone("It stays dark.");
    terminal.types("\t");
    terminal.until_gone("Specification");
    proves!(Back on terminal, comes("Specification"));
    // A letter right after an escape would be read as one key with it.
    terminal.types("hz");
    terminal.until_gone("It stays dark.");
    terminal.types("z");
    terminal.until("It stays dark.");
    terminal.types("\x1b");
    terminal.until("[1 Backlog]");
    // It never leaves the program.
    terminal.types("hhh3");
    terminal.until("[3 Pipeline]");
    leave(terminal);
}

#[test]
fn what_is_looked_for_is_found_and_all_is_shown_again() {
    let project = many_items();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("All about 1.");
    proves!(Find on terminal, comes("esc show all"));
    terminal.types("number 77\r");
    terminal.until("All about 77.");
    terminal.until_gone("Item number 2");
    terminal.types("\x1b");
    terminal.until("Item number 76");
    leave(terminal);
}

#[test]
fn the_next_thing_that_waits_is_one_key_away_and_so_is_why() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(NextWaiting on terminal, comes("Is the result of Build good?"));
    proves!(Why on terminal, comes("Evidence"));
    terminal.until(&format!("harness-tui approve {run}"));
    terminal.types("\x1b");
    terminal.until_gone("Evidence");
    leave(terminal);
}

#[test]
fn what_is_said_names_the_keys_that_a_person_gave() {
    let (project, run) = at_the_gate();
    let keymap = "approve: [f6]\nsend-back: []\ncancel: [X]\nrerun: []\nleave: [Q]\nundo: [f7]\npause: []\npause-now: [f9]\n";
    put(&project.outside("user/keymap.yaml"), keymap);
    let told = "f6 approves, send-back in the palette sends it back";
    let why = project.run(&["why", &run]);
    assert!(why.out.contains(told), "{}", why.out);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("w");
    terminal.until(told);
    terminal.types("\x1b");
    terminal.until_gone(told);
    terminal.types("X");
    terminal.until("Nothing goes on by itself.");
    terminal.types("n");
    terminal.until_gone("Nothing goes on by itself");
    terminal.types("\u{1b}[20~");
    terminal.until("Interrupt what runs in");
    assert!(
        !terminal.shown().contains("lets it go on"),
        "{}",
        terminal.shown()
    );
    terminal.types("n");
    terminal.until_gone("Interrupt what runs in");
    terminal.types("nMore\r");
    terminal.until("B002 added; f7 takes that back");
    terminal.types("\u{3}");
    terminal.until("Q leaves, and runs go on; ctrl-c again leaves too");
    terminal.types("Q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_newest_line_is_followed_until_a_person_says_no() {
    let (project, run) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("RUNNING 1");
    terminal.types("3");
    terminal.until("word 80");
    terminal.until("following");
    proves!(Follow on terminal, goes("following"));
    terminal.types("F");
    terminal.until("following");
    leave(terminal);
    project.expect(0, &["cancel", &run]);
    project.until(&run, |v| v.state() == RunState::Cancelled && !v.supervised);
}

#[test]
fn what_runs_is_interrupted_at_once() {
    let (project, run) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("RUNNING 1");
    proves!(PauseNow on terminal, comes("Interrupt what runs in RUN-"));
    terminal.until("begins another attempt");
    terminal.types("y");
    terminal.until("paused now");
    project.until(&run, |v| v.state() == RunState::Paused && !v.supervised);
    leave(terminal);
}

#[test]
fn a_run_that_nobody_carries_on_says_why_and_one_key_lets_it_go_on() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let trees = project.leaves_no_room_for_trees();
    project.run(&["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    project.until(&run, |v| !v.supervised && v.gave_up.is_some());

    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("its supervisor gave up: git");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal.until("! its supervisor gave up: git");
    terminal.until("p lets it go on");
    terminal.until("p resume");
    // What is wrong still is: it is said again, and nothing pretends to run.
    terminal.types("p");
    terminal.until("go on?");
    terminal.types("p");
    terminal.until("resume: refused");
    std::fs::remove_file(&trees).unwrap();
    terminal.types("p");
    terminal.until("go on?");
    terminal.types("p");
    terminal.until("completed");
    project.until(&run, |v| v.state() == RunState::Completed && !v.supervised);
    leave(terminal);
}

#[test]
fn a_run_is_ended_after_asking_and_its_work_is_kept() {
    let (project, run) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("RUNNING 1");
    proves!(Cancel on terminal, comes("are kept"));
    terminal.types("y");
    terminal.until("cancelled");
    let view = project.until(&run, |v| v.state() == RunState::Cancelled && !v.supervised);
    assert!(view.order.tree.exists(), "its tree is kept");
    leave(terminal);
}

#[test]
fn a_chosen_stage_runs_again_with_all_below_it() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal.types("g");
    terminal.until("ATTEMPTS OF SPECIFICATION");
    proves!(RerunFrom on terminal, comes("Run Specification again?"));
    terminal.until("Runs again: Specification, Build");
    terminal.types("y");
    project.until(&run, |v| {
        v.state() == RunState::AwaitingApproval
            && v.run.stages.iter().all(|s| s.attempts.len() == 2)
    });
    terminal.until("asks");
    leave(terminal);
}

#[test]
fn what_an_edit_made_stale_runs_again_by_one_key() {
    let (project, run) = held();
    let text = project.read(TASK);
    project.put(TASK, &text.replace("It is dark.", "It is very dark."));
    project.until(&run, |v| !v.run.stale().is_empty());
    std::fs::write(project.outside("go"), "go\n").unwrap();
    project.until(&run, |v| !v.supervised);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("stale");
    proves!(RerunStale on terminal, comes("Run again what is stale?"));
    terminal.types("y");
    project.until(&run, |v| v.run.stages[0].attempts.len() == 2);
    leave(terminal);
    project.expect(0, &["cancel", &run]);
    project.until(&run, |v| v.state() == RunState::Cancelled && !v.supervised);
}

#[test]
fn the_id_of_what_is_chosen_is_copied_through_the_terminal() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(CopyId on terminal, comes(&format!("copied {run}")));
    terminal.until_printed(b"\x1b]52;c;", 0);
    leave(terminal);
}

#[test]
fn every_action_is_in_the_palette_by_name() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    for key in [":", "\x10"] {
        if key == ":" {
            proves!(Palette on terminal, comes(" Actions "));
        } else {
            terminal.types(key);
            terminal.until(" Actions ");
        }
        terminal.types("backlog: items");
        terminal.until_gone("Every action by name");
        terminal.types("\x1b");
        terminal.until_gone("Actions");
    }
    leave(terminal);
}

#[test]
fn the_screen_is_drawn_anew() {
    const ERASED: &[u8] = b"\x1b[2J";
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let before = terminal.printed_times(ERASED);
    let erased = |t: &Terminal| t.printed_times(ERASED) > before;
    proves!(Redraw on terminal, turns("it is erased once more", &erased));
    terminal.until("WAITING FOR YOU 1");
    leave(terminal);
}

/// What the kernel says a process is doing: `S` sleeps, `T` is stopped.
fn doing(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
#[cfg(target_os = "linux")]
fn it_stops_and_goes_on_where_it_was() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    for _ in 0..2 {
        let left = terminal.printed_times(b"\x1b[?1049l");
        let taken = terminal.printed_times(b"\x1b[?1049h");
        let given = |t: &Terminal| t.printed_times(b"\x1b[?1049l") > left;
        proves!(Suspend on terminal, turns("the terminal is given back", &given));
        let begun = std::time::Instant::now();
        while doing(terminal.pid()) != Some('T') {
            assert!(begun.elapsed().as_secs() < 60, "it never stopped");
            std::thread::yield_now();
        }
        assert!(!terminal.screen().alternate_screen());
        terminal.signal(Signal::CONT);
        terminal.until_printed(b"\x1b[?1049h", taken);
        terminal.until("WAITING FOR YOU 1");
    }
    leave(terminal);
}

#[test]
fn an_interrupt_says_how_to_leave_and_two_leave() {
    let (project, run) = held();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("RUNNING 1");
    proves!(Interrupt on terminal, comes("q leaves"));
    terminal.types("\x03");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert_eq!(project.view(&run).state(), RunState::Running, "runs go on");
    project.expect(0, &["cancel", &run]);
    project.until(&run, |v| v.state() == RunState::Cancelled && !v.supervised);
}
