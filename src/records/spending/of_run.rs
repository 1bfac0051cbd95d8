//! The rows of a run, as its journal tells it.

use super::{Billing, Fate, Source, Spent};
use crate::engine::plan::{Stage, Work};
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::records::runs::RunView;
use crate::terms::{Outcome, RunState, Usage};

/// What the attempts of a run used, in the order in which they were started.
pub fn of_run(view: &RunView) -> Vec<Spent> {
    let run = &view.run;
    let given_up = run.landed.is_none() && run.state() == RunState::Cancelled;
    let mut rows = Vec::new();
    for (stage, record) in run.plan.stages.iter().zip(&run.stages) {
        rows.extend(of_stage(view, stage, record, given_up));
    }
    rows.sort_by_key(|row: &Spent| row.started);
    rows
}

fn of_stage(view: &RunView, stage: &Stage, record: &StageRecord, given_up: bool) -> Vec<Spent> {
    let billing = |attempt: &AttemptRecord| billing(stage, attempt);
    let asked = |a: &&AttemptRecord| billing(a) != Billing::NoAgent;
    let mut rows = Vec::new();
    for (n, attempt) in record.attempts.iter().enumerate() {
        let later = record.attempts.get(n + 1..).unwrap_or_default();
        // Checks that were run again on a moved base do not undo what an agent did.
        let again = match billing(attempt) {
            Billing::NoAgent => !later.is_empty(),
            _ => later.iter().any(|a| asked(&a)),
        };
        rows.push(row(
            view,
            stage,
            attempt,
            (billing(attempt), again, given_up),
        ));
    }
    rows
}

fn row(
    view: &RunView,
    stage: &Stage,
    attempt: &AttemptRecord,
    (billing, again, given_up): (Billing, bool, bool),
) -> Spent {
    let run = &view.run;
    let result = attempt.result.as_ref();
    // Who did the work, which may be another than was planned: a person, or the next agent where one
    // had used its quota up.
    let person = attempt.by.as_ref().map(|by| by.name.clone());
    let agent = match &stage.work {
        Work::Role(work) if person.is_none() => Some(work.served_as(attempt.agent.as_deref())),
        _ => None,
    };
    // What a person used, nobody counted.
    let usage = result.filter(|_| person.is_none());
    let usage = usage.map(|r| r.usage).unwrap_or_default();
    let word = result.map_or("running", |r| r.outcome.word());
    Spent {
        run: view.order.run.to_string(),
        task: view.task().map(ToString::to_string),
        workflow: Some(run.plan.workflow.clone()),
        stage: stage.name.clone(),
        attempt: attempt.public.to_string(),
        agent: person.or_else(|| agent.map(|a| a.name.clone())),
        model: agent.and_then(|a| {
            let answered = result.and_then(|r| r.model.clone());
            answered.or_else(|| a.model.clone())
        }),
        started: Some(attempt.started),
        result: word.to_owned(),
        fate: Fate::of(word, again, given_up),
        completed: run.landed.is_some() || run.state() == RunState::Completed,
        took_ms: result.and_then(|r| r.took_ms),
        ..Spent::used(&usage, billing, Source::Journal)
    }
}

/// Who pays for an attempt: what its own record says, before what its agent is declared to be now.
fn billing(stage: &Stage, attempt: &AttemptRecord) -> Billing {
    let Work::Role(work) = &stage.work else {
        return Billing::NoAgent;
    };
    if attempt.by.is_some() {
        return Billing::Metered;
    }
    match &attempt.result {
        Some(result) if result.usage.plan => Billing::Plan,
        Some(result) if matches!(result.outcome, Outcome::SetupFailed | Outcome::Unmet) => {
            Billing::NoAgent
        }
        Some(result) if asked_nobody(&result.usage) => Billing::NoAgent,
        // What was lost left no record of what it used: who would have paid is known all the same.
        _ if work.served_as(attempt.agent.as_deref()).plan => Billing::Plan,
        _ => Billing::Metered,
    }
}

/// Whether checks alone were run: that is recorded as nothing, told.
fn asked_nobody(usage: &Usage) -> bool {
    let nothing = |n: Option<u64>| n == Some(0);
    nothing(usage.input) && nothing(usage.output) && nothing(usage.cost_micros)
}
