//! Submodules that set-up fetches, one of them inside the other.

use super::kinds::{did_its_work, lands_in, passes_in, run_in};
use crate::support::drive::{file_of, git_in, outcomes, subjects};
use crate::support::project::Project;
use harness_tui::terms::Outcome;
use std::path::Path;

const ALLOW: &str = "protocol.file.allow=always";
const ADA: [&str; 4] = ["-c", "user.name=A", "-c", "user.email=a@b.c"];

fn library(at: &Path, file: &str) {
    std::fs::create_dir_all(at).unwrap();
    std::fs::write(at.join(file), "as it was\n").unwrap();
    git_in(at, &["init", "-q", "-b", "main"]);
    commit(at);
}

fn commit(at: &Path) {
    git_in(at, &["add", "-A"]);
    git_in(at, &[&ADA[..], &["commit", "-qm", "lib"]].concat());
}

/// A project with the submodule `vendor/lib`, which has a submodule `deep`.
fn project(script: &str) -> Project {
    let project = Project::new();
    let (deep, lib) = (project.outside("deep"), project.outside("lib"));
    library(&deep, "deep.txt");
    library(&lib, "lib.txt");
    let add = ["-c", ALLOW, "submodule", "add", "-q"];
    git_in(
        &lib,
        &[&add[..], &[deep.to_str().unwrap(), "deep"]].concat(),
    );
    commit(&lib);
    project.git(&[&add[..], &[lib.to_str().unwrap(), "vendor/lib"]].concat());
    let fetch = format!("git -c {ALLOW} submodule update -q --init --recursive");
    project
        .settings(&format!("tree: {{ setup: [\"{fetch}\"] }}\n"))
        .agent("build", &format!("cat >/dev/null\n{script}"))
        .flow("  - { id: build, name: Build, role: build, writes: [page.txt, \"vendor/**\"] }\n")
}

#[test]
fn submodules_that_are_only_used_are_nobodys_change() {
    let script = "grep -q was vendor/lib/lib.txt vendor/lib/deep/deep.txt || exit 9
        git -C vendor/lib status -s; echo dark >> page.txt";
    let project = project(script);
    let view = passes_in(&project, &project.home(), "used");
    did_its_work(&view, "used");
    lands_in(&project, &view, "used");
}

#[test]
fn work_in_a_submodule_is_told_where_it_is_the_stages_to_write_too() {
    let inside = "git -C vendor/lib -c user.name=A -c user.email=a@b.c";
    for (deed, told) in [
        (
            "echo mine >> vendor/lib/deep/deep.txt",
            "vendor/lib/deep/deep.txt",
        ),
        (
            &format!("{inside} commit -q --allow-empty -m mine"),
            "vendor/lib",
        ),
        (
            &format!(
                "{inside} commit -q --allow-empty -m mine; git add vendor/lib; git commit -qm moved"
            ),
            "vendor/lib",
        ),
    ] {
        let project = project(&format!("echo dark >> page.txt; {deed}"));
        let view = run_in(&project, &project.home(), 3, deed);
        assert_eq!(outcomes(&view, "build")[0], Outcome::Overreach, "{deed}");
        let record = file_of(&view, "build", 1, "exit.json");
        assert!(record.contains(&format!("\"{told}\"")), "{deed}: {record}");
        assert!(
            subjects(&view).is_empty(),
            "{deed}: something was handed on"
        );
    }
}
