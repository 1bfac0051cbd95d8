//! One attempt: the process `stage-exec`, which builds the prompt, holds the agent, times it,
//! guards the tree, runs the contract and the checks, and writes one exit record.
//!
//! Law: it knows nothing of graphs, loops or retries; it is told one attempt in a
//! [`spec::AttemptSpec`] and answers with one [`exit::ExitRecord`], created once. Nothing here may
//! assume that the supervisor lives, or that it is on this machine.

pub mod ambient;
pub mod apart;
pub mod artifacts;
pub mod checks;
pub mod copied;
pub mod decide;
pub mod desk;
pub mod environ;
pub mod exec;
pub mod exit;
pub mod ground;
pub mod guard;
pub mod launch;
pub mod lent;
pub mod log;
mod noted;
pub mod prompt;
pub mod redact;
pub mod replay;
pub mod review;
pub mod sandbox;
pub mod scratch;
pub mod seal;
pub mod setup;
pub mod spec;
pub mod timeline;
pub mod watch;
pub mod writes;
