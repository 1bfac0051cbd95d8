//! A test that writes to the person's home folder: kept from it where a sandbox is, and told in any
//! case.

use crate::support::drive::{file_of, last, prompt, report, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::stage::sandbox::landlock_abi;
use std::path::PathBuf;

const STAGES: &str =
    "  - { id: build, name: Build, role: build, checks: [{ run: sh test.sh, name: tests }] }
  - { id: note, name: Note, role: note, depends_on: [build], context: [checks] }
";

/// A project whose test plants a file in a home of its own, with this sandbox.
fn project(sandbox: &str, plant: &str) -> (Project, PathBuf) {
    let project = Project::new();
    let home = project.outside("person");
    std::fs::create_dir_all(home.join("documents")).unwrap();
    project.put("test.sh", plant);
    let project = project
        .agent("build", WORKS)
        .agent("note", "cat >/dev/null; echo noted >> page.txt")
        .flow(STAGES);
    let settings = project.read("harness/harness.yaml");
    project.put(
        "harness/harness.yaml",
        &settings.replace("sandbox: \"off\"", &format!("sandbox: \"{sandbox}\"")),
    );
    project.git(&["commit", "-qam", "its sandbox", "--allow-empty"]);
    (project, home)
}

fn run(project: &Project, home: &std::path::Path) -> String {
    let mut command = project.command(&["run", "T001"]);
    let done = command.env("HOME", home).output().unwrap();
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{out}");
    out
}

#[test]
fn without_a_sandbox_it_is_told_to_the_person_and_to_who_reviews() {
    let (project, home) = project("off", "echo mine > \"$HOME/planted\"\n");
    run(&project, &home);
    assert!(home.join("planted").exists(), "nothing kept it from it");
    let view = last(&project);
    assert_eq!(stage(&view, "build").checks[0].outside, ["~/planted"]);
    let words =
        "~/planted in your home folder changed while the check 'tests' ran without a sandbox";
    let said = report(&view);
    assert!(said.contains(words), "{said}");
    let rows = file_of(&view, "build", 1, "transcript.jsonl");
    assert!(rows.contains(words), "{rows}");
    let given = prompt(&view, "note", 1);
    assert!(
        given.contains("in the home folder, while it ran: ~/planted"),
        "{given}"
    );
}

#[test]
fn where_a_sandbox_is_it_is_denied_and_the_try_is_told() {
    let (project, home) = project("best-effort", "touch \"$HOME/planted\"; exit 0\n");
    run(&project, &home);
    let view = last(&project);
    let outside = &stage(&view, "build").checks[0].outside;
    if landlock_abi().is_some() {
        assert!(!home.join("planted").exists(), "it was not kept from it");
        assert!(
            outside[0].contains("was refused: ") && outside[0].contains("planted"),
            "{outside:?}"
        );
        assert!(report(&view).contains("tried to write in your home folder"));
    } else {
        println!("this kernel has no Landlock: what was written is told instead");
        assert_eq!(*outside, ["~/planted"]);
    }
}

#[test]
fn a_cache_that_the_check_names_is_its_to_write() {
    let (project, home) = project("off", "echo x > \"$HOME/.own/x\"\n");
    let flow = project.read("harness/workflows/flow.yaml");
    let named = flow.replace("name: tests }", "name: tests, caches: [\"~/.own\"] }");
    project.put("harness/workflows/flow.yaml", &named);
    project.git(&["commit", "-qam", "a cache"]);
    run(&project, &home);
    assert!(home.join(".own/x").exists());
    assert!(stage(&last(&project), "build").checks[0].outside.is_empty());
}
