//! Run reports that people and other programs wrote, in their three forms.

use crate::support::{objects, program, put, repository};
use crate::world::{contents, init, of};

#[test]
fn every_form_is_an_earlier_run_of_its_task_and_stays_as_it_is() {
    let dir = of("prose");
    init(dir.path(), &[]);
    let before = contents(dir.path());
    let said = program(dir.path(), &["status", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let lines = objects(&said);
    let runs: Vec<_> = lines
        .iter()
        .filter(|l| l["type"] == "earlier_run")
        .collect();
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let stages = run["stages"].as_array().unwrap().iter();
            let stages = stages.map(|s| format!("{} {} {}", s["name"], s["date"], s["status"]));
            let stages = stages.collect::<Vec<_>>().join("; ").replace('"', "");
            (
                run["task"].as_str().unwrap(),
                run["outcome"].as_str().unwrap(),
                stages,
            )
        })
        .collect();
    let expected = [
        (
            "T003",
            "Blocked",
            "Specification 2026-08-21 Complete; Build 2026-09-11 Failed",
        ),
        (
            "T002",
            "Done, with one warning that the harbour master has accepted",
            "Specification 2026-05-04 Complete; Build 2026-05-05 Complete",
        ),
        (
            "T001",
            "Awaiting Approval",
            "Specification 2026-05-02 Complete; Build 2026-05-03 Complete; QA 2026-05-03 Pass With Minor Issues",
        ),
    ];
    let expected = expected.map(|(task, outcome, stages)| (task, outcome, stages.to_owned()));
    assert_eq!(told, expected);

    let said = program(dir.path(), &["status"]);
    for text in ["Earlier runs", "RUN-2026-05-02-T001", "2026-09-11"] {
        assert!(said.out.contains(text), "{text} in {}", said.out);
    }
    for name in ["T001", "RUN-2026-05-02-T001"] {
        let said = program(dir.path(), &["status", name]);
        assert_eq!(said.code, 0, "{}", said.err);
        for text in [
            "Only its report tells of it",
            "Waiting for the harbour master",
            "harness/runs/T001-run-report.md",
            "- Written by hand.",
        ] {
            assert!(said.out.contains(text), "{text} in {}", said.out);
        }
    }
    let said = program(dir.path(), &["status", "T099"]);
    assert_eq!(said.code, 2);
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn reports_in_a_private_harness_are_earlier_runs_too() {
    let dir = repository(&[]);
    assert_eq!(program(dir.path(), &["init", "--private"]).code, 0);
    let report = "## Run\nRun Report ID: RUN-2026-08-21-T003\n## Stage History\n| Stage | Status |\n|---|---|\n| QA | Failed |\n";
    let path = ".git/harness/private/harness/runs/RUN-2026-08-21-T003.md";
    put(dir.path(), path, report);
    let said = program(dir.path(), &["status", "--json"]);
    let lines = objects(&said);
    let run = lines.iter().find(|l| l["type"] == "earlier_run");
    assert_eq!(run.unwrap()["task"], "T003", "{}", said.out);
}
