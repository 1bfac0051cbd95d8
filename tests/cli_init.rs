//! `init` and `doctor` by the real program.

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

use std::collections::BTreeMap;
use std::path::Path;
use support::{git, objects, program, put, repository};

const TASK: &str = "# Task T001 — One\n\nStatus: Ready\n\n## Summary\n\nSomething is wanted.\n\n## Acceptance Criteria\n\n- It holds.\n";

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn it_writes_what_is_missing_and_keeps_every_byte_that_is_there() {
    let dir = repository(&[
        ("package.json", r#"{"scripts":{"test":"node --test"}}"#),
        ("package-lock.json", "{}"),
        (
            "harness/roles/build.md",
            "---\ncapability: build\n---\nOurs, and no other.  \r\n",
        ),
        ("harness/backlog/backlog.md", "# Our backlog\n"),
    ]);
    let harness = dir.path().join("harness");
    let before = contents(&harness);
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let after = contents(&harness);
    for (path, bytes) in &before {
        assert_eq!(after.get(path), Some(bytes), "{path}");
    }
    assert!(!after.contains_key("backlog.md"), "one backlog is enough");
    let text = |path: &str| String::from_utf8(after[path].clone()).unwrap();
    let checks = "checks: [{ run: \"npm test\", timeout: 10m }]";
    assert!(text("workflows/feature.yaml").contains(checks));
    assert!(text("workflows/fix-issue.yaml").contains(checks));
    assert!(text("harness.yaml").contains("- { run: \"npm ci\", timeout: 10m }"));
    assert_eq!(program(dir.path(), &["check"]).code, 0);

    let again = program(dir.path(), &["init"]);
    assert_eq!(again.code, 0);
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    assert_eq!(contents(&harness), after);
    assert_eq!(git(dir.path(), &["diff", "HEAD"]).out, "");
}

#[test]
fn what_it_could_not_know_it_says_and_what_it_wrote_is_whole() {
    let dir = repository(&[]);
    let said = program(dir.path(), &["init"]);
    assert!(said.out.contains("how the tests run"), "{}", said.out);
    let check = program(dir.path(), &["check"]);
    assert_eq!(check.code, 0, "{}", check.out);
}

#[test]
fn it_needs_a_repository_and_no_commit() {
    let dir = tempfile::tempdir().unwrap();
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("git init"), "{}", said.err);
    git(dir.path(), &["init", "-q", "-b", "main"]);
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("git commit"), "{}", said.out);
    assert!(dir.path().join("harness/harness.yaml").exists());
    let found = said.out.lines().skip_while(|l| *l != "Found").nth(1);
    assert!(found.is_none_or(|l| !l.is_empty()), "{}", said.out);
    assert_eq!(program(dir.path(), &["check"]).code, 0);
    put(dir.path(), "harness/tasks/T001-one.md", TASK);
    let said = program(dir.path(), &["run", "T001", "--dry-run"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no commit yet"), "{}", said.err);
}

#[test]
fn it_writes_through_no_link() {
    let dir = repository(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("harness")).unwrap();
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(dir.path().join(".harness-tui/harness.yaml").is_file());
    assert!(contents(elsewhere.path()).is_empty());
    // Nor through one further below.
    let dir = repository(&[("harness/backlog.md", "# Backlog\n")]);
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("harness/roles")).unwrap();
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(contents(elsewhere.path()).is_empty());
}

#[test]
fn doctor_says_what_is_essential_and_what_to_do() {
    let dir = repository(&[]);
    put(dir.path(), "harness/backlog.md", "# Backlog\n");
    let said = program(dir.path(), &["doctor", "--json"]);
    assert_eq!(said.code, 0, "{}", said.out);
    let lines = objects(&said);
    let of = |what: &str| lines.iter().find(|l| l["what"] == what).cloned();
    assert_eq!(of("git").unwrap()["level"], "ok");
    for line in &lines {
        assert!(
            line["level"] == "ok" || line["remedy"].is_string(),
            "{line}"
        );
    }
    put(dir.path(), ".git/harness/format", "9\n");
    let said = program(dir.path(), &["doctor", "--json"]);
    assert_eq!(said.code, 1);
    let engine = objects(&said)
        .into_iter()
        .find(|l| l["what"] == "engine folder");
    let engine = engine.unwrap();
    assert_eq!(engine["level"], "bad");
    assert_eq!(engine["remedy"], "update harness-tui");
}
