//! Where a harness would stand, and what would be written there.

use super::detect::{self, Found};
use super::files::{self, CannotWrite, Missing};
use super::layout::{Layout, Listing};
use super::word::{self, Written};
use crate::documents::powers::Power;
use crate::engine::Person;
use crate::git::{Git, GitError, Repository, private};
use crate::records::harness::Harness;
use crate::records::project::{APART, HARNESS, NoProject, Project, is_harness};
use crate::store::fs::{Disk, Fs, Kind};
use crate::terms::RepoPath;
use std::path::{Path, PathBuf};

/// Why a repository can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum CannotSetUp {
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The harness folder.
    #[error(transparent)]
    Place(#[from] NoProject),
    /// Another harness serves this folder.
    #[error("{0} is there already, and serves here; `harness-tui check` looks it over")]
    Served(String),
    /// There is no git folder to keep a private harness in.
    #[error("{} is in no git repository, so there is no git folder to keep a private harness in; `git init` makes one, or leave --private out", .0.display())]
    NoGit(PathBuf),
    /// Both places hold something else.
    #[error(
        "{0} holds something else than a harness, and so does {1}: nothing was written; rename one of the two"
    )]
    Taken(String, String),
    /// Something else is called harness, and without git the runs' own files would lie in it.
    #[error(
        "harness/ is something else here: {0}; without git the files of runs would lie in it, so nothing was written: rename it, or make this folder a git repository (git init)"
    )]
    NeedsGit(String),
    /// The folder that is to have a harness is none of the repository.
    #[error("{} is no folder of this repository; name one that is, from here or from its root", .0.display())]
    NotInRepository(PathBuf),
    /// The files.
    #[error(transparent)]
    Write(#[from] CannotWrite),
}

/// What setting up would do, looked at and not done.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Where it would be done.
    pub project: Project,
    /// Whether the repository has no commit yet: a run starts from one.
    pub fresh: bool,
    /// What was told from the repository's files.
    pub found: Found,
    /// The layout that is there already.
    pub layout: Layout,
    /// The files that are missing, below the harness folder.
    pub missing: Vec<Missing>,
    /// A task's id that none has yet.
    pub next_task: String,
    /// What its files have run, as they were looked at.
    pub(super) powers: Vec<Power>,
}

impl Proposal {
    /// Looks at the repository of a folder.
    pub fn of(folder: &Path) -> Result<Self, CannotSetUp> {
        Self::in_repository(folder, Git::discover(folder)?)
    }

    /// The same for a folder of the repository, which is to have a harness of its own: a path from
    /// `here` or, where there is none, from the repository's root.
    pub fn of_part(folder: &Path, here: &Path) -> Result<Self, CannotSetUp> {
        let repository = Git::discover(here)?;
        let top = repository.top.canonicalize();
        let top = top.unwrap_or_else(|_| repository.top.clone());
        let places = [here.join(folder), repository.top.join(folder)];
        let place = places.iter().find_map(|p| p.canonicalize().ok());
        let place = place.filter(|p| p.is_dir());
        let none = || CannotSetUp::NotInRepository(folder.to_owned());
        let place = place.ok_or_else(none)?;
        let part = place.strip_prefix(&top).map_err(|_| none())?;
        let part = part.to_str().ok_or_else(none)?;
        let part = match part {
            "" => None,
            part => Some(RepoPath::new(part).map_err(|_| none())?),
        };
        let fresh = repository.git().careful().head()?.commit.is_none();
        Self::placed(repository, part.as_ref(), fresh)
    }

    /// The same for a folder that is in no repository, and is to be worked in without one. Where it
    /// is in one, that counts.
    pub fn without_git(folder: &Path) -> Result<Self, CannotSetUp> {
        match Git::discover(folder) {
            Err(GitError::NotARepository(_)) => {}
            found => return Self::in_repository(folder, found?),
        }
        if let Ok(project) = Project::find(folder) {
            return Self::looked(project, false);
        }
        let top = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Self::placed(private::of(&top), None, false)
    }

    /// The same for a harness that its person keeps to themselves, in git's own folder. Refused where
    /// another one serves.
    pub fn private(folder: &Path) -> Result<Self, CannotSetUp> {
        let repository = match Git::discover(folder) {
            Err(GitError::NotARepository(folder)) => return Err(CannotSetUp::NoGit(folder)),
            found => found?,
        };
        if repository.is_private() {
            return Err(CannotSetUp::NoGit(repository.top));
        }
        let fresh = repository.git().careful().head()?.commit.is_none();
        match Project::find(folder) {
            Ok(project) if project.is_private() => Self::looked(project, fresh),
            Ok(project) => Err(CannotSetUp::Served(project.harness.to_string())),
            Err(_) => {
                let name = free(&repository.top)?;
                Self::looked(Project::private(repository, name)?, fresh)
            }
        }
    }

    fn in_repository(folder: &Path, repository: Repository) -> Result<Self, CannotSetUp> {
        let fresh = repository.git().careful().head()?.commit.is_none();
        if let Ok(project) = Project::find(folder)
            && project.is_private()
        {
            return Self::looked(project, fresh);
        }
        if let Ok(project) = Project::find(folder)
            && project.folder().is_some()
        {
            return Err(CannotSetUp::Served(project.harness.to_string()));
        }
        Self::placed(repository, None, fresh)
    }

    /// In this part of a repository, or in its root: where the harness is, else where none of
    /// somebody else's files are.
    fn placed(
        repository: Repository,
        part: Option<&RepoPath>,
        fresh: bool,
    ) -> Result<Self, CannotSetUp> {
        let base = part.map_or_else(|| repository.top.clone(), |p| p.under(&repository.top));
        let name = free(&base)?;
        if repository.is_private() && name != HARNESS {
            let what = layout(&base, None).stranger.unwrap_or_default();
            return Err(CannotSetUp::NeedsGit(what));
        }
        let harness = part.map_or_else(|| name.to_owned(), |part| format!("{part}/{name}"));
        Self::looked(Project::at(repository, &harness)?, fresh)
    }

    fn looked(project: Project, fresh: bool) -> Result<Self, CannotSetUp> {
        let part = project.folder();
        let found = match &part {
            Some(part) => detect::look_below(project.home(), part),
            None => detect::look(project.home()),
        };
        let harness = Harness::load(&project);
        let mut layout = layout(project.home(), part.as_ref());
        if project.path(files::SETTINGS).exists() {
            let lacks =
                |folder: &str, name: &str| !project.path(&format!("{folder}/{name}.md")).exists();
            layout.fit(&harness.settings.paths, lacks);
        }
        let missing = files::missing(&project, &found, &layout)?;
        let next_task = next_task(&harness);
        Ok(Self {
            project,
            fresh,
            found,
            layout,
            missing,
            next_task,
            powers: harness.powers,
        })
    }

    /// Trusts what was written, for this program wrote it at this person's order and it was shown to
    /// them, where nothing of somebody else's is trusted by that: else it is asked about as ever.
    pub fn trust(&self, wrote: &[String], by: &Person) {
        let harness = &self.project.harness;
        let is = |file: &&Missing| wrote.contains(&format!("{harness}/{}", file.path));
        let written = self.missing.iter().filter(is).map(|file| Written {
            path: &file.path,
            was: "",
            text: &file.text,
        });
        word::give(self, &written.collect::<Vec<_>>(), by);
    }

    /// Writes what is missing; the paths that were written, from the repository's root.
    pub fn write(&self) -> Result<Vec<String>, CannotSetUp> {
        Ok(files::write(&self.project, &self.found, &self.missing)?)
    }
}

fn next_task(harness: &Harness) -> String {
    let numbers = harness.tasks.iter();
    let numbers = numbers.filter_map(|t| t.id.as_str().trim_start_matches('T').parse::<u64>().ok());
    format!("T{:03}", numbers.max().unwrap_or(0).saturating_add(1))
}

/// What lies in this part of a repository, or in its root.
fn layout(root: &Path, part: Option<&RepoPath>) -> Layout {
    let base = part.map_or_else(|| root.to_owned(), |part| part.under(root));
    let ours = is_harness(&base.join(HARNESS));
    let mut layout = Layout::of(&Listing::of(&base), part, ours);
    if let Ok(Some(stat)) = Disk.stat(&base.join(HARNESS))
        && let Some(what) = no_folder(stat.kind)
        && !ours
    {
        layout.stranger = Some(what.to_owned());
    }
    layout
}

/// What this is, where it is no folder.
fn no_folder(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Dir => None,
        Kind::File => Some("a file"),
        Kind::Link => Some("a link"),
        Kind::Other => Some("no folder"),
    }
}

/// The name of the harness folder below `base`: that of the one that is there, else one that nothing
/// else has.
fn free(base: &Path) -> Result<&'static str, CannotSetUp> {
    if is_harness(&base.join(HARNESS)) {
        return Ok(HARNESS);
    }
    if is_harness(&base.join(APART)) {
        return Ok(APART);
    }
    let stranger = layout(base, None).stranger;
    if stranger.is_none() {
        return Ok(HARNESS);
    }
    let apart = base.join(APART);
    let empty = match Disk.stat(&apart) {
        Ok(None) => true,
        Ok(Some(stat)) if stat.kind == Kind::Dir => {
            Disk.list(&apart).is_ok_and(|names| names.is_empty())
        }
        _ => false,
    };
    if empty {
        Ok(APART)
    } else {
        Err(CannotSetUp::Taken(
            format!("{HARNESS}/"),
            format!("{APART}/"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::put;

    #[test]
    fn looking_writes_nothing_and_what_is_written_is_what_was_shown() {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        put(dir.path(), "Cargo.toml", "[package]\n");
        let proposal = Proposal::of(dir.path()).unwrap();
        assert!(proposal.fresh);
        assert_eq!(proposal.found.tests[0].command, "cargo test");
        assert!(!dir.path().join("harness").exists());
        put(dir.path(), "harness/backlog.md", "# Mine\n");
        let wrote = proposal.write().unwrap();
        assert!(!wrote.contains(&"harness/backlog.md".to_owned()));
        for file in &proposal.missing {
            let text = std::fs::read_to_string(proposal.project.path(&file.path)).unwrap();
            let mine = file.path == "backlog.md";
            assert_eq!(text, if mine { "# Mine\n" } else { &file.text });
        }
        assert!(Proposal::of(dir.path()).unwrap().missing.is_empty());
    }
}
