use super::*;

fn ids(n: usize) -> Vec<CriterionId> {
    (1..=n).map(CriterionId::nth).collect()
}

fn review(result: &str, rows: &str) -> String {
    format!(
        "# QA\n\n## Verdict\n{result}\n\n## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n|---|---|---|\n{rows}\n## Findings\n- [F1] AC-2 src/a.ts:12 — wrong colour\n  in the dark\n- None\n- **[F2]** `b.css:3:4`: too wide\n- just words\n"
    )
}

fn codes(text: &str, n: usize) -> Vec<String> {
    let found = read(text, "q.md", &ids(n)).unwrap_err();
    found.into_iter().map(|f| f.code).collect()
}

const BOTH: &str = "| AC-1 | met | test a |\n| **AC-02** | Unverifiable | no device |\n";

#[test]
fn a_pass_is_a_pass() {
    for result in [
        "Result: PASS",
        "- **Result:** pass",
        "**Result: Pass**",
        "result : `PASS`",
    ] {
        let reviewed = read(&review(result, BOTH), "q.md", &ids(2)).unwrap();
        assert_eq!(reviewed.verdict.result, VerdictResult::Pass, "{result}");
        assert_eq!(reviewed.verdict.judgements[1].met, Met::Unverifiable);
        assert_eq!(reviewed.verdict.judgements[0].evidence, "test a");
    }
}

#[test]
fn findings_have_id_criterion_and_place() {
    let found = read(&review("Result: FAIL", BOTH), "q.md", &ids(2))
        .unwrap()
        .findings;
    let all: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "src/a.ts:12: [F1] AC-2 wrong colour in the dark [review/finding]",
            "b.css:3:4: [F2] too wide [review/finding]",
            "just words [review/finding]"
        ]
    );
}

#[test]
fn what_does_not_parse_is_no_pass() {
    for result in [
        "",
        "PASS",
        "Result: PASS|FAIL|REPLAN",
        "Result: PASS with remarks",
        "Result: Passed",
        "Result:",
        "Result: PASS\nResult: PASS",
        "Result: PASS\nResult: FAIL",
        "```\nResult: PASS\n```",
        "<!--\nResult: PASS\n-->",
        "Result: ‹PASS›",
        "Result: not PASS",
    ] {
        assert!(
            read(&review(result, BOTH), "q.md", &ids(2)).is_err(),
            "{result}"
        );
    }
    assert_eq!(codes("Result: PASS", 0), ["verdict/missing"]);
    let twice = review("Result: PASS", BOTH) + "## Verdict\nResult: FAIL\n";
    assert_eq!(codes(&twice, 2), ["verdict/ambiguous"]);
}

#[test]
fn every_criterion_is_judged_once() {
    assert_eq!(
        codes(&review("Result: PASS", BOTH), 3),
        ["verdict/criterion-missing"]
    );
    assert_eq!(
        codes(&review("Result: FAIL", ""), 1),
        ["verdict/criterion-missing"]
    );
    let extra = format!(
        "{BOTH}| AC-1 | unmet | x |\n| AC-9 | met | y |\n| AC-3 | fine | z |\n| x | met | z |\n"
    );
    assert_eq!(
        codes(&review("Result: FAIL", &extra), 2),
        [
            "verdict/judgement-unreadable",
            "verdict/criterion-unreadable",
            "verdict/criterion-twice",
            "verdict/criterion-unknown"
        ]
    );
}

#[test]
fn a_pass_is_not_better_than_its_worst_criterion() {
    let rows = "| AC-1 | met | a |\n| AC-2 | not met | b |\n";
    assert_eq!(
        codes(&review("Result: PASS", rows), 2),
        ["verdict/better-than-worst"]
    );
    assert!(read(&review("Result: FAIL", rows), "q.md", &ids(2)).is_ok());
}

#[test]
fn what_is_met_needs_evidence() {
    let row = |evidence: &str| format!("| AC-1 | met | {evidence} |\n| AC-2 | unmet |  |\n");
    for empty in [
        "",
        " ",
        "-",
        "—",
        "…",
        "n/a",
        "None.",
        "TODO",
        "‹evidence›",
        "`{{evidence}}`",
    ] {
        let text = review("Result: FAIL", &row(empty));
        let found = read(&text, "q.md", &ids(2)).unwrap_err();
        let told: Vec<_> = found
            .iter()
            .map(|f| (f.code.as_str(), f.place.as_ref()))
            .collect();
        let place = Place::line("q.md", 10);
        assert_eq!(
            told,
            [("verdict/evidence-missing", Some(&place))],
            "{empty}"
        );
    }
    for said in [
        "test a",
        "a.rs:3",
        "`x`",
        "[the log](log.txt) shows it",
        "none of the 3 failed",
    ] {
        let text = review("Result: FAIL", &row(said));
        assert!(read(&text, "q.md", &ids(2)).is_ok(), "{said}");
    }
    let no_column = "## Verdict\nResult: PASS\n## Acceptance Criteria\n| AC | Judgement |\n|---|---|\n| AC-1 | met |\n";
    assert_eq!(codes(no_column, 1), ["verdict/evidence-missing"]);
    // Nothing need be shown of what is to be planned anew.
    assert!(read(&review("Result: REPLAN", &row("")), "q.md", &ids(2)).is_ok());
}

#[test]
fn replan_names_stage_and_reason() {
    let replan = |result: &str| match read(&review(result, ""), "q.md", &ids(2))
        .unwrap()
        .verdict
        .result
    {
        VerdictResult::Replan { stage, reason } => (stage.map(String::from), reason),
        other => panic!("{other:?}"),
    };
    let design = Some("design".to_owned());
    assert_eq!(
        replan("Result: REPLAN design — no such API"),
        (design.clone(), "no such API".into())
    );
    assert_eq!(
        replan("Result: replan <Design>: no API"),
        (design.clone(), "no API".into())
    );
    assert_eq!(replan("Result: REPLAN design"), (design, String::new()));
    assert_eq!(
        replan("Result: REPLAN — it is wrong"),
        (None, "it is wrong".into())
    );
    assert_eq!(
        replan("Result: REPLAN the plan is wrong"),
        (None, "the plan is wrong".into())
    );
}

const OLDER: &str = "# QA Review\n\n## Validation Result\n\n**Pass With Minor Issues**\n\n## Acceptance Criteria Review\n\n1. Charts are drawn  \nStatus: Pass  \nNotes: seen\n\n**AC-02 — Dark mode**\nStatus: Deferred (theme stage)\n\n## Issues Identified\n\n- Description: slow\n- Severity: Low\n- Blocks approval: No\n\n## Approval Readiness\n\nAwaiting Approval\n";

#[test]
fn the_older_words_are_read() {
    let reviewed = read(OLDER, "q.md", &ids(2)).unwrap();
    assert_eq!(reviewed.verdict.result, VerdictResult::Pass);
    let met: Vec<_> = reviewed
        .verdict
        .judgements
        .iter()
        .map(|j| (j.criterion.as_str(), j.met))
        .collect();
    assert_eq!(met, [("AC-1", Met::Met), ("AC-2", Met::Unverifiable)]);
    assert_eq!(reviewed.verdict.judgements[0].evidence, "seen");
    assert_eq!(reviewed.findings[0].text, "slow");
    let inline = "Validation Result: Issues Found\n";
    assert_eq!(
        read(inline, "q.md", &[]).unwrap().verdict.result,
        VerdictResult::Fail
    );
}

#[test]
fn the_older_words_contradict_themselves_at_their_peril() {
    let back = OLDER.replace("Awaiting Approval", "Back to Build");
    assert_eq!(
        read(&back, "q.md", &ids(2)).unwrap().verdict.result,
        VerdictResult::Fail
    );
    let blocks = OLDER.replace("approval: No", "approval: Yes");
    assert_eq!(codes(&blocks, 2), ["verdict/better-than-worst"]);
    let fails = OLDER.replace("Status: Pass", "Status: Fail");
    assert_eq!(codes(&fails, 2), ["verdict/better-than-worst"]);
    assert_eq!(
        codes(
            &OLDER.replace("**Pass With Minor Issues**", "Looks good"),
            2
        ),
        ["verdict/unreadable"]
    );
    assert_eq!(codes(OLDER, 3), ["verdict/criterion-missing"]);
}
