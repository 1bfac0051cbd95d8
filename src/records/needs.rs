//! What of a run waits for a person: of which kind, since when, what it asks, what it cost so far,
//! and the one action that deals with it.
//!
//! The order is that of [`Kind`], and among equals what waits longest comes first.

use super::runs::RunView;
use crate::engine::plan::short_name;
use crate::engine::record::StageRecord;
use crate::engine::step::Step;
use crate::terms::usage::Total;
use crate::terms::{RunId, RunState, StageState, TaskId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a run waits for a person. The most urgent comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A landing was cut off: a branch may hold half of what was meant.
    CutOff,
    /// A stage asks something and does nothing until it is answered.
    Question,
    /// A gate asks for a decision.
    Gate,
    /// Something is to be mended before it can go on.
    Blocked,
    /// A quota is used up, and nobody knows until when.
    Quota,
    /// A stage upstream must be opened again.
    Replan,
    /// A bound that the workflow states is used up.
    Failed,
    /// It should go on, and nobody carries it on.
    Interrupted,
    /// A person took a stage over, and nobody is at it.
    Taken,
    /// Its budget is used up.
    Budget,
    /// What it was built on has changed since.
    Stale,
    /// It is complete, and nobody has taken the result.
    Completed,
    /// A person paused it.
    Paused,
}

impl Kind {
    /// Every kind, in the order of urgency.
    pub const ALL: [Self; 13] = [
        Self::CutOff,
        Self::Question,
        Self::Gate,
        Self::Blocked,
        Self::Quota,
        Self::Replan,
        Self::Failed,
        Self::Interrupted,
        Self::Taken,
        Self::Budget,
        Self::Stale,
        Self::Completed,
        Self::Paused,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::CutOff => "landing cut off",
            Self::Question => "question",
            Self::Gate => "gate",
            Self::Blocked => "blocked",
            Self::Quota => "quota",
            Self::Replan => "replan",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Taken => "taken over",
            Self::Budget => "budget",
            Self::Stale => "stale",
            Self::Completed => "completed",
            Self::Paused => "paused",
        }
    }

    /// Its sign.
    pub fn glyph(self) -> char {
        match self {
            Self::Blocked | Self::Quota | Self::Failed => '✗',
            Self::CutOff | Self::Interrupted => '!',
            Self::Completed => '✓',
            Self::Taken | Self::Paused | Self::Budget => '‖',
            Self::Stale => '~',
            Self::Question | Self::Gate | Self::Replan => '?',
        }
    }
}

/// A run waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The run.
    pub run: RunId,
    /// Its task.
    pub task: Option<TaskId>,
    /// Its task's title; its workflow's name where it has no task.
    pub title: String,
    /// Why.
    pub kind: Kind,
    /// The stage that decides, in short.
    pub stage: Option<String>,
    /// How many questions are asked.
    pub questions: usize,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What the run used so far.
    pub total: Total,
    /// The decisive fact: what it asks, or why it stopped.
    pub asks: String,
    /// The action of the screen that deals with it, by its name; `None`: the command alone does.
    pub action: Option<String>,
    /// The command that does the same.
    pub command: String,
}

impl Need {
    /// What a run needs a person for; `None`: nothing.
    pub fn of(view: &RunView) -> Option<Self> {
        let kind = kind(view)?;
        let cause = view.cause(None);
        let order = &view.order;
        let plan = &view.run.plan;
        let stage = cause.stage.as_ref().and_then(|id| plan.stage(id));
        let of_questions = |s: &&StageRecord| s.state == StageState::NeedsInput;
        let asking = view.run.stages.iter().filter(of_questions);
        let stood = view.milestones.since();
        let since = match kind {
            Kind::Interrupted => view.gave_up.as_ref().map(|g| g.at),
            Kind::Taken => view.run.taken.as_ref().map(|t| t.at),
            _ => None,
        };
        Some(Self {
            run: order.run.clone(),
            task: plan.task.as_ref().map(|t| t.id.clone()),
            title: {
                let task = plan.task.as_ref().map(|t| t.title.clone());
                task.unwrap_or_else(|| plan.workflow.clone())
            },
            kind,
            stage: stage.map(|s| short_name(&s.name, &s.id)),
            questions: asking.map(|s| s.questions.len()).sum(),
            since: since.or(stood).or(view.run.updated).or(Some(order.created)),
            total: view.run.total(),
            asks: cause.fact(),
            action: match &cause.step {
                Step::Actions(actions) => actions.first().map(|(name, _)| (*name).to_owned()),
                Step::Command(_) => None,
            },
            command: cause.command,
        })
    }

    /// What it stands by in a list: the most urgent first, then what waits longest.
    pub fn rank(&self) -> (Kind, Option<Timestamp>, &RunId) {
        (self.kind, self.since, &self.run)
    }

    /// What is to be done, in few words.
    pub fn short(&self) -> String {
        let stage = self.stage.as_deref().unwrap_or("the run");
        match self.kind {
            Kind::CutOff => "landing cut off".to_owned(),
            Kind::Question if self.questions > 0 => {
                format!("{stage}: {}", crate::text::many(self.questions, "question"))
            }
            Kind::Question => format!("{stage} asks you"),
            Kind::Gate => format!("approve {stage}"),
            Kind::Blocked => format!("blocked at {stage}"),
            Kind::Quota => format!("quota at {stage}"),
            Kind::Replan => "replan required".to_owned(),
            Kind::Failed => format!("failed at {stage}"),
            Kind::Interrupted => "interrupted".to_owned(),
            Kind::Taken => format!("{stage} taken over"),
            Kind::Budget => "budget used up".to_owned(),
            Kind::Stale => format!("{stage} is stale"),
            Kind::Completed => "completed".to_owned(),
            Kind::Paused => "paused".to_owned(),
        }
    }
}

fn kind(view: &RunView) -> Option<Kind> {
    if view.cut_off().is_some() {
        return Some(Kind::CutOff);
    }
    if view.is_over() {
        return None;
    }
    let quota = |s: &StageRecord| s.stop.as_ref().is_some_and(|stop| stop.code == "quota");
    Some(match view.state() {
        RunState::Created | RunState::Ready | RunState::Running if view.left => Kind::Taken,
        RunState::Created | RunState::Ready | RunState::Running | RunState::Cancelled => {
            return None;
        }
        RunState::AwaitingApproval => Kind::Gate,
        RunState::NeedsInput => Kind::Question,
        RunState::Blocked => {
            let mut blocked = view.run.stages.iter();
            match blocked.find(|s| s.state == StageState::Blocked) {
                Some(stage) if quota(stage) => Kind::Quota,
                _ => Kind::Blocked,
            }
        }
        RunState::ReplanRequired => Kind::Replan,
        RunState::Failed => Kind::Failed,
        RunState::Interrupted => Kind::Interrupted,
        RunState::Completed => Kind::Completed,
        RunState::Paused if view.run.pause => Kind::Paused,
        RunState::Paused if !view.run.stale().is_empty() => Kind::Stale,
        RunState::Paused if view.run.over_budget().is_some() => Kind::Budget,
        RunState::Paused => Kind::Paused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_comes_first_and_of_equals_what_waits_longest() {
        let sorted = Kind::ALL.windows(2).all(|two| two[0] < two[1]);
        assert!(sorted);
        let need = |kind, run: &str, since: Option<i64>| Need {
            run: RunId::new(run).unwrap(),
            task: None,
            title: String::new(),
            kind,
            stage: None,
            questions: 0,
            since: since.map(|s| Timestamp::from_second(s).unwrap()),
            total: Total::default(),
            asks: String::new(),
            action: None,
            command: String::new(),
        };
        let mut needs = [
            need(Kind::Completed, "RUN-2026-04-02-T001", Some(1)),
            need(Kind::Gate, "RUN-2026-04-02-T002", Some(9)),
            need(Kind::Gate, "RUN-2026-04-02-T003", Some(5)),
            need(Kind::Question, "RUN-2026-04-02-T004", Some(90)),
        ];
        needs.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let order: Vec<&str> = needs.iter().map(|n| n.run.as_str()).collect();
        let ids = ["T004", "T003", "T002", "T001"];
        assert!(order.iter().zip(ids).all(|(run, id)| run.ends_with(id)));
    }
}
