//! Submodules that a run's tree would lack: those that the checkout has empty folders for.

use super::harness::Harness;
use crate::documents::settings::{RunDef, Submodules};
use crate::store::fs::{Disk, Fs};
use crate::terms::{Finding, Place};
use std::path::Path;

/// Largest list of submodules that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// The code of the finding; it is advice.
pub const CODE: &str = "tree/submodules";

/// The submodules that would be empty in a run's tree because the checkout has them empty. None
/// where the settings want all or no submodules, or where a set-up command speaks of them: which it
/// fetches is its own affair.
pub fn left_empty<'a>(
    home: &Path,
    wanted: Submodules,
    setup: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    if wanted != Submodules::Used || setup.into_iter().any(|line| line.contains("submodule")) {
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
        .filter(|path| !home.join(path).join(".git").exists())
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
    let text = line(&left_empty(
        home,
        settings.tree.submodules,
        setup.iter().map(String::as_str),
    ))?;
    Some(
        Finding::new(CODE, text)
            .at(Place::file(&settings.file))
            .remedy("where the work needs them, have them here (`git submodule update --init`) or write `tree: { submodules: all }`; where it does not, write `submodules: none`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};

    #[test]
    fn submodules_are_told_where_nothing_brings_them() {
        let (_dir, git) = repository();
        let used =
            |setup: &[&'static str]| left_empty(git.dir(), Submodules::Used, setup.iter().copied());
        assert_eq!(line(&used(&[])), None);
        put(
            git.dir(),
            ".gitmodules",
            "[submodule \"a\"]\n\tpath = deps/a\n\turl = ../path=x\n[submodule \"b\"]\n\tpath = b\n",
        );
        let told = used(&["npm ci"]);
        assert_eq!(told, ["deps/a", "b"]);
        assert!(line(&told).unwrap().ends_with("deps/a and 1 more"));
        let fetched = used(&["git submodule update --init"]);
        assert!(fetched.is_empty());
        for other in [Submodules::All, Submodules::None] {
            assert!(left_empty(git.dir(), other, []).is_empty());
        }
        put(git.dir(), "b/.git", "gitdir: there\n");
        assert_eq!(used(&[]), ["deps/a"]);
    }
}
