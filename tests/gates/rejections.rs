//! What a person sends back at a gate is worked on again, within the workflow's bounds.

use super::reviewed;
use crate::support::drive::{
    answers, in_turn, last, on_branch, outcomes, prompt, report, review, stage,
};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::RunState;

const BACK_TO_BUILD: &str = ", on_reject: { rerun: build, max: 1 }";

fn project(on_reject: &str) -> Project {
    Project::new()
        .agent("build", WORKS)
        .agent("qa", &answers("review", &review("PASS", &[])))
        .flow(&reviewed("", on_reject))
}

#[test]
fn the_rework_is_told_the_reason_is_reviewed_again_and_the_gate_asks_again() {
    let project = project(BACK_TO_BUILD);
    let ran = project.expect(6, &["run", "T001"]);
    assert!(ran.out.contains("harness-tui approve RUN-"), "{}", ran.out);
    project.expect(6, &["reject", "--reason", "the margins glow", "--follow"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").attempts.len(), 2);
    assert_eq!(stage(&view, "qa").attempts.len(), 2);
    assert!(!prompt(&view, "build", 1).contains("the margins glow"));
    assert!(prompt(&view, "build", 2).contains("the margins glow"));
    project.expect(0, &["approve", "--follow"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\ndark\n");
    let report = report(&view);
    assert!(report.contains("the margins glow"), "{report}");
    assert!(report.contains("Ada"), "{report}");
}

#[test]
fn no_more_rejections_than_the_workflow_allows() {
    let project = project(BACK_TO_BUILD);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["reject", "--reason", "no", "--follow"]);
    let ran = project.expect(1, &["reject", "--reason", "still no", "--follow"]);
    assert!(ran.out.contains("still no"), "{}", ran.out);
    assert_eq!(last(&project).run.state(), RunState::Failed);
    assert_eq!(stage(&last(&project), "build").attempts.len(), 2);
}

#[test]
fn a_rejection_with_no_way_back_asks_for_another_plan() {
    let stages = "  - { id: spec, name: Spec, role: spec, writes: [], produces: { note: { path: harness/artifacts/note.md, from: answer } } }
  - { id: complete, name: Complete, depends_on: [spec], gate: { before: true } }
";
    let project = Project::new()
        .agent("spec", &answers("note", "# Note\n\nIt will be dark."))
        .flow(stages);
    project.expect(6, &["run", "T001"]);
    let ran = project.expect(4, &["reject", "--reason", "not this", "--follow"]);
    assert!(ran.out.contains("not this"), "{}", ran.out);
    assert!(
        ran.out.contains("harness-tui run T001 --from spec"),
        "{}",
        ran.out
    );
}

#[test]
fn a_reason_is_needed() {
    let project = project(BACK_TO_BUILD);
    project.expect(6, &["run", "T001"]);
    project.expect(2, &["reject"]);
    project.expect(2, &["reject", "--reason", "  "]);
    assert_eq!(stage(&last(&project), "build").attempts.len(), 1);
}

#[test]
fn a_loop_until_approved_hands_each_reason_to_the_next_iteration() {
    let stages = "  - { id: spec, name: Spec, role: spec, writes: [], produces: { note: { path: harness/artifacts/note.md, from: answer } }, gate: { after: true }, loop: { until: approved, max_iterations: 3 } }\n";
    let project = Project::new();
    let counter = project.outside("count");
    let artifact = |text: &str| format!("<<<ARTIFACT note\n# Note\n\n{text}\nARTIFACT>>>");
    let script = in_turn(&counter, &[artifact("grey"), artifact("black")]);
    let project = project.agent("spec", &script).flow(stages);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["reject", "--reason", "darker than grey", "--follow"]);
    let view = last(&project);
    assert!(prompt(&view, "spec", 2).contains("darker than grey"));
    assert_eq!(stage(&view, "spec").attempts.len(), 2);
    project.expect(0, &["approve", "--follow"]);
    let note = on_branch(&last(&project), "harness/artifacts/note.md").unwrap();
    assert!(note.contains("black"), "{note}");
}

#[test]
fn a_loop_until_approved_has_an_end() {
    let stages = "  - { id: build, name: Build, role: build, gate: { after: true }, loop: { until: approved, max_iterations: 2 } }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["reject", "--reason", "no", "--follow"]);
    project.expect(1, &["reject", "--reason", "no again", "--follow"]);
    assert_eq!(outcomes(&last(&project), "build").len(), 2);
}
