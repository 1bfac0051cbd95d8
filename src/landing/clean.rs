//! What runs left on this machine, with size, and why each may or may not go.

use super::finish::{canonical, places, trees};
use super::form::artifacts_ref;
use super::{LandError, leaving};
use crate::git::worktree::discard;
use crate::git::{Git, Worktree};
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::store::StoreError;
use crate::store::usage::{Counter, Usage};
use crate::supervisor::place::NotHere;
use crate::terms::{Oid, RunId, RunState};
use std::path::{Path, PathBuf};

/// How many files are counted in all; beyond that sizes are told as "over".
const MAX_FILES: usize = 500_000;

/// What kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A working tree; `force`: nothing but the engine ever wrote in it.
    Tree {
        /// Where.
        path: PathBuf,
        /// Remove it whatever is in it.
        force: bool,
    },
    /// The folder of a working tree that git knows no longer.
    Folder {
        /// Where.
        path: PathBuf,
    },
    /// A run's branch.
    Branch {
        /// Its full name.
        name: String,
        /// Where it is.
        at: Oid,
    },
    /// A ref that keeps what an attempt left.
    Ref {
        /// Its full name.
        name: String,
        /// Where it is.
        at: Oid,
    },
    /// Prompts, logs and records of a run's attempts.
    Logs {
        /// The folders.
        folders: Vec<PathBuf>,
    },
    /// A run that can't be read.
    Unreadable,
}

impl What {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Tree { .. } => "tree",
            Self::Folder { .. } => "folder",
            Self::Branch { .. } => "branch",
            Self::Ref { .. } => "ref",
            Self::Logs { .. } => "logs",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One thing that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The run.
    pub run: String,
    /// What it is.
    pub what: What,
    /// Its name for people: a path or a ref.
    pub name: String,
    /// What it takes on the disk; `None`: not counted.
    pub usage: Option<Usage>,
    /// Whether it may go.
    pub may_go: bool,
    /// Why, or why not.
    pub why: String,
}

/// What runs left, oldest run last, as this git of the project sees it. `only`: these runs; empty:
/// all. `logs`: whether logs of runs that are over may go.
pub fn list(
    project: &Project,
    git: &Git,
    only: &[RunId],
    logs: bool,
) -> Result<Vec<Item>, LandError> {
    let (views, unreadable) = runs::all(project);
    let wanted = |run: &str| only.is_empty() || only.iter().any(|r| r.as_str() == run);
    let mut items = Vec::new();
    let mut counter = Counter::new(MAX_FILES);
    for mut view in views.into_iter().filter(|v| wanted(v.order.run.as_str())) {
        view.supervised = leaving::is_live(&view)?;
        items.extend(of_run(&view, git, logs, Some(&mut counter))?);
    }
    for broken in unreadable.into_iter().filter(|u| wanted(&u.run)) {
        items.push(Item {
            run: broken.run.clone(),
            what: What::Unreadable,
            name: broken.run,
            usage: None,
            may_go: false,
            why: format!(
                "it can't be read, so nothing of it is touched: {}",
                broken.why
            ),
        });
    }
    Ok(items)
}

/// What the trees of all runs take on the disk, without asking git anything.
pub fn trees_of_all(project: &Project) -> Usage {
    let (views, _) = runs::all(project);
    let trees = views.iter().filter_map(|view| trees_of(view, MAX_FILES));
    trees.fold(Usage::default(), Usage::and)
}

/// What the trees of a run take on the disk, as far as it can be counted in this many files; `None`:
/// there are none.
pub fn trees_of(view: &RunView, most: usize) -> Option<Usage> {
    let mut counter = Counter::new(most);
    let there = places(view).into_iter().filter(|path| path.is_dir());
    there.map(|path| counter.count(&path)).reduce(Usage::and)
}

/// Whether what a run left may go, and why.
fn judged(view: &RunView) -> (bool, String) {
    if view.supervised {
        return (false, "the run is live".to_owned());
    }
    if let Some(not_here @ NotHere::Elsewhere { .. }) = &view.not_here {
        // Its trees are the original's.
        return (false, not_here.to_string());
    }
    if view.dirs.landing().exists() {
        let why = "its landing was cut off; `harness-tui land` finishes it";
        return (false, why.to_owned());
    }
    match &view.run.landed {
        Some(landed) => (
            true,
            format!("landed on {} as {}", landed.into, landed.commit.short()),
        ),
        None if view.run.state() == RunState::Cancelled => (true, "given up".to_owned()),
        None => (false, format!("{}, not landed", view.state())),
    }
}

/// What a run left; sizes only where there is somebody who counts.
fn of_run(
    view: &RunView,
    git: &Git,
    logs: bool,
    mut counter: Option<&mut Counter>,
) -> Result<Vec<Item>, LandError> {
    let mut size = |path: &Path| counter.as_mut().map(|c| c.count(path));
    let (over, why) = judged(view);
    let item = |what, name: String, usage, may_go, why: String| Item {
        run: view.order.run.to_string(),
        what,
        name,
        usage,
        may_go,
        why,
    };
    let mut items = Vec::new();
    let mut tree_stays = false;
    let known = trees(view, git)?;
    for path in forgotten(view, &known) {
        let (may_go, why) = folder_judged(&path, over, &why);
        let (name, usage) = (path.display().to_string(), size(&path));
        items.push(item(What::Folder { path }, name, usage, may_go, why));
    }
    for (tree, scratch) in known {
        let path = tree.path;
        let there = path.exists();
        let dirty = if there && !scratch {
            uncommitted(&path, git.is_careful())
        } else {
            None
        };
        let may_go = over && dirty.is_none();
        tree_stays |= !may_go && !scratch;
        let why = match dirty.filter(|_| over) {
            Some(dirty) => format!("{why}, but {dirty}"),
            None => why.clone(),
        };
        let name = path.display().to_string();
        let usage = if there { size(&path) } else { None };
        let force = scratch || !there;
        items.push(item(What::Tree { path, force }, name, usage, may_go, why));
    }
    if let Ok(at) = git.resolve(&view.order.branch_ref()) {
        let (may_go, why) = branch_judged(view, &at, over, tree_stays, &why);
        let name = view.order.branch_ref();
        let what = What::Branch { name, at };
        items.push(item(what, view.order.branch.clone(), None, may_go, why));
    }
    let prefix = format!("refs/harness/{}/", view.order.run);
    for entry in git.refs(&[&prefix])? {
        if entry.name == view.order.branch_ref() {
            continue;
        }
        if entry.name == artifacts_ref(&view.order.run) && view.run.landed.is_some() && !logs {
            let why = format!(
                "{why}; it keeps the run's artifacts, which are not in what landed (--logs lets it go)"
            );
            let (name, at) = (entry.name, entry.object);
            let what = What::Ref {
                name: name.clone(),
                at,
            };
            items.push(item(what, name, None, false, why));
            continue;
        }
        // What a run that was given up did is kept in these alone.
        let may_go = over && (view.run.landed.is_some() || logs);
        let why = if over && !may_go {
            format!("{why}; it keeps work that is nowhere else (--logs lets it go)")
        } else {
            why.clone()
        };
        let (name, at) = (entry.name, entry.object);
        let what = What::Ref {
            name: name.clone(),
            at,
        };
        items.push(item(what, name, None, may_go, why));
    }
    let folders = log_folders(view);
    if !folders.is_empty() {
        let usage = folders.iter().filter_map(|f| size(f)).reduce(Usage::and);
        let why = if over && !logs {
            format!("{why}; logs are kept without --logs")
        } else {
            why
        };
        let name = view.dirs.path().display().to_string();
        let what = What::Logs { folders };
        items.push(item(what, name, usage, over && logs, why));
    }
    Ok(items)
}

/// Folders of the run's trees that are there, though git has no working tree there.
fn forgotten(view: &RunView, known: &[(Worktree, bool)]) -> Vec<PathBuf> {
    let mut folders = places(view);
    folders.retain(|folder| {
        folder.is_dir() && known.iter().all(|(w, _)| canonical(&w.path) != *folder)
    });
    folders
}

/// What git has begun to remove holds no work any more. One that still names its repository was
/// taken from git's list by somebody, and may hold some.
fn folder_judged(folder: &Path, over: bool, why: &str) -> (bool, String) {
    if folder.join(".git").symlink_metadata().is_ok() {
        let why = format!(
            "{why}; git knows this tree no longer, and it may hold work: look into it, and remove it by hand"
        );
        return (false, why);
    }
    (
        over,
        format!("{why}; what is left of a tree that was removed"),
    )
}

/// What speaks against removing a tree that git knows: work in it, or that git can't say.
fn uncommitted(tree: &Path, careful: bool) -> Option<String> {
    let git = Git::new(tree);
    let git = if careful { git.careful() } else { git };
    match git.status() {
        Ok(status) if status.is_clean() => None,
        Ok(_) => Some("it has uncommitted changes".to_owned()),
        Err(e) => Some(format!(
            "git can't look at it: {e}; where the repository was moved, `git worktree repair {}` mends that",
            tree.display()
        )),
    }
}

fn branch_judged(
    view: &RunView,
    at: &Oid,
    over: bool,
    tree_stays: bool,
    why: &str,
) -> (bool, String) {
    if !over {
        return (false, why.to_owned());
    }
    if tree_stays {
        return (false, format!("{why}, but a tree of it stays"));
    }
    if view.run.head.as_ref() != Some(at) {
        return (
            false,
            format!("{why}, but somebody moved it to {}", at.short()),
        );
    }
    // Of a private harness there is nothing in it that does not lie elsewhere.
    let nothing = at == view.order.started_on() || Some(at) == nothing_but_the_harness(view);
    if view.run.landed.is_none() && !nothing {
        let branch = &view.order.branch;
        let lets_go = if view.order.is_on_no_branch() {
            format!("git update-ref -d {branch}")
        } else {
            format!("git branch -D {branch}")
        };
        return (
            false,
            format!("{why}, but its commits are nowhere else; `{lets_go}` lets them go"),
        );
    }
    (true, why.to_owned())
}

/// The commit that a run begins with where that holds a private harness and nothing else.
fn nothing_but_the_harness(view: &RunView) -> Option<&Oid> {
    let order = &view.order;
    (order.private_on.is_some() && order.taken_on.is_none()).then_some(&order.base)
}

/// The folders of a run that only tell how its attempts went; its journal and report stay.
fn log_folders(view: &RunView) -> Vec<PathBuf> {
    let root = view.dirs.path();
    [
        view.dirs.attempts(),
        root.join("checks"),
        root.join("landing"),
    ]
    .into_iter()
    .filter(|f| f.is_dir())
    .collect()
}

/// Removes one thing that may go. It is looked at again first, with its run held.
pub fn remove(project: &Project, item: &Item, logs: bool) -> Result<(), LandError> {
    let refuse = |why: String| LandError::Refused(format!("{} stays: {why}", item.name));
    let run = RunId::new(&item.run).map_err(|e| refuse(e.to_string()))?;
    let dirs = project.engine.run(&run);
    let read = |dirs| RunView::read(dirs).map_err(|e| refuse(e.to_string()));
    let Some(_lock) = leaving::lock(&read(dirs.clone())?)? else {
        return Err(refuse("the run is live".to_owned()));
    };
    let mut view = read(dirs)?;
    // It is we who hold it.
    view.supervised = false;
    let git = project.git();
    let now = of_run(&view, &git, logs, None)?;
    match now.iter().find(|i| i.what == item.what) {
        Some(found) if found.may_go => {}
        Some(found) => return Err(refuse(found.why.clone())),
        None => return Err(refuse("it has changed since it was listed".to_owned())),
    }
    match &item.what {
        What::Folder { path } => discard(path).map_err(StoreError::io("remove", path))?,
        What::Tree { path, force } => git.worktree_remove(path, *force)?,
        What::Branch { name, at } | What::Ref { name, at } => git.delete_ref(name, at)?,
        What::Logs { folders } => {
            for folder in folders {
                std::fs::remove_dir_all(folder).map_err(StoreError::io("remove", folder))?;
            }
        }
        What::Unreadable => {}
    }
    Ok(())
}
