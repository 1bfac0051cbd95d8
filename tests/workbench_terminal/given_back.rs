//! What the terminal is like when the program is gone.

use super::at_the_gate;
use crate::support::project::Project;
use crate::support::terminal::Terminal;
use harness_tui::workbench::terminal::Screen;
use harness_tui::workbench::terminal::modes::{FRAME, FRAME_END, TABLE};
use portable_pty::CommandBuilder;
use rustix::process::Signal;

/// Every mode that was switched on was switched off after it, as often where there is a stack of it.
fn is_given_back(raw: &[u8]) {
    let places = |what: &str| -> Vec<usize> {
        let what = what.as_bytes();
        let at = |(n, w): (usize, &[u8])| (w == what).then_some(n);
        raw.windows(what.len()).enumerate().filter_map(at).collect()
    };
    for pair in TABLE.iter().filter(|p| !p.on.is_empty()) {
        let (on, off) = (places(pair.on), places(pair.off));
        assert!(off.last() >= on.last(), "{:?} stays on", pair.mode);
        if pair.stacked {
            assert_eq!(on.len(), off.len(), "{:?}", pair.mode);
        }
    }
    assert!(places(FRAME_END).last() > places(FRAME).last(), "a frame");
    // Whatever else was switched on, by whomever, stands in the table.
    let text = String::from_utf8_lossy(raw);
    let sets = regex::Regex::new(r"\x1b\[\?[0-9;]+h").unwrap();
    for found in sets.find_iter(&text) {
        let known = TABLE
            .iter()
            .any(|p| p.on.contains(found.as_str()) || p.off.contains(found.as_str()));
        assert!(known || found.as_str() == FRAME, "{:?}", found.as_str());
    }
}

fn taken() -> (Terminal, String, Project) {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    let before = "\x1b[?1049h";
    terminal.until("WAITING FOR YOU 1");
    assert!(terminal.printed_times(before.as_bytes()) > 0);
    let raw = terminal.line_settings();
    (terminal, raw, project)
}

/// The settings of a line that nobody touched.
fn fresh_line() -> String {
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "echo there; read line"]);
    let mut terminal = Terminal::start(command, 80, 24);
    terminal.until("there");
    let settings = terminal.line_settings();
    terminal.types("\n");
    terminal.ends();
    settings
}

#[test]
fn leaving_gives_back_every_mode_and_every_bit_of_the_line() {
    let fresh = fresh_line();
    let (mut terminal, raw, _project) = taken();
    assert_ne!(raw, fresh, "the line is taken");
    terminal.until("? more");
    // The terminal has the better keyboard, so that it is to be given back too.
    terminal.types("\x1b[?0u\x1b[?62c");
    terminal.until_printed(b"\x1b[>5u", 0);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert_eq!(terminal.line_settings(), fresh);
    is_given_back(&terminal.raw);
    assert!(!terminal.screen().hide_cursor());
}

#[test]
fn signals_to_leave_give_it_back() {
    let fresh = fresh_line();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let (mut terminal, _, _project) = taken();
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 0, "{signal:?}: {}", terminal.shown());
        assert_eq!(terminal.line_settings(), fresh, "{signal:?}");
        is_given_back(&terminal.raw);
    }
}

#[test]
fn the_keyboard_is_taken_only_where_the_terminal_has_it() {
    let (mut terminal, _, _project) = taken();
    terminal.until_printed(b"\x1b[?u", 0);
    terminal.types("\x1b[?62c");
    terminal.types("?");
    terminal.until("Steer the run");
    assert_eq!(terminal.printed_times(b"\x1b[>5u"), 0);
    terminal.types("\x1bq");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends(), 0);
    assert_eq!(terminal.printed_times(b"\x1b[<u"), 0);
}

#[test]
fn a_stop_from_outside_gives_it_back_and_going_on_takes_it_again() {
    let (mut terminal, raw, _project) = taken();
    let left = terminal.printed_times(b"\x1b[?1049l");
    let taken = terminal.printed_times(b"\x1b[?1049h");
    terminal.signal(Signal::TSTP);
    terminal.until_printed(b"\x1b[?1049l", left);
    until_stopped(&terminal);
    assert_ne!(terminal.line_settings(), raw);
    terminal.resize(120, 35);
    terminal.signal(Signal::CONT);
    terminal.until_printed(b"\x1b[?1049h", taken);
    terminal.until_printed(b"\x1b[2J", 0);
    terminal.until("enter shows what waits for you");
    assert_eq!(terminal.line_settings(), raw);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    is_given_back(&terminal.raw);
}

fn until_stopped(terminal: &Terminal) {
    let stat = format!("/proc/{}/stat", terminal.pid());
    let begun = std::time::Instant::now();
    loop {
        let text = std::fs::read_to_string(&stat).unwrap();
        if text.rsplit(") ").next().unwrap().starts_with('T') {
            return;
        }
        assert!(begun.elapsed().as_secs() < 60, "it never stopped");
        std::thread::yield_now();
    }
}

/// Run by the test below, on a terminal of its own.
#[test]
#[ignore = "it is the program that panics; the test below starts it"]
fn takes_the_terminal_and_panics() {
    let mut screen = Screen::take().unwrap();
    screen.paint((80, 24), false, |_| {}).unwrap();
    let thread = std::thread::spawn(|| panic!("on purpose"));
    let _ = thread.join();
    unreachable!("a panic in any thread ends the program");
}

#[test]
fn a_panic_in_any_thread_gives_it_back_before_it_is_told() {
    let fresh = fresh_line();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "--nocapture",
        "given_back::takes_the_terminal_and_panics",
    ]);
    command.cwd(std::env::current_dir().unwrap());
    command.env("TERM", "xterm-256color");
    let mut terminal = Terminal::start(command, 80, 24);
    assert_eq!(terminal.ends(), 101, "{}", terminal.shown());
    assert_eq!(terminal.line_settings(), fresh);
    is_given_back(&terminal.raw);
    assert!(
        terminal.shown().contains("on purpose"),
        "{}",
        terminal.shown()
    );
    let at = |what: &[u8]| terminal.raw.windows(what.len()).rposition(|w| w == what);
    assert!(
        at(b"on purpose") > at(b"\x1b[?1049l"),
        "told on the other screen"
    );
}
