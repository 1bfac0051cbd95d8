//! Newer shipped roles, templates and workflows, merged into what a person made of the earlier ones.
//!
//! Law: an edit of a person's is never lost. A file is written whole, with both sides in it, or not at
//! all; where both changed one place, that place is named.

mod ends;
mod merge;

use super::files::{self, CannotWrite};
use super::shipped::{CannotRead, Shipped};
use super::word::{self, Written};
use super::{CannotSetUp, Proposal};
use crate::engine::Person;
use crate::git::Git;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::Disk;
use crate::store::inside::read_inside;
use crate::store::swap::replace_cas;
use crate::terms::{Digest, Oid, RepoPath};
use ends::Ends;
use merge::{Merged, merge};

/// Largest file that is merged.
const MAX_BYTES: u64 = 1024 * 1024;
/// How many earlier versions of a file are looked at for the one that was shipped.
const MOST_VERSIONS: usize = 200;

/// Why nothing can be said of newer versions.
#[derive(Debug, thiserror::Error)]
pub enum CannotUpgrade {
    /// There is no harness.
    #[error("there is no harness here yet; `harness-tui init` makes one")]
    NoHarness,
    /// What was shipped can't be read.
    #[error(transparent)]
    Shipped(#[from] CannotRead),
    /// The place.
    #[error(transparent)]
    Place(#[from] CannotSetUp),
    /// The files.
    #[error(transparent)]
    Files(#[from] CannotWrite),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A path that is none of the files that are shipped.
    #[error(
        "{0} is no file with a newer version to settle; `harness-tui init --upgrade` lists them"
    )]
    NotShipped(String),
    /// A file changed after it was looked at.
    #[error("{0} changed meanwhile, so it was left; try again")]
    Changed(String),
}

/// What is to become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// Nobody edited it: it becomes what is shipped now.
    Taken,
    /// It was edited, and the newer version fits in.
    Merged,
    /// Both changed one place: lines of the file as it is, from 1. It stays.
    Conflict(Vec<usize>),
    /// It was edited, and the text that was shipped before is not to be found. It stays.
    Unknown,
    /// What was shipped before was not written down, so it can't be told whether it was edited. It
    /// stays.
    Unrecorded,
}

/// A file with a newer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// Its path from the repository's root.
    pub path: RepoPath,
    /// What is to become of it.
    pub becomes: Becomes,
    /// Its text as it is.
    pub is: String,
    /// What it would become; of one that stays, what is shipped now.
    pub text: String,
    /// Its path below the harness folder.
    name: String,
    /// What is shipped now.
    shipped: String,
}

impl Newer {
    /// Whether it can be written.
    pub fn fits(&self) -> bool {
        matches!(self.becomes, Becomes::Taken | Becomes::Merged)
    }
}

/// What an upgrade would do, looked at and not done.
#[derive(Debug)]
pub struct Upgrade {
    /// Where it stands, and what is missing there.
    pub proposal: Proposal,
    /// The files that have a newer version, in the order of their paths.
    pub newer: Vec<Newer>,
    shipped: Shipped,
}

impl Upgrade {
    /// Looks.
    pub fn of(proposal: Proposal) -> Result<Self, CannotUpgrade> {
        let project = &proposal.project;
        if !project.is_set_up() {
            return Err(CannotUpgrade::NoHarness);
        }
        let known = Shipped::read(project)?;
        let fresh = files::shipped_of(&proposal.found);
        let shipped = known.unwrap_or(fresh);
        let harness = Harness::load(project);
        let now = files::fitted(project, &harness.settings.paths, &shipped, &proposal.layout);
        let mut newer = Vec::new();
        for file in now {
            newer.extend(look(project, &shipped, file));
        }
        newer.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            proposal,
            newer,
            shipped,
        })
    }

    /// Writes what fits; the paths that were written. A file that changed since it was looked at is
    /// left, and nothing behind it is written.
    pub fn write(&mut self) -> Result<Vec<String>, CannotUpgrade> {
        let project = &self.proposal.project;
        let mut wrote = Vec::new();
        for file in self.newer.iter().filter(|f| f.fits()) {
            if text_of(project, &file.path).as_deref() != Some(&file.is) {
                return Err(CannotUpgrade::Changed(file.path.to_string()));
            }
            put(project, file)?;
            match file.becomes {
                Becomes::Taken => self.shipped.put(project, &file.name, &file.shipped),
                _ => self.shipped.put_merged(&file.name, &file.shipped),
            }
            // Written down at once: a file that is new must not be taken for an edited old one.
            self.shipped.write(project)?;
            wrote.push(file.path.to_string());
        }
        Ok(wrote)
    }

    /// Trusts what was written, where nothing of somebody else's is trusted by that.
    pub fn trust(&self, wrote: &[String], by: &Person) {
        let is = |file: &&Newer| wrote.iter().any(|w| w == file.path.as_str());
        let written = self.newer.iter().filter(is).map(|file| Written {
            path: &file.name,
            was: &file.is,
            text: &file.text,
        });
        word::give(&self.proposal, &written.collect::<Vec<_>>(), by);
    }

    /// Leaves files as they are, for what is shipped now was looked at: it is not offered again.
    pub fn keep(&mut self, paths: &[String]) -> Result<(), CannotUpgrade> {
        for path in paths {
            let is = |f: &&Newer| f.path.as_str() == path || f.name == *path;
            let Some(file) = self.newer.iter().find(is) else {
                return Err(CannotUpgrade::NotShipped(path.clone()));
            };
            self.shipped.put_merged(&file.name, &file.shipped);
        }
        self.shipped.write(&self.proposal.project)?;
        self.newer
            .retain(|f| !paths.iter().any(|p| f.path.as_str() == p || f.name == *p));
        Ok(())
    }
}

/// A file against what is shipped now; `None`: there is nothing newer, or it is not there. What is
/// shipped ends its lines with LF; a file that ends them all with CRLF keeps those.
fn look(project: &Project, shipped: &Shipped, file: files::Missing) -> Option<Newer> {
    let path = project.inside(&file.path).ok()?;
    let is = text_of(project, &path)?;
    let ends = Ends::of(&is);
    let plain = Ends::plain(&is);
    let before = shipped.digest(&file.path);
    if plain == file.text || before == Some(&Digest::of(&file.text)) {
        return None;
    }
    let taken = before == Some(&Digest::of(plain.as_ref()));
    let base = before.filter(|_| !taken).and_then(|digest| {
        let kept = shipped.text(&file.path).map(str::to_owned);
        kept.filter(|text| Digest::of(text) == *digest)
            .or_else(|| in_history(project, &path, digest))
    });
    let (becomes, text) = match base.map(|base| merge(&base, &plain, &file.text)) {
        _ if taken => (Becomes::Taken, file.text.clone()),
        Some(Merged::Clean(text)) => (Becomes::Merged, text),
        Some(Merged::Conflicts(lines)) => (Becomes::Conflict(lines), file.text.clone()),
        None if before.is_none() => (Becomes::Unrecorded, file.text.clone()),
        None => (Becomes::Unknown, file.text.clone()),
    };
    Some(Newer {
        path,
        becomes,
        text: ends.put(text),
        is,
        name: file.path,
        shipped: file.text,
    })
}

/// Puts a file's newer text in its place, unless something else is there by now: that stays.
fn put(project: &Project, file: &Newer) -> Result<(), CannotUpgrade> {
    let path = project.file(&file.path);
    let theirs = |_: &[u8], _: &[u8], theirs: &[u8]| theirs.to_vec();
    let (is, text) = (file.is.as_bytes(), file.text.as_bytes());
    if replace_cas(&Disk, &path, Some(is), text, &theirs)? == text {
        return Ok(());
    }
    Err(CannotUpgrade::Changed(file.path.to_string()))
}

fn text_of(project: &Project, path: &RepoPath) -> Option<String> {
    let bytes = read_inside(project.roots().of(path), path, MAX_BYTES).ok()?;
    String::from_utf8(bytes).ok()
}

/// The text of this digest among the earlier versions of a file.
fn in_history(project: &Project, path: &RepoPath, digest: &Digest) -> Option<String> {
    if !project.has_history() {
        return None;
    }
    let git: Git = project.git().careful();
    let most = format!("-{MOST_VERSIONS}");
    let commits = git
        .call(["log", "--format=%H", &most, "--"])
        .arg(path.as_str());
    let commits = commits.text().ok()?;
    let commits = commits
        .lines()
        .filter_map(|line| Oid::new(line.trim()).ok());
    { commits }.find_map(|commit| {
        let bytes = git.file_at(&commit, path.as_str()).ok()??;
        let text = String::from_utf8(bytes).ok()?;
        let text = Ends::plain(&text).into_owned();
        (Digest::of(&text) == *digest).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put as write, repository};

    #[test]
    fn what_changed_meanwhile_stays_to_the_last_moment() {
        let (dir, _) = repository();
        write(dir.path(), "harness/roles/build.md", "Mine\n");
        let project = Project::at(Git::discover(dir.path()).unwrap(), "harness").unwrap();
        let mut file = Newer {
            path: RepoPath::new("harness/roles/build.md").unwrap(),
            becomes: Becomes::Taken,
            is: "Old\n".to_owned(),
            text: "New\n".to_owned(),
            name: "roles/build.md".to_owned(),
            shipped: "New\n".to_owned(),
        };
        let refused = put(&project, &file).unwrap_err();
        assert!(matches!(refused, CannotUpgrade::Changed(_)), "{refused}");
        assert_eq!(text_of(&project, &file.path).unwrap(), "Mine\n");
        file.is = "Mine\n".to_owned();
        put(&project, &file).unwrap();
        assert_eq!(text_of(&project, &file.path).unwrap(), "New\n");
    }
}
