//! Preconditions: what must hold before a run or a stage starts. Not met, the run ends as
//! cancelled, with the reason. Expressions are looked at here; commands are the attempt's to ask.

use super::live::{Supervisor, SupervisorError, engine_person};
use crate::engine::Event;
use crate::engine::plan::Precondition;
use crate::engine::record::AttemptRecord;
use crate::stage::spec::Asked;
use crate::store::fs::Fs;
use crate::terms::AttemptId;

/// Whose precondition that of the run is.
const OF_RUN: &str = "the workflow";

impl Supervisor {
    /// Looks at the expressions of an attempt about to be started: the run's before its first, the
    /// stage's before the first of each iteration. False: one is not met, and the run is cancelled.
    pub(super) fn preconditions_hold(
        &mut self,
        attempt: &AttemptId,
    ) -> Result<bool, SupervisorError> {
        let Some(reason) = self.unmet_expression(attempt) else {
            return Ok(true);
        };
        self.record(Event::Cancelled {
            reason,
            by: engine_person(),
        })?;
        Ok(false)
    }

    fn unmet_expression(&self, attempt: &AttemptId) -> Option<String> {
        let first_of_run = self.run.stages.iter().all(|s| s.attempts.is_empty());
        let [of_run, of_stage] = self.preconditions(attempt);
        let of_run = of_run.filter(|_| first_of_run);
        let of_stage = of_stage.filter(|_| attempt.attempt == 1);
        let wanted = [(OF_RUN, of_run), (attempt.stage.as_str(), of_stage)];
        wanted.into_iter().find_map(|(whose, wanted)| {
            let Precondition::Expression(source) = wanted? else {
                return None;
            };
            let why = match self.run.evaluate(source) {
                Ok(true) => return None,
                Ok(false) => format!("{source} is false"),
                Err(why) => why,
            };
            Some(format!("the precondition of {whose} is not met: {why}"))
        })
    }

    /// The commands that an attempt is to ask before anything else: the run's until they were met
    /// once, the stage's until they were met in this iteration. Whoever was killed or paused while
    /// it asked has met none.
    pub(super) fn to_ask(&self, attempt: &AttemptId) -> Vec<Asked> {
        let [of_run, of_stage] = self.preconditions(attempt);
        let met = |a: &AttemptRecord| {
            let mark = self.attempt_dir(&a.id).met();
            self.fs.stat(&mark).is_ok_and(|found| found.is_some())
        };
        let mut made = self.run.stages.iter().flat_map(|s| &s.attempts);
        let in_run = of_run.filter(|_| !made.any(met));
        let record = self.run.record(&attempt.stage);
        let mut made = record.iter().flat_map(|r| &r.attempts);
        let in_stage =
            of_stage.filter(|_| !made.any(|a| a.id.iteration == attempt.iteration && met(a)));
        let asked = [(OF_RUN, in_run), (attempt.stage.as_str(), in_stage)];
        asked
            .into_iter()
            .filter_map(|(whose, wanted)| match wanted? {
                Precondition::Expression(_) => None,
                Precondition::Command(command) => Some(Asked {
                    whose: whose.to_owned(),
                    command: command.clone(),
                }),
            })
            .collect()
    }

    /// The run's and the stage's.
    fn preconditions(&self, attempt: &AttemptId) -> [Option<&Precondition>; 2] {
        let plan = &self.run.plan;
        let stage = plan.stage(&attempt.stage);
        [
            plan.precondition.as_ref(),
            stage.and_then(|s| s.precondition.as_ref()),
        ]
    }
}
