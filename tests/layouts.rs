//! `init` on repositories that have a layout already: what is there is mapped and served as it is,
//! nothing is copied, nothing overwritten, and what is somebody else's is left alone. Real program,
//! real git.

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

#[path = "support/program.rs"]
mod support;

#[path = "layouts/foreign.rs"]
mod foreign;
#[path = "layouts/hostile.rs"]
mod hostile;
#[path = "layouts/part.rs"]
mod part;
#[path = "layouts/prose.rs"]
mod prose;
#[path = "layouts/reports.rs"]
mod reports;
#[path = "layouts/spec_kit.rs"]
mod spec_kit;
#[path = "layouts/upgrade.rs"]
mod upgrade;
#[path = "layouts/world.rs"]
mod world;
