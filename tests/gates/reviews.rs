//! A review that fails goes back to the build, as long as that leads somewhere.

use super::reviewed;
use crate::support::drive::{in_turn, last, outcomes, prompt, review, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::{Outcome, RunState};

const ON_FAIL: &str = "    on_fail: { rerun: build, max: 3 }\n";
const DARK: &str = "[F1] AC-1 page.txt:1 — it is not dark";
const STAYS: &str = "[F2] AC-2 page.txt:2 — it does not stay dark";

/// QA answers these one after the other.
fn project(reviews: &[String]) -> Project {
    let project = Project::new();
    let counter = project.outside("reviews");
    let answers: Vec<String> = reviews
        .iter()
        .map(|r| format!("<<<ARTIFACT review\n{r}\nARTIFACT>>>"))
        .collect();
    let script = in_turn(&counter, &answers);
    project
        .agent("build", WORKS)
        .agent("qa", &script)
        .flow(&reviewed(ON_FAIL, ""))
}

fn fail(finding: &str) -> String {
    review("FAIL", &[finding])
}

#[test]
fn a_rejection_goes_back_with_its_findings_and_a_mended_one_passes() {
    let project = project(&[fail(DARK), review("PASS", &[])]);
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed; 2]);
    assert_eq!(outcomes(&view, "qa"), [Outcome::Failed, Outcome::Passed]);
    assert!(!prompt(&view, "build", 1).contains("it is not dark"));
    assert!(prompt(&view, "build", 2).contains("it is not dark"));
    let told = prompt(&view, "qa", 2);
    assert!(told.contains("[F1]") || told.contains("F1"), "{told}");
    assert!(
        told.contains("+dark"),
        "the change is in its context: {told}"
    );
}

#[test]
fn more_reruns_than_the_workflow_allows_fail_the_run() {
    // Each time something else, so that only the bound ends it.
    let reviews: Vec<String> = (1..=5)
        .map(|n| fail(&format!("[F{n}] AC-1 file{n}.txt:1 — not dark there")))
        .collect();
    let project = project(&reviews);
    let ran = project.expect(1, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").attempts.len(), 4);
    assert_eq!(stage(&view, "qa").attempts.len(), 4);
    assert!(ran.out.contains("3 reruns"), "{}", ran.out);
}

#[test]
fn the_same_finding_twice_running_blocks_with_its_history() {
    let project = project(&[fail(DARK)]);
    let ran = project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "qa"), [Outcome::Failed; 2]);
    assert!(ran.out.contains("two rounds running"), "{}", ran.out);
    assert!(ran.out.contains("it is not dark"), "{}", ran.out);
    assert_eq!(view.run.state(), RunState::Blocked);
}

#[test]
fn a_fix_that_reopens_an_earlier_finding_blocks() {
    let project = project(&[fail(DARK), fail(STAYS), fail(DARK)]);
    let ran = project.expect(3, &["run", "T001"]);
    assert_eq!(outcomes(&last(&project), "qa"), [Outcome::Failed; 3]);
    assert!(ran.out.contains("reopened"), "{}", ran.out);
}

#[test]
fn a_verdict_better_than_its_worst_criterion_is_no_verdict() {
    let lying = review("FAIL", &[]).replace("Result: FAIL", "Result: PASS");
    let project = project(&[lying]);
    project.expect(3, &["run", "T001"]);
    assert_eq!(outcomes(&last(&project), "qa"), [Outcome::Malformed; 2]);
}

#[test]
fn a_blocked_review_goes_on_when_a_person_says_so() {
    let project = project(&[fail(DARK), fail(DARK), review("PASS", &[])]);
    project.expect(3, &["run", "T001"]);
    project.expect(6, &["resume", "--follow"]);
    project.expect(0, &["approve", "--follow"]);
}

#[test]
fn a_verdict_that_reopens_a_stage_that_is_not_there_is_sent_back() {
    let said = ["nosuch", "build"].map(|stage| {
        let result = format!("REPLAN {stage} — the page is the wrong one");
        format!("<<<ARTIFACT review\n{}\nARTIFACT>>>", review(&result, &[]))
    });
    let project = Project::new();
    let counter = project.outside("count");
    let project = project
        .agent("build", WORKS)
        .agent("qa", &in_turn(&counter, &said))
        .flow(&reviewed("", ""));
    let ran = project.expect(4, &["run", "T001"]);
    assert!(ran.out.contains("--from build"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(outcomes(&view, "qa"), [Outcome::Malformed, Outcome::Replan]);
    let told = prompt(&view, "qa", 2);
    let finding = "'nosuch' is no stage that can be reopened from here [verdict/stage-unknown]";
    assert!(told.contains(finding), "{told}");
    assert!(told.contains("name one of build, qa, or none"), "{told}");
}
