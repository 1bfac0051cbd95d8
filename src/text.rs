//! Text for a terminal: making outside text safe, and measuring what is drawn.
//!
//! Law: text from outside (agents, files, names, branches, paths) reaches a terminal only as a
//! [`SafeText`]. Nothing here reads files or knows what a screen looks like; columns are counted
//! here and nowhere else.

pub mod fit;
pub mod fuzzy;
pub mod json;
pub mod measure;
pub mod say;

mod role;
mod safe;

pub use measure::{pad, truncate, width, without_columns, wrap};
pub use role::Role;
pub use safe::SafeText;
pub use say::{age, ago, bytes, duration, many, older_at, took, until_older};
