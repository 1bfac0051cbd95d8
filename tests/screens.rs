//! What every view shows in every state, at four sizes, symbols and looks; and laws that hold for
//! all of them at any size.
//!
//! `GOLDEN=write cargo test --test screens` writes the pictures in `tests/golden/screens` anew. They
//! are to be read before they are kept.

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

#[path = "screens/dialogue.rs"]
mod dialogue;
#[path = "screens/golden.rs"]
mod golden;
#[path = "screens/keys.rs"]
mod keys;
#[path = "screens/laws.rs"]
mod laws;
#[path = "screens/scene.rs"]
mod scene;
#[path = "screens/views.rs"]
mod views;
