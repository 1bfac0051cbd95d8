//! The sample project that `demo` plays: its own tests hold at the start and after each recorded
//! attempt, and its recordings are what the replay driver reads.

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

use harness_tui::agents::AgentEvent;
use harness_tui::setup::example::Example;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The recorded attempts, in the order of the run.
const ATTEMPTS: [&str; 7] = [
    "spec.1.1",
    "design.1.1",
    "plan.1.1",
    "build.1.1",
    "qa.1.1",
    "build.2.1",
    "qa.2.1",
];

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example")
}

fn recording(attempt: &str) -> Vec<Value> {
    let path = sample().join(format!("recordings/feature/{attempt}.jsonl"));
    std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .lines()
        .enumerate()
        .map(|(n, line)| {
            serde_json::from_str(line)
                .unwrap_or_else(|e| panic!("{}:{}: {e}", path.display(), n + 1))
        })
        .collect()
}

/// A copy of the sample as `demo` makes it: without recordings and what a build left.
fn copy_of_sample() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&sample(), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        } else if entry.file_name() != "recordings" && entry.file_name() != "public" {
            std::fs::create_dir(&target).unwrap();
            copy_folder(&entry.path(), &target);
        }
    }
}

/// Runs a shell line in the project; whether it exited 0, and what it printed.
fn sh(project: &Path, line: &str) -> (bool, String) {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(project)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), text)
}

/// Does what a recorded attempt did to the files.
fn apply(attempt: &str, project: &Path) {
    for line in recording(attempt) {
        if let Some(write) = line.get("write") {
            let path = project.join(write["path"].as_str().unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut file = std::fs::File::create(path).unwrap();
            std::io::Write::write_all(&mut file, write["text"].as_str().unwrap().as_bytes())
                .unwrap();
        } else if let Some(delete) = line.get("delete") {
            std::fs::remove_file(project.join(delete["path"].as_str().unwrap())).unwrap();
        }
    }
}

#[test]
fn the_samples_tests_hold_at_the_start_and_after_every_attempt() {
    let project = copy_of_sample();
    let (ok, said) = sh(project.path(), "sh tests/run");
    assert!(ok && said.contains("16 checks, 0 failed"), "{said}");
    for attempt in ATTEMPTS {
        apply(attempt, project.path());
        let (ok, said) = sh(project.path(), "sh tests/run");
        assert!(ok, "after {attempt}:\n{said}");
    }
}

#[test]
fn the_samples_tests_run_from_anywhere() {
    let project = copy_of_sample();
    let elsewhere = tempfile::tempdir().unwrap();
    let line = format!("sh '{}/tests/run'", project.path().display());
    let (ok, said) = sh(elsewhere.path(), &line);
    assert!(ok, "{said}");
}

#[test]
fn the_fault_that_qa_finds_is_real_and_really_mended() {
    let project = copy_of_sample();
    for attempt in &ATTEMPTS[..4] {
        apply(attempt, project.path());
    }
    let drafts = "sh bin/build && grep -rl 'river at night' public";
    let (found, said) = sh(project.path(), drafts);
    assert!(found && said.contains("public/tags/water.html"), "{said}");

    // The tests that the second Build adds would have shown it.
    let first = std::fs::read(project.path().join("bin/build")).unwrap();
    apply("build.2.1", project.path());
    let (found, said) = sh(project.path(), drafts);
    assert!(!found, "{said}");
    let mut file = std::fs::File::create(project.path().join("bin/build")).unwrap();
    std::io::Write::write_all(&mut file, &first).unwrap();
    let (ok, said) = sh(project.path(), "sh tests/run");
    assert!(!ok && said.contains("2 failed"), "{said}");
}

#[test]
fn recordings_hold_known_lines_in_order_of_time_and_end_with_an_exit() {
    for attempt in ATTEMPTS {
        let lines = recording(attempt);
        let mut last = 0;
        for (n, line) in lines.iter().enumerate() {
            let place = format!("{attempt}.jsonl:{}", n + 1);
            let mut keys: Vec<&str> = line
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            keys.sort_unstable();
            let known: [&[&str]; 5] = [
                &["at_ms", "event"],
                &["at_ms", "write"],
                &["at_ms", "delete"],
                &["answer"],
                &["exit"],
            ];
            assert!(known.contains(&keys.as_slice()), "{place}: {keys:?}");
            if let Some(at) = line.get("at_ms") {
                let at = at.as_u64().unwrap();
                assert!(at >= last, "{place}: {at} ms after {last} ms");
                last = at;
            }
            if let Some(event) = line.get("event") {
                let read: Result<AgentEvent, _> = serde_json::from_value(event.clone());
                // What serde would drop silently is a key nobody reads.
                let back = serde_json::to_value(read.unwrap_or_else(|e| panic!("{place}: {e}")));
                assert_eq!(&back.unwrap(), event, "{place}");
            }
        }
        assert_eq!(lines.last().unwrap()["exit"]["code"], 0, "{attempt}");
        assert!(lines[lines.len() - 2].get("answer").is_some(), "{attempt}");
    }
}

#[test]
fn every_tool_call_ends_and_its_diff_is_of_what_was_written() {
    for attempt in ATTEMPTS {
        let mut open: Vec<String> = Vec::new();
        let mut diff = String::new();
        for line in recording(attempt) {
            let event = &line["event"];
            let id = event["id"].as_str().unwrap_or_default().to_owned();
            match event["type"].as_str() {
                Some("tool_started") => {
                    open.push(id);
                    event["diff"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut diff);
                }
                Some("tool_finished") => assert_eq!(open.pop(), Some(id), "{attempt}"),
                _ => {}
            }
            if let Some(text) = line["write"]["text"].as_str() {
                assert_eq!(open.len(), 1, "{attempt}: a write belongs to one call");
                let mut added = diff
                    .lines()
                    .filter(|l| l.starts_with('+') && !l.starts_with("+++ "))
                    .map(|l| &l[1..])
                    .peekable();
                assert!(added.peek().is_some(), "{attempt}: a write without a diff");
                let missing: Vec<&str> = added
                    .filter(|new| !text.lines().any(|l| l == *new))
                    .collect();
                assert!(missing.is_empty(), "{attempt}: {missing:?}");
            }
        }
        assert!(open.is_empty(), "{attempt}: {open:?}");
    }
}

/// The `##` headings of a markdown text.
fn sections(text: &str) -> Vec<&str> {
    text.lines().filter_map(|l| l.strip_prefix("## ")).collect()
}

#[test]
fn recorded_artifacts_have_every_section_of_their_template_and_name_every_criterion() {
    for (attempt, template) in [
        (
            "spec.1.1",
            include_str!("../builtin/templates/feature-spec.md"),
        ),
        (
            "design.1.1",
            include_str!("../builtin/templates/design-note.md"),
        ),
        (
            "plan.1.1",
            include_str!("../builtin/templates/implementation-plan.md"),
        ),
        ("qa.1.1", include_str!("../builtin/templates/qa-review.md")),
        ("qa.2.1", include_str!("../builtin/templates/qa-review.md")),
    ] {
        let lines = recording(attempt);
        let written: Vec<&Value> = lines.iter().filter_map(|l| l.get("write")).collect();
        let text = written[0]["text"].as_str().unwrap();
        assert_eq!(sections(text), sections(template), "{attempt}");
        assert!(!text.contains('‹'), "{attempt}: a placeholder is left");
        for criterion in 1..=5 {
            assert!(
                attempt == "design.1.1" || text.contains(&format!("AC-{criterion}")),
                "{attempt}: AC-{criterion}"
            );
        }
    }
    for (attempt, result) in [("qa.1.1", "Result: FAIL"), ("qa.2.1", "Result: PASS")] {
        let lines = recording(attempt);
        let text = lines
            .iter()
            .find_map(|l| l["write"]["text"].as_str())
            .unwrap();
        let results: Vec<&str> = text.lines().filter(|l| l.starts_with("Result:")).collect();
        assert_eq!(results, [result], "{attempt}");
    }
}

#[test]
fn a_task_that_was_talked_about_is_not_run_with_the_recordings_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let sample = Example::place(Some(dir.path().join("demo"))).unwrap();
    sample.make_to_watch().unwrap();
    let user = dir.path().join("user");
    let trusted = dir.path().canonicalize().unwrap().join("demo");
    std::fs::create_dir_all(&user).unwrap();
    let line = format!("trust: [\"{}\"]\n", trusted.display());
    std::fs::write(user.join("config.yaml"), line).unwrap();
    let calls = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_harness-tui"))
            .args(args)
            .current_dir(&sample.repository)
            .env_remove("HARNESS_ATTEMPT")
            .env("HARNESS_REPLAY_SPEED", "0")
            .env("HARNESS_TUI_HOME", &user)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        (output.status.success(), said)
    };
    let (saved, said) = calls(&["task", "new", "B010", "--defaults"]);
    assert!(saved && said.contains("T004 is saved"), "{said}");
    for how in [&["--dry-run"][..], &["--detach"], &[]] {
        let (done, said) = calls(&[&["run", "T004"], how].concat());
        assert!(!done, "{how:?}: {said}");
        let why = "the recordings that 'recorded' plays are of T001; none is of T004";
        assert!(said.contains(why), "{how:?}: {said}");
        let remedy = "run T001, or let another agent do T004";
        assert!(said.contains(remedy), "{how:?}: {said}");
    }
    let (shown, said) = calls(&["run", "T001", "--dry-run"]);
    assert!(shown, "{said}");
    // A folder that does not say of which tasks it is plays for any.
    let file = sample.recordings.join("tasks.txt");
    std::fs::write(&file, "// none yet\nT1 or T2\n").unwrap();
    let (shown, said) = calls(&["run", "T004", "--dry-run"]);
    assert!(!shown && said.contains("tasks.txt:2"), "{said}");
    std::fs::remove_file(&file).unwrap();
    let (shown, said) = calls(&["run", "T004", "--dry-run"]);
    assert!(shown, "{said}");
}
