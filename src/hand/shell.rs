//! A person's own shell, or a program of theirs, in a run's tree. Nothing judges what they do there:
//! it is told afterwards.

use crate::records::runs::RunView;
use crate::stage::spec::AttemptSpec;
use crate::store::fs::{Disk, Fs};
use crate::supervisor::ports::{Ports, compose_project};
use crate::supervisor::tree;
use crate::terms::StageState;
use crate::text::many;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The shell that every system has.
const SHELL: &str = "/bin/sh";
/// The largest order of an attempt that is read.
const MAX_SPEC: u64 = 32 * 1024 * 1024;
/// How many paths are named.
const NAMED: usize = 8;
/// What of an attempt's environment a person's program gets.
const GIVEN: [&str; 4] = [
    "HARNESS_RUN",
    "HARNESS_PORT_BASE",
    "COMPOSE_PROJECT_NAME",
    "HARNESS_TASK_ID",
];

/// A place for a person's own programs.
#[derive(Debug)]
pub struct Place {
    /// The tree.
    pub tree: PathBuf,
    /// What every process of the run gets.
    pub env: BTreeMap<String, String>,
    /// Held for as long as what runs there may use them.
    _ports: Ports,
}

impl Place {
    /// The run's tree, where it is there.
    pub fn of(view: &RunView) -> Result<Self, String> {
        let tree = view.order.tree.clone();
        if !tree.is_dir() {
            return Err(format!(
                "the run's tree {} is not there; it is made again when an attempt begins",
                tree.display()
            ));
        }
        let run = view.order.run.as_str();
        let mut ports = Ports::new();
        let env = match last_env(view) {
            Some(env) => env,
            None => [
                ("HARNESS_RUN".to_owned(), run.to_owned()),
                (
                    "HARNESS_PORT_BASE".to_owned(),
                    ports.of(view.dirs.path(), &tree).to_string(),
                ),
                (
                    "COMPOSE_PROJECT_NAME".to_owned(),
                    compose_project(view.dirs.path(), run, None),
                ),
            ]
            .into(),
        };
        Ok(Self {
            tree,
            env,
            _ports: ports,
        })
    }

    /// A program of these words there.
    pub fn command(&self, words: &[String]) -> Option<Command> {
        let (program, args) = words.split_first()?;
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.tree).envs(&self.env);
        Some(command)
    }

    /// The person's shell there.
    pub fn shell(&self) -> Command {
        let own = std::env::var_os("SHELL").filter(|s| !s.is_empty());
        let mut command = Command::new(own.unwrap_or_else(|| SHELL.into()));
        command.current_dir(&self.tree).envs(&self.env);
        command
    }
}

/// What the last attempt in the run's own tree got: its ports are the same.
fn last_env(view: &RunView) -> Option<BTreeMap<String, String>> {
    let attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
    let mut attempts: Vec<_> = attempts.collect();
    attempts.sort_by_key(|a| std::cmp::Reverse(a.started));
    attempts.into_iter().find_map(|attempt| {
        let path = view.attempt_dir(&attempt.id).spec();
        let bytes = Disk.read(&path, MAX_SPEC).ok()?;
        let spec: AttemptSpec = serde_json::from_slice(&bytes).ok()?;
        let env = spec.env.into_iter();
        (spec.tree == view.order.tree).then(|| {
            env.filter(|(name, _)| GIVEN.contains(&name.as_str()))
                .collect()
        })
    })
}

/// Who is at work in the tree this moment, as a warning; `None`: nobody.
pub fn at_work(view: &RunView) -> Option<String> {
    let runs = |s: &&crate::engine::record::StageRecord| s.state == StageState::Running;
    let record = view.run.stages.iter().find(runs)?;
    Some(match record.in_hand().and_then(|a| a.by.as_ref()) {
        Some(by) => format!(
            "{} has taken {} over and may be at work there",
            by.name, record.id
        ),
        None => format!(
            "an attempt of {} is at work there: what you change under it is taken for its own, and \
             may be taken back",
            record.id
        ),
    })
}

/// What the tree holds that is not handed on, and what to do about it, in lines; empty: nothing.
pub fn left(view: &RunView) -> Result<Vec<String>, String> {
    let paths = tree::not_handed_on(view.dirs.path(), &view.order, &view.run);
    let paths = paths.map_err(|e| e.to_string())?;
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut named = paths
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > NAMED {
        named.push_str(&format!(" and {} more", paths.len() - NAMED));
    }
    let is = if paths.len() == 1 { "is" } else { "are" };
    Ok(vec![
        format!(
            "not handed on: {} {is} changed: {named}",
            many(paths.len(), "path")
        ),
        tree::what_to_do(&view.order, &view.run),
    ])
}
