//! Dialogues over the Agent Client Protocol: with two real agents and a model that follows a script,
//! and with agents that do what none should.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "dialogue_acp/odd.rs"]
mod odd;
#[path = "dialogue_acp/real.rs"]
mod real;
#[path = "dialogue_acp/scene.rs"]
mod scene;
