//! Who leads the other end of a dialogue: the agent in the role `author`, by the project's settings.

use super::CannotTalk;
use crate::documents::powers::Power;
use crate::engine::plan::{Agent, Profile, TreeSetup, Work};
use crate::engine::resolve::Overrides;
use crate::records::harness::Harness;
use crate::records::planning::{self, AdHocRequest, PlanRequest};
use crate::records::project::Project;
use crate::stage::environ;
use crate::terms::{ItemId, RepoPath};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The role's name, and the capability it asks for.
const ROLE: &str = "author";
/// The template of task definitions.
const TEMPLATE: &str = "task";

/// The author, ready to be begun.
#[derive(Debug, Clone)]
pub struct Author {
    /// The agent.
    pub agent: Agent,
    /// What it may touch.
    pub profile: Profile,
    /// Its role.
    pub role: String,
    /// The template of task definitions.
    pub template: String,
    /// The workflows that it may recommend: name and what each is for.
    pub workflows: Vec<(String, String)>,
    /// The backlog's word for an item whose task is saved.
    pub ready_status: String,
    /// The person's environment, from which its login comes.
    pub env: BTreeMap<String, String>,
    /// Whether it is talked to by a process a turn, whatever its program could do.
    pub by_turns: bool,
    /// What set-up brings into a tree: the secrets that stand in it are not to be written down.
    pub tree: TreeSetup,
    /// What the project's files have run: it must be trusted before the author is begun.
    pub powers: Vec<Power>,
}

/// What is chosen for one dialogue, over the settings.
#[derive(Debug, Clone, Default)]
pub struct Choose {
    /// Agent, model and effort.
    pub overrides: Overrides,
    /// A folder of recordings, absolute: it is played from there, no agent is started.
    pub replay: Option<PathBuf>,
    /// The person's environment; `None`: that of this process.
    pub env: Option<BTreeMap<String, String>>,
}

impl Author {
    /// By the settings of the project.
    pub fn of(harness: &Harness, project: &Project, choose: &Choose) -> Result<Self, CannotTalk> {
        let request = PlanRequest {
            ad_hoc: Some(AdHocRequest {
                role: ROLE.to_owned(),
                capability: Some(ROLE.to_owned()),
                profile: None,
            }),
            overrides: choose.overrides.clone(),
            replay: choose.replay.clone(),
            ..PlanRequest::default()
        };
        let planned = planning::plan(harness, project, &request).map_err(CannotTalk::Settings)?;
        let stage = planned.plan.stages.into_iter().next();
        let Some((Work::Role(work), profile)) = stage.map(|s| (s.work, s.profile)) else {
            return Err(CannotTalk::Settings(Vec::new()));
        };
        let declared = harness.settings.agents.iter();
        let by_turns = { declared }.any(|a| a.name == work.agent.name && a.by_turns);
        let template = harness.templates.get(TEMPLATE);
        let workflows = harness
            .workflows
            .iter()
            .map(|(name, workflow)| (name.clone(), workflow.description.clone()));
        Ok(Self {
            by_turns,
            agent: work.agent,
            profile,
            role: work.prompt,
            template: template.map_or_else(String::new, |t| t.text.clone()),
            workflows: workflows.collect(),
            ready_status: harness.settings.statuses.ready.clone(),
            env: choose.env.clone().unwrap_or_else(environ::inherited),
            tree: planned.plan.tree,
            powers: harness.powers.clone(),
        })
    }

    /// The same for a dialogue about this item: one that plays recordings plays those of the folder
    /// `dialogues/ITEM` beside the others, where there is one.
    #[must_use]
    pub fn about(mut self, project: &Project, item: Option<&ItemId>) -> Self {
        let own = self.agent.recordings.as_deref().zip(item);
        let own = own.map(|(folder, item)| {
            let place = RepoPath::new(folder).map(|path| project.file(&path));
            let folder = place.unwrap_or_else(|_| project.home().join(folder));
            folder.join("dialogues").join(item.as_str())
        });
        if let Some(own) = own.filter(|f| f.is_dir()) {
            self.agent.recordings = Some(own.to_string_lossy().into_owned());
        }
        self
    }
}
