//! From an order to a landing.

use super::bench::{Bench, DONE, FLOW};
use super::{BUILD, Untouched, project};
use crate::support::drive::{file_of, last, outcomes, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::{Outcome, RunState};
use std::collections::BTreeMap;

#[test]
fn work_is_left_uncommitted_and_index_head_and_branch_stay_as_they_were() {
    let project = project("echo dark >> page.txt; git status >/dev/null");
    let before = Untouched::of(&project);
    let ran = project.expect(0, &["run", "T001"]);
    assert!(
        ran.out.contains("uncommitted in the checkout"),
        "{}",
        ran.out
    );
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(Untouched::of(&project), before);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(view.order.tree, project.home());
    let head = format!("{}:page.txt", view.order.branch);
    assert_eq!(project.git(&["show", &head]), "light\ndark");
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(status, "M harness/backlog.md\n M page.txt");
}

/// Six stages, one of them a review that fails once, checks on clean copies, a gate: and all of it
/// in the checkout.
#[test]
fn a_whole_workflow_with_a_rework_runs_in_place_and_lands() {
    let bench = Bench::new(Project::new().settings("isolation: in-place\n"), FLOW);
    let project = &bench.project;
    let before = Untouched::of(project);
    project.expect(6, &["run", "T001"]);
    let view = last(project);
    let run = view.order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Completed
    });
    let done: BTreeMap<String, usize> = DONE.map(|(s, n)| (s.to_owned(), n)).into();
    assert_eq!(bench.done(), done);
    assert_eq!(Untouched::of(project), before);
    let page = project.read("page.txt");
    assert_eq!(page, "light\n1\n2\n");

    let would = project.expect(0, &["land", &run, "--dry-run"]);
    assert!(would.out.contains("page.txt"), "{}", would.out);
    let refused = project.expect(2, &["land", &run, "--into", "main"]);
    assert!(
        refused.err.contains("lands on no branch"),
        "{}",
        refused.err
    );
    let landed = project.expect(0, &["land", &run]);
    assert!(landed.out.contains("yours to commit"), "{}", landed.out);
    assert_eq!(Untouched::of(project), before);
    assert_eq!(project.read("page.txt"), page);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Done")
    );
    let report = project.read(&format!("harness/runs/{run}.md"));
    assert!(report.contains("in the checkout, uncommitted"), "{report}");
    assert!(
        !project
            .home()
            .join("harness/runs/active")
            .join(&run)
            .exists()
    );
    project.expect(2, &["land", &run]);

    // What only served the run goes; the checkout is no tree of the run's.
    let cleaned = project.expect(0, &["clean"]);
    let home = project.home().display().to_string();
    let lists_home = cleaned
        .out
        .lines()
        .any(|l| l.split_whitespace().any(|w| w == home));
    assert!(!lists_home, "{}", cleaned.out);
    project.expect(0, &["clean", "--apply", "--logs"]);
    assert_eq!(Untouched::of(project), before);
    assert_eq!(project.read("page.txt"), page);
    assert_eq!(project.git(&["for-each-ref", "refs/harness"]), "");
}

#[test]
fn checks_run_on_a_clean_copy_and_work_is_gone_on_with() {
    let script = "cat >/dev/null; echo dark >> page.txt";
    let flow = "  - { id: build, name: Build, role: build, checks: [{ run: \"test $(wc -l < page.txt) = 3 && test ! -e untracked.tmp\" }], loop: { until: checks, max_iterations: 3 } }\n";
    let project = Project::new()
        .agent("build", script)
        .settings("isolation: in-place\n")
        .flow(flow);
    project.put(".git/info/exclude", "*.tmp\n");
    project.put("untracked.tmp", "of mine\n");
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    // The first round's line is there for the second.
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::CheckFailed, Outcome::Passed]
    );
    assert_eq!(project.read("page.txt"), "light\ndark\ndark\n");
    assert_eq!(project.read("untracked.tmp"), "of mine\n");
    assert!(!view.order.check_tree().starts_with(project.home()));
}

#[test]
fn it_runs_in_a_sandbox_too() {
    let project = project("echo dark >> page.txt");
    let yaml = project.read("harness/harness.yaml");
    project.put(
        "harness/harness.yaml",
        &yaml.replace("sandbox: \"off\"", "sandbox: best-effort"),
    );
    project.git(&["commit", "-qam", "held"]);
    let before = Untouched::of(&project);
    project.expect(0, &["run", "T001"]);
    assert_eq!(Untouched::of(&project), before);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn stages_run_one_after_the_other_and_a_second_run_is_refused() {
    let flow = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    let project = Project::new()
        .agent("build", WORKS)
        .settings("isolation: in-place\n")
        .flow(flow);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let second = project.expect(2, &["run", "T001", "--new", "--allow-dirty"]);
    assert!(
        second.err.contains(&run) && second.err.contains("works in this checkout"),
        "{}",
        second.err
    );
    let view = last(&project);
    assert_eq!(view.run.plan.max_parallel, 1);
    assert!(file_of(&view, "build", 1, "prompt.md").contains("build"));
    assert_eq!(stage(&view, "build").attempts.len(), 1);
    assert!(BUILD.contains("build"));
}
