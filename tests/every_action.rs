//! No action without a test by a person's hand: the sources of the tests on a terminal are read for
//! what they say they prove, and compared with the table of actions.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use harness_tui::workbench::actions::ROWS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A key that a test presses and sees something come of.
#[derive(Debug, PartialEq, Eq)]
struct Proof {
    /// The test's name.
    test: String,
    /// The action.
    action: String,
    /// What keeps it from counting.
    flaw: Option<&'static str>,
}

/// What the tests of a file prove: `proves!(Action on terminal, what comes of it)`, which presses
/// the key of the action's row and fails where what is to come is there before.
fn proofs(text: &str) -> Vec<Proof> {
    let mut found = Vec::new();
    for (at, sign) in text.match_indices("proves!(") {
        let (before, after) = (&text[..at], &text[at + sign.len()..]);
        let Some((action, _)) = after.split_once(" on ") else {
            continue;
        };
        let action = action.trim().to_owned();
        // The function it stands in: rustfmt puts its head and its end at the first column.
        let head = before.rfind("\nfn ").unwrap_or(0);
        let above = &before[before[..head].rfind("\n\n").unwrap_or(0)..head];
        let name = before[head..].trim_start().strip_prefix("fn ");
        let name = name.and_then(|n| n.split('(').next()).unwrap_or_default();
        let flaw = if !above.contains("#[test]") || before[head..].contains("\n}") {
            Some("stands in no test")
        } else if above.contains("#[ignore") {
            Some("is not run by default")
        } else if before[head..].contains("return") {
            Some("may leave before it")
        } else {
            None
        };
        found.push(Proof {
            test: name.to_owned(),
            action,
            flaw,
        });
    }
    found
}

/// `tests/workbench*.rs`, `tests/needs.rs` and what lies in folders of such names.
fn sources() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().path()).collect()
    };
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("workbench") || name.starts_with("needs")
    };
    let mut files = Vec::new();
    for path in list(&tests).into_iter().filter(ours) {
        if path.is_dir() {
            files.extend(list(&path));
        } else {
            files.push(path);
        }
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "rs"));
    files.sort();
    files
}

#[test]
fn every_action_is_proved_by_a_test_on_a_terminal() {
    let mut proved: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut flaws = Vec::new();
    for file in sources() {
        for proof in proofs(&std::fs::read_to_string(&file).unwrap()) {
            let place = format!("{}: {}", file.display(), proof.test);
            if let Some(flaw) = proof.flaw {
                flaws.push(format!("{place} {flaw}"));
            }
            proved.entry(proof.action).or_default().push(place);
        }
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
    let missing: BTreeSet<String> = ROWS
        .iter()
        .map(|r| format!("{:?}", r.action))
        .filter(|a| !proved.contains_key(a))
        .collect();
    assert!(
        missing.is_empty(),
        "no test on a terminal proves {missing:?}: have a person press the key of each in \
         tests/workbench*.rs with proves!(...), as tests/support/terminal.rs tells"
    );
}

#[test]
fn what_does_not_count_is_told() {
    let test = |attributes: &str, first: &str| {
        format!(
            "\n{attributes}\nfn it() {{\n    {first}\n    proves!(Help on terminal, \
             comes(\"Keys\"));\n}}\n"
        )
    };
    let whole = test("#[test]", "open();");
    let read = proofs(&whole).remove(0);
    assert_eq!(read.test, "it");
    assert_eq!(read.action, "Help");
    assert_eq!(read.flaw, None);
    for (attributes, first) in [
        ("", "open();"),
        ("#[test]\n#[ignore = \"slow\"]", "open();"),
        ("#[test]", "if no() { return; }"),
    ] {
        let flaw = proofs(&test(attributes, first)).remove(0).flaw;
        assert!(flaw.is_some(), "{attributes} {first}");
    }
    let outside = whole + "\nproves!(Why on terminal, comes(\"x\"));\n";
    assert!(proofs(&outside)[1].flaw.is_some());
}
