//! The laws of the house, kept by reading the sources: which room may import which, which names
//! are forbidden where, how long a file may be. Every breach is told with file and line.

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

#[path = "house/laws.rs"]
mod laws;
#[path = "house/source.rs"]
mod source;

use std::path::{Path, PathBuf};

/// Every Rust file below `src/` and `tests/`, sorted, fixtures left out.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "fixtures") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Panics with the breaches, one a line.
fn none(breaches: &[String], law: &str) {
    assert!(
        breaches.is_empty(),
        "{law}, but:\n  {}",
        breaches.join("\n  ")
    );
}

/// Applies one law to every file, given as path relative to the root and text.
fn each(law: fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = files(root);
    assert!(
        files.iter().any(|f| f.ends_with("src/lib.rs")),
        "the sources were not found below {}",
        root.display()
    );
    files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(root).unwrap().to_string_lossy();
            law(
                &name.replace('\\', "/"),
                &std::fs::read_to_string(file).unwrap(),
            )
        })
        .collect()
}

#[test]
fn imports_run_downward() {
    none(
        &each(laws::imports),
        "a room imports only from rooms below it",
    );
}

#[test]
fn forbidden_names_do_not_appear() {
    none(
        &each(laws::names),
        "printing, clocks and I/O stay in their rooms",
    );
}

#[test]
fn text_reaches_a_cell_in_one_way() {
    none(
        &each(laws::painting),
        "outside text reaches a cell as safe text only",
    );
}

#[test]
fn files_stay_short_and_have_names() {
    none(
        &each(laws::shape),
        "a file has at most 800 lines and is not called mod.rs",
    );
}

#[test]
fn nothing_is_left_for_later() {
    none(&each(laws::leftovers), "what is there is done");
}

#[test]
fn every_room_states_its_law() {
    none(
        &each(laws::stated),
        "a room's first lines state its law, beginning with 'Law:'",
    );
}

#[test]
fn every_room_has_its_place_in_the_order() {
    let lib = include_str!("../src/lib.rs");
    let unknown: Vec<String> = lib
        .lines()
        .filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|room| !laws::ORDER.contains(room))
        .map(|room| format!("src/lib.rs: '{room}' is not in tests/house/laws.rs"))
        .collect();
    none(&unknown, "every room has its place in the order");
}
