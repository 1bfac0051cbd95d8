//! Whose hooks run at a landing, and what else of it is told before it is ordered.

use super::{STAGES, approve, ordered};
use crate::support::drive::{answers, last, script};
use crate::support::project::Project;

/// A completed run of a repository whose hooks lie in `.husky`, and whose agent wrote some of its own.
fn with_hooks() -> (Project, String) {
    let project = Project::new();
    let ran = project.outside("ran").display().to_string();
    let says = |who: &str| format!("#!/bin/sh\necho {who} >>{ran}\n");
    script(&project.home().join(".husky/pre-commit"), &says("mine"));
    let work = format!(
        "cat >/dev/null; echo dark >> page.txt\n\
         for hook in pre-commit post-commit; do\n\
         printf '#!/bin/sh\\necho theirs >>{ran}\\n' > .husky/$hook; chmod +x .husky/$hook\n\
         done\necho done"
    );
    let project = project
        .reviewer("plan", &answers("plan", "# Plan\n\nMake it dark."))
        .agent("build", &work)
        .settings("land: { pr: gh }\n")
        .flow(STAGES);
    project.git(&["config", "core.hooksPath", ".husky"]);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    approve(&project, &run);
    (project, run)
}

fn ran_so_far(project: &Project) -> String {
    std::fs::read_to_string(project.outside("ran")).unwrap_or_default()
}

#[test]
fn the_hooks_that_run_are_the_persons_and_none_that_the_run_wrote() {
    let (project, run) = with_hooks();
    assert_eq!(ran_so_far(&project), "");
    let would = ordered(&project, 0, &["land", &run, "--dry-run"]).out;
    for told in [
        "hooks of your checkout would run: pre-commit\n",
        "note: it changes hooks",
        ".husky/post-commit, .husky/pre-commit",
    ] {
        assert!(would.contains(told), "{told:?} in {would}");
    }
    let without = ordered(&project, 0, &["land", &run, "--dry-run", "--no-verify"]).out;
    assert!(!without.contains("would run: pre-commit"), "{without}");
    ordered(&project, 0, &["land", &run]);
    assert_eq!(ran_so_far(&project), "mine\n");
    // It is landed as it is: who reads it may want it.
    assert!(project.read(".husky/post-commit").contains("theirs"));
}

#[test]
fn without_hooks_none_of_any_kind_runs() {
    let (project, run) = with_hooks();
    ordered(&project, 0, &["land", &run, "--no-verify", "--merge"]);
    assert_eq!(ran_so_far(&project), "");
}

#[test]
fn comments_that_are_open_are_told_and_a_login_in_an_address_is_not() {
    let (project, run) = with_hooks();
    project.expect(0, &["comment", &run, "page.txt:1", "and this?"]);
    let would = ordered(&project, 0, &["land", &run, "--dry-run"]).out;
    let told =
        "1 comment of this run is open, and nobody answers once it has landed: C1 (page.txt:1)";
    assert!(would.contains(told), "{would}");
    let address = "https://x-access-token:ghs_secret@github.com/ada/engine.git";
    project.git(&["remote", "add", "origin", address]);
    let pr = ["land", run.as_str(), "--pr", "--dry-run", "--json"];
    let would = ordered(&project, 0, &pr).out;
    assert!(
        would.contains("https://github.com/ada/engine.git"),
        "{would}"
    );
    assert!(!would.contains("ghs_secret"), "{would}");
}
