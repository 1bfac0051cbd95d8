//! A person skips a stage that the workflow lets them skip: by its row in run-state.md.

use crate::support::drive::{last, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::records::runs::RunView;
use harness_tui::terms::{RunState, StageState};

/// Docs fail; whether they may be skipped is given.
fn docs(skippable: bool) -> Project {
    let stages = format!(
        "  - {{ id: docs, name: Docs, role: docs, skippable: {skippable} }}
  - {{ id: build, name: Build, role: build, depends_on: [docs] }}
"
    );
    let project = Project::new()
        .agent("docs", "cat >/dev/null; exit 77")
        .agent("build", WORKS)
        .flow(&stages);
    project.expect(3, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.until(&run, |v| !v.supervised);
    project
}

/// Writes into the row of Docs what a person would.
fn say_skipped(project: &Project) -> RunView {
    let view = last(project);
    let path = format!("harness/runs/active/{}/run-state.md", view.order.run);
    let row = |l: &&str| l.starts_with("| Docs ");
    let text = project.read(&path);
    let line = text.lines().find(row).unwrap().to_owned();
    assert!(line.contains("| blocked |"), "{line}");
    project.put(
        &path,
        &text.replace(&line, &line.replace("| blocked |", "| skipped |")),
    );
    view
}

#[test]
fn its_row_in_run_state_says_skipped_and_the_run_goes_on_without_it() {
    let project = docs(true);
    let run = say_skipped(&project).order.run.to_string();
    project.expect(0, &["resume", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(stage(&view, "docs").state, StageState::Skipped);
    assert_eq!(
        stage(&view, "docs").attempts.len(),
        1,
        "it was not tried again"
    );
    let why = project.expect(0, &["why", &run, "docs"]).out;
    assert!(why.contains("Evidence: a person skipped it"), "{why}");
    let decided = view.run.decisions.iter().any(|d| d.what == "skipped docs");
    assert!(decided, "{:?}", view.run.decisions);
}

#[test]
fn a_stage_that_nobody_may_skip_is_put_back_with_the_reason() {
    let project = docs(false);
    let run = say_skipped(&project).order.run.to_string();
    let ran = project.expect(2, &["resume", &run, "--follow"]);
    let why = "does not let anybody skip docs";
    assert!(ran.err.contains(why), "{}", ran.err);
    let view = last(&project);
    assert_eq!(stage(&view, "docs").state, StageState::Blocked);
    assert_eq!(
        stage(&view, "docs").attempts.len(),
        1,
        "it was not tried again"
    );
    let text = project.read(&format!("harness/runs/active/{run}/run-state.md"));
    assert!(text.contains(why), "{text}");
    assert!(text.contains("| blocked "), "{text}");
}
