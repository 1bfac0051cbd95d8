//! The sheet of an order to a run that is there: what would run again, what stays, and what every
//! agent would be told. Looking starts nothing and writes nothing.

use super::sheet::{row, stage_lines, stage_objects, tell_prompts};
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::engine::plan::{Stage, Work};
use crate::engine::record::StageRecord;
use crate::engine::{Event, Run};
use crate::records::prompts::Standing;
use crate::records::runs::RunView;
use crate::starting::StageLine;
use crate::starting::again::Again;
use crate::starting::sheet::budget;
use crate::terms::{Oid, StageId, StageState};
use crate::text::measure::pad;
use color_eyre::eyre::Report;
use serde_json::{Value, json};

/// Columns of a stage's name.
const NAME: usize = 22;

/// Shows what the order would lead to, from this commit on.
pub(super) fn show(
    context: &Context,
    view: &RunView,
    event: &Event,
    head: &Oid,
) -> Result<(), Report> {
    let after = Again::of(view, event, jiff::Timestamp::now())?;
    let run = &after.run;
    let standing = Standing {
        id: &view.order.run,
        run,
        roots: view.order.roots(),
        base: view.run.base.as_ref().unwrap_or(&view.order.base),
        at: head,
        again: &after.stages,
    };
    let of = |id: &StageId| after.stages.contains(id);
    let stages: Vec<&Stage> = run.plan.stages.iter().filter(|s| of(&s.id)).collect();
    let prompts: Vec<Option<String>> = stages.iter().map(|s| standing.prompt(s)).collect();
    let stays: Vec<&StageRecord> = after.stays().collect();
    if context.out.json {
        let stages = stage_objects(&stages, &prompts);
        context
            .out
            .object(&object(view, &after, &stays, head, &stages));
        return Ok(());
    }
    tell_head(context, view, run, head);
    context.out.text(paint(Role::Title, "\nWould run"));
    for stage in &stages {
        for line in stage_lines(&StageLine::of(stage)) {
            context.out.text(line);
        }
        if stage.work != Work::Gate
            && let Some((attempt, first)) = after.next(view, stage)
        {
            let name = paint(Role::Quiet, pad("attempt", 9));
            let first = if first { ", its first" } else { "" };
            let attempt = format!("{attempt}{first}");
            context.out.text(format!("  {name} {}", safe(&attempt)));
        }
    }
    if !stays.is_empty() {
        context
            .out
            .text(paint(Role::Title, "\nWould stay as it is"));
    }
    for record in stays {
        let name = run.plan.stage(&record.id).map_or("", |s| s.name.as_str());
        let name = paint(Role::Title, pad(safe(name).as_str(), NAME));
        context
            .out
            .text(format!("{name} {}", safe(&stay(view, run, record))));
    }
    tell_prompts(context, &stages, &prompts);
    Ok(())
}

/// How a stage that would not run stands.
fn stay(view: &RunView, run: &Run, record: &StageRecord) -> String {
    match (&record.commit, record.state) {
        (Some(commit), StageState::Passed) => format!("passed, commit {}", commit.short()),
        (_, StageState::Passed) => "passed".to_owned(),
        (_, state) => {
            let why = run.cause(&view.order.run, Some(&record.id)).evidence;
            format!("{state}: {why}")
        }
    }
}

fn tell_head(context: &Context, view: &RunView, run: &Run, head: &Oid) {
    let order = &view.order;
    if let Some(task) = &run.plan.task {
        row(context, "task", &format!("{} {}", task.id, task.title));
    }
    let plan = &run.plan;
    row(
        context,
        "workflow",
        &format!("{}, {}", plan.workflow, plan.description),
    );
    row(context, "run", &format!("{}, {}", order.run, view.state()));
    row(
        context,
        "branch",
        &format!("{} at {}", order.branch, head.short()),
    );
    if let Some(moved) = view.base_moved() {
        row(context, "base", &moved.told());
        row(context, "", &moved.remedy(&order.run));
    }
    row(context, "tree", &order.tree.display().to_string());
    row(context, "budget", &budget(run.plan.budget));
    if let Some(over) = run.over_budget() {
        row(context, "", &format!("{over}; the run would wait for more"));
    }
}

fn object(
    view: &RunView,
    after: &Again,
    stays: &[&StageRecord],
    head: &Oid,
    stages: &[Value],
) -> Value {
    let run = &after.run;
    let stays: Vec<Value> = stays
        .iter()
        .map(|r| json!({ "id": r.id, "state": r.state.word(), "commit": r.commit }))
        .collect();
    json!({
        "type": "dry_run",
        "run": view.order.run,
        "task": run.plan.task.as_ref().map(|t| &t.id),
        "workflow": run.plan.workflow,
        "base": {
            "branch": view.order.base_branch,
            "commit": view.run.base.as_ref().unwrap_or(&view.order.base),
            "moved": view.base_moved().map(|m| json!({ "commits": m.commits, "both": m.both, "withdrawn": m.withdrawn })),
        },
        "branch": view.order.branch, "head": head, "tree": view.order.tree,
        "budget": run.plan.budget, "again": after.stages, "stays": stays, "stages": stages,
    })
}
