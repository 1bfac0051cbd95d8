//! Trust: a clone whose files and whose git configuration have something run at every place there
//! is. Nothing of it runs until a person saw it and said yes; then what was shown does.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "workbench_trust/asked.rs"]
mod asked;
#[path = "workbench_trust/hostile.rs"]
mod hostile;
#[path = "workbench_trust/opened.rs"]
mod opened;
