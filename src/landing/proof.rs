//! What can be known before anything is changed: whether the run merges, and whether something of
//! the person's stands in the way.

use super::fold::Whose;
use super::intent::How;
use super::taken::Taken;
use super::{LandError, Request, private, withdrawn};
use crate::git::diff::How as Changed;
use crate::git::{DiffEntry, Git, NewCommit};
use crate::records::runs::RunView;
use crate::terms::Oid;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// States of a checkout in which git is in the middle of something, and what ends it.
const UNDER_WAY: [(&str, &str); 6] = [
    ("MERGE_HEAD", "a merge"),
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisect"),
];

/// What a landing would do.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The branch it lands on, short name.
    pub into: String,
    /// Where that branch is.
    pub tip: Oid,
    /// The run's last commit.
    pub head: Oid,
    /// The content of both together.
    pub merged: Oid,
    /// Whether the branch has moved since the run started.
    pub moved: bool,
    /// Which commits come back that the branch has no longer, where that was ordered.
    pub comes_back: Option<String>,
    /// Whether the content differs, outside harness/, from what the run's checks saw.
    pub unseen: bool,
    /// The working tree that has the branch checked out.
    pub checkout: Option<PathBuf>,
}

impl Proof {
    /// Proves that a run merges into a branch (by default the one it was started from), and that nothing
    /// comes back with it that the branch has no longer, but where that is ordered.
    pub fn of(view: &RunView, request: &Request) -> Result<Self, LandError> {
        let git = Git::new(&view.order.home);
        let into = target(view, request.into.as_deref())?;
        let name = format!("refs/heads/{into}");
        let tip = git.resolve(&name).map_err(|_| {
            LandError::Refused(format!(
                "there is no branch '{into}'; name another with --into"
            ))
        })?;
        let head = run_head(view, &git)?;
        let comes_back = withdrawn::may(view, (&into, &tip), request)?;
        let merged = merge(view, &git, (&into, &tip, &head), request)?;
        let moved = !git.is_ancestor(&tip, &head)?;
        let harness = view.order.harness.as_str();
        let unseen = git
            .diff(&git.tree_of(&head)?, &merged)?
            .iter()
            .any(|d| !is_in(&d.path, harness));
        let checkout = git
            .worktree_list()?
            .into_iter()
            .find(|w| w.branch.as_deref() == Some(name.as_str()) && !w.prunable)
            .map(|w| w.path);
        if let Some(checkout) = &checkout {
            nothing_under_way(checkout)?;
        }
        Ok(Self {
            into,
            tip,
            head,
            merged,
            moved,
            comes_back,
            unseen,
            checkout,
        })
    }

    /// A commit of the merged content, for tools that need one. It is kept by nothing.
    pub fn merged_commit(&self, view: &RunView) -> Result<Oid, LandError> {
        let git = Git::new(&view.order.home);
        Ok(git.commit_tree(&NewCommit {
            tree: &self.merged,
            parents: &[self.tip.clone(), self.head.clone()],
            message: "to be checked",
            trailers: &[],
            identity: &git.identity(),
            seconds: view.order.created.as_second(),
        })?)
    }
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn target(view: &RunView, into: Option<&str>) -> Result<String, LandError> {
    let into = into
        .map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned())
        .or_else(|| view.order.base_branch.clone())
        .ok_or_else(|| {
            LandError::Refused(format!(
                "{} was started from no branch; name the branch to land on with --into",
                view.order.run
            ))
        })?;
    if into == view.order.branch {
        return Err(LandError::Refused(format!(
            "'{into}' is the run's own branch; name another with --into"
        )));
    }
    Ok(into)
}

/// The run's last commit, which its branch must still be at.
fn run_head(view: &RunView, git: &Git) -> Result<Oid, LandError> {
    let known = view.run.head.clone().unwrap_or(view.order.base.clone());
    let branch = &view.order.branch;
    let full = view.order.branch_ref();
    let tip = git.resolve(&full).map_err(|_| {
        LandError::aborted(
            format!("the run's branch {branch} is gone"),
            Vec::new(),
            format!("put it back with `git update-ref {full} {known}`"),
        )
    })?;
    if tip != known {
        return Err(LandError::aborted(
            format!(
                "{branch} is at {} and not at {}, where the run left it: what was added was never checked",
                tip.short(),
                known.short()
            ),
            Vec::new(),
            format!("put it back with `git update-ref {full} {known} {tip}`"),
        ));
    }
    Ok(known)
}

fn merge(
    view: &RunView,
    git: &Git,
    (into, tip, head): (&str, &Oid, &Oid),
    request: &Request,
) -> Result<Oid, LandError> {
    let base = git
        .call(["merge-base", tip.as_str(), head.as_str()])
        .output()?;
    let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
    let base = Oid::new(base).map_err(|_| {
        LandError::Refused(format!(
            "'{into}' and {} have no commit in common; name another branch with --into",
            view.order.branch
        ))
    })?;
    let merged = git.merge_tree(&base, tip, &private::of_code(view, git, &base, head)?)?;
    if merged.conflicts.is_empty() {
        return Ok(merged.tree);
    }
    let again = view
        .task()
        .map_or_else(String::new, |t| format!("`harness-tui run {t} --new`, or "));
    let commits = Whose::of(view, git)?.told(view, &merged.conflicts);
    let what = if request.how == How::Rebase && !commits.is_empty() {
        format!(
            "{} can't be put upon '{into}' at {}: both changed the same lines",
            commits.join(", "),
            tip.short()
        )
    } else {
        format!("'{into}' and {} changed the same lines", view.order.branch)
    };
    Err(LandError::aborted(
        what,
        merged.conflicts,
        format!(
            "do the work on the new base with {again}merge {} by hand",
            view.order.branch
        ),
    ))
}

fn nothing_under_way(checkout: &Path) -> Result<(), LandError> {
    let dir = Git::discover(checkout)?.git_dir;
    match UNDER_WAY.iter().find(|(file, _)| dir.join(file).exists()) {
        Some((_, what)) => Err(LandError::aborted(
            format!("{what} is under way in {}", checkout.display()),
            Vec::new(),
            "end it first (`git status` says how)",
        )),
        None => Ok(()),
    }
}

/// Refuses where a path that would change is changed in the checkout already, but for those that the
/// run took along so.
pub fn nothing_in_the_way(
    checkout: &Path,
    tip: &Oid,
    code: &Oid,
    taken: &[Taken],
) -> Result<Vec<DiffEntry>, LandError> {
    let git = Git::new(checkout);
    let changes = git.diff(tip, code)?;
    let dirty = dirty_paths(&git)?;
    let mut paths: Vec<String> = changes
        .iter()
        .filter(|c| !taken.iter().any(|t| t.path.as_str() == c.path))
        .filter(|c| {
            dirty.contains(&c.path)
                || (c.how == Changed::Added && is_there(&checkout.join(&c.path)))
                || below_a_file(checkout, &c.path, &changes)
        })
        .map(|c| c.path.clone())
        .collect();
    paths.dedup();
    if paths.is_empty() {
        return Ok(changes);
    }
    Err(LandError::aborted(
        format!(
            "the run changed files that have changes of yours in {}",
            checkout.display()
        ),
        paths,
        "commit, stash or move yours, then land again",
    ))
}

fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether something that is no folder stands where a folder would be needed.
fn below_a_file(checkout: &Path, path: &str, changes: &[DiffEntry]) -> bool {
    let goes = |a: &Path| {
        changes
            .iter()
            .any(|c| c.how == Changed::Deleted && Path::new(&c.path) == a)
    };
    Path::new(path)
        .ancestors()
        .skip(1)
        .filter(|a| !a.as_os_str().is_empty() && !goes(a))
        .any(|a| std::fs::symlink_metadata(checkout.join(a)).is_ok_and(|m| !m.is_dir()))
}

/// Tracked paths that differ between HEAD, index and working tree. Both names of a rename.
fn dirty_paths(git: &Git) -> Result<BTreeSet<String>, LandError> {
    let bytes = git
        .call(["status", "--porcelain=v2", "-z", "--no-renames"])
        .args(["--untracked-files=no", "--ignore-submodules=dirty"])
        .run()?;
    Ok(bytes
        .split(|b| *b == 0)
        .filter_map(|record| {
            let text = String::from_utf8_lossy(record).into_owned();
            let fields = match text.as_bytes().first()? {
                b'1' => 9,
                b'u' => 11,
                _ => return None,
            };
            text.splitn(fields, ' ').nth(fields - 1).map(str::to_owned)
        })
        .collect())
}
