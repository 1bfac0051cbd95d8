//! What is edited by hand while nobody supervises a run: told by what only shows, carried out or
//! refused by what decides.

use super::BUILD;
use crate::support::drive::{answers, last, stage};
use crate::support::project::{Project, WORKS, put, until_there};
use harness_tui::process::{Signal, Watched};
use harness_tui::records::runs::RunView;
use harness_tui::supervisor::live::Holder;
use harness_tui::terms::{RunState, StageState};

const TASK: &str = "harness/tasks/T001-dark-mode.md";
const NOTE: &str = "harness/artifacts/note.md";
const GATED: &str = "  - { id: build, name: Build, role: build }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\" } }
";

/// A run at the gate over its result.
fn at_the_gate(settings: &str) -> (Project, String) {
    let project = Project::new().agent("build", WORKS).settings(settings);
    let project = project.flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    (project, run)
}

/// A run that has completed.
fn completed() -> (Project, String) {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    (project, run)
}

fn state_of(view: &RunView) -> String {
    std::fs::read_to_string(view.active_dir().run_state()).unwrap()
}

fn edit(project: &Project, run: &str, change: impl Fn(&str) -> String) {
    let view = project.view(run);
    assert!(!view.supervised, "{run} is {}", view.state());
    let text = state_of(&view);
    let changed = change(&text);
    assert_ne!(changed, text, "the edit changes something");
    put(&view.active_dir().run_state(), &changed);
}

/// Takes the line of the build out of Completed Stages, which orders to have it done again.
fn without_build(text: &str) -> String {
    let lines = text.lines();
    let kept = lines.filter(|l| !(l.starts_with("- Build — ") && l.ends_with("PASS")));
    kept.map(|l| format!("{l}\n")).collect()
}

/// Commands that show tell of the edit and what takes it up, and change nothing.
fn only_told(project: &Project, run: &str, words: &str) {
    let everything = |view: &RunView| {
        let journal = std::fs::read_to_string(view.dirs.journal()).unwrap();
        (journal, state_of(view), view.supervised)
    };
    let before = everything(&project.view(run));
    let resume = format!("harness-tui resume {run}");
    for args in [vec!["status"], vec!["status", run], vec!["why", run]] {
        let said = project.expect(0, &args).out;
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("was edited by hand"), "{args:?}: {said}");
        assert!(flat.contains(&resume), "{args:?}: {said}");
        // The list cuts what does not fit its row.
        assert!(args == ["status"] || flat.contains(words), "{said}");
    }
    let json = project.expect(0, &["status", run, "--json"]).out;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert!(first["by_hand"].as_str().unwrap().contains(words), "{json}");
    let after = project.view(run);
    assert_eq!(everything(&after), before);
}

#[test]
fn what_shows_tells_of_an_order_and_what_decides_has_it_carried_out() {
    let (project, run) = at_the_gate("");
    let said = project.expect(0, &["status", &run, "--json"]).out;
    assert!(said.contains("\"by_hand\":null"), "{said}");
    edit(&project, &run, without_build);
    only_told(&project, &run, "rerun from Build");
    assert_eq!(stage(&last(&project), "build").attempts.len(), 1);
    // The result that was seen is being made anew, so it is not approved.
    let ran = project.expect(2, &["approve", &run]);
    assert!(ran.out.contains("reruns from build"), "{}", ran.out);
    let view = project.until(&run, |v| {
        !v.supervised && v.state() == RunState::AwaitingApproval
    });
    assert_eq!(stage(&view, "build").attempts.len(), 2);
    project.expect(0, &["approve", &run, "--follow"]);
}

#[test]
fn what_orders_nothing_is_told_put_back_and_keeps_nobody_from_approving() {
    let (project, run) = at_the_gate("");
    edit(&project, &run, |t| {
        t.replace("Current Run ID: RUN", "Current Run ID: NUR")
            .replace("## Notes\n", "## Notes\n\nAsk Ada.\n")
    });
    only_told(&project, &run, "which orders nothing");
    let ran = project.expect(0, &["approve", &run, "--follow"]);
    assert!(ran.out.contains("was not taken: line "), "{}", ran.out);
    assert!(ran.out.contains("NUR-"), "what was refused: {}", ran.out);
    let text = state_of(&last(&project));
    assert!(text.contains("Current Run ID: RUN"), "{text}");
    assert!(text.contains("\nAsk Ada.\n"), "{text}");
}

#[test]
fn what_is_no_run_state_any_more_is_kept_and_put_back_by_a_rejection_too() {
    let (project, run) = at_the_gate("");
    let before = state_of(&last(&project));
    edit(&project, &run, |_| "My own words.\n".to_owned());
    only_told(&project, &run, "to be put back");
    let ran = project.expect(6, &["reject", &run, "--reason", "darker", "--follow"]);
    assert!(ran.out.contains("run-state.md.rejected-"), "{}", ran.out);
    let view = last(&project);
    let files = std::fs::read_dir(view.active_dir().path()).unwrap();
    let kept = files
        .map(|f| f.unwrap().path())
        .find(|p| p.to_string_lossy().contains("rejected-"));
    let kept = std::fs::read_to_string(kept.unwrap()).unwrap();
    assert_eq!(kept, "My own words.\n");
    let id = |text: &str| {
        let line = text.lines().find(|l| l.starts_with("Task ID:"));
        line.map(str::to_owned)
    };
    assert_eq!(id(&state_of(&view)), id(&before));
}

#[test]
fn a_pause_by_hand_is_taken_up_by_resume_and_not_undone_by_it() {
    let (project, run) = at_the_gate("");
    edit(&project, &run, |t| {
        t.replace("Status: Awaiting Approval", "Status: Paused")
    });
    only_told(&project, &run, "Current Status: Paused");
    let ran = project.expect(0, &["resume"]);
    assert!(ran.out.contains("it is paused"), "{}", ran.out);
    assert_eq!(last(&project).state(), RunState::Paused);
    project.expect(6, &["resume", "--follow"]);
    assert_eq!(last(&project).state(), RunState::AwaitingApproval);
}

#[test]
fn an_approval_by_hand_counts_where_the_settings_say_so() {
    let signed = |t: &str| {
        let line = "## Approval Mode\n\nApproval: approved by Ada\n";
        t.replace("## Approval Mode\n", line)
    };
    let (project, run) = at_the_gate("approvals: { by_edit: true }\n");
    edit(&project, &run, signed);
    only_told(&project, &run, "an approval by Ada");
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.state() == RunState::Completed);
    let (project, run) = at_the_gate("");
    edit(&project, &run, signed);
    let ran = project.expect(2, &["resume", &run]);
    assert!(ran.out.contains("by_edit: true"), "{}", ran.out);
    assert_eq!(last(&project).state(), RunState::AwaitingApproval);
}

#[test]
fn nothing_is_landed_over_an_order_that_nobody_took_up() {
    let (project, run) = completed();
    let before = project.git(&["rev-parse", "HEAD"]);
    edit(&project, &run, without_build);
    only_told(&project, &run, "rerun from Build");
    let ran = project.expect(2, &["land", &run, "--dry-run"]);
    assert!(ran.err.contains("rerun from Build"), "{}", ran.err);
    assert_eq!(stage(&last(&project), "build").attempts.len(), 1);
    let ran = project.run(&["land", &run]);
    assert!(ran.out.contains("reruns from build"), "{}", ran.out);
    let view = project.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Completed
    });
    assert_eq!(stage(&view, "build").attempts.len(), 2);
    if ran.code != 0 {
        // It was running still.
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert_eq!(project.git(&["rev-parse", "HEAD"]), before);
    }
}

#[test]
fn landing_goes_on_after_an_edit_that_orders_nothing() {
    let (project, run) = completed();
    edit(&project, &run, |t| {
        t.replace("Current Status: Done", "Current Status: Cancelled")
    });
    only_told(&project, &run, "Current Status: Cancelled");
    let ran = project.expect(0, &["land", &run]);
    assert!(ran.out.contains("was not taken"), "{}", ran.out);
    assert!(last(&project).run.landed.is_some());
}

#[test]
fn a_task_that_changed_after_the_end_is_shown_stale_and_can_be_done_again() {
    let (project, run) = completed();
    let before_edit = project.read(TASK);
    let task = before_edit.replace("It is dark.", "It is grey.");
    project.put(TASK, &task);
    let journal = || std::fs::read_to_string(last(&project).dirs.journal()).unwrap();
    let before = journal();
    for args in [vec!["status", run.as_str()], vec!["why", run.as_str()]] {
        let said = project.expect(0, &args);
        assert!(said.out.contains("stale"), "{}", said.out);
    }
    assert_eq!(journal(), before);
    let ran = project.expect(2, &["land", &run, "--dry-run"]);
    assert!(ran.err.contains("harness-tui rerun"), "{}", ran.err);
    let ran = project.expect(2, &["land", &run]);
    assert!(ran.out.contains("the task was edited"), "{}", ran.out);
    // Put back, it is the task that the result was judged by.
    project.put(TASK, &before_edit);
    assert!(
        project
            .expect(0, &["resume", &run])
            .out
            .contains("completed")
    );
    project.put(TASK, &task);
    project.expect(0, &["rerun", "--stale", "--follow"]);
    assert_eq!(stage(&last(&project), "build").attempts.len(), 2);
    project.expect(0, &["land", &run]);
}

/// Ends the supervisor as a crash does; what it started lives on.
fn crash(project: &Project, run: &str) {
    let view = project.view(run);
    let text = std::fs::read_to_string(view.dirs.supervisor()).unwrap();
    let holder: Holder = serde_json::from_str(&text).unwrap();
    let process = Watched::open(holder.process.pid).unwrap().unwrap();
    process.signal(Signal::KILL).unwrap();
    project.until(run, |v| !v.supervised);
}

#[test]
fn only_resume_takes_up_an_edit_of_a_run_that_would_go_on_by_it() {
    let project = Project::new();
    let (ready, go) = (project.outside("ready"), project.outside("go"));
    let script = format!(
        "cat >/dev/null; echo x >> page.txt; touch {}; while [ ! -e {} ]; do sleep 0.05; done",
        ready.display(),
        go.display()
    );
    let stages = "  - { id: one, name: One, role: one }
  - { id: two, name: Two, role: two, depends_on: [one] }
";
    let project = project
        .agent("one", &script)
        .agent("two", WORKS)
        .flow(stages);
    let run = project.detach();
    until_there(&ready);
    project.until(&run, |v| {
        let base = std::fs::read_to_string(v.dirs.base()).unwrap_or_default();
        base.contains("Current Stage: One") && state_of(v) == base
    });
    crash(&project, &run);
    edit(&project, &run, |t| {
        t.replace("Status: Active", "Status: Paused")
    });
    only_told(&project, &run, "Current Status: Paused");
    for args in [["approve", &run], ["land", &run]] {
        let ran = project.expect(2, &args);
        let told = args[0] == "approve" || ran.err.contains("harness-tui resume");
        assert!(told, "{}", ran.err);
        assert!(!project.view(&run).supervised, "{args:?}");
    }
    let ran = project.expect(0, &["resume", &run]);
    assert!(
        ran.out.contains("paused it at the next boundary"),
        "{}",
        ran.out
    );
    put(&go, "");
    let view = project.until(&run, |v| !v.supervised && v.state() == RunState::Paused);
    assert_eq!(stage(&view, "one").state, StageState::Passed);
    assert!(stage(&view, "two").attempts.is_empty());
}

#[test]
fn a_broken_artifact_is_told_wherever_its_gate_is_shown() {
    let stages = format!(
        "  - {{ id: spec, name: Spec, role: spec, writes: [], produces: {{ note: {{ path: {NOTE}, from: answer }} }}, gate: {{ after: true }} }}\n"
    );
    let project = Project::new();
    project.put(
        "harness/templates/note.md",
        "# Note\n\n## What\n\n‹what it does›\n\n## Why\n\n‹what for›\n",
    );
    let whole = "# Note\n\n## What\n\nDark.\n\n## Why\n\nEyes.\n";
    let project = project
        .agent("spec", &answers("note", whole.trim_end()))
        .flow(&stages);
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.to_string();
    let note = view.order.tree.join(NOTE);
    let whole = std::fs::read_to_string(&note).unwrap();
    put(&note, "# Note\n\n## What\n\nDark.\n");
    let told = format!("{NOTE} was edited and now breaks its contract: ");
    for (code, args) in [
        (0, vec!["why", run.as_str()]),
        (0, vec!["why", &run, "spec"]),
        (0, vec!["status", &run]),
        (6, vec!["logs", &run, "--follow"]),
        (2, vec!["approve", &run]),
    ] {
        let said = project.expect(code, &args);
        let text = format!("{}{}", said.out, said.err);
        assert!(text.contains(&told), "{args:?}: {text}");
        assert!(text.contains("Why"), "names the section: {text}");
    }
    put(&note, &whole);
    let said = project.expect(0, &["why", &run]);
    assert!(!said.out.contains("contract"), "{}", said.out);
    project.expect(0, &["approve", &run, "--follow"]);
}
