//! Rows by what they have in common. What is metered, what a plan paid for and what asked no agent stay
//! apart in every group.

use super::{Billing, Fate, Spent, Sum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What rows are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The stage.
    Stage,
    /// The agent.
    Agent,
    /// The model.
    Model,
    /// The task.
    Task,
    /// The workflow.
    Workflow,
    /// What became of it.
    Outcome,
    /// The day it was started on.
    Day,
    /// The run.
    Run,
    /// Nothing: a row an attempt.
    Attempt,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Stage,
        Self::Agent,
        Self::Model,
        Self::Task,
        Self::Workflow,
        Self::Outcome,
        Self::Day,
        Self::Run,
        Self::Attempt,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Agent => "agent",
            Self::Model => "model",
            Self::Task => "task",
            Self::Workflow => "workflow",
            Self::Outcome => "outcome",
            Self::Day => "day",
            Self::Run => "run",
            Self::Attempt => "attempt",
        }
    }

    /// The one with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.word() == word)
    }

    /// What a row has of it; `None`: that is not told.
    pub fn key(self, spent: &Spent, zone: &TimeZone) -> Option<String> {
        match self {
            Self::Stage => Some(spent.stage.clone()),
            Self::Agent | Self::Model if spent.billing == Billing::NoAgent => {
                Some(Billing::NoAgent.word().to_owned())
            }
            Self::Agent => spent.agent.clone(),
            Self::Model => spent.model.clone(),
            Self::Task => spent.task.clone(),
            Self::Workflow => spent.workflow.clone(),
            Self::Outcome => Some(spent.fate.word().to_owned()),
            Self::Day => spent.day(zone).map(|day| day.to_string()),
            Self::Run => Some(spent.run.clone()),
            Self::Attempt => Some(spent.attempt.clone()),
        }
    }
}

/// From which day to which, both counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// From this day on.
    pub since: Option<Date>,
    /// To this day.
    pub until: Option<Date>,
}

impl Period {
    /// Whether it has bounds.
    pub fn is_all(self) -> bool {
        self.since.is_none() && self.until.is_none()
    }

    /// Whether a row falls into it; `None`: nobody knows when it was.
    pub fn holds(self, spent: &Spent, zone: &TimeZone) -> Option<bool> {
        if self.is_all() {
            return Some(true);
        }
        let day = spent.day(zone)?;
        Some(self.since.is_none_or(|s| day >= s) && self.until.is_none_or(|u| day <= u))
    }
}

/// What rows came to, by who pays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals([Sum; 3]);

impl Totals {
    /// Of these rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Spent>) -> Self {
        let mut totals = Self::default();
        for row in rows {
            totals.0[place(row.billing)].add(row);
        }
        totals
    }

    /// What one kind of billing came to.
    pub fn by(&self, billing: Billing) -> &Sum {
        &self.0[place(billing)]
    }
}

fn place(billing: Billing) -> usize {
    match billing {
        Billing::Metered => 0,
        Billing::Plan => 1,
        Billing::NoAgent => 2,
    }
}

/// Rows that have the same of each thing they are put together by, and are paid for in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common, in the order that was asked for; `None`: that is not told.
    pub keys: Vec<Option<String>>,
    /// Who pays.
    pub billing: Billing,
    /// What they came to.
    pub sum: Sum,
}

impl Group {
    /// What they have in common, for people.
    pub fn name(&self, at: usize) -> &str {
        let key = self.keys.get(at).and_then(Option::as_deref);
        key.unwrap_or("not told")
    }
}

/// The groups of these rows: by day in the order of days, by outcome what passed first, else what cost most
/// first.
pub fn groups<'a>(
    rows: impl IntoIterator<Item = &'a Spent>,
    by: &[By],
    zone: &TimeZone,
) -> Vec<Group> {
    let mut sums: BTreeMap<(Vec<Option<String>>, Billing), Sum> = BTreeMap::new();
    for row in rows {
        let keys = by.iter().map(|by| by.key(row, zone)).collect();
        sums.entry((keys, row.billing)).or_default().add(row);
    }
    let groups = sums.into_iter();
    let mut groups: Vec<Group> = groups
        .map(|((keys, billing), sum)| Group { keys, billing, sum })
        .collect();
    match by.first() {
        Some(By::Day) => {}
        Some(By::Outcome) => groups.sort_by_key(|g| {
            let is = |fate: &Fate| g.keys.first() == Some(&Some(fate.word().to_owned()));
            (Fate::ALL.iter().position(is), g.billing)
        }),
        _ => groups.sort_by_key(|g| {
            let Sum {
                cost,
                tokens,
                took_ms,
                ..
            } = g.sum;
            (
                g.billing,
                Reverse((cost.part(), tokens.part(), took_ms.part())),
            )
        }),
    }
    groups
}
