//! One run: carries the engine's decisions out, keeps its journal, takes orders, recovers, hands
//! off by git.
//!
//! Law: it decides nothing. Facts go into the journal first, durable, then into the engine; what
//! the engine wants is carried out; what is so is then written where people read it. Killed at any
//! instant, the next supervisor goes on from the journal, run-state.md and the attempts' own
//! records.

pub mod attempts;
mod awake;
pub mod by_hand;
pub mod carried;
mod clarify;
pub mod control;
pub mod day;
pub mod edits;
pub mod gave_up;
pub mod handoff;
pub mod in_place;
pub mod kept;
pub mod live;
pub mod obeyed;
pub mod order;
pub mod own;
pub mod place;
pub mod ports;
mod precondition;
pub mod publish;
pub mod refresh;
mod rejected;
pub mod report;
pub mod review;
mod slots;
mod space;
pub mod start;
pub mod tell;
pub mod tree;
pub mod trust;
pub mod turn;

pub use live::{Supervisor, SupervisorError};
pub use order::RunOrder;

/// A line of the supervisor's log, which is where it prints to.
fn log_line(text: &str) {
    use std::io::Write;
    let now = jiff::Timestamp::now();
    // Where even that can't be written nobody is left to tell.
    let _ = writeln!(std::io::stderr(), "{now} {text}");
}
