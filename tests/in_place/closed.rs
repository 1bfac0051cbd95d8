//! What an agent that works in the checkout can do to the engine's own folder, which lies there too.

use super::project;
use crate::support::drive::{file_of, last, outcomes};
use crate::support::namespaces;
use crate::support::project::{Project, put};
use harness_tui::terms::{Outcome, RunState};

/// What the agent tries: each line says `name: done` or `name: refused`.
const TRIES: &str = r#"
try() { name=$1; shift; if "$@" 2>/dev/null; then echo "$name: done"; else echo "$name: refused"; fi; }
into() { mkdir -p "$(dirname "$1")" && echo '{}' > "$1"; }
engine=$(cat "$(dirname "$0")/engine")
{
  try trust into "$engine/trust/planted.json"
  try baseline into "$engine/baselines/planted.json"
  try format into "$engine/format"
  for run in "$engine"/runs/*; do
    try control into "$run/control/planted.json"
    try check into "$run/checks/planted.json"
    try lock into "$run/workflow.lock.yaml"
    try journal into "$run/journal.jsonl"
  done
  try move mv "$engine" "$engine.away"
  try above mv "$(dirname "$engine")" "$(dirname "$engine").away"
  try key grep -q . "$(dirname "$0")/user/trust.key"
} > tried.txt
ls "$engine" > /dev/null && echo listed >> tried.txt
echo dark > page.txt
"#;

fn sandboxed(project: &Project, sandbox: &str) {
    let settings = project.read("harness/harness.yaml");
    let settings = settings.replace("sandbox: \"off\"", sandbox);
    project.put("harness/harness.yaml", &settings);
}

/// Trusted by its key, not by its folder.
fn trusted_by_key(project: &Project) {
    put(&project.outside("user/config.yaml"), "trust: []\n");
    let shown = project.run(&["trust"]);
    let said = format!("{}{}", shown.out, shown.err);
    let digest = { said.split(|c: char| !c.is_ascii_hexdigit()) }
        .find(|word| word.len() == 64)
        .unwrap_or_else(|| panic!("{said}"));
    let given = project.run(&["run", "T001", "--trust", digest]);
    assert_eq!(given.code, 0, "{}{}", given.out, given.err);
}

fn tried(project: &Project, engine: &str) {
    let file = project.outside("engine");
    put(&file, &project.home().join(engine).display().to_string());
    trusted_by_key(project);
    let view = last(project);
    assert_eq!(view.run.state(), RunState::Completed);
    let told = project.read("tried.txt");
    assert!(told.ends_with("listed\n"), "{told}");
    let done: Vec<&str> = told.lines().filter(|l| l.ends_with("done")).collect();
    assert!(done.is_empty(), "{told}");
    assert!(!file_of(&view, "build", 1, "exit.json").contains("left open"));
    assert!(told.lines().count() >= 10, "{told}");
    // And the run could do all that it does beside that.
    assert_eq!(project.read("page.txt"), "dark\n");
}

#[test]
fn the_sandbox_closes_the_engines_folder_in_git() {
    if !namespaces::may_be_had() {
        return;
    }
    let project = project(TRIES);
    sandboxed(&project, "sandbox: best-effort");
    tried(&project, ".git/harness");
}

#[test]
fn the_sandbox_closes_the_engines_folder_without_git() {
    if !namespaces::may_be_had() {
        return;
    }
    let project = project(TRIES);
    std::fs::remove_dir_all(project.home().join(".git")).unwrap();
    sandboxed(&project, "sandbox: best-effort");
    tried(&project, "harness/.state");
}

#[test]
fn without_a_sandbox_what_is_planted_is_told() {
    let project = project(
        "for run in .git/harness/runs/*; do mkdir -p $run/checks; echo '{}' > $run/checks/x.json; done; echo dark > page.txt",
    );
    project.run(&["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Tampering]);
    let record = file_of(&view, "build", 1, "exit.json");
    assert!(record.contains("checks/x.json"), "{record}");
}
