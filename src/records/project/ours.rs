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
/// Keys that only settings of ours have: one of them is enough.
const OWN_KEYS: [&str; 8] = [
    "default_workflow",
    "approvals",
    "isolation",
    "profiles",
    "land",
    "statuses",
    "resume",
    "run_state",
];
/// Keys that settings of others may have, too.
const COMMON_KEYS: [&str; 10] = [
    "agents",
    "budget",
    "branch",
    "tree",
    "root",
    "paths",
    "on",
    "sandbox",
    "max_parallel",
    "version",
];

/// What settings say of whose they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// Ours.
    Ours,
    /// Perhaps ours: what else lies there decides.
    Perhaps,
    /// Somebody else's.
    Others,
}

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
        Ok(Some(_)) => match whose(&settings) {
            Says::Ours => return true,
            Says::Perhaps => {}
            Says::Others => return false,
        },
        Ok(None) => {}
        // What can't be looked at is said where it is read.
        Err(_) => return folder.is_dir(),
    }
    let has = |place: &&str| folder.join(place).is_file();
    backlog::PLACES.iter().any(has)
        || has_task(&folder.join("tasks"))
        || has_workflow(&folder.join("workflows"))
}

/// Whose settings these are. Empty and broken ones are ours: what is wrong with them is to be said,
/// and not passed over.
fn whose(path: &Path) -> Says {
    let Ok(bytes) = Disk.read(path, MAX_BYTES) else {
        return Says::Ours;
    };
    let text = String::from_utf8_lossy(&bytes);
    if let Some(root) = yaml::parse("harness.yaml", &text).root {
        return whose_keys(root.entries());
    }
    let mut keys = text.lines().filter_map(key).peekable();
    let known = |key: &str| OWN_KEYS.contains(&key) || COMMON_KEYS.contains(&key);
    let ours = |(key, value)| known(key) && (key != "version" || value == "1");
    if keys.peek().is_none() || keys.any(ours) {
        Says::Ours
    } else {
        Says::Others
    }
}

fn whose_keys(entries: &[(yaml::Key, yaml::Node)]) -> Says {
    let (mut common, mut strange) = (0, 0);
    let mut agents = false;
    for (key, node) in entries {
        let key = key.text.as_str();
        let ours = match key {
            "version" => node.scalar().as_deref() == Some("1"),
            "agents" => are_agents(node),
            key => OWN_KEYS.contains(&key),
        };
        if ours {
            return Says::Ours;
        }
        // Those of our format were taken for ours by now.
        agents |= key == "agents";
        let is_common = !["agents", "version"].contains(&key) && COMMON_KEYS.contains(&key);
        if is_common {
            common += 1;
        } else {
            strange += 1;
        }
    }
    match common {
        0 if strange == 0 => Says::Ours,
        0 if !agents => Says::Others,
        2.. if common > strange => Says::Ours,
        _ => Says::Perhaps,
    }
}

/// Whether each of a list has the name and the driver that an agent of ours has.
fn are_agents(node: &yaml::Node) -> bool {
    let has = |item: &yaml::Node, name: &str| item.entries().iter().any(|(k, _)| k.text == name);
    let may_be = matches!(node.value, yaml::Value::Seq(_) | yaml::Value::Broken);
    may_be && { node.items().iter() }.all(|item| has(item, "name") && has(item, "driver"))
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
            (
                "harness/harness.yaml",
                "agents: [{ name: a, driver: claude }]\n",
            ),
            ("harness/harness.yaml", "agnets: []\nisolation: in-place\n"),
            (
                "harness/harness.yaml",
                "budget: { cost_usd: 1 }\ntree: {}\n",
            ),
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
    fn what_settings_leave_open_the_rest_decides() {
        let settings = ("harness/harness.yaml", "branch: 'x/{run}'\nagnets: []\n");
        assert_eq!(of(&[settings]), None);
        let task = ("harness/tasks/T001-one.md", "# Task T001\n");
        assert_eq!(of(&[settings, task]), Some(HARNESS));
    }

    #[test]
    fn a_name_alone_makes_none() {
        for file in [
            ("harness/Chart.yaml", "apiVersion: v2\n"),
            ("harness/tasks/main.yml", "- name: x\n"),
            ("harness/workflows/ci.yml", "on: push\njobs: {}\n"),
            ("harness/harness.yaml", "pipeline:\n  name: x\n  stages:\n"),
            ("harness/harness.yaml", "{\"pipeline\": {}}\n"),
            ("harness/harness.yaml", "agents: [{ host: a }]\n"),
            ("harness/harness.yaml", "branch: main\n"),
            (
                "harness/harness.yaml",
                "agents: [{ host: a }]\nbranch: main\nresources: {}\n",
            ),
            (
                "harness/harness.yaml",
                "{\"agents\": [{\"host\": \"a\"}]}\n",
            ),
            ("harness/harness.yaml", "version: 2\nservices: {}\n"),
            ("harness/test_harness.c", "int main;\n"),
            ("harness", "#!/bin/sh\n"),
        ] {
            assert_eq!(of(&[file]), None, "{file:?}");
        }
    }
}
