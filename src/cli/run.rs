//! `run`: starts a run, or goes on with a task's latest from a stage, and follows it to its end.

mod again;
mod continued;
pub mod offer;
mod sheet;

use super::follow::{self, Options};
use super::out::{Role, paint, safe};
use super::trust::ByDigest;
use super::{Context, Outcome, person};
use crate::engine::resolve::Overrides;
use crate::records::harness::Harness;
use crate::records::planning::{AdHocRequest, PlanRequest};
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::starting::disk::Share;
use crate::starting::{self, Choice, Ground, Order, open};
use crate::supervisor::{RunOrder, start};
use crate::terms::{RunId, TaskId};
use color_eyre::eyre::{Report, bail};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Runs a task through a workflow, and follows it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task (T014); with --from or --step also a run's id
    task: Option<String>,
    /// The workflow; by default the project's
    #[arg(long)]
    workflow: Option<String>,
    /// Only this stage of the task's latest run, or of a new one; may be repeated
    #[arg(long = "step", value_name = "STAGE")]
    steps: Vec<String>,
    /// From this stage on, in the task's latest run or a new one
    #[arg(long, value_name = "STAGE", conflicts_with = "steps")]
    from: Option<String>,
    /// A new run, even where one is open
    #[arg(long)]
    new: bool,
    /// A variable of the workflow's; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// The agent for all stages
    #[arg(long)]
    agent: Option<String>,
    /// The model for all stages, in the agent's own words
    #[arg(long)]
    model: Option<String>,
    /// Start it, print its id, and return
    #[arg(long)]
    detach: bool,
    /// Take the checkout's uncommitted files along, as a commit of their own on the run's branch
    #[arg(long)]
    with_changes: bool,
    /// Show what would be done, every prompt included, and start nothing
    #[arg(long, conflicts_with = "detach")]
    dry_run: bool,
    /// Record every attempt into this folder
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Play the attempts recorded in this folder instead of starting agents. Its file tasks.txt,
    /// where there is one, names the tasks they are of; no other is run with them
    #[arg(long, value_name = "DIR", conflicts_with = "record")]
    replay: Option<PathBuf>,
    /// Keep what agents print as it is, secrets included
    #[arg(long)]
    keep_raw: bool,
    /// Keep the machine from sleeping while an agent works
    #[arg(long)]
    awake: bool,
    /// In place: start although what the run may write is not committed; that is part of what it
    /// starts from then, and is never taken back
    #[arg(long)]
    allow_dirty: bool,
    /// No workflow: one stage in this role
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["workflow", "steps", "from"])]
    template: Option<String>,
    /// The capability that the role's agent must have
    #[arg(long, value_name = "CAPABILITY", requires = "template")]
    agent_capability: Option<String>,
    /// What the one stage may touch
    #[arg(long, requires = "template")]
    profile: Option<String>,
    #[command(flatten)]
    trust: ByDigest,
}

impl Args {
    fn chooses(&self) -> bool {
        self.from.is_some() || !self.steps.is_empty()
    }

    fn choice(&self) -> Choice {
        Choice {
            steps: self.steps.clone(),
            from: self.from.clone(),
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    if let Some(id) = args.task.as_deref().and_then(|t| RunId::new(t).ok()) {
        let view = runs::find(&project, &id)?;
        if args.new || !args.chooses() {
            bail!(
                "{id} is a run; name a task to start a new one, or --from STAGE to go on with it"
            );
        }
        return continued::go_on(args, context, &project, view);
    }
    let task = args.task.as_deref().map(TaskId::new).transpose()?;
    if let (Some(task), true, false) = (&task, args.chooses(), args.new)
        && let Some(view) = latest(&project, task)
    {
        return continued::go_on(args, context, &project, view);
    }
    begin(args, context, &project, task.as_ref())
}

/// The task's latest run that is not landed.
fn latest(project: &Project, task: &TaskId) -> Option<RunView> {
    let (views, _) = runs::all(project);
    views
        .into_iter()
        .find(|v| v.task() == Some(task) && v.run.landed.is_none())
}

/// A new run.
fn begin(args: &Args, context: &Context, project: &Project, task: Option<&TaskId>) -> Outcome {
    let harness = Harness::load(project);
    let order = order(args, context, task.cloned())?;
    if args.with_changes && !args.dry_run {
        // Only what is trusted may be taken along.
        args.trust.settle(context, project, &harness)?;
    }
    let ready = starting::look(project, &harness, &order)?;
    if args.dry_run {
        if let Some(task) = task {
            open::none(project, task, args.new)?;
        }
        sheet::show(context, project, &ready)?;
        return Ok(0);
    }
    args.trust.settle(context, project, &harness)?;
    let by = person::here(context);
    let begun = starting::begin(project, &harness, &order, &ready, by)?;
    if let Some(line) = ready.share.as_ref().and_then(Share::line) {
        context.out.text(paint(Role::Attention, line));
    }
    if let Some(line) = &ready.left_out {
        context.out.text(paint(Role::Attention, safe(line)));
    }
    started(args.detach, context, project, &begun, &ready.ground)
}

fn order(args: &Args, context: &Context, task: Option<TaskId>) -> Result<Order, Report> {
    Ok(Order {
        plan: plan_request(args, context, task)?,
        choice: args.choice(),
        another: args.new,
        with_changes: args.with_changes,
        record: args.record.as_ref().map(|dir| context.cwd.join(dir)),
        keep_raw: args.keep_raw,
        awake: args.awake,
        allow_dirty: args.allow_dirty,
    })
}

fn plan_request(
    args: &Args,
    context: &Context,
    task: Option<TaskId>,
) -> Result<PlanRequest, Report> {
    Ok(PlanRequest {
        task,
        workflow: args.workflow.clone(),
        ad_hoc: args.template.clone().map(|role| AdHocRequest {
            role,
            capability: args.agent_capability.clone(),
            profile: args.profile.clone(),
        }),
        set: variables(&args.set)?,
        overrides: Overrides {
            agent: args.agent.clone(),
            model: args.model.clone(),
            effort: None,
        },
        replay: args.replay.as_ref().map(|dir| context.cwd.join(dir)),
        run_names: BTreeMap::new(),
    })
}

fn variables(words: &[String]) -> Result<BTreeMap<String, String>, Report> {
    let mut set = BTreeMap::new();
    for word in words {
        match word.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                set.insert(name.trim().to_owned(), value.to_owned());
            }
            _ => bail!("--set {word}: write --set name=value"),
        }
    }
    Ok(set)
}

/// Wakes the run and follows it, or says its id.
fn started(
    detach: bool,
    context: &Context,
    project: &Project,
    order: &RunOrder,
    ground: &Ground,
) -> Outcome {
    let mut view = RunView::read(project.engine.run(&order.run))?;
    start::wake(view.dirs.path(), &order.home)?;
    context.out.object(&json!({
        "type": "run", "run": order.run, "branch": order.branch, "base": order.base,
        "tree": order.tree,
    }));
    if detach {
        context.out.text(&order.run);
        return Ok(0);
    }
    context.out.text(paint(Role::Title, &order.run));
    if let Some(line) = ground.left_out() {
        context.out.text(paint(Role::Attention, line));
    }
    attend(context, &mut view)
}

/// Follows a run that was woken just now.
fn attend(context: &Context, view: &mut RunView) -> Outcome {
    let options = Options {
        goes_on: false,
        ask: true,
        starting: true,
    };
    Ok(follow::follow(context, view, options)?.exit_code())
}
