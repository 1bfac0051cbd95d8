//! A run as a list shows it: small enough for thousands of them, and all that is kept of one that
//! is over.

use crate::engine::plan::short_name;
use crate::records::milestones::Milestones;
use crate::records::needs::Need;
use crate::records::runs::RunView;
use crate::terms::usage::Total;
use crate::terms::{Oid, RunId, RunState, StageId, StageState, TaskId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A run in short.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunCard {
    /// Its id.
    pub run: RunId,
    /// Its task.
    pub task: Option<TaskId>,
    /// Its task's title; its workflow's name where it has no task.
    pub title: String,
    /// Its workflow.
    pub workflow: String,
    /// Its branch, short name; a full ref where it is no branch.
    pub branch: String,
    /// Whether it works in the checkout itself.
    #[serde(default)]
    pub in_place: bool,
    /// Its latest hand-off.
    pub head: Option<Oid>,
    /// When it was ordered.
    pub created: Timestamp,
    /// When the last fact of it arrived.
    pub updated: Option<Timestamp>,
    /// Its state as people are to see it.
    pub state: RunState,
    /// Whether it goes on by itself.
    pub goes_on: bool,
    /// The moment that it waits for, nothing of it being done meanwhile.
    #[serde(default)]
    pub waits: Option<Timestamp>,
    /// The branch it was landed on.
    pub landed: Option<String>,
    /// Where it is up for review.
    #[serde(default)]
    pub review: Option<String>,
    /// Its stages, in workflow order.
    pub stages: Vec<StageCard>,
    /// When it stopped going on by itself, and how.
    #[serde(default)]
    pub milestones: Milestones,
    /// Whether a stage of it is taken over, and nobody is at that.
    #[serde(skip)]
    pub left: bool,
    /// What it needs a person for.
    #[serde(skip)]
    pub need: Option<Arc<Need>>,
    /// Whether a landing of it was begun and is not done.
    #[serde(skip)]
    pub landing: Option<Lands>,
    /// All of it: of a run that is over it is there only while somebody looks at it.
    #[serde(skip)]
    pub view: Option<Arc<RunView>>,
}

/// A landing that was begun and is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lands {
    /// Somebody is at it.
    UnderWay,
    /// Nobody is.
    CutOff,
}

/// A stage in short.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StageCard {
    /// Its id.
    pub id: StageId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: StageState,
    /// How many attempts it has.
    pub attempts: usize,
    /// What its attempts used.
    pub total: Total,
    /// How long they took, in milliseconds.
    pub took_ms: u64,
}

impl StageCard {
    /// Its name where there is little room.
    pub fn short_name(&self) -> String {
        short_name(&self.name, &self.id)
    }
}

impl RunCard {
    /// The card of a run, which is kept with it.
    pub fn of(view: Arc<RunView>) -> Self {
        let (order, run) = (&view.order, &view.run);
        let task = run.plan.task.as_ref();
        let stages = run.plan.stages.iter().zip(&run.stages);
        let stages = stages.map(|(stage, record)| StageCard {
            id: record.id.clone(),
            name: stage.name.clone(),
            state: record.state,
            attempts: record.attempts.len(),
            total: record.total,
            took_ms: record.took_ms,
        });
        Self {
            run: order.run.clone(),
            task: task.map(|t| t.id.clone()),
            title: task.map_or_else(|| run.plan.workflow.clone(), |t| t.title.clone()),
            workflow: run.plan.workflow.clone(),
            branch: order.branch.clone(),
            in_place: order.in_place.is_some(),
            head: run.head.clone(),
            created: order.created,
            updated: run.updated,
            state: view.state(),
            goes_on: view.goes_on(),
            left: view.left,
            waits: view.waits_until(),
            landing: view.landing.as_ref().map(|_| {
                if view.supervised {
                    Lands::UnderWay
                } else {
                    Lands::CutOff
                }
            }),
            landed: run.landed.as_ref().map(|l| l.into.clone()),
            review: run.in_review.as_ref().map(|r| r.url.clone()),
            stages: stages.collect(),
            milestones: view.milestones.clone(),
            need: Need::of(&view).map(Arc::new),
            view: Some(view),
        }
    }

    /// The card alone.
    #[must_use]
    pub fn alone(&self) -> Self {
        let mut card = self.clone();
        card.view = None;
        card
    }

    /// Its task's id and title; its workflow's name where it has no task.
    pub fn name(&self) -> String {
        match &self.task {
            Some(task) => format!("{task} {}", self.title),
            None => self.title.clone(),
        }
    }

    /// Whether nothing is to be done but that others review it.
    pub fn in_review(&self) -> bool {
        self.review.is_some() && self.landed.is_none() && self.state == RunState::Completed
    }

    /// Whether it is over: ended, and landed or given up.
    pub fn is_over(&self) -> bool {
        self.landed.is_some() || self.state == RunState::Cancelled
    }

    /// Whether a landing of it was begun that nobody goes on with.
    pub fn is_cut_off(&self) -> bool {
        self.landing == Some(Lands::CutOff)
    }

    /// Whether a person is to do something about it.
    pub fn needs_you(&self) -> bool {
        self.is_cut_off() || !self.is_over() && (self.left || waits(self.state))
    }

    /// What its attempts used.
    pub fn total(&self) -> Total {
        let totals = self.stages.iter().map(|s| &s.total);
        totals.fold(Total::default(), Total::and)
    }

    /// How long its ended attempts took, in milliseconds.
    pub fn took_ms(&self) -> u64 {
        let took = self.stages.iter().map(|s| s.took_ms);
        took.fold(0, u64::saturating_add)
    }

    /// The stage that is under way: begun, and not done.
    pub fn busy(&self) -> Option<&StageCard> {
        let waits = |s: StageState| matches!(s, StageState::Pending | StageState::Ready);
        let busy = |s: &&StageCard| !s.state.is_done() && !waits(s.state);
        self.stages.iter().find(busy)
    }

    /// The stage it is at: the one under way, else the next one, else the last.
    pub fn at(&self) -> Option<&StageCard> {
        let open = || self.stages.iter().find(|s| !s.state.is_done());
        self.busy().or_else(open).or(self.stages.last())
    }
}

/// Whether a run in this state waits for a person, as long as it is not over.
fn waits(state: RunState) -> bool {
    !matches!(
        state,
        RunState::Created | RunState::Ready | RunState::Running | RunState::Cancelled
    )
}
