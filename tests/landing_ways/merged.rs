//! What was up for review and was merged there is landed, however it was merged.

use super::{completed, ordered, pushes, refused, sign, with_origin};
use crate::support::drive::git_in;
use crate::support::project::Project;

const BRANCH: &str = "harness/T001-dark-mode";

fn in_review() -> (Project, String) {
    let (project, run) = completed("land: { pr: gh }\n");
    with_origin(&project);
    ordered(&project, 0, &["land", &run, "--pr"]);
    (project, run)
}

/// Another clone, in which the branch is merged and pushed.
fn merged(project: &Project, steps: &[&[&str]]) {
    let clone = project.outside("clone");
    let origin = project.outside("origin.git");
    project.git(&[
        "clone",
        "-q",
        origin.to_str().unwrap(),
        clone.to_str().unwrap(),
    ]);
    git_in(&clone, &["config", "user.name", "Bob"]);
    git_in(&clone, &["config", "user.email", "bob@example.org"]);
    for step in steps {
        git_in(&clone, step);
    }
    git_in(&clone, &["push", "-q", "origin", "main"]);
}

fn is_landed(project: &Project, run: &str, main: &str) {
    let view = project.view(run);
    let landed = view.run.landed.as_ref().unwrap();
    assert_eq!(
        (landed.into.as_str(), landed.how.as_str()),
        ("origin/main", "pr")
    );
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Done")
    );
    assert!(!view.order.tree.exists() && !view.active_dir().path().exists());
    assert_eq!(project.git(&["rev-parse", "main"]), main);
    assert_eq!(project.git(&["for-each-ref", "refs/harness"]), "");
}

#[test]
fn a_merge_is_noticed_by_whoever_looks_after_a_fetch() {
    let (project, run) = in_review();
    let main = project.git(&["rev-parse", "main"]);
    merged(
        &project,
        &[&[
            "merge",
            "-q",
            "--no-ff",
            "-m",
            "merged",
            &format!("origin/{BRANCH}"),
        ]],
    );
    ordered(&project, 0, &["status"]);
    assert!(project.view(&run).run.landed.is_none());
    project.git(&["fetch", "-q"]);
    let said = ordered(&project, 0, &["status"]);
    assert!(said.out.contains("landed"), "{}", said.out);
    is_landed(&project, &run, &main);
}

#[test]
fn a_squash_is_known_by_the_run_that_it_names_and_one_without_by_its_content() {
    for message in [
        "Dark mode (#7)\n\n* T001: Dark mode\n\n  Harness-Run: RUN\n\nmore",
        "Dark mode (#7)",
    ] {
        let (project, run) = in_review();
        let main = project.git(&["rev-parse", "main"]);
        let message = message.replace("RUN", &run);
        merged(
            &project,
            &[
                &["merge", "-q", "--squash", &format!("origin/{BRANCH}")],
                &["commit", "-q", "-m", &message],
            ],
        );
        sign(&project, "state", "MERGED");
        let said = ordered(&project, 0, &["land", &run, "--pr"]);
        assert!(said.out.contains("landed"), "{}", said.out);
        assert!(
            said.out.contains("git stash push -u -- harness/backlog.md"),
            "{}",
            said.out
        );
        is_landed(&project, &run, &main);
        assert_eq!(
            pushes(&project)
                .iter()
                .filter(|l| l.contains(BRANCH))
                .count(),
            1
        );
    }
}

#[test]
fn one_that_was_closed_is_not_pushed_to() {
    let (project, run) = in_review();
    sign(&project, "state", "CLOSED");
    refused(
        &project,
        2,
        &["land", &run, "--pr"],
        &["is closed", "reopen it"],
    );
    assert_eq!(pushes(&project).len(), 1);
    // It can land here all the same.
    ordered(&project, 0, &["land", &run]);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
}

#[test]
fn a_stages_commit_that_somebody_took_over_alone_lands_nothing() {
    let (project, run) = completed("land: { pr: gh, commits: stages }\n");
    with_origin(&project);
    ordered(&project, 0, &["land", &run, "--pr"]);
    let main = project.git(&["rev-parse", "main"]);
    // The build's commit names the run, and is not all of it; nor is the last one alone.
    for one in ["~1", ""] {
        let name = format!("origin/{BRANCH}{one}");
        let clone = project.outside("clone");
        let _ = std::fs::remove_dir_all(&clone);
        merged(&project, &[&["cherry-pick", "-X", "theirs", &name]]);
        project.git(&["fetch", "-q"]);
        let message = project.git(&["log", "-1", "--format=%B", "origin/main"]);
        assert!(
            message.contains(&format!("Harness-Run: {run}")),
            "{message}"
        );
        if one.is_empty() {
            continue;
        }
        ordered(&project, 0, &["status"]);
        assert!(project.view(&run).run.landed.is_none());
    }
    // The plan is missing still.
    ordered(&project, 0, &["status"]);
    assert!(project.view(&run).run.landed.is_none());
    // With the rest it is there.
    let clone = project.outside("clone");
    std::fs::remove_dir_all(&clone).unwrap();
    merged(&project, &[&["cherry-pick", &format!("origin/{BRANCH}~2")]]);
    project.git(&["fetch", "-q"]);
    ordered(&project, 0, &["status"]);
    is_landed(&project, &run, &main);
}

#[test]
fn a_squash_upon_others_work_that_names_nothing_is_known_by_what_it_brings() {
    let (project, run) = in_review();
    let main = project.git(&["rev-parse", "main"]);
    let name = format!("origin/{BRANCH}");
    let base = project.git(&["rev-parse", "main"]);
    let blob = project.git(&["rev-parse", &format!("{base}:page.txt")]);
    let file = |name: &str| format!("100644,{blob},{name}.txt");
    let (one, two) = (file("one"), file("two"));
    merged(
        &project,
        &[
            &["update-index", "--add", "--cacheinfo", &one],
            &["commit", "-q", "-m", "others"],
            &["checkout", "-q", "-f", "HEAD"],
            &["merge", "-q", "--squash", &name],
            &["commit", "-q", "-m", "Dark mode (#7)"],
            &["update-index", "--add", "--cacheinfo", &two],
            &["commit", "-q", "-m", "others"],
        ],
    );
    project.git(&["fetch", "-q"]);
    ordered(&project, 0, &["status"]);
    is_landed(&project, &run, &main);
    let commit = project.view(&run).run.landed.unwrap().commit;
    let subject = project.git(&["log", "-1", "--format=%s", commit.as_str()]);
    assert_eq!(subject, "Dark mode (#7)");
}
