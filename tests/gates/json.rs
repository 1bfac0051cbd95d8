//! What programs read: one object a line.

use super::reviewed;
use crate::support::drive::{answers, review};
use crate::support::project::{Project, WORKS};
use serde_json::Value;

fn objects(text: &str) -> Vec<Value> {
    let parse = |l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"));
    text.lines().map(parse).collect()
}

#[test]
fn a_run_its_gate_and_its_status_are_told_as_objects() {
    let project = Project::new()
        .agent("build", WORKS)
        .agent("qa", &answers("review", &review("PASS", &[])))
        .flow(&reviewed("", ""));
    let ran = project.expect(6, &["run", "T001", "--json"]);
    let told = objects(&ran.out);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let (first, end) = (&told[0], &told[told.len() - 1]);
    assert_eq!(first["type"], "run");
    assert_eq!((&end["type"], &end["exit"]), (&"end".into(), &6.into()));
    let run = first["run"].as_str().unwrap();
    // An attempt's rows stand between its beginning and its end.
    let mut open: Vec<&str> = Vec::new();
    for object in &told {
        if object["type"] == "row" {
            let attempt = object["attempt"].as_str().unwrap();
            assert!(open.contains(&attempt), "{object}");
        }
        let event = &object["event"];
        match event["event"].as_str().or(event["type"].as_str()) {
            Some("intent") => open.push(event["attempt"].as_str().unwrap()),
            Some("finished") => {
                let attempt = event["attempt"].as_str().unwrap();
                open.retain(|o| *o != attempt);
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");

    let status = objects(&project.expect(0, &["status", "--json"]).out);
    let one = status.iter().find(|o| o["run"] == run).unwrap();
    assert_eq!(one["state"], "awaiting approval");
    assert_eq!(one["needs_you"], true);
    assert_eq!(one["cost_micros"], Value::Null, "unknown is not 0");
    let whole = objects(&project.expect(0, &["status", run, "--json"]).out);
    let stages = whole.iter().filter(|o| o["type"] == "stage").count();
    assert_eq!(stages, 3, "{whole:?}");

    let why = objects(&project.expect(0, &["why", run, "--json"]).out);
    let command = why[0]["why"]["command"].as_str().unwrap();
    let wanted = format!("harness-tui approve {run} --stage complete --on ");
    assert!(command.starts_with(&wanted), "{command}");
    let approved = objects(
        &project
            .expect(0, &["approve", run, "--follow", "--json"])
            .out,
    );
    assert_eq!(approved[0]["accepted"], true);
    assert_eq!(approved[approved.len() - 1]["state"], "completed");
}
