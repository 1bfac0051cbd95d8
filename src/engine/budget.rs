//! Budgets: how much of them is used, and what may not be started any more.

mod more;

pub use more::{More, Raising, dollars_of};

use super::plan::{Budget, Work};
use super::record::StageRecord;
use super::run::Run;
use crate::terms::usage::{Total, count, dollars};
use crate::terms::{Outcome, StageState};
use serde::{Deserialize, Serialize};

/// From this share on people are warned, in percent.
pub const WARN_PERCENT: u64 = 80;

/// How much of the tightest limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetShare {
    /// What the limit counts: `cost`, `tokens` or `minutes`.
    pub of: &'static str,
    /// Percent used of what is known, 100 and more when it is used up.
    pub percent: u64,
    /// Some attempts did not report: the true share is at least this.
    pub at_least: bool,
}

impl BudgetShare {
    /// Whether people are to be warned.
    pub fn warns(&self) -> bool {
        self.percent >= WARN_PERCENT
    }
}

/// What must be added to a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Short {
    /// US dollars.
    Dollars(u64),
    /// Tokens.
    Tokens(u64),
    /// Minutes.
    Minutes(u64),
}

/// One limit with what is used of it.
pub(super) struct Used {
    pub(super) of: &'static str,
    pub(super) limit: u64,
    pub(super) spent: u64,
    pub(super) unknown: bool,
}

impl Used {
    pub(super) fn amount(&self, n: u64) -> String {
        match self.of {
            "cost" => dollars(n),
            "tokens" => format!("{} tokens", count(n)),
            _ => format!("{} minutes", n / 60_000),
        }
    }

    /// How much of it is used, in percent.
    pub(super) fn percent(&self) -> u64 {
        self.spent
            .saturating_mul(100)
            .checked_div(self.limit)
            .unwrap_or(100)
    }

    /// A quarter of the limit, in the units that people add.
    fn quarter(&self) -> Short {
        self.rounded(self.limit / 4)
    }

    /// At least one unit and at least so much.
    fn rounded(&self, n: u64) -> Short {
        let n = n.max(1);
        match self.of {
            "cost" => Short::Dollars(n.div_ceil(1_000_000)),
            "tokens" => Short::Tokens(n.div_ceil(1000).saturating_mul(1000)),
            _ => Short::Minutes(n.div_ceil(60_000)),
        }
    }

    /// What is missing: for the next attempt of this stage, where it is known what one takes.
    pub(super) fn short(&self, record: Option<&StageRecord>) -> Option<Short> {
        let next = record.and_then(|r| self.last_use(r)).unwrap_or(0);
        let wanted = self.spent.saturating_add(next.max(1));
        let missing = wanted.checked_sub(self.limit).filter(|n| *n > 0)?;
        Some(self.rounded(missing))
    }

    /// What the stage's latest attempt that reported it used of this. A person's own tells nothing of
    /// what an agent will use, and one that was lost got who knows how far.
    fn last_use(&self, record: &StageRecord) -> Option<u64> {
        let agents = record.attempts.iter().rev().filter(|a| a.by.is_none());
        let mut results = agents
            .filter_map(|a| a.result.as_ref())
            .filter(|r| r.outcome != Outcome::Interrupted);
        results.find_map(|r| match self.of {
            "cost" => r.usage.cost_micros,
            "tokens" => r.usage.tokens(),
            _ => r.took_ms,
        })
    }
}

impl Run {
    /// How much of the run's tightest limit is used; `None`: no limit binds.
    pub fn budget_share(&self) -> Option<BudgetShare> {
        self.limits_of_run()
            .into_iter()
            .map(|u| BudgetShare {
                of: u.of,
                percent: u.percent(),
                at_least: u.unknown,
            })
            .max_by_key(|s| s.percent)
    }

    /// Which limit keeps something from being started, for people; `None`: none.
    pub fn over_budget(&self) -> Option<String> {
        if let Some(hold) = self.day_hold() {
            return Some(hold.reason.clone());
        }
        used_up(&self.limits_of_run(), "", "").or_else(|| {
            (0..self.stages.len())
                .filter(|i| self.stages[*i].state == StageState::Ready)
                .find_map(|i| self.budget_stops(i))
        })
    }

    /// What must at least be added to which limit, so that what the budget keeps can start; `None`:
    /// it keeps nothing. In whole dollars, thousands of tokens and minutes.
    pub fn short_of(&self) -> Option<Short> {
        let run = self.limits_of_run();
        let kept = (0..self.stages.len())
            .filter(|i| self.stages[*i].state == StageState::Ready)
            .filter_map(|i| self.at(i))
            .filter(|(stage, _)| stage.work != Work::Gate)
            .find_map(|(stage, record)| {
                let own = self.used_of(&stage.budget, &record.total, record.took());
                run.iter().chain(&own).find_map(|u| u.short(Some(record)))
            });
        kept.or_else(|| run.iter().find_map(|u| u.short(None)))
    }

    /// What a raise of the budget would be about, and what is sensible to add; `None`: no limit binds.
    pub fn raising(&self) -> Option<Raising> {
        if let Some(hold) = self.day_hold() {
            return Some(Raising {
                day: Some(hold.day),
                by: hold.short,
            });
        }
        let by = self.short_of().or_else(|| {
            let own = self.plan.stages.iter().zip(&self.stages);
            let own = own.flat_map(|(stage, record)| {
                self.used_of(&stage.budget, &record.total, record.took())
            });
            let tightest = |used: Vec<Used>| used.into_iter().max_by_key(Used::percent);
            tightest(self.limits_of_run())
                .or_else(|| tightest(own.collect()))
                .map(|used| used.quarter())
        })?;
        Some(Raising { day: None, by })
    }

    /// Which limit keeps this stage from being started: one that is used up, or one with less
    /// left than the stage's last known use. A gate costs nothing and is never kept.
    pub fn budget_stops(&self, index: usize) -> Option<String> {
        let (stage, record) = self.at(index)?;
        // Nobody is asked there who could use anything of it.
        if !self.uses_budget(record) {
            return None;
        }
        let run = self.limits_of_run();
        let own = self.used_of(&stage.budget, &record.total, record.took());
        let whose = format!(" for {}", stage.name);
        let day = record.day.as_ref().filter(|hold| hold.pauses);
        day.map(|hold| hold.reason.clone())
            .or_else(|| used_up(&run, "", ""))
            .or_else(|| used_up(&own, "", &whose))
            .or_else(|| too_little(&run, record, "", &stage.name))
            .or_else(|| too_little(&own, record, &whose, &stage.name))
    }

    fn limits_of_run(&self) -> Vec<Used> {
        let each = self.stages.iter().map(StageRecord::took);
        let took = each.fold((0u64, false), |(sum, unknown), (took, not_all)| {
            (sum.saturating_add(took), unknown || not_all)
        });
        self.used_of(&self.plan.budget, &self.total(), took)
    }

    /// The limits that bind. What people added to the budget counts for the run and for each
    /// stage that has a limit of that kind.
    fn used_of(&self, budget: &Budget, total: &Total, took: (u64, bool)) -> Vec<Used> {
        let with = |limit: Option<u64>, more: Option<u64>| {
            limit.map(|l| l.saturating_add(more.unwrap_or(0)))
        };
        let mut limits = Vec::new();
        let mut add = |of, limit: Option<u64>, used, unknown| {
            if let Some(limit) = limit {
                limits.push(Used {
                    of,
                    limit,
                    spent: used,
                    unknown,
                });
            }
        };
        let raised = self.raised;
        add(
            "cost",
            with(budget.cost_micros, raised.cost_micros),
            total.cost_micros,
            total.cost_unknown > 0,
        );
        add(
            "tokens",
            with(budget.tokens, raised.tokens),
            total.tokens,
            total.tokens_unknown > 0,
        );
        let minutes = with(budget.minutes, raised.minutes).map(|m| m.saturating_mul(60_000));
        add("minutes", minutes, took.0, took.1);
        limits
    }
}

pub(super) fn used_up(limits: &[Used], when: &str, whose: &str) -> Option<String> {
    let full = limits.iter().find(|u| u.spent >= u.limit)?;
    Some(format!(
        "the budget of {}{when}{whose} is used up",
        full.amount(full.limit)
    ))
}

/// A limit with less left than the stage's latest attempt that reported used of it.
pub(super) fn too_little(
    limits: &[Used],
    record: &StageRecord,
    whose: &str,
    name: &str,
) -> Option<String> {
    limits.iter().find_map(|u| {
        let last = u.last_use(record)?;
        let left = u.limit.saturating_sub(u.spent);
        (left < last).then(|| {
            format!(
                "{} of the budget{whose} are left, and {name} last used {}",
                u.amount(left),
                u.amount(last)
            )
        })
    })
}
