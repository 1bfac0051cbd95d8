//! What a landing would do, known before anything is done: the same proof as the landing's own,
//! and what it would bring, file by file.

use super::fold::Batch;
use super::land::{in_the_way, landing_line, may_land, may_so, nothing_is_left_out};
use super::remote::Offer;
use super::{Asks, How, LandError, Proof, Request, in_place, last_commit, leaving, patch};
use crate::documents::settings::land::Artifacts;
use crate::git::{DiffEntry, Git};
use crate::records::beside::With;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::terms::{Oid, RunId, TaskId};
use std::path::{Path, PathBuf};

/// What stands in a preview of the report in place of the time.
const NOT_YET: &str = "when it is landed";
/// How many of the run's commits are looked at.
const MOST_COMMITS: usize = 200;
/// Largest difference that is shown, in bytes.
const MAX_DIFF: usize = 2 * 1024 * 1024;

/// What a landing would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The run.
    pub run: RunId,
    /// The branch it would land on.
    pub into: String,
    /// As one commit, or as a merge.
    pub how: How,
    /// Where that branch is.
    pub tip: Oid,
    /// Whether it has moved since the run started.
    pub moved: bool,
    /// Whether the checks would be run again on the two together.
    pub checks_again: bool,
    /// The checkout that would be brought along; `None`: the branch is checked out nowhere.
    pub checkout: Option<PathBuf>,
    /// Every path that would change on the branch.
    pub files: Vec<DiffEntry>,
    /// What people should know.
    pub notes: Vec<String>,
    /// The content that would be landed, but for the time that the report will tell: what is shown
    /// and what is landed later are compared by it.
    pub tree: Oid,
    /// The message of the commit.
    pub message: String,
    /// The first lines of the commits that would be made, oldest first.
    pub makes: Vec<String>,
    /// What becomes of the artifacts.
    pub artifacts: Artifacts,
    /// Where it is up for review already.
    pub in_review: Option<String>,
    /// What would be pushed and opened, where that is wanted.
    pub offer: Option<Offer>,
    /// What of the commit may need the person.
    pub asks: Asks,
    /// The run's own commits, newest first: how each begins, and its subject.
    pub commits: Vec<(String, String)>,
    /// Where it would be written as a patch, as seen from the checkout; `None`: there is none of it.
    pub patch: Option<PathBuf>,
}

impl Preview {
    /// Proves that the run would land, and says what that would do; or what stands in its way.
    pub fn of(view: &RunView, request: &Request) -> Result<Self, LandError> {
        let view = &settled(view)?;
        if in_place::is(view) {
            return in_place::preview(view, request);
        }
        may_land(view)?;
        may_so(view, request)?;
        let proof = Proof::of(view, request)?;
        nothing_is_left_out(view)?;
        let line = landing_line(view, &proof, request, Some(NOT_YET));
        let content = last_commit::compose(view, &proof, (request, &line))?;
        let taken = match request.how {
            // The checkout stays as it is.
            How::Pr => Vec::new(),
            _ => in_the_way(view, &proof, &content)?,
        };
        let batch = Batch::of(view, &proof, &content, request)?;
        let git = Git::new(&view.order.home);
        let offer = match request.how {
            How::Pr => {
                let of = (&batch, content.receipt.as_ref());
                Some(Offer::of(view, request, &proof.into, of)?)
            }
            _ => None,
        };
        let files = git.diff(&proof.tip, &content.tree)?;
        let base = view.run.base.as_ref().unwrap_or(&view.order.base);
        let range = format!("{base}..{}", proof.head);
        let commits = git.log(&range, MOST_COMMITS)?;
        Ok(Self {
            run: view.order.run.clone(),
            checks_again: proof.moved && proof.unseen && !request.no_check,
            into: proof.into,
            how: request.how,
            tip: proof.tip,
            moved: proof.moved,
            checkout: proof.checkout.filter(|_| request.how != How::Pr),
            files,
            notes: { proof.comes_back.into_iter() }
                .chain(content.notes)
                .chain(offer.iter().flat_map(|o| o.notes.clone()))
                .chain(told(taken.len()))
                .chain(others(view))
                .collect(),
            tree: content.tree,
            makes: batch.subjects(),
            message: batch.message,
            artifacts: request.form.artifacts(view),
            asks: Asks::of(&view.order.home, request),
            in_review: view.run.in_review.as_ref().map(|r| r.url.clone()),
            offer,
            patch: Some(seen_from(&view.order.home, patch::place(view))),
            commits: commits
                .into_iter()
                .map(|c| (c.commit.short().to_string(), c.subject))
                .collect(),
        })
    }

    /// The lines that would be added and removed, without those of binary files.
    pub fn lines(&self) -> (u64, u64) {
        self.files.iter().fold((0, 0), |(added, removed), file| {
            (
                added + file.added.unwrap_or(0),
                removed + file.removed.unwrap_or(0),
            )
        })
    }

    /// What would change at one path, as a difference for people.
    pub fn diff(&self, view: &RunView, path: &str) -> Result<String, LandError> {
        let git = Git::new(&view.order.home);
        Ok(git.diff_text_of(&self.tip, &self.tree, path, MAX_DIFF)?)
    }
}

/// The run as it is once its supervisor has left: what that still writes, such as the item's status,
/// is part of what would be landed.
pub(super) fn settled(view: &RunView) -> Result<RunView, LandError> {
    leaving::is_live(view)?;
    RunView::read(view.dirs.clone()).map_err(|e| LandError::Unreadable(e.to_string()))
}

/// A path that lies below a folder without that folder.
fn seen_from(home: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix(home) {
        Ok(inner) => inner.to_owned(),
        Err(_) => path,
    }
}

/// Who else is at work on the run's files.
fn others(view: &RunView) -> Vec<String> {
    let overlaps = view.beside().overlaps.into_iter();
    // What lies in the checkout was looked at more closely.
    let runs = overlaps.filter(|o| matches!(o.with, With::Run { .. }));
    runs.map(|o| o.told()).collect()
}

/// What becomes of files that were taken along.
fn told(taken: usize) -> Option<String> {
    (taken > 0).then(|| {
        let files = crate::text::many(taken, "file");
        format!("{files} of yours that the run took along uncommitted would be part of it")
    })
}

/// The run that is meant: by its id, or by its task: one that is not over before one that is.
pub fn find(project: &Project, name: &str) -> Result<RunView, LandError> {
    if let Ok(task) = TaskId::new(name) {
        let latest = || {
            let views = runs::all(project).0;
            views.into_iter().find(|v| v.task() == Some(&task))
        };
        return runs::open_run_of(project, &task)
            .or_else(latest)
            .ok_or_else(|| {
                LandError::Refused(format!(
                    "{task} has no run; `harness-tui run {task}` starts one"
                ))
            });
    }
    let id = RunId::new(name).map_err(|e| LandError::Refused(e.to_string()))?;
    runs::find(project, &id).map_err(|e| LandError::Refused(e.to_string()))
}

/// Refuses where no person orders: whoever runs inside an attempt is none.
pub fn by_a_person() -> Result<(), LandError> {
    match crate::process::inside_attempt() {
        None => Ok(()),
        Some(mark) => Err(LandError::Refused(format!(
            "this runs inside {mark}; only a person lands, from a terminal of their own"
        ))),
    }
}
