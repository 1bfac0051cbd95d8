//! Where a harness would stand, and what would be written there.

use super::detect::{self, Found};
use super::files::{self, CannotWrite, Missing};
use crate::engine::Person;
use crate::git::{Git, GitError, Repository, private};
use crate::records::harness::Harness;
use crate::records::project::{HARNESS, NoProject, Project};
use crate::supervisor::trust::Standing;
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
    /// The files that are missing, below the harness folder.
    pub missing: Vec<Missing>,
    /// Whether there are files of somebody else's that have something run and are not trusted.
    strangers: bool,
}

impl Proposal {
    /// Looks at the repository of a folder.
    pub fn of(folder: &Path) -> Result<Self, CannotSetUp> {
        Self::in_repository(folder, Git::discover(folder)?)
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
        Self::looked(Project::at(private::of(&top), HARNESS)?, false)
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
            Ok(project) if !project.is_private() => {
                Err(CannotSetUp::Served(project.harness.to_string()))
            }
            _ => Self::looked(Project::private(repository)?, fresh),
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
            && project.harness.as_str() != HARNESS
        {
            return Err(CannotSetUp::Served(project.harness.to_string()));
        }
        Self::looked(Project::at(repository, HARNESS)?, fresh)
    }

    fn looked(project: Project, fresh: bool) -> Result<Self, CannotSetUp> {
        let found = detect::look(project.home());
        let missing = files::missing(&project, &found)?;
        let before = Harness::load(&project).powers;
        let strangers = matches!(project.trust().standing(&before), Standing::Not(_));
        Ok(Self {
            project,
            fresh,
            found,
            missing,
            strangers,
        })
    }

    /// Trusts what was written, for this program wrote it at this person's order and it was shown to
    /// them, where nothing of somebody else's is trusted by that: else it is asked about as ever.
    pub fn trust(&self, wrote: &[String], by: &Person) {
        if self.strangers || wrote.len() != self.missing.len() {
            return;
        }
        let powers = Harness::load(&self.project).powers;
        let trust = self.project.trust();
        if matches!(trust.standing(&powers), Standing::Not(_)) {
            // Where it can't be kept, the first run asks.
            let _ = trust.give(&powers, by);
        }
    }

    /// Writes what is missing; the paths that were written, from the repository's root.
    pub fn write(&self) -> Result<Vec<String>, CannotSetUp> {
        Ok(files::write(&self.project, &self.missing)?)
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
