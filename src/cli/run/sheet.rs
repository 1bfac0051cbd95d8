//! The run sheet: what a run would start from, what it would do, and what every agent would be
//! told. Looking starts nothing and writes nothing.

use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::engine::Run;
use crate::engine::plan::{Budget, Command, Run as Words, Stage, Work};
use crate::git::status::Upstream;
use crate::records::planning::Planned;
use crate::records::project::Project;
use crate::records::prompts::Standing;
use crate::records::submodules;
use crate::terms::usage::{count, dollars};
use crate::terms::{Oid, RunId, StageId};
use crate::text::SafeText;
use color_eyre::eyre::{Report, bail};
use serde_json::{Value, json};

/// What a run starts from.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    /// The commit.
    pub(super) base: Oid,
    /// The branch that is checked out, short name.
    pub(super) branch: Option<String>,
    upstream: Option<Upstream>,
    /// Files that differ from the commit, without those that the run uses as they are.
    uncommitted: usize,
}

/// What a run takes from the checkout's harness folder, committed or not.
const USED: [&str; 8] = [
    "harness.yaml",
    "harness.local.yaml",
    "backlog.md",
    "backlog",
    "tasks",
    "workflows",
    "roles",
    "templates",
];

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
        // These are read from the checkout as they are, so nothing of them is left out.
        let used = USED.map(|path| format!("{}/{path}", project.harness));
        let status = git.status_without(&used)?;
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
    let ids: Vec<StageId> = stages.iter().map(|s| s.id.clone()).collect();
    let standing = Standing {
        id: &run,
        run: &Run::new(plan.clone()),
        home: project.home(),
        harness: &project.harness,
        base: &ground.base,
        at: &ground.base,
        again: &ids,
    };
    let prompts: Vec<Option<String>> = stages.iter().map(|s| standing.prompt(s)).collect();
    if context.out.json {
        context
            .out
            .object(&object(planned, &stages, &prompts, ground));
        return Ok(());
    }
    head(context, project, planned, ground);
    for stage in &stages {
        for line in stage_lines(stage) {
            context.out.text(line);
        }
    }
    tell_prompts(context, &stages, &prompts);
    Ok(())
}

/// The prompts, and that nothing was done.
pub(super) fn tell_prompts(context: &Context, stages: &[&Stage], prompts: &[Option<String>]) {
    let out = &context.out;
    for (stage, prompt) in stages.iter().zip(prompts) {
        if let Some(prompt) = prompt {
            let title = format!("Prompt of {}", stage.name);
            out.text(format!("\n{}", paint(Role::Title, safe(&title))));
            out.verbatim(&SafeText::block(prompt.trim_end()));
        }
    }
    out.text(paint(Role::Quiet, "\nnothing was started"));
}

/// A line of the sheet's head.
pub(super) fn row(context: &Context, name: &str, value: &str) {
    let name = paint(Role::Quiet, format!("{name:<9}"));
    context.out.text(format!("{name} {}", safe(value)));
}

fn head(context: &Context, project: &Project, planned: &Planned, ground: &Ground) {
    let plan = &planned.plan;
    let row = |name: &str, value: &str| row(context, name, value);
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
    let setup: Vec<String> = plan.tree.setup.iter().map(words).collect();
    let lacking = submodules::not_fetched(project.home(), setup.iter().map(String::as_str));
    if let Some(line) = submodules::line(&lacking) {
        row("", &line);
    }
    row("budget", &budget(plan.budget));
}

/// What a command runs, whatever it is called.
fn words(command: &Command) -> String {
    match &command.run {
        Words::Shell(line) => line.clone(),
        Words::Argv(argv) => argv.join(" "),
    }
}

/// What a stage is and may do.
pub(super) fn stage_lines(stage: &Stage) -> Vec<String> {
    let (who, model) = who(stage);
    let model = model.map_or_else(String::new, |m| format!(", {m}"));
    let profile = match &stage.work {
        Work::Gate => String::new(),
        _ => format!(", profile {}", stage.profile.name),
    };
    let mut lines = vec![format!(
        "{} {}",
        paint(Role::Title, safe(&format!("{:<22}", stage.name))),
        safe(&format!("{who}{model}{profile}"))
    )];
    let mut row = |name: &str, value: String| {
        lines.push(format!(
            "  {} {}",
            paint(Role::Quiet, format!("{name:<9}")),
            safe(&value)
        ));
    };
    if let Some(when) = &stage.when {
        row("when", when.clone());
    }
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

/// A budget in words.
pub(super) fn budget(budget: Budget) -> String {
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
    let list = stage_objects(stages, prompts);
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

/// The stages that would run, with their prompts.
pub(super) fn stage_objects(stages: &[&Stage], prompts: &[Option<String>]) -> Vec<Value> {
    stages
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
        .collect()
}
