//! The engine decides: states, transitions, scheduling, contracts, staleness, budgets.
//!
//! Law: pure. No I/O, no clock, no randomness: what it needs to know arrives as a value (an event
//! with its time), what it wants is returned as a value (a decision). Every test of it runs in
//! memory.

pub mod plan;

// From files to a plan.
pub mod expression;
pub mod lock;
pub mod resolve;
