//! What the last commit holds beside the run's code and artifacts: the task file, the item's lines
//! in the backlog, the run report.
//!
//! The task is landed as it is in the checkout where that has the branch, for that is what the run
//! worked on; where the checkout is on another branch and others changed the task on this one, it is
//! landed as it is there. Of the backlog only the lines of this item are landed: everything else in it
//! is somebody's other work.

use super::intent::{Edits, Kind, Shared};
use super::land::Request;
use super::proof::Proof;
use super::receipt::{Kept, Receipt, With};
use super::{LandError, asks, contested, form, private};
use crate::documents::backlog::{Backlog, PLACES};
use crate::documents::settings::land::Artifacts;
use crate::documents::task::Task;
use crate::engine::review::Comment;
use crate::git::{Git, Index, Scratch};
use crate::records::runs::RunView;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::{ReadError, read_inside};
use crate::supervisor::publish::artifact_label;
use crate::supervisor::report::{self, Source};
use crate::terms::{Oid, RepoPath};
use crate::text::many;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Largest task file or backlog that is read.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Largest run-state.md that is folded into the report.
const MAX_STATE_BYTES: u64 = 4 * 1024 * 1024;
/// How many open comments are named.
const NAMED: usize = 5;
/// What the task's status becomes: the word of the format's author.
const TASK_STATUS: &str = "Done";

/// A path as a tree or an index holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Octal digits.
    pub mode: String,
    /// The object.
    pub object: Oid,
}

/// What the commit is to hold.
#[derive(Debug, Clone)]
pub struct Content {
    /// All of it.
    pub tree: Oid,
    /// What the run did, without what the last commit adds to it.
    pub work: Oid,
    /// The same as `tree` with the shared files as the branch has them.
    pub code: Oid,
    /// The shared files.
    pub shared: Vec<Shared>,
    /// Their lines.
    pub edits: Edits,
    /// Where the report is.
    pub report: RepoPath,
    /// The receipt, which the report holds; `None`: the harness is private.
    pub receipt: Option<Receipt>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Puts the last commit's content together, in objects only. `how` is said in the report.
pub fn compose(
    view: &RunView,
    proof: &Proof,
    (request, landing): (&Request, &str),
) -> Result<Content, LandError> {
    let git = Git::new(&view.order.home);
    contested::look(view, &git, proof)?;
    let home = canonical(&view.order.home);
    let at_home = proof.checkout.as_deref().map(canonical).as_ref() == Some(&home);
    let edits = edits_of(view, request.form.artifacts(view));
    let mut notes = request.form.notes(view);
    notes.extend(still_open(view));
    let scratch = Scratch::new();
    let whole = Index::at(&git, scratch.path());
    whole.read_tree(&proof.merged)?;
    form::without_artifacts(view, request, &whole, &proof.tip)?;
    let work = whole.write_tree()?;
    let mut shared = Vec::new();
    for (path, kind) in places(view)? {
        if view.order.roots().is_private(path.as_str()) {
            continue;
        }
        let of = (&path, kind, at_home);
        let text = landed_text(view, &git, proof, of, &edits, &mut notes)?;
        if let Some((text, mode)) = text {
            let object = hash(&git, &text, (kind == Kind::Task).then_some(&path))?;
            set(&whole, &path, &Entry { mode, object })?;
        }
        // In a checkout elsewhere nobody but git has a hand in these files.
        if at_home && let Some(bytes) = read_optional(view, &path)? {
            let before = Some(hash(&git, &bytes, None)?);
            let staged = entry_at(
                &Index::at(&git, Git::discover(&home)?.git_dir.join("index")),
                &path,
            )?;
            shared.push(Shared {
                path,
                kind,
                before,
                staged,
            });
        }
    }
    let path = report_path(view)?;
    let receipt = receipt_of(view, request.form.kept(view))?;
    if !private::is(view) {
        let text = report_text(view, landing, receipt.as_ref());
        let object = hash(&git, text.as_bytes(), Some(&path))?;
        let mode = "100644".to_owned();
        set(&whole, &path, &Entry { mode, object })?;
    }
    let tree = whole.write_tree()?;
    notes.extend(asks::hooks_changed(view, (&proof.tip, &tree))?);
    for file in &shared {
        match entry_in(&git, &proof.tip, &file.path)? {
            Some(entry) => set(&whole, &file.path, &entry)?,
            None => unset(&whole, &file.path)?,
        }
    }
    let code = whole.write_tree()?;
    if private::nothing_to_commit(view, &git, (&proof.tip, &tree))?.is_some() {
        notes.push(private::NO_CODE.to_owned());
    }
    Ok(Content {
        tree,
        work,
        code,
        shared,
        edits,
        report: path,
        receipt,
        notes,
    })
}

/// That comments are open, which nobody was sent: once the run has landed nobody will be.
pub(super) fn still_open(view: &RunView) -> Option<String> {
    let open = match view.open_comments() {
        Ok(open) if open.is_empty() => return None,
        Ok(open) => open,
        Err(why) => return Some(format!("whether comments are open is not known: {why}")),
    };
    let place = |comment: &Comment| match &comment.spot {
        Some(spot) => format!("{} ({spot})", comment.id),
        None => comment.id.to_string(),
    };
    let more = match open.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<String> = open.iter().take(NAMED).map(place).collect();
    Some(format!(
        "{} of this run {} open, and nobody answers once it has landed: {}{more}",
        many(open.len(), "comment"),
        if open.len() == 1 { "is" } else { "are" },
        named.join(", ")
    ))
}

fn canonical(path: impl AsRef<std::path::Path>) -> std::path::PathBuf {
    let path = path.as_ref();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

pub(super) fn edits_of(view: &RunView, artifacts_go: Artifacts) -> Edits {
    let run = &view.run;
    let artifacts = run.stages.iter().flat_map(|s| &s.artifacts);
    // A link leads to what is there.
    let all = artifacts_go == Artifacts::Branch;
    let left_out = if all {
        Vec::new()
    } else {
        form::artifact_paths(view)
    };
    let mut related: Vec<(String, String)> = artifacts
        .filter(|a| !left_out.contains(&a.path.as_str().into()))
        .map(|a| (artifact_label(&a.name), a.path.to_string()))
        .collect();
    let report = format!("{}/runs/{}.md", view.order.harness, view.order.run);
    related.push(("Run Report".to_owned(), report));
    Edits {
        task: view.task().cloned(),
        item: view.order.item.clone(),
        status: view.order.statuses.landed.clone(),
        task_status: TASK_STATUS.to_owned(),
        related,
    }
}

pub(super) fn places(view: &RunView) -> Result<Vec<(RepoPath, Kind)>, LandError> {
    let mut places = Vec::new();
    if let Some(task) = &view.run.plan.task {
        places.push((task.path.clone(), Kind::Task));
    }
    if view.order.item.is_some() {
        if let Some(own) = &view.order.backlog {
            places.push((own.clone(), Kind::Backlog));
            return Ok(places);
        }
        for place in PLACES {
            places.push((inside(view, place)?, Kind::Backlog));
        }
    }
    Ok(places)
}

fn inside(view: &RunView, rest: &str) -> Result<RepoPath, LandError> {
    RepoPath::new(format!("{}/{rest}", view.order.harness))
        .map_err(|e| LandError::Unreadable(e.to_string()))
}

/// The harness folder with its slash, as paths in it begin.
pub(super) fn place_of(view: &RunView) -> String {
    format!("{}/", view.order.harness)
}

/// Those of these paths that a commit has.
pub(super) fn blob_paths(
    git: &Git,
    commit: &Oid,
    paths: &[PathBuf],
) -> Result<Vec<PathBuf>, LandError> {
    let mut there = Vec::new();
    for path in paths {
        if git.file_at(commit, &path.to_string_lossy())?.is_some() {
            there.push(path.clone());
        }
    }
    Ok(there)
}

/// Where the report of a run is kept.
pub fn report_path(view: &RunView) -> Result<RepoPath, LandError> {
    inside(view, &format!("runs/{}.md", view.order.run))
}

/// What the commit is to hold at this path, and its mode; `None`: what the merge holds.
fn landed_text(
    view: &RunView,
    git: &Git,
    proof: &Proof,
    (path, kind, at_home): (&RepoPath, Kind, bool),
    edits: &Edits,
    notes: &mut Vec<String>,
) -> Result<Option<(Vec<u8>, String)>, LandError> {
    let entry = entry_in(git, &proof.merged, path)?;
    let mode = entry
        .as_ref()
        .map_or_else(|| "100644".to_owned(), |e| e.mode.clone());
    let merged = match &entry {
        Some(entry) => Some(blob(git, &entry.object)?),
        None => None,
    };
    let text = match kind {
        Kind::Task => task_text(view, git, (proof, path, at_home), merged, notes)?,
        Kind::Backlog => merged,
    };
    let Some(text) = text else {
        let there = view.order.file(path).is_file();
        if kind == Kind::Task {
            let gone = if there {
                format!("{path} is gone on '{}'", proof.into)
            } else {
                format!("{path} is gone")
            };
            notes.push(format!("{gone}; the task's status was not set"));
        } else if there {
            notes.push(format!(
                "{path} was never committed, so its status line is set in your checkout only"
            ));
        }
        return Ok(None);
    };
    match edited(&text, kind, edits) {
        Ok(text) => Ok(Some((text, mode))),
        Err(why) => {
            notes.push(format!("{path} was landed unchanged: {why}"));
            Ok(None)
        }
    }
}

/// The task as it lands, before its lines are set. The checkout's holds what the run was judged by; where
/// that is on another branch, it says nothing of what others made of the task on this one, which stays.
fn task_text(
    view: &RunView,
    git: &Git,
    (proof, path, at_home): (&Proof, &RepoPath, bool),
    merged: Option<Vec<u8>>,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<u8>>, LandError> {
    let here = read_optional(view, path)?;
    // Also of a run that was refreshed since: what came with that is theirs as well.
    let began = entry_in(git, &view.order.base, path)?;
    let theirs = entry_in(git, &proof.merged, path)? != began;
    let upon_that = || -> Result<bool, LandError> {
        let head = git.resolve("HEAD").ok();
        let head = head.map(|head| entry_in(git, &head, path)).transpose()?;
        Ok(head.flatten() == began)
    };
    // What is said in the checkout alone was said upon what the branch has.
    if here.is_some() && (at_home || !theirs && (merged.is_none() || upon_that()?)) {
        return Ok(here);
    }
    let Some(merged) = merged else {
        return Ok(None);
    };
    let judged = view.run.task.as_ref();
    if judged.is_some_and(|judged| Task::parse(&merged).digest_for_staleness() != *judged) {
        let (into, run) = (&proof.into, &view.order.run);
        return Err(LandError::aborted(
            format!("the task on '{into}' is not the one that {run} was judged by"),
            vec![path.to_string()],
            format!(
                "look at what was changed there (`git log -p {into} -- {path}`); then either check \
                 '{into}' out and rerun what is stale with `harness-tui rerun {run} --stale`, or put the \
                 task back on '{into}', and land again"
            ),
        ));
    }
    if theirs && here.is_some_and(|here| here != merged) {
        notes.push(format!(
            "{path} lands as '{}' has it, where it was changed since the run began; the one in your \
             checkout, which is on another branch, stays as it is",
            proof.into
        ));
    }
    Ok(Some(merged))
}

/// A shared file with the landing's lines set, and no other byte changed. Doing it twice changes
/// nothing.
pub fn edited(text: &[u8], kind: Kind, edits: &Edits) -> Result<Vec<u8>, String> {
    match kind {
        Kind::Task => {
            let mut task = Task::parse(text);
            task.set_status(&edits.task_status);
            for (label, path) in &edits.related {
                task.set_related_artifact(label, path);
            }
            Ok(task.render())
        }
        Kind::Backlog => {
            let mut backlog = Backlog::parse(text);
            if let Some(item) = &edits.item {
                backlog
                    .set_status(item, &edits.status)
                    .map_err(|e| e.to_string())?;
                if let Some(task) = &edits.task {
                    backlog
                        .set_task_link(item, task)
                        .map_err(|e| e.to_string())?;
                }
            }
            Ok(backlog.render())
        }
    }
}

pub(super) fn read_optional(view: &RunView, path: &RepoPath) -> Result<Option<Vec<u8>>, LandError> {
    match read_inside(view.order.roots().of(path), path, MAX_FILE_BYTES) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ReadError::Missing { .. }) => Ok(None),
        Err(e) => Err(LandError::aborted(
            format!("{path} can't be read: {e}"),
            Vec::new(),
            "make it a plain file",
        )),
    }
}

/// The receipt that is landed with the run; `None`: the harness is private, and nothing of it lands.
pub(super) fn receipt_of(view: &RunView, kept: Kept) -> Result<Option<Receipt>, LandError> {
    if private::is(view) {
        return Ok(None);
    }
    let with = With {
        kept,
        ..With::of(view)
    };
    Receipt::of(view, &with).map(Some)
}

/// What a report says where there is no receipt.
const NO_RECEIPT: &str = "None: the harness is private, so no commit tells of the run.\n";

/// The report as it is kept: landing noted, the receipt and the final run-state folded in.
pub(super) fn report_text(view: &RunView, landing: &str, receipt: Option<&Receipt>) -> String {
    let mut facts = report::facts(&Source {
        run: &view.run,
        order: &view.order,
        rests: None,
        commented: &view.commented,
    });
    facts.landing = Some(landing.to_owned());
    facts.next_action = None;
    let mut text = facts.render();
    text.push('\n');
    match receipt {
        Some(receipt) => text.push_str(&receipt.section()),
        None => text.extend(["## Receipt\n\n", NO_RECEIPT]),
    }
    let state = view.active_dir().run_state();
    if let Ok(state) = Disk.read(&state, MAX_STATE_BYTES) {
        let state = String::from_utf8_lossy(&state).into_owned();
        let fence = fence_for(&state);
        for part in [
            "\n## Final Run State\n\n",
            &fence,
            "markdown\n",
            state.trim_end(),
            "\n",
            &fence,
            "\n",
        ] {
            text.push_str(part);
        }
    }
    text
}

/// A fence that no line of the text can close.
fn fence_for(text: &str) -> String {
    let longest = text
        .lines()
        .map(|l| l.trim_start().chars().take_while(|c| *c == '~').count())
        .max()
        .unwrap_or(0);
    "~".repeat(longest.max(2) + 1)
}

/// A path as a commit or tree holds it.
pub(super) fn entry_in(git: &Git, tree: &Oid, path: &RepoPath) -> Result<Option<Entry>, LandError> {
    let call = git.call(["ls-tree", "-z", "--full-tree", tree.as_str(), "--"]);
    read_entry(&call.arg(path.as_str()).run()?, 2)
}

/// A path as an index holds it, unmerged ones not.
pub(super) fn entry_at(index: &Index, path: &RepoPath) -> Result<Option<Entry>, LandError> {
    let call = index.call(["ls-files", "-z", "-s", "--", path.as_str()]);
    read_entry(&call.run()?, 1)
}

/// Reads `mode … object …\tpath`, the object being the word of this number.
fn read_entry(listing: &[u8], word: usize) -> Result<Option<Entry>, LandError> {
    let text = String::from_utf8_lossy(listing);
    let head = text.split('\t').next().unwrap_or_default();
    let words: Vec<&str> = head.split(' ').collect();
    let (Some(mode), Some(object)) = (words.first(), words.get(word)) else {
        return Ok(None);
    };
    let object = Oid::new(*object).map_err(LandError::Unreadable)?;
    Ok(Some(Entry {
        mode: (*mode).to_owned(),
        object,
    }))
}

/// The bytes of a blob.
pub(super) fn blob(git: &Git, object: &Oid) -> Result<Vec<u8>, LandError> {
    Ok(git.call(["cat-file", "blob", object.as_str()]).run()?)
}

/// Stores bytes as a blob; with a path, as git would take them in from there.
pub(super) fn hash(git: &Git, bytes: &[u8], path: Option<&RepoPath>) -> Result<Oid, LandError> {
    let mut call = git.call(["hash-object", "-w", "--stdin"]);
    if let Some(path) = path {
        call = call.arg("--path").arg(path.as_str());
    }
    Oid::new(call.stdin(bytes).text()?.trim()).map_err(LandError::Unreadable)
}

/// Sets a path in an index.
pub(super) fn set(index: &Index, path: &RepoPath, entry: &Entry) -> Result<(), LandError> {
    index
        .call(["update-index", "--add", "--cacheinfo"])
        .arg(format!("{},{},{path}", entry.mode, entry.object))
        .run()?;
    Ok(())
}

/// Takes a path out of an index.
pub(super) fn unset(index: &Index, path: &RepoPath) -> Result<(), LandError> {
    index
        .call(["update-index", "--force-remove", "--", path.as_str()])
        .run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{ItemId, TaskId};

    fn edits() -> Edits {
        Edits {
            task: Some(TaskId::new("T001").unwrap()),
            item: Some(ItemId::new("B001").unwrap()),
            status: "Done".to_owned(),
            task_status: "Done".to_owned(),
            related: vec![("QA Review".to_owned(), "harness/artifacts/qa.md".to_owned())],
        }
    }

    #[test]
    fn only_the_items_own_lines_change_and_twice_is_once() {
        let text = "# Backlog\r\n\r\n### B001 - One\r\n**Status:** In Review  \r\n**Summary:** s\r\n\r\n### B002 - Two\r\n**Status:** Planned\r\n";
        let once = edited(text.as_bytes(), Kind::Backlog, &edits()).unwrap();
        let wanted = text
            .replace("In Review", "Done")
            .replace("**Summary:** s\r\n", "**Summary:** s\r\n**Task:** T001\r\n");
        assert_eq!(String::from_utf8(once.clone()).unwrap(), wanted);
        assert_eq!(edited(&once, Kind::Backlog, &edits()).unwrap(), once);
        assert!(edited(b"# Backlog\n", Kind::Backlog, &edits()).is_err());
    }

    #[test]
    fn a_task_gets_its_status_and_its_links_once() {
        let text = "# Task T001 — One\n\nStatus: Ready\n\n## Summary\n\ns\n";
        let once = edited(text.as_bytes(), Kind::Task, &edits()).unwrap();
        let told = String::from_utf8(once.clone()).unwrap();
        assert!(told.contains("Status: Done\n") && told.contains("harness/artifacts/qa.md"));
        assert_eq!(edited(&once, Kind::Task, &edits()).unwrap(), once);
    }

    #[test]
    fn a_fence_outlasts_what_it_holds() {
        assert_eq!(fence_for("a\n~~~~\nb"), "~~~~~");
        assert_eq!(fence_for(""), "~~~");
    }
}
