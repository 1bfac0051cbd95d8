//! A harness that a person keeps to themselves: in a repository whose team has none, nothing of it is
//! in the working tree, in a commit or in a push, and nothing cleans it away. Real program, real git,
//! agents that are shell scripts.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "private/cut_off.rs"]
mod cut_off;
#[path = "private/dialogue.rs"]
mod dialogue;
#[path = "private/places.rs"]
mod places;
#[path = "private/whole.rs"]
mod whole;
#[path = "private/workbench.rs"]
mod workbench;

use std::path::{Path, PathBuf};
use support::drive::answers;
use support::project::{Project, put};

/// A note is written, a page is built, a person decides.
const FLOW: &str = "  - { id: note, name: Note, role: note, produces: { note: \"harness/artifacts/notes/{{ task.id }}-note.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [note], context: [task, note, { files: \"harness/standards/*.md\" }], gate: { after: \"true\" } }\n";

/// What the stage Note hands on.
const NOTE: &str = "# Note\n\nOnly for me.";

/// Where the harness lies, from the checkout.
const PLACE: &str = ".git/harness/private/harness";

/// A repository of a team that has no harness, with one commit.
fn of_a_team() -> Project {
    let project = Project::new();
    std::fs::remove_dir_all(project.home().join("harness")).unwrap();
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "first"]);
    project
}

/// The same with a private harness, made by the program and then filled by its person: a task of the
/// flow, and the agents that serve it. `build` is the script of the last one.
fn with(build: &str) -> Project {
    let team = of_a_team();
    team.expect(0, &["init", "--private"]);
    let build = format!("cat >/dev/null\n{build}");
    let mine = Project::new()
        .reviewer("note", &answers("note", NOTE))
        .agent("build", &build)
        .flow(FLOW);
    let scripts = ["note.sh", "build.sh"].map(|name| {
        let text = std::fs::read_to_string(mine.outside(name)).unwrap();
        put(&team.outside(name), &text);
        (mine.outside(name), team.outside(name))
    });
    // The shipped workflows want more agents than there are.
    std::fs::remove_dir_all(team.home().join(PLACE).join("workflows")).unwrap();
    copy(&mine.home().join("harness"), &team.home().join(PLACE));
    put(
        &team.home().join(PLACE).join("standards/words.md"),
        "Say it plainly.\n",
    );
    let settings = team.home().join(PLACE).join("harness.yaml");
    let mut text = std::fs::read_to_string(&settings).unwrap();
    for (from, to) in scripts {
        text = text.replace(from.to_str().unwrap(), to.to_str().unwrap());
    }
    put(&settings, &text);
    team
}

/// Every file of a folder to another.
fn copy(from: &Path, to: &Path) {
    for (path, text) in files(from) {
        put(&to.join(path), &text);
    }
}

/// Every file of a folder with its text, by its path there.
fn files(folder: &Path) -> std::collections::BTreeMap<PathBuf, String> {
    let mut found = std::collections::BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// A file of the private harness.
fn read(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.home().join(PLACE).join(path)).unwrap()
}

/// Nothing is to be seen of the harness by git.
fn nothing_shows(project: &Project) {
    let status = ["status", "--porcelain", "--ignored"];
    assert_eq!(project.git(&status), "");
    assert_eq!(project.git(&["branch", "--all", "--list", "harness/*"]), "");
    assert!(!project.home().join("harness").exists());
}
