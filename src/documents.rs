//! The files people share with the engine: lossless parsing, strict writing, findings with places.
//!
//! Law: pure text to values and back. No I/O, no clock. Read leniently, write strictly, keep every
//! byte that is not ours to change. No input panics; what is wrong becomes a finding with a place.

pub mod answer;
pub mod backlog;
pub mod choices;
pub mod clock;
pub mod contract;
pub mod duration;
pub mod interpolate;
pub mod lines;
pub mod markdown;
pub mod powers;
pub mod report;
pub mod review;
pub mod role;
pub mod run_state;
pub mod schema;
pub mod settings;
pub mod task;
pub mod template;
pub mod verdict;
pub mod workflow;
pub mod yaml;
