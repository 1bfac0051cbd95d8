//! Landing: a person takes the result of a run; tidying.
//!
//! Law: proof first, and nothing is changed before it holds. The person's staged, unstaged and
//! untracked changes are theirs: what the run changed and they changed too is refused, never
//! merged. Every step can be done again, so that a landing that was cut off is finished by the
//! next one. Only what is the engine's own, clean, and of a run that is over is ever removed.

pub mod asks;
pub mod bring;
pub mod clean;
pub mod commit;
mod contested;
pub mod cut_off;
pub mod feedback;
pub mod finish;
pub mod fold;
pub mod forge;
pub mod form;
pub mod hands;
pub mod held;
pub mod in_place;
pub mod intent;
pub mod land;
pub mod last_commit;
pub mod leaving;
pub mod message;
pub mod patch;
pub mod pr;
pub mod preview;
pub mod private;
pub mod proof;
pub mod receipt;
pub mod recheck;
pub mod refusal;
pub mod remote;
pub mod taken;
pub mod upstream;
pub mod verify;
pub mod withdrawn;
pub mod wording;

pub use asks::Asks;
pub use cut_off::CutOff;
pub use form::Form;
pub use hands::{Hands, Said};
pub use intent::{How, Intent};
pub use land::{Landed, Proposal, Request, land, land_by};
pub use preview::Preview;
pub use proof::Proof;
pub use receipt::Receipt;
pub use refusal::LandError;
pub use remote::Offer;
