//! Tokens and money. Unknown is kept as unknown and never becomes 0.

use serde::{Deserialize, Serialize};
use std::fmt;

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
}

impl Usage {
    /// All tokens together; `None` where none was reported.
    pub fn tokens(&self) -> Option<u64> {
        [self.input, self.output, self.cache_read, self.cache_write]
            .into_iter()
            .flatten()
            .reduce(u64::saturating_add)
    }

    /// Whether nothing at all was reported.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
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
        }
    }

    /// The cost for people: `$0.61`, `$0.61 + unknown`, or `unknown`.
    pub fn cost_text(&self) -> String {
        known_part(self.attempts, self.cost_unknown, &dollars(self.cost_micros))
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
        let cost = self
            .cost_micros
            .map_or_else(|| "unknown".to_owned(), dollars);
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
