//! Submodules of the tree: what is changed inside of one is in no commit of this repository, and
//! can't be handed on. It must not vanish unsaid.

use super::{After, GuardError};
use crate::stage::setup::is_placed;
use crate::terms::{Finding, Place};
use ignore::WalkBuilder;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many files of one submodule are looked at.
const MOST_FILES: usize = 100_000;

/// A file by what shows that it was written: mode, size, and when it was changed.
type Stamp = (u32, u64, i64, i64);
type Stamps = BTreeMap<PathBuf, Stamp>;

/// What lay in each submodule before the attempt. Git is not asked inside of one: its configuration
/// is not looked at before.
#[derive(Debug, Default)]
pub(super) struct Modules {
    before: BTreeMap<String, Stamps>,
}

impl Modules {
    /// Looks at these submodules of a tree.
    pub(super) fn of(paths: &[String], tree: &Path) -> Self {
        let before = paths.iter().map(|path| {
            let stamps = stamps(&tree.join(path));
            (path.clone(), stamps)
        });
        Self {
            before: before.collect(),
        }
    }

    /// Finds what was changed inside of these submodules. What was put into one that is not there is
    /// moved to the attempt's folder; one that was fetched stays as it is now.
    pub(super) fn compare(
        &self,
        now: &[String],
        tree: &Path,
        dir: &Path,
        placed: &[String],
        after: &mut After,
    ) -> Result<(), GuardError> {
        let nothing = Stamps::new();
        for path in now.iter().filter(|p| !is_placed(&format!("{p}/"), placed)) {
            let folder = tree.join(path);
            let before = self.before.get(path).unwrap_or(&nothing);
            let Some(file) = changed_in(before, &folder) else {
                continue;
            };
            let place = format!("{path}/{}", file.display());
            let remedy = if before.is_empty() && !folder.join(".git").exists() {
                let kept = move_aside(&folder, dir, after.taken_back.len())?;
                after.taken_back.push(path.clone());
                format!(
                    "change only this repository; what was written is taken back and kept as {kept}"
                )
            } else {
                format!("change only this repository, and put {path} back as it was")
            };
            after.overreach.push(
                Finding::new(
                    "guard/submodule",
                    "changed inside a submodule, of which nothing can be handed on",
                )
                .at(Place::file(&place))
                .remedy(remedy),
            );
        }
        Ok(())
    }
}

impl Modules {
    /// Tells what was changed inside of these submodules, and leaves it.
    pub(super) fn tell(&self, now: &[String], tree: &Path, after: &mut After) {
        let nothing = Stamps::new();
        for path in now {
            let before = self.before.get(path).unwrap_or(&nothing);
            if let Some(file) = changed_in(before, &tree.join(path)) {
                after.overreach.push(
                    Finding::new(
                        "guard/submodule",
                        "changed inside a submodule, of which nothing can be handed on",
                    )
                    .at(Place::file(format!("{path}/{}", file.display())))
                    .remedy("it is left as it is; see whether you did it yourself"),
                );
            }
        }
    }
}

/// The first file in a submodule's folder that is not as it was.
fn changed_in(before: &Stamps, folder: &Path) -> Option<PathBuf> {
    let found = stamps(folder);
    found
        .iter()
        .find(|(file, stamp)| before.get(*file) != Some(*stamp))
        .map(|(file, _)| file)
        .or_else(|| before.keys().find(|file| !found.contains_key(*file)))
        .cloned()
}

/// The files below a folder that its own ignore files do not name, without git's.
fn stamps(folder: &Path) -> Stamps {
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .parents(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    walk.flatten()
        .filter(|entry| entry.file_type().is_some_and(|t| !t.is_dir()))
        .take(MOST_FILES)
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(folder).ok()?.to_owned();
            let meta = entry.path().symlink_metadata().ok()?;
            let changed = (meta.mtime(), meta.mtime_nsec());
            Some((path, (meta.mode(), meta.len(), changed.0, changed.1)))
        })
        .collect()
}

/// Moves what is in a folder into the attempt's, and leaves it empty. Gives the name it is kept by.
fn move_aside(folder: &Path, dir: &Path, n: usize) -> Result<String, GuardError> {
    let name = format!("submodule-{n}");
    let io = |source| GuardError::Io {
        path: folder.to_owned(),
        source,
    };
    // With the system's own program: the two folders may lie on different file systems.
    let output = Command::new("mv")
        .arg("--")
        .arg(folder)
        .arg(dir.join(&name))
        .output()
        .map_err(io)?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io(std::io::Error::other(words)));
    }
    std::fs::create_dir(folder).map_err(io)?;
    Ok(name)
}
