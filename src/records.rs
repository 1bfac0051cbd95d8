//! What is so, read from disk: projects, harness files, runs, attempts, timelines. The one read
//! model of the command line and the workbench.
//!
//! Law: it reads and never writes (but for what only saves time, in the user's cache), starts no
//! process of the repository's, and shows what is on disk: what can't be read is said to be
//! unreadable, never guessed.

pub mod beside;
pub mod board;
pub mod builtin;
pub mod change;
pub mod checked;
pub mod cut_off;
pub mod earlier;
pub mod gate;
pub mod glance;
pub mod harness;
pub mod hooks;
mod in_hand;
pub mod milestones;
pub mod needs;
pub mod news;
pub mod one_tree;
pub mod papers;
pub mod person;
pub mod planning;
pub mod project;
pub mod prompts;
pub mod refresh;
pub mod review;
pub mod runs;
pub mod said;
pub mod spans;
pub mod spending;
pub mod submodules;
pub mod timeline;
pub mod told;
pub mod why;

pub use crate::store::user;
