//! Landing a run of a harness that its person keeps to themselves: the team's branch gets the code
//! alone, and what tells of the run is kept where the rest of the harness is.

use super::LandError;
use super::in_place::write_statuses;
use super::intent::{How, Intent};
use super::land::Request;
use super::last_commit::{Scratch, report_path, report_text};
use crate::git::{Git, Identity, Index, NewCommit};
use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::write::{replace, replace_shared};
use crate::supervisor::report::time;
use crate::supervisor::tree;
use crate::terms::{Oid, RepoPath};

/// Whether the run's harness is private.
pub fn is(view: &RunView) -> bool {
    view.order.private.is_some()
}

/// Refuses what would bring the run's own commits, and with them its artifacts, to the team.
pub fn may(view: &RunView, request: &Request) -> Result<(), LandError> {
    if is(view) && request.how == How::Merge {
        return Err(LandError::Refused(format!(
            "the harness is private, and the commits of {} hold its artifacts: a merge would show \
             them to everybody; land it without --merge, as one commit of the code",
            view.order.run
        )));
    }
    Ok(())
}

/// The run's last commit as it is to be merged over `base`: with a private harness, one that has of the
/// harness folder what that commit has. No ref holds it.
pub(super) fn of_code(view: &RunView, git: &Git, base: &Oid, head: &Oid) -> Result<Oid, LandError> {
    if !is(view) {
        return Ok(head.clone());
    }
    let scratch = Scratch::new();
    let index = Index::at(git, &scratch.0);
    index.read_tree(head)?;
    index.reset_paths(base, &[view.order.harness.as_str().into()])?;
    Ok(git.commit_tree(&NewCommit {
        tree: &index.write_tree()?,
        parents: std::slice::from_ref(base),
        message: "to be merged",
        trailers: &[],
        identity: &Identity::fallback(),
        seconds: view.order.created.as_second(),
    })?)
}

/// What is committed on `tip` for this content: nothing, where that holds no code of the run's and
/// the branch need not move. `None`: a commit is to be made.
pub(super) fn nothing_to_commit(
    view: &RunView,
    git: &Git,
    (tip, tree): (&Oid, &Oid),
) -> Result<Option<Oid>, LandError> {
    let same = is(view) && git.tree_of(tip)? == *tree;
    Ok(same.then(|| tip.clone()))
}

/// What is said where nothing is committed.
pub(super) const NO_CODE: &str = "the run changed no code, so nothing is committed";

/// Writes the statuses, the artifacts and the report where the harness is kept. Doing it again
/// changes nothing but the report's time.
pub(super) fn keep(
    view: &RunView,
    intent: &Intent,
    notes: &mut Vec<String>,
) -> Result<(), LandError> {
    let over = view.run.landed.is_some() && !view.active_dir().run_state().exists();
    if !is(view) || over {
        return Ok(());
    }
    write_statuses(view, notes)?;
    let git = Git::new(&view.order.home);
    if let Some(head) = &view.run.head {
        for path in of_harness(view, &git, (&view.order.base, head))? {
            if let Some(bytes) = git.file_at(head, path.as_str())? {
                put(view, &path, &bytes)?;
            }
        }
    }
    let line = format!(
        "on {} as {} ({}), by {}, {}; this file is in no commit",
        intent.into,
        intent.new.short(),
        intent.how.word(),
        intent.by.name,
        time(jiff::Timestamp::now())
    );
    let text = report_text(view, &line);
    put(view, &report_path(view)?, text.as_bytes())?;
    replace(&Disk, &view.dirs.path().join("report.md"), text.as_bytes())?;
    Ok(())
}

/// Has the run's tree stand where its work is: a supervisor that was killed may have left it behind.
pub(super) fn bring_tree_along(view: &RunView) -> Result<(), LandError> {
    let tree = &view.order.tree;
    if let Some(head) = view.run.head.as_ref().filter(|_| is(view))
        && tree.join(".git").exists()
    {
        tree::follow(&Git::new(tree), head)?;
    }
    Ok(())
}

fn put(view: &RunView, path: &RepoPath, bytes: &[u8]) -> Result<(), LandError> {
    let file = view.order.file(path);
    if let Some(folder) = file.parent() {
        Disk.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    Ok(replace_shared(&Disk, &file, bytes)?)
}

/// The paths of a private harness that differ between two trees.
fn of_harness(
    view: &RunView,
    git: &Git,
    (from, to): (&Oid, &Oid),
) -> Result<Vec<RepoPath>, LandError> {
    let roots = view.order.roots();
    if roots.private.is_none() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in git.diff(from, to)? {
        if !roots.is_private(&entry.path) {
            continue;
        }
        let path = RepoPath::new(entry.path);
        paths.push(path.map_err(|bad| LandError::Unreadable(bad.to_string()))?);
    }
    Ok(paths)
}
