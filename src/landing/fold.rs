//! The commits that a landing makes, before any is made: the run's hand-offs folded as is wanted, upon
//! the branch as it is now. Only objects; whoever looks at it changes nothing.
//!
//! A stage's commit holds the paths that it was the last to change, as they are in the end. So the
//! last of them is what was judged, in whatever order stages were run again.

use super::form::{Line, without_artifacts};
use super::intent::How;
use super::land::Request;
use super::last_commit::Content;
use super::proof::Proof;
use super::{LandError, wording};
use crate::git::{Git, Index, Scratch};
use crate::records::runs::RunView;
use crate::supervisor::handoff::{TRAILER_RUN, TRAILER_STAGE};
use crate::terms::{Oid, StageId};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Most commits of a run that are looked at.
const MOST: usize = 10_000;

/// A commit that is to be made before the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it holds.
    pub tree: Oid,
    /// Its message.
    pub message: String,
}

/// What the last commit joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joins {
    /// Nothing: it follows the others.
    Nothing,
    /// The run's own commits, up to this one.
    Own(Oid),
    /// What the steps came to; it is a merge upon this commit.
    Steps {
        /// The commit.
        onto: Oid,
    },
}

/// All of the commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The commit that the first follows.
    pub from: Oid,
    /// Those before the last.
    pub steps: Vec<Step>,
    /// What the last joins.
    pub joins: Joins,
    /// What the last holds.
    pub tree: Oid,
    /// Its message.
    pub message: String,
}

impl Batch {
    /// What a landing so would make.
    pub fn of(
        view: &RunView,
        proof: &Proof,
        content: &Content,
        request: &Request,
    ) -> Result<Self, LandError> {
        let git = Git::new(&view.order.home);
        let message = wording::last(view, request, content.receipt.as_ref())?;
        let line = request.form.line(view, request.how);
        let (from, steps, joins) = match (request.how, line) {
            (How::Merge, Line::Own) => {
                let joins = Joins::Own(proof.head.clone());
                (proof.tip.clone(), Vec::new(), joins)
            }
            (How::Merge, line) => side(view, &git, proof, (request, line, &message))?,
            (_, Line::Stages) => {
                let steps = steps(view, &git, (&proof.tip, &content.work))?;
                (proof.tip.clone(), steps, Joins::Nothing)
            }
            _ => (proof.tip.clone(), Vec::new(), Joins::Nothing),
        };
        Ok(Self {
            from,
            steps,
            joins,
            tree: content.tree.clone(),
            message,
        })
    }

    /// The first lines of the messages, oldest first.
    pub fn subjects(&self) -> Vec<String> {
        let messages = self.steps.iter().map(|s| &s.message);
        messages
            .chain([&self.message])
            .filter_map(|m| m.lines().next().map(str::to_owned))
            .collect()
    }
}

/// What is merged where that are not the run's own commits.
fn side(
    view: &RunView,
    git: &Git,
    proof: &Proof,
    (request, line, message): (&Request, Line, &str),
) -> Result<(Oid, Vec<Step>, Joins), LandError> {
    let fork = git.merge_base(&proof.tip, &proof.head)?;
    let fork = fork.unwrap_or_else(|| proof.tip.clone());
    let scratch = Scratch::new();
    let index = Index::at(git, scratch.path());
    index.read_tree(&proof.head)?;
    without_artifacts(view, request, &index, &fork)?;
    let tree = index.write_tree()?;
    let mut made = match line {
        Line::Stages => steps(view, git, (&fork, &tree))?,
        _ => Vec::new(),
    };
    // What no stage is known to have done is part of it too.
    if made.last().is_none_or(|s| s.tree != tree) {
        let message = message.to_owned();
        made.push(Step { tree, message });
    }
    let onto = proof.tip.clone();
    Ok((fork, made, Joins::Steps { onto }))
}

/// One step a stage that changed something, from one tree on towards the other.
fn steps(view: &RunView, git: &Git, (from, to): (&Oid, &Oid)) -> Result<Vec<Step>, LandError> {
    let whose = Whose::of(view, git)?;
    let mut of_stage: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    let mut before = Vec::new();
    for change in git.diff(from, to)? {
        let stage = whose.stage(&change.path);
        match stage.and_then(|id| view.run.plan.index(id)) {
            Some(n) => of_stage.entry(n).or_default().push(change.name),
            None => before.push(change.name),
        }
    }
    let scratch = Scratch::new();
    let index = Index::at(git, scratch.path());
    index.read_tree(from)?;
    let mut steps = Vec::new();
    // What lay uncommitted in the checkout when the run began is nobody's work of it.
    if view.order.taken_on.is_some() && !before.is_empty() {
        index.reset_paths(to, &before)?;
        steps.push(Step {
            tree: index.write_tree()?,
            message: wording::taken_along(view),
        });
    }
    for (n, paths) in of_stage {
        let Some((stage, _)) = view.run.at(n) else {
            continue;
        };
        index.reset_paths(to, &paths)?;
        steps.push(Step {
            tree: index.write_tree()?,
            message: wording::stage(view, stage, paths.len()),
        });
    }
    Ok(steps)
}

/// Which of the run's hand-offs changed a path last.
pub(super) struct Whose(BTreeMap<String, (StageId, Oid)>);

impl Whose {
    pub(super) fn of(view: &RunView, git: &Git) -> Result<Self, LandError> {
        let order = &view.order;
        let mut known = BTreeMap::new();
        let Some(head) = &view.run.head else {
            return Ok(Self(known));
        };
        let mut commits = git.log(&format!("{}..{head}", order.base), MOST)?;
        commits.reverse();
        for commit in commits {
            let ours = commit.trailer(TRAILER_RUN) == Some(order.run.as_str());
            let stage = commit.trailer(TRAILER_STAGE).filter(|_| ours);
            let Some(stage) = stage.and_then(|id| StageId::new(id).ok()) else {
                continue;
            };
            let parent = git.resolve(&format!("{}^", commit.commit))?;
            for change in git.diff(&parent, &commit.commit)? {
                known.insert(change.path, (stage.clone(), commit.commit.clone()));
            }
        }
        Ok(Self(known))
    }

    fn stage(&self, path: &str) -> Option<&StageId> {
        self.0.get(path).map(|(stage, _)| stage)
    }

    /// The commits that changed these paths last, for people.
    pub(super) fn told(&self, view: &RunView, paths: &[String]) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for (stage, commit) in paths.iter().filter_map(|p| self.0.get(p)) {
            let name = view.run.plan.stage(stage);
            let name = name.map_or(stage.as_str(), |s| s.name.as_str());
            let one = format!("{} ({name})", commit.short());
            if !told.contains(&one) {
                told.push(one);
            }
        }
        told
    }
}
