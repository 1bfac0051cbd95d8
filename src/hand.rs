//! A person at work in a run's tree: a stage taken over and handed back, a shell, programs of their
//! own.
//!
//! Law: it judges nothing. What a person did is judged by `stage-exec` as an agent's work is, and what
//! follows from it is the engine's; what lies in a tree without that is only told.

pub mod back;
pub mod shell;
pub mod take;

pub use back::hand_back;
pub use take::{Held, Would};
