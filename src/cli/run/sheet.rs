//! The run sheet: what a run would start from, what it would do, and what every agent would be
//! told. Looking starts nothing and writes nothing.

use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::engine::plan::{Budget, Command, Context as Item, Plan, Stage, Work};
use crate::git::status::Upstream;
use crate::records::planning::Planned;
use crate::records::project::Project;
use crate::stage::prompt::preview::{self, Preview};
use crate::store::inside::read_inside;
use crate::terms::usage::{count, dollars};
use crate::terms::{Oid, RunId, StageId};
use crate::text::SafeText;
use color_eyre::eyre::{Report, bail};
use serde_json::{Value, json};

/// Largest file that is shown in a prompt.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// What a run starts from.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// The commit.
    pub(super) base: Oid,
    /// The branch that is checked out, short name.
    pub(super) branch: Option<String>,
    upstream: Option<Upstream>,
    /// Files that differ from the commit.
    uncommitted: usize,
}

impl Ground {
    /// The checkout as it is.
    pub(super) fn of(project: &Project) -> Result<Self, Report> {
        let git = project.git();
        let head = git.head()?;
        let Some(base) = head.commit else {
            bail!(
                "this repository has no commit yet, and a run starts from one; commit something first"
            );
        };
        let status = git.status()?;
        Ok(Self {
            base,
            branch: head
                .branch
                .map(|b| b.strip_prefix("refs/heads/").unwrap_or(&b).to_owned()),
            upstream: git.upstream()?,
            uncommitted: status.staged + status.unstaged + status.untracked + status.conflicted,
        })
    }

    /// What of the checkout the run does not start from.
    pub(super) fn left_out(&self) -> Option<String> {
        let files = match self.uncommitted {
            0 => return None,
            1 => "1 uncommitted file".to_owned(),
            n => format!("{n} uncommitted files"),
        };
        Some(format!("not included: {files}"))
    }

    fn line(&self) -> String {
        let branch = self.branch.as_deref().unwrap_or("no branch");
        let age = match &self.upstream {
            None => "no upstream".to_owned(),
            Some(u) => format!("{} ahead of {}, {} behind", u.ahead, u.name, u.behind),
        };
        format!("{branch} at {}, {age}", self.base.short())
    }
}

/// Shows the sheet.
pub(super) fn show(
    context: &Context,
    project: &Project,
    planned: &Planned,
    chosen: &[StageId],
    ground: &Ground,
) -> Result<(), Report> {
    let plan = &planned.plan;
    let stages: Vec<&Stage> = plan
        .stages
        .iter()
        .filter(|s| chosen.is_empty() || chosen.contains(&s.id))
        .collect();
    let today = jiff::Zoned::now().date();
    let subject = plan
        .task
        .as_ref()
        .map_or(plan.workflow.as_str(), |t| t.id.as_str());
    let run = RunId::compose(today, subject, 1)?;
    let prompts: Vec<Option<String>> = stages
        .iter()
        .map(|stage| prompt(project, plan, stage, &run, &ground.base))
        .collect();
    if context.out.json {
        context
            .out
            .object(&object(planned, &stages, &prompts, ground));
        return Ok(());
    }
    head(context, planned, ground);
    for stage in &stages {
        for line in stage_lines(stage) {
            context.out.text(line);
        }
    }
    for (stage, prompt) in stages.iter().zip(&prompts) {
        if let Some(prompt) = prompt {
            let title = format!("Prompt of {}", stage.name);
            context
                .out
                .text(format!("\n{}", paint(Role::Title, safe(&title))));
            context.out.verbatim(&SafeText::block(prompt.trim_end()));
        }
    }
    context
        .out
        .text(paint(Role::Quiet, "\nnothing was started"));
    Ok(())
}

fn head(context: &Context, planned: &Planned, ground: &Ground) {
    let plan = &planned.plan;
    let out = &context.out;
    let row = |name: &str, value: &str| {
        out.text(format!(
            "{} {}",
            paint(Role::Quiet, format!("{name:<9}")),
            safe(value)
        ));
    };
    if let Some(task) = &plan.task {
        row("task", &format!("{} {}", task.id, task.title));
    }
    row(
        "workflow",
        &format!("{}, {}", plan.workflow, plan.description),
    );
    row("base", &ground.line());
    if let Some(line) = ground.left_out() {
        row("", &line);
    }
    row("branch", &planned.branch);
    row("tree", &planned.trees.display().to_string());
    for command in &plan.tree.setup {
        row("set-up", &command.label());
    }
    row("budget", &budget(plan.budget));
}

fn stage_lines(stage: &Stage) -> Vec<String> {
    let (who, model) = who(stage);
    let model = model.map_or_else(String::new, |m| format!(", {m}"));
    let mut lines = vec![format!(
        "{} {}",
        paint(Role::Title, safe(&format!("{:<22}", stage.name))),
        safe(&format!("{who}{model}, profile {}", stage.profile.name))
    )];
    let mut row = |name: &str, value: String| {
        lines.push(format!(
            "  {} {}",
            paint(Role::Quiet, format!("{name:<9}")),
            safe(&value)
        ));
    };
    if !stage.writes.is_empty() {
        row("writes", stage.writes.join(" "));
    }
    for produce in &stage.produces {
        row("produces", format!("{} ({})", produce.path, produce.name));
    }
    for check in &stage.checks {
        row("check", check.label());
    }
    for (side, gate) in gates(stage) {
        row("gate", format!("{side}, when {gate}"));
    }
    lines
}

fn gates(stage: &Stage) -> Vec<(&'static str, String)> {
    let sides = [("before", &stage.gate_before), ("after", &stage.gate_after)];
    sides
        .into_iter()
        .filter_map(|(side, gate)| Some((side, gate.as_ref()?.when.clone())))
        .collect()
}

fn who(stage: &Stage) -> (String, Option<String>) {
    match &stage.work {
        Work::Role(work) => (
            format!("{} in role {}", work.agent.name, work.role),
            work.agent.model.clone(),
        ),
        Work::Command(command) => (format!("command {}", command.label()), None),
        Work::Gate => ("a person".to_owned(), None),
    }
}

fn budget(budget: Budget) -> String {
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

fn object(
    planned: &Planned,
    stages: &[&Stage],
    prompts: &[Option<String>],
    ground: &Ground,
) -> Value {
    let plan = &planned.plan;
    let list: Vec<Value> = stages
        .iter()
        .zip(prompts)
        .map(|(stage, prompt)| {
            let (who, model) = who(stage);
            let checks: Vec<String> = stage.checks.iter().map(Command::label).collect();
            let produces: Vec<&str> = stage.produces.iter().map(|p| p.path.as_str()).collect();
            let gates: Vec<Value> = gates(stage)
                .into_iter()
                .map(|(side, when)| json!({ "side": side, "when": when }))
                .collect();
            json!({
                "id": stage.id, "name": stage.name, "who": who, "model": model,
                "profile": stage.profile.name, "writes": stage.writes, "produces": produces,
                "checks": checks, "gates": gates, "prompt": prompt,
            })
        })
        .collect();
    let upstream = ground
        .upstream
        .as_ref()
        .map(|u| json!({ "name": u.name, "ahead": u.ahead, "behind": u.behind }));
    let setup: Vec<String> = plan.tree.setup.iter().map(Command::label).collect();
    json!({
        "type": "dry_run",
        "task": plan.task.as_ref().map(|t| &t.id),
        "workflow": plan.workflow,
        "base": {
            "branch": ground.branch, "commit": ground.base, "upstream": upstream,
            "not_included": ground.uncommitted,
        },
        "branch": planned.branch, "trees": planned.trees, "setup": setup,
        "budget": plan.budget, "stages": list,
    })
}

/// What the stage's agent would be told now. What is not there yet is named by who will make it.
fn prompt(
    project: &Project,
    plan: &Plan,
    stage: &Stage,
    run: &RunId,
    base: &Oid,
) -> Option<String> {
    let items = stage.context.iter();
    preview::text(&Preview {
        plan,
        stage,
        run,
        harness: &project.harness,
        root: project.home(),
        base,
        items: items
            .filter_map(|item| shown(project, plan, item))
            .collect(),
    })
}

/// An item's name and its text as it is now.
fn shown(project: &Project, plan: &Plan, item: &Item) -> Option<(String, String)> {
    let read = |path| {
        let bytes = read_inside(project.home(), path, MAX_FILE_BYTES).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let later = |what: &str| format!("‹{what} is put here when the stage starts›");
    match item {
        Item::Task => {
            let path = &plan.task.as_ref()?.path;
            let text = read(path).unwrap_or_else(|| later("the task"));
            Some((path.to_string(), text))
        }
        Item::Findings => None,
        Item::Checks => Some(("checks".to_owned(), later("the evidence of checks"))),
        Item::Artifact(name) => {
            let (stage, produce) = plan.producer(name)?;
            let text = format!("‹will be produced by {}›", stage.id);
            Some((produce.path.to_string(), text))
        }
        Item::Files(glob) => Some((glob.clone(), later("each file it names"))),
        Item::Command(command) => {
            let name = format!("output of: {}", command.label().replace('\n', " "));
            Some((name, later("its output")))
        }
        Item::DiffBase => Some(("the run's change so far".to_owned(), later("the change"))),
        Item::Log(n) => Some((format!("the last {n} commits"), later("their list"))),
    }
}
