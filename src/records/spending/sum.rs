//! Sums that can't lose what was not told.

use crate::terms::usage::{count, dollars};
use serde::{Deserialize, Serialize};

/// A sum of amounts of which some were not told: what is known of it, and how many are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    sum: u64,
    told: u32,
    unknown: u32,
}

impl Known {
    /// Counts one amount.
    pub fn add(&mut self, amount: Option<u64>) {
        match amount {
            Some(amount) => {
                self.sum = self.sum.saturating_add(amount);
                self.told = self.told.saturating_add(1);
            }
            None => self.unknown = self.unknown.saturating_add(1),
        }
    }

    /// The sum of two: what is missing in one is missing in it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum.saturating_add(other.sum),
            told: self.told.saturating_add(other.told),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }

    /// What is known of it; `None`: nothing is.
    pub fn part(self) -> Option<u64> {
        (self.told > 0).then_some(self.sum)
    }

    /// All of it; `None`: a part is not known, or there is nothing.
    pub fn whole(self) -> Option<u64> {
        self.part().filter(|_| self.unknown == 0)
    }

    /// How many amounts were not told.
    pub fn unknown(self) -> u32 {
        self.unknown
    }

    /// How many amounts were counted, told or not.
    pub fn counted(self) -> u32 {
        self.told.saturating_add(self.unknown)
    }

    /// It for people, where an amount looks so: `$1.20`, `$1.20 + 2 unknown`, `unknown`, `-` for nothing.
    pub fn text(self, of: impl Fn(u64) -> String) -> String {
        match (self.part(), self.unknown) {
            (None, 0) => "-".to_owned(),
            (None, _) => "unknown".to_owned(),
            (Some(known), 0) => of(known),
            (Some(known), more) => format!("{} + {more} unknown", of(known)),
        }
    }

    /// The same in few columns: `$1.20+2?`, `?`.
    pub fn short(self, of: impl Fn(u64) -> String) -> String {
        match (self.part(), self.unknown) {
            (None, 0) => "-".to_owned(),
            (None, _) => "?".to_owned(),
            (Some(known), 0) => of(known),
            (Some(known), more) => format!("{}+{more}?", of(known)),
        }
    }
}

/// What attempts of one kind of billing came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many attempts.
    pub attempts: u32,
    /// Milliseconds; what still runs is not told.
    pub took_ms: Known,
    /// Input tokens that no cache held.
    pub input: Known,
    /// Output tokens.
    pub output: Known,
    /// Tokens read from a cache or written to one.
    pub cached: Known,
    /// All tokens.
    pub tokens: Known,
    /// Millionths of a US dollar. Nothing is counted here of what a plan pays for, or of no agent's.
    pub cost: Known,
}

impl Sum {
    /// Counts one attempt.
    pub fn add(&mut self, spent: &super::Spent) {
        self.attempts = self.attempts.saturating_add(1);
        self.took_ms.add(spent.took_ms);
        if spent.billing == super::Billing::NoAgent {
            return;
        }
        self.input.add(spent.input);
        self.output.add(spent.output);
        self.cached.add(spent.cached);
        self.tokens.add(spent.tokens);
        if spent.billing == super::Billing::Metered {
            self.cost.add(spent.cost_micros);
        }
    }

    /// The sum of two of one kind.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            attempts: self.attempts.saturating_add(other.attempts),
            took_ms: self.took_ms.and(other.took_ms),
            input: self.input.and(other.input),
            output: self.output.and(other.output),
            cached: self.cached.and(other.cached),
            tokens: self.tokens.and(other.tokens),
            cost: self.cost.and(other.cost),
        }
    }

    /// Its cost for people.
    pub fn cost_text(&self) -> String {
        self.cost.text(dollars)
    }

    /// Its tokens for people.
    pub fn tokens_text(&self) -> String {
        self.tokens.text(count)
    }
}
