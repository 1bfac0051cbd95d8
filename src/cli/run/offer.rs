//! Offering to run a task that was just saved: the run sheet, and a yes.

use super::{sheet, started};
use crate::cli::out::{Role, paint, safe};
use crate::cli::talk::keyboard::Keyboard;
use crate::cli::trust::ByDigest;
use crate::cli::{Context, Outcome, follow, person};
use crate::engine::resolve::Overrides;
use crate::records::harness::Harness;
use crate::records::planning::PlanRequest;
use crate::records::project::Project;
use crate::starting::{self, Order, Sheet};
use crate::terms::TaskId;
use std::path::Path;

/// What would be run.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The task.
    pub task: &'a TaskId,
    /// The workflow that is recommended, and why.
    pub recommended: Option<&'a (String, String)>,
    /// The agent for all stages.
    pub agent: Option<&'a str>,
    /// The model for all stages.
    pub model: Option<&'a str>,
    /// A folder of recordings, played in place of agents.
    pub replay: Option<&'a Path>,
}

/// Shows the run sheet and, where somebody is there, asks whether to run it. Otherwise it says the
/// command.
pub fn offer(context: &Context, project: &Project, wish: &Wish<'_>, asks: bool) -> Outcome {
    let harness = Harness::load(project);
    let known = |name: &str| harness.workflows.contains_key(name);
    let recommended = wish.recommended.filter(|(name, _)| known(name));
    let out = &context.out;
    if let Some((name, why)) = wish.recommended {
        let why = if why.is_empty() { "" } else { ": " }.to_owned() + why;
        let told = if known(name) {
            ""
        } else {
            " (there is no such workflow)"
        };
        out.text(format!(
            "The author recommends {}{told}",
            safe(&(name.clone() + &why))
        ));
    }
    let command = command(wish, recommended.map(|(name, _)| name.as_str()));
    let order = Order {
        plan: PlanRequest {
            task: Some(wish.task.clone()),
            workflow: recommended.map(|(name, _)| name.clone()),
            overrides: Overrides {
                agent: wish.agent.map(str::to_owned),
                model: wish.model.map(str::to_owned),
                effort: None,
            },
            replay: wish.replay.map(|dir| context.cwd.join(dir)),
            ..PlanRequest::default()
        },
        ..Order::default()
    };
    let later = || {
        out.text(format!(
            "Run it with\n    {}",
            paint(Role::Command, safe(&command))
        ));
    };
    if !asks {
        later();
        return Ok(0);
    }
    let ready = match starting::look(project, &harness, &order) {
        Ok(ready) => ready,
        Err(error) => {
            out.trouble("not run:", &error.to_string());
            later();
            return Ok(0);
        }
    };
    out.text("");
    sheet::tell(context, &Sheet::of(project, &ready));
    let said = Keyboard::open()?.ask("y runs it now, enter leaves it: ")?;
    if !said.is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "y" | "yes")) {
        later();
        return Ok(0);
    }
    if let Err(error) = ByDigest::default().settle(context, project, &harness) {
        out.trouble("not run:", &error.to_string());
        later();
        return Ok(0);
    }
    let by = person::here(context);
    let begun = match starting::begin(project, &harness, &order, &ready, by) {
        Ok(begun) => begun,
        Err(error) => {
            out.trouble("not run:", &error.to_string());
            later();
            return Ok(0);
        }
    };
    let detach = !follow::can_ask(context);
    started(detach, context, project, &begun, &ready.ground)
}

fn command(wish: &Wish<'_>, workflow: Option<&str>) -> String {
    let mut command = format!("harness-tui run {}", wish.task);
    let replay = wish.replay.map(|dir| dir.display().to_string());
    let given = [
        ("workflow", workflow),
        ("agent", wish.agent),
        ("model", wish.model),
        ("replay", replay.as_deref()),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            command.push_str(&format!(" --{name} {value}"));
        }
    }
    command
}
