//! Tokens and money. Unknown is kept as unknown and never becomes 0.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands in the place of a cost where a plan pays.
pub const PLAN: &str = "plan";

/// What an agent reported to have used. `None` means: not reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, without those read from a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Output tokens, thinking included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Input tokens read from the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Input tokens written to the provider's cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Cost in millionths of a US dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<u64>,
    /// Whether a plan paid for it: then it has no cost of its own, whatever the agent told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plan: bool,
}

impl Usage {
    /// The same, paid for by a plan: what the agent calls its cost is what it would have been.
    #[must_use]
    pub fn on_plan(self) -> Self {
        Self {
            cost_micros: None,
            plan: true,
            ..self
        }
    }

    /// The cost for people: `$0.61`, `plan`; `None`: not reported.
    pub fn cost_text(&self) -> Option<String> {
        match self.cost_micros {
            _ if self.plan => Some(PLAN.to_owned()),
            cost => cost.map(dollars),
        }
    }

    /// All tokens together; `None` where none was reported.
    pub fn tokens(&self) -> Option<u64> {
        [self.input, self.output, self.cache_read, self.cache_write]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add)
    }

    /// Whether nothing at all was reported.
    pub fn is_unknown(&self) -> bool {
        let plan = self.plan;
        *self
            == Self {
                plan,
                ..Self::default()
            }
    }
}

/// A sum over attempts, some of which may not have reported: what is known, and how many are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Tokens of the attempts that reported them.
    pub tokens: u64,
    /// How many attempts reported no tokens.
    pub tokens_unknown: u32,
    /// Millionths of a US dollar of the attempts that reported a cost.
    pub cost_micros: u64,
    /// How many attempts reported no cost.
    pub cost_unknown: u32,
    /// How many attempts were counted.
    pub attempts: u32,
    /// How many of them a plan paid for: they have tokens and no cost, and none is missing.
    #[serde(default)]
    pub on_plan: u32,
}

impl Total {
    /// Counts one attempt.
    pub fn add(&mut self, usage: &Usage) {
        self.attempts += 1;
        match usage.tokens() {
            Some(tokens) => self.tokens = self.tokens.saturating_add(tokens),
            None => self.tokens_unknown += 1,
        }
        match usage.cost_micros {
            _ if usage.plan => self.on_plan += 1,
            Some(cost) => self.cost_micros = self.cost_micros.saturating_add(cost),
            None => self.cost_unknown += 1,
        }
    }

    /// The sum of two; what is unknown in one stays unknown in it.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            tokens_unknown: self.tokens_unknown.saturating_add(other.tokens_unknown),
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            cost_unknown: self.cost_unknown.saturating_add(other.cost_unknown),
            attempts: self.attempts.saturating_add(other.attempts),
            on_plan: self.on_plan.saturating_add(other.on_plan),
        }
    }

    /// How many attempts were paid for one by one.
    pub fn metered(&self) -> u32 {
        self.attempts.saturating_sub(self.on_plan)
    }

    /// What was paid for one by one; `None`: part of it is not known, or there was nothing of that.
    pub fn cost(&self) -> Option<u64> {
        (self.metered() > 0 && self.cost_unknown == 0).then_some(self.cost_micros)
    }

    /// The cost for people: `$0.61`, `$0.61 + unknown`, `unknown`; `plan` where a plan pays for all, and
    /// `$0.61 + plan` where it pays for some.
    pub fn cost_text(&self) -> String {
        if self.on_plan == 0 {
            return known_part(self.attempts, self.cost_unknown, &dollars(self.cost_micros));
        }
        if self.metered() == 0 {
            return PLAN.to_owned();
        }
        let known = dollars(self.cost_micros);
        let metered = known_part(self.metered(), self.cost_unknown, &known);
        format!("{metered} + {PLAN}")
    }

    /// The tokens for people: `88.4k`, `88.4k + unknown`, or `unknown`.
    pub fn tokens_text(&self) -> String {
        known_part(self.attempts, self.tokens_unknown, &count(self.tokens))
    }
}

fn known_part(attempts: u32, unknown: u32, known: &str) -> String {
    if attempts == 0 {
        "-".to_owned()
    } else if unknown == attempts {
        "unknown".to_owned()
    } else if unknown > 0 {
        format!("{known} + unknown")
    } else {
        known.to_owned()
    }
}

/// Money for people: `$0.61`; below a cent `$0.0042`.
pub fn dollars(micros: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with four digits at most")]
    let amount = micros as f64 / 1e6;
    if micros == 0 || micros >= 10_000 {
        format!("${amount:.2}")
    } else {
        format!("${amount:.4}")
    }
}

/// A count for people: `950`, `88.4k`, `1.2M`.
pub fn count(n: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "shown with one digit after the point"
    )]
    let f = n as f64;
    if n < 1_000 {
        n.to_string()
    } else if n < 999_950 {
        format!("{:.1}k", f / 1e3)
    } else {
        format!("{:.1}M", f / 1e6)
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.tokens().map_or_else(|| "unknown".to_owned(), count);
        let cost = self.cost_text().unwrap_or_else(|| "unknown".to_owned());
        write!(f, "{tokens} tok, {cost}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_never_becomes_zero() {
        let mut total = Total::default();
        assert_eq!(total.cost_text(), "-");
        total.add(&Usage::default());
        assert_eq!(
            (total.cost_text(), total.tokens_text()),
            ("unknown".into(), "unknown".into())
        );
        total.add(&Usage {
            output: Some(1500),
            cost_micros: Some(610_000),
            ..Usage::default()
        });
        assert_eq!(total.cost_text(), "$0.61 + unknown");
        assert_eq!(total.tokens_text(), "1.5k + unknown");
        assert_eq!(Usage::default().to_string(), "unknown tok, unknown");
    }

    #[test]
    fn what_a_plan_pays_for_is_neither_dollars_nor_unknown() {
        let told = Usage {
            output: Some(1500),
            cost_micros: Some(610_000),
            ..Usage::default()
        };
        let mut total = Total::default();
        total.add(&told.on_plan());
        assert_eq!(told.on_plan().to_string(), "1.5k tok, plan");
        assert_eq!((total.cost_text(), total.cost()), ("plan".into(), None));
        assert_eq!(total.tokens_text(), "1.5k");
        total.add(&told);
        assert_eq!(total.cost_text(), "$0.61 + plan");
        assert_eq!(total.cost(), Some(610_000));
        total.add(&Usage::default());
        assert_eq!(total.cost_text(), "$0.61 + unknown + plan");
        assert_eq!(total.cost(), None);
        assert!(Usage::default().on_plan().is_unknown());
        let kept = serde_json::to_string(&told.on_plan()).unwrap();
        assert_eq!(
            serde_json::from_str::<Usage>(&kept).unwrap(),
            told.on_plan()
        );
    }

    #[test]
    fn a_reported_zero_is_zero() {
        let mut total = Total::default();
        total.add(&Usage {
            input: Some(0),
            cost_micros: Some(0),
            ..Usage::default()
        });
        assert_eq!(total.cost_text(), "$0.00");
        assert_eq!(total.tokens_text(), "0");
    }
}
