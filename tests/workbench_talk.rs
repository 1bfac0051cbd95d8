//! The dialogue from end to end by keys: from a line of the backlog to a run that is at work, from a
//! result to its change, and what is left when the program is killed.

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

#[path = "workbench_talk/killed.rs"]
mod killed;
#[path = "workbench_talk/leave.rs"]
mod leave;
#[path = "workbench_talk/new.rs"]
mod new;
#[path = "workbench_talk/revise.rs"]
mod revise;
#[path = "workbench_talk/scene.rs"]
mod scene;
#[path = "workbench_talk/way.rs"]
mod way;
