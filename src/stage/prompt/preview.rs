//! A prompt as it would be made now, for people to look at before anything is started. It makes
//! the text of what it is given, reads nothing and runs nothing.

use super::{Makings, about_items, fixed, format_item, push};
use crate::agents::Session;
use crate::engine::plan::{Plan, Stage, TreeSetup, Work};
use crate::engine::review::Comment;
use crate::stage::exec::by_answer;
use crate::stage::exit::CheckResult;
use crate::stage::spec::{Answer, AttemptKind, AttemptSpec};
use crate::terms::{AttemptId, Finding, Oid, PublicId, RepoPath, RunId};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What stands for the word that is made up for each prompt.
const NONCE: &str = "‹nonce›";

/// What is to be shown.
#[derive(Debug)]
pub struct Preview<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The stage.
    pub stage: &'a Stage,
    /// The run's id, or the one that it would have.
    pub run: &'a RunId,
    /// The project's harness folder, relative to the repository's root.
    pub harness: &'a RepoPath,
    /// The attempt that would be made.
    pub attempt: AttemptId,
    /// How many attempts of the stage there were before.
    pub before: u32,
    /// Why it would be made.
    pub kind: AttemptKind,
    /// The commit that it would start from.
    pub at: &'a Oid,
    /// What is open of what was found before.
    pub findings: Vec<Finding>,
    /// The comments that it is to answer.
    pub comments: Vec<Comment>,
    /// What people answered to the stage's questions.
    pub answers: Vec<Answer>,
    /// The checks of the stages above.
    pub checks: Vec<CheckResult>,
    /// The repository's own instructions: path and text.
    pub instructions: Vec<(String, String)>,
    /// The items of its context: name and text.
    pub items: Vec<(String, String)>,
}

/// The prompt of the stage's next attempt; `None`: it has no agent, or no id that can be said.
pub fn text(preview: &Preview<'_>) -> Option<String> {
    let Work::Role(role) = &preview.stage.work else {
        return None;
    };
    let spec = spec(preview)?;
    let mut text = role.prompt.trim_end().to_owned();
    text.push_str("\n\n");
    for (path, words) in &preview.instructions {
        let heading = format!("# Instructions of this repository ({path})");
        push(&mut text, &heading, words);
    }
    let makings = Makings {
        role,
        by_answer: &by_answer(&spec),
        tree: preview.at,
        loaded: &[],
    };
    fixed::add(&mut text, &spec, &makings);
    if !preview.items.is_empty() {
        push(&mut text, "# Context", &about_items(NONCE));
    }
    for (name, body) in &preview.items {
        text.push_str(&format_item(NONCE, name, body.trim_end_matches('\n')));
    }
    Some(text)
}

/// The order of the attempt, as far as a prompt shows it.
fn spec(preview: &Preview<'_>) -> Option<AttemptSpec> {
    let stage = preview.stage;
    let task = preview.plan.task.as_ref();
    Some(AttemptSpec {
        run: preview.run.clone(),
        attempt: preview.attempt.clone(),
        public_id: PublicId::compose(preview.run, &stage.code, preview.before + 1).ok()?,
        epoch: 0,
        kind: preview.kind,
        stage: stage.clone(),
        home: PathBuf::new(),
        harness: preview.harness.clone(),
        tree: PathBuf::new(),
        check_tree: PathBuf::new(),
        branch: None,
        checkpoint: preview.at.clone(),
        base: preview.at.clone(),
        run_dir: PathBuf::new(),
        task: None,
        criteria: task.map(|t| t.criteria.clone()).unwrap_or_default(),
        reopens: preview.plan.reopened_by(&stage.id),
        artifacts: BTreeMap::new(),
        findings: preview.findings.clone(),
        comments: preview.comments.clone(),
        answers: preview.answers.clone(),
        checks_so_far: preview.checks.clone(),
        session: Session::New(uuid::Uuid::nil()),
        setup: TreeSetup::default(),
        preconditions: Vec::new(),
        env: BTreeMap::new(),
        record: None,
        names: BTreeMap::new(),
        apart: None,
        brought: None,
        own_repository: None,
        lent: None,
        keep_raw: false,
        agent_home: None,
    })
}
