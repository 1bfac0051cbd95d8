//! What an order would do, told before it is given.

use super::event::Request;
use super::named::{Keys, by};
use super::run::gate;
use crate::agents::catalogue;
use crate::engine::plan::{Criterion, Stage, Work};
use crate::engine::record::StageRecord;
use crate::engine::{Event, Person, Run};
use crate::records::checked;
use crate::records::runs::RunView;
use crate::terms::usage::Total;
use crate::terms::verdict::Met;
use crate::terms::{CriterionId, Digest, RunState, StageId, StageState};
use crate::text::{duration, many, pad};
use crate::workbench::actions::Action;

/// The columns of a judgement.
const MET: usize = 12;

/// The question, then what a yes would do. What the engine itself would make of the order is looked
/// at, so that nothing is promised that it does not do.
pub fn would(view: &RunView, request: &Request, keys: Keys<'_>) -> Vec<String> {
    let run = &view.order.run;
    match request {
        Request::Approve => approve(view),
        Request::SendBack(_) => vec![format!("Send the work of {run} back?")],
        Request::Answer { stage, .. } => vec![format!("Answer what {stage} of {run} asks?")],
        Request::Pause => pause(view, keys),
        Request::PauseNow => pause_now(view, keys),
        Request::Resume | Request::TakeOver => resume(view),
        Request::Cancel => cancel(view, keys),
        Request::Rerun(stage) => {
            let mut says = vec![format!(
                "Run {} again?",
                names(view, std::slice::from_ref(stage))
            )];
            says.extend(rerun(view, request, std::slice::from_ref(stage)));
            says
        }
        Request::Note { stage, .. } => vec![format!("Note this for the next attempt of {stage}?")],
        Request::RemoveNote(note) => vec![format!("Take {note} back?")],
        Request::Raise { more, .. } => {
            vec![format!("Raise the budget of {run} by {}?", more.text())]
        }
        Request::Skip(stage) => skip(view, stage, keys),
        Request::Refresh { onto } => vec![format!("Refresh {run} on {}?", onto.short())],
        Request::RerunStale => {
            let mut says = vec!["Run again what is stale?".to_owned()];
            let stale = view.run.stale();
            for (id, changed) in &stale {
                let name = names(view, std::slice::from_ref(id));
                says.push(format!("Stale: {name}, for {} changed", changed.join(", ")));
            }
            let stale: Vec<StageId> = stale.into_iter().map(|(id, _)| id).collect();
            says.extend(rerun(view, request, &stale));
            says
        }
    }
}

/// The run as the engine has it once this is ordered; `None`: it may not be.
fn then(view: &RunView, request: &Request) -> Option<Run> {
    let nobody = Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    };
    let event = super::order::order(view, request, None, nobody).ok()?;
    let mut run = view.run.clone();
    let at = run.updated.unwrap_or(view.order.created);
    run.apply(at, &event).ok()?;
    Some(run)
}

/// The stages that are in one of these states.
fn in_state(view: &RunView, states: &[StageState]) -> Vec<StageId> {
    let stages = view.run.stages.iter();
    let stages = stages.filter(|s| states.contains(&s.state));
    stages.map(|s| s.id.clone()).collect()
}

/// What has been used, which no order gives back.
fn spent(view: &RunView) -> Option<String> {
    let total = view.run.total();
    (total.attempts > 0).then(|| {
        format!(
            "Spent so far: {}, {} tokens, {}",
            total.cost_text(),
            total.tokens_text(),
            many(total.attempts as usize, "attempt")
        )
    })
}

fn pause(view: &RunView, keys: Keys<'_>) -> Vec<String> {
    let running = in_state(view, &[StageState::Running]);
    let mut says = vec![format!("Pause {} at the next boundary?", view.order.run)];
    says.push(if running.is_empty() {
        "Nothing runs now.".to_owned()
    } else {
        format!("Goes on to its end first: {}", names(view, &running))
    });
    let next = view.run.stages.iter().find(|s| {
        matches!(
            s.state,
            StageState::Ready | StageState::Pending | StageState::AwaitingApproval
        )
    });
    if let Some(next) = next {
        let next = names(view, std::slice::from_ref(&next.id));
        says.push(format!("Nothing starts after that; next would be: {next}"));
    }
    says.extend(by(keys, Action::Pause, "lets it go on."));
    says
}

fn pause_now(view: &RunView, keys: Keys<'_>) -> Vec<String> {
    let running = in_state(view, &[StageState::Running]);
    let mut says = vec![format!("Interrupt what runs in {}?", view.order.run)];
    if running.is_empty() {
        says.push("Nothing runs now; nothing new starts.".to_owned());
    }
    for id in &running {
        let name = names(view, std::slice::from_ref(id));
        let resumes = view.run.plan.stage(id).is_some_and(goes_on_in_session);
        says.push(if resumes {
            format!("{name}: its work so far and its session are kept; it goes on in that session")
        } else {
            format!(
                "{name}: its work so far is kept as a patch; going on begins another attempt, for \
                 its agent can't take a session up again"
            )
        });
    }
    says.extend(spent(view));
    says.extend(by(keys, Action::Pause, "lets it go on."));
    says
}

fn goes_on_in_session(stage: &Stage) -> bool {
    match &stage.work {
        Work::Role(work) => catalogue::driver(&work.agent.driver).is_some_and(|d| d.caps().resume),
        Work::Command(_) | Work::Gate => false,
    }
}

fn resume(view: &RunView) -> Vec<String> {
    let mut says = vec![format!("Let {} go on?", view.order.run)];
    let stopped = [
        StageState::Paused,
        StageState::Interrupted,
        StageState::Blocked,
        StageState::Failed,
    ];
    for id in in_state(view, &stopped) {
        let name = names(view, std::slice::from_ref(&id));
        let Some(record) = view.run.record(&id) else {
            continue;
        };
        let in_session = record.session.is_some() && record.state == StageState::Paused;
        says.push(if in_session {
            format!("{name} goes on in its session")
        } else {
            format!("{name} is {}: another attempt of it begins", record.state)
        });
    }
    let running = in_state(view, &[StageState::Running]);
    if !running.is_empty() {
        says.push(format!("Goes on: {}", names(view, &running)));
    }
    if view.state() == RunState::Interrupted && !running.is_empty() {
        says.push("An attempt whose process is gone begins anew.".to_owned());
    }
    let ready = in_state(view, &[StageState::Ready]);
    if !ready.is_empty() {
        says.push(format!("Starts: {}", names(view, &ready)));
    }
    let asks = in_state(view, &[StageState::AwaitingApproval]);
    if !asks.is_empty() {
        says.push(format!("Still asks you: {}", names(view, &asks)));
    }
    says.extend(spent(view));
    says
}

fn cancel(view: &RunView, keys: Keys<'_>) -> Vec<String> {
    let running = in_state(view, &[StageState::Running]);
    let mut says = vec![format!("End {}?", view.order.run)];
    says.push(if running.is_empty() {
        "Nothing runs now.".to_owned()
    } else {
        format!(
            "Ended now, its work kept as a patch: {}",
            names(view, &running)
        )
    });
    let done = view.run.stages.iter().filter(|s| s.state.is_done());
    let done: Vec<StageId> = done.map(|s| s.id.clone()).collect();
    let on = if done.is_empty() {
        String::new()
    } else {
        format!(", with the work of {}", names(view, &done))
    };
    says.push(if view.order.in_place.is_some() {
        "What lies in the checkout stays as it is, to the last byte.".to_owned()
    } else if view.order.private.is_some() {
        format!("{} keeps what is there{on}.", view.order.branch)
    } else {
        format!("The branch {} is kept{on}.", view.order.branch)
    });
    says.push("Its tree, its prompts and its logs are kept until `harness-tui clean`.".to_owned());
    says.extend(spent(view));
    let again = by(
        keys,
        Action::RerunFrom,
        "on a stage takes it up again from there",
    );
    let again = again.map_or_else(String::new, |again| format!("; {again}"));
    says.push(format!("Nothing goes on by itself{again}."));
    says
}

/// What runs again, what may, what stays, and what that has cost so far.
fn rerun(view: &RunView, request: &Request, named: &[StageId]) -> Vec<String> {
    let mut again = named.to_vec();
    let mut may = Vec::new();
    let mut void = Vec::new();
    let mut bound: Vec<StageId> = Vec::new();
    if let Some(then) = then(view, request) {
        let both = view.run.stages.iter().zip(&then.stages);
        let lost = both.filter(|(now, then)| loses_approval(now, then));
        void.extend(lost.map(|(now, _)| now.id.clone()));
        let keeps = |s: &&StageRecord| s.approved_before.is_some() && !s.state.is_done();
        bound.extend(then.stages.iter().filter(keeps).map(|s| s.id.clone()));
        let both = view.run.stages.iter().zip(&then.stages);
        for (now, then) in both.filter(|(now, _)| !named.contains(&now.id)) {
            let waits = matches!(then.state, StageState::Pending | StageState::Ready);
            let began = now.state != then.state || !now.attempts.is_empty();
            if waits && began {
                again.push(now.id.clone());
            } else if then.follow && now.state.is_done() {
                may.push(now.id.clone());
            }
        }
    }
    let order = |id: &StageId| view.run.plan.index(id);
    again.sort_by_key(order);
    let mut says = vec![format!("Runs again: {}", names(view, &again))];
    if !may.is_empty() {
        let may = names(view, &may);
        says.push(format!("And where it is given something else then: {may}"));
    }
    let records = || view.run.stages.iter().filter(|s| again.contains(&s.id));
    let artifacts = records().flat_map(|s| &s.artifacts);
    let artifacts: Vec<&str> = artifacts.map(|a| a.name.as_str()).collect();
    if !artifacts.is_empty() {
        says.push(format!(
            "Written anew: {}; as they are now they stay with the attempts that made them",
            artifacts.join(", ")
        ));
    }
    bound.retain(|id| again.contains(id));
    if !bound.is_empty() {
        let bound = names(view, &bound);
        says.push(format!(
            "Approved to start, and asked for anew where something else is there then: {bound}"
        ));
    }
    if !void.is_empty() {
        let void = names(view, &void);
        says.push(format!(
            "The approval of these is void, and asked for anew: {void}"
        ));
    }
    says.extend(kept(view, &again));
    says.extend(used(view, &again));
    says.extend(spent(view));
    says
}

/// Whether a stage was approved that would not be any more.
fn loses_approval(now: &StageRecord, then: &StageRecord) -> bool {
    let before = now.approved_before.is_some() && then.approved_before.is_none();
    before || (now.approved_after.is_some() && then.approved_after.is_none())
}

/// The question whether a document is to be edited, and what a change of it would make stale: what
/// the engine makes of one is looked at.
pub fn edit(view: &RunView, path: &str, keys: Keys<'_>) -> Vec<String> {
    let mut says = vec![format!("Edit {path}?")];
    let Some((now, name)) = changed(view, path) else {
        says.push("It is no artifact of a stage: nothing becomes stale by it.".to_owned());
        return says;
    };
    let stale = now.stale().into_iter().map(|(id, _)| id);
    let stale: Vec<StageId> = stale.filter(|id| !view.run.is_stale(id)).collect();
    let input = format!("artifact {name}");
    let given = |s: &&StageRecord| {
        let inputs = s.inputs.as_ref();
        s.state == StageState::Running && inputs.is_some_and(|i| i.digests.contains_key(&input))
    };
    let given = view.run.stages.iter().filter(given);
    let given: Vec<StageId> = given.map(|s| s.id.clone()).collect();
    if !given.is_empty() {
        let given = names(view, &given);
        says.push(format!("Was given it as it is, and goes on so: {given}"));
    }
    if stale.is_empty() {
        says.push("Nothing that is done was made of it: nothing becomes stale.".to_owned());
    } else {
        let stale = names(view, &stale);
        says.push(format!("Stale by a change of it: {stale}"));
        says.extend(by(keys, Action::RerunStale, "then runs that again."));
    }
    if let Some((stage, side, evidence)) = gate(view)
        && now.evidence(&stage, side) != evidence
    {
        let stage = names(view, &[stage]);
        says.push(format!("{stage} asks for your approval anew."));
    }
    says
}

/// The run once the artifact at this path was changed, and the artifact's name; `None`: no stage
/// made one there.
fn changed(view: &RunView, path: &str) -> Option<(Run, String)> {
    let makes = |s: &StageRecord| {
        let artifact = s.artifacts.iter().find(|a| a.path.as_str() == path)?;
        Some((s.id.clone(), artifact.clone(), s.commit.clone()))
    };
    let (stage, mut artifact, commit) = view.run.stages.iter().find_map(makes)?;
    let name = artifact.name.clone();
    // Any other than it has.
    artifact.digest = Digest::of(artifact.digest.to_string().as_bytes());
    let event = Event::ArtifactChanged {
        stage,
        artifact,
        commit: commit.unwrap_or_else(|| view.order.base.clone()),
    };
    let mut run = view.run.clone();
    run.apply(run.updated.unwrap_or(view.order.created), &event)
        .ok()?;
    Some((run, name))
}

/// What the stages that run again have cost so far: they will again.
fn used(view: &RunView, again: &[StageId]) -> Option<String> {
    let mut total = Total::default();
    let (mut took, mut unknown) = (0, "");
    for record in view.run.stages.iter().filter(|s| again.contains(&s.id)) {
        let Some(last) = record.last_result() else {
            continue;
        };
        total.add(&last.usage);
        took += last.took_ms.unwrap_or(0);
        if last.took_ms.is_none() {
            unknown = " + unknown";
        }
    }
    (total.attempts > 0).then(|| {
        format!(
            "Their latest attempts took {}{unknown}, {} tokens, {}",
            duration(took),
            total.tokens_text(),
            total.cost_text()
        )
    })
}

fn skip(view: &RunView, stage: &StageId, keys: Keys<'_>) -> Vec<String> {
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
    says.extend(by(keys, Action::RerunFrom, "on it runs it after all."));
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
        let (_, how) = checked::short(check);
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
