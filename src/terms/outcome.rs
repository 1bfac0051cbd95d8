//! How an attempt came out, why an agent failed, and how a run ends.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The typed outcome of one attempt. Only [`Outcome::Passed`] moves a stage on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The process ended well, every artifact satisfies its contract, nothing else changed, the
    /// checks exited 0 on what is handed on, and a verdict, where due, is a pass.
    Passed,
    /// The verdict says FAIL.
    Failed,
    /// The verdict says REPLAN.
    Replan,
    /// The agent needs a person's answer.
    NeedsInput,
    /// An artifact is missing, empty or breaks its contract, or a verdict does not parse.
    Malformed,
    /// Something outside the stage's writes changed.
    Overreach,
    /// Something that is never a stage's to touch changed: git's configuration, hooks, other refs.
    Tampering,
    /// It passed, and its hand-off was refused: a conflict with a stage beside it, a branch that
    /// was moved, or a tree that is not what the attempt recorded.
    NotHandedOn,
    /// A check did not exit 0.
    CheckFailed,
    /// A stage that may write beyond its artifacts changed nothing.
    NoChange,
    /// It ran longer than its timeout.
    TimedOut,
    /// It was silent and changed nothing for longer than its idle timeout.
    Stalled,
    /// The agent's process ended badly.
    Crashed,
    /// The outside world failed in a way that passes: throttled, overloaded, network.
    Transient,
    /// The agent can't run here and trying again will not help: login, quota, configuration.
    Refused,
    /// The set-up of the tree failed before the agent was started.
    SetupFailed,
    /// A precondition was not met: nothing was started, and the run ends as cancelled.
    Unmet,
    /// A secret stands in what would be handed on.
    SecretFound,
    /// A person paused it now; its session and its work are kept.
    Paused,
    /// A person cancelled it.
    Cancelled,
    /// A person had taken the stage over and handed it back as it was, or not to be judged yet.
    Returned,
    /// The engine lost it: killed with its shim, reboot, tree gone. Never the agent's fault.
    Interrupted,
}

impl Outcome {
    /// The word for it in reports, logs and `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Replan => "replan",
            Self::NeedsInput => "needs_input",
            Self::Malformed => "malformed",
            Self::Overreach => "overreach",
            Self::Tampering => "tampering",
            Self::NotHandedOn => "not_handed_on",
            Self::CheckFailed => "check_failed",
            Self::NoChange => "no_change",
            Self::TimedOut => "timed_out",
            Self::Stalled => "stalled",
            Self::Crashed => "crashed",
            Self::Transient => "transient",
            Self::Refused => "refused",
            Self::SetupFailed => "setup_failed",
            Self::Unmet => "unmet",
            Self::SecretFound => "secret_found",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Outcome {
    /// Its word as people read it, among the words of states: `needs input`.
    pub fn said(self) -> String {
        self.word().replace('_', " ")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why an agent program could not do its work, as its driver reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Not logged in, or the key is wrong.
    Auth,
    /// Throttled; passes soon.
    Rate,
    /// The provider is overloaded or erring (5xx, 529).
    Overloaded,
    /// The account's limit is used up until a known or unknown time.
    Quota,
    /// The conversation no longer fits the model.
    Context,
    /// The model does not exist or may not be used.
    Model,
    /// The connection failed or broke.
    Network,
    /// The agent's own limit of turns was reached.
    MaxTurns,
    /// The agent's own limit of money was reached.
    Budget,
    /// The request itself was refused as wrong.
    Request,
    /// The program is not installed, or its command line is not what we know.
    Configuration,
    /// What it printed can't be understood.
    Protocol,
    /// Anything else.
    Unknown,
}

impl FailureKind {
    /// Whether trying again soon may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Rate | Self::Overloaded | Self::Network)
    }

    /// Whether trying again can't help until somebody mends something.
    pub fn is_fatal(self) -> bool {
        matches!(
            self,
            Self::Auth | Self::Quota | Self::Model | Self::Configuration | Self::Request
        )
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Rate => "rate",
            Self::Overloaded => "overloaded",
            Self::Quota => "quota",
            Self::Context => "context",
            Self::Model => "model",
            Self::Network => "network",
            Self::MaxTurns => "max_turns",
            Self::Budget => "budget",
            Self::Request => "request",
            Self::Configuration => "configuration",
            Self::Protocol => "protocol",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a run ends, or that it waits. Each has an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every stage passed or was skipped, and the gates were approved.
    Completed,
    /// A bound that the workflow states is used up.
    Failed,
    /// Someone can mend it, and the run goes on.
    Blocked,
    /// An upstream stage must be reopened, with a reason.
    ReplanRequired,
    /// A person cancelled it, or a precondition was not met.
    Cancelled,
    /// Stopped, and waiting for a person.
    Waiting,
}

impl End {
    /// The exit code of `run` and of every command that follows a run. 2 is misuse.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Completed => 0,
            Self::Failed => 1,
            Self::Blocked => 3,
            Self::ReplanRequired => 4,
            Self::Cancelled => 5,
            Self::Waiting => 6,
        }
    }
}
