//! `harness-tui keys`: the table of keys, and the page that is made from it.

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

use harness_tui::workbench::actions::ROWS;
use std::process::Command;
use support::{objects, program, put, said};

/// The program with a folder of settings of one's own.
fn with_settings(files: &[(&str, &str)], args: &[&str]) -> support::Said {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(dir.path(), path, text);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
    command.args(args).current_dir(dir.path());
    command.env("HARNESS_TUI_HOME", dir.path());
    said(command.output().unwrap())
}

#[test]
fn the_page_of_keys_is_the_table_as_it_is() {
    let said = with_settings(&[], &["keys", "--markdown"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out == include_str!("../docs/keys.md"),
        "docs/keys.md is not the table any more: cargo run -- keys --markdown > docs/keys.md"
    );
    let rows = said.out.lines().filter(|l| l.starts_with("| `"));
    assert_eq!(rows.count(), ROWS.len());
    for row in ROWS {
        let cell = format!("| `{}` | {} |", row.name, row.help);
        assert_eq!(said.out.matches(&cell).count(), 1, "{cell}");
    }
}

#[test]
fn every_action_is_listed_with_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let said = program(dir.path(), &["keys", "--default"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for row in ROWS {
        let has = |l: &str| l.contains(&row.keys.join(" ")) && l.contains(row.help);
        assert!(said.out.lines().any(has), "{}", row.name);
    }
    let listed = program(dir.path(), &["keys", "--default", "--json"]);
    let listed = objects(&listed);
    assert_eq!(listed.len(), ROWS.len());
    let help = listed.iter().find(|o| o["action"] == "help").unwrap();
    assert_eq!(help["keys"], serde_json::json!(["?", "f1"]));
    assert_eq!(help["where"], "everywhere");
}

#[test]
fn a_keymap_of_ones_own_is_listed_or_its_faults_are() {
    let own = [("keymap.yaml", "help: [f11]\nfind: []\n")];
    let listed = with_settings(&own, &["keys", "--json"]);
    assert_eq!(listed.code, 0);
    let listed = objects(&listed);
    let keys = |name| listed.iter().find(|o| o["action"] == name).unwrap()["keys"].clone();
    assert_eq!(keys("help"), serde_json::json!(["f11"]));
    assert_eq!(keys("find"), serde_json::json!([]));
    assert_eq!(keys("why"), serde_json::json!(["w"]));

    let wrong = [("keymap.yaml", "hepl: [H]\nwhy: [q]\n")];
    let said = with_settings(&wrong, &["keys"]);
    assert_eq!(said.code, 1);
    assert!(
        said.out.contains("1:1  there is no action 'hepl'"),
        "{}",
        said.out
    );
    assert!(said.out.contains("did you mean 'help'?"));
    assert!(
        said.out.contains("2:7  the key q is given to why here"),
        "{}",
        said.out
    );
    let default = with_settings(&wrong, &["keys", "--default"]);
    assert_eq!(default.code, 0);
}
