//! What a run is likely to cost and take, by the runs of the same workflow that came to their end: those
//! whose journal is there, and those that only a report tells of.

use crate::engine::Plan;
use crate::engine::plan::Work;
use crate::records::project::Project;
use crate::records::spending::{Billing, Known, Spending, Spent};
use crate::records::user::cache_folder;
use crate::terms::StageId;
use crate::terms::usage::{count, dollars};
use crate::text::{many, say};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many runs, the latest ones, an estimate rests on at most.
const MOST: usize = 5;
/// Of how many something must be known before it is told.
const LEAST: usize = 3;

/// The least and the most that one of some runs came to, and of how many it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
    /// Of how many runs it is known.
    pub of: usize,
}

impl Range {
    fn of(amounts: impl IntoIterator<Item = u64>) -> Option<Self> {
        let amounts: Vec<u64> = amounts.into_iter().collect();
        if amounts.len() < LEAST {
            return None;
        }
        Some(Self {
            least: *amounts.iter().min()?,
            most: *amounts.iter().max()?,
            of: amounts.len(),
        })
    }
}

/// What runs like it came to. Fewer than three that are known are no estimate, and never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// How many runs it rests on.
    pub runs: usize,
    /// How many of them were paid for one by one, in some part.
    pub metered: usize,
    /// What one of those cost, in millionths of a US dollar.
    pub cost_micros: Option<Range>,
    /// How many tokens one of those used that a plan paid for, in some part.
    pub plan_tokens: Option<Range>,
    /// Milliseconds that the attempts of one took together.
    pub took_ms: Option<Range>,
}

/// What one run came to.
#[derive(Debug, Default)]
struct Past {
    cost: Known,
    plan_tokens: Known,
    took: Known,
}

impl Estimate {
    /// What these stages of a plan came to in earlier runs of a project; no stage: all. `None`: there are
    /// too few.
    pub fn read(project: &Project, plan: &Plan, chosen: &[StageId]) -> Option<Self> {
        let spending = Spending::read(project, cache_folder().as_deref());
        Self::of(plan, chosen, &spending.rows)
    }

    /// The same of rows that were read.
    pub fn of(plan: &Plan, chosen: &[StageId], rows: &[Spent]) -> Option<Self> {
        let is_chosen = |id: &StageId| chosen.is_empty() || chosen.contains(id);
        let stages = plan.stages.iter().filter(|s| is_chosen(&s.id));
        let wanted: BTreeSet<&str> = stages.clone().map(|s| s.name.as_str()).collect();
        // What always asks an agent must have asked one in a run that is like it.
        let always: BTreeSet<&str> = stages
            .filter(|s| matches!(s.work, Work::Role(_)) && s.when.is_none())
            .map(|s| s.name.as_str())
            .collect();
        let like = |row: &&Spent| row.completed && row.workflow.as_deref() == Some(&plan.workflow);
        let mut runs: BTreeMap<&str, Vec<&Spent>> = BTreeMap::new();
        for row in rows.iter().filter(like) {
            runs.entry(&row.run).or_default().push(row);
        }
        let has_all = |rows: &[&Spent]| {
            let names: BTreeSet<&str> = rows.iter().map(|r| r.stage.as_str()).collect();
            always.is_subset(&names)
        };
        let mut runs: Vec<Vec<&Spent>> = runs.into_values().filter(|r| has_all(r)).collect();
        let begun = |rows: &[&Spent]| rows.iter().filter_map(|r| r.started).min();
        runs.sort_by_key(|rows| std::cmp::Reverse(begun(rows)));
        let past: Vec<Past> = { runs.iter().take(MOST) }
            .map(|rows| Past::of(rows.iter().filter(|r| wanted.contains(r.stage.as_str()))))
            .collect();
        Self::by(&past)
    }

    fn by(past: &[Past]) -> Option<Self> {
        if past.len() < LEAST {
            return None;
        }
        let range = |of: fn(&Past) -> Known| Range::of(past.iter().filter_map(|p| of(p).whole()));
        Some(Self {
            runs: past.len(),
            metered: past.iter().filter(|p| p.cost.counted() > 0).count(),
            cost_micros: range(|p| p.cost),
            plan_tokens: range(|p| p.plan_tokens),
            took_ms: range(|p| p.took),
        })
    }

    /// It for people: `like the last 5 runs of this workflow: $0.40–0.90, 6–11 min`.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        if self.metered > 0 {
            parts.push(match self.cost_micros {
                None => "cost unknown".to_owned(),
                Some(cost) if cost.of < self.metered => {
                    let unknown = self.metered - cost.of;
                    format!("{} (unknown of {unknown})", span(cost, dollars))
                }
                Some(cost) => span(cost, dollars),
            });
        }
        if let Some(tokens) = self.plan_tokens {
            parts.push(format!("{} tokens on a plan", span(tokens, count)));
        }
        if let Some(took) = self.took_ms {
            parts.push(span(took, |ms| say::age(ms / 1_000)));
        }
        let runs = many(self.runs, "run");
        format!(
            "like the last {runs} of this workflow: {}",
            parts.join(", ")
        )
    }
}

/// From the least to the most, what both have in common written once.
fn span(range: Range, of: impl Fn(u64) -> String) -> String {
    let (least, most) = (of(range.least), of(range.most));
    if least == most {
        return most;
    }
    if let (Some(_), Some(bare)) = (least.strip_prefix('$'), most.strip_prefix('$')) {
        return format!("{least}–{bare}");
    }
    match (least.split_once(' '), most.split_once(' ')) {
        (Some((bare, unit)), Some((_, same))) if unit == same => format!("{bare}–{most}"),
        _ => format!("{least}–{most}"),
    }
}

impl Past {
    fn of<'a>(rows: impl IntoIterator<Item = &'a &'a Spent>) -> Self {
        let mut past = Self::default();
        for row in rows {
            past.took.add(row.took_ms);
            match row.billing {
                Billing::Metered => past.cost.add(row.cost_micros),
                Billing::Plan => past.plan_tokens.add(row.tokens),
                Billing::NoAgent => {}
            }
        }
        past
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(cost: Option<u64>, seconds: u64) -> Past {
        let mut past = Past::default();
        past.cost.add(cost);
        past.took.add(Some(seconds * 1_000));
        past
    }

    #[test]
    fn fewer_than_three_are_no_estimate_and_an_unknown_cost_stays_unknown() {
        let known = || past(Some(400_000), 360);
        assert_eq!(Estimate::by(&[]), None);
        assert_eq!(Estimate::by(&[known(), known()]), None);
        let three = [known(), past(Some(900_000), 700), past(Some(610_000), 500)];
        assert_eq!(
            Estimate::by(&three).unwrap().text(),
            "like the last 3 runs of this workflow: $0.40–0.90, 6–11 min"
        );
        let two = [known(), known(), past(None, 360)];
        assert_eq!(
            Estimate::by(&two).unwrap().text(),
            "like the last 3 runs of this workflow: cost unknown, 6 min"
        );
        let part = [known(), known(), known(), past(None, 20)];
        assert_eq!(
            Estimate::by(&part).unwrap().text(),
            "like the last 4 runs of this workflow: $0.40 (unknown of 1), 20 s–6 min"
        );
    }

    #[test]
    fn a_plan_is_told_in_tokens_and_never_in_dollars() {
        let on_plan = |tokens| {
            let mut past = Past::default();
            past.plan_tokens.add(Some(tokens));
            past.took.add(Some(60_000));
            past
        };
        let told = Estimate::by(&[on_plan(1_000), on_plan(2_000), on_plan(1_500)]).unwrap();
        assert_eq!(
            told.text(),
            "like the last 3 runs of this workflow: 1.0k–2.0k tokens on a plan, 1 min"
        );
    }
}
