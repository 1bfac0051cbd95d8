//! The programs that the agents of a plan need on this machine, and which of them are not here.
//! Looked up, never started.

use crate::agents::{Driver, catalogue};
use crate::engine::Plan;
use crate::engine::plan::{Agent, Work};
use crate::process::program;
use crate::terms::{Finding, StageId};
use std::path::Path;

/// A program that is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its name or path, as the agent names it.
    pub program: String,
    /// The agent's name in harness.yaml.
    pub agent: String,
    /// The stages that it serves, in workflow order.
    pub stages: Vec<StageId>,
    /// What to do.
    pub remedy: String,
}

impl Missing {
    /// What is missing, for what, and what to do.
    pub fn finding(&self) -> Finding {
        let stages: Vec<&str> = self.stages.iter().map(StageId::as_str).collect();
        let (word, many) = match stages.as_slice() {
            [_] => ("stage", stages.join("")),
            _ => ("stages", stages.join(", ")),
        };
        Finding::new(
            "agent/no-program",
            format!(
                "{} is not on this machine; the agent '{}' needs it for the {word} {many}",
                self.program, self.agent
            ),
        )
        .remedy(self.remedy.as_str())
    }
}

/// The programs that these stages need and that are not here; no stage: all of them.
pub fn missing(plan: &Plan, chosen: &[StageId]) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    let stages = plan.stages.iter();
    for stage in stages.filter(|s| chosen.is_empty() || chosen.contains(&s.id)) {
        let Work::Role(role) = &stage.work else {
            continue;
        };
        let Some(program) = absent(&role.agent) else {
            continue;
        };
        let known = found
            .iter_mut()
            .find(|m| m.program == program && m.agent == role.agent.name);
        match known {
            Some(known) => known.stages.push(stage.id.clone()),
            None => found.push(Missing {
                remedy: remedy(&role.agent, &program),
                program,
                agent: role.agent.name.clone(),
                stages: vec![stage.id.clone()],
            }),
        }
    }
    found
}

/// The program that an agent needs, where it is not here. One that is named by a path from the
/// run's tree is told of when it is started: the tree is not there yet.
fn absent(agent: &Agent) -> Option<String> {
    let program = catalogue::driver(&agent.driver)?.program(&agent.command)?;
    let here = if Path::new(program).is_absolute() {
        program::is_program(Path::new(program))
    } else {
        program.is_empty() || program.contains('/') || program::lookup(program).is_some()
    };
    (!here).then(|| program.to_owned())
}

fn remedy(agent: &Agent, program: &str) -> String {
    let probe = catalogue::driver(&agent.driver).and_then(Driver::probe);
    match probe.filter(|p| p.program == program) {
        Some(probe) => format!(
            "{}; or let another agent serve, in harness.yaml",
            probe.install
        ),
        None => format!(
            "install it, or correct `command:` of the agent '{}' in harness.yaml",
            agent.name
        ),
    }
}
