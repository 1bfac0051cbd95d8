//! What an order would do, told before it is given.

use super::event::Request;
use super::run::gate;
use crate::engine::plan::Criterion;
use crate::records::runs::RunView;
use crate::terms::usage::Total;
use crate::terms::verdict::Met;
use crate::terms::{CriterionId, StageId, StageState};
use crate::text::{duration, many, pad};

/// The columns of a judgement.
const MET: usize = 12;

/// The question, then what a yes would do.
pub fn would(view: &RunView, request: &Request) -> Vec<String> {
    let run = &view.order.run;
    match request {
        Request::Approve => approve(view),
        Request::SendBack(_) => vec![format!("Send the work of {run} back?")],
        Request::Pause => vec![format!("Pause {run} at the next boundary?")],
        Request::PauseNow => vec![format!("Interrupt what runs in {run}?")],
        Request::Resume => vec![format!("Let {run} go on?")],
        Request::Cancel => cancel(view),
        Request::Rerun(stage) => {
            let mut again = vec![stage.clone()];
            again.extend(view.run.plan.below(stage));
            let mut says = vec![format!("Run {} again?", names(view, &again[..1]))];
            says.push(format!("Runs again: {}", names(view, &again)));
            says.extend(kept(view, &again));
            says.extend(used(view, &again));
            says
        }
        Request::Skip(stage) => skip(view, stage),
        Request::RerunStale => {
            let stale: Vec<StageId> = view.run.stale().into_iter().map(|(s, _)| s).collect();
            vec![
                "Run again what is stale?".to_owned(),
                format!("Runs again: {}", names(view, &stale)),
            ]
        }
    }
}

fn cancel(view: &RunView) -> Vec<String> {
    let running = view.run.stages.iter();
    let running = running.filter(|s| s.state == StageState::Running);
    let running: Vec<StageId> = running.map(|s| s.id.clone()).collect();
    let ended = if running.is_empty() {
        "Nothing runs now.".to_owned()
    } else {
        format!(
            "Ended now, its work kept as a patch: {}",
            names(view, &running)
        )
    };
    vec![
        format!("End {}?", view.order.run),
        ended,
        "Its branch, its tree and every attempt are kept. There is no way back.".to_owned(),
    ]
}

/// What the stages that run again have cost so far: they will again.
fn used(view: &RunView, again: &[StageId]) -> Option<String> {
    let mut total = Total::default();
    let mut took = 0;
    for record in view.run.stages.iter().filter(|s| again.contains(&s.id)) {
        let Some(last) = record.last_result() else {
            continue;
        };
        total.add(&last.usage);
        took += last.took_ms;
    }
    (total.attempts > 0).then(|| {
        format!(
            "Their latest attempts took {}, {} tokens, {}",
            duration(took),
            total.tokens_text(),
            total.cost_text()
        )
    })
}

fn skip(view: &RunView, stage: &StageId) -> Vec<String> {
    let mut says = vec![format!(
        "Leave {} out?",
        names(view, std::slice::from_ref(stage))
    )];
    let waits: Vec<StageId> = view
        .run
        .plan
        .stages
        .iter()
        .filter(|s| s.depends_on.contains(stage))
        .map(|s| s.id.clone())
        .collect();
    if !waits.is_empty() {
        says.push(format!("Goes on without it: {}", names(view, &waits)));
    }
    let makes = view.run.plan.stage(stage).map(|s| s.produces.iter());
    let makes: Vec<&str> = makes
        .into_iter()
        .flatten()
        .map(|p| p.name.as_str())
        .collect();
    if !makes.is_empty() {
        says.push(format!("Will not be there: {}", makes.join(", ")));
    }
    says.push("R on it runs it after all.".to_owned());
    says
}

/// The question of the gate that asks, and what an approval would be given on.
pub fn approve(view: &RunView) -> Vec<String> {
    let Some((stage, _, evidence)) = gate(view) else {
        return Vec::new();
    };
    let artifacts: usize = view.run.stages.iter().map(|s| s.artifacts.len()).sum();
    let mut says = vec![
        format!("Approve {}?", names(view, &[stage])),
        format!(
            "On {}, evidence {}",
            many(artifacts, "artifact"),
            evidence.short()
        ),
    ];
    says.extend(criteria(view));
    for check in view.run.stages.iter().flat_map(|s| &s.checks) {
        let how = match check.exit {
            Some(0) => "✓ exit 0".to_owned(),
            Some(code) => format!("✗ exit {code}"),
            None => "✗ ended by force".to_owned(),
        };
        says.push(format!("{how}  {}", check.command));
    }
    says.push(format!("cost {}", view.run.total().cost_text()));
    says
}

/// The criteria with their judgement and its evidence, as the latest verdict has them.
fn criteria(view: &RunView) -> Vec<String> {
    let verdict = view
        .run
        .stages
        .iter()
        .rev()
        .find_map(|s| s.verdict.as_ref());
    let (Some(verdict), Some(task)) = (verdict, &view.run.plan.task) else {
        return Vec::new();
    };
    let judged = |id: &CriterionId| verdict.judgements.iter().find(|j| j.criterion == *id);
    let line = |criterion: &Criterion| {
        let (word, evidence) = match judged(&criterion.id) {
            None => ("not judged", ""),
            Some(judgement) => (word(judgement.met), judgement.evidence.as_str()),
        };
        format!("{}  {}  {evidence}", criterion.id, pad(word, MET))
    };
    task.criteria.iter().map(line).collect()
}

fn word(met: Met) -> &'static str {
    match met {
        Met::Met => "met",
        Met::Unmet => "UNMET",
        Met::Unverifiable => "unverifiable",
    }
}

fn kept(view: &RunView, again: &[StageId]) -> Option<String> {
    let done = view.run.stages.iter().filter(|s| s.state.is_done());
    let kept: Vec<StageId> = done
        .map(|s| s.id.clone())
        .filter(|id| !again.contains(id))
        .collect();
    (!kept.is_empty()).then(|| format!("Stays as it is: {}", names(view, &kept)))
}

fn names(view: &RunView, stages: &[StageId]) -> String {
    let name = |id: &StageId| {
        let stage = view.run.plan.stage(id);
        stage.map_or_else(|| id.to_string(), |s| s.name.clone())
    };
    stages.iter().map(name).collect::<Vec<_>>().join(", ")
}
