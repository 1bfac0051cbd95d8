//! The clarifying dialogue: from a backlog item to a task definition, turn by turn.
//!
//! Law: what a person answered is on disk before anything else happens with it, and no word of an
//! agent can remove it. Only a person saves a task.

pub mod draft;
pub mod form;
pub mod partner;
pub mod question;
pub mod recognise;
pub mod reply;
pub mod state;
pub mod trace;
pub mod transcript;
