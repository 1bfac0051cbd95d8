//! What a stage was made from, by digest: the ground of checkpoints and staleness.
//!
//! Files, command output and diffs that a prompt held are snapshots kept with the attempt; they
//! never make a stage stale and are not counted here.

use super::plan::{Context, Plan, Stage, Work};
use crate::terms::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The digests of a stage's inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Input name -> digest. The names are for people: `task`, `artifact feature-spec`,
    /// `role build`, `template qa-review`, `settings`.
    pub digests: BTreeMap<String, Digest>,
}

impl Inputs {
    /// The inputs that a stage would have now.
    ///
    /// `settings` is the stage's [`settings_digest`]; `task` is the digest of what counts of the
    /// task; `artifacts` are the verified artifacts by name.
    pub fn of(
        stage: &Stage,
        settings: Digest,
        task: Option<&Digest>,
        artifacts: &BTreeMap<String, Digest>,
    ) -> Self {
        let mut digests = BTreeMap::new();
        if stage_reads_task(stage)
            && let Some(task) = task
        {
            digests.insert("task".to_owned(), task.clone());
        }
        for item in &stage.context {
            if let Context::Artifact(name) = item
                && let Some(digest) = artifacts.get(name)
            {
                digests.insert(format!("artifact {name}"), digest.clone());
            }
        }
        if let Work::Role(work) = &stage.work {
            digests.insert(format!("role {}", work.role), work.role_digest.clone());
        }
        for produce in &stage.produces {
            if let Some(digest) = &produce.template_digest {
                digests.insert(format!("template {}", produce.name), digest.clone());
            }
        }
        digests.insert("settings".to_owned(), settings);
        Self { digests }
    }

    /// The inputs that differ between the recorded state and the state of now, for people.
    pub fn changed(&self, now: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.digests.keys().chain(now.digests.keys()).collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .filter(|name| self.digests.get(*name) != now.digests.get(*name))
            .cloned()
            .collect()
    }
}

/// The fixed parts of a prompt hold the criteria, so every agent stage of a run with a task reads
/// it.
fn stage_reads_task(stage: &Stage) -> bool {
    matches!(stage.work, Work::Role(_)) || stage.context.contains(&Context::Task)
}

/// The digest of what is set for a stage: agent, model, profile, writes, checks, context, variables.
pub fn settings_digest(plan: &Plan, stage: &Stage) -> Digest {
    let agent = match &stage.work {
        Work::Role(work) => {
            format!(
                "{:?} {:?} {:?}",
                work.agent.name, work.agent.model, work.agent.effort
            )
        }
        Work::Command(command) => format!("{command:?}"),
        Work::Gate => String::new(),
    };
    let rest = format!(
        "{agent}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        stage.writes, stage.profile, stage.checks, stage.context, plan.vars
    );
    Digest::of(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let one = Inputs {
            digests: [("task".to_owned(), Digest::of("a"))].into(),
        };
        let two = Inputs {
            digests: [
                ("task".to_owned(), Digest::of("b")),
                ("role build".to_owned(), Digest::of("r")),
            ]
            .into(),
        };
        assert_eq!(one.changed(&two), ["role build", "task"]);
        assert!(two.changed(&two).is_empty());
    }
}
