//! The rows of an attempt's timeline: `transcript.jsonl`, one [`Row`] a line, redacted.

use crate::agents::AgentEvent;
use serde::{Deserialize, Serialize};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// When, by the wall clock.
    pub at: jiff::Timestamp,
    /// Milliseconds since the attempt began, by a clock that does not jump.
    pub ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a row tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The agent did something.
    Agent(AgentEvent),
    /// The engine began a step of its own.
    StepStarted {
        /// Which.
        step: Step,
        /// What it is about: a command, a path.
        title: String,
    },
    /// A step of the engine's ended.
    StepFinished {
        /// Which.
        step: Step,
        /// What it was about.
        title: String,
        /// Whether it went well.
        ok: bool,
        /// How long, in milliseconds.
        took_ms: u64,
        /// What came of it: an exit code, a count of findings.
        detail: String,
    },
    /// A note for people.
    Note {
        /// What.
        text: String,
    },
}

/// A step of the engine's own inside an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A precondition that is a command.
    Precondition,
    /// Copies, links and set-up commands of a fresh tree.
    Setup,
    /// Building the prompt.
    Prompt,
    /// A context command.
    Context,
    /// A stage's own plain command.
    Command,
    /// The agent's process.
    Agent,
    /// A person, who has the tree.
    Person,
    /// Comparing the tree with what the stage may write.
    Guard,
    /// Validating an artifact.
    Contract,
    /// A check.
    Check,
    /// A check on the tree that the run started from.
    Baseline,
    /// Ending what was left running.
    Sweep,
}

impl Step {
    /// The word in the timeline.
    pub fn word(self) -> &'static str {
        match self {
            Self::Precondition => "precondition",
            Self::Setup => "set-up",
            Self::Prompt => "prompt",
            Self::Context => "context",
            Self::Command => "command",
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Guard => "guard",
            Self::Contract => "contract",
            Self::Check => "check",
            Self::Baseline => "baseline",
            Self::Sweep => "sweep",
        }
    }
}
