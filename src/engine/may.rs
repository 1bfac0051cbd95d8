//! Which orders of people are lawful now. Asked before an order becomes an event: the journal
//! holds only what can be applied.

use super::event::{Event, GateSide};
use super::run::Run;
use crate::terms::{Digest, RunState, StageId, StageState};

/// An order that can't be carried out now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {lawful}")]
pub struct Refusal {
    /// Why not.
    pub reason: String,
    /// What would be lawful, in the imperative.
    pub lawful: String,
}

/// Why a fact of the engine's own can't be ordered.
const NO_ORDER: &str = "that is a fact which only the engine finds out, and no order";
const USE_COMMANDS: &str = "order with the program's own commands";

pub(super) type Answer = Result<(), Refusal>;

pub(super) fn no(reason: impl Into<String>, lawful: impl Into<String>) -> Answer {
    Err(Refusal {
        reason: reason.into(),
        lawful: lawful.into(),
    })
}

impl Run {
    /// Whether a person may order this now. A fact of the engine's own is never lawful here: it is
    /// found out, not ordered.
    pub fn may(&self, event: &Event) -> Answer {
        if let (Some(landed), true) = (&self.landed, event.is_order()) {
            let reason = format!("the run was landed on {}", landed.into);
            return no(reason, "start a new run");
        }
        self.may_beside_a_person(event)?;
        match event {
            Event::Approved {
                stage,
                side,
                evidence,
                ..
            } => self.may_decide(stage, *side, Some(evidence)),
            Event::Rejected {
                stage,
                side,
                reason,
                comments,
                ..
            } => {
                self.may_decide(stage, *side, None)?;
                if reason.trim().is_empty() && comments.is_empty() {
                    return no(
                        "a rejection needs a reason or comments",
                        "say what is to be changed",
                    );
                }
                Ok(())
            }
            Event::Answered { stage, answers, .. } => self.may_answer(stage, answers),
            Event::Paused { now, .. } => self.may_pause(*now),
            Event::Resumed { .. } => self.may_resume(),
            Event::Cancelled { .. } => self.may_cancel(),
            Event::Rerun { stage, only, .. } => self.may_rerun(stage, only),
            Event::RerunStale { .. } => {
                let stale: Vec<StageId> = self.stale().into_iter().map(|(id, _)| id).collect();
                if stale.is_empty() {
                    return no("nothing is stale", "rerun from a stage by its name");
                }
                self.nothing_runs_in(|id| {
                    stale
                        .iter()
                        .any(|s| s == id || self.plan.below(s).contains(id))
                })
            }
            Event::Refresh { .. } => self.may_refresh(),
            Event::Taken { stage, .. } => self.may_take(stage),
            Event::NoteGiven { stage, text, .. } => self.may_note(stage, text),
            Event::NoteRemoved { note, .. } => self.may_remove(note),
            Event::Skipped { stage, .. } => self.may_skip(stage),
            Event::ApprovalSetting { name, .. } if !self.approvals.contains_key(name) => {
                let known: Vec<&str> = self.approvals.keys().map(String::as_str).collect();
                let reason = format!("there is no approval setting '{name}'");
                no(reason, format!("name one of: {}", known.join(", ")))
            }
            Event::BudgetRaised {
                cost_micros: 0,
                tokens: 0,
                minutes: 0,
                ..
            } => no(
                "nothing would be added to the budget",
                "say how much to add",
            ),
            Event::BudgetRaised { day: Some(_), .. } if self.plan.day.is_none() => no(
                "no budget of a day was set when the run started",
                "raise the run's own",
            ),
            Event::SentBack {
                stage,
                findings,
                comments,
                ..
            } => {
                self.may_send_back(stage)?;
                if findings.is_empty() && comments.is_empty() {
                    return no(
                        "nothing was found",
                        "send it back with what is to be changed",
                    );
                }
                Ok(())
            }
            Event::Landed { .. } | Event::InReview(_) if self.state() != RunState::Completed => {
                let reason = format!("the run is {}, not completed", self.state());
                no(reason, "complete it first")
            }
            Event::ApprovalSetting { .. }
            | Event::BudgetRaised { .. }
            | Event::InReview(_)
            | Event::Landed { .. } => Ok(()),
            Event::Created { .. }
            | Event::Prepared
            | Event::Intent { .. }
            | Event::Started { .. }
            | Event::Finished(_)
            | Event::GatePassed { .. }
            | Event::Interrupted { .. }
            | Event::TaskChanged { .. }
            | Event::BroughtChanged { .. }
            | Event::ArtifactChanged { .. }
            | Event::Refreshed(_)
            | Event::FoundInPlace { .. }
            | Event::Stopped { .. }
            | Event::DayHeld { .. }
            | Event::DayFreed
            | Event::SlotWanted { .. }
            | Event::DayWarned(_)
            | Event::Noted { .. }
            | Event::Ended => no(NO_ORDER, USE_COMMANDS),
        }
    }

    fn may_decide(&self, stage: &StageId, side: GateSide, evidence: Option<&Digest>) -> Answer {
        let record = self.known(stage)?;
        if record.state != StageState::AwaitingApproval || record.asking != Some(side) {
            let asking: Vec<String> = self
                .stages
                .iter()
                .filter(|s| s.asking.is_some())
                .map(|s| s.id.to_string())
                .collect();
            let reason = format!("{stage} is {} and asks for no such approval", record.state);
            return if asking.is_empty() {
                no(reason, "wait until a gate asks")
            } else {
                no(reason, format!("decide on {}", asking.join(", ")))
            };
        }
        match evidence {
            Some(given) if *given != self.evidence(stage, side) => no(
                format!("what {stage} asks about has changed since it was shown"),
                "look at it again, then decide",
            ),
            _ => Ok(()),
        }
    }

    fn may_answer(&self, stage: &StageId, answers: &[(String, String, String)]) -> Answer {
        let record = self.known(stage)?;
        if record.state != StageState::NeedsInput {
            let reason = format!("{stage} is {} and asked nothing", record.state);
            return no(reason, "write a note for its next iteration instead");
        }
        let asked = |id: &str| record.questions.iter().any(|q| q.id == id);
        if let Some((id, ..)) = answers.iter().find(|(id, ..)| !asked(id)) {
            let ids: Vec<&str> = record.questions.iter().map(|q| q.id.as_str()).collect();
            let reason = format!("{stage} asked no question {id}");
            return no(reason, format!("answer {}", ids.join(", ")));
        }
        let given = |id: &str| {
            answers
                .iter()
                .any(|(a, _, text)| a == id && !text.trim().is_empty())
        };
        let open = record
            .questions
            .iter()
            .find(|q| q.blocking && !given(&q.id));
        match open {
            Some(q) => no(
                format!("{} has no answer, and the work can't go on without", q.id),
                "answer every blocking question",
            ),
            None if answers.is_empty() => no("no answer was given", "answer at least one question"),
            None => Ok(()),
        }
    }

    fn may_pause(&self, now: bool) -> Answer {
        if self.cancel.is_some() || self.state().is_terminal() {
            let reason = format!("the run is {}", self.state());
            return no(reason, "rerun it from a stage to go on");
        }
        if self.pause && (self.pause_now || !now) {
            return no("it is paused already", "resume it");
        }
        Ok(())
    }

    fn may_resume(&self) -> Answer {
        if self.cancel.is_some() {
            return no("the run was cancelled", "rerun it from a stage");
        }
        let freed = self.pause
            || self.day_hold().is_some_and(|hold| hold.pauses)
            || self.stages.iter().any(|s| {
                matches!(
                    s.state,
                    StageState::Paused
                        | StageState::Interrupted
                        | StageState::Blocked
                        | StageState::Failed
                )
            });
        if freed {
            return Ok(());
        }
        let state = self.state();
        let lawful = match state {
            RunState::AwaitingApproval => "approve it or send it back",
            RunState::NeedsInput => "answer its questions",
            RunState::ReplanRequired => "rerun it from the stage to reopen",
            RunState::Paused if self.over_budget().is_some() => "raise the budget",
            RunState::Paused => "rerun what is stale",
            RunState::Completed => "land it, or rerun it from a stage",
            RunState::Cancelled => "rerun it from a stage",
            _ => "let it go on: nothing holds it",
        };
        no(
            format!("the run is {state}: there is nothing to resume"),
            lawful,
        )
    }

    fn may_cancel(&self) -> Answer {
        match self.state() {
            _ if self.cancel.is_some() => no("it is cancelled already", "wait for its end"),
            state if state.is_terminal() => no(
                format!("the run has ended: it is {state}"),
                "land it or tidy it away",
            ),
            _ => Ok(()),
        }
    }

    /// Whether the work may be sent back to this stage with what was found elsewhere.
    pub fn may_send_back(&self, stage: &StageId) -> Answer {
        self.may_rerun(stage, &[])
    }

    fn may_rerun(&self, stage: &StageId, only: &[StageId]) -> Answer {
        self.known(stage)?;
        for id in only {
            self.known(id)?;
        }
        let below = self.plan.below(stage);
        let chosen = |id: &StageId| {
            id == stage || only.contains(id) || (only.is_empty() && below.contains(id))
        };
        self.nothing_runs_in(|id| self.cancel.is_some() || chosen(id))?;
        let roots = std::iter::once(stage).chain(only);
        for id in roots {
            for above in self.plan.above(id) {
                if chosen(&above) {
                    continue;
                }
                let done = self.record(&above).is_some_and(|r| r.state.is_done());
                if !done {
                    let state = self.known(&above)?.state;
                    return no(
                        format!("{id} needs {above}, which is {state}"),
                        format!("rerun from {above}"),
                    );
                }
                if self.is_stale(&above) {
                    let reason = format!("{id} needs {above}, which is stale");
                    return no(reason, format!("rerun what is stale, or from {above}"));
                }
            }
        }
        Ok(())
    }

    fn may_refresh(&self) -> Answer {
        if self.cancel.is_some() {
            return no("the run was cancelled", "rerun it from a stage first");
        }
        if !self.prepared {
            return no("the run's tree is being made", "wait a moment");
        }
        let running = self.stages.iter().find(|s| s.state == StageState::Running);
        match running {
            Some(record) => no(
                format!(
                    "{} is running, and its base is not changed under it",
                    record.id
                ),
                "pause the run, or wait until it rests, then refresh",
            ),
            None => Ok(()),
        }
    }

    fn may_skip(&self, id: &StageId) -> Answer {
        let record = self.known(id)?;
        if !self.plan.stage(id).is_some_and(|s| s.skippable) {
            let reason = format!("the workflow does not let anybody skip {id}");
            return no(reason, "set `skippable: true` on it for the next run");
        }
        let open = matches!(
            record.state,
            StageState::Pending | StageState::Ready | StageState::Blocked | StageState::Failed
        );
        if open && self.cancel.is_none() {
            Ok(())
        } else {
            let reason = format!("{id} is {} and can't be skipped now", record.state);
            no(reason, "skip a stage before it starts or after it stopped")
        }
    }

    fn nothing_runs_in(&self, range: impl Fn(&StageId) -> bool) -> Answer {
        let running = self
            .stages
            .iter()
            .find(|s| s.state == StageState::Running && range(&s.id));
        match running {
            Some(record) => no(
                format!("{} is running", record.id),
                "pause it now, or wait for its end, then rerun",
            ),
            None => Ok(()),
        }
    }

    pub(super) fn known(&self, id: &StageId) -> Result<&super::record::StageRecord, Refusal> {
        self.record(id).ok_or_else(|| {
            let ids: Vec<&str> = self.plan.stages.iter().map(|s| s.id.as_str()).collect();
            Refusal {
                reason: format!("there is no stage '{id}'"),
                lawful: format!("name one of: {}", ids.join(", ")),
            }
        })
    }
}
