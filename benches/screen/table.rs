//! The rows of the table: what is measured, what is wanted, and whether it is so.

use super::machine;
use std::time::Duration;

/// Times of one thing, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn push(&mut self, time: Option<Duration>) {
        // What never came took for ever.
        let ms = time.map_or(f64::INFINITY, |t| t.as_secs_f64() * 1000.0);
        let at = self.0.partition_point(|t| *t <= ms);
        self.0.insert(at, ms);
    }

    pub fn push_ms(&mut self, ms: f64) {
        self.push(Some(Duration::from_secs_f64(ms / 1000.0)));
    }

    /// The time that this share of them does not exceed.
    pub fn part(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * share).ceil() as usize;
        self.0.get(at).copied().unwrap_or(f64::INFINITY)
    }

    pub fn p50(&self) -> f64 {
        self.part(0.5)
    }

    pub fn p99(&self) -> f64 {
        self.part(0.99)
    }

    pub fn max(&self) -> f64 {
        self.part(1.0)
    }

    /// As `0.52 / 0.86 ms`.
    pub fn say(&self) -> String {
        format!("{} / {} ms", say(self.p50()), say(self.p99()))
    }
}

fn say(ms: f64) -> String {
    if ms.is_infinite() {
        "never".to_owned()
    } else if ms < 10.0 {
        format!("{ms:.2}")
    } else {
        format!("{ms:.1}")
    }
}

/// The best of some rounds: noise only ever adds.
pub fn best(rounds: usize, mut round: impl FnMut() -> Times) -> Times {
    let all = (0..rounds).map(|_| round());
    let best = all.min_by(|a, b| a.p99().total_cmp(&b.p99()));
    best.unwrap_or_default()
}

/// Prints a row.
pub fn row(number: &str, what: &str, goal: &str, measured: &str, met: bool, beside: &str) {
    let busy = machine::load() > machine::cores() as f64;
    let met = match (met, busy) {
        (true, _) => "met",
        (false, false) => "NOT MET",
        // What is too slow beside other work says nothing.
        (false, true) => "not judged: busy",
    };
    line(number, what, goal, measured, met, beside);
}

/// Prints a row that says how something else does, or that nothing can be said.
pub fn note(number: &str, what: &str, measured: &str) {
    line(number, what, "", measured, "", "");
}

pub fn line(number: &str, what: &str, goal: &str, measured: &str, met: &str, beside: &str) {
    println!("{number:<4} {what:<46} {goal:<34} {measured:<24} {met:<17} {beside}");
}
