//! The words everything else is said in: identifiers, digests, repository paths, places, findings,
//! states, outcomes, quantities.
//!
//! Law: values only. No I/O, no clock, no randomness, no terminal. A value of one of these types
//! can't be built wrong: its constructor is the one place where its rule is checked.

pub mod digest;
pub mod evidence;
pub mod finding;
pub mod id;
pub mod outcome;
pub mod path;
pub mod review;
pub mod state;
pub mod usage;
pub mod verdict;

pub use digest::{Digest, Oid};
pub use finding::{Finding, Place};
pub use id::{AttemptId, CriterionId, ItemId, PublicId, RunId, StageId, TaskId};
pub use outcome::{End, FailureKind, Outcome};
pub use path::RepoPath;
pub use review::CommentId;
pub use state::{RunState, StageState};
pub use usage::Usage;
