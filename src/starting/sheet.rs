//! The run sheet as data: what a run would start from and what it would do, stage by stage.

use super::begin::Ready;
use super::estimate::Estimate;
use super::{CannotBegin, Ground, disk, programs};
use crate::engine::Run;
use crate::engine::plan::{Budget, Check, Command, Plan, Run as Words, Stage, Work};
use crate::records::project::Project;
use crate::records::prompts::Standing;
use crate::records::submodules;
use crate::terms::usage::{count, dollars};
use crate::terms::{Finding, RunId, StageId, TaskId};
use jiff::civil::Date;
use std::path::PathBuf;

/// What is said of the branch of a run whose harness is private.
const NO_BRANCH: &str = "none: the harness is private, and refs/harness/ keeps the work";

/// What a run would start from, and what it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The task and its title; `None`: the workflow needs none.
    pub task: Option<(TaskId, String)>,
    /// The workflow.
    pub workflow: String,
    /// What it is for.
    pub description: String,
    /// The commit it starts from.
    pub ground: Ground,
    /// The wanted branch; a number is added where it is taken. With a private harness: that there is
    /// none.
    pub branch: String,
    /// The folder that its tree is made in.
    pub trees: PathBuf,
    /// What of a private harness its tree gets none of, in a line.
    pub left_out: Option<String>,
    /// Where it works instead: the checkout; `None`: in a tree of its own.
    pub in_place: Option<PathBuf>,
    /// The commands that make a fresh tree build, as they are called.
    pub setup: Vec<String>,
    /// What a fresh tree lacks that nothing fetches.
    pub lacking: Option<String>,
    /// What there is to say of the room that runs' trees take.
    pub room: Option<String>,
    /// What runs like it came to; `None`: too few are known.
    pub estimate: Option<Estimate>,
    /// Its limits.
    pub budget: Budget,
    /// How often stages may go round and send back, a line each.
    pub bounds: Vec<String>,
    /// The stages that would run, in workflow order.
    pub stages: Vec<StageLine>,
    /// The agents' programs that are not on this machine.
    pub missing: Vec<Finding>,
}

/// Who works in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// An agent.
    Agent {
        /// Its name in harness.yaml.
        agent: String,
        /// The role it serves.
        role: String,
        /// The model, in the agent's own words; `None`: the agent's own choice.
        model: Option<String>,
    },
    /// A command.
    Command(String),
    /// A person: the stage is a gate.
    Person,
}

impl Who {
    /// It in words, without the model.
    pub fn words(&self) -> String {
        match self {
            Self::Agent { agent, role, .. } => format!("{agent} in role {role}"),
            Self::Command(command) => format!("command {command}"),
            Self::Person => "a person".to_owned(),
        }
    }

    /// The model, where one is named.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Agent { model, .. } => model.as_deref(),
            _ => None,
        }
    }
}

/// A stage of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageLine {
    /// Its id.
    pub id: StageId,
    /// Its name for people.
    pub name: String,
    /// Who works in it.
    pub who: Who,
    /// The name of its profile.
    pub profile: String,
    /// The expression that skips it where it is false.
    pub when: Option<String>,
    /// What it may write beside its artifacts.
    pub writes: Vec<String>,
    /// Path and name of each artifact.
    pub produces: Vec<(String, String)>,
    /// Its checks, as they are called.
    pub checks: Vec<String>,
    /// Its gates: on which side, and when they ask.
    pub gates: Vec<(&'static str, String)>,
}

impl StageLine {
    /// What a stage is and may do.
    pub fn of(stage: &Stage) -> Self {
        let produces = stage.produces.iter();
        Self {
            id: stage.id.clone(),
            name: stage.name.clone(),
            who: who(stage),
            profile: stage.profile.name.clone(),
            when: stage.when.clone(),
            writes: stage.writes.clone(),
            produces: produces
                .map(|p| (p.path.to_string(), p.name.clone()))
                .collect(),
            checks: stage.checks.iter().map(Check::told).collect(),
            gates: gates(stage),
        }
    }
}

fn who(stage: &Stage) -> Who {
    match &stage.work {
        Work::Role(work) => Who::Agent {
            agent: work.agent.name.clone(),
            role: work.role.clone(),
            model: work.agent.model.clone(),
        },
        Work::Command(command) => Who::Command(command.label()),
        Work::Gate => Who::Person,
    }
}

fn gates(stage: &Stage) -> Vec<(&'static str, String)> {
    let sides = [("before", &stage.gate_before), ("after", &stage.gate_after)];
    sides
        .into_iter()
        .filter_map(|(side, gate)| Some((side, gate.as_ref()?.when.clone())))
        .collect()
}

impl Sheet {
    /// What it is likely to cost and take, for people.
    pub fn likely(&self) -> String {
        let estimate = self.estimate.as_ref();
        estimate.map_or_else(|| "no history to tell it by".to_owned(), Estimate::text)
    }

    /// The sheet of what was looked at.
    pub fn of(project: &Project, ready: &Ready) -> Self {
        let plan = &ready.planned.plan;
        let task = plan.task.as_ref();
        let setup: Vec<String> = plan.tree.setup.iter().map(words).collect();
        let words = setup.iter().map(String::as_str);
        let lacking = submodules::left_empty(project.home(), plan.tree.submodules, words);
        let missing = programs::missing(plan, &ready.chosen);
        Self {
            task: task.map(|t| (t.id.clone(), t.title.clone())),
            workflow: plan.workflow.clone(),
            description: plan.description.clone(),
            ground: ready.ground.clone(),
            branch: if project.is_private() {
                NO_BRANCH.to_owned()
            } else {
                ready.planned.branch.clone()
            },
            trees: ready.planned.trees.clone(),
            left_out: ready.left_out.clone(),
            in_place: (ready.planned.in_place).then(|| project.home().to_owned()),
            setup: plan.tree.setup.iter().map(Command::label).collect(),
            lacking: submodules::line(&lacking),
            room: ready.share.as_ref().and_then(disk::Share::line),
            estimate: Estimate::read(project, plan, &ready.chosen),
            budget: plan.budget,
            bounds: ready.stages().filter_map(|s| bounds(s, plan)).collect(),
            stages: ready.stages().map(StageLine::of).collect(),
            missing: missing.iter().map(programs::Missing::finding).collect(),
        }
    }
}

fn bounds(stage: &Stage, plan: &Plan) -> Option<String> {
    let bounds = stage.bounds(plan);
    (!bounds.is_empty()).then(|| format!("{}: {}", stage.name, bounds.join(", ")))
}

impl Ready {
    /// The stages that would run, in workflow order.
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        let stages = self.planned.plan.stages.iter();
        stages.filter(|s| self.chosen.is_empty() || self.chosen.contains(&s.id))
    }

    /// What the agent of each of these stages would be told; `None`: it has none.
    pub fn prompts(
        &self,
        project: &Project,
        today: Date,
    ) -> Result<Vec<Option<String>>, CannotBegin> {
        let plan = &self.planned.plan;
        let subject = plan
            .task
            .as_ref()
            .map_or(plan.workflow.as_str(), |t| t.id.as_str());
        let run = RunId::compose(today, subject, 1)?;
        let ids: Vec<StageId> = self.stages().map(|s| s.id.clone()).collect();
        let standing = Standing {
            id: &run,
            run: &Run::new(plan.clone()),
            roots: project.roots(),
            base: &self.ground.base,
            at: &self.ground.base,
            again: &ids,
        };
        Ok(self.stages().map(|s| standing.prompt(s)).collect())
    }
}

/// What a command runs, whatever it is called.
fn words(command: &Command) -> String {
    match &command.run {
        Words::Shell(line) => line.clone(),
        Words::Argv(argv) => argv.join(" "),
    }
}

/// A budget in words.
pub fn budget(budget: Budget) -> String {
    let parts: Vec<String> = [
        budget.cost_micros.map(dollars),
        budget.tokens.map(|t| format!("{} tok", count(t))),
        budget.minutes.map(|m| format!("{m} min")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}
