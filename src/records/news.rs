//! What happened in a project since a person looked last: runs that stopped or ended, what was
//! landed, tasks that were saved. The newest comes first.

use super::board::RunCard;
use crate::store::fs::{Disk, Fs};
use crate::store::journal::read_only;
use crate::store::layout::EngineDir;
use crate::terms::{RunId, TaskId};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

/// How many are told.
const MOST: usize = 200;
/// How many dialogues are looked into.
const MOST_DIALOGUES: usize = 2000;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// When.
    pub at: Timestamp,
    /// The run; `None`: it is about a task.
    pub run: Option<RunId>,
    /// The task.
    pub task: Option<TaskId>,
    /// The run's title.
    pub title: String,
    /// What, after the name.
    pub text: String,
}

impl News {
    /// Its task's id, else its run's.
    pub fn name(&self) -> String {
        let task = self.task.as_ref().map(ToString::to_string);
        let run = || self.run.as_ref().map(ToString::to_string);
        task.or_else(run).unwrap_or_default()
    }
}

/// What happened to these runs after a moment, with these tasks that were saved.
pub fn since(at: Timestamp, runs: &[Arc<RunCard>], saved: &[(TaskId, Timestamp)]) -> Vec<News> {
    let of_run = |card: &Arc<RunCard>| {
        let told = card.milestones.all().iter().filter(|m| m.at > at);
        let told = told.map(|milestone| News {
            at: milestone.at,
            run: Some(card.run.clone()),
            task: card.task.clone(),
            title: card.title.clone(),
            text: milestone.told(),
        });
        told.collect::<Vec<_>>()
    };
    let of_task = |(task, saved): &(TaskId, Timestamp)| News {
        at: *saved,
        run: None,
        task: Some(task.clone()),
        title: String::new(),
        text: "was saved as a task".to_owned(),
    };
    // Runs of which nothing happened since are most of them.
    let moved = runs.iter().filter(|c| c.updated.is_some_and(|u| u > at));
    let saved = saved.iter().filter(|(_, when)| *when > at).map(of_task);
    let mut news: Vec<News> = moved.flat_map(of_run).chain(saved).collect();
    news.sort_by(|a, b| (b.at, &b.run, &b.task).cmp(&(a.at, &a.run, &a.task)));
    news.truncate(MOST);
    news
}

/// What is needed of a line of a dialogue.
#[derive(Deserialize)]
struct Said {
    what: String,
}

/// The tasks that dialogues saved after a moment, and when.
pub fn saved_since(engine: &EngineDir, at: Timestamp) -> Vec<(TaskId, Timestamp)> {
    let names = Disk.list(&engine.dialogues()).unwrap_or_default();
    let ids = names.into_iter().filter_map(|n| TaskId::new(n).ok());
    let found = ids.take(MOST_DIALOGUES).filter_map(|task| {
        let path = engine.dialogue(&task).join("transcript.jsonl");
        let written = Disk.stat(&path).ok()??.fingerprint.mtime_ns;
        if written <= at.as_nanosecond() {
            return None;
        }
        // One that can't be read tells nothing; opening the dialogue says why.
        let (lines, _) = read_only::<Said>(&Disk, &path).ok()?;
        let saved = lines.into_iter().filter(|l| l.event.what == "saved");
        let latest = saved.map(|l| l.at).max()?;
        (latest > at).then_some((task, latest))
    });
    found.collect()
}
