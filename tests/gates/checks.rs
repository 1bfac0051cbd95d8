//! Checks run on a clean copy of exactly what is handed on.

use crate::support::drive::{last, lines_of, on_branch, outcomes, report, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;

#[test]
fn what_is_not_handed_on_is_not_there_for_a_check() {
    let project = Project::new();
    project.put(".gitignore", "made/\n");
    let stages =
        "  - { id: build, name: Build, role: build, checks: [{ run: \"test -e made/it\" }] }\n";
    let script = format!("{WORKS}; mkdir -p made; touch made/it; test -e made/it");
    let project = project.agent("build", &script).flow(stages);
    project.expect(3, &["run", "T001"]);
    assert_eq!(
        outcomes(&last(&project), "build"),
        [Outcome::CheckFailed; 2]
    );
}

#[test]
fn one_tree_is_checked_once() {
    let project = Project::new();
    let count = project.outside("count");
    let check = format!("echo once >> '{}'", count.display());
    let stages = format!(
        "  - {{ id: build, name: Build, role: build, checks: [{{ run: \"{check}\" }}] }}
  - {{ id: again, name: Again, run: \"true\", depends_on: [build], writes: [], checks: [{{ run: \"{check}\" }}] }}
  - {{ id: more, name: More, role: build, depends_on: [again], checks: [{{ run: \"{check}\" }}] }}
"
    );
    let project = project.agent("build", WORKS).flow(&stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let reused = |id: &str| stage(&view, id).checks[0].reused;
    assert!(!reused("build") && reused("again") && !reused("more"));
    assert_eq!(lines_of(&count), 2);
}

#[test]
fn what_a_check_changes_is_reported_and_not_handed_on() {
    let stages = "  - { id: build, name: Build, role: build, checks: [{ run: \"echo tidied > page.txt\" }, { run: \"grep -q dark page.txt\" }] }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\n");
    assert_eq!(stage(&view, "build").checks[0].changed, ["page.txt"]);
    let report = report(&view);
    assert!(report.contains("changed tracked files"), "{report}");
}

#[test]
fn a_check_that_never_ends_is_ended() {
    let stages = "  - { id: build, name: Build, role: build, checks: [{ run: \"sleep 300\", timeout: 1s }] }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::CheckFailed; 2]);
}
