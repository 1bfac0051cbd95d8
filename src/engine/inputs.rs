//! What a stage was made from, by digest: the ground of checkpoints and staleness.
//!
//! Files, command output and diffs that a prompt held are snapshots kept with the attempt; they
//! never make a stage stale and are not counted here. But the code that a stage judged counts once a
//! moved base has changed it.

use super::plan::{Context, Plan, Profile, Stage, Work};
use crate::terms::{Digest, Oid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The digests of a stage's inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Input name -> digest. The names are for people: `task`, `artifact feature-spec`,
    /// `role build`, `template qa-review`, `instructions CLAUDE.md`, `settings`.
    pub digests: BTreeMap<String, Digest>,
}

impl Inputs {
    /// The inputs that a stage would have now.
    ///
    /// `settings` is the stage's [`settings_digest`]; `task` is the digest of what counts of the
    /// task; `artifacts` are the verified artifacts by name; `brought` is what can be brought back,
    /// by [`brought_names`].
    pub fn of(
        stage: &Stage,
        settings: Digest,
        task: Option<&Digest>,
        artifacts: &BTreeMap<String, Digest>,
        brought: &BTreeMap<String, Digest>,
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
            for name in brought_names(&stage.profile) {
                if let Some(digest) = brought.get(&name) {
                    digests.insert(name, digest.clone());
                }
            }
        }
        for produce in &stage.produces {
            if let Some(digest) = &produce.template_digest {
                digests.insert(format!("template {}", produce.name), digest.clone());
            }
        }
        digests.insert("settings".to_owned(), settings);
        Self { digests }
    }

    /// The same with the code that a moved base brought in: of a stage that judges it.
    #[must_use]
    pub fn on(mut self, ground: &Oid) -> Self {
        self.digests
            .insert(BASE.to_owned(), Digest::of(ground.as_str()));
        self
    }

    /// The inputs that differ between the recorded state and the state of now, for people. What was
    /// brought back counts where it is known then and now: that a version of this program did not
    /// record it is no change, and that another is named now the settings tell.
    pub fn changed(&self, now: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.digests.keys().chain(now.digests.keys()).collect();
        names.sort();
        names.dedup();
        names
            .into_iter()
            .filter(
                |name| match (self.digests.get(*name), now.digests.get(*name)) {
                    (Some(then), Some(now)) => then != now,
                    _ => !BROUGHT.iter().any(|what| name.starts_with(what)),
                },
            )
            .cloned()
            .collect()
    }
}

/// The name of the code that a moved base brought in.
const BASE: &str = "base";

/// How the names of what is brought back begin.
const BROUGHT: [&str; 3] = ["instructions ", "MCP server ", "skill "];

/// The names of what a profile brings back, as inputs: `instructions CLAUDE.md`, `MCP server linear`,
/// `skill review`.
pub fn brought_names(profile: &Profile) -> Vec<String> {
    let [instructions, server, skill] = BROUGHT;
    let paths = profile
        .instructions
        .iter()
        .map(|path| format!("{instructions}{path}"));
    let servers = profile.mcp.iter().map(|name| format!("{server}{name}"));
    let skills = profile.skills.iter().map(|name| format!("{skill}{name}"));
    paths.chain(servers).chain(skills).collect()
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

    #[test]
    fn what_was_brought_back_counts_where_both_tell_of_it() {
        let with = |text: &str| Inputs {
            digests: [("skill review".to_owned(), Digest::of(text))].into(),
        };
        assert_eq!(with("a").changed(&with("b")), ["skill review"]);
        assert!(with("a").changed(&Inputs::default()).is_empty());
        assert!(Inputs::default().changed(&with("a")).is_empty());
    }
}
