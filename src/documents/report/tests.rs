use super::*;
use crate::terms::Place;

fn facts() -> ReportFacts {
    let usage = Usage {
        output: Some(1_500),
        cost_micros: Some(610_000),
        ..Usage::default()
    };
    let mut total = Total::default();
    total.add(&usage);
    total.add(&Usage::default());
    let row = |stage: &str, code: &str, status: &str, usage| HistoryRow {
        stage: stage.into(),
        id: format!("RUN-2026-05-03-T021-{code}"),
        agent: "codex".into(),
        model: None,
        status: status.into(),
        started: "2026-05-03 10:00".into(),
        took_ms: Some(192_000),
        usage,
    };
    ReportFacts {
        task: Some(TaskId::new("T021").unwrap()),
        task_title: "Print view".into(),
        task_file: Some("harness/tasks/T021-print-view.md".into()),
        run: RunId::new("RUN-2026-05-03-T021").unwrap(),
        workflow: "feature".into(),
        base: "main at 1a2b3c4d5".into(),
        branch: Some("harness/T021-print-view".into()),
        status: "Blocked".into(),
        current_stage: "QA".into(),
        current_run: "RUN-2026-05-03-T021-QA".into(),
        history: vec![
            row("Build", "BUILD", "passed", usage),
            row("Q|A", "QA", "malformed", Usage::default()),
        ],
        artifacts: vec![("QA Review".into(), "harness/artifacts/qa/x.md".into())],
        evidence: vec![StageEvidence {
            stage: "Build".into(),
            id: "RUN-2026-05-03-T021-BUILD".into(),
            outcome: "passed: the verdict is PASS".to_owned(),
            artifacts: vec!["harness/artifacts/qa/T015-qa-review.md 0b69656bed6a".to_owned()],
            criteria: vec![["AC-1", "met", "a | b"].map(str::to_owned)],
            tree: Some("aaaa".into()),
            commit: None,
            findings: vec![Finding::new("check/failed", "red").at(Place::line("a.rs", 3))],
            commands: vec![CommandEvidence {
                command: "a | b".into(),
                exit: Some(1),
                note: Some("1 failing before, 0 new".into()),
                took_ms: 400,
            }],
        }],
        comments: vec![CommentRow {
            id: "C1".to_owned(),
            place: "src/a.rs:12 → 14".to_owned(),
            text: "a | b\u{1b}[31m\nc".to_owned(),
            by: "ann".to_owned(),
            outcome: "fixed".to_owned(),
            said: "a constant now".to_owned(),
        }],
        decisions: vec![Decision {
            at: "10:30".into(),
            who: "Kim".into(),
            what: "approved Build".into(),
            saw: "plan at 1234".into(),
            reason: None,
        }],
        stop_reason: Some("the review\ndoes not parse".into()),
        next_action: None,
        total,
        budget: None,
        landing: None,
        notes: vec![],
    }
}

#[test]
fn a_report_reads_back() {
    let text = facts().render();
    let summary = ReportSummary::parse(&text);
    assert_eq!(summary.task.as_deref(), Some("T021"));
    assert_eq!(summary.run.as_deref(), Some("RUN-2026-05-03-T021"));
    assert_eq!(summary.status.as_deref(), Some("Blocked"));
    assert_eq!(
        summary.stop_reason.as_deref(),
        Some("the review does not parse")
    );
    let names: Vec<_> = summary
        .stages
        .iter()
        .map(|s| (s.name.as_str(), s.status.as_str()))
        .collect();
    assert_eq!(names, [("Build", "passed"), ("Q|A", "malformed")]);
}

#[test]
fn unknown_is_written_as_unknown() {
    let text = facts().render();
    assert!(text.contains("| 3m12s | unknown | unknown |"), "{text}");
    assert!(text.contains("Cost: $0.61 + unknown  \n"), "{text}");
    assert!(
        text.contains("| a \\| b  | 1: 1 failing before, 0 new | 0.4s |"),
        "{text}"
    );
    assert!(text.contains("- a.rs:3: red [check/failed]\n"));
    assert!(text.contains("## Landing\n\nNot landed\n\n## Notes\n\n- None\n"));
}

#[test]
fn all_known_shapes_read() {
    let head =
        "# Harness Run Report\n## Run\n**Overall Status:** ✅ Complete\n\n## Stage History\n";
    let shapes = [
        "- Spec — RUN-X-SPEC — ✅ Complete — 2026-05-11 — Artifact: a/b.md\n- Build — RUN-X-BUILD — Failed — 2026-05-12\n",
        "### Spec\nRun ID: RUN-X-SPEC\nStatus: ✅ Complete\nDate: 2026-05-11\nNotes: fine\n\n### Build\n- **Run ID:** RUN-X-BUILD\n- **Status:** Failed\n- **Date:** 2026-05-12\n",
        "| Stage | Run ID | Status | Date |\n|---|---|---|---|\n| Spec | RUN-X-SPEC | ✅ Complete | 2026-05-11 |\n| Build | `RUN-X-BUILD` | **Failed** | 2026-05-12 |\n",
    ];
    for shape in shapes {
        let summary = ReportSummary::parse(format!("{head}{shape}\n## Notes\n"));
        let all: Vec<_> = summary
            .stages
            .iter()
            .map(|s| [&*s.name, &*s.id, &*s.status, &*s.date])
            .collect();
        assert_eq!(
            all,
            [
                ["Spec", "RUN-X-SPEC", "Complete", "2026-05-11"],
                ["Build", "RUN-X-BUILD", "Failed", "2026-05-12"]
            ],
            "{shape}"
        );
        assert_eq!(summary.status.as_deref(), Some("✅ Complete"));
    }
}

#[test]
fn nothing_in_a_report_acts_on_a_terminal() {
    let mut facts = facts();
    facts.task_title = "Print \u{1b}[2Jview\u{202e}".into();
    facts.evidence[0].criteria =
        vec![["AC-1", "met", "a\u{1b}]0;x\u{7}b\u{9b}31m"].map(str::to_owned)];
    facts.stop_reason = Some("no\u{1b}[1m way".into());
    facts.notes = vec!["a\u{8}b".into()];
    let text = facts.render();
    let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(raw), "{text:?}");
    assert!(text.contains("Print view‹U+202E›"), "{text}");
}
