//! Which folders are a project's harness folder, and which only have its name.
//!
//! A name proves nothing: a test harness, a chart or a package may be called `harness` too. Ours is
//! one that holds settings of this format, a backlog, a workflow of stages or a task definition.

use super::{APART, HARNESS};
use crate::documents::backlog;
use crate::documents::task::name;
use crate::documents::yaml;
use crate::store::fs::{Disk, Fs, Kind};
use std::path::Path;

/// Largest file that is looked into.
const MAX_BYTES: u64 = 256 * 1024;
/// How many workflows are looked into.
const MAX_WORKFLOWS: usize = 50;
/// Keys at least one of which settings of ours have.
const KEYS: [&str; 15] = [
    "default_workflow",
    "agents",
    "approvals",
    "budget",
    "isolation",
    "profiles",
    "branch",
    "tree",
    "root",
    "paths",
    "land",
    "statuses",
    "resume",
    "sandbox",
    "run_state",
];

/// The name of the harness folder that lies in this folder, where one does.
pub(super) fn below(folder: &Path) -> Option<&'static str> {
    [HARNESS, APART]
        .into_iter()
        .find(|name| is_harness(&folder.join(name)))
}

/// Whether a folder is a harness folder.
pub fn is_harness(folder: &Path) -> bool {
    let settings = folder.join("harness.yaml");
    match Disk.stat(&settings) {
        Ok(Some(_)) => return is_settings(&settings),
        Ok(None) => {}
        // What can't be looked at is said where it is read.
        Err(_) => return folder.is_dir(),
    }
    let has = |place: &&str| folder.join(place).is_file();
    backlog::PLACES.iter().any(has)
        || has_task(&folder.join("tasks"))
        || has_workflow(&folder.join("workflows"))
}

/// Whether these are settings of ours. Empty and broken ones are: what is wrong with them is to be
/// said, and not passed over.
fn is_settings(path: &Path) -> bool {
    let Ok(bytes) = Disk.read(path, MAX_BYTES) else {
        return true;
    };
    let text = String::from_utf8_lossy(&bytes);
    let ours = |key: &str, value: &str| KEYS.contains(&key) || (key == "version" && value == "1");
    if let Some(root) = yaml::parse("harness.yaml", &text).root {
        let entries = root.entries();
        let has = |(key, node): &(yaml::Key, yaml::Node)| {
            ours(&key.text, &node.scalar().unwrap_or_default())
        };
        return entries.is_empty() || entries.iter().any(has);
    }
    let mut keys = text.lines().filter_map(key).peekable();
    keys.peek().is_none() || keys.any(|(key, value)| ours(key, value))
}

/// The key that a line at the left margin has, and its value.
fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim_start_matches('\u{feff}').split_once(':')?;
    let word = !key.is_empty() && !key.starts_with([' ', '\t', '#', '-', '{', '[']);
    word.then(|| (key.trim().trim_matches(['"', '\'']), value.trim()))
}

fn names(folder: &Path) -> Vec<String> {
    match Disk.stat(folder) {
        Ok(Some(stat)) if stat.kind == Kind::Dir => Disk.list(folder).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn has_task(folder: &Path) -> bool {
    names(folder).iter().any(|n| name::task_id_of(n).is_some())
}

/// Other programs have workflows too; ours have stages with ids.
fn has_workflow(folder: &Path) -> bool {
    let mut names = names(folder);
    names.retain(|n| [".yaml", ".yml"].iter().any(|end| n.ends_with(end)));
    names.iter().take(MAX_WORKFLOWS).any(|name| {
        let Ok(bytes) = Disk.read(&folder.join(name), MAX_BYTES) else {
            return false;
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        lines.any(|l| l.starts_with("stages:")) && text.contains("id:")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    fn of(files: &[(&str, &str)]) -> Option<&'static str> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            put(dir.path(), path, text);
        }
        below(dir.path())
    }

    #[test]
    fn ours_is_known_by_what_it_holds() {
        for file in [
            ("harness/harness.yaml", "version: 1\n"),
            ("harness/harness.yaml", ""),
            ("harness/harness.yaml", "# only\n- a list\n"),
            ("harness/harness.yaml", "\u{feff}agents: []\n"),
            ("harness/harness.yaml", "{\"version\":1,\"agents\":[]}\n"),
            ("harness/harness.yaml", "agents: [\n  - x: }\n"),
            ("harness/harness.yaml", "{ agents: [\n"),
            ("harness/backlog.md", "# Ideas\n"),
            ("harness/backlog/backlog.md", "# Ideas\n"),
            ("harness/tasks/T001-one.md", "# Task T001\n"),
            ("harness/workflows/x.yml", "stages:\n  - id: a\n"),
        ] {
            assert_eq!(of(&[file]), Some(HARNESS), "{file:?}");
        }
        let apart = [
            ("harness/Makefile", "all:\n"),
            (".harness-tui/harness.yaml", "version: 1\n"),
        ];
        assert_eq!(of(&apart), Some(APART));
    }

    #[test]
    fn a_name_alone_makes_none() {
        for file in [
            ("harness/Chart.yaml", "apiVersion: v2\n"),
            ("harness/tasks/main.yml", "- name: x\n"),
            ("harness/workflows/ci.yml", "on: push\njobs: {}\n"),
            ("harness/harness.yaml", "pipeline:\n  name: x\n  stages:\n"),
            ("harness/harness.yaml", "{\"pipeline\": {}}\n"),
            ("harness/test_harness.c", "int main;\n"),
            ("harness", "#!/bin/sh\n"),
        ] {
            assert_eq!(of(&[file]), None, "{file:?}");
        }
    }
}
