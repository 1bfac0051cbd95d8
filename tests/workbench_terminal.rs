//! The terminal as a resource, on a terminal: it is given back as it was on every way out, it is
//! lent to an editor, and what it is told is bounded.

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

#[path = "workbench_terminal/editor.rs"]
mod editor;
#[path = "workbench_terminal/given_back.rs"]
mod given_back;
#[path = "workbench_terminal/links.rs"]
mod links;
#[path = "workbench_terminal/mouse.rs"]
mod mouse;
#[path = "workbench_terminal/much.rs"]
mod much;
mod support;
#[path = "workbench_terminal/two.rs"]
mod two;

use support::project::{GATED, at_the_gate};
