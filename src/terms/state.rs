//! The states of stages and runs, and the words people see for them. Which state may follow which
//! is the engine's knowledge (`engine::transitions`).

use super::outcome::End;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Waits for the stages it depends on.
    Pending,
    /// May start.
    Ready,
    /// An attempt is running.
    Running,
    /// A person paused it.
    Paused,
    /// A gate asks.
    AwaitingApproval,
    /// A question asks.
    NeedsInput,
    /// Done, with verified outputs.
    Passed,
    /// A bound of the workflow is used up.
    Failed,
    /// Somebody must mend something.
    Blocked,
    /// A stage above must be reopened.
    ReplanRequired,
    /// Ended by a person.
    Cancelled,
    /// The engine lost its attempt.
    Interrupted,
    /// Not needed here, or left out.
    Skipped,
}

impl StageState {
    /// Every state, in the order of the transition table.
    pub const ALL: [Self; 13] = [
        Self::Pending,
        Self::Ready,
        Self::Running,
        Self::Paused,
        Self::AwaitingApproval,
        Self::NeedsInput,
        Self::Passed,
        Self::Failed,
        Self::Blocked,
        Self::ReplanRequired,
        Self::Cancelled,
        Self::Interrupted,
        Self::Skipped,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::AwaitingApproval => "awaiting approval",
            Self::NeedsInput => "needs input",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::ReplanRequired => "replan required",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
        }
    }

    /// One cell, never the only sign of a state: the word stands beside it.
    pub fn glyph(self) -> char {
        match self {
            Self::Pending => '○',
            Self::Ready => '●',
            Self::Running => '◐',
            Self::Paused => '‖',
            Self::AwaitingApproval | Self::NeedsInput => '?',
            Self::Passed => '✓',
            Self::Failed | Self::Blocked => '✗',
            Self::ReplanRequired => '↺',
            Self::Cancelled | Self::Skipped => '–',
            Self::Interrupted => '!',
        }
    }

    /// Whether the stages below may go on.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Passed | Self::Skipped)
    }

    /// Reads a word of ours, in any case, with spaces or underscores.
    pub fn read(text: &str) -> Option<Self> {
        let wanted = text.trim().to_ascii_lowercase().replace('_', " ");
        Self::ALL.into_iter().find(|s| s.word() == wanted)
    }
}

impl fmt::Display for StageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The state of a run: a pure function of its stages' states and of orders given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its files are being made.
    Created,
    /// Nothing has been started yet.
    Ready,
    /// Something runs or can be started.
    Running,
    /// A person paused it.
    Paused,
    /// A gate asks.
    AwaitingApproval,
    /// A question asks.
    NeedsInput,
    /// Somebody must mend something.
    Blocked,
    /// A stage must be reopened.
    ReplanRequired,
    /// Nothing runs although it should: its supervisor is gone.
    Interrupted,
    /// The end all hope for.
    Completed,
    /// A bound is used up.
    Failed,
    /// Ended by a person, or a precondition was not met.
    Cancelled,
}

impl RunState {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Created,
        Self::Ready,
        Self::Running,
        Self::Paused,
        Self::AwaitingApproval,
        Self::NeedsInput,
        Self::Blocked,
        Self::ReplanRequired,
        Self::Interrupted,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word for it on screens and in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::AwaitingApproval => "awaiting approval",
            Self::NeedsInput => "needs input",
            Self::Blocked => "blocked",
            Self::ReplanRequired => "replan required",
            Self::Interrupted => "interrupted",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// What `Current Status:` says for it in run-state.md.
    pub fn status_line(self) -> &'static str {
        match self {
            Self::Created | Self::Ready | Self::Running => "Active",
            Self::Paused => "Paused",
            Self::AwaitingApproval => "Awaiting Approval",
            Self::NeedsInput => "Awaiting Input",
            Self::Blocked => "Blocked",
            Self::ReplanRequired => "Replan Required",
            Self::Interrupted => "Interrupted",
            Self::Completed => "Done",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Reads `Current Status:`, synonyms included.
    pub fn read_status(text: &str) -> Option<Self> {
        let wanted = text.trim().trim_matches('*').trim().to_ascii_lowercase();
        Some(match wanted.as_str() {
            "active" | "running" | "ready" | "in progress" => Self::Running,
            "paused" => Self::Paused,
            "awaiting approval" => Self::AwaitingApproval,
            "awaiting input" | "needs input" => Self::NeedsInput,
            "blocked" => Self::Blocked,
            "replan required" => Self::ReplanRequired,
            "interrupted" => Self::Interrupted,
            "done" | "completed" | "complete" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" | "canceled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether it can't change any more but by a person's explicit new order.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// How a command that follows the run ends in this state; `None` while it goes on by itself.
    pub fn end(self) -> Option<End> {
        match self {
            Self::Created | Self::Ready | Self::Running | Self::Interrupted => None,
            Self::Paused | Self::AwaitingApproval | Self::NeedsInput => Some(End::Waiting),
            Self::Blocked => Some(End::Blocked),
            Self::ReplanRequired => Some(End::ReplanRequired),
            Self::Completed => Some(End::Completed),
            Self::Failed => Some(End::Failed),
            Self::Cancelled => Some(End::Cancelled),
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_line_reads_back() {
        for state in RunState::ALL {
            let read = RunState::read_status(state.status_line()).unwrap();
            assert_eq!(read.status_line(), state.status_line());
        }
    }

    #[test]
    fn every_stage_word_reads_back() {
        for state in StageState::ALL {
            assert_eq!(StageState::read(state.word()), Some(state));
            assert_eq!(StageState::read(&state.word().to_uppercase()), Some(state));
        }
    }
}
