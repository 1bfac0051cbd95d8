//! A repository, an agent, and what it tells.

use harness_tui::agents::event::{AgentEvent, Failure};
use harness_tui::agents::talk::{Decision, Heard, Permission, Turn};
use harness_tui::agents::{Session, ToolStatus};
use harness_tui::dialogue::partner::{self, News, Order, Partner};
use harness_tui::engine::plan::{Agent, Network, Profile, Sandbox};
use harness_tui::process::Tag;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long the slowest machine may take for any one thing.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where a dialogue takes place.
pub struct Scene {
    _dir: tempfile::TempDir,
    /// The repository.
    pub tree: PathBuf,
    /// The person's home.
    pub home: PathBuf,
    /// The order, to be changed by a test.
    pub order: Order,
}

impl Scene {
    /// Of an agent with this command.
    pub fn of(command: &[&str]) -> Self {
        harness_tui::process::own::be(env!("CARGO_BIN_EXE_harness-tui").into());
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let [tree, home, dialogue] = ["tree", "home", "dialogue"].map(|n| root.join(n));
        for folder in [&tree, &home, &dialogue] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(tree.join("README.md"), "# A page\n").unwrap();
        let git = std::process::Command::new("git")
            .args(["init", "-q"])
            .current_dir(&tree)
            .status();
        assert!(git.unwrap().success());
        let mut user_env = BTreeMap::new();
        user_env.insert("HOME".into(), home.display().to_string());
        user_env.insert("PATH".into(), std::env::var("PATH").unwrap());
        let order = Order {
            agent: Agent {
                name: "helper".into(),
                driver: "acp".into(),
                model: None,
                effort: None,
                command: command.iter().map(|word| (*word).to_owned()).collect(),
                recordings: None,
                interactive: Vec::new(),
                plan: false,
                env: Vec::new(),
            },
            profile: Profile {
                name: "read-only".into(),
                tools: vec!["read".into(), "search".into()],
                network: Network::Model,
                instructions: Vec::new(),
                mcp: Vec::new(),
                skills: Vec::new(),
                env: Vec::new(),
                sandbox: Sandbox::BestEffort,
            },
            cwd: tree.clone(),
            dir: dialogue,
            session: Session::New(uuid::Uuid::new_v4()),
            turns: 0,
            user_env,
            trusted: None,
        };
        Self {
            _dir: dir,
            tree,
            home,
            order,
        }
    }

    /// Gives the agent these variables.
    pub fn set(&mut self, env: &[(&str, &str)]) {
        for (name, value) in env {
            self.order.agent.env.push((*name).to_owned());
            let user = &mut self.order.user_env;
            user.insert((*name).to_owned(), (*value).to_owned());
        }
    }

    /// Begins, and listens.
    pub fn begin(&self) -> Dialogue {
        Dialogue::of(&self.order)
    }

    /// Begins, and waits until it can be spoken to; the session's id beside it.
    pub fn begun(&self) -> (Dialogue, String) {
        Self::begun_by(&self.order)
    }

    /// The same by another order.
    pub fn begun_by(order: &Order) -> (Dialogue, String) {
        let mut dialogue = Dialogue::of(order);
        let session = dialogue.until(|news| match news {
            News::Heard(Heard::Ready { session }) => session.clone(),
            _ => None,
        });
        (dialogue, session)
    }

    /// The processes of the dialogue.
    pub fn pids(&self) -> Vec<u32> {
        Tag::dialogues().within(&self.order.dir).pids()
    }
}

/// A dialogue that goes on.
pub struct Dialogue {
    pub partner: Box<dyn Partner>,
    heard: Receiver<News>,
    /// All that was told since something was said last.
    pub told: Vec<News>,
}

impl Dialogue {
    fn of(order: &Order) -> Self {
        let (news, heard) = channel();
        let partner = partner::begin(order, &news).unwrap();
        Self {
            partner,
            heard,
            told: Vec::new(),
        }
    }

    /// What is looked for in what it tells next.
    pub fn until<T>(&mut self, mut find: impl FnMut(&News) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let news = self.heard.recv_timeout(left);
            let news = news.unwrap_or_else(|e| panic!("{e}; told so far: {:#?}", self.told));
            let found = find(&news);
            self.told.push(news);
            match (found, self.told.last()) {
                (Some(found), _) => return found,
                (None, Some(News::Gone(failure))) => panic!("gone: {failure:?}: {:#?}", self.told),
                _ => {}
            }
        }
    }

    pub fn say(&mut self, text: &str) {
        self.told.clear();
        self.partner.say(text);
    }

    /// Says something and waits for the end of the turn.
    pub fn turn(&mut self, text: &str) -> Turn {
        self.say(text);
        self.end()
    }

    /// Waits for the end of the turn.
    pub fn end(&mut self) -> Turn {
        self.until(|news| match news {
            News::Heard(Heard::Turn(turn)) => Some(turn.clone()),
            _ => None,
        })
    }

    /// Waits until it is gone.
    pub fn gone(&mut self) -> Failure {
        self.until(|news| match news {
            News::Gone(failure) => Some(failure.clone()),
            News::Heard(_) => None,
        })
    }

    /// Waits until it asks.
    pub fn permission(&mut self) -> Permission {
        self.until(|news| match news {
            News::Heard(Heard::Permission(permission)) => Some(permission.clone()),
            _ => None,
        })
    }

    /// Waits until it says a piece of its answer.
    pub fn speaks(&mut self) {
        self.until(|news| match news {
            News::Heard(Heard::Event(AgentEvent::TextDelta { .. })) => Some(()),
            _ => None,
        });
    }

    /// How the calls of the turn ended, and what they gave back.
    pub fn calls(&self) -> Vec<(ToolStatus, String)> {
        let ended = self.told.iter().filter_map(|news| match news {
            News::Heard(Heard::Event(AgentEvent::ToolFinished { status, output, .. })) => {
                Some((*status, output.clone()))
            }
            _ => None,
        });
        ended.collect()
    }

    /// The warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.told.iter().filter_map(|news| match news {
            News::Heard(Heard::Event(AgentEvent::Warning { text })) => Some(text.clone()),
            _ => None,
        });
        warnings.collect()
    }

    pub fn deny(&mut self, id: &str, reason: &str) {
        let reason = Some(reason.to_owned());
        self.partner.decide(id, &Decision::Deny { reason });
    }
}
