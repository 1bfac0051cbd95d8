//! The commit itself, made as the person would make it: by their own git, with their hooks, their
//! signature, in their terminal, on a tree of its own that holds exactly what is landed.
//!
//! Law: the hooks are those of the person's checkout. A folder of hooks that lies in the repository
//! is in that tree too, as the run left it, and nothing there is started.

use super::LandError;
use super::asks::hooks_folder;
use super::fold::{Batch, Joins};
use super::hands::{Hands, Task};
use super::land::Request;
use crate::git::{Checkout, Git};
use crate::records::runs::RunView;
use crate::store::fs::Disk;
use crate::store::write::replace;
use crate::terms::Oid;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Variables that would lead git to another repository, tree or index than it is started in.
pub(super) const MISLEADING: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// Makes the commits of a landing, and gives the last one and what was said meanwhile. No branch
/// moves. Hooks look at the last one, which holds all of it; every one is signed as the person's
/// own are.
pub fn make(
    view: &RunView,
    batch: &Batch,
    request: &Request,
    hands: &dyn Hands,
) -> Result<(Oid, String), LandError> {
    let hooks = if request.no_verify {
        PathBuf::from(NO_HOOKS)
    } else {
        hooks_folder(&view.order.home)?
    };
    let desk = Place::make(view, &batch.from)?;
    let git = Git::new(&desk.path);
    let by = |looks| By {
        request,
        hands,
        hooks: &hooks,
        looks,
    };
    let mut said = String::new();
    for step in &batch.steps {
        let told = commit(&git, (&step.tree, &step.message), &by(false))?;
        append(&mut said, &told);
    }
    let dir = Git::discover(&desk.path)?.git_dir;
    let merges = match &batch.joins {
        Joins::Nothing => None,
        Joins::Own(head) => Some(head.clone()),
        Joins::Steps { onto } => {
            let side = git.resolve("HEAD")?;
            git.call(["update-ref", "--no-deref", "HEAD", onto.as_str()])
                .run()?;
            Some(side)
        }
    };
    if let Some(side) = merges {
        // What `git merge --no-ff --no-commit` leaves.
        replace(
            &Disk,
            &dir.join("MERGE_HEAD"),
            format!("{side}\n").as_bytes(),
        )?;
        replace(&Disk, &dir.join("MERGE_MODE"), b"no-ff")?;
    }
    let told = commit(&git, (&batch.tree, &batch.message), &by(true))?;
    append(&mut said, &told);
    Ok((git.resolve("HEAD")?, said))
}

fn append(said: &mut String, more: &str) {
    if !said.is_empty() && !more.is_empty() {
        said.push('\n');
    }
    said.push_str(more);
}

/// A folder without hooks.
const NO_HOOKS: &str = "/dev/null";

/// By whom and how a commit is made.
struct By<'a> {
    request: &'a Request,
    hands: &'a dyn Hands,
    /// Where the hooks are that run.
    hooks: &'a Path,
    /// Whether those that look at what is committed may refuse it.
    looks: bool,
}

/// Commits this tree, and nothing else, in a tree that has it or is brought to it.
fn commit(git: &Git, (tree, message): (&Oid, &str), by: &By<'_>) -> Result<String, LandError> {
    git.call(["read-tree", "-u", "--reset", tree.as_str()])
        .run()?;
    let file = Git::discover(git.dir())?.git_dir.join("LANDING_MSG");
    replace(&Disk, &file, message.as_bytes())?;
    let said = by
        .hands
        .git(git_commit(git.dir(), &file, by), Task::Commit)
        .map_err(|source| crate::git::GitError::Io {
            args: "commit".to_owned(),
            source,
        })?;
    if !said.ok {
        return Err(LandError::Commit { said: said.text });
    }
    let made = git.resolve("HEAD")?;
    let changed: Vec<String> = git
        .diff(tree, &git.tree_of(&made)?)?
        .into_iter()
        .map(|d| d.path)
        .collect();
    if !changed.is_empty() {
        return Err(LandError::aborted(
            "a hook changed what is landed, so that nothing of what was checked holds for it",
            changed,
            "make the run's stages leave what the hook wants, or land with --no-verify",
        ));
    }
    Ok(said.text)
}

/// The person's own git, in a folder.
pub(super) fn own_git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir);
    for name in MISLEADING {
        command.env_remove(name);
    }
    command
}

/// `git commit`, not run yet.
fn git_commit(tree: &Path, message: &Path, by: &By<'_>) -> Command {
    let mut hooks = OsString::from("core.hooksPath=");
    hooks.push(by.hooks);
    let mut command = own_git(tree);
    command
        .arg("-c")
        .arg(hooks)
        // What watches a checkout's files is of no use here, and may be a program of the repository.
        .args(["-c", "core.fsmonitor=false"])
        .args([
            "commit",
            "-q",
            "--allow-empty",
            "--cleanup=whitespace",
            "-F",
        ])
        .arg(message)
        .stdout(Stdio::null());
    if by.request.no_verify || !by.looks {
        command.arg("--no-verify");
    }
    if by.request.signoff {
        command.arg("--signoff");
    }
    command
}

/// A tree that lives as long as this value.
struct Place {
    home: Git,
    path: PathBuf,
}

impl Place {
    fn make(view: &RunView, at: &Oid) -> Result<Self, LandError> {
        let home = Git::new(&view.order.home);
        let mut name = view
            .order
            .tree
            .file_name()
            .unwrap_or_default()
            .to_os_string();
        // Two signs: `+name` is a stage's.
        name.push("++landing");
        let path = view.order.tree.with_file_name(name);
        let place = Self { home, path };
        place.clear();
        let reason = format!("{} is being landed", view.order.run);
        place
            .home
            .worktree_add(&place.path, Checkout::Detached(at), &reason)?;
        Ok(place)
    }

    /// Takes the tree away, also one that an earlier landing left.
    fn clear(&self) {
        if self.path.exists() {
            // What can't be removed is in the way of the next one, which says so.
            let _ = self.home.worktree_remove(&self.path, true);
        } else {
            let _ = self
                .home
                .call(["worktree", "unlock"])
                .arg(&self.path)
                .output();
            let _ = self.home.worktree_prune();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}
