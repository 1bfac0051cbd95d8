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

#[path = "workbench_hand/notes.rs"]
mod notes;
#[path = "workbench_hand/scene.rs"]
mod scene;
#[path = "workbench_hand/screen.rs"]
mod screen;
#[path = "workbench_hand/shell.rs"]
mod shell;
mod support;
#[path = "workbench_hand/take.rs"]
mod take;
