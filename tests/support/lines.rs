//! The linear mode, fed through a pipe.

use super::project::Project;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What is said to these lines.
pub fn said(project: &Project, lines: &str) -> String {
    told(project.command(&["--plain"]), lines)
}

/// The same of a program that was not started yet.
pub fn told(mut command: Command, lines: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(lines.as_bytes()).unwrap();
    drop(pipe);
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}\n{:?}", out.stderr);
    assert!(!text.contains('\u{1b}'), "it moves or colours: {text:?}");
    // No state by a mark alone.
    for mark in ["✓", "✗", "◐", "▲", "↺"] {
        assert!(!text.contains(mark), "{mark} is no word: {text}");
    }
    text
}

/// Whether the lines come in this order, each somewhere after the one before.
pub fn in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for piece in wanted {
        let at = rest.find(piece);
        let at = at.unwrap_or_else(|| panic!("'{piece}' does not come in its place:\n{text}"));
        rest = &rest[at + piece.len()..];
    }
}
