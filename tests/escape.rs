//! Hostile text in everything that comes from outside, through every view and every command: none
//! of it reaches the terminal as anything but text.

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

#[path = "escape/hostile.rs"]
mod hostile;
#[path = "escape/payloads.rs"]
mod payloads;
#[path = "escape/plain.rs"]
mod plain;
mod support;
#[path = "escape/walks.rs"]
mod walks;
#[path = "escape/watch.rs"]
mod watch;

use hostile::hostile;
use payloads::all;
use support::terminal::Terminal;
use watch::{Also, only_ours, only_ours_and};

#[test]
fn there_are_more_than_a_hundred_and_the_watch_sees_each_that_acts() {
    assert!(all().len() >= 100, "{}", all().len());
    // Even where links and copies are ours to write.
    let also = [Also::Links, Also::Copies];
    let told =
        |bytes: &[u8]| std::panic::catch_unwind(|| only_ours_and(bytes, "it", &also)).is_err();
    assert!(!told("plain \u{1b}[31mred\u{1b}[0m\r\n".as_bytes()));
    let link = |id: &str, to: &str| format!("\u{1b}]8;{id};{to}\u{1b}\\x\u{1b}]8;;\u{1b}\\");
    assert!(!told(link("id=h1", "https://seen.example/a;b").as_bytes()));
    for strange in [
        link("", "https://seen.example/"),
        link("id=h1:x=y", "https://seen.example/"),
        link("id=h1", "https://seen.example/\u{e9}"),
        link("id=h1", "https://other.example/"),
        link("id=h1", "file:///etc/passwd"),
        link("id=h1", "https://seen.example/")
            .repeat(2)
            .replacen("\u{1b}]8;;\u{1b}\\", "", 1),
        "\u{1b}]8;;\u{1b}\\".to_owned(),
        "\u{1b}]8;id=h1;https://seen.example/\u{1b}\\x".to_owned(),
        "\u{1b}]8;id=h1;https://seen.example/\u{1b}\\\u{1b}[1;1Hx\u{1b}[2;1Hy\u{1b}]8;;\u{1b}\\"
            .to_owned(),
    ] {
        assert!(told(strange.as_bytes()), "{strange:?}");
    }
    let missed: Vec<_> = all()
        .into_iter()
        .filter(|payload| !told(payload))
        .map(|payload| String::from_utf8_lossy(&payload).escape_debug().to_string())
        .collect();
    assert!(missed.is_empty(), "not seen: {missed:#?}");
}

#[test]
fn no_command_lets_it_through() {
    let (project, run) = hostile();
    let stage = [run.as_str(), "spec"];
    let commands: [&[&str]; 14] = [
        &["status"],
        &["status", &run],
        &["status", "--all"],
        &["why", &run],
        &["why", stage[0], stage[1]],
        &["logs", &run],
        &["logs", &run, "spec"],
        &["logs", &run, "build"],
        &["list", "workflows"],
        &["list", "roles"],
        &["list", "agents"],
        &["check"],
        &["run", "T001", "--dry-run", "--new"],
        &["doctor"],
    ];
    for command in commands {
        let what = command.join(" ");
        let mut terminal = Terminal::sized(&project, command, 120, 35);
        terminal.ends();
        only_ours(&terminal.raw, &what);
        let mut command = command.to_vec();
        command.insert(0, "--json");
        let ran = project.run(&command);
        only_ours(ran.out.as_bytes(), &format!("{what} as JSON"));
    }
    for command in [["approve", &run], ["reject", &run], ["land", &run]] {
        let mut terminal = Terminal::sized(&project, &command, 120, 35);
        // It asks, or it says why not and ends: that is waited for below.
        terminal.until_asked_or_ended("(yes or no): ");
        terminal.types("no\n\u{3}\u{3}");
        terminal.ends();
        only_ours(&terminal.raw, &command.join(" "));
    }
    // It was there to be seen.
    let mut terminal = Terminal::sized(&project, &["logs", &run], 120, 35);
    terminal.ends();
    assert!(String::from_utf8_lossy(&terminal.raw).contains("seen"));
}
