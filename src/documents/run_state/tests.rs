use super::*;
use proptest::prelude::*;

/// The form of the format's author.
const SAMPLE: &str = "# Run State\n## Task\nTask ID: T021\nTask File: harness/tasks/T021-print-view.md\n---\n## Execution State\nCurrent Status: Done\nCurrent Stage: Completed\nCurrent Run ID: RUN-2026-05-03-T021\nStop Reason: None\n---\n## Completed Stages\n- Specification — RUN-2026-05-03-T021-SPEC — 2026-05-03 — PASS\n- Build — RUN-2026-05-03-T021-BUILD — 2026-05-03 — PASS\n---\n## Artifact Paths\nFeature Specification: harness/artifacts/specs/T021-feature-spec.md\nRun Report: harness/runs/RUN-2026-05-03-T021.md\n---\n## Approval Mode\nRequire Approval Before Build: No\nRequire Approval Before Complete: true\n---\n## Notes\nStarted 2026-05-03. The task is the print view (B020).\n";

fn facts() -> RunStateFacts {
    let stage = |name: &str, id: &str, state| StageRow {
        name: name.into(),
        id: StageId::new(id).unwrap(),
        state,
        iteration: 1,
        attempts: 1,
        by_hand: 0,
        stale: false,
    };
    let done = |name: &str, code: &str| Completed {
        name: name.into(),
        id: format!("RUN-2026-05-03-T021-{code}"),
        date: "2026-05-03".into(),
        result: "PASS".into(),
    };
    RunStateFacts {
        task_id: Some(TaskId::new("T021").unwrap()),
        task_file: Some("harness/tasks/T021-print-view.md".into()),
        status: RunState::Running,
        current_stage: "QA".into(),
        current_run: "RUN-2026-05-03-T021-QA".into(),
        stop_reason: None,
        completed: vec![done("Specification", "SPEC"), done("Build", "BUILD")],
        artifacts: vec![(
            "Run Report".into(),
            "harness/runs/RUN-2026-05-03-T021.md".into(),
        )],
        approvals: vec![
            ("Require Approval Before Build".into(), false),
            ("Require Approval Before Complete".into(), true),
        ],
        stages: vec![
            stage("Specification", "spec", StageState::Passed),
            stage("Build", "build", StageState::Passed),
            stage("QA", "qa", StageState::Running),
        ],
        messages: vec!["The line 9 was put back.".into()],
        seq: 41,
        epoch: 3,
    }
}

fn text(doc: &RunStateDoc) -> String {
    String::from_utf8(doc.render()).unwrap()
}

fn changed(doc: &RunStateDoc, from: &str, to: &str) -> RunStateDoc {
    let before = text(doc);
    assert!(before.contains(from), "{from} in {before}");
    RunStateDoc::parse(before.replacen(from, to, 1))
}

#[test]
fn the_authors_form_reads() {
    let doc = RunStateDoc::parse(SAMPLE);
    let view = doc.read();
    assert_eq!(view.status, Some(RunState::Completed));
    assert_eq!(view.current_stages, ["Completed"]);
    assert_eq!(view.task_id.unwrap().as_str(), "T021");
    assert_eq!(view.stop_reason, None);
    assert_eq!(view.completed.len(), 2);
    assert_eq!(view.completed[1].id, "RUN-2026-05-03-T021-BUILD");
    assert_eq!(view.artifacts.len(), 2);
    assert_eq!(
        view.approvals[0],
        ("Require Approval Before Build".into(), false)
    );
    assert!(view.notes.starts_with("Started 2026-05-03."));
    assert_eq!(view.footer, None);
    assert_eq!(doc.findings("r.md"), []);
    assert_eq!(text(&doc), SAMPLE);
}

#[test]
fn a_fresh_file_has_the_authors_form() {
    let mut facts = facts();
    facts.completed.clear();
    let doc = RunStateDoc::create(&facts);
    let text = text(&doc);
    let wanted = "# Run State\n## Task\nTask ID: T021\nTask File: harness/tasks/T021-print-view.md\n---\n## Execution State\nCurrent Status: Active\nCurrent Stage: QA\nCurrent Run ID: RUN-2026-05-03-T021-QA\nStop Reason: None\n---\n## Completed Stages\n- None\n---\n## Artifact Paths\nRun Report: harness/runs/RUN-2026-05-03-T021.md\n---\n## Approval Mode\nRequire Approval Before Build: false\nRequire Approval Before Complete: true\n---\n## Notes\n---\n## Stages\n| Stage         | Id    | State   | Iteration | Attempts | Stale |\n| ------------- | ----- | ------- | --------- | -------- | ----- |\n| Specification | spec  | passed  | 1         | 1        | no    |\n";
    assert!(text.starts_with(wanted), "{text}");
    assert!(text.contains("---\n## Engine messages\n- [engine] The line 9 was put back.\n<!-- harness format=1 seq=41 epoch=3 sha="));
    let view = doc.read();
    assert_eq!(view.stages, facts.stages);
    assert_eq!(view.messages, facts.messages);
    assert_eq!(view.footer.unwrap().seq, 41);
    assert_eq!(doc.is_as_written(), Some(true));
    assert_eq!(doc.update(&facts), doc);
    let edited = changed(&doc, "Current Stage: QA", "Current Stage: Build");
    assert_eq!(edited.is_as_written(), Some(false));
    let noted = changed(&doc, "## Notes\n", "## Notes\nmine\n");
    assert_eq!(noted.is_as_written(), Some(true));
}

#[test]
fn an_update_keeps_what_says_the_same_in_other_words() {
    let doc = RunStateDoc::parse(SAMPLE.replace("Status: Done", "Status: **Running**  "));
    let after = text(&doc.update(&facts()));
    assert!(after.contains("Current Status: **Running**  \n"), "{after}");
    assert!(after.contains("Require Approval Before Build: No\n"));
    assert!(
        after.contains("Feature Specification: harness/artifacts/specs/T021-feature-spec.md\n")
    );
    assert!(after.contains("Current Stage: QA\n"));
}

#[test]
fn missing_sections_and_keys_come_where_they_belong() {
    let doc = RunStateDoc::parse(
        "# Run State\r\n## Execution State\r\nStop Reason: None\r\n## Notes\r\nmine",
    );
    let after = text(&doc.update(&facts()));
    let wanted = "# Run State\r\n## Task\r\nTask ID: T021\r\nTask File: harness/tasks/T021-print-view.md\r\n---\r\n## Execution State\r\nCurrent Status: Active\r\nCurrent Stage: QA\r\nCurrent Run ID: RUN-2026-05-03-T021-QA\r\nStop Reason: None\r\n## Completed Stages\r\n- Spec";
    assert!(after.starts_with(wanted), "{after}");
    assert!(
        after.contains("## Notes\r\nmine\r\n---\r\n## Stages\r\n| Stage"),
        "{after}"
    );
}

#[test]
fn edits_are_orders() {
    let base = RunStateDoc::create(&facts());
    let one = |from: &str, to: &str| edits(&base, &changed(&base, from, to));
    let build = "- Build — RUN-2026-05-03-T021-BUILD — 2026-05-03 — PASS\n";
    let rerun = Edit::Rerun {
        stage: "Build".into(),
        id: Some(StageId::new("build").unwrap()),
    };
    assert_eq!(one(build, ""), std::slice::from_ref(&rerun));
    assert_eq!(
        one("Status: Active", "Status: paused"),
        [Edit::Status(RunState::Paused)]
    );
    assert_eq!(
        one("Status: Active", "Status: Cancelled"),
        [Edit::Status(RunState::Cancelled)]
    );
    assert_eq!(one("Status: Active", "Status: Running"), []);
    assert_eq!(
        one("Before Build: false", "Before Build: Yes"),
        [Edit::Approval {
            setting: "Require Approval Before Build".into(),
            value: true
        }]
    );
    assert_eq!(one("Before Build: false", "Before Build: No"), []);
    assert_eq!(
        one("| QA            | qa    | running", "| QA | qa | skipped"),
        [Edit::StageRow {
            id: StageId::new("qa").unwrap(),
            from: StageState::Running,
            to: StageState::Skipped
        }]
    );
    let given = one("## Notes\n", "## Notes\nApproval: approved by Kim\n");
    assert!(
        matches!(&given[..], [Edit::ApprovalGiven { by, line: 24 }] if by == "Kim"),
        "{given:?}"
    );
    let both = changed(&base, build, "");
    let both = changed(&both, "build | passed ", "build | pending ");
    assert_eq!(edits(&base, &both), [rerun]);
}

#[test]
fn what_orders_nothing_is_illegal_and_named() {
    let base = RunStateDoc::create(&facts());
    for (from, to) in [
        ("Status: Active", "Status: Done"),
        ("Status: Active", "Status: Whatever"),
        ("Current Stage: QA", "Current Stage: Complete"),
        ("Task ID: T021\n", ""),
        ("Before Build: false", "Before Build: perhaps"),
        (
            "- Build — ",
            "- QA — RUN-2026-05-03-T021-QA — 2026-05-03 — PASS\n- Build — ",
        ),
        ("BUILD — 2026-05-03 — PASS", "BUILD — 2026-05-03 — FAIL"),
        ("Run Report: harness/runs", "Run Report: elsewhere"),
        ("| build | passed  | 1 ", "| build | passed  | 2 "),
        ("| build | passed ", "| build | great "),
    ] {
        let theirs = changed(&base, from, to);
        let found = edits(&base, &theirs);
        assert!(
            matches!(&found[..], [Edit::Illegal { .. }]),
            "{to}: {found:?}"
        );
        let merged = RunStateDoc::parse(merge(&base, &base, &theirs));
        assert_eq!(edits(&base, &merged), [], "{to}: {}", text(&merged));
    }
    let found = edits(
        &base,
        &changed(&base, "Current Stage: QA", "Current Stage: Complete"),
    );
    let line = Edit::Illegal {
        line: Some(8),
        was: "Current Stage: QA".into(),
        now: "Current Stage: Complete".into(),
    };
    assert_eq!(found, [line]);
}

#[test]
fn a_merge_keeps_theirs_and_writes_ours() {
    let base = RunStateDoc::create(&facts());
    let mut next = facts();
    next.status = RunState::AwaitingApproval;
    next.seq = 42;
    next.messages.push("New.".into());
    let ours = base.update(&next);
    let theirs = changed(
        &base,
        "## Notes\n",
        "## Notes\nmy note\n\n## My section\n| a | b |\n",
    );
    let theirs = changed(&theirs, "Before Build: false", "Before Build: true");
    let theirs = changed(&theirs, "- [engine] The line 9 was put back.\n", "- mine\n");
    let theirs = changed(&theirs, "| QA ", "look here:\n| QA ");
    let merged = String::from_utf8(merge(&base, &ours, &theirs)).unwrap();
    for line in [
        "my note\n",
        "## My section\n| a | b |\n",
        "Before Build: true\n",
        "- mine\n",
        "look here:\n",
        "Current Status: Awaiting Approval\n",
        "- [engine] New.\n",
        "seq=42",
    ] {
        assert!(merged.contains(line), "{line} in {merged}");
    }
    assert!(!merged.contains("put back"));
    let doc = RunStateDoc::parse(&merged);
    assert_eq!(doc.read().stages, next.stages);
    assert_eq!(doc.is_as_written(), Some(true));
}

#[test]
fn a_key_that_stands_twice_is_found_and_kept() {
    let doc =
        RunStateDoc::parse(SAMPLE.replace("Stop Reason", "Current Status: Paused\nStop Reason"));
    assert_eq!(doc.findings("r.md")[0].code, "run-state/duplicate-key");
    assert!(text(&doc.update(&facts())).contains("Current Status: Paused\nStop Reason"));
}

fn odd_bytes() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = SAMPLE.lines().map(|l| l.as_bytes().to_vec()).collect();
    let line = prop_oneof![
        proptest::sample::select(lines),
        proptest::collection::vec(any::<u8>(), 0..12),
        Just(b"```".to_vec()),
        Just(b"<!--".to_vec()),
        Just(b"| Stage | Id | State |\n|---|---|---|\n| a | b | passed |".to_vec()),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("")];
    proptest::collection::vec((line, end), 0..25).prop_map(|lines| {
        let joined = lines
            .into_iter()
            .map(|(l, e)| [l, e.as_bytes().to_vec()].concat());
        joined.collect::<Vec<_>>().concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_byte_string_comes_back(bytes in odd_bytes()) {
        let doc = RunStateDoc::parse(&bytes);
        doc.read();
        doc.findings("r.md");
        prop_assert_eq!(doc.render(), bytes);
    }

    #[test]
    fn an_update_settles_and_loses_no_foreign_line(bytes in odd_bytes()) {
        let doc = RunStateDoc::parse(&bytes);
        let after = doc.update(&facts());
        let trimmed = |d: &RunStateDoc| -> Vec<Vec<u8>> {
            d.foreign_lines().iter().map(|l| l.trim_ascii_end().to_vec()).collect()
        };
        let mut rest = trimmed(&after).into_iter();
        for line in trimmed(&doc) {
            prop_assert!(rest.any(|l| l == line), "{:?} is lost", String::from_utf8_lossy(&line));
        }
        prop_assert_eq!(RunStateDoc::parse(after.render()).update(&facts()).render(), after.render());
    }

    #[test]
    fn one_fact_changes_owned_lines_only(n in 0usize..6, word in "[a-zA-Z|`*#:<>-]{1,12}( [a-z]{1,4})?") {
        let before = RunStateDoc::create(&facts());
        let mut next = facts();
        match n {
            0 => next.current_stage = word,
            1 => next.stop_reason = Some(word),
            2 => next.status = RunState::Blocked,
            3 => next.completed.truncate(word.len() % 3),
            4 => next.messages = vec![word],
            _ => next.stages[1].attempts = 77,
        }
        let after = before.update(&next);
        prop_assert_eq!(after.foreign_lines(), before.foreign_lines());
    }

    #[test]
    fn a_merge_loses_no_line_of_a_person(
        notes in proptest::collection::vec(("[a-z#>`|~* -]{0,12}", 0usize..40), 0..8),
        status in 0usize..12,
    ) {
        let base = RunStateDoc::create(&facts());
        let mut next = facts();
        next.status = RunState::ALL[status];
        next.completed.pop();
        let ours = base.update(&next);
        let mut theirs = base.clone();
        for (note, at) in &notes {
            theirs.lines.insert((*at).min(theirs.lines.len()), note);
        }
        let merged = RunStateDoc::parse(merge(&base, &ours, &theirs));
        let mut rest = merged.foreign_lines().into_iter();
        for line in theirs.foreign_lines() {
            prop_assert!(rest.any(|l| l == line), "{:?} is lost", String::from_utf8_lossy(&line));
        }
        prop_assert_eq!(merged.read().status.map(RunState::status_line), Some(next.status.status_line()));
    }
}
