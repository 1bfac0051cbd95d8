//! The engine decides: states, transitions, scheduling, contracts, staleness, budgets.
//!
//! Law: pure. No I/O, no clock, no randomness: what it needs to know arrives as a value (an event
//! with its time), what it wants is returned as a value (a decision). Every test of it runs in
//! memory.

pub mod after;
pub mod budget;
pub mod day;
pub mod decide;
pub mod event;
pub mod expression;
mod finish;
pub mod gate;
pub mod inputs;
pub mod lines;
pub mod lock;
mod login;
pub mod may;
pub mod note;
pub mod notice;
mod orders;
pub mod plan;
pub mod record;
mod refresh;
pub mod resolve;
pub mod review;
pub mod run;
mod settle;
pub mod status;
pub mod step;
pub mod taken;
pub mod transitions;
pub mod why;

pub use decide::Decision;
pub use event::{Event, GateSide, Person, Refreshed};
pub use may::Refusal;
pub use plan::Plan;
pub use run::{InReview, Run};
pub use why::Cause;

#[cfg(test)]
pub(crate) mod testkit;
#[cfg(test)]
mod tests;
