//! The run's trees: made, put back where a checkpoint was, restored when somebody removed them.
//! While a run lives they belong to the engine; what is thrown away is kept as a patch first.

use super::in_place::apart;
use super::order::RunOrder;
use crate::engine::{Event, Person, Run};
use crate::git::diff::How;
use crate::git::refs::Expected;
use crate::git::worktree::Checkout;
use crate::git::{Git, GitError, Index, Repository, submodule};
use crate::stage::apart::is_apart;
use crate::stage::{guard, setup};
use crate::store::fs::Fs;
use crate::store::write::replace;
use crate::terms::{Oid, StageState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of a discarded change is kept.
const KEPT_PATCH_BYTES: usize = 64 * 1024 * 1024;

/// What went wrong with a tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Git refused.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk refused.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// Makes the run's tree on its branch, the branch at its base where there is none yet; restores it
/// where its folder is gone. Does nothing where it is there.
pub fn ensure(home: &Git, order: &RunOrder) -> Result<(), GitError> {
    let tree = &order.tree;
    if tree.join(".git").exists() {
        return Ok(());
    }
    let full = order.branch_ref();
    let there = home.resolve(&full);
    if order.is_on_no_branch() && there.is_err() {
        // Before the tree: where that is, the ref is there too.
        home.update_ref(&full, &order.base, Expected::Absent, "harness: begun")?;
    }
    forget(home, tree)?;
    let reason = format!("{} lives; harness-tui clean removes it", order.run);
    let checkout = match (order.checked_out(), &there) {
        (Some(branch), Ok(_)) => Checkout::Branch(branch),
        (Some(branch), Err(_)) => Checkout::NewBranch(branch, &order.base),
        (None, Ok(at)) => Checkout::Detached(at),
        (None, Err(_)) => Checkout::Detached(&order.base),
    };
    home.worktree_add(tree, checkout, &reason)
}

/// Makes a tree of its own for an attempt that runs beside another.
pub fn ensure_beside(home: &Git, tree: &Path, at: &Oid, run: &str) -> Result<(), GitError> {
    if tree.join(".git").exists() {
        return Ok(());
    }
    forget(home, tree)?;
    home.worktree_add(tree, Checkout::Detached(at), &format!("{run} lives"))
}

/// A registered tree whose folder is gone stands in the way of making it anew, and its lock keeps
/// `prune` from taking it.
fn forget(home: &Git, tree: &Path) -> Result<(), GitError> {
    let known = home.worktree_list()?.into_iter().any(|w| w.path == tree);
    if known && !tree.exists() {
        home.call(["worktree", "unlock"]).arg(tree).output()?;
        home.worktree_prune()?;
    }
    Ok(())
}

/// Keeps what differs from `from` in a tree as a patch, without what set-up `placed` there. Returns
/// whether there was anything.
pub fn keep_patch(
    fs: &dyn Fs,
    run_dir: &Path,
    tree: &Git,
    from: &Oid,
    to: &Path,
    placed: &[String],
) -> Result<bool, TreeError> {
    let Some(now) = content(run_dir, tree, to, placed)? else {
        return Ok(false);
    };
    keep_patch_of(fs, tree, from, &now, to)
}

/// Keeps what differs from `from` in the tree object `now` as a patch. Returns whether there was
/// anything.
pub fn keep_patch_of(
    fs: &dyn Fs,
    git: &Git,
    from: &Oid,
    now: &Oid,
    to: &Path,
) -> Result<bool, TreeError> {
    if *now == git.tree_of(from)? {
        return Ok(false);
    }
    let patch = git.patch(from, now, &[], KEPT_PATCH_BYTES)?;
    replace(fs, to, &patch)?;
    Ok(true)
}

/// Keeps what differs in submodules of a tree from the commits that they were put at as patches in
/// the run's folder, each named by its content. Returns the submodules with their patches.
pub fn keep_submodules(
    fs: &dyn Fs,
    run_dir: &Path,
    tree: &Git,
) -> Result<Vec<(String, PathBuf)>, TreeError> {
    let mut kept = Vec::new();
    for changed in submodule::changed(tree.dir(), &run_dir.join("submodule.index"))? {
        let name = changed
            .path
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let to = run_dir.join(format!("submodule-{name}-{}.patch", changed.now.short()));
        if keep_patch_of(fs, &changed.git, &changed.from, &changed.now, &to)? {
            kept.push((changed.path, to));
        }
    }
    Ok(kept)
}

/// The content of a working tree as a tree object, without what set-up `placed` there, by an index
/// of its own beside `near`. `run_dir` is the run's folder in the engine's: what is known there of
/// unchanged files need not be read again.
pub fn content(
    run_dir: &Path,
    tree: &Git,
    near: &Path,
    placed: &[String],
) -> Result<Option<Oid>, GitError> {
    let head = tree.head()?;
    let Some(commit) = head.commit else {
        return Ok(None);
    };
    let index = Index::at(tree, near.with_extension("index"));
    if !guard::known_files(run_dir, tree.dir(), index.path()).unwrap_or(false) {
        // Nothing that may be left there is to be believed.
        let _ = std::fs::remove_file(index.path());
    }
    index.read_tree(&commit)?;
    if let Some(git_dir) = Repository::git_dir_at(tree.dir()) {
        index.leave_out(&git_dir)?;
    }
    index.add_all()?;
    let set_up: Vec<PathBuf> = index
        .diff(&commit)?
        .into_iter()
        .filter(|e| e.how == How::Added && setup::is_placed(&e.path, placed))
        .map(|e| e.name)
        .collect();
    index.reset_paths(&commit, &set_up)?;
    let oid = index.write_tree()?;
    // A scratch file; a leftover one is overwritten by the next.
    let _ = std::fs::remove_file(index.path());
    Ok(Some(oid))
}

/// The content of a checkout as a tree object, measured from `base`: without what set-up `placed`
/// there, and with what lies `apart` as `base` has it. The checkout's own index gives only what it
/// knows of files that are the same; it stays as it is. `near` names a scratch file.
pub fn content_from(
    git: &Git,
    near: &Path,
    base: &Oid,
    placed: &[String],
    apart: &[String],
) -> Result<Oid, GitError> {
    let path = near.with_extension("index");
    let found = looked_at(git, &path, base, placed, apart);
    // A scratch file; a leftover one is overwritten by the next.
    let _ = std::fs::remove_file(&path);
    found
}

fn looked_at(
    git: &Git,
    path: &Path,
    base: &Oid,
    placed: &[String],
    apart: &[String],
) -> Result<Oid, GitError> {
    let own = git.own_index()?;
    let index = if own.is_file() {
        Index::from_copy_of(&own, git, path)?
    } else {
        Index::at(git, path)
    };
    index.read_tree(base)?;
    if let Some(git_dir) = Repository::git_dir_at(git.dir()) {
        index.leave_out(&git_dir)?;
    }
    index.add_all()?;
    let not_ours: Vec<PathBuf> = index
        .diff(base)?
        .into_iter()
        .filter(|e| {
            is_apart(&e.path, apart) || e.how == How::Added && setup::is_placed(&e.path, placed)
        })
        .map(|e| e.name)
        .collect();
    index.reset_paths(base, &not_ours)?;
    index.write_tree()
}

/// What the scratch files of a look at a run's tree are called in the run's folder.
const LOOK: &str = "look-";
/// How many looks there were.
static LOOKS: AtomicU64 = AtomicU64::new(0);

/// The name of a look's scratch file. One of its own: others may be looking at the same time, in this
/// process too.
fn look(run_dir: &Path) -> PathBuf {
    let nth = LOOKS.fetch_add(1, Ordering::Relaxed);
    run_dir.join(format!("{LOOK}{}-{nth}", std::process::id()))
}

/// What lies in a run's tree now, as a tree object, without what set-up placed there; `None`: the tree
/// is gone. `run_dir` is the run's folder in the engine's.
pub fn lies(run_dir: &Path, order: &RunOrder) -> Result<Option<Oid>, GitError> {
    if !order.tree.join(".git").exists() {
        return Ok(None);
    }
    let git = Git::in_checkout(&order.tree, order.own_repository());
    let placed = setup::placed_in(run_dir, &order.tree);
    let near = look(run_dir);
    let found = content(run_dir, &git, &near, &placed);
    // Nobody comes back to this name: what a failure left goes, too.
    let _ = std::fs::remove_file(near.with_extension("index"));
    found
}

/// Whether this is a scratch file of a look: it comes and goes without anything having changed.
pub fn is_of_a_look(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(LOOK)
}

/// The paths that differ in a run's tree from what was handed on, without what set-up placed there:
/// work that would be left out. Nothing where the tree is gone, or where an attempt is at work. In
/// place only what the run itself has changed counts: all else there is the person's.
/// `run_dir` is the run's folder in the engine's.
pub fn not_handed_on(run_dir: &Path, order: &RunOrder, run: &Run) -> Result<Vec<String>, GitError> {
    let busy = run.stages.iter().any(|s| s.state == StageState::Running);
    let there = order.in_place.is_some() || order.tree.join(".git").exists();
    let (Some(head), false, true) = (&run.head, busy, there) else {
        return Ok(Vec::new());
    };
    let git = Git::in_checkout(&order.tree, order.own_repository());
    let placed = setup::placed_in(run_dir, &order.tree);
    let near = look(run_dir);
    let now = if order.in_place.is_some() {
        let apart = apart_of(order, run);
        content_from(&git, &near, head, &placed, &apart).map(Some)
    } else {
        content(run_dir, &git, &near, &placed)
    };
    // Nobody comes back to this name: what a failure left goes, too.
    let _ = std::fs::remove_file(near.with_extension("index"));
    let Some(now) = now? else {
        return Ok(Vec::new());
    };
    let differing = git.diff(&git.tree_of(head)?, &now)?;
    let mut differing: Vec<String> = differing.into_iter().map(|d| d.path).collect();
    if order.in_place.is_some() {
        let result = git.diff(&order.base, head)?;
        differing.retain(|path| result.iter().any(|r| r.path == *path));
    }
    Ok(differing)
}

/// What lies apart in the checkout of a run that works in place.
pub fn apart_of(order: &RunOrder, run: &Run) -> Vec<String> {
    let task = run.plan.task.as_ref().map(|t| &t.path);
    apart(&order.harness, order.backlog.as_ref(), task)
}

/// Whether a person may take the stage over that a run stands at.
pub fn may_be_taken(order: &RunOrder, run: &Run) -> bool {
    let nobody = Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    };
    let takes = run.to_take().is_some_and(|stage| {
        let event = Event::Taken {
            stage: stage.clone(),
            by: nobody,
        };
        run.taken.is_some() || run.may(&event).is_ok()
    });
    takes && order.in_place.is_none()
}

/// What to do about work in a run's tree that was not handed on; a rejection only where a gate asks.
pub fn what_to_do(order: &RunOrder, run: &Run) -> String {
    let (tree, id) = (order.tree.display(), &order.run);
    let rerun = format!("`harness-tui run {id} --from STAGE`");
    let how = if run.stages.iter().any(|s| s.asking.is_some()) {
        format!("`harness-tui reject {id} --reason '…'` or {rerun}")
    } else {
        rerun
    };
    if order.in_place.is_some() {
        return format!(
            "to have the run take it up: {how}; to undo it: `{} restore --source {} -- PATH`",
            order.git_words(),
            order.branch
        );
    }
    let take = if may_be_taken(order, run) {
        format!("to have it checked and handed on: `harness-tui take {id}`; ")
    } else {
        String::new()
    };
    format!(
        "{take}to keep it for later: `git -C {tree} stash -u`; to have the agent take it up: save it with \
         `git -C {tree} diff HEAD`, then {how}"
    )
}

/// Puts a tree where `head` is, with the content of `start` (its own, where there is none) on top
/// as an uncommitted change. Ignored files stay, and what set-up `placed`: it is made once. What lies
/// in submodules goes: `keep_submodules` comes first.
pub fn put_back(
    tree: &Git,
    head: &Oid,
    start: Option<&Oid>,
    placed: &[String],
) -> Result<(), GitError> {
    tree.call(["reset", "-q", "--hard", head.as_str()]).run()?;
    // Git looks into no submodule by itself: what a killed attempt left there would stay.
    submodule::tidy(tree.dir())?;
    let mut clean = tree
        .call(["clean", "-q", "-fd"])
        .env("GIT_LITERAL_PATHSPECS", "0");
    for path in placed {
        clean = clean.arg("-e").arg(setup::pattern_of(path));
    }
    clean.run()?;
    if let Some(start) = start {
        tree.call(["read-tree", "-u", "--reset", start.as_str()])
            .run()?;
        tree.call(["reset", "-q", "--mixed", head.as_str()]).run()?;
    }
    Ok(())
}

/// Whether a tree stands on `branch` (a short name; `None`: on none) at `head` and holds exactly that, no file that git
/// does not ignore beside it. It is asked by the tree's own index: only where the engine wrote that
/// and no agent was there since.
pub fn is_at(tree: &Git, branch: Option<&str>, head: &Oid) -> Result<bool, GitError> {
    let bytes = tree
        .call(["status", "--porcelain=v2", "-z", "--branch"])
        .args(["--untracked-files=all", "--ignore-submodules=none"])
        .run()?;
    let short = branch.unwrap_or("(detached)");
    let (at, on) = (
        format!("# branch.oid {head}"),
        format!("# branch.head {short}"),
    );
    let mut records = bytes.split(|b| *b == 0).filter(|r| !r.is_empty());
    // The first two records say where it is; others of their kind tell of an upstream.
    Ok(records.next() == Some(at.as_bytes())
        && records.next() == Some(on.as_bytes())
        && records.all(|record| record.starts_with(b"# ")))
}

/// After a hand-off the branch has moved under the tree and the content is already right: only the
/// index is brought along.
pub fn follow(tree: &Git, head: &Oid) -> Result<(), GitError> {
    tree.call(["reset", "-q", "--mixed", head.as_str()]).run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    #[test]
    fn several_may_look_at_a_tree_at_the_same_time() {
        let (_dir, git) = repository();
        let beside = tempfile::tempdir().unwrap();
        let mut run = Run::new(crate::engine::testkit::feature());
        let order = crate::supervisor::order::testing::order(git.dir());
        run.head = Some(git.resolve("HEAD").unwrap());
        put(git.dir(), "new.txt", "x\n");
        std::thread::scope(|scope| {
            let look = || {
                for _ in 0..4 {
                    let left = not_handed_on(beside.path(), &order, &run).unwrap();
                    assert_eq!(left, ["new.txt"]);
                }
            };
            for _ in 0..4 {
                scope.spawn(look);
            }
        });
        assert_eq!(std::fs::read_dir(beside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_tree_is_at_a_commit_only_with_nothing_beside_it() {
        let (_dir, git) = repository();
        let (main, head) = (Some("main"), git.resolve("HEAD").unwrap());
        assert!(is_at(&git, main, &head).unwrap());
        assert!(!is_at(&git, Some("other"), &head).unwrap());
        put(git.dir(), "new.txt", "x\n");
        assert!(!is_at(&git, main, &head).unwrap());
        let next = commit_all(&git, "second");
        assert!(is_at(&git, main, &next).unwrap());
        assert!(!is_at(&git, main, &head).unwrap());
        put(git.dir(), "a.txt", "two\n");
        assert!(!is_at(&git, main, &next).unwrap());
        git.call(["add", "-A"]).run().unwrap();
        assert!(!is_at(&git, main, &next).unwrap());
        git.call(["checkout", "-q", "-f", "--detach"])
            .run()
            .unwrap();
        assert!(is_at(&git, None, &next).unwrap() && !is_at(&git, main, &next).unwrap());
    }
}
