//! Files around the tree that git obeys, and ignored ones that matter: remembered before an
//! attempt, compared and put back after it.

use super::walk::Seen;
use super::{GuardError, ground};
use crate::git::{Index, Repository};
use crate::stage::apart::is_apart;
use crate::stage::spec::AttemptSpec;
use crate::terms::{Finding, Place, RepoPath};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Files larger than this are told apart by size and time alone, and can't be put back.
const LARGEST: u64 = 1024 * 1024;
/// How many files are remembered at most in one place.
const MOST: usize = 2000;
/// How many files are named to git one by one.
const MOST_NAMED: usize = 300;

/// One file as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    File {
        mode: u32,
        bytes: Vec<u8>,
    },
    Link(PathBuf),
    Large {
        len: u64,
        modified: Option<std::time::SystemTime>,
    },
}

type Kepts = BTreeMap<PathBuf, Kept>;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Around {
    tree: PathBuf,
    /// The run's harness folder, relative to the tree.
    harness: RepoPath,
    /// What the stage produces: that is its own, ignored or not.
    produced: Vec<PathBuf>,
    /// Places that git obeys and nobody but a person changes.
    obeyed: Vec<PathBuf>,
    obeyed_files: Kepts,
    /// The tree's own pointer to its git folder.
    pointer: Kepts,
    ignored: Kepts,
    /// What lies apart in a checkout, relative to it.
    apart: Vec<String>,
    index: Index,
}

/// What was found changed; it is put back.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) tampering: Vec<Finding>,
    pub(super) overreach: Vec<Finding>,
    pub(super) taken_back: Vec<String>,
}

impl Around {
    pub(super) fn of(
        repository: &Repository,
        index: &Index,
        spec: &AttemptSpec,
        seen: &Seen,
    ) -> Result<Self, GuardError> {
        let common = &repository.common_dir;
        let obeyed = vec![
            common.join("config"),
            common.join("config.worktree"),
            common.join("hooks"),
            common.join("info"),
            common.join("objects/info/alternates"),
            repository.git_dir.join("config.worktree"),
            // Which files a sparse checkout shows.
            repository.git_dir.join("info"),
            repository.git_dir.join("commondir"),
            repository.git_dir.join("gitdir"),
        ];
        let pointer = repository.top.join(".git");
        let mut around = Self {
            tree: repository.top.clone(),
            harness: spec.harness.clone(),
            produced: spec
                .stage
                .produces
                .iter()
                .map(|p| repository.top.join(p.path.as_str()))
                .collect(),
            obeyed_files: read_all(&obeyed),
            obeyed,
            pointer: if pointer.is_file() {
                read_all(&[pointer])
            } else {
                Kepts::new()
            },
            ignored: Kepts::new(),
            apart: spec.apart.clone().unwrap_or_default(),
            index: index.clone(),
        };
        around.ignored = around.read_ignored(seen)?;
        Ok(around)
    }

    /// Puts back what changed. The pointer comes first: without it git finds nothing here.
    pub(super) fn restore(
        &self,
        seen: &Seen,
        dir: &Path,
        confined: bool,
    ) -> Result<Changed, GuardError> {
        let mut changed = Changed::default();
        let places: Vec<PathBuf> = self.pointer.keys().cloned().collect();
        let mut touched = put_back(&self.pointer, &read_all(&places), dir)?;
        if !confined {
            touched.extend(put_back(&self.obeyed_files, &read_all(&self.obeyed), dir)?);
        }
        for path in touched {
            changed.tampering.push(
                Finding::new(
                    super::TAMPERED,
                    "a file that git obeys was changed during the attempt",
                )
                .at(Place::file(path.display().to_string()))
                .remedy(
                    "it is put back; what it was changed to is kept beside the attempt's record",
                ),
            );
        }
        for path in put_back(&self.ignored, &self.read_ignored(seen)?, dir)? {
            let name = path
                .strip_prefix(&self.tree)
                .unwrap_or(&path)
                .display()
                .to_string();
            changed.overreach.push(
                Finding::new(
                    "guard/overreach",
                    "an ignored file that is not the stage's was changed",
                )
                .at(Place::file(&name))
                .remedy(format!(
                    "leave {}/ and .env files alone; this is put back",
                    self.harness
                )),
            );
            changed.taken_back.push(name);
        }
        Ok(changed)
    }

    /// What changed, in a checkout: nothing is put back, for a person may have changed it. What git
    /// obeys is kept as it was before, so that they can.
    pub(super) fn differing(&self, seen: &Seen, dir: &Path) -> Result<Changed, GuardError> {
        let mut changed = Changed::default();
        let now = read_all(&self.obeyed);
        for path in differing(&self.obeyed_files, &now) {
            if let Some(Kept::File { bytes, .. }) = self.obeyed_files.get(path) {
                let kept = as_it_was(dir, path);
                ground::put(&kept, bytes, 0o600).map_err(|source| GuardError::Io {
                    path: kept.clone(),
                    source,
                })?;
            }
            changed.tampering.push(
                Finding::new(
                    super::TAMPERED,
                    "a file that git obeys was changed during the attempt",
                )
                .at(Place::file(path.display().to_string()))
                .remedy("see whether you changed it yourself; as it was before it is kept beside the attempt's record"),
            );
        }
        for path in differing(&self.ignored, &self.read_ignored(seen)?) {
            let name = path.strip_prefix(&self.tree).unwrap_or(path);
            changed.overreach.push(
                Finding::new(
                    "guard/overreach",
                    "an ignored file that is not the stage's was changed",
                )
                .at(Place::file(name.display().to_string()))
                .remedy("it is left as it is; see whether you changed it yourself"),
            );
        }
        Ok(changed)
    }

    fn lies_apart(&self, path: &Path) -> bool {
        let below = path.strip_prefix(&self.tree).unwrap_or(path);
        is_apart(&below.to_string_lossy(), &self.apart)
    }

    fn read_ignored(&self, seen: &Seen) -> Result<Kepts, GuardError> {
        let mut below = vec![OsString::from(format!(":(top,literal){}", self.harness))];
        if seen.env.len() <= MOST_NAMED {
            // Named, they are found without a look through every ignored folder.
            below.extend(seen.env.iter().map(|path| {
                let mut spec = OsString::from(":(top,literal)");
                spec.push(path);
                spec
            }));
        } else {
            below.push(":(top,glob)**/.env*".into());
        }
        let paths = self.index.ignored(&below)?.into_iter();
        let paths: Vec<PathBuf> = paths
            .map(|p| self.tree.join(p))
            .filter(|p| !self.produced.contains(p) && !self.lies_apart(p))
            .take(MOST)
            .collect();
        Ok(paths
            .into_iter()
            .filter_map(|p| Some((p.clone(), read_one(&p)?)))
            .collect())
    }
}

/// What is different in the two, in the order of the paths.
fn differing<'a>(before: &'a Kepts, now: &'a Kepts) -> Vec<&'a PathBuf> {
    before
        .keys()
        .chain(now.keys().filter(|p| !before.contains_key(*p)))
        .filter(|p| before.get(*p) != now.get(*p))
        .collect()
}

/// Where a file that git obeys is kept as it was before an attempt that changed it, in place.
pub fn as_it_was(dir: &Path, path: &Path) -> PathBuf {
    kept_as(dir, "was-", path)
}

/// The name under which a file is kept in the attempt's folder.
fn kept_as(dir: &Path, prefix: &str, path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mark = crate::terms::Digest::of(path.as_os_str().as_encoded_bytes());
    dir.join(format!("{prefix}{}-{name}", mark.short()))
}

fn read_all(places: &[PathBuf]) -> Kepts {
    let mut files = Kepts::new();
    let mut waiting: Vec<PathBuf> = places.to_vec();
    while let Some(path) = waiting.pop() {
        let folder = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_dir());
        if folder {
            let below = std::fs::read_dir(&path).into_iter().flatten().flatten();
            waiting.extend(below.take(MOST).map(|e| e.path()));
        } else if files.len() < MOST
            && let Some(kept) = read_one(&path)
        {
            files.insert(path, kept);
        }
    }
    files
}

/// Reads one file without ever waiting on a FIFO; nothing where there is nothing to keep.
fn read_one(path: &Path) -> Option<Kept> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    if meta.is_symlink() {
        return std::fs::read_link(path).ok().map(Kept::Link);
    }
    if meta.is_file() && meta.len() <= LARGEST {
        let bytes = std::fs::read(path).ok()?;
        return Some(Kept::File {
            mode: meta.permissions().mode() & 0o7777,
            bytes,
        });
    }
    Some(Kept::Large {
        len: meta.len(),
        modified: meta.modified().ok(),
    })
}

/// Makes `now` as it was `before`; gives what differed. What it was changed to is kept in `dir`.
fn put_back(before: &Kepts, now: &Kepts, dir: &Path) -> Result<Vec<PathBuf>, GuardError> {
    let differing = differing(before, now);
    for path in &differing {
        let failed = |source| GuardError::Io {
            path: (*path).clone(),
            source,
        };
        if let Some(Kept::File { bytes, .. }) = now.get(*path) {
            let kept = kept_as(dir, super::CHANGED, path);
            ground::put(&kept, bytes, 0o600).map_err(failed)?;
        }
        match before.get(*path) {
            Some(Kept::File { mode, bytes }) => {
                if std::fs::symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
                    std::fs::remove_dir_all(path).map_err(failed)?;
                }
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(failed)?;
                }
                ground::put(path, bytes, *mode).map_err(failed)?;
            }
            Some(Kept::Link(to)) => {
                let _ = std::fs::remove_file(path);
                std::os::unix::fs::symlink(to, path).map_err(failed)?;
            }
            Some(Kept::Large { .. }) => {}
            None => {
                let _ = std::fs::remove_file(path);
            }
        }
    }
    Ok(differing.into_iter().cloned().collect())
}
