//! Kill anything at any instant and damage any file: nothing done is done again, nothing is lost,
//! nothing is left behind, and what the files say is what is so. The real program, real git, real
//! processes.

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

#[path = "recovery/asked.rs"]
mod asked;
#[path = "recovery/bench.rs"]
mod bench;
#[path = "recovery/damage.rs"]
mod damage;
#[path = "recovery/disk_full.rs"]
mod disk_full;
#[path = "recovery/edits.rs"]
mod edits;
#[path = "recovery/kills.rs"]
mod kills;
#[path = "recovery/replaced.rs"]
mod replaced;
#[path = "recovery/stale.rs"]
mod stale;
#[path = "recovery/syscalls.rs"]
mod syscalls;
