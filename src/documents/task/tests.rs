use super::*;

const TASK: &str = "# Task T014 — Charts in posts\n\nStatus: Ready  \nBacklog Item: B017  \nCreated: 2026-05-11\n\n---\n\n## Summary\n\nReaders see charts.\n\n---\n\n## Related Artifacts\n\nFeature Specification: `harness/a.md`  \nRun Report: `harness/r.md`\n\n---\n\n## Acceptance Criteria\n\nThe work is done when:\n\n- A chart is drawn\n  from a code block\n- **AC-07 — Dark mode** works too\n- Errors are shown\n\n## Approval\n\nDecision: Pending\n";

fn text(task: &Task) -> String {
    String::from_utf8(task.render()).unwrap()
}

#[test]
fn a_task_reads_whole() {
    let task = Task::parse(TASK);
    assert_eq!(task.id().unwrap().as_str(), "T014");
    assert_eq!(
        (task.title(), task.status()),
        ("Charts in posts", Some("Ready"))
    );
    assert_eq!(task.item().unwrap().as_str(), "B017");
    assert_eq!(task.created(), Some("2026-05-11"));
    assert_eq!(task.section("summary"), "Readers see charts.");
    let criteria = task.criteria();
    let ids: Vec<_> = criteria.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["AC-1", "AC-7", "AC-3"]);
    assert_eq!(criteria[0].text, "A chart is drawn from a code block");
    assert_eq!(criteria[1].text, "Dark mode works too");
    assert_eq!(criteria[0].line, 26);
    assert_eq!(task.validate("t.md"), []);
    assert_eq!(text(&task), TASK);
}

#[test]
fn titles_read_with_any_dash() {
    for title in [
        "# Task T3 - A b",
        "# Task T3: A b",
        "# T3 – A b",
        "# **Task T3** — A b",
    ] {
        let task = Task::parse(title);
        assert_eq!(
            (task.id().map(TaskId::as_str), task.title()),
            (Some("T3"), "A b"),
            "{title}"
        );
    }
}

#[test]
fn a_status_changes_one_line() {
    let mut task = Task::parse(TASK);
    task.set_status("In Progress");
    assert_eq!(
        text(&task),
        TASK.replace("Status: Ready  ", "Status: In Progress  ")
    );
}

#[test]
fn what_others_write_makes_nothing_stale() {
    let mut task = Task::parse(TASK);
    let digest = task.digest_for_staleness();
    task.set_status("Done");
    task.set_related_artifact("Feature Specification", "harness/b.md");
    task.set_related_artifact("QA Review", "harness/q.md");
    task.add_clarification(&Clarification::new(
        "Q1",
        "How many?",
        Some("Three"),
        Some("AC-1"),
    ));
    assert_eq!(task.digest_for_staleness(), digest);
    assert!(text(&task).contains("Feature Specification: `harness/b.md`  \n"));
    assert!(text(&task).contains("Run Report: `harness/r.md`\nQA Review: `harness/q.md`\n"));
    let crlf = Task::parse(TASK.replace('\n', "\r\n"));
    assert_eq!(crlf.digest_for_staleness(), digest);
    let other = Task::parse(TASK.replace("Readers", "Writers"));
    assert_ne!(other.digest_for_staleness(), digest);
    let fewer = Task::parse(TASK.replace("- Errors are shown\n", ""));
    assert_ne!(fewer.digest_for_staleness(), digest);
}

#[test]
fn sections_are_made_where_they_belong() {
    let mut task = Task::parse("# Task T1 — x\nStatus: Ready\n\n## Summary\ns\n\n## Risks\nr");
    let digest = task.digest_for_staleness();
    task.set_related_artifact("Run Report", "harness/r.md");
    task.add_clarification(&Clarification::new("Q1", "Why?", None, None));
    task.add_clarification(&Clarification::new(
        "Q2",
        "How (so)?",
        Some("Like → this (3)"),
        Some("Risks"),
    ));
    task.add_clarification(&Clarification::new(
        "Q1",
        "Why?",
        Some("So\nthat"),
        Some("AC-1, AC-2"),
    ));
    assert_eq!(
        text(&task),
        "# Task T1 — x\nStatus: Ready\n\n## Summary\ns\n\n## Related Artifacts\n\nRun Report: `harness/r.md`\n\n\
         ## Clarifications\n\n- Q1 Why? → So that (AC-1, AC-2)\n- Q2 How (so)? → Like → this (3) (Risks)\n\n## Risks\nr"
    );
    let read = task.clarifications();
    assert_eq!(read[1].answer.as_deref(), Some("Like → this (3)"));
    assert_eq!(read[1].became.as_deref(), Some("Risks"));
    assert_eq!(
        read[0].criteria(),
        [CriterionId::nth(1), CriterionId::nth(2)]
    );
    assert_eq!(task.digest_for_staleness(), digest);
}

#[test]
fn a_draft_owes_its_heading_only() {
    let id = TaskId::new("T14").unwrap();
    let mut task = Task::draft(&id, "New", Some(&ItemId::new("B1").unwrap()), "2026-01-02");
    assert_eq!(task.validate("t.md"), []);
    task.add_clarification(&Clarification::new("Q1", "Why?", None, None));
    assert!(
        text(&task).ends_with("## Clarifications\n\n- Q1 Why? →\n"),
        "{}",
        text(&task)
    );
    assert_eq!(task.clarifications()[0].answer, None);
    task.set_status("Ready");
    let codes: Vec<_> = task.validate("t.md").into_iter().map(|f| f.code).collect();
    assert_eq!(codes, ["task/summary-missing", "task/criteria-missing"]);
    let codes: Vec<_> = Task::parse("")
        .validate("t.md")
        .into_iter()
        .map(|f| f.code)
        .collect();
    assert_eq!(
        codes,
        [
            "task/heading",
            "task/status-missing",
            "task/summary-missing",
            "task/criteria-missing"
        ]
    );
}

#[test]
fn two_criteria_with_one_number_are_found() {
    let task = Task::parse(
        "# Task T1 — x\nStatus: Ready\n## Summary\ns\n## Acceptance Criteria\n- AC-2: a\n- b\n",
    );
    let found = task.validate("t.md");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "t.md:7: AC-2 AC-2 is also the criterion on line 6 [task/criterion-duplicate]; give every criterion its own number"
    );
}

#[test]
fn criteria_are_named_in_any_spelling() {
    let found = criterion::mentioned("AC-01, ac 2; (AC3) xAC-4 AC-5x **AC-6**");
    let mut ids: Vec<_> = found.into_iter().map(String::from).collect();
    ids.sort();
    assert_eq!(ids, ["AC-1", "AC-2", "AC-3", "AC-6"]);
}
