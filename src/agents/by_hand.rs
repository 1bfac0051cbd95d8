//! A person works with an agent's program themself, at a terminal.

use super::Invocation;
use std::path::PathBuf;

/// How to start it for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ByHand {
    /// The program; nothing goes to its standard input, which is the terminal.
    pub invocation: Invocation,
    /// A JSON file of its own, in the agent's folder, that must say this before it asks nothing but
    /// what the person came for; what else stands there stays.
    pub state: Option<(PathBuf, serde_json::Value)>,
}
