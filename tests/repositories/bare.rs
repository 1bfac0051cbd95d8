//! A bare repository whose working trees stand beside it, and settings of one tree alone.

use super::BUILD;
use super::kinds::{did_its_work, lands_in, passes_in};
use crate::support::drive::{expect_in, git_in};
use crate::support::project::{Project, WORKS};
use std::path::PathBuf;

/// A bare clone with a working tree `main` and one `side` beside it; the two trees.
fn bare(project: &Project) -> (PathBuf, PathBuf) {
    let bare = project.outside("work/.bare");
    let trees = (project.outside("work/main"), project.outside("work/side"));
    project.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    git_in(&bare, &["config", "user.name", "Ada"]);
    git_in(&bare, &["config", "user.email", "ada@example.org"]);
    let add = |args: &[&str]| git_in(&bare, &[&["worktree", "add", "-q"][..], args].concat());
    add(&[trees.0.to_str().unwrap(), "main"]);
    add(&["-b", "side", trees.1.to_str().unwrap(), "main"]);
    trees
}

#[test]
fn a_working_tree_of_a_bare_repository_is_home() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let (main, side) = bare(&project);
    let view = passes_in(&project, &main, "bare");
    did_its_work(&view, "bare");
    assert!(view.dirs.path().starts_with(project.outside("work/.bare")));
    lands_in(&project, &view, "bare");
    // The other tree is as it was, and runs of its own start there.
    assert_eq!(git_in(&side, &["status", "--porcelain"]), "");
    let view = passes_in(&project, &side, "beside");
    assert_eq!(view.order.base_branch.as_deref(), Some("side"));
    lands_in(&project, &view, "beside");
    let bare = project.outside("work/.bare");
    let refused = expect_in(&project, &bare, 2, &["run", "T001"]);
    assert!(refused.err.contains("git worktree add"), "{}", refused.err);
}

#[test]
fn settings_of_one_working_tree_alone_stay_its_own() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let (main, side) = bare(&project);
    for args in [
        &["config", "extensions.worktreeConfig", "true"][..],
        &["config", "--worktree", "core.autocrlf", "input"],
        &["config", "--worktree", "user.name", "Ada Beside"],
    ] {
        git_in(&side, args);
    }
    // As git itself moves it, for a bare repository with trees.
    let bare = project.outside("work/.bare");
    git_in(&bare, &["config", "--unset", "core.bare"]);
    git_in(&bare, &["config", "--worktree", "core.bare", "true"]);
    for home in [&main, &side] {
        let view = passes_in(&project, home, "worktree settings");
        did_its_work(&view, "worktree settings");
        lands_in(&project, &view, "worktree settings");
    }
    let name = git_in(&side, &["config", "user.name"]);
    assert_eq!(name, "Ada Beside");
}
