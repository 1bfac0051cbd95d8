//! Runs on repositories as they are: with ignored parts that the tests need, odd paths and odd
//! names, several working trees, agents that meddle with git. Real program, real git, agents that
//! are shell scripts.

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

#[path = "repositories/baseline.rs"]
mod baseline;
#[path = "repositories/beside.rs"]
mod beside;
#[path = "repositories/content.rs"]
mod content;
#[path = "repositories/home_writes.rs"]
mod home_writes;
#[path = "repositories/hooks.rs"]
mod hooks;
#[path = "repositories/meddling.rs"]
mod meddling;
#[path = "repositories/moved.rs"]
mod moved;
#[path = "repositories/places.rs"]
mod places;
#[path = "repositories/setup.rs"]
mod setup;

/// One stage that builds.
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
