//! The uncommitted changes of a checkout, taken along: what a run starts from then holds them as a
//! commit of their own.
//!
//! They are taken in by an index of their own, so the person's index, files, stash and branch stay
//! as they are, byte for byte.

use super::CannotBegin;
use super::ground::Ground;
use crate::git::diff::How;
use crate::git::{DiffEntry, GitError, Index, Scratch, path_from};
use crate::records::project::Project;
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// An untracked file larger than this is not taken along.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The content of a checkout with its uncommitted changes, and without those files of the harness
/// that a run uses as they are. `None`: nothing differs from the commit.
pub fn take(project: &Project, ground: &Ground) -> Result<Option<Oid>, CannotBegin> {
    let git = project.git();
    let kept = Scratch::within(&project.repository.git_dir);
    let own = project.repository.git_dir.join("index");
    let index = if own.exists() {
        Index::from_copy_of(&own, &git, kept.path())?
    } else {
        let index = Index::at(&git, kept.path());
        index.read_tree(&ground.base)?;
        index
    };
    let unknown = unknown(&index)?;
    refuse_large(project.home(), &unknown)?;
    index.add_all()?;
    let used = ground.used();
    let differing = index.diff(&ground.base)?;
    // A repository of its own, which git would take in as a link to nowhere.
    let foreign = |entry: &DiffEntry| entry.how == How::Added && entry.is_gitlink();
    let stays: Vec<PathBuf> = differing
        .iter()
        .filter(|d| is_below(&d.path, &used) || is_passing(&d.path) || foreign(d))
        .map(|d| d.name.clone())
        .collect();
    if stays.len() == differing.len() {
        return Ok(None);
    }
    index.reset_paths(&ground.base, &stays)?;
    Ok(Some(index.write_tree()?))
}

fn is_below(path: &str, folders: &[String]) -> bool {
    folders.iter().any(|folder| {
        path.strip_prefix(folder.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether it is a temporary file of a writer of ours.
fn is_passing(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with('.')
        && Path::new(name)
            .extension()
            .is_some_and(|end| end == "tmp" || end == "swap")
}

/// Files that git does not know and does not ignore.
fn unknown(index: &Index) -> Result<Vec<PathBuf>, GitError> {
    let listed = index
        .call(["ls-files", "-z", "--others", "--exclude-standard"])
        .run()?;
    let names = listed.split(|b| *b == 0).filter(|name| !name.is_empty());
    Ok(names.map(path_from).collect())
}

fn refuse_large(home: &Path, unknown: &[PathBuf]) -> Result<(), CannotBegin> {
    let size = |path: &PathBuf| {
        let meta = std::fs::symlink_metadata(home.join(path)).ok()?;
        (meta.is_file() && meta.len() > LARGEST).then_some(meta.len())
    };
    let large: Vec<String> = unknown
        .iter()
        .filter_map(|path| {
            size(path).map(|size| format!("  {} ({} MiB)", path.display(), size >> 20))
        })
        .collect();
    if large.is_empty() {
        return Ok(());
    }
    Err(CannotBegin::TooLarge(large))
}
