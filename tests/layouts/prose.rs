//! A prose harness.

use crate::support::{git, objects, program, put};
use crate::world::{check, in_prompts_of, init, init_again, item_once, of, prompts};
use harness_tui::documents::contract;
use harness_tui::documents::template::Template;
use harness_tui::documents::verdict;
use harness_tui::terms::CriterionId;
use harness_tui::terms::verdict::{Met, VerdictResult};

#[test]
fn its_roles_templates_and_standards_serve_where_they_lie() {
    let dir = of("prose");
    let (said, new) = init(dir.path(), &[]);
    let expected = [
        "harness/.gitignore",
        "harness/.shipped.json",
        "harness/harness.yaml",
        "harness/roles/author.md",
        "harness/roles/critic.md",
        "harness/roles/diagnose.md",
        "harness/roles/fix.md",
        "harness/templates/diagnosis.md",
        "harness/templates/review-notes.md",
        "harness/workflows/feature.yaml",
        "harness/workflows/fix-issue.yaml",
        "harness/workflows/quick-review.yaml",
    ];
    assert_eq!(
        new, expected,
        "nothing that is there was written a second time"
    );
    for told in [
        "harness/roles/build-agent.md",
        "harness/templates/qa-review-template.md",
        "harness/roles/orchestrator-agent.md",
        "the engine decides",
        ".claude/commands/",
        ".github/agents/",
        ".cursor/rules/",
        "1 task definition",
        "3 reports of earlier runs",
    ] {
        assert!(said.out.contains(told), "{told} in {}", said.out);
    }
    check(dir.path(), &[]);

    let prompts = prompts(dir.path(), &["T006"]);
    for (text, stages) in [
        ("the harbour's product owner", &["spec"][..]),
        ("`{{TASK_ID}}`", &["spec"]),
        ("the harbour's designer", &["design"]),
        ("the harbour's tech lead", &["plan"]),
        ("the harbour's builder", &["build"]),
        ("the harbour's reviewer", &["qa"]),
        ("{{WHAT_THE_HARBOUR_GAINS}}", &["spec"]),
        ("{{HARBOUR_DESIGN_INTENT}}", &["design"]),
        ("{{HARBOUR_APPROACH}}", &["plan"]),
        ("{{HARBOUR_RESULT}}", &["qa"]),
        ("no function longer than a screen", &["plan", "build", "qa"]),
        ("a test that was red once", &["plan", "build", "qa"]),
        ("blue is for links alone", &["design"]),
        ("keep `harness/run-state.md`", &[]),
        ("RUN-DATE-TASK-STAGE", &[]),
        ("Run the task by the orchestrator", &[]),
        (
            "You carry out the implementation plan in code and tests",
            &[],
        ),
    ] {
        in_prompts_of(&prompts, text, stages);
    }
    assert!(prompts["qa"].contains("one of: Pass, Pass With Minor Issues"));
    assert!(prompts["qa"].contains("it may be changed by stage"));
    item_once(&prompts, "qa", "harness/standards/coding-standard.md");
    init_again(dir.path(), &[]);
    assert_eq!(program(dir.path(), &["run", "T006", "--dry-run"]).code, 0);
    assert_eq!(git(dir.path(), &["diff", "HEAD"]).out, "");
}

#[test]
fn settings_that_are_there_decide_and_what_could_serve_is_said() {
    let dir = of("prose");
    let shipped = include_str!("../../builtin/harness.yaml");
    let settings = format!("{shipped}paths:\n  roles: {{ build: harness/roles/build-agent.md }}\n");
    put(dir.path(), "harness/harness.yaml", &settings);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "settings"]);
    let (said, new) = init(dir.path(), &[]);
    assert!(!new.iter().any(|n| n.ends_with("roles/qa.md")), "{new:?}");
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let hint = "put `qa: harness/roles/qa-agent.md` under `paths:`, `roles:` in harness.yaml";
    assert!(flat.contains(hint), "{flat}");
    assert!(!flat.contains("put `build:"), "{flat}");
    check(dir.path(), &[]);
    init_again(dir.path(), &[]);
}

#[test]
fn what_was_mapped_is_told_as_json_too() {
    let dir = of("prose");
    let (said, _) = init(dir.path(), &["--json"]);
    let told = objects(&said).remove(0);
    assert_eq!(told["harness"], "harness");
    assert_eq!(told["layouts"][0], "a prose harness in harness/");
    let serves = told["serves"].as_array().unwrap();
    assert!(
        serves
            .iter()
            .any(|s| s["path"] == "harness/roles/qa-agent.md" && s["says"] == "role qa")
    );
    let left = told["left"].as_array().unwrap();
    assert!(
        left.iter()
            .any(|s| s["path"] == "harness/roles/orchestrator-agent.md")
    );
}

const TEMPLATE: &str = include_str!("prose/harness/templates/qa-review-template.md");

fn review(result: &str, second: &str, blocks: &str, readiness: &str) -> String {
    format!(
        "# QA Review\n\n## Validation Result\n\n**{result}**\n\n## Acceptance Criteria Review\n\n\
         1. AC-1: four times with their heights  \n   Status: Pass  \n   Notes: seen on the page\n\
         2. **AC-02 — the page stays whole**  \n   Status: {second}  \n   Notes: table taken away\n\n\
         ## Issues Identified\n\n- Description: the heights have no unit\n  Severity: Low\n  \
         Blocks approval: {blocks}\n\n## Approval Readiness\n\n{readiness}\n"
    )
}

#[test]
fn a_review_by_its_template_fills_the_contract_and_is_a_verdict() {
    let criteria = [CriterionId::nth(1), CriterionId::nth(2)];
    let read = |text: &str| verdict::read(text, "qa.md", &criteria);
    let template = Template::parse(TEMPLATE);
    let empty = contract::validate(Some(&template), TEMPLATE, "qa.md", None);
    assert!(!empty.is_empty(), "blanks are no content");
    let good = review("Pass With Minor Issues", "Pass", "No", "Awaiting Approval");
    let found = contract::validate(Some(&template), &good, "qa.md", Some(&criteria));
    assert_eq!(found, []);
    let passed = read(&good).unwrap();
    assert_eq!(passed.verdict.result, VerdictResult::Pass);
    assert!(passed.verdict.judgements.iter().all(|j| j.met == Met::Met));
    assert_eq!(passed.findings.len(), 1);
    let back = read(&review("Issues Found", "Fail", "Yes", "Back to Build")).unwrap();
    assert_eq!(back.verdict.result, VerdictResult::Fail);
    for bad in [
        review("Pass", "Fail", "No", "Awaiting Approval"),
        review("Pass", "Pass", "Yes", "Awaiting Approval"),
        review("Looks good", "Pass", "No", "Awaiting Approval"),
        TEMPLATE.to_owned(),
    ] {
        assert!(read(&bad).is_err(), "{bad}");
    }
}
