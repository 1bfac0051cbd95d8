//! Checks that were red before: only what is new fails, and what can't be told is never taken as
//! good.

use crate::support::drive::{file_of, last, lines_of, outcomes, prompt, report, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;

/// Runs `tests/*.sh`, each a test, and reports in the form that is asked for. It says how often it
/// ran in the file beside the checkout.
fn suite(project: &Project) -> String {
    let count = project.outside("count");
    format!(
        "#!/bin/sh
echo once >> '{}'
rm -rf out; mkdir -p out; bad=0; n=0
{{ echo '<testsuite name=\"all\">'
for t in tests/*.sh; do
  n=$((n + 1)); name=$(basename $t .sh)
  if sh $t; then echo \"<testcase classname='all' name='$name'/>\"; echo \"ok $n - $name\" >&2
  else bad=1; echo \"<testcase classname='all' name='$name'><failure/></testcase>\"; echo \"not ok $n - $name\" >&2; fi
done
echo '</testsuite>'; }} > out/all.xml
exit $bad
",
        count.display()
    )
}

/// A repository of two tests, of which one is red.
fn project() -> Project {
    let project = Project::new();
    project.put("suite", &suite(&project));
    project.put("tests/colour.sh", "grep -q light page.txt\n");
    project.put("tests/old.sh", "exit 1\n");
    project
}

fn stages(check: &str) -> String {
    format!("  - {{ id: build, name: Build, role: build, checks: [{check}] }}\n")
}

const JUNIT: &str =
    "{ run: sh suite, name: tests, baseline: true, report: { junit: \"out/*.xml\" } }";

#[test]
fn one_test_that_was_red_before_fails_nothing_and_is_said() {
    let review = format!(
        "{}  - {{ id: qa, name: QA, role: qa, depends_on: [build], produces: {{ qa-note: {{ path: harness/artifacts/qa.md, from: answer }} }}, verdict: qa-note }}\n",
        stages(JUNIT)
    );
    let verdict = "cat >/dev/null; printf '<<<ARTIFACT qa-note\\n# QA\\n\\n## Verdict\\n\\nResult: PASS\\n\\n## Acceptance Criteria\\n\\n| AC | Judgement | Evidence |\\n|---|---|---|\\n| AC-1 | met | page.txt |\\n| AC-2 | met | page.txt |\\n\\n## Findings\\n\\nNone\\nARTIFACT>>>\\n'";
    let project = project()
        .agent("build", WORKS)
        .reviewer("qa", verdict)
        .flow(&review);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let check = &stage(&view, "build").checks[0];
    assert!(check.passed() && check.exit == Some(1));
    assert_eq!(check.how(), "exit 1, 1 failing before, 0 new");
    // Once on what is handed on, once on the base.
    assert_eq!(lines_of(&project.outside("count")), 2);
    let said = report(&view);
    assert!(said.contains("1 failing before, 0 new"), "{said}");
    let rows = file_of(&view, "build", 1, "transcript.jsonl");
    assert!(rows.contains("\"step\":\"baseline\""), "{rows}");
    assert!(rows.contains("exit 1, 1 failing before, 0 new"), "{rows}");
    // The reviewer is given it unasked.
    let given = prompt(&view, "qa", 1);
    for told in [
        "command: tests",
        "result: passed",
        "exit: 1",
        "against the base: 1 failing before, 0 new",
        "failing tests: all::old",
        "not ok 2 - old",
    ] {
        assert!(given.contains(told), "{told}: {given}");
    }
}

#[test]
fn a_second_run_from_the_same_base_does_not_run_it_there_again() {
    let project = project().agent("build", WORKS).flow(&stages(JUNIT));
    project.expect(0, &["run", "T001"]);
    assert_eq!(lines_of(&project.outside("count")), 2);
    project.expect(0, &["run", "T001", "--new"]);
    assert_eq!(lines_of(&project.outside("count")), 3);
}

#[test]
fn what_is_new_fails_by_name_and_its_mending_passes() {
    // The first attempt breaks a test, the second mends it and the old one, too.
    let script = "cat >/dev/null; if grep -q dark page.txt; then echo light > page.txt; echo more >> page.txt; echo 'exit 0' > tests/old.sh; else echo dark > page.txt; fi";
    let project = project().agent("build", script).flow(&stages(JUNIT));
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::CheckFailed, Outcome::Passed]
    );
    let first = stage(&view, "build").attempts[0].result.as_ref().unwrap();
    assert!(
        first
            .reason
            .contains("1 failing before, 1 new: all::colour"),
        "{}",
        first.reason
    );
    let told = prompt(&view, "build", 2);
    assert!(told.contains("1 new: all::colour"), "{told}");
    let last = &stage(&view, "build").checks[0];
    assert_eq!(
        last.how(),
        "exit 0, 1 failing before, 0 new; no longer failing: all::old"
    );
    // Twice on what was handed on, and twice on the base: red tests may come and go.
    assert_eq!(lines_of(&project.outside("count")), 4);
}

#[test]
fn without_a_report_a_red_base_excuses_nothing_and_says_why() {
    let check = "{ run: sh suite, baseline: true }";
    let project = project().agent("build", WORKS).flow(&stages(check));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("fails on the base too"), "{}", ran.out);
    assert!(ran.out.contains("add `report:`"), "{}", ran.out);
}

#[test]
fn a_check_that_breaks_off_is_never_taken_for_one_without_new_failures() {
    // A report that is tracked is there before the check, and is not written by it.
    let project = project();
    project.put(
        "out/all.xml",
        "<testsuite><testcase classname='all' name='old'><failure/></testcase></testsuite>",
    );
    project.put(".gitignore", "");
    let script = "cat >/dev/null; echo dark >> page.txt; echo 'exit 1' > suite";
    let project = project.agent("build", script).flow(&stages(JUNIT));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("it wrote no report"), "{}", ran.out);
    assert!(!stage(&last(&project), "build").checks[0].passed());
}

#[test]
fn a_pattern_and_tap_name_the_tests_too() {
    for report in ["{ regex: '^not ok [0-9]+ - (.+)$' }", "tap"] {
        let run = if report == "tap" {
            "run: \"echo 1..2; sh suite 2>&1\""
        } else {
            "run: sh suite"
        };
        let check = format!("{{ {run}, baseline: true, report: {report} }}");
        let project = project().agent("build", WORKS).flow(&stages(&check));
        project.expect(0, &["run", "T001"]);
        let view = last(&project);
        assert_eq!(
            stage(&view, "build").checks[0].how(),
            "exit 1, 1 failing before, 0 new",
            "{report}"
        );
    }
}

#[test]
fn a_base_that_never_ends_or_can_not_be_set_up_excuses_nothing() {
    let slow = "{ run: \"grep -q dark page.txt || sleep 300; exit 1\", timeout: 2s, baseline: true, report: tap }";
    let project = project().agent("build", WORKS).flow(&stages(slow));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("did not end by itself on the base"),
        "{}",
        ran.out
    );

    // Set-up that is for the new tree alone: its lock file tells them apart.
    let project = self::project();
    project.put("package-lock.json", "1\n");
    let script = "cat >/dev/null; echo dark >> page.txt; echo 2 > package-lock.json";
    // The check's tree is set up first as the base would be, and that fails.
    let setup = "tree: { setup: [\"case $PWD in *check*) grep -q 2 package-lock.json;; esac\"] }\n";
    let project = project
        .agent("build", script)
        .settings(setup)
        .flow(&stages(JUNIT));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("the base could not be made ready"),
        "{}",
        ran.out
    );
}

#[test]
fn full_checks_wait_for_the_quick_ones_and_no_tree_is_checked_twice() {
    let project = Project::new();
    let (quick, full) = (project.outside("quick"), project.outside("full"));
    let stages = format!(
        "  - id: build
    name: Build
    role: build
    loop: {{ until: checks, max_iterations: 3 }}
    checks:
      - {{ run: \"echo once >> '{}'\", tier: full }}
      - {{ run: \"echo once >> '{}'; grep -q darker page.txt\", tier: quick }}
",
        full.display(),
        quick.display()
    );
    let script = "cat >/dev/null; if grep -q dark page.txt; then echo darker >> page.txt; else echo dark >> page.txt; fi";
    let project = project.agent("build", script).flow(&stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::CheckFailed, Outcome::Passed]
    );
    assert_eq!((lines_of(&quick), lines_of(&full)), (2, 1));
    let rows = file_of(&view, "build", 1, "transcript.jsonl");
    assert!(
        rows.contains("not run before the quick checks pass"),
        "{rows}"
    );
}

#[test]
fn a_cache_of_the_repository_lasts_from_one_check_to_the_next() {
    let project = Project::new();
    project.put(".gitignore", "built/\n");
    let stages = "  - { id: build, name: Build, role: build, checks: [{ run: \"mkdir -p built/deep; echo once >> built/deep/n\", caches: [built] }] }
  - { id: more, name: More, role: build, depends_on: [build], checks: [{ run: \"test \\\"$(wc -l < built/deep/n)\\\" = 1\", caches: [built] }] }
  - { id: last, name: Last, role: build, depends_on: [more], checks: [{ run: \"test ! -e built\" }] }
";
    let project = project.agent("build", WORKS).flow(stages);
    project.expect(0, &["run", "T001"]);
}
