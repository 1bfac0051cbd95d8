//! Two runs at work on one file, from start to end: that is shown; one lands, the other's base has moved at
//! once; it is refreshed, judged again and landed.

use crate::support::drive::{answers, review, stage};
use crate::support::project::Project;
use crate::support::terminal::Terminal;
use harness_tui::records::runs::RunView;
use harness_tui::terms::{RunState, StageState};
use serde_json::Value;

/// One task's builder changes the first line of a file, the other's the last.
const BUILDS: &str = "case $(cat) in\n*T002*) sed -i '9s/.*/low/' page.txt;;\n*) sed -i '1s/.*/high/' page.txt;;\nesac\necho done";

fn two_tasks() -> Project {
    let project = Project::new();
    project.put("page.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let other = task.replace("T001", "T002").replace("B001", "B002");
    project.put(
        "harness/tasks/T002-warm-tea.md",
        &other.replace("Dark mode", "Warm tea"),
    );
    let item = "\n### B002 - Warm tea\n\n**Status:** Ready\n**Summary:** It gets cold.\n";
    let backlog = project.read("harness/backlog.md") + item;
    project.put("harness/backlog.md", &backlog);
    let stages = "  - { id: build, name: Build, role: build }
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [task, { diff: base }]
    produces: { review: { path: \"harness/artifacts/{{ task.id }}-review.md\", from: answer } }
    verdict: review
    writes: []
  - id: complete
    name: Complete
    depends_on: [qa]
    gate: { before: true }
";
    project
        .agent("build", BUILDS)
        .reviewer("qa", &answers("review", &review("PASS", &[])))
        .flow(stages)
}

/// What `status --json` says of a run.
fn told(project: &Project, run: &str) -> Value {
    let out = project.expect(0, &["status", "--json"]).out;
    let objects = out
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    { objects }.find(|o| o["run"] == run).unwrap()
}

fn run_of(project: &Project, task: &str) -> RunView {
    let views = project.runs().into_iter();
    { views }
        .find(|v| v.task().unwrap().as_str() == task)
        .unwrap()
}

#[test]
fn both_are_at_one_file_and_the_second_is_judged_on_what_the_first_landed() {
    let project = two_tasks();
    project.expect(6, &["run", "T001"]);
    let one = run_of(&project, "T001").order.run.to_string();
    assert_eq!(told(&project, &one)["overlaps"], Value::Array(Vec::new()));
    project.expect(6, &["run", "T002"]);
    let two = run_of(&project, "T002").order.run.to_string();

    // Each says the other, and that they can be joined.
    for (own, other, task) in [(&one, &two, "T002"), (&two, &one, "T001")] {
        let told = told(&project, own);
        assert_eq!(told["base_moved"], Value::Null);
        let overlap = &told["overlaps"][0];
        assert_eq!(overlap["run"], **other);
        assert_eq!(overlap["task"], task);
        assert_eq!(overlap["paths"], serde_json::json!(["page.txt"]));
        assert_eq!(overlap["conflicts"], Value::Array(Vec::new()));
        let said = format!("also changed by {other} ({task}): page.txt; the two can be joined");
        for command in [&["status"][..], &["status", own], &["why", own]] {
            let out = project.expect(0, command).out;
            assert!(out.contains(&said), "{command:?}\n{out}");
        }
    }
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 2");
    terminal.until("also changed by");
    terminal.until("⇄? B001");
    terminal.until("⇄? B002");
    terminal.types("3");
    terminal.until("BESIDE IT");
    terminal.types("a");
    terminal.until("beside     also changed by");
    terminal.types("1");
    terminal.until("[1 Backlog]");
    terminal.types("j");
    terminal.until("harness/T002");

    // The first lands: the second's base has moved at once, and it shares its file with that.
    project.expect(0, &["approve", &one, "--follow"]);
    let dry = project.expect(0, &["land", &one, "--dry-run"]).out;
    assert!(
        dry.contains(&format!("also changed by {two} (T002): page.txt")),
        "{dry}"
    );
    project.expect(0, &["land", &one]);
    let moved = "main moved on by 1 commit, which changed 1 file of the run's too";
    terminal.until("main moved on by 1 commit");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let now = told(&project, &two);
    assert_eq!(now["base_moved"]["both"], serde_json::json!(["page.txt"]));
    assert_eq!(now["overlaps"], Value::Array(Vec::new()), "it is landed");
    for command in [&["status"][..], &["status", &two], &["why", &two]] {
        let out = project.expect(0, command).out;
        assert!(out.contains(moved), "{command:?}\n{out}");
    }

    // What was approved before is void once the base is taken in.
    let gate = project.expect(0, &["why", &two]).out;
    let on = gate.split("--on ").nth(1).unwrap();
    let on = on.split_whitespace().next().unwrap().to_owned();
    project.expect(0, &["approve", &two, "--on", &on, "--follow"]);
    assert_eq!(project.view(&two).state(), RunState::Completed);
    project.expect(6, &["refresh", &two, "--follow"]);
    let view = project.view(&two);
    let stale: Vec<String> = view
        .run
        .stale()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    assert!(stale.contains(&"qa".to_owned()), "{stale:?}");
    assert_eq!(told(&project, &two)["base_moved"], Value::Null);
    project.expect(2, &["land", &two]);
    project.expect(6, &["rerun", &two, "--stale", "--follow"]);
    let view = project.view(&two);
    assert_eq!(stage(&view, "complete").state, StageState::AwaitingApproval);
    project.expect(2, &["approve", &two, "--on", &on]);
    project.expect(0, &["approve", &two, "--follow"]);
    project.expect(0, &["land", &two]);
    assert_eq!(project.read("page.txt"), "high\n2\n3\n4\n5\n6\n7\n8\nlow\n");
}

#[test]
fn a_conflict_is_told_before_either_lands_and_the_checkout_is_somebody_too() {
    let project = two_tasks();
    std::fs::write(
        project.outside("build.sh"),
        "case $(cat) in *T002*) echo low >page.txt;; *) echo high >page.txt;; esac; echo done",
    )
    .unwrap();
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["run", "T002"]);
    let one = run_of(&project, "T001").order.run.to_string();
    let two = run_of(&project, "T002").order.run.to_string();
    let said = project.expect(0, &["status"]).out;
    let says = format!("also changed by {two} (T002): page.txt; the two conflict in page.txt");
    assert!(said.contains(&says), "{said}");
    assert_eq!(
        told(&project, &one)["overlaps"][0]["conflicts"][0],
        "page.txt"
    );
    project.put("page.txt", "mine\n");
    let told = told(&project, &one);
    assert_eq!(told["overlaps"][1]["with"], "checkout");
    let said = project.expect(0, &["status", &one]).out;
    assert!(
        said.contains("also changed in the checkout: page.txt"),
        "{said}"
    );
    // One that was given up is in nobody's way.
    project.run(&["cancel", &two]);
    project.until(&two, |v| v.state() == RunState::Cancelled);
    let said = project.expect(0, &["status", &one]).out;
    assert!(!said.contains("also changed by"), "{said}");
}
