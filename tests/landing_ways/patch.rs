//! What would land, as a patch.

use super::{PLAN, completed_by, everything, refused, with_programs};
use crate::support::drive::git_in;
use crate::support::project::Project;

/// Text, a binary file, a file that can be run, one that is gone.
const MUCH: &str = "cat >/dev/null; echo dark >> page.txt; printf '\\000\\001\\377\\n\\000' > logo.bin; \
    printf 'caf\\351\\n' > latin.txt; echo ok > run.sh; chmod +x run.sh; echo done";

fn applied(project: &Project, name: &str, patch: &[u8]) -> String {
    let file = project.outside(&format!("{name}.patch"));
    std::fs::write(&file, patch).unwrap();
    let clone = project.outside(name);
    let from = project.home();
    project.git(&[
        "clone",
        "-q",
        from.to_str().unwrap(),
        clone.to_str().unwrap(),
    ]);
    git_in(&clone, &["apply", "--index", file.to_str().unwrap()]);
    git_in(&clone, &["write-tree"])
}

/// A tree without the report, which tells when and by which way it was landed.
fn without_report(project: &Project, tree: &str) -> String {
    let list = project.git(&["ls-tree", "-r", tree]);
    let lines = list.lines().filter(|l| !l.contains("\tharness/runs/"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn it_applies_to_the_tree_that_lands_and_changes_nothing() {
    let (project, run) = completed_by(MUCH, "land: { commits: stages }\n");
    // The base moves, and something lies about.
    project.put("other.txt", "other\n");
    project.git(&["add", "other.txt"]);
    project.git(&["commit", "-q", "-m", "somebody else's"]);
    project.put("page.txt", "mine\n");
    let before = everything(&project);
    let order = ["land", run.as_str(), "--patch"];
    let said = with_programs(&project, &order).output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success(), "{err}");
    assert!(err.contains("git apply --index"), "{err}");
    assert_eq!(everything(&project), before);
    let view = project.view(&run);
    assert!(view.run.landed.is_none() && view.run.in_review.is_none());
    let tree = applied(&project, "clone", &said.stdout);
    let clone = project.outside("clone");
    assert_eq!(
        std::fs::read(clone.join("logo.bin")).unwrap(),
        b"\0\x01\xff\n\0"
    );
    assert!(clone.join(PLAN).is_file());
    // What is no UTF-8 is no JSON.
    refused(
        &project,
        2,
        &["land", &run, "--patch", "--json"],
        &["no UTF-8"],
    );
    refused(
        &project,
        2,
        &["land", &run, "--patch", "--merge"],
        &["cannot be used with"],
    );
    // The same lands.
    project.git(&["checkout", "-q", "page.txt"]);
    project.expect(0, &["land", &run, "--squash"]);
    let patched = git_in(&clone, &["commit-tree", "-m", "applied", &tree]);
    git_in(&clone, &["update-ref", "refs/heads/applied", &patched]);
    project.git(&["fetch", "-q", clone.to_str().unwrap(), "applied"]);
    assert_eq!(
        without_report(&project, "FETCH_HEAD"),
        without_report(&project, "HEAD")
    );
    let report = project.git(&["show", &format!("FETCH_HEAD:harness/runs/{run}.md")]);
    assert!(report.contains("AC-1"), "{report}");
}

#[test]
fn what_would_not_land_gives_none() {
    let (project, run) = completed_by(super::WORKS, "");
    let json = project.expect(0, &["land", &run, "--patch", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let tree = applied(
        &project,
        "json",
        value["patch"].as_str().unwrap().as_bytes(),
    );
    assert!(!tree.is_empty());
    assert_eq!(value["into"], "main");
    project.put("page.txt", "bright\n");
    project.git(&["add", "page.txt"]);
    project.git(&["commit", "-q", "-m", "somebody else's"]);
    refused(
        &project,
        3,
        &["land", &run, "--patch"],
        &["changed the same lines", "page.txt"],
    );
}
