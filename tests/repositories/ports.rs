//! Trees side by side never meet at a port, nor their containers under a name.

use crate::support::drive::{file_of, last, lines_of, outcomes};
use crate::support::project::{Project, WORKS, ran};
use harness_tui::terms::Outcome;
use std::path::Path;
use std::process::Command;

/// A check that serves at the port it was given until another one serves at the same time.
const SERVES: &str = "import os, socket, sys, time
s = socket.socket()
s.bind(('127.0.0.1', int(os.environ['HARNESS_PORT_BASE'])))
s.listen()
place = sys.argv[1]
mine = os.environ['COMPOSE_PROJECT_NAME']
open(os.path.join(place, mine), 'w').close()
for _ in range(3000):
    if len(os.listdir(place)) > 1:
        sys.exit(0)
    time.sleep(0.01)
sys.exit('nobody else came')
";

fn has_python() -> bool {
    let there = Command::new("python3").arg("--version").output();
    let there = there.is_ok_and(|o| o.status.success());
    if !there {
        assert!(
            std::env::var_os("HARNESS_REQUIRE_PYTHON").is_none_or(|v| v != "1"),
            "python3 is required"
        );
        eprintln!("SKIPPED: python3 is not here, which serves at the port");
    }
    there
}

fn serving(place: &Path) -> Project {
    let project = Project::new();
    project.put("serve.py", SERVES);
    let stage = format!(
        "  - id: build\n    name: Build\n    role: build\n    checks: [{{ run: \"python3 serve.py '{}'\", timeout: 40s }}]\n",
        place.display()
    );
    project.agent("build", WORKS).flow(&stage)
}

#[test]
fn two_runs_that_want_one_port_both_get_one() {
    if !has_python() {
        return;
    }
    let meet = tempfile::tempdir().unwrap();
    let (one, other) = (serving(meet.path()), serving(meet.path()));
    let user = one.outside("user");
    // Two repositories of one user, and the same task: even the runs' ids are the same.
    let start = |project: &Project| {
        let mut command = project.command(&["run", "T001"]);
        command.env("HARNESS_TUI_HOME", &user).spawn().unwrap()
    };
    let (a, b) = (start(&one), start(&other));
    for child in [a, b] {
        let ran = ran(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    }
    for project in [&one, &other] {
        assert_eq!(outcomes(&last(project), "build"), [Outcome::Passed]);
    }
    assert_eq!(one.runs()[0].order.run, other.runs()[0].order.run);
}

#[test]
fn stages_side_by_side_have_ports_and_check_trees_of_their_own() {
    if !has_python() {
        return;
    }
    let meet = tempfile::tempdir().unwrap();
    let project = Project::new();
    project.put("serve.py", SERVES);
    let stage = |id: &str| {
        format!(
            "  - id: {id}\n    name: {id}\n    role: {id}\n    depends_on: [top]\n    writes: [\"{id}/**\"]\n    checks: [{{ run: \"test -e {id}/new && python3 serve.py '{}'\", timeout: 40s }}]\n",
            meet.path().display()
        )
    };
    let stages = format!(
        "  - {{ id: top, name: Top, role: top }}\n{}{}max_parallel: 2\n",
        stage("left"),
        stage("check")
    );
    let project = project
        .agent("top", WORKS)
        .agent("left", "cat >/dev/null; mkdir -p left; echo l > left/new")
        .agent(
            "check",
            "cat >/dev/null; mkdir -p check; echo c > check/new",
        )
        .flow(&stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    for id in ["left", "check"] {
        assert_eq!(outcomes(&view, id), [Outcome::Passed], "{id}");
    }
    // Nothing of the trees beside is left but the run's own tree and the checkout.
    let trees = project.git(&["worktree", "list"]);
    assert_eq!(trees.lines().count(), 3, "{trees}");
}

#[test]
fn a_run_that_goes_on_has_the_ports_it_had() {
    let project = Project::new();
    let ports = project.outside("ports");
    let stage = "  - { id: build, name: Build, role: build, gate: { after: \"true\", on_reject: { rerun: build, max: 2 } } }\n";
    let script = format!(
        "cat >/dev/null; echo $HARNESS_PORT_BASE >> '{}'; echo dark >> page.txt",
        ports.display()
    );
    let project = project.agent("build", &script).flow(stage);
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["reject", "--reason", "darker", "--follow"]);
    let told = std::fs::read_to_string(&ports).unwrap();
    let told: Vec<u16> = told.lines().map(|l| l.parse().unwrap()).collect();
    assert_eq!(lines_of(&ports), 2);
    assert_eq!(told[0], told[1]);
    assert!((20_000..32_700).contains(&told[0]) && told[0].is_multiple_of(100));
    let spec = file_of(&last(&project), "build", 1, "spec.json");
    let name = project.runs()[0].order.run.to_string().to_lowercase();
    assert!(
        spec.contains(&format!("\"COMPOSE_PROJECT_NAME\": \"{name}-")),
        "{spec}"
    );
}
