//! A person's own commands, on a terminal: real programs on keys, with what the screen is at filled in.

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

#[path = "workbench_commands/alone.rs"]
mod alone;
#[path = "workbench_commands/had.rs"]
mod had;
#[path = "workbench_commands/lines.rs"]
mod lines;
#[path = "workbench_commands/scene.rs"]
mod scene;
mod support;
#[path = "workbench_commands/terminal.rs"]
mod terminal;
#[path = "workbench_commands/values.rs"]
mod values;
