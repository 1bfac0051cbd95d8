//! The clarifying dialogue: from a backlog item to a task definition, turn by turn.
//!
//! Law: what a person answered is on disk before anything else happens with it, and no word of an
//! agent can remove it. Only a person saves a task.

pub mod author;
pub mod draft;
pub mod form;
pub mod lead;
pub mod ledger;
pub mod partner;
pub mod place;
pub mod prompt;
pub mod question;
pub mod recognise;
pub mod reply;
pub mod revise;
pub mod save;
pub mod spent;
pub mod start;
pub mod state;
pub mod talk;
#[cfg(test)]
pub mod testing;
pub mod trace;
pub mod transcript;
pub mod typed;
pub mod unsent;
pub mod veil;

pub use talk::Talk;

use crate::agents::CannotStart;
use crate::store::StoreError;
use crate::supervisor::trust::Untrusted;
use crate::terms::{Finding, TaskId};

/// Why a dialogue can't be begun, or gone on with. What was said is not lost.
#[derive(Debug, thiserror::Error)]
pub enum CannotTalk {
    /// The settings name nobody who could be the author.
    #[error("nobody can be the author: {}", told(.0))]
    Settings(Vec<Finding>),
    /// A person did not yet see what the repository's files have run here.
    #[error("the author is not begun: {0}")]
    NotTrusted(#[from] Box<Untrusted>),
    /// The agent.
    #[error(transparent)]
    Agent(#[from] CannotStart),
    /// Its place.
    #[error("{0}")]
    Place(String),
    /// Another workbench or command leads it.
    #[error("the dialogue of {0} is open in another harness-tui; go on there, or close it first")]
    Led(TaskId),
    /// There is no such backlog item or task.
    #[error("{0}")]
    Unknown(String),
    /// No question has this id.
    #[error("no question {0} was asked")]
    NoQuestion(String),
    /// The author speaks.
    #[error("the author is still at it; interrupt it first, or wait for its turn to end")]
    NotNow,
    /// There is nothing to be said.
    #[error("there is nothing to say yet: answer a question, or write something")]
    NothingToSay,
    /// Saving.
    #[error(transparent)]
    Save(#[from] save::CannotSave),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The first few findings in one sentence each.
fn told(findings: &[Finding]) -> String {
    let told = findings.iter().map(|f| match &f.remedy {
        Some(remedy) => format!("{}; {remedy}", f.text),
        None => f.text.clone(),
    });
    told.take(3).collect::<Vec<_>>().join(". ")
}
