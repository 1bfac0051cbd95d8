//! An approval is given on exactly what was seen, and holds no longer than that is so.

use crate::support::drive::{answers, git_in, last, on_branch, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::engine::{Event, GateSide, Person};
use harness_tui::store::fs::Disk;
use harness_tui::supervisor::control;
use harness_tui::terms::{Digest, RunState, StageId, StageState};

const NOTE: &str = "harness/artifacts/note.md";

/// A note, a gate over it, a build from it, a gate at the end.
fn project() -> Project {
    let stages = format!(
        "  - {{ id: spec, name: Spec, role: spec, writes: [], produces: {{ note: {{ path: {NOTE}, from: answer }} }} }}
  - {{ id: agreed, name: Agreed, depends_on: [spec], gate: {{ before: true }} }}
  - {{ id: build, name: Build, role: build, depends_on: [agreed], context: [note] }}
  - {{ id: complete, name: Complete, depends_on: [build], gate: {{ before: true }} }}
"
    );
    Project::new()
        .agent("spec", &answers("note", "# Note\n\nIt will be grey."))
        .agent("build", WORKS)
        .flow(&stages)
}

#[test]
fn what_was_edited_since_is_taken_up_before_anybody_approves_it() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let note = last(&project).order.tree.join(NOTE);
    std::fs::write(&note, "# Note\n\nIt will be black.\n").unwrap();
    let ran = project.expect(2, &["approve", &run]);
    assert!(ran.err.contains(NOTE), "{}", ran.err);
    let digest = Digest::of("# Note\n\nIt will be black.\n");
    project.until(&run, |v| {
        stage(v, "spec").artifacts[0].digest == digest && !v.supervised
    });
    project.expect(6, &["approve", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").state, StageState::Passed);
    assert!(on_branch(&view, NOTE).unwrap().contains("black"));
}

#[test]
fn an_edit_upstream_voids_an_approval_and_what_is_stale_waits_for_an_order() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.expect(6, &["approve", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "complete").state, StageState::AwaitingApproval);
    std::fs::write(view.order.tree.join(NOTE), "# Note\n\nIt will be black.\n").unwrap();
    let ran = project.expect(2, &["approve", &run]);
    assert!(ran.err.contains(NOTE), "{}", ran.err);
    // The gate over the note asks anew, and the one at the end asks no more.
    project.until(&run, |v| {
        stage(v, "agreed").state == StageState::AwaitingApproval && !v.supervised
    });
    let view = last(&project);
    assert_ne!(stage(&view, "complete").state, StageState::AwaitingApproval);
    project.expect(6, &["approve", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").attempts.len(), 1, "nobody ordered it");
    assert_eq!(view.run.stale().len(), 1);
    project.expect(6, &["rerun", &run, "--stale", "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").attempts.len(), 2);
    assert_eq!(stage(&view, "spec").attempts.len(), 1);
    project.expect(0, &["approve", &run, "--follow"]);
}

#[test]
fn a_task_edited_in_the_checkout_voids_an_approval_too() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let task = "harness/tasks/T001-dark-mode.md";
    let text = project
        .read(task)
        .replace("It is dark.", "It is pitch dark.");
    project.put(task, &text);
    let ran = project.run(&["approve", &run]);
    assert_eq!(
        ran.code, 2,
        "approved on evidence that is gone: {}",
        ran.out
    );
    let view = project.until(&run, |v| !v.supervised && !v.run.stale().is_empty());
    assert_eq!(stage(&view, "build").state, StageState::Pending);
    assert!(stage(&view, "build").attempts.is_empty());
}

#[test]
fn an_approval_of_something_else_is_refused() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let event = Event::Approved {
        stage: StageId::new("agreed").unwrap(),
        side: GateSide::Before,
        evidence: Digest::of("what was there an hour ago"),
        by: Person {
            name: "Ada".to_owned(),
            terminal: None,
            pid: 1,
        },
    };
    assert!(view.run.may(&event).is_err());
    let now = jiff::Timestamp::now();
    control::send(&Disk, &view.dirs.control(), now, &event).unwrap();
    let dir = view.dirs.path().to_str().unwrap();
    project.expect(0, &["supervise", "--dir", dir]);
    let view = last(&project);
    assert!(
        view.run.notes[0].1.contains("refused"),
        "{:?}",
        view.run.notes
    );
    assert_eq!(view.run.state(), RunState::AwaitingApproval);
}

#[test]
fn an_artifact_that_is_gone_is_named_with_what_brings_it_back() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.to_string();
    std::fs::remove_file(view.order.tree.join(NOTE)).unwrap();
    let ran = project.expect(2, &["approve", &run]);
    let tree = view.order.tree.display().to_string();
    for part in [
        format!("{NOTE} is gone"),
        format!("git -C {tree} checkout -- {NOTE}"),
    ] {
        assert!(ran.err.contains(&part), "{}", ran.err);
    }
    git_in(&view.order.tree, &["checkout", "--", NOTE]);
    project.expect(6, &["approve", &run, "--follow"]);
}

#[test]
fn work_of_a_person_in_the_tree_does_not_vanish() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.to_string();
    std::fs::write(view.order.tree.join("mine.txt"), "by hand\n").unwrap();
    let ran = project.expect(2, &["approve", &run]);
    assert!(ran.err.contains("mine.txt"), "{}", ran.err);
    std::fs::remove_file(view.order.tree.join("mine.txt")).unwrap();
    project.expect(6, &["approve", &run, "--follow"]);
    project.expect(0, &["approve", &run, "--follow"]);
    std::fs::write(view.order.tree.join("page.txt"), "by hand\n").unwrap();
    let ran = project.expect(3, &["land", &run]);
    assert!(ran.err.contains("page.txt"), "{}", ran.err);
}

#[test]
fn inside_an_attempt_nobody_approves() {
    let project = project();
    project.expect(6, &["run", "T001"]);
    let mut command = project.command(&["approve"]);
    let out = command.env("HARNESS_ATTEMPT", "RUN-x/build.1.1").output();
    let out = out.unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(
        stage(&last(&project), "agreed").state,
        StageState::AwaitingApproval
    );
}
