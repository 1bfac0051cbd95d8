//! Where we are: the repository, its harness folder, the engine's folder.

mod ours;

pub use ours::is_harness;

use crate::git::discover::Repository;
use crate::git::{Git, GitError, private};
use crate::store::layout::EngineDir;
use crate::supervisor::trust::Trust;
use crate::terms::RepoPath;
use std::path::{Path, PathBuf};

/// The name of the folder people share with the engine.
pub const HARNESS: &str = "harness";
/// The name that it has where something else is called so.
pub const APART: &str = ".harness-tui";

/// The engine's folder in it, where there is no git.
const STATE: &str = ".state";
/// How many other projects of a repository are named.
const MAX_OTHERS: usize = 20;

/// A repository with its harness folder.
#[derive(Debug, Clone)]
pub struct Project {
    /// The repository as seen from the working tree we are in: that tree is home.
    pub repository: Repository,
    /// The harness folder relative to the repository's root.
    pub harness: RepoPath,
    /// The engine's folder, one for all working trees.
    pub engine: EngineDir,
}

/// Why there is no project here.
#[derive(Debug, thiserror::Error)]
pub enum NoProject {
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// It has become a repository after runs were made without one.
    #[error(
        "{0} is in a git repository now, and runs were made here without one; move {0}/harness/.state away to begin anew with git, or {0}/.git away to go on with those",
        folder.display()
    )]
    GitCame {
        /// The folder.
        folder: PathBuf,
    },
    /// No harness folder.
    #[error(
        "there is no harness/ in {} or above it; {}", folder.display(), instead(known)
    )]
    NoHarness {
        /// Where it was looked for.
        folder: PathBuf,
        /// Folders of the repository that have one, relative to its root.
        known: Vec<String>,
    },
    /// A path that can't be said relative to the repository.
    #[error(transparent)]
    Path(#[from] crate::terms::path::BadPath),
}

impl Project {
    /// Finds the project that a folder belongs to: the nearest `harness/` from here upwards, up to
    /// the repository's root.
    pub fn find(folder: &Path) -> Result<Self, NoProject> {
        let repository = match Git::discover(folder) {
            Err(error @ GitError::NotARepository(_)) => return Self::without_git(folder, error),
            found => found?,
        };
        if !repository.is_private() && has_runs(&repository.top) {
            return Err(NoProject::GitCame {
                folder: repository.top,
            });
        }
        let start = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let top = repository
            .top
            .canonicalize()
            .unwrap_or_else(|_| repository.top.clone());
        for dir in start.ancestors() {
            if let Some(name) = ours::below(dir) {
                let below = dir.strip_prefix(&top).unwrap_or(Path::new(""));
                let harness = match below.to_str() {
                    None | Some("") => name.to_owned(),
                    Some(below) => format!("{below}/{name}"),
                };
                return Self::at(repository, &harness);
            }
            if dir == top {
                break;
            }
        }
        Err(NoProject::NoHarness {
            known: others(&repository),
            folder: folder.to_owned(),
        })
    }

    /// The project of a folder that is in no repository: the nearest one upwards that holds a
    /// harness. `error`: what is said where there is none.
    fn without_git(folder: &Path, error: GitError) -> Result<Self, NoProject> {
        let start = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let found = start.ancestors().find(|dir| is_harness(&dir.join(HARNESS)));
        match found {
            Some(dir) => Self::at(private::of(dir), HARNESS),
            None => Err(error.into()),
        }
    }

    /// Whether the folder is in no repository of the person's: runs work in it itself.
    pub fn is_without_git(&self) -> bool {
        self.repository.is_private()
    }

    /// The project whose harness folder lies in exactly this folder, or is it: a path from `here` or,
    /// where there is none, from the repository's root.
    pub fn named(name: &Path, here: &Path) -> Result<Self, NoProject> {
        let repository = Git::discover(here)?;
        for folder in [here.join(name), repository.top.join(name)] {
            let folder = folder.canonicalize().unwrap_or(folder);
            let named = folder
                .file_name()
                .is_some_and(|n| n == HARNESS || n == APART);
            let itself = named && is_harness(&folder);
            let root = folder.parent().filter(|_| itself).unwrap_or(&folder);
            if ours::below(root).is_some() {
                return Self::find(root);
            }
        }
        Err(NoProject::NoHarness {
            known: others(&repository),
            folder: here.join(name),
        })
    }

    /// The project of a repository whose harness folder is (or is to be) here.
    pub fn at(repository: Repository, harness: &str) -> Result<Self, NoProject> {
        let engine = if repository.is_private() {
            repository.top.join(HARNESS).join(STATE)
        } else {
            repository.common_dir.join(HARNESS)
        };
        let engine = EngineDir::at(engine);
        Ok(Self {
            repository,
            harness: RepoPath::new(harness)?,
            engine,
        })
    }

    /// The folder that the harness folder lies in, relative to the root; `None`: the root itself.
    pub fn folder(&self) -> Option<RepoPath> {
        let (folder, _) = self.harness.as_str().rsplit_once('/')?;
        RepoPath::new(folder).ok()
    }

    /// Whether the harness folder is there.
    pub fn is_set_up(&self) -> bool {
        is_harness(&self.path(""))
    }

    /// The checkout we are in.
    pub fn home(&self) -> &Path {
        &self.repository.top
    }

    /// A path inside the harness folder, relative to the repository's root.
    pub fn inside(&self, rest: &str) -> Result<RepoPath, NoProject> {
        Ok(RepoPath::new(format!("{}/{rest}", self.harness))?)
    }

    /// A path inside the harness folder on this machine.
    pub fn path(&self, rest: &str) -> PathBuf {
        self.harness.under(self.home()).join(rest)
    }

    /// The word of whoever runs this about what this clone has run.
    pub fn trust(&self) -> Trust {
        Trust::of(&self.engine, self.home(), &self.harness)
    }

    /// Git in the checkout.
    pub fn git(&self) -> Git {
        self.repository.git()
    }

    /// The repository's name, for people.
    pub fn name(&self) -> String {
        let main = self.repository.common_dir.parent().unwrap_or(self.home());
        let root = if self.repository.is_linked() {
            main
        } else {
            self.home()
        };
        root.file_name().map_or_else(
            || "repository".to_owned(),
            |n| n.to_string_lossy().into_owned(),
        )
    }

    /// Where the trees of runs lie where the settings do not say: beside the repository.
    pub fn default_trees(&self) -> PathBuf {
        let main = if self.repository.is_linked() {
            self.repository.common_dir.parent().unwrap_or(self.home())
        } else {
            self.home()
        };
        main.parent()
            .unwrap_or(main)
            .join(".harness-worktrees")
            .join(self.name())
    }
}

/// Whether runs were made in this folder without git. A repository that holds such a folder from
/// elsewhere has none.
fn has_runs(top: &Path) -> bool {
    let runs = std::fs::read_dir(top.join(HARNESS).join(STATE).join("runs"));
    runs.is_ok_and(|mut runs| runs.next().is_some())
}

/// What to do where there is no harness folder.
fn instead(known: &[String]) -> String {
    match known {
        [] => "`harness-tui init` makes one".to_owned(),
        known => format!(
            "this repository has one in {}: go there, or name it with --project",
            known.join(", ")
        ),
    }
}

/// The folders of a repository that have a harness folder of their own, relative to its root, as far
/// as git knows them.
fn others(repository: &Repository) -> Vec<String> {
    let git = repository.git();
    let named = git
        .call(["ls-files", "-z", "--full-name", "--"])
        .arg(format!(":(top,glob)**/{HARNESS}/harness.yaml"))
        .arg(format!(":(top,glob)**/{APART}/harness.yaml"))
        .env("GIT_LITERAL_PATHSPECS", "0")
        .run()
        .unwrap_or_default();
    let root_of = |path: &[u8]| {
        let path = String::from_utf8_lossy(path).into_owned();
        let root = Path::new(&path).parent()?.parent()?.to_str()?.to_owned();
        Some(if root.is_empty() {
            ".".to_owned()
        } else {
            root
        })
    };
    named
        .split(|b| *b == 0)
        .filter_map(root_of)
        .take(MAX_OTHERS)
        .collect()
}
