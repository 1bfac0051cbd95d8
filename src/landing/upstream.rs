//! A result that was up for review and was merged there: noticed in the branch as it was fetched last,
//! however it was merged, and recorded as landed. No branch of this repository moves.

use super::finish::{record, remove_active, remove_trees};
use super::form::artifact_paths;
use super::in_place::write_statuses;
use super::land::held;
use super::last_commit::{blob_paths, places, report_path};
use super::remote::{ask, pushed_to};
use super::{LandError, Landed, pr};
use crate::documents::settings::land::Artifacts;
use crate::engine::{Event, InReview, Person};
use crate::git::{Git, LogEntry};
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::store::fs::Disk;
use crate::store::write::replace;
use crate::supervisor::handoff::TRAILER_RUN;
use crate::terms::{Oid, RunId, RunState};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Most commits of the branch that are looked through.
const MOST: usize = 5_000;
/// How long it may take to bring what is known of it up to date.
const PATIENCE: Duration = Duration::from_mins(10);

/// Where a result was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The branch, for people: `origin/main`, `main`.
    pub into: String,
    /// The commit that brought it.
    pub commit: Oid,
}

/// The ref that holds what a remote's branch is where that is pushed to another place than it is fetched
/// from: the remote's own refs tell of that place, not of this one.
fn asked_ref(run: &RunId) -> String {
    format!("refs/harness/{run}/upstream")
}

/// Brings what is known of the branch up to date.
pub(super) fn fetch(view: &RunView, review: &InReview) -> Result<(), LandError> {
    let InReview { remote, into, .. } = review;
    let (_, place) = pushed_to(&Git::new(&view.order.home), remote)?;
    let to = if place == *remote {
        format!("refs/remotes/{remote}/{into}")
    } else {
        asked_ref(&view.order.run)
    };
    let what = format!("+refs/heads/{into}:{to}");
    let words = ["fetch", "--quiet", "--no-tags", "--", &place, &what];
    ask(&view.order.home, &words, PATIENCE)
        .map(drop)
        .map_err(|said| {
            LandError::aborted(
                format!("{remote} can't be asked what {into} holds: {said}"),
                Vec::new(),
                format!("`git fetch {remote}`, then order it again"),
            )
        })
}

/// Where a run that is up for review was merged, as of the last fetch; `None`: it was not, or what was
/// merged is not what the run is now.
pub fn merged(view: &RunView) -> Result<Option<Merged>, LandError> {
    let run = &view.run;
    let Some(review) = &run.in_review else {
        return Ok(None);
    };
    let now = run.head.as_ref() == Some(&review.head);
    if run.landed.is_some() || run.state() != RunState::Completed || !now {
        return Ok(None);
    }
    let git = Git::new(&view.order.home);
    let there = format!("refs/remotes/{}/{}", review.remote, review.into);
    let asked = asked_ref(&view.order.run);
    let here = format!("refs/heads/{}", review.into);
    let refs = git.refs(&[&asked, &there, &here])?;
    let remote = format!("{}/{}", review.remote, review.into);
    for (name, into) in [
        (asked, remote.clone()),
        (there, remote),
        (here, review.into.clone()),
    ] {
        let Some(tip) = refs.iter().find(|r| r.name == name) else {
            continue;
        };
        if let Some(commit) = found(view, &git, review, &tip.object)? {
            return Ok(Some(Merged { into, commit }));
        }
    }
    Ok(None)
}

/// The commit that brought the result: the one that was pushed, or one in which all that it changes is
/// there. That a commit names the run is not enough: each of its stages' does, and somebody may have
/// taken one of those over alone.
fn found(
    view: &RunView,
    git: &Git,
    review: &InReview,
    tip: &Oid,
) -> Result<Option<Oid>, LandError> {
    // What the pushed commit follows is in the branch from the start.
    let Ok(tree) = git.tree_of(&review.commit) else {
        return Ok(None);
    };
    if git.is_ancestor(&review.commit, tip)? {
        return Ok(Some(review.commit.clone()));
    }
    let Some(fork) = git.merge_base(&review.commit, tip)? else {
        return Ok(None);
    };
    let named = format!("{TRAILER_RUN}: {}", view.order.run);
    let log = git.log(&format!("{fork}..{tip}"), MOST)?;
    for entry in &log {
        if entry.tree == tree {
            return Ok(Some(entry.commit.clone()));
        }
        // A squash may have the trailers anywhere in its text.
        let names = entry.message.lines().any(|line| line.trim() == named);
        if names && brings(git, (&fork, &review.commit), entry)? {
            return Ok(Some(entry.commit.clone()));
        }
    }
    // One that names nothing: the first after which nothing is missing.
    match log.first() {
        Some(last) if holds(git, (&fork, &review.commit), last)? => {
            first(git, (&fork, review), tip)
        }
        _ => Ok(None),
    }
}

/// Whether all that the pushed commit changes is there: to merge it would change nothing.
fn holds(git: &Git, (fork, pushed): (&Oid, &Oid), at: &LogEntry) -> Result<bool, LandError> {
    let merged = git.merge_tree(fork, &at.commit, pushed)?;
    Ok(merged.conflicts.is_empty() && merged.tree == at.tree)
}

/// The same of a commit that names the run. Where somebody settled conflicts in it, each of the paths that
/// were pushed is another than it was before, the report of the run among them.
fn brings(git: &Git, (fork, pushed): (&Oid, &Oid), at: &LogEntry) -> Result<bool, LandError> {
    let merged = git.merge_tree(fork, &at.commit, pushed)?;
    if merged.conflicts.is_empty() {
        return Ok(merged.tree == at.tree);
    }
    let paths = |to: &Oid| -> Result<BTreeSet<PathBuf>, LandError> {
        let changed = git.diff(fork, to)?.into_iter();
        Ok(changed.map(|d| d.name).collect())
    };
    Ok(paths(pushed)?.is_subset(&paths(&at.commit)?))
}

/// The first commit of a branch after which all of it is there; the last one has it.
fn first(
    git: &Git,
    (fork, review): (&Oid, &InReview),
    tip: &Oid,
) -> Result<Option<Oid>, LandError> {
    let call = git.call(["rev-list", "--first-parent", "--reverse"]);
    let list = call.arg(format!("{fork}..{tip}")).text()?;
    let line: Vec<Oid> = { list.lines() }
        .filter_map(|commit| Oid::new(commit).ok())
        .collect();
    let (mut from, mut to) = (0, line.len().saturating_sub(1));
    while from < to {
        let middle = from.midpoint(to);
        let Some(commit) = line.get(middle) else {
            break;
        };
        let merged = git.merge_tree(fork, commit, &review.commit)?;
        if merged.conflicts.is_empty() && merged.tree == git.tree_of(commit)? {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    Ok(line.get(from).cloned())
}

/// Looks through the runs that are up for review, and records those as landed that were merged. What
/// can't be looked at now is looked at the next time.
pub fn notice(project: &Project, by: &Person) -> Vec<Landed> {
    let mut landed = Vec::new();
    // A run that was never put up for review costs one look at its folder.
    let ids = project.engine.run_ids(&Disk).unwrap_or_default();
    let put_up = |id: &RunId| pr::text_of(&project.engine.run(id)).exists();
    let views = { ids.iter() }
        .filter(|id| put_up(id))
        .filter_map(|id| runs::find(project, id).ok());
    let waits = |view: &RunView| view.run.in_review.is_some() && view.run.landed.is_none();
    for view in views.filter(waits) {
        if let Ok(Some(merged)) = merged(&view)
            && let Ok(done) = held(&view, |view| mark_held(view, &merged, by))
        {
            landed.push(done);
        }
    }
    landed
}

/// Records it, and tidies up. The run is held.
pub(super) fn mark_held(view: &RunView, merged: &Merged, by: &Person) -> Result<Landed, LandError> {
    let git = Git::new(&view.order.home);
    let mut notes = Vec::new();
    let commit = merged.commit.clone();
    let linked = !blob_paths(&git, &commit, &artifact_paths(view))?.is_empty();
    let artifacts = if linked {
        Artifacts::Branch
    } else {
        Artifacts::Omit
    };
    if view.run.landed.is_none() {
        write_statuses(view, artifacts, &mut notes)?;
        let landed = Event::Landed {
            into: merged.into.clone(),
            how: pr::HOW.word().to_owned(),
            commit: commit.clone(),
            by: by.clone(),
        };
        record(view, landed)?;
    }
    let report = report_path(view)?;
    if let Some(text) = git.file_at(&commit, report.as_str())? {
        replace(&Disk, &view.dirs.path().join("report.md"), &text)?;
    }
    remove_active(view)?;
    remove_trees(view, &git, &mut notes)?;
    let [kept, kept_artifacts] = pr::kept_refs(&view.order.run);
    for name in [kept, kept_artifacts, asked_ref(&view.order.run)] {
        git.call(["update-ref", "-d", &name]).run()?;
    }
    notes.extend(in_the_way_of_a_pull(view, &git, merged)?);
    let base = view.run.base.as_ref().unwrap_or(&view.order.base);
    let head = view.run.head.as_ref().unwrap_or(base);
    let files = git.diff(base, head)?;
    Ok(Landed {
        run: view.order.run.clone(),
        into: merged.into.clone(),
        how: pr::HOW,
        commit,
        files: files.into_iter().map(|d| d.path).collect(),
        report: report.to_string(),
        checkout: None,
        notes,
        said: String::new(),
    })
}

/// The lines of the task and the backlog lie here uncommitted, and are in what was merged as well: git
/// pulls nothing over them.
fn in_the_way_of_a_pull(
    view: &RunView,
    git: &Git,
    merged: &Merged,
) -> Result<Option<String>, LandError> {
    let head = git.head()?.commit;
    if head
        .as_ref()
        .is_some_and(|h| git.is_ancestor(&merged.commit, h).unwrap_or(false))
    {
        return Ok(None);
    }
    let mut call = git.call(["status", "--porcelain", "-z", "--untracked-files=all", "--"]);
    for (path, _) in places(view)? {
        call = call.arg(path.as_str());
    }
    let lines = call.text()?;
    let dirty: Vec<&str> = lines.split('\0').filter_map(|line| line.get(3..)).collect();
    if dirty.is_empty() {
        return Ok(None);
    }
    let paths = dirty.join(" ");
    Ok(Some(format!(
        "{} holds these as well, and `git pull` goes over nothing that lies uncommitted: `git stash push \
         -u -- {paths}` sets them aside first",
        merged.into
    )))
}
