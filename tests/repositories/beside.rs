//! Several runs of one repository.

use super::BUILD;
use crate::support::drive::{fifo, on_branch, outcomes};
use crate::support::project::{Project, WORKS, until_there};
use harness_tui::terms::{Outcome, RunState};

const SECOND: &str = "# Task T002 — Light mode\n\nStatus: Ready\nBacklog Item: B001\n\n## Summary\n\nReaders want it by day.\n\n## Acceptance Criteria\n\n- It is light.\n";

#[test]
fn a_task_has_one_live_run() {
    let project = Project::new();
    let (ready, go) = (project.outside("ready"), project.outside("go"));
    fifo(&go);
    let script = format!(
        "{WORKS}; touch '{}'; read line < '{}'",
        ready.display(),
        go.display()
    );
    let project = project.agent("build", &script).flow(BUILD);
    let run = project.detach();
    until_there(&ready);
    for args in [&["run", "T001"][..], &["run", "T001", "--new"]] {
        let ran = project.expect(2, args);
        assert!(ran.err.contains(&run), "{}", ran.err);
    }
    std::fs::write(&go, "go\n").unwrap();
    project.until(&run, |v| {
        v.run.state() == RunState::Completed && !v.supervised
    });
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn a_second_run_of_a_task_gets_a_branch_of_its_own_and_both_go_on() {
    let stages = "  - { id: build, name: Build, role: build }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: true } }
";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "T001"]);
    let first = project.runs()[0].order.run.to_string();
    let refused = project.expect(2, &["run", "T001"]);
    assert!(refused.err.contains("--new"), "{}", refused.err);
    project.expect(6, &["run", "T001", "--new"]);
    let second = project.runs()[0].order.run.to_string();
    assert_ne!(first, second);
    assert_eq!(
        project.view(&second).order.branch,
        format!("{}-2", project.view(&first).order.branch)
    );
    for run in [&first, &second] {
        project.expect(0, &["approve", run, "--follow"]);
        let view = project.view(run);
        assert_eq!(view.run.state(), RunState::Completed);
        assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\n");
    }
}

#[test]
fn runs_of_different_tasks_work_at_the_same_time() {
    let project = Project::new();
    let (ab, ba) = (project.outside("ab"), project.outside("ba"));
    fifo(&ab);
    fifo(&ba);
    // Each waits for the other: alone, neither would come to its end.
    let script = format!(
        "cat >/dev/null; echo $HARNESS_TASK_ID >> page.txt
         case $HARNESS_TASK_ID in
         T001) echo go > '{0}'; read line < '{1}';;
         T002) read line < '{0}'; echo go > '{1}';;
         esac",
        ab.display(),
        ba.display()
    );
    project.put("harness/tasks/T002-light-mode.md", SECOND);
    let stages = "  - { id: build, name: Build, role: build, timeout: 30s }\n";
    let project = project.agent("build", &script).flow(stages);
    let first = project.detach();
    let second = project.expect(0, &["run", "T002", "--detach"]);
    let second = second.out.trim();
    for (run, task) in [(first.as_str(), "T001"), (second, "T002")] {
        let view = project.until(run, |v| v.run.state().is_terminal());
        assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
        let page = on_branch(&view, "page.txt").unwrap();
        assert_eq!(page, format!("light\n{task}\n"));
    }
}
