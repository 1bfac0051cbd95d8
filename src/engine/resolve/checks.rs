//! What the stages of a workflow say of each other, looked over.

use super::Sources;
use super::graph::{Graph, known_stage};
use super::names::NamesOf;
use crate::documents::settings::{AgentSettings, OnQuotaDef};
use crate::documents::workflow::{ContextDef, RerunDef, StageDef, TaskNeed, WorkDef, Workflow};
use crate::documents::yaml::{At, Span, did_you_mean};
use crate::engine::expression;
use crate::terms::{Finding, RepoPath};
use std::collections::{BTreeMap, BTreeSet};

/// A workflow that is being resolved.
pub(super) struct Work<'a> {
    pub(super) sources: &'a Sources<'a>,
    pub(super) workflow: &'a Workflow,
    pub(super) graph: &'a Graph,
    pub(super) names: &'a NamesOf<'a>,
}

impl Work<'_> {
    /// The stages that are done when this one starts.
    pub(super) fn done<'s>(&'s self, stage: &StageDef) -> Vec<&'s str> {
        let above = self.graph.above.get(&stage.id.value);
        above.into_iter().flatten().map(String::as_str).collect()
    }
}

/// Every fault between stages, artifacts and budgets.
pub(super) fn all(work: &Work<'_>) -> Vec<Finding> {
    let mut faults = artifacts(work);
    for stage in &work.workflow.stages {
        faults.extend(context(work, stage));
        faults.extend(ways_back(work, stage));
        faults.extend(shape(stage));
        faults.extend(unmetered(work, stage));
    }
    faults
}

fn fault(stage: &StageDef, code: &str, text: String, remedy: &str, span: Span) -> Finding {
    Finding::new(format!("workflow/{code}"), text)
        .at(stage.place(span))
        .remedy(remedy)
}

/// Names and paths are each made by one stage, and not where the engine or people write.
fn artifacts(work: &Work<'_>) -> Vec<Finding> {
    let mut faults = Vec::new();
    let mut by_name: BTreeMap<&str, &StageDef> = BTreeMap::new();
    let mut by_path: BTreeMap<&RepoPath, &str> = BTreeMap::new();
    let settings = work.sources.settings.file.rsplit_once('/');
    let harness = settings.map_or("harness", |(folder, _)| folder);
    for stage in &work.workflow.stages {
        for artifact in &stage.produces {
            let (name, span) = (artifact.name.value.as_str(), artifact.name.span);
            if matches!(name, "task" | "findings" | "checks") {
                let text = format!("'{name}' means something else in a context");
                faults.push(fault(
                    stage,
                    "bad-name",
                    text,
                    "give the artifact another name",
                    span,
                ));
            }
            if let Some(first) = by_name.insert(name, stage) {
                let text = format!(
                    "artifact '{name}' is already produced by stage '{}'",
                    first.id.value
                );
                faults.push(fault(
                    stage,
                    "two-writers",
                    text,
                    "let one stage produce it",
                    span,
                ));
                continue;
            }
            let Some(path) = work.names.artifacts.get(name) else {
                continue;
            };
            if let Some(first) = by_path.insert(path, name) {
                let text = format!("'{name}' and '{first}' are written to one path, {path}");
                let remedy = "give one of them another path";
                faults.push(fault(
                    stage,
                    "two-writers",
                    text,
                    remedy,
                    artifact.path.span,
                ));
            }
            if reserved(path, harness) {
                let text = format!("{path} is not a stage's to write");
                let remedy = format!("write artifacts under {harness}/artifacts/");
                faults.push(fault(
                    stage,
                    "reserved-path",
                    text,
                    &remedy,
                    artifact.path.span,
                ));
            }
        }
    }
    faults
}

/// Whether a path is people's or the engine's: in the project's harness folder, which may lie
/// deeper, or in one at the root.
fn reserved(path: &RepoPath, harness: &str) -> bool {
    let folders = [
        "tasks",
        "runs",
        "roles",
        "templates",
        "workflows",
        "backlog",
        ".state",
    ];
    let files = [
        "harness.yaml",
        "harness.local.yaml",
        "backlog.md",
        "run-state.md",
    ];
    folders.iter().chain(&files).any(|name| {
        ["harness", harness]
            .iter()
            .any(|at| path.is_in(&format!("{at}/{name}")))
    })
}

fn context(work: &Work<'_>, stage: &StageDef) -> Vec<Finding> {
    let mut faults = Vec::new();
    for item in &stage.context {
        let ContextDef::Word(word) = &item.value else {
            continue;
        };
        if word == "task" && work.workflow.task == TaskNeed::None {
            let text = "the context names the task, but the workflow says task: none".to_owned();
            faults.push(fault(
                stage,
                "no-task",
                text,
                "say task: required or leave it out",
                item.span,
            ));
        }
        if !matches!(word.as_str(), "task" | "findings" | "checks") {
            faults.extend(artifact_use(work, stage, word, item.span));
        }
    }
    faults
}

fn artifact_use(work: &Work<'_>, stage: &StageDef, name: &str, span: Span) -> Option<Finding> {
    let stages = &work.workflow.stages;
    let makes = |s: &&StageDef| s.produces.iter().any(|p| p.name.value == name);
    let Some(producer) = stages.iter().find(makes) else {
        let known = stages.iter().flat_map(|s| &s.produces);
        let names = known.map(|p| p.name.value.as_str());
        let near = did_you_mean(name, names.chain(["task", "findings", "checks"]));
        let remedy = near.map_or_else(
            || "name an artifact of an earlier stage, or use { files: … }".to_owned(),
            |near| format!("did you mean '{near}'?"),
        );
        let text = format!("no stage produces an artifact '{name}'");
        return Some(fault(stage, "unknown-artifact", text, &remedy, span));
    };
    let maker = producer.id.value.as_str();
    if work.graph.is_above(maker, &stage.id.value) {
        return None;
    }
    let text = format!(
        "'{name}' is used before it is made: stage '{maker}' is not above '{}'",
        stage.id.value
    );
    let remedy = format!("add {maker} to depends_on");
    Some(fault(stage, "artifact-order", text, &remedy, span))
}

fn ways_back(work: &Work<'_>, stage: &StageDef) -> Vec<Finding> {
    let mut faults = Vec::new();
    if let Some(way) = &stage.on_fail {
        faults.extend(way_back(work, stage, "on_fail", way, false));
        if stage.verdict.is_none() && stage.checks.is_empty() {
            let text = format!(
                "on_fail of stage '{}' never fires: it has no verdict and no checks",
                stage.id.value
            );
            faults.push(fault(
                stage,
                "no-effect",
                text,
                "add verdict: or checks:",
                way.stage.span,
            ));
        }
    }
    if let Some(gate) = &stage.gate {
        if let Some(way) = &gate.on_reject {
            let itself = gate.after.is_some();
            faults.extend(way_back(work, stage, "on_reject", way, itself));
        }
        if gate.before.is_none() && gate.after.is_none() {
            let text = format!("the gate of stage '{}' never asks", stage.id.value);
            faults.push(fault(
                stage,
                "empty-gate",
                text,
                "add before: or after:",
                gate.span,
            ));
        }
    }
    faults
}

fn way_back(
    work: &Work<'_>,
    stage: &StageDef,
    key: &str,
    way: &RerunDef,
    itself: bool,
) -> Option<Finding> {
    let At {
        value: target,
        span,
    } = &way.stage;
    let own = &stage.id.value;
    if work.graph.is_above(target, own) || (itself && target == own) {
        return None;
    }
    let known: BTreeSet<&str> = work
        .workflow
        .stages
        .iter()
        .map(|s| s.id.value.as_str())
        .collect();
    let (text, remedy) = if known.contains(target.as_str()) {
        let text = format!("{key} reruns '{target}', which is not above '{own}'");
        (text, "name a stage that this one depends on".to_owned())
    } else {
        let near = did_you_mean(target, known.iter().copied());
        (
            format!("{key} reruns '{target}', which is no stage"),
            known_stage(near, &known),
        )
    };
    Some(fault(stage, "bad-rerun", text, &remedy, *span))
}

/// What a stage says of itself that can't be.
fn shape(stage: &StageDef) -> Vec<Finding> {
    let mut faults = Vec::new();
    let id = &stage.id.value;
    if let Some(verdict) = &stage.verdict {
        let own = || stage.produces.iter().map(|p| p.name.value.as_str());
        if !own().any(|name| name == verdict.value) {
            let remedy = did_you_mean(&verdict.value, own()).map_or_else(
                || format!("add '{}' to its produces", verdict.value),
                |near| format!("did you mean '{near}'?"),
            );
            let text = format!(
                "the verdict '{}' is no artifact of stage '{id}'",
                verdict.value
            );
            faults.push(fault(stage, "bad-verdict", text, &remedy, verdict.span));
        }
    }
    if let Some(looping) = &stage.looping {
        if !looping.until_approved && stage.checks.is_empty() {
            let text = format!("stage '{id}' loops until its checks pass, but has none");
            faults.push(fault(
                stage,
                "loop-without-checks",
                text,
                "add checks:",
                looping.span,
            ));
        }
        let asks = stage.gate.as_ref().is_some_and(|g| g.after.is_some());
        if looping.until_approved && !asks {
            let text = format!("stage '{id}' loops until it is approved, but nobody is asked");
            let remedy = "add gate: { after: true }";
            faults.push(fault(
                stage,
                "loop-without-gate",
                text,
                remedy,
                looping.span,
            ));
        }
    }
    if let Some(when) = &stage.when
        && expression::constant(&when.value) == Some(false)
    {
        let text = format!("stage '{id}' is never reached: its when is always false");
        faults.push(fault(
            stage,
            "unreachable",
            text,
            "take the stage out",
            when.span,
        ));
    }
    faults.extend(without_agent(stage));
    faults
}

/// Keys that say something of an agent, on a stage that has none.
fn without_agent(stage: &StageDef) -> Vec<Finding> {
    let Some(work @ (WorkDef::Command(_) | WorkDef::Gate)) = &stage.work else {
        return Vec::new();
    };
    let gate = *work == WorkDef::Gate;
    let given = [
        ("agent", stage.agent.is_some()),
        ("model", stage.model.is_some()),
        ("effort", stage.effort.is_some()),
        ("capability", stage.capability.is_some()),
        ("on_quota", stage.on_quota != OnQuotaDef::default()),
        ("context", !stage.context.is_empty()),
        ("produces", gate && !stage.produces.is_empty()),
        ("checks", gate && !stage.checks.is_empty()),
        ("verdict", gate && stage.verdict.is_some()),
        ("loop", gate && stage.looping.is_some()),
        ("writes", gate && stage.writes.is_some()),
    ];
    let kind = if gate {
        "that is only a gate"
    } else {
        "that runs a command"
    };
    given
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(key, _)| {
            let text = format!(
                "'{key}' has no effect on stage '{}', {kind}",
                stage.id.value
            );
            fault(stage, "no-effect", text, "take it out", stage.id.span)
        })
        .collect()
}

/// A budget in money over an agent that tells no cost binds nothing, unless tokens or minutes do.
fn unmetered(work: &Work<'_>, stage: &StageDef) -> Option<Finding> {
    let Some(WorkDef::Role(role)) = &stage.work else {
        return None;
    };
    let role = work.sources.roles.get(&role.value)?;
    let (agent, _) = super::agent::choose(work, stage, role, &mut Vec::new())?;
    let settings = work.sources.settings;
    let declared = settings.agents.iter().find(|a| a.name == agent.name)?;
    if declared.reports_cost() {
        return None;
    }
    let run = super::run_budget(settings, work.workflow);
    let binds = |b: &super::Budget| {
        b.minutes.is_some() || (b.tokens.is_some() && AgentSettings::reports_tokens(declared))
    };
    let own = super::budget(stage.budget.value);
    let bad_run = run.cost_micros.is_some() && !binds(&run);
    let bad_own = own.cost_micros.is_some() && !binds(&own) && !binds(&run);
    // What others use is no bound of this one: the day's must have one that it tells of.
    let day = settings.day.map(|day| super::budget(day.limits));
    let bad_day = day.is_some_and(|day| day.cost_micros.is_some() && !binds(&day));
    if !bad_run && !bad_own && !bad_day {
        return None;
    }
    let whose = if bad_run || bad_own {
        "the budget"
    } else {
        "the budget of a day"
    };
    let text = format!(
        "{whose} is in dollars, but agent '{}' of stage '{}' reports no cost",
        agent.name, stage.id.value
    );
    let span = if bad_own {
        stage.budget.span
    } else {
        stage.id.span
    };
    Some(fault(
        stage,
        "unmetered",
        text,
        if bad_run || bad_own {
            "add minutes: to the budget"
        } else {
            "add minutes: to the budget's day:"
        },
        span,
    ))
}
