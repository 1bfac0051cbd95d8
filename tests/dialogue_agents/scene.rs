//! A repository, an agent, a scripted model, and somebody who listens.

use super::support::claude::claude;
use super::support::model::{Script, Server};
use harness_tui::agents::talk::{Decision, Heard, Permission, Turn};
use harness_tui::agents::{AgentEvent, CannotStart, Session};
use harness_tui::dialogue::partner::{self, News, Order, Partner};
use harness_tui::engine::plan::{Agent, Network, Profile, Sandbox};
use harness_tui::process::{Signal, Tag, Watched};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long anything may take here.
const LONG: Duration = Duration::from_secs(90);

type Begin = fn(&Order, &Sender<News>) -> Result<Box<dyn Partner>, CannotStart>;

/// Everything but the agent, in a temporary folder.
pub struct Scene {
    dir: tempfile::TempDir,
    pub order: Order,
}

impl Scene {
    /// An agent of this driver, whose program is this command.
    pub fn of(driver: &str, command: &[&str]) -> Self {
        harness_tui::process::own::be(PathBuf::from(env!("CARGO_BIN_EXE_harness-tui")));
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["repository", "dialogue", "user"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        put(&root.join("repository/README.md"), "read me\n");
        let env = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", root.join("user").display().to_string()),
            ("HARNESS_REPLAY_SPEED", "0".to_owned()),
        ];
        let order = Order {
            agent: Agent {
                name: "author".to_owned(),
                driver: driver.to_owned(),
                model: None,
                effort: None,
                command: command.iter().map(|w| (*w).to_owned()).collect(),
                recordings: Some("recordings".to_owned()),
                interactive: Vec::new(),
                plan: false,
                env: Vec::new(),
            },
            profile: Profile {
                name: "dialogue".to_owned(),
                tools: ["read", "search"].map(str::to_owned).to_vec(),
                network: Network::Model,
                instructions: Vec::new(),
                mcp: Vec::new(),
                skills: Vec::new(),
                env: Vec::new(),
                sandbox: Sandbox::BestEffort,
            },
            cwd: root.join("repository"),
            dir: root.join("dialogue"),
            session: Session::New(uuid::Uuid::new_v4()),
            turns: 0,
            user_env: env.map(|(k, v)| (k.to_owned(), v)).into(),
            trusted: None,
        };
        Self { dir, order }
    }

    /// The real Claude Code and a model that follows a script; `None` where it can't be had, which
    /// has been said.
    pub fn claude(script: Script) -> Option<(Self, Server)> {
        Self::claude_about(|_| script)
    }

    /// The same with a script that is about this scene's files.
    pub fn claude_about(script: impl FnOnce(&Self) -> Script) -> Option<(Self, Server)> {
        let program = claude()?;
        let mut scene = Self::of("claude", &[program.to_str().unwrap()]);
        let server = Server::start(script(&scene));
        for (name, value) in [
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key"),
            ("ANTHROPIC_BASE_URL", server.url()),
            ("CLAUDE_CODE_MAX_RETRIES", "2"),
        ] {
            scene.env(name, value);
        }
        Some((scene, server))
    }

    /// A program of its own, a shell script that is started as Claude Code would be.
    pub fn script(text: &str) -> Self {
        let mut scene = Self::of("claude", &[]);
        scene.env("ANTHROPIC_API_KEY", "sk-ant-scripted-key");
        let file = scene.root().join("agent.sh");
        put(&file, text);
        scene.order.agent.command = vec!["/bin/sh".to_owned(), file.display().to_string()];
        scene
    }

    pub fn env(&mut self, name: &str, value: &str) {
        let env: &mut BTreeMap<String, String> = &mut self.order.user_env;
        env.insert(name.to_owned(), value.to_owned());
    }

    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// A file of the repository.
    pub fn tree(&self, path: &str) -> PathBuf {
        self.order.cwd.join(path)
    }

    /// A file that the agent may write.
    pub fn own(&self, path: &str) -> PathBuf {
        self.order.dir.join("home").join(path)
    }

    /// The processes of this dialogue.
    pub fn processes(&self) -> Vec<Watched> {
        let pids = Tag::dialogues().within(&self.order.dir).pids();
        let open = |pid| Watched::open(pid).unwrap();
        pids.into_iter().filter_map(open).collect()
    }

    /// Ends every process of this dialogue as a crash would.
    pub fn kill(&self) {
        let processes = self.processes();
        assert!(!processes.is_empty());
        for process in processes {
            process.signal(Signal::KILL).unwrap();
        }
    }

    pub fn begin(&self) -> Talk {
        Talk::begin(self, partner::begin)
    }

    pub fn begin_by_turns(&self) -> Talk {
        Talk::begin(self, partner::begin_by_turns)
    }
}

pub fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A dialogue's agent, and what it told so far.
pub struct Talk {
    pub partner: Box<dyn Partner>,
    news: Receiver<News>,
    pub told: Vec<Heard>,
}

impl Talk {
    fn begin(scene: &Scene, how: Begin) -> Self {
        let (sender, news) = channel();
        let partner = how(&scene.order, &sender).unwrap();
        Self {
            partner,
            news,
            told: Vec::new(),
        }
    }

    /// The session's id that it is ready with.
    pub fn ready(&mut self) -> Option<String> {
        self.until(|heard| match heard {
            Heard::Ready { session } => Some(session.clone()),
            _ => None,
        })
    }

    /// What is told until this comes.
    pub fn until<R>(&mut self, wanted: impl Fn(&Heard) -> Option<R>) -> R {
        loop {
            match self.news.recv_timeout(LONG) {
                Ok(News::Heard(heard)) => {
                    let found = wanted(&heard);
                    self.told.push(heard);
                    if let Some(found) = found {
                        return found;
                    }
                }
                other => panic!("{other:?}, after {:#?}", self.told),
            }
        }
    }

    pub fn turn(&mut self) -> Turn {
        self.until(|heard| match heard {
            Heard::Turn(turn) => Some(turn.clone()),
            _ => None,
        })
    }

    pub fn permission(&mut self) -> Permission {
        self.until(|heard| match heard {
            Heard::Permission(permission) => Some(permission.clone()),
            _ => None,
        })
    }

    pub fn ask(&mut self, text: &str) -> Turn {
        self.partner.say(text);
        self.turn()
    }

    pub fn decide(&mut self, permission: &Permission, decision: &Decision) {
        self.partner.decide(&permission.id, decision);
    }

    /// Why it is gone.
    pub fn gone(&mut self) -> harness_tui::agents::event::Failure {
        loop {
            match self.news.recv_timeout(LONG) {
                Ok(News::Gone(failure)) => return failure,
                Ok(News::Heard(heard)) => self.told.push(heard),
                Err(e) => panic!("{e}, after {:#?}", self.told),
            }
        }
    }

    /// The events so far.
    pub fn events(&self) -> impl Iterator<Item = &AgentEvent> {
        self.told.iter().filter_map(|heard| match heard {
            Heard::Event(event) => Some(event),
            _ => None,
        })
    }
}
