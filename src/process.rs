//! Processes of this machine: who they are, whether they live, ending them with all they left.
//!
//! Law: processes only. Nothing here knows what an agent or a run is; it knows marks in an
//! environment, and identities that a reused process number can't fake. Linux is the home
//! of this room; elsewhere it does what can be done without `/proc`, and each item says what that is.

pub mod awake;
pub mod detached;
pub mod foreground;
pub mod gather;
pub mod identity;
pub mod own;
pub mod program;
pub mod scope;
pub mod tag;
pub mod wait;

mod table;

pub use detached::spawn_detached;
pub use identity::{Identity, runs};
pub use rustix::process::Signal;
pub use table::{ancestors, bearing, descendants};
pub use tag::{Swept, Tag, inside_attempt, sweep_descendants};
pub use wait::{Watched, pause, wait_all};
