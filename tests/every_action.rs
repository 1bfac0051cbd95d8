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

/// What one test says it proves.
#[derive(Debug, PartialEq, Eq)]
struct Proof {
    /// Its name.
    test: String,
    /// The actions.
    actions: Vec<String>,
    /// What keeps it from counting.
    flaw: Option<&'static str>,
}

/// The tests of a file that say what they prove.
fn proofs(text: &str) -> Vec<Proof> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("proves!(") {
        let before = &rest[..at];
        rest = &rest[at + "proves!(".len()..];
        let Some(end) = rest.find(')') else { break };
        let actions = rest[..end].split(',').map(|a| a.trim().to_owned());
        // The function it stands in: rustfmt puts its head and its end at the first column.
        let head = before.rfind("\nfn ").unwrap_or(0);
        let above = &before[before[..head].rfind("\n\n").unwrap_or(0)..head];
        let body = &rest[..rest.find("\n}").unwrap_or(rest.len())];
        let name = before[head..].trim_start().strip_prefix("fn ");
        let name = name.and_then(|n| n.split('(').next()).unwrap_or_default();
        let flaw = if !above.contains("#[test]") || before[head..].contains("\n}") {
            Some("stands in no test")
        } else if above.contains("#[ignore") {
            Some("is not run by default")
        } else if !body.contains(".until") || body.contains("return;") {
            Some("waits for nothing that comes of it, or may leave early")
        } else {
            None
        };
        found.push(Proof {
            test: name.to_owned(),
            actions: actions.filter(|a| !a.is_empty()).collect(),
            flaw,
        });
    }
    found
}

/// `tests/workbench*.rs` and what lies in folders of such names.
fn sources() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().path()).collect()
    };
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("workbench")
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
            for action in proof.actions {
                proved.entry(action).or_default().push(place.clone());
            }
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
        "no test on a terminal proves {missing:?}: have a person do each in tests/workbench*.rs and \
         say so with proves!(...), as tests/support/terminal.rs tells"
    );
}

#[test]
fn what_does_not_count_is_told() {
    let test = |attributes: &str, body: &str| {
        format!("\n{attributes}\nfn it() {{\n    proves!(Help, Leave);\n    {body}\n}}\n")
    };
    let flaw = |text: &str| proofs(text).remove(0).flaw;
    let whole = test("#[test]", "terminal.until(\"Keys\");");
    let read = proofs(&whole).remove(0);
    assert_eq!(read.test, "it");
    assert_eq!(read.actions, ["Help", "Leave"]);
    assert_eq!(read.flaw, None);
    for (attributes, body) in [
        ("", "terminal.until(\"Keys\");"),
        ("#[test]\n#[ignore = \"slow\"]", "terminal.until(\"Keys\");"),
        ("#[test]", "terminal.types(\"?\");"),
        (
            "#[test]",
            "if no() { return; }\n    terminal.until(\"Keys\");",
        ),
    ] {
        assert!(
            flaw(&test(attributes, body)).is_some(),
            "{attributes} {body}"
        );
    }
    let outside = test("#[test]", "a.until(\"b\");") + "\nproves!(Why);\n";
    assert!(proofs(&outside)[1].flaw.is_some());
}
