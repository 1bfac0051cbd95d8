//! Kill anything at any instant and damage any file: nothing done is done again, nothing is lost,
//! nothing is left behind, and what the files say is what is so. The real program, real git, real
//! processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

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
#[path = "recovery/stale.rs"]
mod stale;
#[path = "recovery/syscalls.rs"]
mod syscalls;
