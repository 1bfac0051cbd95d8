//! The disk: write protocol, journal, locks, watching, and the layout of the engine's own files.
//!
//! Law: the only room that writes files. Every write is atomic and flushed before it is reported as
//! done; what a crash leaves is the old content or the new, never a torn one. Nothing here knows
//! what the files mean.

pub mod error;
pub mod fs;
pub mod inside;
pub mod journal;
pub mod layout;
pub mod lock;
pub mod roots;
pub mod secret;
pub mod swap;
pub mod usage;
pub mod user;
pub mod watch;
pub mod write;

pub use error::StoreError;
pub use fs::{Disk, Fs};
pub use inside::{ReadError, read_inside};
pub use journal::{Journal, Record};
pub use layout::{ActiveDir, AttemptDir, EngineDir, RunDir};
pub use lock::Lock;
pub use roots::Roots;
pub use swap::replace_cas;
pub use watch::Watch;
pub use write::{Once, create_once, replace};
