//! The moments of a run that somebody who was away wants to hear of: worked out while its journal is
//! read.

use crate::engine::Run;
use crate::engine::plan::short_name;
use crate::terms::{RunState, StageState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many of a run are kept, the latest ones.
const MOST: usize = 12;

/// A run stopped going on by itself, or was landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub state: RunState,
    /// The stage at which it did, in short; `None`: none alone decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The branch it was landed on then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<String>,
}

impl Milestone {
    /// What happened, after the run's name.
    pub fn told(&self) -> String {
        if let Some(branch) = &self.landed {
            return format!("was landed on {branch}");
        }
        let at = |word: &str| match &self.stage {
            Some(stage) => format!("{word} at {stage}"),
            None => word.to_owned(),
        };
        match self.state {
            RunState::AwaitingApproval => at("came to a gate"),
            RunState::NeedsInput => at("asked a question"),
            RunState::Blocked => at("was blocked"),
            RunState::ReplanRequired => at("needs another plan"),
            RunState::Failed => at("failed"),
            RunState::Paused => at("was paused"),
            RunState::Interrupted => at("was interrupted"),
            RunState::Cancelled => "was cancelled".to_owned(),
            RunState::Completed => "completed".to_owned(),
            RunState::Created | RunState::Ready | RunState::Running => "went on".to_owned(),
        }
    }
}

/// The milestones of a run, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestones {
    /// The latest of them.
    kept: Vec<Milestone>,
    /// How the run stood after the last fact.
    last: Option<Stand>,
}

/// What one milestone differs from the next in.
type Stand = (RunState, Option<String>, Option<String>);

impl Milestones {
    /// Takes in how the run stands after a fact of this moment.
    pub fn note(&mut self, at: Timestamp, run: &Run) {
        let state = run.state();
        let stage = stage(run, state);
        let landed = run.landed.as_ref().map(|l| l.into.clone());
        let now = Some((state, stage, landed));
        if self.last == now {
            return;
        }
        self.last.clone_from(&now);
        let goes_on = matches!(
            state,
            RunState::Created | RunState::Ready | RunState::Running
        );
        let Some((state, stage, landed)) = now.filter(|_| !goes_on) else {
            return;
        };
        if self.kept.len() == MOST {
            self.kept.remove(0);
        }
        self.kept.push(Milestone {
            at,
            state,
            stage,
            landed,
        });
    }

    /// The milestones.
    pub fn all(&self) -> &[Milestone] {
        &self.kept
    }

    /// Since when the run stands as it does; `None`: it goes on.
    pub fn since(&self) -> Option<Timestamp> {
        let (last, (state, stage, landed)) = self.kept.last().zip(self.last.as_ref())?;
        let is_it = last.state == *state && last.stage == *stage && last.landed == *landed;
        is_it.then_some(last.at)
    }

    /// The same with every moment put in this place.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        for milestone in &mut self.kept {
            milestone.at = at;
        }
        self
    }
}

/// The stage that makes the run stand as it does.
fn stage(run: &Run, state: RunState) -> Option<String> {
    let wanted = match state {
        RunState::AwaitingApproval => StageState::AwaitingApproval,
        RunState::NeedsInput => StageState::NeedsInput,
        RunState::Blocked => StageState::Blocked,
        RunState::ReplanRequired => StageState::ReplanRequired,
        RunState::Failed => StageState::Failed,
        _ => return None,
    };
    let record = run.stages.iter().find(|s| s.state == wanted)?;
    let stage = run.plan.stage(&record.id)?;
    Some(short_name(&stage.name, &stage.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::feature;

    #[test]
    fn what_stopped_is_told_once_and_what_goes_on_is_not() {
        let mut run = Run::new(feature());
        let mut seen = Milestones::default();
        let at = |s| Timestamp::from_second(s).unwrap();
        seen.note(at(1), &run);
        assert_eq!((seen.all().len(), seen.since()), (0, None));
        run.prepared = true;
        for above in &mut run.stages[..3] {
            above.state = StageState::Passed;
        }
        run.stages[3].state = StageState::NeedsInput;
        seen.note(at(2), &run);
        seen.note(at(3), &run);
        assert_eq!(seen.all().len(), 1);
        assert_eq!(seen.since(), Some(at(2)));
        assert!(seen.all()[0].told().starts_with("asked a question at "));
        run.stages[3].state = StageState::Running;
        seen.note(at(4), &run);
        assert_eq!((seen.all().len(), seen.since()), (1, None));
        for n in 0..40 {
            run.stages[3].state = StageState::Blocked;
            seen.note(at(10 + 2 * n), &run);
            run.stages[3].state = StageState::Running;
            seen.note(at(11 + 2 * n), &run);
        }
        assert_eq!(seen.all().len(), MOST);
        assert_eq!(seen.all()[MOST - 1].at, at(88));
    }
}
