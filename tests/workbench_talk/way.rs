//! From a line of the backlog to a run that is at work and ends, by keys alone.

use super::scene::{at, leave};
use super::support::drive::fifo;
use super::support::project::Project;
use super::support::talking::{replays, with_author};
use harness_tui::terms::RunState;
use std::path::Path;

/// The workflow that the author recommends, as small as can be.
const FEATURE: &str = "name: feature\ndescription: for tests\ntask: required\nstages:\n  - { id: build, name: Build, role: build }\n  - { id: look, name: Look, role: look }\n";

#[test]
fn from_a_line_of_the_backlog_to_a_run_that_completes() {
    let project = Project::new();
    // The build is at work for as long as the test looks at it.
    let door = project.outside("door");
    fifo(&door);
    let works = format!(
        "cat >/dev/null; read word < '{}'; echo dark >> page.txt; echo done",
        door.display()
    );
    let project = project
        .agent("build", &works)
        .agent("look", "cat >/dev/null; echo seen >> seen.txt; echo done");
    project.put("harness/workflows/feature.yaml", FEATURE);
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example/recordings");
    let flow = "  - { id: build, name: Build, role: build }\n";
    let project = with_author(project, flow, &replays(&recordings, "author"));

    let mut terminal = at(&project, "B010");
    let mut pressed = 0;
    let mut press = |terminal: &mut super::support::terminal::Terminal, key: &str| {
        terminal.types(key);
        pressed += 1;
    };
    press(&mut terminal, "c");
    terminal.until("? 6 open");
    // Six answers: the marked one, own words, and what is left is taken as recommended.
    terminal.types("\r");
    terminal.until("Q1 Hero → beside");
    terminal.types("]i3 again.\r");
    terminal.until("Q3 Latest videos → 3 again.");
    terminal.types("D");
    terminal.until("● all is answered");
    press(&mut terminal, "\r");
    terminal.until("✓ the draft is whole");
    press(&mut terminal, "s");
    terminal.until("✓ saved as T002   r runs it");
    press(&mut terminal, "r");
    terminal.until("Start a run of T002?");
    terminal.until("workflow  feature");
    terminal.until("Build ·");
    terminal.until("Look ·");
    terminal.until("no history to tell it by");
    press(&mut terminal, "\r");
    // The run comes up by itself, and its first stage is at work.
    terminal.until("[3 Pipeline]");
    terminal.until("◐ Build");
    let run = project.runs()[0].order.run.to_string();
    let view = project.until(&run, |v| v.run.stages[0].state.to_string() == "running");
    assert_eq!(view.run.plan.workflow, "feature");
    assert_eq!(pressed, 5);
    std::fs::write(&door, "go\n").unwrap();
    project.until(&run, |v| v.state() == RunState::Completed);
    terminal.until("✓ Build");
    terminal.until("✓ Look");
    terminal.until("completed");
    leave(terminal);
    // What the task says now was there to be run: it is in the run's own tree.
    let task = project.read("harness/tasks/T002-homepage-v1.md");
    assert!(task.contains("→ 3 again."), "{task}");
    assert_eq!(view.task().unwrap().to_string(), "T002");
}
