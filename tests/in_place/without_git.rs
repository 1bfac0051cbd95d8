//! Folders that are in no git repository: the same, by a repository of the engine's own.

use super::bench::{Bench, DONE, kill};
use crate::support::drive::{last, outcomes};
use crate::support::project::{Project, put, until_there};
use harness_tui::terms::{Outcome, RunState};
use std::collections::BTreeMap;

/// The project without its git folder.
fn bare(project: &Project) {
    std::fs::remove_dir_all(project.home().join(".git")).unwrap();
}

fn project(script: &str) -> Project {
    let project = Project::new()
        .agent("build", &format!("cat >/dev/null\n{script}"))
        .flow(super::BUILD);
    bare(&project);
    project
}

#[test]
fn a_whole_workflow_runs_and_lands() {
    let bench = Bench::long();
    let project = &bench.project;
    bare(project);
    for look in [
        &["check"][..],
        &["status"],
        &["list", "workflows"],
        &["clean"],
    ] {
        project.expect(0, look);
    }
    assert!(!project.home().join("harness/.state").exists());
    let sheet = project.expect(0, &["run", "T001", "--dry-run"]);
    assert!(sheet.out.contains("there is no git"), "{}", sheet.out);
    assert!(!project.home().join("harness/.state").exists());
    project.expect(6, &["run", "T001"]);
    let run = last(project).order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Completed
    });
    let done: BTreeMap<String, usize> = DONE.map(|(s, n)| (s.to_owned(), n)).into();
    assert_eq!(bench.done(), done);
    assert_eq!(project.read("page.txt"), "light\n1\n2\n");
    for look in [
        &["status", &run][..],
        &["why", &run],
        &["land", &run, "--dry-run"],
    ] {
        project.expect(0, look);
    }
    let landed = project.expect(0, &["land", &run]);
    assert!(landed.out.contains("page.txt"), "{}", landed.out);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Done")
    );
    assert!(
        project
            .home()
            .join(format!("harness/runs/{run}.md"))
            .exists()
    );
    assert_eq!(project.read("page.txt"), "light\n1\n2\n");
    assert!(!project.home().join(".git").exists());
    project.expect(0, &["clean", "--apply", "--logs"]);
    assert_eq!(project.read("page.txt"), "light\n1\n2\n");
    // And once more, on what lies there now.
    project.put(
        "harness/tasks/T002-more.md",
        &project
            .read("harness/tasks/T001-dark-mode.md")
            .replace("T001", "T002"),
    );
    project.expect(6, &["run", "T002"]);
}

#[test]
fn a_persons_edit_in_the_middle_survives_and_the_agents_too() {
    let script = "echo dark >> page.txt; echo x > harness/workflows/mine.yaml; touch ../begun; while ! test -e ../go; do sleep 0.05; done";
    let project = project(script);
    let run = project.detach();
    until_there(&project.outside("begun"));
    project.put("harness/other.md", "mine\n");
    put(&project.outside("go"), "");
    let view = project.until(&run, |v| v.run.state() == RunState::Blocked);
    assert_eq!(outcomes(&view, "build"), [Outcome::NotHandedOn]);
    assert_eq!(project.read("harness/other.md"), "mine\n");
    assert_eq!(project.read("harness/workflows/mine.yaml"), "x\n");
    let patch = view
        .attempt_dir(&"build.1.1".parse().unwrap())
        .guard_patch();
    assert!(
        std::fs::read_to_string(patch)
            .unwrap()
            .contains("harness/other.md")
    );
    std::fs::remove_file(project.home().join("harness/workflows/mine.yaml")).unwrap();
}

#[test]
fn a_killed_attempt_resets_nothing_and_is_asked_about() {
    let bench = Bench::short();
    let project = &bench.project;
    bare(project);
    bench.hold("build");
    let run = project.detach();
    bench.until_held("build");
    project.put("page.txt", "light\nhalf\n");
    kill(&bench.supervisor(&run));
    kill(&bench.stage_exec(&run, "build"));
    bench.forget_held("build");
    project.expect(0, &["resume", &run]);
    let view = project.until(&run, |v| v.run.state() == RunState::Blocked);
    assert!(view.why(None).to_string().contains("page.txt"));
    assert_eq!(project.read("page.txt"), "light\nhalf\n");
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("page.txt"), "light\nhalf\n2\n");
}

#[test]
fn checks_have_a_clean_copy_and_ignored_and_fetched_files_stay_out() {
    let flow = "  - { id: build, name: Build, role: build, checks: [{ run: \"test -e page.txt && test ! -e secret.tmp && test ! -e node_modules\" }] }\n";
    let project = Project::new()
        .agent(
            "build",
            "cat >/dev/null; echo dark >> page.txt; echo x >> node_modules/a",
        )
        .flow(flow);
    bare(&project);
    project.put(".gitignore", "*.tmp\n");
    project.put("secret.tmp", "x\n");
    project.put("node_modules/a", "a\n");
    project.expect(0, &["run", "T001"]);
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::Passed]);
    assert_eq!(project.read("node_modules/a"), "a\nx\n");
}

#[test]
fn a_repository_that_comes_in_the_middle_is_told_and_the_way_on_named() {
    let project = project("echo dark >> page.txt; git init -q .");
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("a git repository was made"), "{}", ran.out);
    let refused = project.run(&["status"]);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(refused.err.contains("harness/.state"), "{}", refused.err);
    std::fs::remove_dir_all(project.home().join(".git")).unwrap();
    assert_eq!(last(&project).run.state(), RunState::Blocked);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn init_sets_a_folder_up_without_git_only_where_that_is_said() {
    let project = project("true");
    let dir = project.outside("plain");
    std::fs::create_dir(&dir).unwrap();
    let run = |args: &[&str]| {
        crate::support::project::ran(&project.command(args).current_dir(&dir).output().unwrap())
    };
    let refused = run(&["init"]);
    assert!(
        refused.code != 0 && refused.err.contains("--no-git"),
        "{}",
        refused.err
    );
    assert_eq!(run(&["init", "--no-git"]).code, 0);
    assert_eq!(run(&["check"]).code, 0);
    assert!(!dir.join(".git").exists());
}
