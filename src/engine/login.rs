//! A login that is gone holds every stage of the same provider: what one attempt has just learned,
//! the next would only learn again.

use super::plan::{Stage, Work};
use super::run::Run;
use crate::terms::{FailureKind, StageId, StageState};

impl Run {
    /// The command that logs in to the program of a stage whose agent found no login; `None`: that is
    /// not what it stands at, or nobody here knows how its program is logged in to.
    pub fn log_in(&self, id: &StageId) -> Option<String> {
        let record = self.record(id)?;
        let failure = record.last_result().and_then(|r| r.failure.as_ref());
        if record.state != StageState::Blocked || failure != Some(&FailureKind::Auth) {
            return None;
        }
        let Work::Role(role) = &self.plan.stage(id)?.work else {
            return None;
        };
        if role.agent.driver != "claude" {
            return None;
        }
        let program = role.agent.command.first();
        Some(format!(
            "{} auth login",
            program.map_or("claude", String::as_str)
        ))
    }

    /// The blocked stage whose agent found no login, where this one is to be served by the same
    /// program. It is held until that one is resumed.
    pub fn logged_out(&self, index: usize) -> Option<&StageId> {
        let (stage, record) = self.at(index)?;
        if record.next.asks_nobody() {
            return None;
        }
        let of = |other: &Stage| match (&stage.work, &other.work) {
            (Work::Role(own), Work::Role(other)) => {
                (&own.agent.driver, &own.agent.command)
                    == (&other.agent.driver, &other.agent.command)
            }
            _ => false,
        };
        let both = self.plan.stages.iter().zip(&self.stages);
        both.filter(|(other, record)| record.state == StageState::Blocked && of(other))
            .find(|(_, record)| {
                let failure = record.last_result().and_then(|r| r.failure.as_ref());
                failure == Some(&FailureKind::Auth)
            })
            .map(|(other, _)| &other.id)
    }
}
