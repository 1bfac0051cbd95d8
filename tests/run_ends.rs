//! Every end of a run has its exit code, with the real program, real repositories and agents that
//! are shell scripts.

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

use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use support::project::{Project, WORKS, ran, until_there};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

#[test]
fn completed_is_0_and_changes_nothing_but_its_branch() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let head = project.git(&["rev-parse", "HEAD"]);
    let ran = project.expect(0, &["run", "T001"]);
    let view = &project.runs()[0];
    let run = view.order.run.as_str();
    assert!(
        ran.out.contains(&format!("harness-tui land {run}")),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("cost unknown"), "{}", ran.out);
    assert!(
        ran.out.contains("1 commit on harness/T001-dark-mode"),
        "{}",
        ran.out
    );
    assert_eq!(project.read("page.txt"), "light\n");
    assert_eq!(project.git(&["rev-parse", "HEAD"]), head);
    let there = project.git(&["show", "harness/T001-dark-mode:page.txt"]);
    assert_eq!(there, "light\ndark");
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** In Review")
    );
    assert!(
        !ran.out.contains('\u{1b}'),
        "no colour where nobody sees it"
    );
}

#[test]
fn json_is_one_object_a_line() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let ran = project.expect(0, &["run", "T001", "--json"]);
    let objects: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let types: Vec<&str> = objects
        .iter()
        .map(|o| o["type"].as_str().unwrap())
        .collect();
    assert_eq!(types.first(), Some(&"run"));
    assert_eq!(types.last(), Some(&"end"));
    assert!(
        types.contains(&"event") && types.contains(&"row"),
        "{types:?}"
    );
    assert_eq!(objects.last().unwrap()["state"], "completed");
}

#[test]
fn a_supervisor_that_gives_up_says_why_until_the_next_one_comes() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let trees = project.leaves_no_room_for_trees();
    let stopped = project.run(&["run", "T001"]);
    assert_ne!(stopped.code, 0, "{}{}", stopped.out, stopped.err);
    let run = project.runs()[0].order.run.to_string();
    let left = project.until(&run, |v| !v.supervised && v.gave_up.is_some());
    let why = left.gave_up.unwrap().why;
    assert!(why.contains("worktree add"), "{why}");
    let told = project.run(&["why", &run]).out;
    assert!(told.contains("is interrupted"), "{told}");
    let evidence = told.lines().find(|l| l.starts_with("Evidence:")).unwrap();
    assert!(evidence.contains("its supervisor gave up: git"), "{told}");
    assert!(
        told.contains(&format!("harness-tui resume {run}")),
        "{told}"
    );

    std::fs::remove_file(&trees).unwrap();
    project.expect(0, &["resume", &run, "--follow"]);
    let view = project.view(&run);
    assert_eq!(
        (view.gave_up.clone(), view.dirs.gave_up().exists()),
        (None, false)
    );
}

#[test]
fn the_plans_copy_is_the_supervisors_to_write_and_says_nothing_of_another_lock() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = project.runs().remove(0);
    let (copy, lock) = (view.dirs.plan(), view.dirs.workflow_lock());
    let told = |project: &Project| project.expect(0, &["status", "T001"]).out;
    let first = told(&project);
    assert!(first.contains("Build"), "{first}");
    let whole = std::fs::read_to_string(&copy).unwrap();

    // A copy of another lock is passed over, and whoever only looks writes none.
    let other = std::fs::read_to_string(&lock)
        .unwrap()
        .replace("Build", "Brew");
    std::fs::write(&lock, &other).unwrap();
    let second = told(&project);
    assert!(
        second.contains("Brew") && !second.contains("Build"),
        "{second}"
    );
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), whole);
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(told(&project), second);
    assert!(!copy.exists());

    // One of this lock is what is read.
    let digest = |text: &str| harness_tui::terms::Digest::of(text).to_string();
    let lock = std::fs::read_to_string(&lock).unwrap();
    let before = other.replace("Brew", "Build");
    let copied = whole.replace(&digest(&before), &digest(&lock));
    std::fs::write(&copy, copied.replace("Build", "Bake")).unwrap();
    let third = told(&project);
    assert!(third.contains("Bake"), "{third}");
}

#[test]
fn misuse_is_2_and_nothing_is_started() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let ran = project.expect(2, &["run", "T009"]);
    assert!(ran.err.contains("no task T009"), "{}", ran.err);
    project.expect(2, &["run", "T001", "--workflow", "nothing"]);
    project.expect(2, &["run", "T001", "--set", "nothing"]);
    project.expect(2, &["approve"]);
    assert!(project.runs().is_empty());
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn failed_is_1_when_the_workflows_bound_is_used_up() {
    let stages = "  - { id: build, name: Build, role: build, checks: [{ run: \"false\" }], loop: { until: checks, max_iterations: 2 } }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    let ran = project.expect(1, &["run", "T001"]);
    assert!(ran.out.contains("Evidence:"), "{}", ran.out);
    assert_eq!(project.runs()[0].run.stages[0].attempts.len(), 2);
}

#[test]
fn blocked_is_3_and_says_what_to_do() {
    let script = "echo 'no such login' >&2; exit 77";
    let project = Project::new().agent("build", script).flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("Command:  harness-tui resume RUN-"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("no such login"), "{}", ran.out);
    assert!(
        ran.out.contains("log the agent's program in"),
        "{}",
        ran.out
    );
}

#[test]
fn where_no_agent_ran_nothing_is_missing_from_its_work() {
    let stages = "  - { id: build, name: Build, role: build, produces: { note: \"harness/artifacts/note.md\" } }\n";
    for script in ["exit 77", "exit 78"] {
        let project = Project::new().agent("build", script).flow(stages);
        let ran = project.expect(3, &["run", "T001"]);
        assert!(ran.out.contains("that says"), "{}", ran.out);
        let view = &project.runs()[0];
        assert_eq!(view.run.stages[0].findings, []);
    }
    // A path from the run's tree can't be looked up before that is there.
    let project = Project::new().agent("build", WORKS).flow(stages);
    let settings = project.read("harness/harness.yaml");
    let (before, _) = settings.split_once("command: [").unwrap();
    project.put(
        "harness/harness.yaml",
        &format!("{before}command: [./no-such-agent] }}\n"),
    );
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("./no-such-agent can't be started") && ran.out.contains("install it"),
        "{}",
        ran.out
    );
    assert_eq!(project.runs()[0].run.stages[0].findings, []);
}

#[test]
fn replan_required_is_4_and_names_the_stage() {
    let review = r"cat >/dev/null
cat <<'END'
<<<ARTIFACT review
## Verdict

Result: REPLAN build — the page is the wrong one

## Acceptance Criteria

| AC | Judgement | Evidence |
| --- | --- | --- |
| AC-1 | unmet | page.txt |
| AC-2 | unmet | page.txt |

## Findings

- [F1] AC-1 page.txt:1 — not dark
ARTIFACT>>>
END";
    let stages = "  - { id: build, name: Build, role: build }
  - { id: qa, name: QA, role: qa, depends_on: [build], produces: { review: \"harness/artifacts/T001-review.md\" }, verdict: review }
";
    let project = Project::new()
        .agent("build", WORKS)
        .reviewer("qa", review)
        .flow(stages);
    let ran = project.expect(4, &["run", "T001"]);
    assert!(
        ran.out.contains("harness-tui run T001 --from build"),
        "{}",
        ran.out
    );
}

#[test]
fn two_interrupts_cancel_which_is_5() {
    let project = Project::new();
    let (ready, go) = (project.outside("ready"), project.outside("go"));
    let script = format!(
        "cat >/dev/null; echo begun >> page.txt; touch {}; while [ ! -e {} ]; do sleep 0.05; done",
        ready.display(),
        go.display()
    );
    let project = project.agent("build", &script).flow(BUILD);
    let mut child = project.spawn(&["run", "T001"]);
    let mut told = BufReader::new(child.stderr.take().unwrap());
    until_there(&ready);
    let pid = child.id().to_string();
    let interrupt = || {
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
    };
    interrupt();
    // Two signals that come at once are one.
    let mut line = String::new();
    while !line.contains("goes on; again to cancel") {
        line.clear();
        assert!(told.read_line(&mut line).unwrap() > 0, "it ended");
    }
    let run = project.runs()[0].order.run.to_string();
    assert!(!project.view(&run).run.state().is_terminal());
    interrupt();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 5, "{}\n{rest}", ran.out);
}

#[test]
fn waiting_at_a_gate_is_6_with_the_command_that_answers() {
    let stages = "  - { id: build, name: Build, role: build }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\", message: \"Is it dark?\" } }
";
    let project = Project::new().agent("build", WORKS).flow(stages);
    let ran = project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    assert!(ran.out.contains("Is it dark?"), "{}", ran.out);
    let command = format!("harness-tui approve {run} --stage complete");
    assert!(ran.out.contains(&command), "{}", ran.out);
    assert!(
        !project.view(&run).supervised,
        "nothing runs while it waits"
    );
    project.expect(2, &["run", "T001"]);
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(2, &["approve", &run]);
}

#[test]
fn a_terminated_follower_leaves_the_run_alone() {
    let project = Project::new();
    let (ready, go) = (project.outside("ready"), project.outside("go"));
    let script = format!(
        "cat >/dev/null; echo dark >> page.txt; touch {}; while [ ! -e {} ]; do sleep 0.05; done",
        ready.display(),
        go.display()
    );
    let project = project.agent("build", &script).flow(BUILD);
    let child = project.spawn(&["run", "T001"]);
    until_there(&ready);
    let run = project.runs()[0].order.run.to_string();
    let refused = project.expect(2, &["run", "T001", "--new"]);
    assert!(
        refused.err.contains(&format!("live run: {run}")),
        "{}",
        refused.err
    );
    let pid = child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 143, "{}\n{}", ran.out, ran.err);
    support::project::put(&go, "");
    let logs = project.expect(0, &["logs", &run, "--follow"]);
    assert!(logs.out.contains("completed"), "{}", logs.out);
}
