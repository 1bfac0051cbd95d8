//! Landing a run of a harness that its person keeps to themselves: the team's branch gets the code
//! alone, and what tells of the run is kept where the rest of the harness is.

use super::LandError;
use super::in_place::write_statuses;
use super::intent::{How, Intent};
use super::land::Request;
use super::last_commit::{places, report_path, report_text};
use crate::documents::settings::land::Artifacts;
use crate::git::{Git, Identity, Index, NewCommit, Scratch};
use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::store::swap::{recover_swaps, replace_cas};
use crate::store::write::{MAX_FILE, replace};
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
    let index = Index::at(git, scratch.path());
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

/// Refuses where a file that the run would bring to the private harness was changed there since it
/// began, as git would in a checkout; also for a dry run. What is gone is in nobody's way.
pub(super) fn nothing_in_the_way(view: &RunView) -> Result<(), LandError> {
    if !is(view) {
        return Ok(());
    }
    let report = report_path(view)?;
    let mut changed = Vec::new();
    for Brought { path, before, text } in brought(view)? {
        let shared = places(view)?.iter().any(|(own, _)| *own == path);
        let now = lies_there(view, &path)?;
        let known = now.is_none() || now == before || now.as_ref() == Some(&text);
        if !shared && !known {
            changed.push(path.to_string());
        }
    }
    if view.order.file(&report).symlink_metadata().is_ok() {
        changed.push(report.to_string());
    }
    if changed.is_empty() {
        return Ok(());
    }
    Err(LandError::aborted(
        format!(
            "the run changed files that have changes of yours in {}",
            view.order.roots().folder().display()
        ),
        changed,
        "move yours out of the harness, land again, then put back of it what is to stay",
    ))
}

/// Writes the statuses, the artifacts and the report where the harness is kept. What somebody wrote
/// there in that moment stays, and the run's own goes beside it. Doing it again changes nothing.
pub(super) fn keep(
    view: &RunView,
    intent: &Intent,
    notes: &mut Vec<String>,
) -> Result<(), LandError> {
    // It is recorded as landed only after all of this was done.
    if !is(view) || view.run.landed.is_some() {
        return Ok(());
    }
    write_statuses(view, Artifacts::Branch, notes)?;
    let shared = places(view)?;
    for brought in brought(view)? {
        if shared.iter().any(|(own, _)| *own == brought.path) {
            // Its lines are set above; the rest of it is people's.
            beside(view, &brought, notes)?;
        } else {
            put(view, &brought, notes)?;
        }
    }
    let line = format!(
        "on {} as {} ({}), by {}, {}{IN_NO_COMMIT}",
        intent.into,
        intent.new.short(),
        intent.how.word(),
        intent.by.name,
        time(jiff::Timestamp::now())
    );
    let text = report_text(view, &line, None);
    let report = Brought {
        path: report_path(view)?,
        before: None,
        text: text.clone().into_bytes(),
    };
    let there = lies_there(view, &report.path)?;
    if !there.is_some_and(|there| is_same_report(&there, &text)) {
        put(view, &report, notes)?;
    }
    replace(&Disk, &view.dirs.path().join("report.md"), text.as_bytes())?;
    Ok(())
}

/// How the line of the report ends that tells the landing.
const IN_NO_COMMIT: &str = "; this file is in no commit";

/// Whether this is the report that an earlier go of the same landing wrote: the time is another.
fn is_same_report(there: &[u8], text: &str) -> bool {
    let there = String::from_utf8_lossy(there);
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.ends_with(IN_NO_COMMIT));
        lines.map(str::to_owned).collect()
    };
    lines(&there) == lines(text)
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

/// A file that the run brings to the private harness.
struct Brought {
    path: RepoPath,
    /// As it was when the run took it in; `None`: it was not there.
    before: Option<Vec<u8>>,
    text: Vec<u8>,
}

/// What the run changed of the private harness.
fn brought(view: &RunView) -> Result<Vec<Brought>, LandError> {
    let Some(head) = &view.run.head else {
        return Ok(Vec::new());
    };
    let git = Git::new(&view.order.home);
    let base = view.run.base.as_ref().unwrap_or(&view.order.base);
    let mut all = Vec::new();
    for path in of_harness(view, &git, (base, head))? {
        if let Some(text) = git.file_at(head, path.as_str())? {
            let before = git.file_at(base, path.as_str())?;
            all.push(Brought { path, before, text });
        }
    }
    Ok(all)
}

/// What the private harness holds at this path now.
fn lies_there(view: &RunView, path: &RepoPath) -> Result<Option<Vec<u8>>, LandError> {
    match read_inside(view.order.roots().of(path), path, MAX_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing { .. }) => Ok(None),
        Err(e) => Err(LandError::aborted(
            format!("{path} of the private harness can't be read: {e}"),
            Vec::new(),
            "make it a plain file, or move it away, then land again",
        )),
    }
}

/// Puts a file in its place if that holds what the run took in; else that stays, and the run's own
/// goes beside.
fn put(view: &RunView, brought: &Brought, notes: &mut Vec<String>) -> Result<(), LandError> {
    let Brought { path, before, text } = brought;
    let file = view.order.file(path);
    if let Some(folder) = file.parent() {
        Disk.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    let theirs_stays = |_: &[u8], _: &[u8], theirs: &[u8]| theirs.to_vec();
    // What an earlier go displaced and had not looked at when it was cut off.
    let base = before.as_deref();
    recover_swaps(&Disk, &file, base.unwrap_or_default(), &theirs_stays)?;
    if lies_there(view, path)?.as_ref() == Some(text) {
        return Ok(());
    }
    if replace_cas(&Disk, &file, base, text, &theirs_stays)? != *text {
        beside(view, brought, notes)?;
    }
    Ok(())
}

/// Keeps the run's own of a file that stays as it is, and tells where.
fn beside(view: &RunView, brought: &Brought, notes: &mut Vec<String>) -> Result<(), LandError> {
    let kept = brought.path.under(&view.dirs.path().join("not-landed"));
    if let Some(folder) = kept.parent() {
        Disk.create_dir_all(folder, true)
            .map_err(StoreError::io("make", folder))?;
    }
    replace(&Disk, &kept, &brought.text)?;
    notes.push(format!(
        "{} was changed meanwhile and stays as it is; what the run made of it is in {}",
        brought.path,
        kept.display()
    ));
    Ok(())
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
