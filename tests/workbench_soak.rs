//! Random keys, pastes, clicks, sizes and changes on disk, on a workbench whose runs live: nothing
//! panics, nothing grows, and the terminal is given back. The same seed does the same.
//!
//! Ten seconds of it are in `cargo test`. The whole:
//!
//! ```text
//! SOAK_SECONDS=600 SOAK_SEED=7 cargo test --test workbench_soak -- --ignored --nocapture
//! ```

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

#[path = "workbench_soak/growth.rs"]
mod growth;
#[path = "workbench_soak/hand.rs"]
mod hand;
mod support;

use growth::Growth;
use hand::Hand;
use std::time::{Duration, Instant};
use support::project::{Project, put};
use support::terminal::Terminal;

/// Built with a note, looked at by a person, checked.
const FLOW: &str = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/{{ task.id }}-note.md\" }, gate: { after: \"true\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], context: [note], gate: { after: \"true\" } }\n";
const NOTE: &str = "cat >/dev/null; sleep 0.4; printf '<<<ARTIFACT note\\n# Note\\n\\n| a | b |\\n| - | - |\\n| 1 | 2 |\\n\\n```mermaid\\nflowchart LR\\n a --> b\\n```\\nARTIFACT>>>\\n'";
const BUILD: &str = "cat >/dev/null; for n in 1 2 3 4 5 6; do echo \"step $n of six\"; sleep 0.2; done; date +%N >> page.txt";
/// As many tasks as there are, one run each.
const TASKS: usize = 4;

fn project() -> Project {
    let project = Project::new().reviewer("spec", NOTE).agent("build", BUILD);
    for n in 2..=TASKS {
        let text = format!(
            "# Task T00{n} — Task {n}\n\nStatus: Ready\n\n## Summary\n\nThe task {n}.\n\n## Acceptance Criteria\n\n- It is done.\n"
        );
        project.put(&format!("harness/tasks/T00{n}-task.md"), &text);
    }
    let project = project.flow(FLOW);
    project.expect(6, &["run", "T001"]);
    project
}

/// Number of a variable, else this.
fn number(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

fn soak(length: Duration, seed: u64) {
    println!("soak of {} s, seed {seed}", length.as_secs());
    let project = project();
    let variables = [("VISUAL", ""), ("EDITOR", "true")];
    let mut terminal = Terminal::within(&project, &[], (120, 35), &variables);
    terminal.until("WAITING FOR YOU 1");
    let pid = terminal.pid();
    let mut growth = Growth::of(pid);
    let mut hand = Hand::new(seed);
    let begun = Instant::now();
    while begun.elapsed() < length {
        hand.does_something(&mut terminal, &project);
        growth.look(begun.elapsed());
        assert!(
            !growth::is_gone(pid),
            "it ended after {:?}, seed {seed}; the last it was given: {:?}\n{}",
            begun.elapsed(),
            hand.last,
            terminal.shown()
        );
    }
    println!("{} things done: {}", hand.count(), hand.told());
    growth.tell();
    // A terminal of a size in which everything can be seen, and nothing in between.
    terminal.resize(120, 35);
    terminal.signal(rustix::process::Signal::TERM);
    assert_eq!(terminal.ends(), 0, "seed {seed}\n{}", terminal.shown());
    let screen = terminal.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(
        !terminal.shown().contains("panicked"),
        "{}",
        terminal.shown()
    );
    println!("the terminal was given back");
    // What still runs for the project is ended with it.
    for view in project.runs() {
        let _ = project.run(&["cancel", view.order.run.as_str(), "--yes"]);
    }
    put(&project.outside("over"), "");
    growth.holds(seed);
}

#[test]
fn a_short_soak() {
    soak(
        Duration::from_secs(number("SOAK_SAMPLE_SECONDS", 10)),
        number("SOAK_SEED", 1),
    );
}

#[test]
#[ignore = "it takes ten minutes; the head of this file has the command"]
fn the_whole_soak() {
    soak(
        Duration::from_secs(number("SOAK_SECONDS", 600)),
        number("SOAK_SEED", 1),
    );
}
