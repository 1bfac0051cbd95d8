//! The uncommitted changes of a checkout, taken along: what a run starts from then holds them as a
//! commit of their own.
//!
//! They are taken in by an index of their own, so the person's index, files, stash and branch stay
//! as they are, byte for byte.

use super::CannotBegin;
use super::ground::Ground;
use crate::git::Index;
use crate::git::diff::How;
use crate::records::project::Project;
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// An untracked file larger than this is not taken along.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The content of a checkout with its uncommitted changes, and without those files of the harness
/// that a run uses as they are. `None`: nothing differs from the commit.
pub fn take(project: &Project, ground: &Ground) -> Result<Option<Oid>, CannotBegin> {
    let git = project.git();
    let kept = Scratch::of(project);
    let own = project.repository.git_dir.join("index");
    let index = if own.exists() {
        Index::from_copy_of(&own, &git, &kept.0)?
    } else {
        let index = Index::at(&git, &kept.0);
        index.read_tree(&ground.base)?;
        index
    };
    let unknown = index.untracked()?;
    refuse_large(project.home(), &unknown)?;
    index.add_all()?;
    let used = ground.used();
    let differing = index.diff(&ground.base)?;
    // A repository of its own, which git would take in as a link to nowhere.
    let foreign = |path: &str, how: How| {
        how == How::Added
            && unknown
                .iter()
                .any(|u| u.strip_suffix('/').is_some_and(|u| u == path))
    };
    let stays: Vec<PathBuf> = differing
        .iter()
        .filter(|d| is_below(&d.path, &used) || is_passing(&d.path) || foreign(&d.path, d.how))
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

fn refuse_large(home: &Path, unknown: &[String]) -> Result<(), CannotBegin> {
    let size = |path: &String| {
        let meta = std::fs::symlink_metadata(home.join(path)).ok()?;
        (meta.is_file() && meta.len() > LARGEST).then_some(meta.len())
    };
    let large: Vec<String> = unknown
        .iter()
        .filter_map(|path| size(path).map(|size| format!("  {path} ({} MiB)", size >> 20)))
        .collect();
    if large.is_empty() {
        return Ok(());
    }
    Err(CannotBegin::TooLarge(large))
}

/// An index that goes when it is not needed any more.
struct Scratch(PathBuf);

impl Scratch {
    fn of(project: &Project) -> Self {
        let name = format!("taken-{}.index", uuid::Uuid::new_v4());
        Self(project.repository.git_dir.join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a scratch file that nobody looks for.
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_added_extension("lock"));
    }
}
