//! A prompt as it would be made now, for people to look at before anything is started. It reads
//! what is named and runs nothing.

use super::{Makings, fixed, format_item, instructions, push};
use crate::agents::Session;
use crate::engine::plan::{Criterion, Plan, Stage, TreeSetup, Work};
use crate::stage::exec::by_answer;
use crate::stage::spec::{AttemptKind, AttemptSpec};
use crate::terms::{AttemptId, Oid, PublicId, RepoPath, RunId};
use std::collections::BTreeMap;
use std::path::Path;

/// What is to be shown.
#[derive(Debug)]
pub struct Preview<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The stage.
    pub stage: &'a Stage,
    /// The id that the run would have.
    pub run: &'a RunId,
    /// The project's harness folder, relative to the repository's root.
    pub harness: &'a RepoPath,
    /// The checkout, where the repository's own instructions are read.
    pub root: &'a Path,
    /// The commit that it would start from.
    pub base: &'a Oid,
    /// The items of its context: name and text.
    pub items: Vec<(String, String)>,
}

/// The prompt of the stage's first attempt; `None`: it has no agent, or no id that can be said.
pub fn text(preview: &Preview<'_>) -> Option<String> {
    let Work::Role(role) = &preview.stage.work else {
        return None;
    };
    let spec = spec(preview)?;
    let mut text = role.prompt.trim_end().to_owned();
    text.push_str("\n\n");
    for path in &preview.stage.profile.instructions {
        let words = match instructions(preview.root, path) {
            Ok(Some(words)) => words,
            Ok(None) => continue,
            Err(fault) => format!("‹{fault}›"),
        };
        let heading = format!("# Instructions of this repository ({path})");
        push(&mut text, &heading, &words);
    }
    let makings = Makings {
        role,
        by_answer: &by_answer(&spec),
        tree: preview.base,
        loaded: &[],
    };
    fixed::add(&mut text, &spec, &makings);
    if !preview.items.is_empty() {
        push(&mut text, "# Context", "");
    }
    for (name, body) in &preview.items {
        text.push_str(&format_item("‹nonce›", name, body.trim_end_matches('\n')));
    }
    Some(text)
}

/// The order of the stage's first attempt, as far as a prompt shows it.
fn spec(preview: &Preview<'_>) -> Option<AttemptSpec> {
    let stage = preview.stage;
    let none = Vec::<Criterion>::new();
    let task = preview.plan.task.as_ref();
    Some(AttemptSpec {
        run: preview.run.clone(),
        attempt: AttemptId {
            stage: stage.id.clone(),
            iteration: 1,
            attempt: 1,
        },
        public_id: PublicId::compose(preview.run, &stage.code, 1).ok()?,
        epoch: 0,
        kind: AttemptKind::Fresh,
        stage: stage.clone(),
        home: preview.root.to_owned(),
        harness: preview.harness.clone(),
        tree: preview.root.to_owned(),
        check_tree: preview.root.to_owned(),
        branch: None,
        checkpoint: preview.base.clone(),
        base: preview.base.clone(),
        run_dir: preview.root.to_owned(),
        task: None,
        criteria: task.map_or(none, |t| t.criteria.clone()),
        artifacts: BTreeMap::new(),
        findings: Vec::new(),
        answers: Vec::new(),
        checks_so_far: Vec::new(),
        session: Session::New(uuid::Uuid::nil()),
        setup: TreeSetup::default(),
        preconditions: Vec::new(),
        env: BTreeMap::new(),
        record: None,
        names: BTreeMap::new(),
        keep_raw: false,
        agent_home: None,
    })
}
