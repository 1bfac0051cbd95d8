//! Pull requests of others that look like the run's own, and remotes that are pushed to another place than
//! they are fetched from.

use super::{URL, calls, completed, ordered, pushes, sign, with_origin, with_programs};
use crate::support::drive::git_in;

const FORKS: &str = "https://github.com/eve/engine/pull/9";
const BRANCH: &str = "harness/T001-dark-mode";

#[test]
fn one_from_a_fork_with_a_branch_of_the_same_name_is_not_the_runs() {
    for (settings, listed, opens, edits) in [
        (
            "land: { pr: gh }\n",
            format!(r#"[{{"url":"{FORKS}","isCrossRepository":true}}]"#),
            "gh pr create",
            "gh pr edit",
        ),
        (
            "land: { pr: glab }\n",
            r#"[{"web_url":"https://gitlab.com/ada/engine/-/merge_requests/9","source_project_id":4,"target_project_id":1}]"#
                .to_owned(),
            "glab api --method POST",
            "glab api --method PUT",
        ),
    ] {
        let (project, run) = completed(settings);
        with_origin(&project);
        sign(&project, "listed.json", &listed);
        ordered(&project, 0, &["land", &run, "--pr"]);
        assert_eq!(calls(&project, opens).len(), 1, "{opens}");
        assert!(calls(&project, edits).is_empty(), "{edits}");
        let url = project.view(&run).run.in_review.unwrap().url;
        assert!(!url.ends_with("/9"), "{url}");
    }
    // Beside it its own is found.
    let (project, run) = completed("land: { pr: gh }\n");
    with_origin(&project);
    let both = format!(
        r#"[{{"url":"{FORKS}","isCrossRepository":true}},{{"url":"{URL}","isCrossRepository":false}}]"#
    );
    sign(&project, "listed.json", &both);
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert!(calls(&project, "gh pr create").is_empty());
    assert_eq!(project.view(&run).run.in_review.unwrap().url, URL);
}

#[test]
fn another_base_is_told_to_the_pull_request_that_is_there() {
    let (project, run) = completed("land: { pr: gh }\n");
    with_origin(&project);
    project.git(&["branch", "next"]);
    ordered(&project, 0, &["land", &run, "--pr"]);
    ordered(&project, 0, &["land", &run, "--pr", "--into", "next"]);
    let edits = calls(&project, "gh pr edit");
    assert!(edits[0].contains("--base next"), "{edits:?}");
    assert_eq!(calls(&project, "gh pr create").len(), 1);
}

#[test]
fn what_is_pushed_elsewhere_than_it_is_fetched_from_is_asked_for_there() {
    let (project, run) = completed("land: { pr: gh }\n");
    with_origin(&project);
    let origin = project.outside("origin.git");
    let origin = origin.to_str().unwrap();
    let upstream = project.outside("upstream.git");
    let upstream = upstream.to_str().unwrap();
    project.git(&["clone", "-q", "--bare", origin, upstream]);
    project.git(&["remote", "set-url", "origin", upstream]);
    project.git(&["remote", "set-url", "--push", "origin", origin]);
    sign(&project, "kill-list", "");
    let pr = ["land", run.as_str(), "--pr", "--json"];
    let first = with_programs(&project, &pr).output().unwrap();
    assert!(!first.status.success());
    assert_eq!(pushes(&project).len(), 1);
    // It is there already, which only the place that it was pushed to can tell.
    let again = ordered(&project, 0, &pr);
    assert!(again.out.contains("\"pushed\":false"), "{}", again.out);
    assert_eq!(pushes(&project).len(), 1);
    // It is merged there, and the other place knows nothing of it.
    let clone = project.outside("clone");
    project.git(&["clone", "-q", origin, clone.to_str().unwrap()]);
    git_in(&clone, &["config", "user.name", "Bob"]);
    git_in(&clone, &["config", "user.email", "bob@example.org"]);
    let branch = format!("origin/{BRANCH}");
    git_in(&clone, &["merge", "-q", "--no-ff", "-m", "merged", &branch]);
    git_in(&clone, &["push", "-q", "origin", "main"]);
    sign(&project, "state", "MERGED");
    let known = project.git(&["rev-parse", "origin/main"]);
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert!(project.view(&run).run.landed.is_some());
    assert_eq!(project.git(&["rev-parse", "origin/main"]), known);
    assert_eq!(project.git(&["for-each-ref", "refs/harness"]), "");
}
