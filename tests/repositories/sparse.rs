//! Sparse checkouts: the run's tree is sparse as the checkout is.

use super::kinds::{Checkout, changed, lands_in, passes_in, paths_at, run_in};
use crate::support::drive::{git_in, on_branch, outcomes, stage};
use crate::support::project::Project;
use harness_tui::terms::Outcome;

/// The ways to be sparse: with a cone, with it in the index too, by patterns.
const WAYS: [&[&str]; 3] = [
    &["set", "--cone", "harness", "src"],
    &["set", "--cone", "--sparse-index", "harness", "src"],
    &["set", "--no-cone", "/*", "!/docs/"],
];

const STAGES: &str =
    "  - { id: build, name: Build, role: build, writes: [page.txt, \"src/**\"] }\n";

fn project(script: &str, stages: &str) -> Project {
    let project = Project::new().agent("build", &format!("cat >/dev/null\n{script}"));
    for path in ["src/in.txt", "docs/out.txt", "docs/deep/out.txt"] {
        project.put(path, "as it was\n");
    }
    project.flow(stages)
}

fn make_sparse(project: &Project, way: &[&str]) {
    project.git(&[&["sparse-checkout"][..], way].concat());
    assert!(!project.home().join("docs").exists());
}

#[test]
fn what_is_not_checked_out_is_neither_deleted_nor_dropped() {
    let script = "test ! -e docs || exit 9
        echo dark >> page.txt; echo more >> src/in.txt; echo new > src/new.txt";
    for way in WAYS {
        let what = way.join(" ");
        let project = project(script, STAGES);
        make_sparse(&project, way);
        let view = passes_in(&project, &project.home(), &what);
        assert_eq!(changed(&view), ["page.txt", "src/in.txt", "src/new.txt"]);
        let held = paths_at(&project.home(), &view.order.branch);
        for path in ["docs/out.txt", "docs/deep/out.txt"] {
            assert!(held.iter().any(|p| p == path), "{what}: {path}");
        }
        assert!(!view.order.tree.join("docs").exists(), "{what}");
        assert_eq!(git_in(&view.order.tree, &["status", "--porcelain"]), "");
        lands_in(&project, &view, &what);
        assert!(!project.home().join("docs").exists(), "{what}");
        assert_eq!(project.git(&["show", "HEAD:docs/out.txt"]), "as it was");
    }
}

const OUTSIDE: &str = "echo dark >> page.txt; mkdir -p docs/deep
    echo mine > docs/out.txt; echo mine > docs/deep/new.txt";

#[test]
fn what_is_written_where_nothing_is_checked_out_is_seen_and_taken_back() {
    for way in WAYS {
        let what = way.join(" ");
        let project = project(OUTSIDE, STAGES);
        make_sparse(&project, way);
        let view = run_in(&project, &project.home(), 3, &what);
        assert_eq!(outcomes(&view, "build"), [Outcome::Overreach; 2], "{what}");
        let result = stage(&view, "build").last_result().unwrap();
        assert_eq!(
            result.taken_back,
            ["docs/deep/new.txt", "docs/out.txt"],
            "{what}"
        );
        assert!(!view.order.tree.join("docs").exists(), "{what}");
        let index = git_in(&view.order.tree, &["ls-files", "-t", "docs"]);
        assert_eq!(index, "S docs/deep/out.txt\nS docs/out.txt", "{what}");
    }
}

#[test]
fn what_is_written_there_and_is_the_stages_is_handed_on_and_landed() {
    let all = "  - { id: build, name: Build, role: build }\n";
    for way in [WAYS[0], WAYS[2]] {
        let what = way.join(" ");
        let project = project(OUTSIDE, all);
        make_sparse(&project, way);
        let view = passes_in(&project, &project.home(), &what);
        assert_eq!(
            changed(&view),
            ["docs/deep/new.txt", "docs/out.txt", "page.txt"],
            "{what}"
        );
        assert_eq!(on_branch(&view, "docs/out.txt").unwrap(), "mine\n");
        lands_in(&project, &view, &what);
        let landed = project.git(&["show", "HEAD:docs/deep/new.txt"]);
        assert_eq!(landed, "mine", "{what}");
        assert_eq!(
            project.git(&["show", "HEAD:docs/deep/out.txt"]),
            "as it was"
        );
    }
}

#[test]
fn an_agent_that_widens_its_own_tree_changes_nothing_else() {
    let script = "echo dark >> page.txt; git sparse-checkout disable";
    let project = project(script, STAGES);
    make_sparse(&project, WAYS[0]);
    let before = Checkout::of(&project.home());
    let ran = project.expect(3, &["run", "T001"]);
    before.assert_same(&project.home(), "widened");
    assert!(
        ran.out.contains("sparse-checkout") || ran.out.contains("config.worktree"),
        "{}",
        ran.out
    );
    let patterns = project.git(&["sparse-checkout", "list"]);
    assert_eq!(patterns, "harness\nsrc");
}
