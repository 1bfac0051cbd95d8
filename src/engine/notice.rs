//! The moments that a person may want to be told of while no screen is open: worked out of a run
//! before and after a fact, so that the same journal always tells of the same ones.

use super::budget::WARN_PERCENT;
use super::event::{Event, GateSide};
use super::record::StageRecord;
use super::run::Run;
use crate::terms::{AttemptId, FailureKind, Outcome, RunState, StageId, StageState};
use jiff::Timestamp;

/// What came to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// A run started.
    Started,
    /// A gate asks.
    Gate,
    /// An agent asks.
    Question,
    /// A run stands still by a person's word, for what is stale, or for its budget.
    Paused,
    /// Somebody must mend something.
    Blocked,
    /// A stage above must be reopened.
    ReplanRequired,
    /// A quota is used up, and its reset is waited for.
    Quota,
    /// Much of a budget is used.
    Budget,
    /// A run completed.
    Completed,
    /// A bound of the workflow is used up.
    Failed,
    /// A run was cancelled.
    Cancelled,
    /// A person took the result.
    Landed,
    /// The engine lost an attempt.
    Interrupted,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Started,
        Self::Gate,
        Self::Question,
        Self::Paused,
        Self::Blocked,
        Self::ReplanRequired,
        Self::Quota,
        Self::Budget,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::Landed,
        Self::Interrupted,
    ];

    /// Its name, under `on:` and in what a command is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Gate => "gate",
            Self::Question => "question",
            Self::Paused => "paused",
            Self::Blocked => "blocked",
            Self::ReplanRequired => "replan_required",
            Self::Quota => "quota",
            Self::Budget => "budget",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Landed => "landed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A moment of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What.
    pub moment: Moment,
    /// The stage that it is about; `None`: the whole run.
    pub stage: Option<StageId>,
    /// The attempt that it came of.
    pub attempt: Option<AttemptId>,
    /// The moment that is waited for.
    pub until: Option<Timestamp>,
    /// How much of the tightest limit is used, in percent.
    pub percent: Option<u64>,
}

/// What of a run is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    prepared: bool,
    landed: bool,
    warned: bool,
    waits_for_day: bool,
    state: RunState,
    stages: Vec<(StageState, Option<GateSide>)>,
}

impl Marks {
    /// How a run stands.
    pub fn of(run: &Run) -> Self {
        Self {
            prepared: run.prepared,
            landed: run.landed.is_some(),
            warned: warned(run).is_some(),
            waits_for_day: run.stages.iter().any(StageRecord::waits_for_another_day),
            state: run.state(),
            stages: run.stages.iter().map(|s| (s.state, s.asking)).collect(),
        }
    }
}

/// How much of the budget is used, where people are to be warned.
fn warned(run: &Run) -> Option<u64> {
    let share = run.budget_share()?;
    (share.percent >= WARN_PERCENT).then_some(share.percent)
}

/// What came to pass by this fact: `before` is how the run stood before it, `run` what it is now.
/// Stages first, in workflow order, then the run.
pub fn notices(before: &Marks, run: &Run, fact: &Event) -> Vec<Notice> {
    let now = Marks::of(run);
    let mut found = Vec::new();
    let of_run = |moment| Notice {
        moment,
        stage: None,
        attempt: None,
        until: None,
        percent: None,
    };
    if now.prepared && !before.prepared {
        found.push(of_run(Moment::Started));
    }
    if let Event::Interrupted { attempt, .. } = fact {
        found.push(Notice {
            stage: Some(attempt.stage.clone()),
            attempt: Some(attempt.clone()),
            ..of_run(Moment::Interrupted)
        });
    }
    found.extend(waits(run, fact));
    // What a stage is again when it was handed back as it was, was told when it came to be so.
    let as_it_was = matches!(fact, Event::Finished(result) if result.outcome == Outcome::Returned);
    for (record, (was, is)) in run.stages.iter().zip(before.stages.iter().zip(&now.stages)) {
        let moment = match is.0 {
            _ if as_it_was => continue,
            StageState::AwaitingApproval if was != is => Moment::Gate,
            _ if was.0 == is.0 => continue,
            StageState::NeedsInput => Moment::Question,
            StageState::Blocked => Moment::Blocked,
            StageState::Failed => Moment::Failed,
            StageState::ReplanRequired => Moment::ReplanRequired,
            _ => continue,
        };
        found.push(Notice {
            stage: Some(record.id.clone()),
            attempt: record.current_attempt().map(|a| a.id.clone()),
            ..of_run(moment)
        });
    }
    if now.warned && !before.warned {
        found.push(Notice {
            percent: warned(run),
            ..of_run(Moment::Budget)
        });
    }
    found.extend(of_day(before, run, fact));
    let moment = match now.state {
        state if state == before.state => None,
        RunState::Paused if as_it_was => None,
        RunState::Paused => Some(Moment::Paused),
        RunState::Completed => Some(Moment::Completed),
        RunState::Cancelled => Some(Moment::Cancelled),
        _ => None,
    };
    found.extend(moment.map(of_run));
    if now.landed && !before.landed {
        found.push(of_run(Moment::Landed));
    }
    found
}

/// That most of a day's budget is used, or that the run waits for its end from this fact on.
fn of_day(before: &Marks, run: &Run, fact: &Event) -> Option<Notice> {
    let of = |stage: Option<&StageId>| Notice {
        moment: Moment::Budget,
        stage: stage.cloned(),
        attempt: None,
        until: None,
        percent: None,
    };
    match fact {
        Event::DayWarned(share) => Some(Notice {
            percent: Some(share.percent),
            ..of(None)
        }),
        Event::DayHeld { stage, hold } => {
            let waits = run
                .record(stage)
                .is_some_and(StageRecord::waits_for_another_day);
            (waits && !before.waits_for_day).then(|| Notice {
                until: Some(hold.until),
                ..of(Some(stage))
            })
        }
        _ => None,
    }
}

/// A quota that the run waits for from this fact on.
fn waits(run: &Run, fact: &Event) -> Option<Notice> {
    let Event::Finished(result) = fact else {
        return None;
    };
    let record = run.record(&result.attempt.stage)?;
    let waits = result.failure == Some(FailureKind::Quota) && record.state == StageState::Ready;
    Some(Notice {
        moment: Moment::Quota,
        stage: Some(record.id.clone()),
        attempt: Some(result.attempt.clone()),
        until: Some(record.not_before.filter(|_| waits)?),
        percent: None,
    })
}
