//! A receipt out of what is so: the run's records, and git for what they hold.

use super::{
    Artifact, Check, Criterion, Decision, Entry, FORMAT, File, Handed, Head, Receipt, Spent,
    TaskOf, With, changes, places,
};
use crate::engine::run::Decided;
use crate::engine::{GateSide, Run};
use crate::git::diff::How;
use crate::git::{DiffEntry, Git, GitError};
use crate::landing::last_commit::places as shared_places;
use crate::landing::{LandError, private};
use crate::records::runs::RunView;
use crate::records::spending::{By, groups, of_run};
use crate::supervisor::report::time;
use crate::terms::verdict::{Judgement, Met};
use crate::terms::{Digest, Oid, RepoPath};
use crate::text::SafeText;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How many files of a change are listed.
const MOST_FILES: usize = 20_000;
/// How many paths are listed in which two trees of the run differ.
const MOST_BESIDES: usize = 2_000;
/// How many places of changes are told.
const MOST_PLACES: usize = 50_000;
/// Largest commit object that is taken in.
const MAX_COMMIT: usize = 64 * 1024;

impl Receipt {
    /// The receipt of a run as it stands; the same for as long as the run does. A private harness has
    /// none: nothing of it is to be in a commit.
    pub fn of(view: &RunView, with: &With) -> Result<Self, LandError> {
        if private::is(view) {
            return Err(LandError::Refused(format!(
                "the harness of {} is private, and a receipt would tell of it",
                view.order.run
            )));
        }
        let git = Git::new(&view.order.home);
        let run = &view.run;
        let commit = run.head.as_ref().unwrap_or(&view.order.base).clone();
        let tree = git.tree_of(&commit)?;
        let started_on = started_on(view);
        let changed = changed(&git, started_on.as_ref(), &tree)?;
        let artifacts = artifacts(run);
        let unlisted = (changed.len() > MOST_FILES).then_some(changed.len());
        let files = match unlisted {
            Some(_) => Vec::new(),
            None => files(&git, started_on.as_ref(), (&tree, &changed)),
        };
        let decisions = decisions(run);
        let shared: Vec<RepoPath> = shared_places(view)?
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        Ok(Self {
            format: FORMAT,
            run: view.order.run.clone(),
            workflow: flat(&run.plan.workflow),
            task: run.plan.task.as_ref().map(|task| TaskOf {
                id: task.id.clone(),
                title: flat(&task.title),
                path: task.path.clone(),
                digest: run.task.as_ref().unwrap_or(&task.digest).clone(),
            }),
            started_on,
            taken: view
                .order
                .taken_on
                .as_ref()
                .map(|_| view.order.base.clone()),
            criteria: criteria(run, &git, &tree, (&files, &shared))?,
            checks: checks(run, &git, &tree),
            handed_on: handed_on(run, &git, &tree, &decisions),
            shared,
            in_place: view.order.in_place.is_some(),
            head: Head { commit, tree },
            kept: with.kept.clone(),
            decisions,
            comments: with.settled.iter().map(flat_comment).collect(),
            artifacts,
            files,
            unlisted,
            spent: spent(view),
        })
    }
}

/// The commit of the person's own branch that the work stands upon.
fn started_on(view: &RunView) -> Option<Oid> {
    if let Some(in_place) = &view.order.in_place {
        return in_place.head.clone();
    }
    let order = &view.order;
    let refreshed = view.run.refreshed_on.as_ref();
    Some(refreshed.unwrap_or(order.started_on()).clone())
}

fn changed(git: &Git, from: Option<&Oid>, tree: &Oid) -> Result<Vec<DiffEntry>, GitError> {
    match from {
        Some(from) => git.diff(from, tree),
        None => git.diff(&nothing(git)?, tree),
    }
}

/// The tree that holds nothing; it is in every repository.
pub(in crate::landing) fn nothing(git: &Git) -> Result<Oid, GitError> {
    let told = git
        .call(["hash-object", "-t", "tree", "--stdin"])
        .stdin("")
        .text()?;
    Oid::new(told.trim()).map_err(|what| GitError::Unexpected {
        args: "hash-object".to_owned(),
        what,
    })
}

/// A path as a receipt tells it.
pub(in crate::landing) fn path_told(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with("hex:") && RepoPath::new(text).is_ok() => text.to_owned(),
        _ => bytes
            .iter()
            .fold("hex:".to_owned(), |all, b| all + &format!("{b:02x}")),
    }
}

fn entry(diff: &DiffEntry) -> Entry {
    let there = diff.how != How::Deleted;
    Entry {
        path: path_told(&diff.name),
        mode: there.then(|| diff.new_mode.clone()),
        blob: there.then(|| diff.new_object.clone()),
    }
}

fn files(git: &Git, from: Option<&Oid>, (tree, changed): (&Oid, &[DiffEntry])) -> Vec<File> {
    // Too large a change is known by its objects alone.
    let mut places = from
        .and_then(|from| changes(git, from, tree).ok())
        .unwrap_or_default();
    let mut room = MOST_PLACES;
    let mut file = |diff: &DiffEntry| {
        let Entry { path, mode, blob } = entry(diff);
        let change = places.remove(&path).unwrap_or_default();
        let change = if change.len() > room {
            Vec::new()
        } else {
            change
        };
        room -= change.len();
        File {
            path,
            mode,
            blob,
            change,
        }
    };
    changed.iter().map(&mut file).collect()
}

fn artifacts(run: &Run) -> Vec<Artifact> {
    let all = run.stages.iter().flat_map(|s| &s.artifacts);
    all.map(|a| Artifact {
        name: flat(&a.name),
        path: a.path.clone(),
        digest: a.digest.clone(),
        bytes: a.bytes,
    })
    .collect()
}

fn criteria(
    run: &Run,
    git: &Git,
    tree: &Oid,
    (files, shared): (&[File], &[RepoPath]),
) -> Result<Vec<Criterion>, LandError> {
    let Some(task) = &run.plan.task else {
        return Ok(Vec::new());
    };
    let judge = run.stages.iter().rev().find(|s| s.verdict.is_some());
    let verdict = judge.and_then(|s| s.verdict.as_ref());
    let by = judge.and_then(|stage| {
        let name = run.plan.stage(&stage.id)?.verdict.as_deref()?;
        let artifact = stage.artifacts.iter().find(|a| a.name == name)?;
        Some(artifact.path.clone())
    });
    let code: Vec<String> = files.iter().map(|f| f.path.clone()).collect();
    let left_out: BTreeSet<String> = { run.stages.iter().flat_map(|s| &s.artifacts) }
        .map(|a| a.path.to_string())
        .chain(shared.iter().map(RepoPath::to_string))
        .collect();
    let mut all = Vec::new();
    for criterion in &task.criteria {
        let judged =
            verdict.and_then(|v| v.judgements.iter().find(|j| j.criterion == criterion.id));
        let evidence = judged.map_or_else(String::new, |j| flat(&j.evidence));
        let named = places::of(git, tree, &evidence, &code, &left_out)?;
        all.push(Criterion {
            id: criterion.id.clone(),
            text: flat(&criterion.text),
            judged: word(judged).to_owned(),
            by: judged.and(by.clone()),
            evidence,
            places: named.places,
            missing: named.missing,
        });
    }
    Ok(all)
}

/// The word for a judgement.
pub(in crate::landing) fn word(judged: Option<&Judgement>) -> &'static str {
    match judged.map(|j| j.met) {
        Some(Met::Met) => "met",
        Some(Met::Unmet) => "unmet",
        Some(Met::Unverifiable) => "unverifiable",
        None => "not judged",
    }
}

/// What a tree holds that the run's last one does not hold so.
fn besides(git: &Git, last: &Oid, tree: &Oid) -> Option<Vec<Entry>> {
    let differing = git.diff(last, tree).ok()?;
    (differing.len() <= MOST_BESIDES).then(|| differing.iter().map(entry).collect())
}

fn checks(run: &Run, git: &Git, last: &Oid) -> Vec<Check> {
    let mut known: BTreeMap<Oid, Option<Vec<Entry>>> = BTreeMap::new();
    let mut all = Vec::new();
    for record in &run.stages {
        for result in &record.checks {
            let besides = known
                .entry(result.tree.clone())
                .or_insert_with(|| besides(git, last, &result.tree));
            all.push(Check {
                stage: record.id.clone(),
                command: flat(&result.command),
                exit: result.exit,
                how: flat(&result.how_short()),
                tree: result.tree.clone(),
                besides: besides.clone(),
            });
        }
    }
    all
}

/// What people decided, each with what its digest is one of, where that is still what the run is.
fn decisions(run: &Run) -> Vec<Decision> {
    let mut known: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for record in &run.stages {
        for side in [GateSide::Before, GateSide::After] {
            let parts = run.evidence_parts(&record.id, side);
            known.insert(run.evidence(&record.id, side), parts);
        }
    }
    // The receipt is the landing's, and the same before it and after.
    let landed = run.landed.as_ref().map(|landed| landed.at);
    let of_landing = |d: &&Decided| Some(d.at) == landed && d.what.starts_with("landed on ");
    let decided = run.decisions.iter().filter(|d| !of_landing(d));
    decided
        .map(|d| Decision {
            at: time(d.at),
            by: flat(&d.by.name),
            what: flat(&d.what),
            on: d.evidence.clone(),
            given_on: { d.evidence.as_ref().and_then(|on| known.get(on)) }
                .cloned()
                .unwrap_or_default(),
        })
        .collect()
}

/// The commits that these decisions were given on.
fn handed_on(run: &Run, git: &Git, last: &Oid, decisions: &[Decision]) -> Vec<Handed> {
    let named = |commit: &Oid| {
        let end = format!(" {commit}");
        let mut parts = decisions.iter().flat_map(|d| &d.given_on);
        parts.any(|part| part.ends_with(&end))
    };
    let mut all: Vec<Handed> = Vec::new();
    let commits = run.stages.iter().filter_map(|s| s.commit.as_ref());
    for commit in commits.chain(&run.ground).filter(|c| named(c)) {
        if all.iter().any(|h| h.commit == *commit) {
            continue;
        }
        let call = git
            .call(["cat-file", "commit", commit.as_str()])
            .limit(MAX_COMMIT);
        let object = call.run().ok().and_then(|b| String::from_utf8(b).ok());
        if let (Some(object), Ok(tree)) = (object, git.tree_of(commit)) {
            all.push(Handed {
                commit: commit.clone(),
                object,
                besides: besides(git, last, &tree),
                tree,
            });
        }
    }
    all
}

/// What each agent used, attempt by attempt, as `cost` and the screen tell it: who was asked then, and who
/// paid for it then.
fn spent(view: &RunView) -> Vec<Spent> {
    let rows = of_run(view);
    let found = groups(&rows, &[By::Agent], &TimeZone::UTC).into_iter();
    found
        .map(|group| Spent {
            agent: flat(group.name(0)),
            billing: group.billing,
            attempts: group.sum.attempts,
            tokens: group.sum.tokens,
            cost: group.sum.cost,
        })
        .collect()
}

fn flat_comment(comment: &super::Settled) -> super::Settled {
    super::Settled {
        id: flat(&comment.id),
        place: flat(&comment.place),
        text: flat(&comment.text),
        outcome: flat(&comment.outcome),
    }
}

/// On one line, for a break would begin another line of a message, or a trailer; and with nothing in it
/// that acts on the terminal of whoever reads it.
pub(in crate::landing) fn flat(text: &str) -> String {
    let text = SafeText::line(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path of a receipt as it is in the repository.
pub(in crate::landing) fn path_bytes(path: &str) -> Option<Vec<u8>> {
    let Some(digits) = path.strip_prefix("hex:") else {
        return RepoPath::new(path).ok().map(|_| path.as_bytes().to_vec());
    };
    if digits.len() % 2 != 0 || digits.is_empty() || !digits.is_ascii() {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|n| u8::from_str_radix(&digits[n..n + 2], 16).ok())
        .collect();
    bytes.filter(|b| !b.contains(&0))
}
