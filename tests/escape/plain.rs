//! Through the words of the linear mode.

use crate::hostile::hostile;
use crate::payloads::as_lines;
use crate::support::terminal::Terminal;
use crate::watch::only_ours;
use harness_tui::workbench::plain::table::{OWN, WORDS};
use std::io::Write as _;
use std::process::Stdio;

/// What is written into each word's place, so that every word is said at the list, at a run, and
/// at a stage.
fn words() -> String {
    let mut text = String::from("lines all\nhelp\nlist\n");
    for place in ["", "1\n", "1\n2\n"] {
        for word in WORDS
            .map(|w| w.row().name)
            .iter()
            .filter(|w| **w != "leave")
        {
            // A question is left as it is, an empty reason sends nothing back.
            text.push_str(&format!("list\n{place}{word}\nno\n\n"));
        }
    }
    // Every document, and what else is read of a run.
    for (_, word, _) in OWN {
        text.push_str(&format!("list\n1\n{word}\n"));
    }
    for n in 1..=20 {
        text.push_str(&format!("list\n1\nread {n}\nartifacts\ndiff {n}\n"));
    }
    text.push_str("lineage AC-1\nnew Seen\n\nundo\n999\n0\nfoo\n");
    text
}

#[test]
fn no_word_of_the_linear_mode_lets_it_through() {
    let (project, _) = hostile();
    let mut child = project
        .command(&["--plain"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let said = std::thread::spawn(move || {
        pipe.write_all(words().as_bytes()).unwrap();
        // Words that are none, and a reason, are said again.
        pipe.write_all(&as_lines()).unwrap();
        pipe.write_all(b"list\n1\nsend-back ").unwrap();
        pipe.write_all(&as_lines().split_off(5)[..400]).unwrap();
        pipe.write_all(b"\nlist\n1\n").unwrap();
    });
    let out = child.wait_with_output().unwrap();
    said.join().unwrap();
    let told = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{told}");
    for part in [
        "Seen",
        "Type yes to do it",
        "Left as it is.",
        "There is no word 'seen",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    only_ours(&out.stdout, "the linear mode");
    only_ours(&out.stderr, "the linear mode, its errors");
    assert!(!out.stdout.contains(&0x1b));
}

#[test]
fn nor_does_what_it_tells_by_itself() {
    let (project, run) = hostile();
    let mut terminal = Terminal::sized(&project, &["--plain"], 120, 40);
    terminal.until("quit leaves; runs go on.");
    terminal.types("1\r");
    terminal.until("You can: ");
    terminal.types("follow\r");
    // The work is sent back with hostile words: what comes of it is told as it comes.
    let reason = "seen \u{1b}]52;c;cHduZWQ=\u{7}\u{9b}2J\u{202e}";
    let sent = project.run(&["reject", &run, "--reason", reason]);
    assert_eq!(sent.code, 0, "{}\n{}", sent.out, sent.err);
    terminal.until("running");
    terminal.until("awaiting approval at ");
    terminal.types("quit\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    only_ours(&terminal.raw, "the linear mode on a terminal");
    assert!(!terminal.raw.contains(&0x1b));
}
