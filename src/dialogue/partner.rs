//! The agent at the other end of a dialogue: a process that is held while it lasts.
//!
//! It may read the repository and write nothing in it: where the kernel can, that is enforced.
//! What it tells goes to one channel; whoever owns the dialogue takes it from there.

mod acp;

use crate::agents::event::Failure;
use crate::agents::talk::{Decision, Heard};
use crate::agents::{CannotStart, Session};
use crate::engine::plan::{Agent, Profile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

/// Who is to be talked to, and where.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which agent, model, effort.
    pub agent: Agent,
    /// What it may touch. Whatever it says, a dialogue writes nothing in the repository.
    pub profile: Profile,
    /// The repository: its working directory.
    pub cwd: PathBuf,
    /// The dialogue's folder; it exists. Logs and the agent's own home live in it.
    pub dir: PathBuf,
    /// The session to take up, or the id of a new one.
    pub session: Session,
    /// How many turns the agent has taken so far: of a recording, which one comes next.
    pub turns: u32,
    /// The environment of the person.
    pub user_env: BTreeMap<String, String>,
}

/// What a partner tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something it said or did.
    Heard(Heard),
    /// Its process is gone, and nobody ended it. What was said is not lost; it can be begun anew.
    Gone(Failure),
}

/// An agent that is talked to. Dropping it ends its process and all that this started.
pub trait Partner: Send {
    /// Says something. Only between turns: after [`Heard::Ready`] or [`Heard::Turn`].
    fn say(&mut self, text: &str);
    /// Stops the turn; it ends with [`crate::agents::talk::TurnEnd::Interrupted`].
    fn interrupt(&mut self);
    /// Decides what it asked.
    fn decide(&mut self, id: &str, decision: &Decision);
}

/// Starts the agent of this order. What it tells goes to `news`; once that has no receiver any
/// more, it ends.
pub fn begin(order: &Order, news: &Sender<News>) -> Result<Box<dyn Partner>, CannotStart> {
    let refuse = |message: String| CannotStart {
        kind: crate::terms::FailureKind::Configuration,
        message,
    };
    let driver = crate::agents::catalogue::driver(&order.agent.driver)
        .ok_or_else(|| refuse(format!("no driver is named '{}'", order.agent.driver)))?;
    let attempt = "dialogue.1.1".parse().map_err(|_| refuse(String::new()))?;
    let launch = crate::agents::Launch {
        agent: &order.agent,
        profile: &order.profile,
        writes: false,
        artifacts: &[],
        prompt: "",
        cwd: &order.cwd,
        agent_home: &order.dir.join("home"),
        session: &order.session,
        attempt: &attempt,
        user_env: &order.user_env,
    };
    match driver.conversation(&launch)? {
        crate::agents::talk::Conversation::Acp { invocation } => {
            acp::begin(order, invocation, news)
        }
        _ => Err(refuse("not yet".to_owned())),
    }
}
