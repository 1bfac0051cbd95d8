//! The vocabulary in which every agent's work is told, whatever its own format.

use crate::terms::{FailureKind, Usage};
use serde::{Deserialize, Serialize};

/// Something an agent did. Texts are as the agent wrote them: redacted before they are stored,
/// made safe before they are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AgentEvent {
    /// The conversation has begun.
    SessionStarted {
        /// The agent's own id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<String>,
        /// The model that answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// The tools it was given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tools: Vec<String>,
    },
    /// A whole message.
    Text {
        /// What it says.
        text: String,
    },
    /// A piece of a message that goes on.
    TextDelta {
        /// The piece.
        text: String,
    },
    /// Thinking that the agent shows.
    Thinking {
        /// What it thinks.
        text: String,
    },
    /// A tool call begins.
    ToolStarted {
        /// The call's id.
        id: String,
        /// What kind.
        kind: ToolKind,
        /// The tool's own name.
        name: String,
        /// One line for people: the path, the command.
        title: String,
        /// Paths it is about, as the agent names them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<String>,
        /// A unified diff of what it would change, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diff: Option<String>,
    },
    /// A tool call ended.
    ToolFinished {
        /// The call's id.
        id: String,
        /// How.
        status: ToolStatus,
        /// What it gave back, cut to 64 KiB.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        output: String,
    },
    /// Tokens and cost so far in this process (not since the last event).
    Usage {
        /// The sum so far.
        usage: Usage,
    },
    /// The provider makes it wait.
    Throttled {
        /// The HTTP status, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// What kind of failure it waits out.
        kind: FailureKind,
        /// Which try this is, from 1.
        attempt: u32,
        /// Of how many; `None` where the agent does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<u32>,
        /// Milliseconds until the next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay_ms: Option<u64>,
    },
    /// Something a person should see that ends nothing.
    Warning {
        /// What.
        text: String,
    },
    /// A failure that will not pass by waiting, seen before the process has ended by itself: the
    /// stage ends it now.
    Fatal {
        /// What kind.
        kind: FailureKind,
        /// What the agent said.
        message: String,
    },
    /// The agent has reported its result and should exit now.
    ResultReported,
    /// A line the driver does not know.
    Raw {
        /// The line.
        line: String,
    },
}

impl AgentEvent {
    /// Whether it says that the process should end: by its own account, or because it can't
    /// succeed.
    pub fn decides(&self) -> bool {
        matches!(self, Self::Fatal { .. } | Self::ResultReported)
    }

    /// In a call's one line for people, tells paths below the tree as from there: the tree's own path
    /// is long and says nothing.
    pub fn tell_from(&mut self, tree: &std::path::Path) {
        if let Self::ToolStarted { title, .. } = self {
            *title = below(title, tree);
        }
    }
}

/// A line for people with paths below the tree told as from there.
pub fn below(line: &str, tree: &std::path::Path) -> String {
    line.replace(&format!("{}/", tree.display()), "")
}

/// What kind of thing a tool does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    /// Reads a file.
    Read,
    /// Searches or lists.
    Search,
    /// Changes or creates a file.
    Edit,
    /// Runs a command.
    Run,
    /// Fetches something from a network.
    Fetch,
    /// Anything else.
    Other,
}

/// How a tool call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolStatus {
    /// It worked.
    Ok,
    /// It failed.
    Failed,
    /// It was not allowed.
    Denied,
}

/// What one process came to, by its own account. That it says `Ok` proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Why it failed; `None`: it says that it ended well.
    pub failure: Option<Failure>,
    /// Its last message.
    pub answer: String,
    /// Whether the message was longer than is kept, so that its beginning is missing.
    #[serde(default)]
    pub answer_cut: bool,
    /// The session's id, to resume it.
    pub session: Option<String>,
    /// What it used in this process.
    pub usage: Usage,
    /// Tool calls that were refused.
    pub denials: Vec<String>,
    /// The model that answered, where it said so.
    pub model: Option<String>,
}

/// A failure as the agent reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// Its own words.
    pub message: String,
    /// Seconds until it may be tried again, where the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_secs: Option<u64>,
}
