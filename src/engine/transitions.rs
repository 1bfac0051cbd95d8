//! Which state of a stage may follow which. Any other pair is a bug of the engine's, and is
//! refused as such.

use crate::terms::{StageId, StageState};

/// A step from one state to another that the table does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the engine wanted to move stage '{stage}' from {from} to {to}, which is not allowed")]
pub struct Illegal {
    /// The stage.
    pub stage: StageId,
    /// Its state.
    pub from: StageState,
    /// The state it was to have.
    pub to: StageState,
}

/// The states that may follow `from`.
pub fn after(from: StageState) -> &'static [StageState] {
    use StageState::{
        AwaitingApproval, Blocked, Cancelled, Failed, Interrupted, NeedsInput, Passed, Paused,
        Pending, Ready, ReplanRequired, Running, Skipped,
    };
    match from {
        Pending => &[Ready, Blocked, Skipped, Cancelled],
        Ready => &[
            AwaitingApproval,
            Running,
            Pending,
            Paused,
            Blocked,
            Skipped,
            Cancelled,
        ],
        Running => &[
            Passed,
            AwaitingApproval,
            NeedsInput,
            Ready,
            Pending,
            Failed,
            Blocked,
            Paused,
            Interrupted,
            ReplanRequired,
            Cancelled,
        ],
        AwaitingApproval => &[
            Ready,
            Passed,
            ReplanRequired,
            Failed,
            Blocked,
            Pending,
            Cancelled,
        ],
        NeedsInput | Paused => &[Ready, Pending, Blocked, Cancelled],
        Interrupted => &[Ready, Blocked, Pending, Cancelled],
        Blocked => &[Ready, Pending, Skipped, Cancelled],
        Failed => &[Ready, Pending, Skipped],
        // A change after the approval voids it: the gate after asks again about the same work.
        Passed => &[Pending, Blocked, AwaitingApproval],
        ReplanRequired | Cancelled => &[Pending, Cancelled],
        Skipped => &[Pending],
    }
}

/// Whether `to` may follow `from`.
pub fn is_legal(from: StageState, to: StageState) -> bool {
    from != to && after(from).contains(&to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_decided_and_the_count_is_known() {
        let pairs = || {
            StageState::ALL
                .into_iter()
                .flat_map(|a| StageState::ALL.into_iter().map(move |b| (a, b)))
                .filter(|(a, b)| a != b)
        };
        assert_eq!(pairs().count(), 156);
        assert_eq!(pairs().filter(|(a, b)| is_legal(*a, *b)).count(), 55);
    }

    #[test]
    fn nothing_done_starts_again_without_being_reset_first() {
        for done in [
            StageState::Passed,
            StageState::Skipped,
            StageState::Cancelled,
        ] {
            assert!(!is_legal(done, StageState::Running) && !is_legal(done, StageState::Ready));
        }
    }

    #[test]
    fn only_running_or_a_persons_approval_leads_to_passed() {
        for from in StageState::ALL {
            let expected = matches!(from, StageState::Running | StageState::AwaitingApproval);
            assert_eq!(is_legal(from, StageState::Passed), expected, "{from}");
        }
    }
}
