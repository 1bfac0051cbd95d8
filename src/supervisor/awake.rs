//! Whether the machine is kept from sleeping: while an agent works, where a person asked for it, and
//! at no other time.

use super::live::{Supervisor, SupervisorError};
use crate::process::awake::Awake;
use crate::terms::AttemptId;

/// How it stands with the machine.
#[derive(Debug, Default)]
pub(super) enum Sleep {
    /// It sleeps when it likes.
    #[default]
    Allowed,
    /// It is held off.
    Held(Awake),
    /// It can't be held off here, which was told.
    CanNot,
}

impl Supervisor {
    /// Whether an attempt runs that is no person's: what they have in hand waits for them, however long.
    pub(super) fn agent_works(&self) -> bool {
        let theirs = |id: &AttemptId| {
            let mut attempts = self
                .run
                .record(&id.stage)
                .into_iter()
                .flat_map(|r| &r.attempts);
            attempts.any(|a| a.id == *id && a.by.is_some())
        };
        self.running.iter().any(|r| !theirs(&r.attempt))
    }

    /// Holds sleep off, or lets it, as it is to be now.
    pub(super) fn see_to_sleep(&mut self) -> Result<(), SupervisorError> {
        let wanted = self.order.awake && self.agent_works();
        let failed = match &mut self.sleep {
            Sleep::Held(awake) if wanted => awake.lost(),
            Sleep::Held(_) => {
                self.sleep = Sleep::Allowed;
                return Ok(());
            }
            Sleep::Allowed if wanted => match Awake::hold(self.order.run.as_str()) {
                Ok(awake) => {
                    self.sleep = Sleep::Held(awake);
                    return Ok(());
                }
                Err(why) => Some(why),
            },
            Sleep::Allowed | Sleep::CanNot => None,
        };
        let Some(why) = failed else { return Ok(()) };
        self.sleep = Sleep::CanNot;
        self.note(format!("the machine is not kept awake: {why}"))
    }
}
