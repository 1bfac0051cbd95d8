//! Whether the recordings that are played in place of agents are of the task that is to be started.
//! Those of another task would write that one's files.

use crate::agents::recording::{self, MAX_TASKS_BYTES, TASKS};
use crate::engine::Plan;
use crate::engine::plan::{Agent, Work};
use crate::store::fs::{Disk, Fs};
use crate::terms::{Finding, Place, StageId, TaskId};
use std::io::ErrorKind;
use std::path::Path;

/// The driver that plays.
const REPLAY: &str = "replay";

/// What keeps these stages from being played for the plan's task, a finding an agent; no stage: all
/// of them. `home` is what the folders of recordings are relative to.
pub fn of_other_tasks(home: &Path, plan: &Plan, chosen: &[StageId]) -> Vec<Finding> {
    let Some(task) = &plan.task else {
        return Vec::new();
    };
    let stages = plan.stages.iter();
    let stages = stages.filter(|s| chosen.is_empty() || chosen.contains(&s.id));
    let mut agents: Vec<&Agent> = Vec::new();
    for stage in stages {
        if let Work::Role(role) = &stage.work
            && role.agent.driver == REPLAY
            && agents.iter().all(|a| a.name != role.agent.name)
        {
            agents.push(&role.agent);
        }
    }
    let faults = agents.into_iter().filter_map(|a| fault(home, a, &task.id));
    faults.collect()
}

fn fault(home: &Path, agent: &Agent, task: &TaskId) -> Option<Finding> {
    let path = home.join(agent.recordings.as_deref()?).join(TASKS);
    let bad = |line: Option<usize>, text: String| {
        let line = line.and_then(|n| u32::try_from(n).ok());
        let file = path.display().to_string();
        let place = line.map_or_else(|| Place::file(&file), |n| Place::line(&file, n));
        Some(Finding::new("recordings/tasks", text).at(place))
    };
    let bytes = match Disk.read(&path, MAX_TASKS_BYTES) {
        Ok(bytes) => bytes,
        // Nothing is said, so they are played for any task.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return None;
        }
        Err(error) => return bad(None, format!("it can't be read: {error}")),
    };
    match recording::tasks(&String::from_utf8_lossy(&bytes)) {
        Ok(tasks) if tasks.contains(task) => None,
        Ok(tasks) => Some(of_others(agent, task, &tasks)),
        Err(error) => bad(Some(error.line), error.what),
    }
}

fn of_others(agent: &Agent, task: &TaskId, tasks: &[TaskId]) -> Finding {
    let tasks: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
    let (of, run) = match tasks.as_slice() {
        [] => ("no task".to_owned(), String::new()),
        tasks => (tasks.join(", "), format!("run {}, or ", tasks.join(" or "))),
    };
    Finding::new(
        "recordings/other-task",
        format!(
            "the recordings that '{}' plays are of {of}; none is of {task}",
            agent.name
        ),
    )
    .remedy(format!(
        "{run}let another agent do {task}: --agent NAME, or in harness.yaml"
    ))
}
