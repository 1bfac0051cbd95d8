//! What a run is likely to cost and take, by the runs of the same workflow that came to their end.

use crate::engine::Plan;
use crate::records::board::RunCard;
use crate::terms::usage::dollars;
use crate::terms::{RunState, StageId};
use std::time::Duration;

/// How many runs, the newest ones, an estimate rests on at most.
const MOST: usize = 10;

/// What runs like it came to. Nothing known is no estimate, never 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// How many runs it rests on, at least one.
    pub runs: usize,
    /// The least and the most that one of them cost, in millionths of a US dollar; `None`: one of
    /// them has attempts that told no cost.
    pub cost: Option<(u64, u64)>,
    /// The least and the most that the agents of one of them took.
    pub took: (Duration, Duration),
}

impl Estimate {
    /// What these stages of a plan came to in earlier runs, given newest first; no stage: all.
    /// `None`: there is no history.
    pub fn of<'a>(
        plan: &Plan,
        chosen: &[StageId],
        runs: impl IntoIterator<Item = &'a RunCard>,
    ) -> Option<Self> {
        let like = |run: &&RunCard| {
            let has = |id: &StageId| run.stages.iter().any(|s| s.id == *id);
            run.workflow == plan.workflow
                && run.state == RunState::Completed
                && plan.stages.iter().all(|s| has(&s.id))
        };
        let past: Vec<Past> = runs
            .into_iter()
            .filter(like)
            .take(MOST)
            .map(|run| Past::of(run, chosen))
            .collect();
        Self::by(&past)
    }

    fn by(past: &[Past]) -> Option<Self> {
        let took = past.iter().map(|p| p.took);
        let took = (took.clone().min()?, took.max()?);
        let costs: Option<Vec<u64>> = past.iter().map(|p| p.cost).collect();
        let range = |costs: Vec<u64>| Some((*costs.iter().min()?, *costs.iter().max()?));
        Some(Self {
            runs: past.len(),
            cost: costs.and_then(range),
            took,
        })
    }

    /// The cost for people: `$0.40 to $0.61`, or `unknown`.
    pub fn cost_text(&self) -> String {
        match self.cost {
            None => "unknown".to_owned(),
            Some((least, most)) if dollars(least) == dollars(most) => dollars(most),
            Some((least, most)) => format!("{} to {}", dollars(least), dollars(most)),
        }
    }
}

/// What one run came to.
struct Past {
    cost: Option<u64>,
    took: Duration,
}

impl Past {
    fn of(run: &RunCard, chosen: &[StageId]) -> Self {
        let stages = run.stages.iter();
        let stages = stages.filter(|s| chosen.is_empty() || chosen.contains(&s.id));
        let mut past = Self {
            cost: Some(0),
            took: Duration::ZERO,
        };
        for stage in stages {
            let known = stage.total.cost_unknown == 0;
            past.cost = past
                .cost
                .filter(|_| known)
                .map(|c| c.saturating_add(stage.total.cost_micros));
            past.took += Duration::from_millis(stage.took_ms);
        }
        past
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(cost: Option<u64>, seconds: u64) -> Past {
        Past {
            cost,
            took: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn no_history_is_no_estimate_and_an_unknown_cost_stays_unknown() {
        assert_eq!(Estimate::by(&[]), None);
        let two = [past(Some(610_000), 9), past(Some(400_000), 40)];
        let known = Estimate::by(&two).unwrap();
        assert_eq!(known.cost_text(), "$0.40 to $0.61");
        let took = (Duration::from_secs(9), Duration::from_secs(40));
        assert_eq!((known.runs, known.took), (2, took));
        let part = Estimate::by(&[past(Some(610_000), 9), past(None, 40)]).unwrap();
        assert_eq!(part.cost_text(), "unknown");
        let one = Estimate::by(&two[..1]).unwrap();
        assert_eq!(one.cost_text(), "$0.61");
    }
}
