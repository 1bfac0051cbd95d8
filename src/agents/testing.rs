//! What the tests of drivers start from.

use super::brought::Brought;
use super::{Launch, Session};
use crate::engine::plan::{Agent, Network, Profile, Sandbox};
use crate::terms::AttemptId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything a launch borrows, to be changed by a test.
pub(crate) struct Order {
    pub agent: Agent,
    pub profile: Profile,
    pub writes: bool,
    pub artifacts: Vec<PathBuf>,
    pub brought: Brought,
    pub session: Session,
    pub attempt: AttemptId,
    pub user_env: BTreeMap<String, String>,
}

impl Order {
    pub(crate) fn of(driver: &str) -> Self {
        Self {
            agent: Agent {
                name: driver.to_owned(),
                driver: driver.to_owned(),
                model: None,
                effort: None,
                command: Vec::new(),
                recordings: None,
                interactive: Vec::new(),
                env: Vec::new(),
                plan: false,
            },
            profile: Profile {
                name: "read-only".to_owned(),
                tools: vec!["read".to_owned(), "search".to_owned()],
                network: Network::Model,
                instructions: Vec::new(),
                mcp: Vec::new(),
                skills: Vec::new(),
                env: Vec::new(),
                sandbox: Sandbox::BestEffort,
            },
            writes: false,
            artifacts: Vec::new(),
            brought: Brought::default(),
            session: Session::New(uuid::Uuid::nil()),
            attempt: "build.1.1".parse().unwrap(),
            user_env: [("HOME", "/home/dev")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        }
    }

    pub(crate) fn launch(&self) -> Launch<'_> {
        Launch {
            agent: &self.agent,
            profile: &self.profile,
            writes: self.writes,
            artifacts: &self.artifacts,
            prompt: "Do it.",
            cwd: Path::new("/work tree"),
            agent_home: Path::new("/state/agent"),
            brought: &self.brought,
            session: &self.session,
            attempt: &self.attempt,
            user_env: &self.user_env,
        }
    }
}
