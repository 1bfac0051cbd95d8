//! A repository made of one of the fixtures, and what is looked at in it.

use crate::support::{Said, git, objects, program};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

/// A task that any project can run.
pub const TASK: &str = "# Task T001 — One\n\nStatus: Ready\n\n## Summary\n\nSomething is wanted.\n\n## Acceptance Criteria\n\n- It holds.\n";

/// The files of a folder by path, git's own left out.
pub fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() || path.is_file() {
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap_or_default());
            } else if path.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            }
        }
    }
    found
}

/// A repository with the files of a fixture in one commit.
pub fn of(fixture: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/layouts")
        .join(fixture);
    for (path, bytes) in contents(&from) {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "as it was"]);
    dir
}

/// Calls `init`, and proves that everything that was there keeps every byte. What it said, and what
/// it wrote.
pub fn init(dir: &Path, args: &[&str]) -> (Said, Vec<String>) {
    let before = contents(dir);
    let mut all = vec!["init"];
    all.extend(args);
    let said = program(dir, &all);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let after = contents(dir);
    for (path, bytes) in &before {
        assert_eq!(after.get(path), Some(bytes), "{path}");
    }
    assert_eq!(git(dir, &["diff", "HEAD"]).out, "");
    let new = after.keys().filter(|path| !before.contains_key(*path));
    (said, new.cloned().collect())
}

/// `init` once more does nothing.
pub fn init_again(dir: &Path, args: &[&str]) {
    let (said, new) = init(dir, args);
    assert!(said.out.contains("Nothing to do"), "{}", said.out);
    assert_eq!(new, Vec::<String>::new());
}

/// `check` finds nothing but hints.
pub fn check(dir: &Path, args: &[&str]) {
    let mut all = vec!["check"];
    all.extend(args);
    let said = program(dir, &all);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

/// The prompts of a run by stage, without starting it.
pub fn prompts(dir: &Path, args: &[&str]) -> BTreeMap<String, String> {
    let mut all = vec!["run", "--dry-run", "--json"];
    all.extend(args);
    let said = program(dir, &all);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let sheet = objects(&said).into_iter().find(|o| o["stages"].is_array());
    let sheet = sheet.unwrap_or_else(|| panic!("{}", said.out));
    let stages = sheet["stages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    stages
        .map(|stage| (text(&stage["id"]), text(&stage["prompt"])))
        .collect()
}

/// That a text stands in the prompts of exactly these stages.
pub fn in_prompts_of(prompts: &BTreeMap<String, String>, text: &str, stages: &[&str]) {
    let with: Vec<&str> = prompts
        .iter()
        .filter(|(_, prompt)| prompt.contains(text))
        .map(|(stage, _)| stage.as_str())
        .collect();
    let mut wanted = stages.to_vec();
    wanted.sort_unstable();
    assert_eq!(with, wanted, "{text}");
}

/// That a file is one item of a stage's prompt, and not two.
pub fn item_once(prompts: &BTreeMap<String, String>, stage: &str, file: &str) {
    let prompt = &prompts[stage];
    let begins = |line: &&str| line.starts_with("<<<DATA") && line.ends_with(&format!(" {file}"));
    let count = prompt.lines().filter(begins).count();
    assert_eq!(count, 1, "{file} in\n{prompt}");
}
