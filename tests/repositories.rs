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

#[path = "repositories/bare.rs"]
mod bare;
#[path = "repositories/baseline.rs"]
mod baseline;
#[path = "repositories/beside.rs"]
mod beside;
#[path = "repositories/content.rs"]
mod content;
#[path = "repositories/dirty.rs"]
mod dirty;
#[path = "repositories/filters.rs"]
mod filters;
#[path = "repositories/formats.rs"]
mod formats;
#[path = "repositories/home_writes.rs"]
mod home_writes;
#[path = "repositories/hooks.rs"]
mod hooks;
#[path = "repositories/kinds.rs"]
mod kinds;
#[path = "repositories/meddling.rs"]
mod meddling;
#[path = "repositories/modules.rs"]
mod modules;
#[path = "repositories/moved.rs"]
mod moved;
#[path = "repositories/partial.rs"]
mod partial;
#[path = "repositories/places.rs"]
mod places;
#[path = "repositories/ports.rs"]
mod ports;
#[path = "repositories/room.rs"]
mod room;
#[path = "repositories/setup.rs"]
mod setup;
#[path = "repositories/sparse.rs"]
mod sparse;
#[path = "repositories/submodules.rs"]
mod submodules;

/// One stage that builds.
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
