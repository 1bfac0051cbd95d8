//! A harness for a repository, and the sample project.
//!
//! Law: what is missing is written, what is there keeps every byte. What is proposed is told from
//! files, nothing of the repository's is started; the sample is written into fresh folders only.

pub mod agents;
pub mod detect;
pub mod example;
pub mod files;
pub mod layout;
pub mod place;
pub mod sample;
pub mod shipped;
pub mod upgrade;
mod word;

pub use detect::Found;
pub use example::Example;
pub use layout::Layout;
pub use place::{CannotSetUp, Proposal};
