//! Which agent serves a stage, with which model and effort.

use super::checks::Work;
use super::{Overrides, RoleSource};
use crate::documents::settings::{AUTHOR, AgentSettings, Settings};
use crate::documents::workflow::StageDef;
use crate::documents::yaml::did_you_mean;
use crate::engine::plan::{Agent, Profile};
use crate::terms::{Finding, Place};

/// Who said something; a later one counts over an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Settings,
    Role,
    Stage,
    CommandLine,
}

/// The agent of a stage, with the capability that was asked for.
pub(super) fn choose(
    work: &Work<'_>,
    stage: &StageDef,
    role: &RoleSource,
    faults: &mut Vec<Finding>,
) -> Option<(Agent, String)> {
    let sources = work.sources;
    let capability = capability(stage, role, faults)?;
    let named = named(sources.overrides, stage, role);
    let found = match &named {
        Some((name, level)) => by_name(sources.settings, name, *level, stage, role),
        None => by_capability(sources.settings, &capability, stage),
    };
    let agent = match found {
        Ok(agent) => agent,
        Err(fault) => {
            faults.push(*fault);
            return None;
        }
    };
    let level = named.map_or(Level::Settings, |(_, level)| level);
    if agent.driver == "acp" && capability != AUTHOR {
        let text = format!(
            "agent '{}' speaks the Agent Client Protocol, which serves dialogues and no stages",
            agent.name
        );
        let place = stage.place(stage.agent.as_ref().map_or(stage.id.span, |a| a.span));
        faults.push(
            Finding::new("workflow/only-talks", text)
                .at(place)
                .remedy("name an agent with another driver for this stage"),
        );
        return None;
    }
    if level < Level::CommandLine && !agent.capabilities.contains(&capability) {
        faults.push(
            Finding::new(
                "workflow/no-capability",
                format!(
                    "agent '{}' does not declare the capability '{capability}'",
                    agent.name
                ),
            )
            .at(stage.place(stage.agent.as_ref().map_or(stage.id.span, |a| a.span)))
            .remedy(format!(
                "add {capability} to its capabilities in {}",
                sources.settings.file
            )),
        );
    }
    Some((
        tuned(agent, level, sources.overrides, stage, role),
        capability,
    ))
}

/// Who else can do the work, in order of preference. An agent that the command line names is the
/// only one that is meant.
pub(super) fn others(
    work: &Work<'_>,
    chosen: &Agent,
    capability: &str,
    profile: &Profile,
) -> Vec<Agent> {
    let sources = work.sources;
    if sources.overrides.agent.is_some() {
        return Vec::new();
    }
    let plain = profile.mcp.is_empty() && profile.skills.is_empty();
    let able = |a: &&AgentSettings| {
        a.name != chosen.name && a.can_serve(capability) && (plain || a.takes_extras())
    };
    let others = sources.settings.agents.iter().filter(able);
    others
        .map(|a| Agent {
            name: a.name.clone(),
            driver: a.driver.clone(),
            model: a.model.clone(),
            effort: a.effort.clone(),
            command: a.command.clone(),
            recordings: a.recordings.clone(),
            interactive: a.interactive.clone(),
            env: a.env.clone(),
            plan: a.plan,
        })
        .collect()
}

fn capability(stage: &StageDef, role: &RoleSource, faults: &mut Vec<Finding>) -> Option<String> {
    let own = stage.capability.as_ref().map(|c| c.value.clone());
    let capability = own.or_else(|| role.capability.clone());
    if capability.is_none() {
        faults.push(
            Finding::new(
                "workflow/capability-missing",
                format!(
                    "stage '{}' and its role ask for no capability",
                    stage.id.value
                ),
            )
            .at(Place::file(&role.path))
            .remedy("add capability: to the role's front matter"),
        );
    }
    capability
}

fn named(overrides: &Overrides, stage: &StageDef, role: &RoleSource) -> Option<(String, Level)> {
    let line = overrides.agent.clone().map(|a| (a, Level::CommandLine));
    let own = || {
        stage
            .agent
            .as_ref()
            .map(|a| (a.value.clone(), Level::Stage))
    };
    let theirs = || role.agent.clone().map(|a| (a, Level::Role));
    line.or_else(own).or_else(theirs)
}

fn by_name<'a>(
    settings: &'a Settings,
    name: &str,
    level: Level,
    stage: &StageDef,
    role: &RoleSource,
) -> Result<&'a AgentSettings, Box<Finding>> {
    if let Some(agent) = settings.agents.iter().find(|a| a.name == name) {
        return Ok(agent);
    }
    let place = match level {
        Level::Role => Place::file(&role.path),
        _ => stage.place(stage.agent.as_ref().map_or(stage.id.span, |a| a.span)),
    };
    let near = did_you_mean(name, settings.agents.iter().map(|a| a.name.as_str()));
    let remedy = near.map_or_else(
        || format!("declare it under agents: in {}", settings.file),
        |near| format!("did you mean '{near}'?"),
    );
    let fault = Finding::new("workflow/unknown-agent", format!("unknown agent '{name}'"));
    Err(Box::new(fault.at(place).remedy(remedy)))
}

fn by_capability<'a>(
    settings: &'a Settings,
    capability: &str,
    stage: &StageDef,
) -> Result<&'a AgentSettings, Box<Finding>> {
    let able = |a: &&AgentSettings| a.can_serve(capability);
    settings.agents.iter().find(able).ok_or_else(|| {
        let text = format!(
            "no agent has the capability '{capability}' of stage '{}'",
            stage.id.value
        );
        let fault = Finding::new("workflow/no-agent", text).at(stage.place(stage.id.span));
        let remedy = format!(
            "add {capability} to an agent's capabilities in {}",
            settings.file
        );
        Box::new(fault.remedy(remedy))
    })
}

/// The agent with its model and effort. What was said below the level that chose the agent was
/// said of another agent and does not count.
fn tuned(
    agent: &AgentSettings,
    level: Level,
    overrides: &Overrides,
    stage: &StageDef,
    role: &RoleSource,
) -> Agent {
    let pick = |line: &Option<String>, own: &Option<String>, theirs: &Option<String>| {
        let said = [
            (Level::CommandLine, line),
            (Level::Stage, own),
            (Level::Role, theirs),
        ];
        said.into_iter()
            .filter(|(by, _)| *by >= level)
            .find_map(|(_, value)| value.clone())
    };
    let model = pick(&overrides.model, &stage.model, &role.model);
    let effort = pick(&overrides.effort, &stage.effort, &role.effort);
    Agent {
        name: agent.name.clone(),
        driver: agent.driver.clone(),
        model: model.or_else(|| agent.model.clone()),
        effort: effort.or_else(|| agent.effort.clone()),
        command: agent.command.clone(),
        interactive: agent.interactive.clone(),
        recordings: agent.recordings.clone(),
        env: agent.env.clone(),
        plan: agent.plan,
    }
}
