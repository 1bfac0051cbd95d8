//! `docs/commands.md` shows the help of every command as it is.

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

#[path = "support/program.rs"]
mod support;

use std::fmt::Write as _;
use support::program;

#[test]
fn the_page_of_commands_shows_the_help_of_each() {
    let dir = tempfile::tempdir().unwrap();
    let help = |words: &[&str]| {
        let said = program(dir.path(), &[words, &["--help"]].concat());
        assert_eq!(said.code, 0, "{words:?}: {}", said.err);
        said.out
    };
    let top = help(&[]);
    let names = parts(&top);
    let mut wanted = format!("```text\n{}```\n", trimmed(&top));
    for name in names {
        let text = trimmed(&help(&[name]));
        write!(wanted, "\n### {name}\n\n```text\n{text}```\n").unwrap();
        for part in parts(&text) {
            let text = trimmed(&help(&[name, part]));
            write!(wanted, "\n#### {name} {part}\n\n```text\n{text}```\n").unwrap();
        }
    }
    let page = include_str!("../docs/commands.md");
    let (_, shown) = page.split_once("<!-- help -->\n\n").unwrap();
    assert!(
        shown == wanted,
        "docs/commands.md should end with:\n{wanted}"
    );
}

/// The commands that a help lists.
fn parts(help: &str) -> Vec<&str> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let listed = listed.lines().take_while(|l| !l.is_empty());
    let names = listed.filter_map(|l| l.strip_prefix("  ")?.split(' ').next());
    names.filter(|n| !n.is_empty() && *n != "help").collect()
}

/// Without the blanks at the ends of lines, which an editor would take away.
fn trimmed(text: &str) -> String {
    text.lines()
        .fold(String::new(), |all, l| all + l.trim_end() + "\n")
}
