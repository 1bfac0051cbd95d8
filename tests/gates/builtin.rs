//! The workflows that come with the program, from their start to their end.

use crate::support::drive::{answers, last, on_branch, prompt};
use crate::support::project::{Project, put};
use harness_tui::terms::RunState;

const NOTES: &str = "# Review Notes — the change

## Summary

It mends the page. I would merge it.

## Must Fix

- None

## Consider

- page.txt:2 — could be darker; it may stay.

## Not Checked

- How it looks on paper.";

const DIAGNOSIS: &str = "# Diagnosis — 42

## Symptom

The page is light at night.

## Cause

page.txt:1 — it says so. I am sure.

## Proposed Fix

Say dark in page.txt.

## Test

grep dark page.txt";

/// One script for all capabilities; it answers by the role that it is asked in.
fn project() -> Project {
    let project = Project::new();
    let script = project.outside("agent.sh");
    put(
        &script,
        &format!(
            "told=$(cat)
case $told in
*'You find out why'*) {};;
*'Review notes'*|*'You review a change'*) {};;
*) echo dark >> page.txt; echo done;;
esac
",
            inner(&answers("diagnosis", DIAGNOSIS)),
            inner(&answers("review-notes", NOTES))
        ),
    );
    let settings = format!(
        "version: 1\nsandbox: \"off\"\nagents:\n  - {{ name: one, driver: command, capabilities: [author, specify, design, plan, build, review, fix], command: [sh, \"{}\"] }}\n",
        script.display()
    );
    project.put("harness/harness.yaml", &settings);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "first"]);
    project
}

/// Without reading the prompt again, and fit to stand before `;;`.
fn inner(script: &str) -> String {
    format!("{}\n", script.trim_start_matches("cat >/dev/null\n"))
}

#[test]
fn quick_review_reads_the_latest_commit_and_changes_nothing() {
    let project = project();
    project.expect(0, &["run", "--workflow", "quick-review"]);
    let view = last(&project);
    let run = view.order.run.as_str();
    assert!(run.contains("quick-review"), "{run}");
    let told = prompt(&view, "review", 1);
    assert!(told.contains("+light"), "the latest commit: {told}");
    let path = format!("harness/artifacts/reviews/{run}-review-notes.md");
    let notes = on_branch(&view, &path).unwrap();
    assert!(notes.contains("It mends the page"), "{notes}");
    let range = format!("{}..{}", view.order.base, view.order.branch);
    let changed = project.git(&["diff", "--name-only", &range]);
    assert_eq!(changed, path);
}

#[test]
fn fix_issue_goes_from_an_issue_over_a_diagnosis_to_a_gate() {
    let project = project();
    let ran = project.expect(6, &["run", "--workflow", "fix-issue", "--set", "issue=42"]);
    assert!(
        ran.out.contains("Does the fix mend the issue?"),
        "{}",
        ran.out
    );
    let view = last(&project);
    let told = prompt(&view, "diagnose", 1);
    assert!(told.contains("Issue: 42"), "{told}");
    assert!(prompt(&view, "fix", 1).contains("page.txt:1 — it says so"));
    assert!(prompt(&view, "review", 1).contains("+dark"));
    let run = view.order.run.to_string();
    project.expect(6, &["reject", &run, "--reason", "on paper too", "--follow"]);
    assert!(prompt(&last(&project), "fix", 2).contains("on paper too"));
    project.expect(0, &["approve", &run, "--follow"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\ndark\n");
}

#[test]
fn fix_issue_without_an_issue_is_cancelled_and_says_what_is_missing() {
    let project = project();
    let ran = project.expect(5, &["run", "--workflow", "fix-issue"]);
    assert!(ran.out.contains("vars.issue"), "{}", ran.out);
    let command = "harness-tui run --workflow fix-issue --set issue=…";
    assert!(ran.out.contains(command), "{}", ran.out);
    let run = last(&project).order.run.to_string();
    let why = project.expect(0, &["why", &run]);
    assert!(why.out.contains(command), "{}", why.out);
}
