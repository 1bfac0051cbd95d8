//! Comments on lines of a run's work, from the screen and the command line: given, sent back,
//! answered, and listed at the next gate.

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

#[path = "workbench_review/answers.rs"]
mod answers;
#[path = "workbench_review/by_hand.rs"]
mod by_hand;
#[path = "workbench_review/hostile.rs"]
mod hostile;
#[path = "workbench_review/plain.rs"]
mod plain;
#[path = "workbench_review/scene.rs"]
mod scene;
#[path = "workbench_review/screen.rs"]
mod screen;
