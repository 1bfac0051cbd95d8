//! Submodules that a run's tree would lack: a fresh working tree holds an empty folder for each.

use super::harness::Harness;
use crate::documents::settings::RunDef;
use crate::store::fs::{Disk, Fs};
use crate::terms::{Finding, Place};
use std::path::Path;

/// Largest list of submodules that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// The code of the finding; it is advice.
pub const CODE: &str = "tree/submodules";

/// The submodules of a checkout that no set-up command of these speaks of; none where one does, for
/// which it fetches is its own affair.
pub fn not_fetched<'a>(home: &Path, setup: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if setup.into_iter().any(|line| line.contains("submodule")) {
        return Vec::new();
    }
    let bytes = Disk
        .read(&home.join(".gitmodules"), MAX_BYTES)
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter_map(|line| {
            let (name, path) = line.split_once('=')?;
            (name.trim() == "path").then(|| path.trim().to_owned())
        })
        .collect()
}

/// What is to be said of them in a line.
pub fn line(paths: &[String]) -> Option<String> {
    let (first, more) = paths.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!(
        "submodules are empty in a run's tree: {first}{more}"
    ))
}

/// The same as a finding of the settings.
pub fn advice(home: &Path, harness: &Harness) -> Option<Finding> {
    let words = |run: &RunDef| match run {
        RunDef::Shell(line) => line.clone(),
        RunDef::Argv(argv) => argv
            .iter()
            .map(|word| word.value.as_str())
            .collect::<Vec<_>>()
            .join(" "),
    };
    let settings = &harness.settings;
    let setup: Vec<String> = settings.tree.setup.iter().map(|c| words(&c.run)).collect();
    let text = line(&not_fetched(home, setup.iter().map(String::as_str)))?;
    Some(
        Finding::new(CODE, text)
            .at(Place::file(&settings.file))
            .remedy("where the work needs them, fetch them: `tree: { setup: [\"git submodule update --init\"] }`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};

    #[test]
    fn submodules_are_told_where_no_command_fetches_them() {
        let (_dir, git) = repository();
        assert_eq!(line(&not_fetched(git.dir(), [])), None);
        put(
            git.dir(),
            ".gitmodules",
            "[submodule \"a\"]\n\tpath = deps/a\n\turl = ../path=x\n[submodule \"b\"]\n\tpath = b\n",
        );
        let told = not_fetched(git.dir(), ["npm ci"]);
        assert_eq!(told, ["deps/a", "b"]);
        assert!(line(&told).unwrap().ends_with("deps/a and 1 more"));
        let fetched = not_fetched(git.dir(), ["git submodule update --init"]);
        assert!(fetched.is_empty());
    }
}
