//! The run sheet on paper: what a run would start from, what it would do, and what every agent
//! would be told. Looking starts nothing and writes nothing.

use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::engine::plan::Stage;
use crate::records::project::Project;
use crate::starting::sheet::budget;
use crate::starting::{Ready, Sheet, StageLine, Who};
use crate::text::SafeText;
use color_eyre::eyre::Report;
use serde_json::{Value, json};

/// Shows the sheet.
pub(super) fn show(context: &Context, project: &Project, ready: &Ready) -> Result<(), Report> {
    let prompts = ready.prompts(project, jiff::Zoned::now().date())?;
    let sheet = Sheet::of(project, ready);
    let stages: Vec<&Stage> = ready.stages().collect();
    if context.out.json {
        context.out.object(&object(&sheet, &stages, &prompts));
        return Ok(());
    }
    tell(context, &sheet);
    tell_prompts(context, &stages, &prompts);
    Ok(())
}

/// What it would start from, what it is likely to cost, and its stages.
pub(super) fn tell(context: &Context, sheet: &Sheet) {
    head(context, sheet);
    row(context, "estimate", &sheet.likely());
    for stage in &sheet.stages {
        for line in stage_lines(stage) {
            context.out.text(line);
        }
    }
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

fn head(context: &Context, sheet: &Sheet) {
    let row = |name: &str, value: &str| row(context, name, value);
    if let Some((id, title)) = &sheet.task {
        row("task", &format!("{id} {title}"));
    }
    row(
        "workflow",
        &format!("{}, {}", sheet.workflow, sheet.description),
    );
    row("base", &sheet.ground.line());
    if let Some(line) = sheet.ground.left_out() {
        row("", &line);
    }
    if let Some(home) = &sheet.in_place {
        row("in place", &home.display().to_string());
        row("", "no branch, no commit; nothing in it is ever put back");
    } else {
        row("branch", &sheet.branch);
        row("tree", &sheet.trees.display().to_string());
    }
    if let Some(line) = &sheet.left_out {
        row("", line);
    }
    for command in &sheet.setup {
        row("set-up", command);
    }
    if let Some(line) = &sheet.lacking {
        row("", line);
    }
    if let Some(line) = &sheet.room {
        row("room", line);
    }
    row("budget", &budget(sheet.budget));
}

/// What a stage is and may do.
pub(super) fn stage_lines(stage: &StageLine) -> Vec<String> {
    let who = stage.who.words();
    let model = stage.who.model();
    let model = model.map_or_else(String::new, |m| format!(", {m}"));
    let profile = match &stage.who {
        Who::Person => String::new(),
        _ => format!(", profile {}", stage.profile),
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
    for (path, name) in &stage.produces {
        row("produces", format!("{path} ({name})"));
    }
    for check in &stage.checks {
        row("check", check.clone());
    }
    for (side, gate) in &stage.gates {
        row("gate", format!("{side}, when {gate}"));
    }
    lines
}

fn object(sheet: &Sheet, stages: &[&Stage], prompts: &[Option<String>]) -> Value {
    let ground = &sheet.ground;
    let upstream = ground
        .upstream
        .as_ref()
        .map(|u| json!({ "name": u.name, "ahead": u.ahead, "behind": u.behind }));
    json!({
        "type": "dry_run",
        "task": sheet.task.as_ref().map(|(id, _)| id),
        "workflow": sheet.workflow,
        "base": {
            "branch": ground.branch, "commit": ground.base, "upstream": upstream,
            "not_included": if ground.with_changes || ground.in_place { 0 } else { ground.uncommitted },
            "included": if ground.with_changes || ground.in_place { ground.uncommitted } else { 0 },
            "fetched": ground.fetched.and_then(|s| jiff::Timestamp::from_second(s).ok()),
        },
        "branch": sheet.in_place.is_none().then_some(&sheet.branch),
        "in_place": sheet.in_place, "trees": sheet.trees, "setup": sheet.setup,
        "budget": sheet.budget, "estimate": sheet.estimate, "stages": stage_objects(stages, prompts),
    })
}

/// The stages that would run, with their prompts.
pub(super) fn stage_objects(stages: &[&Stage], prompts: &[Option<String>]) -> Vec<Value> {
    let lines = stages.iter().map(|stage| StageLine::of(stage));
    lines
        .zip(prompts)
        .map(|(stage, prompt)| {
            let produces: Vec<&str> = stage.produces.iter().map(|(p, _)| p.as_str()).collect();
            let gates: Vec<Value> = stage
                .gates
                .iter()
                .map(|(side, when)| json!({ "side": side, "when": when }))
                .collect();
            json!({
                "id": stage.id, "name": stage.name, "who": stage.who.words(),
                "model": stage.who.model(), "profile": stage.profile, "writes": stage.writes,
                "produces": produces, "checks": stage.checks, "gates": gates, "prompt": prompt,
            })
        })
        .collect()
}
