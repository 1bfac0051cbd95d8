//! The product on the real Claude Code and a model that follows a script: whole runs, and what goes
//! wrong in them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "claude_run/bounds.rs"]
mod bounds;
#[path = "claude_run/by_hand.rs"]
mod by_hand;
#[path = "claude_run/hermetic.rs"]
mod hermetic;
#[path = "claude_run/logins.rs"]
mod logins;
#[path = "claude_run/profiles.rs"]
mod profiles;
#[path = "claude_run/provider.rs"]
mod provider;
#[path = "claude_run/recorded.rs"]
mod recorded;
#[path = "claude_run/review.rs"]
mod review;
#[path = "claude_run/scene.rs"]
mod scene;
#[path = "claude_run/stages.rs"]
mod stages;
#[path = "claude_run/whole.rs"]
mod whole;
#[path = "claude_run/work.rs"]
mod work;
