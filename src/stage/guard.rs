//! The guard: what an attempt changed, what of that was its to change, and everything else put
//! back as it was.
//!
//! It compares with a private index that is made before the attempt, and never asks the tree's own
//! index. It looks at git's configuration before it lets git look at anything.

mod around;
mod engine;
mod in_place;
mod kept;
mod modules;
mod nested;
mod refs;
mod walk;

use super::apart::is_apart;
use super::ground;
use super::setup::is_placed;
use super::spec::AttemptSpec;
use super::writes::Writes;
use crate::git::diff::How;
use crate::git::{
    DiffEntry, Expected, Git, GitError, Head, Index, NewCommit, Repository, Standing,
};
use crate::stage::exit::{Change, ChangeKind};
use crate::terms::{Finding, Oid, Place};
use around::Around;
pub use around::as_it_was;
use kept::Kept;
use modules::Modules;
use refs::Refs;
use std::path::{Path, PathBuf};
use walk::Seen;

/// How large a patch of what is taken back, or of unfinished work, may be.
pub const PATCH_BYTES: usize = 64 * 1024 * 1024;

/// How the names begin under which an attempt's folder keeps what files were changed to that are
/// not git's to keep.
pub const CHANGED: &str = "changed-";

/// The code of a finding that a file which git obeys was changed.
pub const TAMPERED: &str = "guard/tampering";

/// Why the guard could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Git could not.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk could not.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// How things were before the attempt.
#[derive(Debug)]
pub struct Before {
    repository: Repository,
    index: Index,
    base: Oid,
    head: Head,
    refs: Refs,
    around: Around,
    /// Paths that are repositories of their own.
    submodules: Vec<String>,
    modules: Modules,
    /// What is looked at in a checkout that nothing is put back in.
    place: Option<in_place::Place>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct After {
    /// The tree that is handed on.
    pub tree: Option<Oid>,
    /// What changed against the checkpoint, as handed on.
    pub changes: Vec<Change>,
    /// What was changed outside the stage's writes and is taken back.
    pub taken_back: Vec<String>,
    /// What was touched that is never a stage's to touch.
    pub tampering: Vec<Finding>,
    /// What was written that was not its to write.
    pub overreach: Vec<Finding>,
    /// Messages of commits that the agent made itself, oldest first.
    pub folded: Vec<String>,
    /// Things to note.
    pub notes: Vec<String>,
}

impl Before {
    /// Looks at everything once, before the agent is started.
    pub fn look(spec: &AttemptSpec, dir: &Path) -> Result<Self, GuardError> {
        let Standing {
            repository,
            head,
            tree: base,
        } = Standing::of(&spec.tree, &spec.checkpoint)?;
        let git = repository.git();
        let index = first_index(spec, &repository, &dir.join("index"), &base)?;
        let submodules = index.submodules()?;
        // Neither touches what the other looks at.
        let (refs, around) = std::thread::scope(|both| {
            let refs = both.spawn(|| Refs::of(&git, dir));
            let seen = Seen::of(&spec.tree, &submodules);
            let around = Around::of(&repository, &index, spec, &seen);
            let refs = refs.join();
            (
                refs.unwrap_or_else(|p| std::panic::resume_unwind(p)),
                around,
            )
        });
        let place = match &spec.apart {
            Some(_) => Some(in_place::Place::of(spec, &repository, &submodules)?),
            None => None,
        };
        Ok(Self {
            head,
            place,
            modules: Modules::of(&submodules, &spec.tree),
            submodules,
            refs: refs?,
            around: around?,
            repository,
            index,
            base,
        })
    }

    /// Looks again after the agent and all it started are gone, and puts back what is not the
    /// stage's. `confined`: the kernel kept it from writing outside the tree, so that what changed
    /// in the git folder meanwhile is somebody else's work; in place, that it closed the engine's folder. `placed`: what set-up put there, which
    /// is nobody's change.
    pub fn compare(
        &self,
        spec: &AttemptSpec,
        dir: &Path,
        confined: bool,
        placed: &[String],
    ) -> Result<After, GuardError> {
        let mut after = After::default();
        let git = self.repository.git();
        let seen = Seen::of(&spec.tree, &self.submodules);
        // The git folder lies in the tree itself.
        let closed = confined;
        let confined = confined && self.place.is_none();
        let changed = if self.place.is_some() {
            self.around.differing(&seen, dir)?
        } else {
            for path in seen.read_by_git() {
                drop_special_file(spec, path, &mut after)?;
            }
            self.around.restore(&seen, dir, confined)?
        };
        let stop = self.place.is_some() && !changed.tampering.is_empty();
        after.tampering.extend(changed.tampering);
        after.overreach.extend(changed.overreach);
        after.taken_back.extend(changed.taken_back);
        if stop {
            // What git would do by it now is not known, and in place it is not put back.
            return Ok(after);
        }
        if !confined {
            self.refs.compare(spec, &self.repository, dir, &mut after)?;
        }
        self.fold_commits(spec, &git, &mut after)?;
        if let Some(place) = &self.place {
            place.compare(spec, closed, (&self.repository, &seen), &mut after)?;
            self.modules.tell(&self.submodules, &spec.tree, &mut after);
            if seen.read_by_git().next().is_some() {
                // Git would wait for it; a person has been told.
                return Ok(after);
            }
            let entries = self.leave(spec, dir, placed, &mut after)?;
            self.finish(spec, &entries, &mut after)?;
            return Ok(after);
        }
        self.modules
            .compare(&self.submodules, &spec.tree, dir, placed, &mut after)?;
        for found in nested::set_aside(&self.index, &seen, &spec.tree, dir, placed)? {
            after.overreach.push(
                Finding::new(
                    "guard/nested-repository",
                    "a git repository was made inside the tree",
                )
                .at(Place::file(&found))
                .remedy("leave git to the engine; write plain files"),
            );
            after.taken_back.push(format!("{found}/.git"));
        }
        if !seen.special.is_empty() {
            let special: Vec<&PathBuf> = seen.special.iter().collect();
            for path in self.index.holds(&special)? {
                drop_special_file(spec, &path, &mut after)?;
            }
        }
        let entries = self.take_back(spec, dir, placed, &mut after)?;
        self.finish(spec, &entries, &mut after)?;
        Ok(after)
    }

    /// Takes files in that the engine itself wrote after the comparison: what the stage produces.
    pub fn include(&self, spec: &AttemptSpec, after: &mut After) -> Result<(), GuardError> {
        let produced = spec.stage.produces.iter().map(|p| p.path.as_str());
        let there: Vec<&str> = produced
            .filter(|path| {
                let file = spec.tree.join(path);
                let plain = std::fs::symlink_metadata(&file).is_ok_and(|m| m.is_file());
                plain && !through_a_link(&spec.tree, &file)
            })
            .collect();
        self.index.add_files(&there)?;
        self.finish(spec, &self.index.diff(&self.base)?, after)
    }

    /// Takes the tree in, without what set-up placed. What the stage produces is handed on also
    /// where the repository ignores the place.
    fn take_in(&self, spec: &AttemptSpec, placed: &[String]) -> Result<(), GuardError> {
        self.index.add_all()?;
        let produced = spec.stage.produces.iter();
        let produced: Vec<&str> = produced.map(|p| p.path.as_str()).collect();
        self.index.add_ignored(&produced)?;
        let apart = spec.apart.as_deref().unwrap_or_default();
        if placed.is_empty() && apart.is_empty() {
            return Ok(());
        }
        let set_up: Vec<PathBuf> = self
            .index
            .diff(&self.base)?
            .into_iter()
            .filter(|e| {
                e.how == How::Added && is_placed(&e.path, placed) || is_apart(&e.path, apart)
            })
            .map(|e| e.name)
            .collect();
        self.index.reset_paths(&self.base, &set_up)?;
        Ok(())
    }

    /// Writes the difference of two trees as a patch; one that is too large is not kept, and that
    /// is noted.
    pub fn patch(
        &self,
        to: &Oid,
        paths: &[PathBuf],
        file: &Path,
        notes: &mut Vec<String>,
    ) -> Result<(), GuardError> {
        match self
            .repository
            .git()
            .patch(&self.base, to, paths, PATCH_BYTES)
        {
            Ok(patch) => ground::put(file, &patch, 0o600).map_err(|source| GuardError::Io {
                path: file.to_owned(),
                source,
            }),
            Err(GitError::TooMuch { .. }) => {
                notes.push(format!(
                    "{} is not kept: it would be larger than 64 MiB",
                    file.display()
                ));
                Ok(())
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Makes a commit of a tree on no branch, for a clean copy.
    pub fn loose_commit(&self, spec: &AttemptSpec, tree: &Oid) -> Result<Oid, GitError> {
        let git = self.repository.git();
        git.commit_tree(&NewCommit {
            tree,
            parents: std::slice::from_ref(&spec.checkpoint),
            message: "What is checked",
            trailers: &[],
            identity: &crate::git::Identity::fallback(),
            seconds: 1,
        })
    }

    /// The tree of the checkpoint.
    pub fn base(&self) -> &Oid {
        &self.base
    }

    /// What is handed on: what the index holds now, which differs from the base by `entries`.
    fn finish(
        &self,
        spec: &AttemptSpec,
        entries: &[DiffEntry],
        after: &mut After,
    ) -> Result<(), GuardError> {
        let tree = if entries.is_empty() {
            self.base.clone()
        } else {
            self.index.write_tree()?
        };
        let bytes = read(self.index.path())?;
        kept::put(spec, &bytes, &tree)?;
        after.tree = Some(tree);
        after.changes = entries.iter().map(change).collect();
        if spec.tree != spec.home {
            // The tree's own index shows what is handed on, whatever was done to it.
            let own = self.repository.git_dir.join("index");
            ground::put(&own, &bytes, 0o600)
                .map_err(|source| GuardError::Io { path: own, source })?;
        }
        Ok(())
    }

    /// Puts HEAD and the run's branch back where they were. Commits that were made on the way give
    /// their changes to the tree and their messages to the report.
    fn fold_commits(
        &self,
        spec: &AttemptSpec,
        git: &Git,
        after: &mut After,
    ) -> Result<(), GuardError> {
        if self.repository.surely_at(&self.head) {
            return Ok(());
        }
        let now = git.head()?;
        if now == self.head {
            return Ok(());
        }
        if spec.tree == spec.home {
            // The user's own branch is never moved by us, not even back.
            after.tampering.push(
                Finding::new(
                    "guard/head-moved",
                    "HEAD or its branch moved during the attempt",
                )
                .remedy("see whether you moved it yourself; if not, put it back with the reflog"),
            );
            return Ok(());
        }
        if let Some(commit) = &now.commit {
            let range = format!("{}..{commit}", spec.checkpoint);
            let made = git.log(&range, 200).unwrap_or_default();
            after
                .folded
                .extend(made.into_iter().rev().map(|e| e.message));
        }
        let Some(old) = &self.head.commit else {
            return Ok(());
        };
        match &self.head.branch {
            Some(branch) => {
                let at = git.resolve(branch).ok();
                match &at {
                    Some(at) if at == old => {}
                    Some(at) => git.update_ref(branch, old, Expected::At(at), "folded")?,
                    None => git.update_ref(branch, old, Expected::Absent, "put back")?,
                }
                git.call(["symbolic-ref", "-m", "put back", "HEAD", branch])
                    .run()?;
            }
            None => {
                git.call([
                    "update-ref",
                    "--no-deref",
                    "-m",
                    "folded",
                    "HEAD",
                    old.as_str(),
                ])
                .run()?;
            }
        }
        after.notes.push(format!(
            "folded: {} of the agent's own",
            crate::text::many(after.folded.len(), "commit")
        ));
        Ok(())
    }

    /// What differs from the base, and what of that the stage may write.
    fn differing(
        &self,
        spec: &AttemptSpec,
        placed: &[String],
        after: &mut After,
    ) -> Result<(Writes, Vec<DiffEntry>), GuardError> {
        let (writes, unread) = Writes::of(spec);
        for glob in unread {
            after.notes.push(format!(
                "the glob '{glob}' in 'writes' can't be read and opens nothing"
            ));
        }
        self.take_in(spec, placed)?;
        Ok((writes, self.index.diff(&self.base)?))
    }

    /// Puts back what is not the stage's. Gives what then differs from the base.
    fn take_back(
        &self,
        spec: &AttemptSpec,
        dir: &Path,
        placed: &[String],
        after: &mut After,
    ) -> Result<Vec<DiffEntry>, GuardError> {
        let (writes, entries) = self.differing(spec, placed, after)?;
        let foreign: Vec<&DiffEntry> = entries
            .iter()
            // The commit that a submodule was moved to is nowhere but in this tree.
            .filter(|e| !writes.allow(&e.path) || (e.is_gitlink() && e.how == How::Modified))
            .collect();
        if foreign.is_empty() {
            return Ok(entries);
        }
        let paths: Vec<PathBuf> = foreign.iter().map(|e| e.name.clone()).collect();
        let whole = self.index.write_tree()?;
        self.patch(&whole, &paths, &dir.join("guard.patch"), &mut after.notes)?;
        for entry in &foreign {
            after.overreach.push(
                Finding::new("guard/overreach", format!("{} outside of what the stage may write", verb(entry.how)))
                    .at(Place::file(&entry.path))
                    .remedy("change only what the stage may write; this is taken back and kept as guard.patch"),
            );
        }
        self.index.reset_paths(&self.base, &paths)?;
        // What a sparse checkout leaves out is not put back where it never was.
        let there = |e: &&&DiffEntry| e.how != How::Deleted && !e.is_gitlink();
        for entry in foreign.iter().filter(there) {
            remove(&spec.tree, &entry.name);
        }
        let left_out = self.index.leave_out(&self.repository.git_dir)?;
        let restore: Vec<PathBuf> = foreign
            .iter()
            .filter(|e| e.how != How::Added && !e.is_gitlink())
            .map(|e| e.name.clone())
            .filter(|name| !left_out.contains(name))
            .collect();
        self.index.checkout_paths(&restore)?;
        let told = foreign.iter().map(|e| e.path.clone());
        after.taken_back.extend(told);
        self.compare_again(&writes, after)
    }

    /// In place: what is not the stage's is kept as a patch and left where it is, for a person may
    /// have put it there. Gives what is handed on.
    fn leave(
        &self,
        spec: &AttemptSpec,
        dir: &Path,
        placed: &[String],
        after: &mut After,
    ) -> Result<Vec<DiffEntry>, GuardError> {
        let (writes, entries) = self.differing(spec, placed, after)?;
        let (own, foreign): (Vec<DiffEntry>, Vec<DiffEntry>) = entries
            .into_iter()
            .partition(|e| writes.allow(&e.path) && !e.is_gitlink());
        if foreign.is_empty() {
            return Ok(own);
        }
        let paths: Vec<PathBuf> = foreign.iter().map(|e| e.name.clone()).collect();
        let whole = self.index.write_tree()?;
        self.patch(&whole, &paths, &dir.join("guard.patch"), &mut after.notes)?;
        for entry in &foreign {
            let what = format!("{} outside of what the stage may write", verb(entry.how));
            after.overreach.push(
                Finding::new("guard/overreach", what)
                    .at(Place::file(&entry.path))
                    .remedy("it is left as it is, and its change is kept as guard.patch"),
            );
        }
        self.index.reset_paths(&self.base, &paths)?;
        self.index.diff(&self.base).map_err(Into::into)
    }

    /// What could not be put back, because a folder is closed say, must not slip through.
    fn compare_again(
        &self,
        writes: &Writes,
        after: &mut After,
    ) -> Result<Vec<DiffEntry>, GuardError> {
        let entries = self.index.diff(&self.base)?;
        for entry in &entries {
            if !writes.allow(&entry.path) {
                after.overreach.push(
                    Finding::new(
                        "guard/not-taken-back",
                        "this change could not be taken back",
                    )
                    .at(Place::file(&entry.path))
                    .remedy("remove it by hand in the run's tree"),
                );
            }
        }
        Ok(entries)
    }
}

/// The attempt's index at `path`, holding exactly `base`.
fn first_index(
    spec: &AttemptSpec,
    repository: &Repository,
    path: &Path,
    base: &Oid,
) -> Result<Index, GuardError> {
    let git = repository.git();
    let own = repository.git_dir.join("index");
    let index = match kept::take(&spec.run_dir, &spec.tree, path)? {
        // The attempt before left exactly this.
        Kept::Holds(tree) if tree == *base => return Ok(Index::at(&git, path)),
        // The engine made this tree, and no agent was in it yet.
        Kept::Nothing if own.is_file() => Index::from_copy_of(&own, &git, path)?,
        // With what is known of files that are the same, or with nothing.
        Kept::Holds(_) | Kept::Nothing | Kept::Damaged => Index::at(&git, path),
    };
    index.read_tree(base)?;
    index.leave_out(&repository.git_dir)?;
    index.refresh()?;
    kept::put(spec, &read(index.path())?, base)?;
    Ok(index)
}

/// Copies to `path` what the engine knows of the unchanged files of a run's tree, as an index;
/// whether it knows anything.
pub fn known_files(run_dir: &Path, tree: &Path, path: &Path) -> Result<bool, GuardError> {
    Ok(matches!(kept::take(run_dir, tree, path)?, Kept::Holds(_)))
}

fn read(path: &Path) -> Result<Vec<u8>, GuardError> {
    std::fs::read(path).map_err(|source| GuardError::Io {
        path: path.to_owned(),
        source,
    })
}

/// A tracked path that became a FIFO, a socket or a device would hold git up or stop it. Does nothing
/// where it is none (any more).
fn drop_special_file(spec: &AttemptSpec, path: &Path, after: &mut After) -> Result<(), GuardError> {
    let file = spec.tree.join(path);
    let special = std::fs::symlink_metadata(&file)
        .is_ok_and(|m| !m.is_file() && !m.is_dir() && !m.is_symlink());
    if !special || through_a_link(&spec.tree, &file) {
        return Ok(());
    }
    std::fs::remove_file(&file).map_err(|source| GuardError::Io { path: file, source })?;
    let name = path.display().to_string();
    after.overreach.push(
        Finding::new(
            "guard/special-file",
            "a file that git knows or reads was replaced by a FIFO, a socket or a device",
        )
        .at(Place::file(&name)),
    );
    after.taken_back.push(name);
    Ok(())
}

/// Whether a folder between the tree and a file of it is a link: what is there is not the tree's.
fn through_a_link(tree: &Path, file: &Path) -> bool {
    let above = file.ancestors().skip(1);
    above
        .take_while(|folder| *folder != tree)
        .any(Path::is_symlink)
}

fn change(entry: &DiffEntry) -> Change {
    Change {
        path: entry.path.clone(),
        kind: match entry.how {
            How::Added => ChangeKind::Added,
            How::Modified => ChangeKind::Modified,
            How::Deleted => ChangeKind::Deleted,
        },
        added: entry.added,
        removed: entry.removed,
    }
}

fn verb(how: How) -> &'static str {
    match how {
        How::Added => "created",
        How::Modified => "changed",
        How::Deleted => "deleted",
    }
}

/// Removes a file or link of the tree, and the folders that become empty by that.
fn remove(tree: &Path, path: &Path) {
    let file = tree.join(path);
    if through_a_link(tree, &file) || std::fs::remove_file(&file).is_err() {
        return;
    }
    let mut folder = file.parent();
    while let Some(parent) = folder.filter(|p| *p != tree && p.starts_with(tree)) {
        if std::fs::remove_dir(parent).is_err() {
            return;
        }
        folder = parent.parent();
    }
}
