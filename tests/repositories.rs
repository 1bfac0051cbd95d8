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

#[path = "repositories/beside.rs"]
mod beside;
#[path = "repositories/content.rs"]
mod content;
#[path = "repositories/meddling.rs"]
mod meddling;
#[path = "repositories/moved.rs"]
mod moved;
#[path = "repositories/places.rs"]
mod places;
#[path = "repositories/ports.rs"]
mod ports;
#[path = "repositories/room.rs"]
mod room;
#[path = "repositories/setup.rs"]
mod setup;
#[path = "repositories/submodules.rs"]
mod submodules;

/// One stage that builds.
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
