//! Where we are: the repository, its harness folder, the engine's folder.

mod ours;

pub use ours::is_harness;

use crate::git::discover::Repository;
use crate::git::{Git, GitError, private};
use crate::store::layout::EngineDir;
use crate::store::roots::Roots;
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
    /// What stands for the checkout where a path of the harness folder is meant, if its person keeps
    /// it out of the repository; `None`: it lies in the checkout.
    pub private: Option<PathBuf>,
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
            // Where the root's would serve, the person's own does.
            if dir == top
                && let Some(own) = Self::own(&repository)?
            {
                return Ok(own);
            }
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
        let top = { repository.top.canonicalize() }.unwrap_or_else(|_| repository.top.clone());
        for folder in [here.join(name), repository.top.join(name)] {
            let folder = folder.canonicalize().unwrap_or(folder);
            let named = folder
                .file_name()
                .is_some_and(|n| n == HARNESS || n == APART);
            let itself = named && is_harness(&folder);
            let root = folder.parent().filter(|_| itself).unwrap_or(&folder);
            match ours::below(root) {
                // Named, the repository's own is meant, though a private one may stand in for it.
                Some(name) if root == top => return Self::at(repository, name),
                Some(_) => return Self::find(root),
                None if root == top => {
                    if let Some(own) = Self::own(&repository)? {
                        return Ok(own);
                    }
                }
                None => {}
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
            private: None,
        })
    }

    /// The project of a repository whose harness is (or is to be) kept in git's own folder, by this
    /// name: for this person alone, with nothing of it in any working tree.
    pub fn private(repository: Repository, name: &str) -> Result<Self, NoProject> {
        let project = Self::at(repository, name)?;
        let private = Some(project.engine.private());
        Ok(Self { private, ..project })
    }

    /// The same where there is one.
    fn own(repository: &Repository) -> Result<Option<Self>, NoProject> {
        if repository.is_private() {
            return Ok(None);
        }
        let engine = EngineDir::at(repository.common_dir.join(HARNESS));
        let name = ours::below(&engine.private());
        name.map(|name| Self::private(repository.clone(), name))
            .transpose()
    }

    /// Whether its harness is kept out of the checkout.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Whether the repository's history has the files of its harness.
    pub fn has_history(&self) -> bool {
        !self.is_private() && !self.is_without_git()
    }

    /// The name of a harness folder in the checkout that this one stands in for; `None`: there is none.
    pub fn hides(&self) -> Option<&'static str> {
        ours::below(self.home()).filter(|_| self.is_private())
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
        self.roots().folder().join(rest)
    }

    /// Where its paths lie on this machine.
    pub fn roots(&self) -> Roots<'_> {
        Roots {
            home: self.home(),
            harness: &self.harness,
            private: self.private.as_deref(),
        }
    }

    /// Where a path of the project lies on this machine.
    pub fn file(&self, path: &RepoPath) -> PathBuf {
        self.roots().file(path)
    }

    /// The word of whoever runs this about what this clone has run.
    pub fn trust(&self) -> Trust {
        Trust::of(&self.engine, self.roots())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use crate::supervisor::trust::Standing;

    #[test]
    fn a_private_harness_serves_from_the_root_and_one_further_below_in_its_folder() {
        let (_dir, git) = repository();
        let top = git.dir();
        put(top, "apps/web/harness/backlog.md", "# Web\n");
        put(top, "apps/api/x", "");
        assert!(Project::find(&top.join("apps/api")).is_err());
        let own = Project::private(Git::discover(top).unwrap(), HARNESS).unwrap();
        assert!(!own.is_set_up());
        put(&own.path(""), "backlog.md", "# Mine\n");
        let found = |folder: &str| Project::find(&top.join(folder)).unwrap();
        for folder in ["", "apps", "apps/api"] {
            let found = found(folder);
            assert!(found.is_private() && found.hides().is_none(), "{folder}");
            assert_eq!(found.path("backlog.md"), own.path("backlog.md"));
        }
        assert_eq!(found("apps/web").harness.as_str(), "apps/web/harness");
        assert!(!found("apps/web").is_private());
        // Named, the root's own is meant where there is one.
        let named = || Project::named(Path::new("."), top).unwrap();
        assert!(named().is_private());
        put(top, "harness/backlog.md", "# Ours\n");
        assert!(!named().is_private());
        assert_eq!(found("").hides(), Some(HARNESS));
        // One by the other name is found, too.
        std::fs::rename(own.path(""), own.path("").with_file_name(APART)).unwrap();
        assert_eq!(found("").harness.as_str(), APART);
    }

    #[test]
    fn what_is_trusted_of_one_says_nothing_of_the_other() {
        let (_dir, git) = repository();
        let user = tempfile::tempdir().unwrap();
        let user = Some(crate::store::user::UserDir::at(user.path()));
        let repository = Git::discover(git.dir()).unwrap();
        let own = Project::private(repository.clone(), HARNESS).unwrap();
        let open = Project::at(repository, HARNESS).unwrap();
        let powers = crate::documents::powers::of_settings(
            "harness/harness.yaml",
            "tree: { setup: [make] }\n",
        );
        assert!(!powers.is_empty());
        let person = crate::supervisor::live::engine_person();
        let trust = |project: &Project| project.trust().by(user.clone());
        trust(&own).give(&powers, &person).unwrap();
        let given = |project: &Project| trust(project).standing(&powers) == Standing::Given;
        assert!(given(&own) && !given(&open));
        trust(&open).give(&powers, &person).unwrap();
        trust(&own).revoke().unwrap();
        assert!(!given(&own) && given(&open));
    }
}
