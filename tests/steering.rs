//! Steering runs from the command line, with the real program: pause, cancel, reject, answer, and
//! what is refused.

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

mod support;

use harness_tui::terms::RunState;
use support::project::{Project, WORKS, put, until_there};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
const GATED: &str = "  - { id: build, name: Build, role: build }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\", on_reject: { rerun: build, max: 2 } } }
";

/// A script that says when it has begun, and waits for a word to go on.
fn waits(project: &Project, change: &str) -> String {
    format!(
        "cat >/dev/null; echo {change} >> page.txt; touch {}; while [ ! -e {} ]; do sleep 0.05; done",
        project.outside("ready").display(),
        project.outside("go").display()
    )
}

#[test]
fn a_pause_holds_at_the_boundary_and_resume_goes_on() {
    let stages = "  - { id: one, name: One, role: one }
  - { id: two, name: Two, role: two, depends_on: [one] }
";
    let project = Project::new();
    let script = waits(&project, "first");
    let project = project
        .agent("one", &script)
        .agent("two", "cat >/dev/null; echo second >> page.txt")
        .flow(stages);
    let run = project.detach();
    until_there(&project.outside("ready"));
    project.expect(0, &["pause", &run]);
    put(&project.outside("go"), "");
    let view = project.until(&run, |v| !v.supervised && v.run.state() == RunState::Paused);
    assert_eq!(view.run.stages[0].state.word(), "passed");
    assert!(view.run.stages[1].attempts.is_empty());
    let state = project.read(&format!("harness/runs/active/{run}/run-state.md"));
    assert!(state.contains("Current Status: Paused"), "{state}");
    let refused = project.expect(2, &["run", "T001"]);
    assert!(
        refused.err.contains(&format!("harness-tui resume {run}")),
        "{}",
        refused.err
    );
    project.expect(0, &["resume", &run, "--follow"]);
    let page = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert_eq!(page, "light\nfirst\nsecond");
}

#[test]
fn a_cancelled_attempt_keeps_its_work() {
    let project = Project::new();
    let script = waits(&project, "half");
    let project = project.agent("build", &script).flow(BUILD);
    let run = project.detach();
    until_there(&project.outside("ready"));
    let said = project.expect(0, &["cancel", &run, "--reason", "not today"]);
    assert!(said.out.contains("is being cancelled"), "{}", said.out);
    let view = project.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Cancelled
    });
    let attempt = &view.run.stages[0].attempts[0];
    let kept = project.git(&[
        "show",
        &format!("refs/harness/{run}/attempts/{}:page.txt", attempt.id),
    ]);
    assert_eq!(kept, "light\nhalf");
    assert_eq!(
        project.git(&["show", "harness/T001-dark-mode:page.txt"]),
        "light"
    );
    let why = project.expect(0, &["why", &run]);
    assert!(why.out.contains("not today"), "{}", why.out);
    project.expect(2, &["cancel", &run]);
}

#[test]
fn a_rejection_is_reworked_and_asks_again() {
    let script = "grep -q 'not dark enough' && echo darker >> page.txt || echo dark >> page.txt";
    let project = Project::new().agent("build", script).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let refused = project.expect(2, &["reject", &run, "--reason", " "]);
    assert!(refused.err.contains("needs a reason"), "{}", refused.err);
    let again = project.expect(
        6,
        &["reject", &run, "--reason", "not dark enough", "--follow"],
    );
    assert!(
        again.out.contains(&format!("harness-tui approve {run}")),
        "{}",
        again.out
    );
    let page = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert!(page.ends_with("darker"), "{page}");
    project.expect(0, &["approve", &run, "--follow"]);
}

#[test]
fn a_key_or_an_escape_in_a_reason_is_stored_nowhere() {
    let project = Project::new().agent("build", WORKS);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let task = task.replace("Dark mode", "Dark \u{1b}[31mmode\u{202e}");
    project.put("harness/tasks/T001-dark-mode.md", &task);
    let project = project.flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let key = format!("sk-{}", "a1B2".repeat(8));
    let reason = format!("it prints {key} in \u{1b}[31mred\u{202e}");
    project.expect(6, &["reject", &run, "--reason", &reason, "--follow"]);
    let view = project.view(&run);
    let attempts = &view.run.stages[0].attempts;
    assert_eq!(attempts.len(), 2);
    let spec = view.attempt_dir(&attempts[1].id).path().join("spec.json");
    let report = view.active_dir().report();
    for path in [view.dirs.journal(), spec, report.clone()] {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&key), "{}: {text}", path.display());
        assert!(
            text.contains("it prints [secret]"),
            "{}: {text}",
            path.display()
        );
    }
    let text = std::fs::read_to_string(&report).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    let subjects = project.git(&["log", "--format=%B", "harness/T001-dark-mode"]);
    assert!(subjects.contains("T001 Build: Dark mode"), "{subjects}");
    assert!(!subjects.contains(['\u{1b}', '\u{202e}']), "{subjects}");
}

#[test]
fn the_backlog_is_kept_where_the_settings_say() {
    let project = Project::new().agent("build", WORKS);
    let item = project.read("harness/backlog.md");
    project.put("docs/backlog.md", &item);
    let project = project
        .settings("paths: { backlog: docs/backlog.md }\n")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let at_end = project.read("docs/backlog.md");
    assert!(at_end.contains("**Status:** In Review"), "{at_end}");
    assert_eq!(project.read("harness/backlog.md"), item);
    project.expect(0, &["land", "T001"]);
    let landed = project.git(&["show", "HEAD:docs/backlog.md"]);
    assert!(landed.contains("**Status:** Done"), "{landed}");
    assert_eq!(
        project.git(&["show", "HEAD:harness/backlog.md"]),
        item.trim()
    );
}

#[test]
fn only_tasks_that_would_start_are_ready() {
    let project = Project::new().agent("build", WORKS);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    for (id, status) in [
        ("T002", "Status: Draft"),
        ("T003", "Status: Blocked"),
        ("T004", ""),
    ] {
        let text = task.replace("T001", id).replace("Status: Ready", status);
        project.put(&format!("harness/tasks/{id}-x.md"), &text);
    }
    project.put("harness/tasks/T005-a.md", &task.replace("T001", "T005"));
    project.put("harness/tasks/T005-b.md", &task.replace("T001", "T005"));
    std::fs::create_dir_all(project.home().join("harness/tasks/T006-x.md")).unwrap();
    std::os::unix::fs::symlink(
        project.home().join("harness/tasks/T001-dark-mode.md"),
        project.home().join("harness/tasks/T007-x.md"),
    )
    .unwrap();
    let project = project.flow(BUILD);
    let said = project.expect(0, &["status"]);
    assert!(said.out.contains("harness-tui run T001"), "{}", said.out);
    for id in ["T002", "T003", "T004", "T005", "T006", "T007"] {
        let command = format!("harness-tui run {id}");
        assert!(!said.out.contains(&command), "{}", said.out);
    }
    let refused = project.run(&["run", "T007"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("T007-x.md"), "{}", refused.err);
    assert!(!refused.err.contains("there is no task"), "{}", refused.err);
}

#[test]
fn only_a_person_decides() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    for args in [
        vec!["approve", &run],
        vec!["reject", &run, "--reason", "no"],
        vec!["resume", &run],
    ] {
        let out = project
            .command(&args)
            .env("HARNESS_ATTEMPT", "RUN-1/build.1.1")
            .output()
            .unwrap();
        let ran = support::project::ran(&out);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("inside an attempt"), "{}", ran.err);
    }
    assert_eq!(project.view(&run).run.state(), RunState::AwaitingApproval);
}

#[test]
fn what_was_not_seen_is_not_approved() {
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" } }
  - { id: complete, name: Complete, depends_on: [spec], gate: { before: \"true\" } }
";
    let script =
        "cat >/dev/null; printf '<<<ARTIFACT note\\n# Note\\n\\nIt gets dark.\\nARTIFACT>>>\\n'";
    let project = Project::new().reviewer("spec", script).flow(stages);
    let shown = project.expect(6, &["run", "T001"]);
    let view = &project.runs()[0];
    let run = view.order.run.to_string();
    let words = |text: &str| -> Vec<String> {
        let line = text.lines().find(|l| l.contains("harness-tui approve"));
        let words = line
            .unwrap()
            .split_whitespace()
            .skip_while(|w| *w != "approve");
        words.map(str::to_owned).collect()
    };
    let printed = words(&shown.out);
    assert!(printed.contains(&"--on".to_owned()), "{}", shown.out);
    let printed: Vec<&str> = printed.iter().map(String::as_str).collect();
    put(
        &view.order.tree.join("harness/artifacts/note.md"),
        "# Note\n\nIt gets very dark.\n",
    );
    let refused = project.expect(2, &["approve", &run]);
    assert!(refused.err.contains("note.md changed"), "{}", refused.err);
    // The edit is handed on, and then it can be decided on.
    project.until(&run, |v| !v.supervised && v.run.head != view.run.head);
    // What was printed before was about the note as it was.
    let refused = project.expect(2, &printed);
    assert!(
        refused.err.contains("changed since") && refused.err.contains("note.md"),
        "{}",
        refused.err
    );
    project.expect(2, &["approve", &run, "--on", "4e06"]);
    project.expect(2, &["approve", &run, "--on", "00000000"]);
    let why = project.expect(0, &["why", &run]);
    let printed = words(&why.out);
    let mut printed: Vec<&str> = printed.iter().map(String::as_str).collect();
    printed.push("--follow");
    project.expect(0, &printed);
    let note = project.git(&["show", "harness/T001-dark-mode:harness/artifacts/note.md"]);
    assert!(note.contains("very dark"), "{note}");
}

#[test]
fn an_answered_question_lets_the_run_complete() {
    let script = "if grep -q 'navy blue'; then echo navy >> page.txt; echo done
else printf '## Questions\\n\\n- Q1 [blocking] Which blue?\\n'; fi";
    let project = Project::new().agent("build", script).flow(BUILD);
    let asked = project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    assert!(
        asked.out.contains("Q1 [blocking] Which blue?"),
        "{}",
        asked.out
    );
    assert!(
        asked.out.contains(&format!("harness-tui answer {run} Q1=")),
        "{}",
        asked.out
    );
    project.expect(2, &["answer", &run, "Q7=navy"]);
    project.expect(0, &["answer", "Q1=navy blue", "--follow"]);
    let page = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert_eq!(page, "light\nnavy");
}

#[test]
fn a_dispute_is_put_to_a_person_whose_word_the_stage_is_told() {
    let script = "if grep -q 'make it darker'; then echo darker >> page.txt; echo done
else printf '## Dispute\\n\\nIt is dark already:\\n\\n- page.txt says so\\n'; fi";
    let project = Project::new().agent("build", script).flow(BUILD);
    let asked = project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    for shown in [
        "build asks:",
        "D1 [blocking] It is dark already:",
        "page.txt says so",
        &format!("harness-tui answer {run} D1="),
    ] {
        assert!(asked.out.contains(shown), "{shown}: {}", asked.out);
    }
    project.expect(2, &["answer", &run]);
    project.expect(2, &["answer", &run, "D1= "]);
    project.expect(2, &["answer", &run, "Q1=yes"]);
    project.expect(
        0,
        &["answer", &run, "a=b is wrong, make it darker", "--follow"],
    );
    let page = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert_eq!(page, "light\ndarker");
    let task = project.read("harness/tasks/T001-dark-mode.md");
    assert!(task.contains("→ a=b is wrong, make it darker"), "{task}");
}

#[test]
fn a_person_may_agree_with_a_dispute_and_nothing_is_changed() {
    let script = "if grep -q 'leave it'; then echo left as it is
else printf '## Dispute\\n\\nIt is dark already.\\n'; fi";
    let project = Project::new().agent("build", script).flow(BUILD);
    project.expect(6, &["run", "T001"]);
    project.expect(0, &["answer", "you are right, leave it", "--follow"]);
}

#[test]
fn a_second_run_has_a_branch_of_its_own() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["run", "T001", "--new"]);
    let runs = project.runs();
    let mut branches: Vec<&str> = runs.iter().map(|v| v.order.branch.as_str()).collect();
    branches.sort_unstable();
    assert_eq!(
        branches,
        ["harness/T001-dark-mode", "harness/T001-dark-mode-2"]
    );
    let ambiguous = project.expect(2, &["approve"]);
    assert!(
        ambiguous.err.contains("name one of the 2 runs"),
        "{}",
        ambiguous.err
    );
}

#[test]
fn an_unknown_step_is_answered_with_those_there_are() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let refused = project.expect(2, &["run", "T001", "--step", "biuld"]);
    assert!(
        refused.err.contains("it has: build, complete"),
        "{}",
        refused.err
    );
    assert!(project.runs().is_empty());
}

#[test]
fn a_left_out_stage_must_have_left_its_artifact() {
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" } }
  - { id: build, name: Build, role: build, depends_on: [spec], context: [note] }
";
    let project = Project::new()
        .reviewer("spec", "cat >/dev/null; echo nothing")
        .agent("build", WORKS)
        .flow(stages);
    let refused = project.expect(2, &["run", "T001", "--step", "build"]);
    assert!(
        refused.err.contains("note.md (note of spec): missing"),
        "{}",
        refused.err
    );
    project.put("harness/artifacts/note.md", "# Note\n\nIt gets dark.\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "a note"]);
    project.expect(0, &["run", "T001", "--step", "build"]);
    let view = &project.runs()[0];
    assert_eq!(view.run.stages[0].state.word(), "skipped");
    // The same run goes on from there, with its next attempt.
    project.expect(0, &["run", "T001", "--from", "build"]);
    assert_eq!(project.runs().len(), 1);
    assert_eq!(project.runs()[0].run.stages[1].attempts.len(), 2);
}

#[test]
fn a_dry_run_shows_the_prompts_and_starts_nothing() {
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" } }
  - { id: build, name: Build, role: build, depends_on: [spec], context: [task, note, { command: \"touch page.txt.ran\" }] }
";
    let project = Project::new()
        .reviewer("spec", WORKS)
        .agent("build", WORKS)
        .flow(stages);
    project.put("loose.txt", "not committed\n");
    // Harness files are used as they are in the checkout, so nothing of them is left out.
    project.put("harness/templates/own.md", "## Own\n");
    let before = project.git(&["for-each-ref"]);
    let ran = project.expect(0, &["run", "T001", "--dry-run"]);
    for wanted in [
        "not included: 1 uncommitted file",
        "You are build.",
        "It stays dark.",
        "‹written by stage spec›",
        "nothing was started",
    ] {
        assert!(
            ran.out.contains(wanted),
            "{wanted} is missing in\n{}",
            ran.out
        );
    }
    let json = project.expect(0, &["run", "T001", "--dry-run", "--json"]);
    let sheet: serde_json::Value = serde_json::from_str(json.out.trim()).unwrap();
    assert_eq!(sheet["base"]["not_included"], 1);
    assert_eq!(sheet["stages"][1]["id"], "build");
    assert!(!project.home().join("page.txt.ran").exists());
    assert!(!project.home().join(".git/harness").exists());
    assert!(!project.home().join("harness/runs").exists());
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(project.git(&["for-each-ref"]), before);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Ready")
    );
}

/// An order that was taken up may still lie there: its file goes when what it changed is published.
#[test]
fn an_order_that_was_taken_up_keeps_nobody_from_landing() {
    let (project, run) = support::project::at_the_gate();
    project.expect(0, &["approve", &run]);
    let over = |v: &harness_tui::records::runs::RunView| {
        !v.supervised && v.run.state() == RunState::Completed
    };
    let control = project.until(&run, over).dirs.control();
    let journal = std::fs::read_to_string(project.view(&run).dirs.journal()).unwrap();
    let name = journal.split("\"order\":\"").nth(1).unwrap();
    let name = name.split('"').next().unwrap();
    let order = "{\"type\":\"pause_ordered\"}";
    put(&control.join("00000000000000000001-new.cmd"), order);
    put(&control.join(name), order);
    let ran = project.expect(2, &["land", &run, "--dry-run"]);
    assert!(ran.err.contains("1 order that nobody"), "{}", ran.err);
    std::fs::remove_file(control.join("00000000000000000001-new.cmd")).unwrap();
    project.expect(0, &["land", &run]);
}

#[test]
fn logs_show_rows_output_and_prompt_of_one_attempt() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let rows = project.expect(0, &["logs", "T001", "build"]);
    assert!(rows.out.contains("says       done"), "{}", rows.out);
    let raw = project.expect(0, &["logs", &run, "build.1.1", "--raw"]);
    assert!(raw.out.contains("done"), "{}", raw.out);
    let prompt = project.expect(0, &["logs", &run, "--prompt"]);
    assert!(prompt.out.contains("You are build."), "{}", prompt.out);
    project.expect(2, &["logs", &run, "build.9.9"]);
}
