//! More than anybody gives a terminal, and less.

use super::at_the_gate;
use crate::support::terminal::Terminal;
use std::time::{Duration, Instant};

#[test]
fn a_storm_of_sizes_ends_at_the_last_one() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    // Two hundred a second for two seconds.
    for n in 0..400u16 {
        let next = Instant::now() + Duration::from_millis(5);
        terminal.resize(20 + (n * 37) % 220, 5 + (n * 13) % 70);
        terminal.looks_on(next.saturating_duration_since(Instant::now()));
    }
    terminal.resize(90, 30);
    terminal.types("\u{c}");
    terminal.until("WAITING FOR YOU 1");
    let last = "─".repeat(90);
    terminal.until_it("the last size", |shown| {
        shown.contains(&last) && !shown.contains(&format!("{last}─"))
    });
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn nothing_is_too_small() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 80, 24);
    terminal.until("WAITING FOR YOU 1");
    for (columns, rows) in [(1, 1), (0, 0), (3, 200), (300, 1), (0, 9)] {
        terminal.resize(columns, rows);
        terminal.types("j?");
        terminal.resize(80, 24);
        terminal.until("Steer the run");
        terminal.resize(columns, rows);
        terminal.types("\u{1b}");
        terminal.resize(80, 24);
        // The escape was taken for a key of its own before the next one is typed.
        terminal.until_it("the list without the help", |shown| {
            shown.contains("WAITING FOR YOU 1") && !shown.contains("Steer the run")
        });
    }
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn ten_megabytes_pasted_press_no_key_and_hold_nothing_up() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("/");
    terminal.types("\u{1b}[200~");
    let piece = "q y \r\n".repeat(1024);
    for _ in 0..10 * 1024 * 1024 / piece.len() {
        terminal.types(&piece);
    }
    terminal.types("\u{1b}[201~");
    terminal.until("nothing matches");
    terminal.types("\u{1b}");
    terminal.until("WAITING FOR YOU 1");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
