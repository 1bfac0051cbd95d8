//! Conversations: an agent program that is spoken to turn by turn, and asks before it acts.
//!
//! A [`Wire`] is pure: lines of the program in, events and lines for the program out. Who holds the
//! process, and what a person decides, is not its business.

use super::Invocation;
use super::event::{AgentEvent, Failure};
use crate::terms::Usage;
use serde::{Deserialize, Serialize};

/// Something a conversation's program told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It can be spoken to. The session's id, where it has one already.
    Ready {
        /// The id by which the conversation is taken up again.
        session: Option<String>,
    },
    /// Something it did. Pieces of a message come as [`AgentEvent::TextDelta`], and the whole of it
    /// as [`AgentEvent::Text`] once it is done, in place of its pieces; [`AgentEvent::Usage`] counts
    /// from the beginning of the turn.
    Event(AgentEvent),
    /// It asks whether it may do something, and waits.
    Permission(Permission),
    /// It withdrew what it asked: nobody needs to decide any more.
    Withdrawn {
        /// The permission's id.
        id: String,
    },
    /// It asks a person in a structure of its own. It has been told that the answers come with what
    /// is said next, and ends its turn.
    Questions(Vec<AskedQuestion>),
    /// It is done with its turn and can be spoken to.
    Turn(Turn),
}

/// A question as an agent put it, where it has a tool for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedQuestion {
    /// A word or two above it; empty where there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub header: String,
    /// What it asks.
    pub question: String,
    /// What it offers, in its own order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<AskedOption>,
    /// Whether several of them may be chosen.
    #[serde(default)]
    pub several: bool,
}

/// One answer that an agent offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedOption {
    /// What is chosen.
    pub label: String,
    /// What that means; empty where nothing is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Why it ended.
    pub end: TurnEnd,
    /// Its last message; empty where it said nothing.
    pub answer: String,
    /// The session's id, to take the conversation up again.
    pub session: Option<String>,
    /// What this turn used.
    pub usage: Usage,
}

/// Why a turn ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum TurnEnd {
    /// It said what it had to say.
    Answered,
    /// A person interrupted it.
    Interrupted,
    /// It failed.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// A call that waits for a person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The request's id, unique within one process.
    pub id: String,
    /// The tool's own name.
    pub tool: String,
    /// One line for people: the path, the command.
    pub title: String,
    /// A unified diff of what it would change, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// What a person decides about a [`Permission`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// This call may go on.
    AllowOnce,
    /// This call, and others of the same tool, for as long as the dialogue lasts.
    AllowForDialogue,
    /// It may not.
    Deny {
        /// Why, in the person's words; the agent is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What follows from a line or an order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What was told.
    pub heard: Vec<Heard>,
    /// Lines to write to the program, without their breaks.
    pub write: Vec<String>,
}

/// One program's protocol for conversations over its standard input and output, a line a message.
/// Nothing that a program prints may make it fail.
pub trait Wire: Send {
    /// What is written first.
    fn greet(&mut self) -> Step;
    /// One line of standard output, without its break. Lines over 16 MiB arrive cut.
    fn line(&mut self, line: &str) -> Step;
    /// One line of standard error.
    fn error_line(&mut self, line: &str) -> Step;
    /// A person says something. Called only between turns.
    fn say(&mut self, text: &str) -> Step;
    /// A person stops the turn. The conversation goes on after it.
    fn interrupt(&mut self) -> Step;
    /// A person decided. An id that is not asked is passed over.
    fn decide(&mut self, id: &str, decision: &Decision) -> Step;
    /// The process ended, although nobody told it to: why, as far as it said so.
    fn gone(&mut self, end: super::ProcessEnd) -> Failure;
}

/// How a driver's program is talked to.
pub enum Conversation {
    /// One process for all turns.
    Wire {
        /// How to start it.
        invocation: Invocation,
        /// Its protocol.
        wire: Box<dyn Wire>,
    },
    /// One process for all turns, over the Agent Client Protocol.
    Acp {
        /// How to start it.
        invocation: Invocation,
    },
    /// A process a turn, each taking the session of the one before up again. The turns are started
    /// by [`super::Driver::invocation`].
    Turns,
}
