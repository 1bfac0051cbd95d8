//! What else is looked at where an attempt works in the user's checkout: its index, what lies apart,
//! repositories and special files that were made there. All of it is told, and none is put back.

use super::engine::Engine;
use super::walk::Seen;
use super::{After, GuardError};
use crate::git::Repository;
use crate::stage::spec::AttemptSpec;
use crate::terms::{Digest, Finding, Place as At};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What of the harness folder an agent may not change and people rarely do.
const ORDERS: [&str; 5] = [
    "harness.yaml",
    "harness.local.yaml",
    "workflows",
    "roles",
    "templates",
];
/// How many files are looked at, and how large each may be.
const MOST: usize = 2000;
const LARGEST: u64 = 4 * 1024 * 1024;

/// A checkout as it was before an attempt.
#[derive(Debug)]
pub(super) struct Place {
    staged: Digest,
    orders: BTreeMap<PathBuf, Digest>,
    task: Option<Digest>,
    nested: BTreeSet<PathBuf>,
    special: BTreeSet<PathBuf>,
    engine: Engine,
}

impl Place {
    pub(super) fn of(
        spec: &AttemptSpec,
        repository: &Repository,
        submodules: &[String],
    ) -> Result<Self, GuardError> {
        let seen = Seen::of(&spec.tree, submodules);
        Ok(Self {
            staged: staged(repository)?,
            orders: orders(spec),
            task: task(spec),
            engine: Engine::of(spec),
            nested: seen.repositories.into_iter().collect(),
            special: seen.special.into_iter().collect(),
        })
    }

    /// Tells what differs now. `closed`: the engine's folder was closed to what ran.
    pub(super) fn compare(
        &self,
        spec: &AttemptSpec,
        closed: bool,
        (repository, seen): (&Repository, &Seen),
        after: &mut After,
    ) -> Result<(), GuardError> {
        if staged(repository)? != self.staged {
            after.tampering.push(
                Finding::new(
                    "guard/index-changed",
                    "what is staged in your checkout changed during the attempt",
                )
                .remedy("see with `git diff --cached` whether you staged it yourself; if not, `git restore --staged` undoes it"),
            );
        }
        if !closed {
            self.engine.compare(spec, after);
        }
        let now = orders(spec);
        let paths: BTreeSet<&PathBuf> = self.orders.keys().chain(now.keys()).collect();
        for path in paths {
            if self.orders.get(path) != now.get(path) {
                after
                    .overreach
                    .push(left(path, "changed, which no stage may"));
            }
        }
        if task(spec) != self.task
            && let Some(task) = &spec.task
        {
            after.notes.push(format!(
                "{} was changed during the attempt; in place nobody can tell by whom",
                task.path
            ));
        }
        for folder in seen
            .repositories
            .iter()
            .filter(|f| !self.nested.contains(*f))
        {
            after
                .overreach
                .push(left(folder, "a git repository was made there"));
        }
        if spec.own_repository.is_some() && spec.tree.join(".git").symlink_metadata().is_ok() {
            let what = "a git repository was made in the folder, which was in none";
            after.overreach.push(left(Path::new(".git"), what));
        }
        for path in seen.special.iter().filter(|p| !self.special.contains(*p)) {
            let what = "a FIFO, a socket or a device was made there";
            after.overreach.push(left(path, what));
        }
        Ok(())
    }
}

fn left(path: &Path, what: &str) -> Finding {
    Finding::new("guard/overreach", what)
        .at(At::file(path.display().to_string()))
        .remedy("it is left as it is; see whether you did it yourself")
}

/// What is staged in the checkout. Its index may be written anew with the same in it.
fn staged(repository: &Repository) -> Result<Digest, GuardError> {
    let git = repository.git();
    let held = git.call(["ls-files", "-z", "--stage"]).run()?;
    Ok(Digest::of(held))
}

fn task(spec: &AttemptSpec) -> Option<Digest> {
    let task = spec.task.as_ref()?;
    Some(Digest::of(std::fs::read(task.path.under(&spec.home)).ok()?))
}

fn orders(spec: &AttemptSpec) -> BTreeMap<PathBuf, Digest> {
    let harness = spec.harness.under(&spec.home);
    let mut waiting: Vec<PathBuf> = ORDERS.iter().map(|name| harness.join(name)).collect();
    let mut found = BTreeMap::new();
    while let Some(path) = waiting.pop() {
        let Ok(meta) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        if meta.is_dir() {
            let below = std::fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(below.take(MOST).map(|e| e.path()));
        } else if found.len() < MOST && meta.is_file() && meta.len() <= LARGEST {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let name = path.strip_prefix(&spec.home).unwrap_or(&path).to_owned();
            found.insert(name, Digest::of(bytes));
        }
    }
    found
}
