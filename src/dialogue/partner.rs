//! The agent at the other end of a dialogue: a process that is held while it lasts.
//!
//! It may read the repository and write nothing in it: where the kernel can, that is enforced.
//! What it tells goes to one channel; whoever owns the dialogue takes it from there.
//!
//! A thread of its own holds the process (see `process`), whatever is said to it or decided is an
//! order to that thread, and nothing here makes the caller wait.

mod acp;
mod hold;
mod outlet;
mod place;
mod process;
mod seen;
mod turns;
mod wire;

use crate::agents::event::Failure;
use crate::agents::talk::{Conversation, Decision, Heard};
use crate::agents::{CannotStart, Driver, Launch, Session, catalogue};
use crate::documents::powers::Power;
use crate::engine::plan::{Agent, Profile};
use crate::stage::ambient::Ambient;
use crate::terms::{AttemptId, FailureKind};
pub(super) use place::NOTES;
use place::Place;
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
    /// What the person was shown of the repository and trusts: nothing else of it is brought back.
    /// `None`: they trust all that lies there.
    pub trusted: Option<Vec<Power>>,
}

impl Order {
    /// How its agent is launched in this place, `turn` counted from 1.
    fn launch<R>(
        &self,
        place: &Place,
        (session, turn): (&Session, u32),
        prompt: &str,
        then: impl FnOnce(&Launch<'_>) -> Result<R, CannotStart>,
    ) -> Result<R, CannotStart> {
        let attempt = attempt(turn)?;
        let ambient = Ambient::of(&self.cwd, &self.user_env);
        // What is looked at here is what is given: a file may have changed since the last launch.
        let brought = match &self.trusted {
            Some(trusted) => ambient.trusted(&self.profile, trusted),
            None => ambient.brought(&self.profile),
        };
        let brought = brought.map_err(|e| cannot(e.to_string()))?;
        then(&Launch {
            agent: &self.agent,
            profile: &self.profile,
            writes: false,
            artifacts: &[],
            prompt,
            cwd: &self.cwd,
            agent_home: &place.home,
            brought: &brought,
            session,
            attempt: &attempt,
            user_env: &self.user_env,
        })
    }

    fn driver(&self) -> Result<&'static dyn Driver, CannotStart> {
        let name = &self.agent.driver;
        catalogue::driver(name).ok_or_else(|| {
            cannot(format!(
                "no driver is named '{name}'; see 'driver:' of the agent '{}' in harness.yaml",
                self.agent.name
            ))
        })
    }
}

/// A turn as recordings name it: `author.N.1`.
fn attempt(turn: u32) -> Result<AttemptId, CannotStart> {
    let id = format!("author.{turn}.1");
    id.parse()
        .map_err(|e| cannot(format!("'{id}' names no turn: {e}")))
}

fn cannot(message: String) -> CannotStart {
    CannotStart {
        kind: FailureKind::Configuration,
        message,
    }
}

/// What a partner tells. However much its agent prints, what waits here is bounded: of what it does
/// in a turn the first 50,000 events and 32 MiB are told; questions, permissions and ends always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something it said or did.
    Heard(Heard),
    /// Its process is gone, and nobody ended it. What was said is not lost; it can be begun anew.
    Gone(Failure),
}

/// An agent that is talked to. Dropping it ends its process and all that this started.
pub trait Partner: Send {
    /// Says something. Only between turns: after [`Heard::Ready`] or [`Heard::Turn`]; at other times
    /// it is passed over.
    fn say(&mut self, text: &str);
    /// Stops the turn; it ends with [`crate::agents::talk::TurnEnd::Interrupted`], or as it was about
    /// to end anyway. An agent that does not stop is ended, which is [`News::Gone`].
    fn interrupt(&mut self);
    /// Decides what it asked.
    fn decide(&mut self, id: &str, decision: &Decision);
}

/// Starts the agent of this order. What it tells goes to `news`; once that has no receiver any
/// more, it ends.
pub fn begin(order: &Order, news: &Sender<News>) -> Result<Box<dyn Partner>, CannotStart> {
    let driver = order.driver()?;
    let place = Place::of(order)?;
    let first = (&order.session, order.turns.saturating_add(1));
    let how = order.launch(&place, first, "", |launch| driver.conversation(launch))?;
    match how {
        Conversation::Wire { invocation, wire } => wire::begin(place, invocation, wire, news),
        Conversation::Turns => turns::begin(place, order.clone(), driver, news),
        Conversation::Acp { invocation } => {
            acp::begin(place, order.session.clone(), invocation, news)
        }
    }
}

/// Like [`begin`], with a process a turn even where the agent's program could do better: where its
/// settings say `dialogue: turns`, for its own way of conversing can't be had.
pub fn begin_by_turns(order: &Order, news: &Sender<News>) -> Result<Box<dyn Partner>, CannotStart> {
    let driver = order.driver()?;
    turns::begin(Place::of(order)?, order.clone(), driver, news)
}
