//! What was spent in words: the lines that stand over every table and chart of it.

use super::{Billing, Fate, Known, Period, Source, Spending, Spent, Sum, Totals};
use crate::terms::usage::{count, dollars};
use crate::text::{many, say};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How far back one looks for what counts for a plan's short limit, as providers count it.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(5);

/// The rows of a period, and how many there are of which nobody knows when they were.
pub fn within<'a>(
    spending: &'a Spending,
    period: Period,
    zone: &TimeZone,
) -> (Vec<&'a Spent>, usize) {
    let mut undated = 0;
    let rows = spending.rows.iter().filter(|row| {
        period.holds(row, zone).unwrap_or_else(|| {
            undated += 1;
            false
        })
    });
    let rows = rows.collect();
    (rows, undated)
}

/// How many attempts there are, and in how many runs.
pub fn head(rows: &[&Spent]) -> String {
    let runs: BTreeSet<&str> = rows
        .iter()
        .filter(|r| r.source != Source::Dialogue)
        .map(|r| r.run.as_str())
        .collect();
    let (turns, attempts): (Vec<&&Spent>, Vec<&&Spent>) =
        rows.iter().partition(|r| r.source == Source::Dialogue);
    let mut said = format!(
        "{} in {}",
        many(attempts.len(), "attempt"),
        many(runs.len(), "run")
    );
    if !turns.is_empty() {
        said += &format!(", {} in dialogues", many(turns.len(), "turn"));
    }
    said
}

/// What it came to, a line for each kind of billing, with the word that leads it; then what was spent for
/// work that did not pass. `short`: for where a line has few columns.
pub fn sums(rows: &[&Spent], short: bool) -> Vec<(&'static str, String)> {
    let totals = Totals::of(rows.iter().copied());
    let mut lines = Vec::new();
    let metered = totals.by(Billing::Metered);
    if metered.attempts > 0 {
        let cost = amount(metered.cost, "cost", dollars, short);
        let tokens = tokens(metered, short);
        lines.push(("metered", format!("{cost}, {tokens}{}", time(metered))));
    }
    let plan = totals.by(Billing::Plan);
    if plan.attempts > 0 {
        lines.push(("plan", format!("{}{}", tokens(plan, short), time(plan))));
    }
    let none = totals.by(Billing::NoAgent);
    if none.attempts > 0 {
        let asked = many(none.attempts, "attempt");
        lines.push(("no agent", format!("{asked}{}", time(none))));
    }
    if let Some(lost) = lost(rows, short) {
        lines.push(("not passed", lost));
    }
    lines
}

/// An amount for people, with what was not told.
fn amount(sum: Known, what: &str, of: impl Fn(u64) -> String, short: bool) -> String {
    match (sum.part(), sum.unknown()) {
        (Some(known), 0) => of(known),
        (Some(_), _) if short => sum.text(of),
        (Some(known), n) => format!("{} + {} that did not say", of(known), many(n, "attempt")),
        (None, n) => format!("{what} unknown of {}", many(n, "attempt")),
    }
}

/// The tokens for people, in their parts where these are told.
fn tokens(sum: &Sum, short: bool) -> String {
    let unit = if short { "tok" } else { "tokens" };
    let of = |n: u64| format!("{} {unit}", count(n));
    let all = amount(sum.tokens, "tokens", of, short);
    let part = |word: &str, of: Known| Some(format!("{word} {}", count(of.part()?)));
    let parts: Vec<String> = [
        part("in", sum.input),
        part("out", sum.output),
        part("cached", sum.cached),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Where not all told their parts, the parts would not come to the whole.
    let same = sum.input.unknown() == sum.tokens.unknown() && sum.tokens.part().is_some();
    if parts.is_empty() || !same {
        all
    } else {
        format!("{all} ({})", parts.join(", "))
    }
}

fn time(sum: &Sum) -> String {
    let Some(ms) = sum.took_ms.part() else {
        return String::new();
    };
    format!(", {}", say::took(ms))
}

/// What was spent for work that did not pass; `None`: nothing was.
fn lost(rows: &[&Spent], short: bool) -> Option<String> {
    let lost = |row: &&&Spent| row.fate.is_lost() && row.billing != Billing::NoAgent;
    let all = Totals::of(rows.iter().filter(lost).copied());
    let whole = in_short(&all, short)?;
    let parts = Fate::ALL.into_iter().filter_map(|fate| {
        let own = rows.iter().filter(lost).filter(|r| r.fate == fate);
        let told = in_short(&Totals::of(own.copied()), short)?;
        Some(format!("{} {told}", fate.word()))
    });
    let parts: Vec<String> = parts.collect();
    Some(format!("{whole}: {}", parts.join(", ")))
}

/// Dollars and a plan's tokens beside each other; `None`: there is neither.
fn in_short(totals: &Totals, short: bool) -> Option<String> {
    let (metered, plan) = (totals.by(Billing::Metered), totals.by(Billing::Plan));
    let metered = (metered.attempts > 0).then(|| {
        if short {
            metered.cost.short(dollars)
        } else {
            metered.cost.text(dollars)
        }
    });
    let plan = (plan.attempts > 0).then(|| {
        if short {
            format!("{} tok", plan.tokens.short(count))
        } else {
            format!("{} tok on a plan", plan.tokens.text(count))
        }
    });
    let parts: Vec<String> = [metered, plan].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// What each agent that a plan pays for used in that plan's windows, whatever period is looked at.
pub fn windows(spending: &Spending, now: Timestamp) -> Vec<String> {
    let mut agents: BTreeMap<String, (Known, Known)> = BTreeMap::new();
    let since = |back: SignedDuration| now.checked_sub(back).unwrap_or(now);
    let (hours, days) = (since(WINDOW), since(SignedDuration::from_hours(7 * 24)));
    for row in spending.rows.iter().filter(|r| r.billing == Billing::Plan) {
        let Some(started) = row.started.filter(|at| *at >= days) else {
            continue;
        };
        let agent = row
            .agent
            .clone()
            .unwrap_or_else(|| "agent not told".to_owned());
        let (short, long) = agents.entry(agent).or_default();
        long.add(row.tokens);
        if started >= hours {
            short.add(row.tokens);
        }
    }
    let told = |(agent, (short, long)): (String, (Known, Known))| {
        let short = match short.counted() {
            0 => "nothing".to_owned(),
            _ => format!("{} tokens", short.text(count)),
        };
        let long = long.text(count);
        format!("{agent}: {short} in the last 5 hours, {long} in the last 7 days")
    };
    agents.into_iter().map(told).collect()
}

/// What one should know of these numbers: what is in none of them, and what is rounded.
pub fn notes(spending: &Spending, rows: &[&Spent], undated: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let running = rows.iter().filter(|r| r.is_running()).count();
    if running > 0 {
        let are = if running == 1 { "runs" } else { "run" };
        notes.push(format!(
            "{} {are} and told nothing yet",
            many(running, "attempt")
        ));
    }
    let rounded = rows.iter().filter(|r| r.source == Source::Report).count();
    if rounded > 0 {
        notes.push(format!(
            "{} of runs whose journal is gone: by their reports, which round",
            many(rounded, "attempt")
        ));
    }
    if undated > 0 {
        let are = if undated == 1 { "is" } else { "are" };
        notes.push(format!(
            "{} {are} left out, for nothing says when; --all counts them",
            many(undated, "attempt")
        ));
    }
    for bad in &spending.not_read {
        let counted = if bad.by_report {
            "counted by its report"
        } else {
            "in no sum"
        };
        notes.push(format!("{} can't be read, {counted}: {}", bad.run, bad.why));
    }
    notes
}
