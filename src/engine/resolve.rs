//! From files to a plan: a workflow with its roles, templates, agents and settings resolved, or
//! every fault in one list.
//!
//! The command line counts over the stage, the stage over the role, the role over harness.yaml.

mod agent;
mod check;
mod checks;
mod graph;
mod names;
mod stage;
mod writes;

use super::day::DayBudget;
use super::plan::{Budget, Command, Plan, PlannedTask, Run as CommandLine, TreeSetup};
use crate::documents::settings::{CommandDef, Limits, RunDef, Settings};
use crate::documents::workflow::{self, TaskNeed, Workflow};
use crate::documents::yaml::did_you_mean;
use crate::terms::{Digest, Finding, Place, RepoPath, StageId};
use names::NamesOf;
use std::collections::{BTreeMap, BTreeSet};

/// Everything a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The workflow, as `documents::workflow::parse` read it.
    pub workflow: &'a Workflow,
    /// What reading it found; it stands first in the list of faults.
    pub workflow_faults: &'a [Finding],
    /// Where it was read from; `None`: it is ad hoc.
    pub workflow_path: Option<&'a RepoPath>,
    /// Its text, for the digest.
    pub workflow_text: &'a str,
    /// All workflows of the project by name, for those that hold others.
    pub workflows: &'a BTreeMap<String, Workflow>,
    /// The settings.
    pub settings: &'a Settings,
    /// The roles by name.
    pub roles: &'a BTreeMap<String, RoleSource>,
    /// The templates by name.
    pub templates: &'a BTreeMap<String, TemplateSource>,
    /// What profiles can bring back by name.
    pub nameable: &'a Nameable,
    /// What it is made for.
    pub purpose: Purpose<'a>,
    /// Variables from `--set`.
    pub set: &'a BTreeMap<String, String>,
    /// What the command line says for all stages.
    pub overrides: &'a Overrides,
    /// `run.id` and the like, where they are known already; else they stay in the texts.
    pub run_names: &'a BTreeMap<String, String>,
}

/// What profiles can bring back by name here: out of the repository, and of what the user has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nameable {
    /// MCP servers.
    pub servers: BTreeSet<String>,
    /// Skills.
    pub skills: BTreeSet<String>,
    /// Files of instructions that are named and that the repository lacks.
    pub lacking: BTreeSet<String>,
}

/// What a plan is made for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To look for faults: there is no task yet, and names of one stay in the texts.
    Check,
    /// To run, with or without a task.
    Run {
        /// The task.
        task: Option<&'a PlannedTask>,
        /// Its backlog item's id.
        item: Option<&'a str>,
    },
}

impl<'a> Purpose<'a> {
    fn task(self) -> Option<&'a PlannedTask> {
        match self {
            Self::Run { task, .. } => task,
            Self::Check => None,
        }
    }
}

/// A role's file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSource {
    /// Its path.
    pub path: String,
    /// Its whole text, for the digest.
    pub text: String,
    /// Its prompt: the text below the front matter.
    pub prompt: String,
    /// The line of the file that the prompt begins on, from 1.
    pub prompt_line: u32,
    /// The capability it asks for.
    pub capability: Option<String>,
    /// The agent it wants.
    pub agent: Option<String>,
    /// The model it wants.
    pub model: Option<String>,
    /// The effort it wants.
    pub effort: Option<String>,
    /// Its profile.
    pub profile: Option<String>,
    /// Seconds of an attempt.
    pub timeout_secs: Option<u64>,
    /// Seconds without a sign.
    pub idle_secs: Option<u64>,
}

/// A template's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateSource {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What the command line says for all stages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The agent.
    pub agent: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The effort.
    pub effort: Option<String>,
}

/// Makes the plan, or lists every fault in the order of places.
pub fn resolve(sources: &Sources<'_>) -> Result<Plan, Vec<Finding>> {
    let (composed, faults) = workflow::compose(sources.workflow, sources.workflows);
    let mut faults: Vec<Finding> = sources
        .workflow_faults
        .iter()
        .cloned()
        .chain(faults)
        .collect();
    let vars = vars(sources, &composed, &mut faults);
    faults.extend(task_need(sources, &composed));
    let (graph, found) = graph::read(&composed);
    faults.extend(found);
    let names = NamesOf::new(sources, &composed, &vars, &mut faults);
    let work = checks::Work {
        sources,
        workflow: &composed,
        graph: &graph,
        names: &names,
    };
    faults.extend(checks::all(&work));
    let mut stages = Vec::new();
    for index in &graph.order {
        match stage::build(&work, &composed.stages[*index]) {
            Ok(stage) => stages.push(stage),
            Err(found) => faults.extend(found),
        }
    }
    let tree = tree(sources, &names, &mut faults);
    let precondition = stage::guard(&work, composed.precondition.as_ref(), &composed.file, None)
        .unwrap_or_else(|found| {
            faults.extend(found);
            None
        });
    if faults.is_empty() && stages.len() != composed.stages.len() {
        // Whatever leaves a stage out must say so; a plan is never quietly smaller than its file.
        faults.push(
            Finding::new("workflow/incomplete", "not every stage could be understood")
                .at(Place::file(&composed.file))
                .remedy("look at the stages without role:, run:, workflow: or gate:"),
        );
    }
    if !faults.is_empty() {
        return Err(tidied(faults));
    }
    Ok(Plan {
        workflow: composed.name.clone(),
        workflow_path: sources.workflow_path.cloned(),
        workflow_digest: Digest::of(sources.workflow_text),
        description: composed.description.clone(),
        task: sources.purpose.task().cloned(),
        vars,
        max_parallel: composed.max_parallel,
        budget: run_budget(sources.settings, &composed),
        day: sources.settings.day.map(|day| DayBudget {
            limits: budget(day.limits),
            pauses: day.pauses,
        }),
        slots: sources.settings.max_parallel,
        resumes: sources.settings.resumes,
        approvals: sources.settings.approvals.clone(),
        approvals_by_edit: sources.settings.approvals_by_edit,
        tree,
        precondition,
        stages,
        on: on(&sources.settings.on),
    })
}

/// A plan of one stage: `run --template NAME`.
#[derive(Debug, Clone, Copy)]
pub struct AdHoc<'a> {
    /// The role's name.
    pub role: &'a str,
    /// The capability its agent must have, where the role names none or another.
    pub capability: Option<&'a str>,
    /// The profile.
    pub profile: Option<&'a str>,
}

/// Makes a plan of one stage. Of `sources` everything but the workflow counts; every `--set` is a
/// variable.
pub fn ad_hoc(order: AdHoc<'_>, sources: &Sources<'_>) -> Result<Plan, Vec<Finding>> {
    let id = StageId::new(order.role).map_or_else(|_| "work".to_owned(), |id| id.to_string());
    let mut stage = serde_json::json!({ "id": id, "role": order.role });
    for (key, value) in [("capability", order.capability), ("profile", order.profile)] {
        if let Some(value) = value {
            stage[key] = value.into();
        }
    }
    let document = serde_json::json!({
        "name": id,
        "description": format!("One stage in the role {}", order.role),
        "task": "optional",
        "vars": sources.set,
        "stages": [stage],
    });
    // JSON is YAML; so an ad-hoc run goes through the same reading as any other.
    let text = document.to_string();
    let (workflow, faults) = workflow::parse("--template", &text);
    let Some(workflow) = workflow else {
        return Err(faults);
    };
    resolve(&Sources {
        workflow: &workflow,
        workflow_faults: &faults,
        workflow_path: None,
        workflow_text: &text,
        ..*sources
    })
}

fn tidied(mut faults: Vec<Finding>) -> Vec<Finding> {
    faults.sort_by(|a, b| a.place.cmp(&b.place));
    faults.dedup();
    faults
}

fn vars(
    sources: &Sources<'_>,
    workflow: &Workflow,
    faults: &mut Vec<Finding>,
) -> BTreeMap<String, String> {
    let declared = workflow.vars.iter();
    let mut vars: BTreeMap<_, _> = declared
        .map(|(k, v)| (k.clone(), v.value.clone()))
        .collect();
    for (name, value) in sources.set {
        if vars.contains_key(name) {
            vars.insert(name.clone(), value.clone());
            continue;
        }
        let remedy = did_you_mean(name, vars.keys().map(String::as_str)).map_or_else(
            || "declare it under vars: in the workflow".to_owned(),
            |near| format!("did you mean '{near}'?"),
        );
        faults.push(
            Finding::new(
                "workflow/unknown-var",
                format!("--set {name}: the workflow declares no such variable"),
            )
            .at(Place::file(&workflow.file))
            .remedy(remedy),
        );
    }
    vars
}

fn task_need(sources: &Sources<'_>, workflow: &Workflow) -> Option<Finding> {
    let Purpose::Run { task, .. } = sources.purpose else {
        return None;
    };
    let fault = |code: &str, text: String, remedy: &str| {
        Finding::new(format!("workflow/{code}"), text)
            .at(Place::file(&workflow.file))
            .remedy(remedy)
    };
    match (workflow.task, task) {
        (TaskNeed::Required, None) => Some(fault(
            "task-needed",
            format!("workflow '{}' needs a task", workflow.name),
            "name one, like T014, or write harness/tasks/T001-some-words.md after the template task.md",
        )),
        (TaskNeed::None, Some(task)) => Some(fault(
            "task-unwanted",
            format!(
                "workflow '{}' works on no task, but {} is given",
                workflow.name, task.id
            ),
            "leave it out, or say task: optional",
        )),
        (_, Some(task)) if task.criteria.is_empty() => {
            let judged = workflow.stages.iter().any(|s| s.verdict.is_some());
            judged.then(|| {
                Finding::new(
                    "workflow/no-criteria",
                    format!(
                        "{} has no acceptance criteria, but a verdict is due on them",
                        task.id
                    ),
                )
                .at(Place::file(task.path.as_str()))
                .remedy("write at least one bullet under ## Acceptance Criteria")
            })
        }
        _ => None,
    }
}

fn tree(sources: &Sources<'_>, names: &NamesOf<'_>, faults: &mut Vec<Finding>) -> TreeSetup {
    let settings = sources.settings;
    let mut setup = Vec::new();
    for def in &settings.tree.setup {
        match stage::command(def, &settings.file, stage::SETUP_SECS, &names.common()) {
            Ok(command) => setup.push(command),
            Err(found) => faults.extend(found),
        }
    }
    TreeSetup {
        setup,
        copy: settings.tree.copy.clone(),
        link: settings.tree.link.clone(),
        submodules: settings.tree.submodules,
    }
}

/// Seconds of a command of an event that says none.
const EVENT_SECS: u64 = 30;

/// The commands of events, as they were written: what they are told comes in with the event, and
/// nothing of them is filled in.
pub fn on(written: &BTreeMap<String, CommandDef>) -> BTreeMap<String, Command> {
    let command = |def: &CommandDef| Command {
        run: match &def.run {
            RunDef::Shell(line) => CommandLine::Shell(line.clone()),
            RunDef::Argv(argv) => {
                CommandLine::Argv(argv.iter().map(|part| part.value.clone()).collect())
            }
        },
        timeout_secs: def.timeout_secs.unwrap_or(EVENT_SECS),
        name: def.name.clone(),
    };
    let each = written.iter();
    each.map(|(event, def)| (event.clone(), command(def)))
        .collect()
}

/// The budget of a run: of each limit the smaller one, so that neither a workflow can spend what
/// the project does not allow, nor the project lift what a workflow holds itself to.
fn run_budget(settings: &Settings, workflow: &Workflow) -> Budget {
    let (own, project) = (workflow.budget, settings.budget);
    let smaller = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    Budget {
        cost_micros: smaller(own.cost_micros, project.cost_micros),
        tokens: smaller(own.tokens, project.tokens),
        minutes: smaller(own.minutes, project.minutes),
    }
}

fn budget(limits: Limits) -> Budget {
    Budget {
        cost_micros: limits.cost_micros,
        tokens: limits.tokens,
        minutes: limits.minutes,
    }
}

#[cfg(test)]
mod tests;
