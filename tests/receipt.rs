//! The receipt of a run, and what `verify` finds of it: real runs, real git, in a clone that has nothing
//! of the run but its commits. Whatever is changed afterwards is found, and named.

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

#[path = "receipt/kinds.rs"]
mod kinds;
#[path = "receipt/landed.rs"]
mod landed;
#[path = "receipt/moved.rs"]
mod moved;
#[path = "receipt/named.rs"]
mod named;
#[path = "receipt/scene.rs"]
mod scene;
#[path = "receipt/signed.rs"]
mod signed;
#[path = "receipt/texts.rs"]
mod texts;
#[path = "receipt/ways.rs"]
mod ways;
