//! What is added to a budget, as people write it: `$5`, `20000 tokens`, `30 minutes`.

use super::Short;
use crate::terms::usage::dollars;
use crate::text::many;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most that is added at once, in dollars, in tokens and in minutes.
const MOST_DOLLARS: f64 = 1e6;
const MOST: u64 = 1_000_000_000_000;

/// What is added to a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    /// Millionths of a US dollar.
    pub cost_micros: u64,
    /// Tokens.
    pub tokens: u64,
    /// Minutes.
    pub minutes: u64,
}

/// What a raise of a run's budget would be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raising {
    /// The day whose budget it is, which all runs of the project have in common; `None`: the run's own.
    pub day: Option<Date>,
    /// What is sensible to add: what is missing where something is kept, else a quarter of the
    /// tightest limit.
    pub by: Short,
}

impl More {
    /// Whether nothing would be added.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Both together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            cost_micros: self.cost_micros.saturating_add(more.cost_micros),
            tokens: self.tokens.saturating_add(more.tokens),
            minutes: self.minutes.saturating_add(more.minutes),
        }
    }

    /// Reads what a person wrote. A bare number is of the kind that they were asked for.
    pub fn parse(text: &str, like: Short) -> Result<Self, String> {
        let text = text.trim();
        let bad =
            || format!("'{text}' is no amount: write one such as $5, 20000 tokens or 30 minutes");
        if text.starts_with('$') {
            let more = dollars_of(text).ok().map(Short::of_dollars);
            return more.filter(|more| !more.is_nothing()).ok_or_else(bad);
        }
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'));
        let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
        let number = number.replace('_', "");
        let unit = unit.trim().to_lowercase();
        let whole = || number.parse::<u64>().ok().filter(|n| *n <= MOST);
        let times = |n: u64| whole().map(|w| w.saturating_mul(n).min(MOST));
        let tokens = |n: Option<u64>| {
            n.map(|tokens| Self {
                tokens,
                ..Self::default()
            })
        };
        let more = match (unit.as_str(), like) {
            ("dollars" | "dollar" | "usd", _) | ("", Short::Dollars(_)) => {
                dollars_of(&number).ok().map(Short::of_dollars)
            }
            ("tokens" | "token" | "tok", _) | ("", Short::Tokens(_)) => tokens(times(1)),
            ("k" | "k tokens" | "k tok", _) => tokens(times(1_000)),
            ("m tokens" | "m tok", _) => tokens(times(1_000_000)),
            ("minutes" | "minute" | "min", _) | ("", Short::Minutes(_)) => {
                whole().map(|minutes| Self {
                    minutes,
                    ..Self::default()
                })
            }
            _ => None,
        };
        more.filter(|more| !more.is_nothing()).ok_or_else(bad)
    }

    /// It for people: `$5.00`, `$5.00 and 30 minutes`.
    pub fn text(self) -> String {
        let parts = [
            (self.cost_micros > 0).then(|| dollars(self.cost_micros)),
            (self.tokens > 0).then(|| format!("{} tokens", self.tokens)),
            (self.minutes > 0).then(|| many(self.minutes, "minute")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(" and ")
    }
}

impl Short {
    fn of_dollars(micros: u64) -> More {
        More {
            cost_micros: micros,
            ..More::default()
        }
    }

    /// It as a person would write it.
    pub fn text(self) -> String {
        match self {
            Self::Dollars(n) => format!("${n}"),
            Self::Tokens(n) => format!("{n} tokens"),
            Self::Minutes(n) => many(n, "minute"),
        }
    }

    /// The words of the command that add it.
    pub fn words(self) -> String {
        match self {
            Self::Dollars(n) => format!("--raise {n}"),
            Self::Tokens(n) => format!("--raise-tokens {n}"),
            Self::Minutes(n) => format!("--raise-minutes {n}"),
        }
    }
}

/// Dollars as millionths of one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and 10^12"
)]
pub fn dollars_of(text: &str) -> Result<u64, String> {
    let bare = text.strip_prefix('$').unwrap_or(text).trim();
    match bare.parse::<f64>() {
        Ok(dollars) if (0.0..=MOST_DOLLARS).contains(&dollars) => {
            Ok((dollars * 1e6).round() as u64)
        }
        _ => Err("give US dollars, such as 5 or 2.50".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly_or_not_at_all() {
        assert_eq!(dollars_of("5"), Ok(5_000_000));
        assert_eq!(dollars_of("$2.50"), Ok(2_500_000));
        for wrong in ["", "-1", "five", "NaN", "inf", "1e9"] {
            assert!(dollars_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_is_read_as_it_is_written_and_as_it_is_suggested() {
        let like = Short::Minutes(9);
        let of = |cost_micros, tokens, minutes| More {
            cost_micros,
            tokens,
            minutes,
        };
        for (text, more) in [
            ("$5", of(5_000_000, 0, 0)),
            (" $ 2.50 ", of(2_500_000, 0, 0)),
            ("3 dollars", of(3_000_000, 0, 0)),
            ("20000 tokens", of(0, 20_000, 0)),
            ("200k tokens", of(0, 200_000, 0)),
            ("2M tokens", of(0, 2_000_000, 0)),
            ("1_000 tok", of(0, 1_000, 0)),
            ("30 min", of(0, 0, 30)),
            ("15", of(0, 0, 15)),
        ] {
            assert_eq!(More::parse(text, like), Ok(more), "{text}");
        }
        for wrong in [
            "",
            "0",
            "$0",
            "-3",
            "5 hours",
            "1.5 minutes",
            "many",
            "$1 $2",
        ] {
            assert!(More::parse(wrong, like).is_err(), "{wrong}");
        }
        for short in [Short::Dollars(3), Short::Tokens(12_000), Short::Minutes(1)] {
            assert!(More::parse(&short.text(), like).is_ok(), "{}", short.text());
        }
        assert_eq!(of(5_000_000, 0, 1).text(), "$5.00 and 1 minute");
    }
}
