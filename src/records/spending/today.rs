//! How today stands to the budget that all runs of a project have in common, as harness.yaml says it now.

use super::day::used;
use crate::engine::day::{DayBudget, DayUsed};
use crate::engine::plan::Budget;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::supervisor::day::Asked;
use jiff::Zoned;
use jiff::civil::Date;

/// How much of one limit of today is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What the limit counts: `cost`, `tokens` or `minutes`.
    pub of: String,
    /// Percent of it that is known to be used.
    pub percent: u64,
    /// Whether more may be: not everybody told.
    pub at_least: bool,
    /// It for people.
    pub text: String,
}

/// Each limit of today; none where no budget binds a day.
pub fn shares(project: &Project, now: &Zoned) -> Vec<Share> {
    let Some(day) = Harness::load(project).settings.day else {
        return Vec::new();
    };
    let budget = DayBudget {
        limits: Budget {
            cost_micros: day.limits.cost_micros,
            tokens: day.limits.tokens,
            minutes: day.limits.minutes,
        },
        pauses: day.pauses,
    };
    let seen = used(Asked {
        engine: &project.engine,
        now,
        day: now.date(),
    });
    each(&seen.used, &budget, now.date())
}

fn each(used: &DayUsed, budget: &DayBudget, day: Date) -> Vec<Share> {
    let Budget {
        cost_micros,
        tokens,
        minutes,
    } = budget.limits;
    let alone = [
        Budget {
            cost_micros,
            ..Budget::default()
        },
        Budget {
            tokens,
            ..Budget::default()
        },
        Budget {
            minutes,
            ..Budget::default()
        },
    ];
    let share = |limits| {
        let budget = DayBudget { limits, ..*budget };
        let share = used.share(&budget, day)?;
        let told = used.told(&budget).pop()?;
        let least = if share.at_least { "at least " } else { "" };
        Some(Share {
            of: share.of,
            percent: share.percent,
            at_least: share.at_least,
            text: format!("{told}, {least}{} %", share.percent),
        })
    };
    alone.into_iter().filter_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::usage::Total;

    #[test]
    fn each_limit_is_told_by_itself_and_what_is_not_known_too() {
        let used = DayUsed {
            total: Total {
                cost_micros: 8_000_000,
                attempts: 3,
                cost_unknown: 1,
                ..Total::default()
            },
            took_ms: 3 * 60_000,
            ..DayUsed::default()
        };
        let mut budget = DayBudget::default();
        let day = jiff::civil::date(2026, 4, 2);
        assert_eq!(each(&used, &budget, day), []);
        budget.limits.cost_micros = Some(10_000_000);
        budget.limits.minutes = Some(12);
        let shares = each(&used, &budget, day);
        let texts: Vec<&str> = shares.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "$8.00 + unknown of $10.00, at least 80 %",
                "3 minutes of 12 minutes, 25 %"
            ]
        );
        assert_eq!((shares[1].percent, shares[1].at_least), (25, false));
    }
}
