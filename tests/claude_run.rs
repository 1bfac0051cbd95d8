//! The product on the real Claude Code and a model that follows a script: whole runs, and what goes
//! wrong in them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

#[path = "claude_run/recorded.rs"]
mod recorded;
#[path = "claude_run/scene.rs"]
mod scene;
#[path = "claude_run/whole.rs"]
mod whole;
