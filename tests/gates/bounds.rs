//! Conditions, preconditions, retries, loops and budgets.

use super::BUILD;
use crate::support::drive::{in_turn, last, lines_of, on_branch, outcomes, prompt, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::engine::Event;
use harness_tui::terms::{Outcome, RunState, StageState};

#[test]
fn a_false_condition_leaves_its_stage_out() {
    let stages = "  - { id: build, name: Build, role: build }
  - { id: docs, name: Docs, role: docs, depends_on: [build], when: \"vars.docs == 'yes'\" }
  - { id: last, name: Last, role: build, depends_on: [docs] }
vars: { docs: \"no\" }
";
    let project = Project::new()
        .agent("build", WORKS)
        .agent("docs", "cat >/dev/null; echo docs > docs.txt")
        .flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(stage(&view, "docs").state, StageState::Skipped);
    assert!(stage(&view, "docs").attempts.is_empty());
    project.expect(0, &["run", "T001", "--new", "--set", "docs=yes"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "docs.txt").unwrap(), "docs\n");
}

#[test]
fn a_precondition_that_does_not_hold_cancels_before_any_agent() {
    let project = Project::new();
    let started = project.outside("started");
    let script = format!("touch '{}'; {WORKS}", started.display());
    let flow = |condition: &str| format!("{BUILD}precondition: {condition}\n");
    let project = project
        .agent("build", &script)
        .flow(&flow("{ run: \"test -e wanted.txt\" }"));
    let ran = project.expect(5, &["run", "T001"]);
    assert!(ran.out.contains("test -e wanted.txt"), "{}", ran.out);
    assert!(!started.exists());
    project.put("wanted.txt", "here\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "wanted"]);
    project.expect(0, &["run", "T001", "--new"]);
    assert!(started.exists());
}

/// An agent that fails in a passing way as long as it was called less than `times`.
fn flaky(project: &Project, times: usize) -> String {
    let calls = project.outside("calls");
    format!(
        "cat >/dev/null; echo . >> '{0}'; [ $(wc -l < '{0}') -ge {times} ] || {{ echo overloaded >&2; exit 75; }}
         echo dark >> page.txt",
        calls.display()
    )
}

#[test]
fn what_passes_by_itself_is_tried_again_no_sooner_than_the_workflow_says() {
    let stages =
        "  - { id: build, name: Build, role: build, retry: { max: 2, backoff_ms: 400 } }\n";
    let project = Project::new();
    let script = flaky(&project, 3);
    let project = project.agent("build", &script).flow(stages);
    let ran = project.expect(0, &["run", "T001", "--json"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::Transient, Outcome::Transient, Outcome::Passed]
    );
    // The journal's own times: at least half of 400 ms, then half of twice that.
    let mut ended: Option<jiff::Timestamp> = None;
    let mut waits = Vec::new();
    for line in ran.out.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        if object["type"] != "event" {
            continue;
        }
        let at: jiff::Timestamp = serde_json::from_value(object["at"].clone()).unwrap();
        match serde_json::from_value(object["event"].clone()).unwrap() {
            Event::Finished(_) => ended = Some(at),
            Event::Intent { .. } => waits.extend(ended.map(|e| at.duration_since(e).as_millis())),
            _ => {}
        }
    }
    assert_eq!(waits.len(), 2, "{waits:?}");
    assert!(waits[0] >= 200 && waits[1] >= 400, "{waits:?}");
}

#[test]
fn retries_have_an_end() {
    let stages = "  - { id: build, name: Build, role: build, retry: { max: 1, backoff_ms: 10 } }\n";
    let project = Project::new();
    let script = flaky(&project, 100);
    let project = project.agent("build", &script).flow(stages);
    let ran = project.expect(3, &["run", "T001"]);
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::Transient; 2]);
    assert!(ran.out.contains("overloaded"), "{}", ran.out);
}

#[test]
fn a_loop_until_checks_goes_on_from_the_work_that_is_there() {
    let stages = "  - id: build
    name: Build
    role: build
    checks: [{ run: \"echo too few lines; test $(wc -l < page.txt) -ge 3\" }]
    loop: { until: checks, max_iterations: 3 }
";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::CheckFailed, Outcome::Passed]
    );
    assert!(prompt(&view, "build", 2).contains("too few lines"));
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\ndark\n");
}

/// An agent that reports what it used: 600 tokens and 0.6 dollars a time.
fn reporting(project: Project, budget: &str) -> Project {
    let tapes = project.outside("tapes");
    std::fs::create_dir_all(&tapes).unwrap();
    for (name, text) in [("build.1.1", "dark"), ("more.1.1", "darker")] {
        let usage = "{\"input\":500,\"output\":100,\"cost_micros\":600000}";
        let tape = format!(
            "{{\"event\":{{\"type\":\"usage\",\"usage\":{usage}}}}}\n{{\"write\":{{\"path\":\"page.txt\",\"text\":\"{text}\\n\"}}}}\n{{\"answer\":\"done\"}}\n{{\"exit\":{{\"code\":0}}}}\n"
        );
        std::fs::write(tapes.join(format!("{name}.jsonl")), tape).unwrap();
    }
    let role = "---\ncapability: tape\nprofile: workspace\n---\nYou play.\n";
    project.put("harness/roles/tape.md", role);
    let settings = format!(
        "  - {{ name: tape, driver: replay, capabilities: [tape], recordings: \"{}\" }}\nbudget: {budget}\n",
        tapes.display()
    );
    project.settings(&settings).flow(
        "  - { id: build, name: Build, role: tape }
  - { id: more, name: More, role: tape, depends_on: [build] }
",
    )
}

#[test]
fn a_budget_that_is_reached_stops_the_run_and_says_how_to_raise_it() {
    for (budget, word) in [
        ("{ cost_usd: 0.5 }", "$0.50"),
        ("{ tokens: 600 }", "600 tokens"),
    ] {
        let project = reporting(Project::new(), budget);
        let ran = project.expect(6, &["run", "T001"]);
        assert!(ran.out.contains(word), "{}", ran.out);
        let view = last(&project);
        assert_eq!(view.run.state(), RunState::Paused);
        assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
        assert!(stage(&view, "more").attempts.is_empty());
        let run = view.order.run.as_str();
        project.expect(2, &["resume", run]);
        project.expect(2, &["resume", run, "--raise", "much"]);
        // The command that is named is one that works.
        let named = ran
            .out
            .lines()
            .find_map(|l| l.split("harness-tui resume ").nth(1));
        let mut words = vec!["resume"];
        words.extend(named.unwrap().split_whitespace());
        assert!(words.iter().any(|w| w.starts_with("--raise")), "{words:?}");
        words.push("--follow");
        project.expect(0, &words);
        assert_eq!(outcomes(&last(&project), "more"), [Outcome::Passed]);
    }
}

#[test]
fn a_stages_own_budget_stops_it_too() {
    let project = Project::new();
    let calls = project.outside("calls");
    let script = in_turn(&calls, &["done".to_owned()]);
    let stages = "  - { id: build, name: Build, role: build, budget: { minutes: 0 } }\n";
    let project = project.agent("build", &script).flow(stages);
    let ran = project.expect(2, &["run", "T001"]);
    assert!(ran.err.contains("minutes"), "{}", ran.err);
    assert_eq!(lines_of(&calls), 0);
}
