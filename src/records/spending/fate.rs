//! What became of what an attempt did: whether it is part of what the run came to, or had to be done again.

use serde::{Deserialize, Serialize};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It passed, and stands.
    Passed,
    /// It runs.
    Running,
    /// It asked a person something.
    Asked,
    /// It was done again: sent back, judged a failure, or stale.
    Rework,
    /// What it left was sent back once to be mended, and the stage went on.
    Repair,
    /// It was paused, or lost, and the stage went on.
    Interrupted,
    /// It did not pass, and nothing came after it.
    Failed,
    /// It was cancelled, or passed in a run that was given up.
    Cancelled,
    /// Its record does not say it in a word that is known here.
    Untold,
}

impl Fate {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Passed,
        Self::Running,
        Self::Asked,
        Self::Rework,
        Self::Repair,
        Self::Interrupted,
        Self::Failed,
        Self::Cancelled,
        Self::Untold,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Running => "running",
            Self::Asked => "asked",
            Self::Rework => "rework",
            Self::Repair => "repair",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Untold => "untold",
        }
    }

    /// What the word means, for people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Passed => "passed, and stands",
            Self::Running => "runs",
            Self::Asked => "asked a person something",
            Self::Rework => "was done again: sent back, judged a failure, or stale",
            Self::Repair => "was sent back once to be mended",
            Self::Interrupted => "was paused or lost",
            Self::Failed => "did not pass",
            Self::Cancelled => "was cancelled or given up",
            Self::Untold => "is not told in a word that is known here",
        }
    }

    /// Whether it was spent for work that did not pass.
    pub fn is_lost(self) -> bool {
        !matches!(
            self,
            Self::Passed | Self::Running | Self::Asked | Self::Untold
        )
    }

    /// What became of an attempt with this result. `again`: another one of its stage asked an agent
    /// after it. `given_up`: the run was.
    pub fn of(result: &str, again: bool, given_up: bool) -> Self {
        let after = |then| if again { then } else { Self::Failed };
        match normal(result).as_str() {
            "running" => Self::Running,
            "cancelled" | "canceled" => Self::Cancelled,
            "passed" | "pass" | "complete" | "completed" | "done" => match (again, given_up) {
                (true, _) => Self::Rework,
                (false, true) => Self::Cancelled,
                (false, false) => Self::Passed,
            },
            "needs_input" => Self::Asked,
            "malformed" | "overreach" | "no_change" => after(Self::Repair),
            "paused" | "interrupted" | "timed_out" | "stalled" | "crashed" | "transient"
            | "refused" | "returned" => after(Self::Interrupted),
            "failed" | "fail" | "replan" | "check_failed" | "not_handed_on" | "tampering"
            | "secret_found" => after(Self::Rework),
            "setup_failed" | "unmet" | "blocked" => Self::Failed,
            _ => Self::Untold,
        }
    }
}

/// A word in small letters with its parts joined as records join them.
fn normal(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Outcome;

    #[test]
    fn what_was_done_again_is_told_from_what_stands() {
        assert_eq!(Fate::of("passed", false, false), Fate::Passed);
        assert_eq!(Fate::of("passed", true, false), Fate::Rework);
        assert_eq!(Fate::of("passed", false, true), Fate::Cancelled);
        assert_eq!(Fate::of("malformed", true, false), Fate::Repair);
        assert_eq!(Fate::of("malformed", false, false), Fate::Failed);
        assert_eq!(Fate::of("check_failed", true, false), Fate::Rework);
        assert_eq!(Fate::of("needs input", false, false), Fate::Asked);
        assert_eq!(Fate::of("Complete", false, false), Fate::Passed);
        assert_eq!(Fate::of("Frobnicated", true, true), Fate::Untold);
    }

    #[test]
    fn every_word_of_an_outcome_is_known() {
        use Outcome as O;
        let all = [
            O::Passed,
            O::Failed,
            O::Replan,
            O::NeedsInput,
            O::Malformed,
            O::Overreach,
            O::Tampering,
            O::NotHandedOn,
            O::CheckFailed,
            O::NoChange,
            O::TimedOut,
            O::Stalled,
            O::Crashed,
            O::Transient,
            O::Refused,
            O::SetupFailed,
            O::Unmet,
            O::SecretFound,
            O::Paused,
            O::Cancelled,
            O::Returned,
            O::Interrupted,
        ];
        for outcome in all {
            assert_ne!(Fate::of(outcome.word(), false, false), Fate::Untold);
            assert_ne!(Fate::of(&outcome.said(), true, true), Fate::Untold);
        }
    }
}
