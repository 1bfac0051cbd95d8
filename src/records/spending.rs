//! What was spent: an attempt a row, of every run there is a journal or a report of, and what rows come
//! to together.
//!
//! Law: what was not told is counted as that and never as 0; what was paid for one by one and what a plan
//! paid for are never one number; an attempt is counted once, however many files tell of it.

pub mod day;
mod fate;
mod group;
mod of_report;
mod of_run;
mod read;
mod sum;
pub mod today;
pub mod told;

pub use fate::Fate;
pub use group::{By, Group, Period, Totals, groups};
pub use of_run::of_run;
pub use read::{NotRead, Spending};
pub use sum::{Known, Sum};

use crate::terms::Usage;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Who pays for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// It is paid for by what it used.
    Metered,
    /// A plan pays: it used tokens, and cost nothing by itself.
    Plan,
    /// No agent was asked: a command ran, or checks alone.
    NoAgent,
}

impl Billing {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Metered, Self::Plan, Self::NoAgent];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Metered => "metered",
            Self::Plan => "plan",
            Self::NoAgent => "no agent",
        }
    }

    /// The same as one word, for files.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAgent => "no_agent",
            other => other.word(),
        }
    }
}

/// Where it is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The run's journal, to the last digit.
    Journal,
    /// Its report, as that rounds it for people.
    Report,
    /// The transcript of a dialogue.
    Dialogue,
}

/// One attempt, and what it used. `None`: not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The run's id as it is written, or what else it belongs to.
    pub run: String,
    /// The task.
    pub task: Option<String>,
    /// The workflow's name.
    pub workflow: Option<String>,
    /// The stage's name.
    pub stage: String,
    /// The attempt's public id; empty where none is told.
    pub attempt: String,
    /// The agent.
    pub agent: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// On which day, where that alone is told.
    pub on: Option<Date>,
    /// How it came out, in the word of its record; `running` while it runs.
    pub result: String,
    /// What became of it.
    pub fate: Fate,
    /// Whether its run came to its end.
    pub completed: bool,
    /// Milliseconds.
    pub took_ms: Option<u64>,
    /// Who pays.
    pub billing: Billing,
    /// Input tokens that no cache held.
    pub input: Option<u64>,
    /// Output tokens.
    pub output: Option<u64>,
    /// Tokens read from a cache or written to one.
    pub cached: Option<u64>,
    /// All tokens.
    pub tokens: Option<u64>,
    /// Millionths of a US dollar; never of what a plan pays for.
    pub cost_micros: Option<u64>,
    /// Where it is known from.
    pub source: Source,
}

impl Spent {
    /// A row of what was used, with nothing told of what it belongs to.
    pub fn used(usage: &Usage, billing: Billing, source: Source) -> Self {
        let cached = [usage.cache_read, usage.cache_write];
        Self {
            run: String::new(),
            task: None,
            workflow: None,
            stage: String::new(),
            attempt: String::new(),
            agent: None,
            model: None,
            started: None,
            on: None,
            result: String::new(),
            fate: Fate::Untold,
            completed: false,
            took_ms: None,
            billing,
            input: usage.input,
            output: usage.output,
            cached: cached.into_iter().flatten().reduce(u64::saturating_add),
            tokens: usage.tokens(),
            cost_micros: usage.cost_micros.filter(|_| billing == Billing::Metered),
            source,
        }
    }

    /// The day it was started on, by this time zone.
    pub fn day(&self, zone: &TimeZone) -> Option<Date> {
        let started = self.started.map(|at| at.to_zoned(zone.clone()).date());
        started.or(self.on)
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.fate == Fate::Running
    }
}

#[cfg(test)]
mod tests;
