//! Starting a run: what it would start from, what it would do, and beginning it.
//!
//! Law: whatever a screen shows before a run is started comes from here as data, and looking writes
//! nothing and starts nothing. What can't be started is refused before anything is made, in words
//! that say what to do; of one task, one run is begun at a time.

pub mod again;
pub mod begin;
pub mod changes;
pub mod chosen;
pub mod disk;
pub mod estimate;
pub mod ground;
pub mod in_place;
pub mod noted;
pub mod open;
pub mod played;
pub mod private;
pub mod programs;
pub mod refusal;
pub mod sheet;
pub mod upstream;

pub use begin::{Order, Ready, begin, look};
pub use chosen::Choice;
pub use ground::Ground;
pub use noted::note;
pub use refusal::CannotBegin;
pub use sheet::{Sheet, StageLine, Who};
