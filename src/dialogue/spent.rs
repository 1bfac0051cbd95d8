//! What the turns of dialogues used, as rows beside those of runs.

use super::transcript::Entry;
use crate::agents::talk::TurnEnd;
use crate::records::project::Project;
use crate::records::spending::{Billing, Fate, NotRead, Source, Spending, Spent};
use crate::store::fs::{Disk, Fs};
use crate::store::journal::{self, Record};
use crate::terms::{TaskId, Usage};
use std::path::Path;

/// What a dialogue stands as in the place of a stage and of a workflow.
const STAGE: &str = "Dialogue";

/// What was spent in a project: its runs, and the dialogues that made its tasks. `keep`: the folder of
/// what saves time.
pub fn spending(project: &Project, keep: Option<&Path>) -> Spending {
    let mut all = Spending::read(project, keep);
    let folder = project.engine.dialogues();
    for name in Disk.list(&folder).unwrap_or_default() {
        let Ok(task) = TaskId::new(&name) else {
            continue;
        };
        let transcript = project.engine.dialogue(&task).join("transcript.jsonl");
        if !transcript.exists() {
            continue;
        }
        match journal::read_only::<Entry>(&Disk, &transcript) {
            Ok((records, _)) => all.rows.extend(rows(&task, &records)),
            Err(error) => all.not_read.push(NotRead {
                run: format!("the dialogue of {task}"),
                why: error.to_string(),
                by_report: false,
            }),
        }
    }
    all.rows.sort_by_key(|row| row.started);
    all
}

/// A row for each turn of an agent. It counts from when the turn ended: that is what is kept.
fn rows(task: &TaskId, records: &[Record<Entry>]) -> Vec<Spent> {
    let mut who: Option<(String, Option<String>)> = None;
    let mut rows = Vec::new();
    for record in records {
        match &record.event {
            Entry::Joined { agent, model, .. } => who = Some((agent.clone(), model.clone())),
            Entry::Heard { end, usage, .. } => {
                let number = rows.len() + 1;
                let (agent, model) = who.clone().unzip();
                rows.push(Spent {
                    run: format!("{STAGE} {task}"),
                    task: Some(task.to_string()),
                    workflow: None,
                    stage: STAGE.to_owned(),
                    attempt: format!("{STAGE} {task} turn {number}"),
                    agent,
                    model: model.flatten(),
                    started: Some(record.at),
                    ..turn(end, usage)
                });
            }
            _ => {}
        }
    }
    rows
}

fn turn(end: &TurnEnd, usage: &Usage) -> Spent {
    let failed = matches!(end, TurnEnd::Failed { .. });
    let (fate, result) = if failed {
        (Fate::Failed, "failed")
    } else {
        (Fate::Passed, "answered")
    };
    let billing = if usage.plan {
        Billing::Plan
    } else {
        Billing::Metered
    };
    Spent {
        result: result.to_owned(),
        fate,
        ..Spent::used(usage, billing, Source::Dialogue)
    }
}
