//! People work in the checkout while a run does, and between its stages.

use super::Untouched;
use crate::support::drive::{last, on_branch, report};
use crate::support::project::{GATED, Project, WORKS};
use harness_tui::terms::RunState;

const TWO: &str = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n  - { id: more, name: More, role: build, depends_on: [build] }\n";

fn at_the_gate(flow: &str) -> (Project, String) {
    let project = Project::new()
        .agent("build", WORKS)
        .settings("isolation: in-place\n")
        .flow(flow);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    (project, run)
}

#[test]
fn what_lies_there_between_two_stages_is_taken_as_it_is() {
    let (project, run) = at_the_gate(TWO);
    project.put("beside.txt", "mine\n");
    let before = Untouched::of(&project);
    project.expect(0, &["approve", &run]);
    let view = project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("beside.txt"), "mine\n");
    assert_eq!(on_branch(&view, "beside.txt").unwrap(), "mine\n");
    assert!(report(&view).contains("beside.txt"));
    assert_eq!(Untouched::of(&project), before);
}

#[test]
fn nothing_is_approved_that_was_changed_since() {
    let (project, run) = at_the_gate(GATED);
    project.put("page.txt", "light\ndark\nmine\n");
    let refused = project.run(&["approve", &run]);
    assert_ne!(refused.code, 0, "{}", refused.out);
    assert!(refused.err.contains("page.txt"), "{}", refused.err);
    assert_eq!(project.read("page.txt"), "light\ndark\nmine\n");
    project.put("page.txt", "light\ndark\n");
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Completed
    });
    project.put("page.txt", "light\ndark\nlater\n");
    let landed = project.expect(0, &["land", &run]);
    assert!(
        landed.out.contains("checked by nobody: page.txt"),
        "{}",
        landed.out
    );
    assert_eq!(project.read("page.txt"), "light\ndark\nlater\n");
}

#[test]
fn on_another_branch_nothing_starts_until_a_person_says_so() {
    let (project, run) = at_the_gate(TWO);
    project.git(&["checkout", "-q", "-b", "other"]);
    project.put("beside.txt", "mine\n");
    project.expect(0, &["approve", &run]);
    let view = project.until(&run, |v| v.run.state() == RunState::Blocked);
    let why = view.why(None).to_string();
    assert!(
        why.contains("beside.txt") && why.contains("resume"),
        "{why}"
    );
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("beside.txt"), "mine\n");
    assert_eq!(project.git(&["branch", "--show-current"]), "other");
}

#[test]
fn cancelling_and_running_again_reset_nothing() {
    let (project, run) = at_the_gate(TWO);
    project.put("beside.txt", "mine\n");
    let before = Untouched::of(&project);
    project.expect(0, &["cancel", &run]);
    project.until(&run, |v| v.run.state() == RunState::Cancelled);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    project.expect(6, &["run", &run, "--from", "build"]);
    project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    assert_eq!(project.read("page.txt"), "light\ndark\ndark\n");
    assert_eq!(project.read("beside.txt"), "mine\n");
    assert_eq!(Untouched::of(&project), before);
}
