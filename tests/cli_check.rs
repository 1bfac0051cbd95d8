//! `check`, `list` and `schema` by the real program.

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

use support::{objects, program, repository};

const SETTINGS: &str = include_str!("fixtures/check/harness.yaml");
const WORKFLOW: &str = include_str!("fixtures/check/release.yaml");
const TASK: &str = "# Task T001 — One\n\nStatus: Ready\n\n## Summary\n\nSomething is wanted.\n\n## Acceptance Criteria\n\n- It holds.\n";

fn faulty() -> tempfile::TempDir {
    repository(&[
        ("harness/harness.yaml", SETTINGS),
        ("harness/workflows/release.yaml", WORKFLOW),
        (
            "harness/roles/critic.md",
            "---\ncapability: review\nmoddel: x\n---\nLook.\n",
        ),
        (
            "harness/backlog.md",
            "# Backlog\n\n### B001 — One\n\nNo status here.\n",
        ),
        ("harness/tasks/T001-one.md", TASK),
        ("harness/tasks/T001-two.md", TASK),
    ])
}

#[test]
fn twelve_faults_are_twelve_findings_in_one_pass() {
    let dir = faulty();
    let said = program(dir.path(), &["check", "--json"]);
    assert_eq!(said.code, 1);
    let mut found: Vec<String> = objects(&said)
        .iter()
        .map(|f| {
            let file = f["file"].as_str().unwrap();
            let line = f["line"].as_u64().unwrap_or(0);
            format!("{file}:{line} {}", f["code"].as_str().unwrap())
        })
        .collect();
    found.sort();
    let expected = [
        "harness/backlog.md:3 backlog/no-status",
        "harness/harness.yaml:2 settings/unknown-workflow",
        "harness/harness.yaml:5 settings/unknown-key",
        "harness/harness.yaml:6 template/unknown-name",
        "harness/roles/critic.md:3 role/unknown-key",
        "harness/tasks/T001-two.md:0 task/duplicate-id",
        "harness/workflows/release.yaml:10 workflow/unknown-key",
        "harness/workflows/release.yaml:13 workflow/unknown-artifact",
        "harness/workflows/release.yaml:14 workflow/bad-value",
        "harness/workflows/release.yaml:6 workflow/unknown-stage",
        "harness/workflows/release.yaml:7 workflow/bad-path",
        "harness/workflows/release.yaml:9 workflow/unknown-role",
    ];
    assert_eq!(found, expected, "{}", said.out);
}

#[test]
fn extras_that_an_agent_cannot_be_given_are_found_before_it_is_started() {
    let settings = "version: 1\ndefault_workflow: write\nagents:\n  - { name: claude, driver: claude, capabilities: [build] }\n\
                    profiles:\n  docs: { writes: [\"docs/**\"], mcp: [figma],\n          skills: [brand] }\n  \
                    unused: { mcp: [linear] }\n";
    let workflow = "name: write\ndescription: writes\ntask: required\nstages:\n  \
                    - { id: one, role: writer }\n  \
                    - { id: two, role: writer, mcp: [linear], depends_on: [one] }\n";
    let dir = repository(&[
        ("harness/harness.yaml", settings),
        ("harness/workflows/write.yaml", workflow),
        (
            "harness/roles/writer.md",
            "---\ncapability: build\nprofile: docs\n---\nWrite.\n",
        ),
        ("harness/tasks/T001-one.md", TASK),
    ]);
    let places = |said: &support::Said| -> Vec<String> {
        objects(said)
            .iter()
            .filter(|f| f["code"] == "workflow/not-to-be-had")
            .map(|f| {
                assert!(f["remedy"].as_str().unwrap().contains("take it out"), "{f}");
                format!(
                    "{}:{}:{}",
                    f["file"].as_str().unwrap(),
                    f["line"],
                    f["column"]
                )
            })
            .collect()
    };
    let said = program(dir.path(), &["check", "--json"]);
    assert_eq!(said.code, 1, "{}", said.out);
    let expected = [
        "harness/harness.yaml:6:38",
        "harness/harness.yaml:7:20",
        "harness/workflows/write.yaml:6:36",
    ];
    assert_eq!(places(&said), expected, "{}", said.out);
    let said = program(dir.path(), &["run", "T001", "--workflow", "write"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("nothing was started"), "{}", said.err);
    assert!(said.err.contains("harness.yaml:6:38"), "{}", said.err);
}

#[test]
fn the_settings_of_this_machine_count_and_are_named() {
    let dir = repository(&[("harness/tasks/T001-one.md", TASK)]);
    let said = program(dir.path(), &["check"]);
    assert!(!said.out.contains("local.yaml"), "{}", said.out);
    let local =
        "agents:\n  - { name: mine, driver: command, command: [true], capabilities: [build] }\n";
    std::fs::write(dir.path().join("harness/harness.local.yaml"), local).unwrap();
    let said = program(dir.path(), &["list", "agents", "--json"]);
    assert_eq!(objects(&said)[0]["name"], "mine", "{}", said.out);
    let said = program(dir.path(), &["check"]);
    assert!(
        said.out.contains("count too: harness/harness.local.yaml"),
        "{}",
        said.out
    );
    std::fs::write(
        dir.path().join("harness/harness.local.yaml"),
        "agents:\n  - { nmae: x }\n",
    )
    .unwrap();
    let said = program(dir.path(), &["check", "--json"]);
    assert_eq!(said.code, 1);
    let found = objects(&said);
    let here = found
        .iter()
        .find(|f| f["file"] == "harness/harness.local.yaml");
    assert_eq!(here.unwrap()["line"], 2, "{}", said.out);
    let said = program(dir.path(), &["run", "T001", "--dry-run"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("harness.local.yaml:2"), "{}", said.err);
}

#[test]
fn people_read_them_by_file_with_counts_and_remedies() {
    let dir = faulty();
    let said = program(dir.path(), &["check"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("12 faults in 5 files"), "{}", said.out);
    assert!(said.out.contains("-> "), "{}", said.out);
    let once = said.out.matches("harness/workflows/release.yaml\n").count();
    assert_eq!(once, 1, "{}", said.out);
}

#[test]
fn without_a_fault_it_says_so_and_what_the_product_serves() {
    let dir = repository(&[("harness/tasks/T001-one.md", TASK)]);
    let said = program(dir.path(), &["check"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains("No fault"), "{}", said.out);
    assert!(said.out.contains("roles/build.md"), "{}", said.out);
    let nowhere = repository(&[]);
    let said = program(nowhere.path(), &["check"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("harness-tui init"), "{}", said.err);
}

#[test]
fn what_there_is_is_listed_and_schemas_are_json() {
    let dir = repository(&[("harness/tasks/T001-one.md", TASK)]);
    for (what, name) in [
        ("workflows", "feature"),
        ("agents", "claude"),
        ("roles", "qa"),
        ("profiles", "workspace"),
    ] {
        let said = program(dir.path(), &["list", what, "--json"]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(
            objects(&said).iter().any(|o| o["name"] == name),
            "{}",
            said.out
        );
    }
    for what in ["workflow", "settings"] {
        let said = program(dir.path(), &["schema", what]);
        let schema: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert!(schema["properties"].is_object(), "{what}");
    }
}
