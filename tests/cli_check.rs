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
    let settings = "version: 1\ndefault_workflow: write\nagents:\n  - { name: own, driver: command, command: [x], capabilities: [build] }\n\
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

const ONE_STAGE: &str = "name: one\ndescription: one stage\ntask: required\nbudget: { minutes: 9 }\nstages:\n  - { id: build, role: build }\n";
const NO_PROGRAM: &str = "version: 1\ndefault_workflow: one\nagents:\n  - { name: own, driver: command, command: [no-such-agent, x], capabilities: [build] }\n";

#[test]
fn tasks_that_are_not_ready_are_listed_with_the_reason() {
    let task = |id: &str, status: &str| TASK.replace("T001", id).replace("Status: Ready", status);
    let files = [
        ("harness/tasks/T001-one.md", task("T001", "Status: Draft")),
        ("harness/tasks/T002-two.md", task("T002", "")),
        ("harness/tasks/T003-three.md", task("T003", "Status: Redy")),
        (
            "harness/tasks/T004-four.md",
            task("T004", "Status: Ready").replace("- It holds.", ""),
        ),
        ("harness/tasks/T005-five.md", task("T005", "Status: Done")),
    ];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let dir = repository(&files);
    let said = program(dir.path(), &["status"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for (id, why) in [
        ("T001", "T001 is a draft"),
        ("T002", "the task has no status"),
        ("T003", "its status is 'Redy'"),
        ("T004", "no acceptance criterion"),
    ] {
        let line = said
            .out
            .lines()
            .find(|l| l.trim_start().starts_with(id))
            .unwrap();
        assert!(line.contains(why), "{line}");
    }
    assert!(!said.out.contains("T005"), "{}", said.out);
    assert!(!said.out.contains("no task yet"), "{}", said.out);
    let objects = objects(&program(dir.path(), &["status", "--json"]));
    assert_eq!(objects.len(), 4, "{objects:?}");
    assert!(objects.iter().all(|o| o["type"] == "not_ready"));
}

#[test]
fn many_tasks_that_are_not_ready_are_counted() {
    let files: Vec<(String, String)> = (1..=12)
        .map(|n| {
            let path = format!("harness/tasks/T{n:03}-x.md");
            (
                path,
                TASK.replace("T001", &format!("T{n:03}"))
                    .replace("Ready", "Draft"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let dir = repository(&files);
    let said = program(dir.path(), &["status"]).out;
    assert!(said.contains("and 4 more"), "{said}");
}

#[test]
fn an_agents_program_that_is_not_here_is_told_before_anything_is_made() {
    let dir = repository(&[
        ("harness/harness.yaml", NO_PROGRAM),
        ("harness/workflows/one.yaml", ONE_STAGE),
        ("harness/tasks/T001-one.md", TASK),
    ]);
    let check = program(dir.path(), &["check"]);
    assert_eq!(check.code, 0, "{}", check.out);
    assert!(
        check.out.contains("no-such-agent is not on this machine"),
        "{}",
        check.out
    );
    let run = program(dir.path(), &["run", "T001"]);
    assert_eq!(run.code, 2, "{}", run.out);
    for word in ["no-such-agent", "stage build", "agent 'own'", "install it"] {
        assert!(run.err.contains(word), "{word}: {}", run.err);
    }
    assert!(!dir.path().join(".git/harness").exists());
    assert_eq!(support::git(dir.path(), &["branch"]).out.lines().count(), 1);
}

#[test]
fn a_list_of_errors_keeps_its_lines() {
    let dir = repository(&[(
        "harness/tasks/T001-one.md",
        "# Task T001 — One\n\nStatus: Ready\n",
    )]);
    let run = program(dir.path(), &["run", "T001", "--dry-run"]);
    assert_eq!(run.code, 2);
    let lines: Vec<&str> = run.err.lines().collect();
    assert!(lines.len() >= 3, "{}", run.err);
    assert_eq!(lines[0], "error: nothing was started:");
    assert!(
        lines[1..].iter().all(|l| l.starts_with("  harness/")),
        "{}",
        run.err
    );
}

#[test]
fn a_folder_or_an_output_that_is_not_there_is_an_error() {
    let dir = repository(&[("harness/tasks/T001-one.md", TASK)]);
    let said = program(dir.path(), &["-C", "/nonexist", "status"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("/nonexist"), "{}", said.err);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_harness-tui"))
        .args(["status", "--json"])
        .current_dir(dir.path())
        .stdout(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_backlog_item_that_is_nowhere_is_told_and_stops_nobody() {
    let task = TASK.replace("Status: Ready", "Status: Ready\nBacklog Item: B007");
    let dir = repository(&[
        ("harness/tasks/T001-one.md", &task),
        (
            "harness/backlog.md",
            "# Backlog\n\n### B001 - One\n\n**Status:** Ready\n**Summary:** One.\n",
        ),
    ]);
    let check = program(dir.path(), &["check"]);
    assert_eq!(check.code, 0, "{}", check.out);
    assert!(
        check.out.contains("the backlog has no item B007"),
        "{}",
        check.out
    );
    assert_eq!(program(dir.path(), &["run", "T001", "--dry-run"]).code, 0);
}

#[test]
fn the_smaller_budget_is_what_the_dry_run_shows() {
    let settings = "version: 1\nagents:\n  - { name: claude, driver: claude, capabilities: [specify, design, plan, build, review] }\nbudget: { cost_usd: 2 }\n";
    let dir = repository(&[
        ("harness/harness.yaml", settings),
        ("harness/tasks/T001-one.md", TASK),
    ]);
    let said = program(dir.path(), &["run", "T001", "--dry-run", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let budget = &objects(&said)[0]["budget"];
    assert_eq!(
        (&budget["cost_micros"], &budget["minutes"]),
        (&2_000_000.into(), &120.into())
    );
}
