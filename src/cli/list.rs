//! `list`: the workflows, agents, roles and profiles that a run here could use.

use super::out::{Out, Role, paint, safe};
use super::{Context, Outcome};
use crate::agents::{Driver, catalogue};
use crate::documents::workflow::TaskNeed;
use crate::records::builtin;
use crate::records::harness::Harness;
use crate::text::measure::{pad, width};
use serde_json::{Value, json};

/// Lists the workflows, agents, roles or profiles of this project
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to list
    what: What,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// What `run --workflow` takes
    Workflows,
    /// Who serves stages
    Agents,
    /// Who an agent is in a stage
    Roles,
    /// What a stage may touch
    Profiles,
}

/// One thing: its name, what is said of it, and the same for programs.
struct Row {
    name: String,
    note: String,
    object: Value,
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let harness = Harness::load(&project);
    let rows = match args.what {
        What::Workflows => workflows(&harness),
        What::Agents => agents(&harness),
        What::Roles => roles(&harness),
        What::Profiles => profiles(&harness),
    };
    print(&context.out, &rows);
    Ok(0)
}

fn print(out: &Out, rows: &[Row]) {
    let names = rows.iter().map(|r| width(&r.name)).max().unwrap_or(0);
    for row in rows {
        out.object(&row.object);
        let name = pad(safe(&row.name).as_str(), names);
        out.text(format!("{}  {}", paint(Role::Name, name), safe(&row.note)));
    }
}

fn workflows(harness: &Harness) -> Vec<Row> {
    let rows = harness.files.iter().map(|(name, file)| {
        let description = file.workflow.as_ref().map_or_else(
            || "can't be read; see `harness-tui check`".to_owned(),
            |w| w.description.clone(),
        );
        let task = file.workflow.as_ref().map(|w| match w.task {
            TaskNeed::Required => "required",
            TaskNeed::Optional => "optional",
            TaskNeed::None => "none",
        });
        let default = name == harness.default_workflow();
        let mut notes = Vec::new();
        if default {
            notes.push("the default");
        }
        if file.path.is_none() {
            notes.push("built in");
        }
        let stages: Vec<&str> = file
            .workflow
            .iter()
            .flat_map(|w| w.stages.iter().map(|s| s.id.value.as_str()))
            .collect();
        Row {
            name: name.clone(),
            note: with_notes(&description, &notes),
            object: json!({
                "type": "workflow", "name": name, "description": description, "task": task,
                "default": default, "path": file.path, "stages": stages,
            }),
        }
    });
    rows.collect()
}

fn with_notes(text: &str, notes: &[&str]) -> String {
    if notes.is_empty() {
        text.to_owned()
    } else {
        format!("{text} ({})", notes.join(", "))
    }
}

fn agents(harness: &Harness) -> Vec<Row> {
    let rows = harness.settings.agents.iter().map(|agent| {
        let probe = catalogue::driver(&agent.driver).and_then(Driver::probe);
        let program = agent
            .command
            .first()
            .map(String::as_str)
            .or_else(|| probe.map(|p| p.program));
        let found = program.and_then(crate::process::program::lookup);
        let here = match (program, &found) {
            (None, _) => String::new(),
            (Some(_), Some(file)) => format!("; {}", file.display()),
            (Some(program), None) if program.contains('/') => String::new(),
            (Some(program), None) => format!("; {program} is not on PATH"),
        };
        let model = agent.model.as_deref().unwrap_or("its own model");
        let able = agent.capabilities.join(" ");
        Row {
            name: agent.name.clone(),
            note: format!("{}, {model}: {able}{here}", agent.driver),
            object: json!({
                "type": "agent", "name": agent.name, "driver": agent.driver,
                "model": agent.model, "effort": agent.effort,
                "capabilities": agent.capabilities, "program": found,
            }),
        }
    });
    rows.collect()
}

fn roles(harness: &Harness) -> Vec<Row> {
    let lead = format!("{}/", builtin::FOLDER);
    let rows = harness.roles.iter().map(|(name, role)| {
        let own = role.path.starts_with(&lead);
        let mut parts = vec![role.capability.clone().unwrap_or_else(|| "?".to_owned())];
        let tuned = [&role.agent, &role.model, &role.effort, &role.profile];
        parts.extend(tuned.into_iter().flatten().cloned());
        let notes: &[&str] = if own { &["built in"] } else { &[] };
        Row {
            name: name.clone(),
            note: with_notes(&parts.join(", "), notes),
            object: json!({
                "type": "role", "name": name, "capability": role.capability, "agent": role.agent,
                "model": role.model, "effort": role.effort, "profile": role.profile,
                "path": (!own).then_some(&role.path),
            }),
        }
    });
    rows.collect()
}

fn profiles(harness: &Harness) -> Vec<Row> {
    let rows = harness.settings.profiles.iter().map(|(name, profile)| {
        let writes = if profile.writes.is_empty() {
            "writes only what its stage produces".to_owned()
        } else {
            format!("writes {}", profile.writes.join(" "))
        };
        Row {
            name: name.clone(),
            note: format!("{writes}; tools {}", profile.tools.join(" ")),
            object: json!({
                "type": "profile", "name": name, "writes": profile.writes,
                "tools": profile.tools,
            }),
        }
    });
    rows.collect()
}
