//! A person in a run's tree, on a terminal: a stage taken over and handed back, a shell, programs of
//! their own, and words for the next attempt.

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

#[path = "hand/notes.rs"]
mod notes;
#[path = "hand/scene.rs"]
mod scene;
#[path = "hand/screen.rs"]
mod screen;
#[path = "hand/shell.rs"]
mod shell;
mod support;
#[path = "hand/take.rs"]
mod take;
