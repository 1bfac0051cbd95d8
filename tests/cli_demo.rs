//! `demo` whole, and `status` on what it leaves.

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

use support::{git, objects, program, repository};

#[test]
fn the_demo_carries_its_task_to_a_reviewed_change_and_status_tells_it() {
    let dir = tempfile::tempdir().unwrap();
    let said = program(dir.path(), &["demo", "--auto", "--dir", "here"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("sent the work back once"), "{}", said.out);
    assert!(
        !said.out.contains("harness-tui approve"),
        "no command where the demo decides"
    );
    assert!(said.out.contains("0 failed"), "{}", said.out);
    let home = dir.path().join("here/field-notes");
    assert_eq!(
        git(&home, &["status", "--porcelain", "--", "bin", "src"]).out,
        ""
    );

    let runs = objects(&program(&home, &["status", "--json"]));
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = &runs[0];
    assert_eq!(run["state"], "completed");
    assert_eq!(
        (&run["landed"], &run["needs_you"]),
        (&"main".into(), &false.into())
    );
    let log = git(&home, &["log", "--format=%s", "main"]).out;
    assert_eq!(log.lines().count(), 2, "one commit landed: {log}");
    // Nobody looked, so nobody's name stands under what was approved and landed.
    let landed = git(&home, &["show", "--format=%B", "main"]).out;
    let told: Vec<&str> = landed
        .lines()
        .filter(|l| l.contains("demo (automatic)"))
        .collect();
    assert!(
        told.iter().any(|l| !l.starts_with('+')),
        "the message: {told:?}"
    );
    assert!(
        told.iter().any(|l| l.starts_with('+')),
        "the report: {told:?}"
    );
    assert_eq!(run["tree"], serde_json::Value::Null, "it is gone");
    assert!(!program(&home, &["status", "T001"]).out.contains("  tree "));

    let one = objects(&program(&home, &["status", "T001", "--json"]));
    let stages: Vec<(&str, &str, u64)> = one[1..]
        .iter()
        .map(|s| {
            let attempts = s["attempts"].as_u64().unwrap();
            (
                s["id"].as_str().unwrap(),
                s["state"].as_str().unwrap(),
                attempts,
            )
        })
        .collect();
    assert_eq!(
        stages,
        [
            ("spec", "passed", 1),
            ("design", "passed", 1),
            ("plan", "passed", 1),
            ("build", "passed", 2),
            ("qa", "passed", 2),
            ("complete", "passed", 0),
        ]
    );
    let text = program(&home, &["status", "T001"]).out;
    assert!(
        text.contains("Implementation Planning") && text.contains("landed"),
        "{text}"
    );
    let logs = program(&home, &["logs", "T001", "qa"]).out;
    assert!(logs.contains("the verdict is PASS"), "{logs}");

    let again = program(dir.path(), &["demo", "--auto", "--dir", "here"]);
    assert_eq!(again.code, 2, "a folder that is not empty");
}

#[test]
fn without_auto_nothing_is_pretended() {
    let dir = tempfile::tempdir().unwrap();
    let said = program(dir.path(), &["demo"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--auto"), "{}", said.err);
}

#[test]
fn status_lists_the_tasks_that_could_be_run() {
    let task = |id: &str, status: &str| {
        format!(
            "# Task {id} — Some\n\nStatus: {status}\n\n## Summary\n\nSome.\n\n## Acceptance Criteria\n\n- It is so.\n"
        )
    };
    let dir = repository(&[
        ("harness/tasks/T001-a.md", &task("T001", "Ready")),
        ("harness/tasks/T002-b.md", &task("T002", "Draft")),
        ("harness/tasks/T003-c.md", &task("T003", "Done")),
    ]);
    let said = program(dir.path(), &["status"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("harness-tui run T001"), "{}", said.out);
    assert!(
        !said.out.contains("run T002") && !said.out.contains("T003"),
        "{}",
        said.out
    );
    let said = program(dir.path(), &["status", "T001"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no run yet"), "{}", said.err);
}
