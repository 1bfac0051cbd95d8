//! Where an attempt is placed.
//!
//! Law: placement only. A runner starts `stage-exec` for an attempt's folder somewhere and knows
//! nothing of stages, verdicts or retries: all of that is `stage-exec`'s own, wherever it runs.

pub mod local;
