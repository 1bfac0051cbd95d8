//! kill -9 of the supervisor and of stage-exec: nothing is reset, and what can't be told is asked.

use super::Untouched;
use super::bench::{Bench, SHORT, kill};
use crate::support::project::Project;
use harness_tui::terms::RunState;

fn bench() -> Bench {
    Bench::new(Project::new().settings("isolation: in-place\n"), SHORT)
}

#[test]
fn with_the_checkout_as_it_was_a_killed_attempt_is_made_again() {
    let bench = bench();
    let project = &bench.project;
    let before = Untouched::of(project);
    for stage in ["spec", "build"] {
        bench.hold(stage);
        if stage == "spec" {
            project.detach();
        }
        bench.until_held(stage);
        let run = project.runs()[0].order.run.to_string();
        let (supervisor, exec) = (bench.supervisor(&run), bench.stage_exec(&run, stage));
        if stage == "spec" {
            bench.hold("build");
        }
        kill(&supervisor);
        kill(&exec);
        bench.forget_held(stage);
        project.expect(0, &["resume", &run]);
        if stage == "build" {
            project.until(&run, |v| v.run.state() == RunState::Completed);
        }
    }
    assert_eq!(Untouched::of(project), before);
    assert_eq!(project.read("page.txt"), "light\n1\n");
}

#[test]
fn what_a_killed_attempt_left_half_done_stays_and_a_person_is_asked() {
    let bench = bench();
    let project = &bench.project;
    let before = Untouched::of(project);
    bench.hold("build");
    let run = project.detach();
    bench.until_held("build");
    project.put("page.txt", "light\nhalf\n");
    project.put("docs.md", "half\n");
    kill(&bench.stage_exec(&run, "build"));
    let view = project.until(&run, |v| v.run.state() == RunState::Blocked);
    let why = view.why(None).to_string();
    for what in [
        "page.txt",
        "docs.md",
        "nothing of it was put back",
        "resume",
    ] {
        assert!(why.contains(what), "{what}: {why}");
    }
    assert_eq!(project.read("page.txt"), "light\nhalf\n");
    let kept = view
        .attempt_dir(&"build.1.1".parse().unwrap())
        .partial_patch();
    assert!(std::fs::read_to_string(kept).unwrap().contains("+half"));
    bench.forget_held("build");
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("page.txt"), "light\nhalf\n2\n");
    assert_eq!(project.read("docs.md"), "half\n");
    assert_eq!(Untouched::of(project), before);
}

#[test]
fn a_killed_supervisor_finds_its_attempt_again() {
    let bench = bench();
    let project = &bench.project;
    bench.hold("build");
    let run = project.detach();
    bench.until_held("build");
    kill(&bench.supervisor(&run));
    bench.let_go("build");
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(bench.done().get("build"), Some(&1));
    assert_eq!(project.read("page.txt"), "light\n1\n");
}

#[test]
fn what_lay_where_an_artifact_goes_is_there_after_a_kill() {
    let flow = "  - { id: build, name: Build, role: build, produces: { notes: docs/notes.md } }\n";
    let project = Project::new()
        .agent("build", "cat >/dev/null; kill -9 $PPID; sleep 5")
        .settings("isolation: in-place\n")
        .flow(flow);
    project.put("docs/notes.md", "my own\n");
    project.expect(3, &["run", "T001", "--allow-dirty"]);
    assert_eq!(project.read("docs/notes.md"), "my own\n");
}

#[test]
fn an_artifact_that_is_as_it_was_was_not_made() {
    let flow = "  - { id: build, name: Build, role: build, produces: { notes: docs/notes.md } }\n";
    let project = Project::new()
        .agent("build", "cat >/dev/null; echo dark >> page.txt")
        .settings("isolation: in-place\n")
        .flow(flow);
    project.put("docs/notes.md", "# Notes\n\nmy own\n");
    let ran = project.expect(3, &["run", "T001", "--allow-dirty"]);
    assert!(ran.out.contains("not made anew"), "{}", ran.out);
    assert_eq!(project.read("docs/notes.md"), "# Notes\n\nmy own\n");
}

#[test]
fn nothing_can_be_taken_along_where_no_commit_is_made() {
    let project = Project::new()
        .agent("build", "cat >/dev/null")
        .settings("isolation: in-place\n")
        .flow(super::BUILD);
    project.put("page.txt", "mine\n");
    let ran = project.expect(2, &["run", "T001", "--with-changes"]);
    assert!(ran.err.contains("--allow-dirty"), "{}", ran.err);
}
