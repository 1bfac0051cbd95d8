//! The rows of a run that only its report tells of.

use super::{Billing, Fate, Source, Spent};
use crate::documents::duration::parse_duration;
use crate::documents::report::StageSummary;
use crate::records::earlier::Earlier;
use crate::terms::usage::PLAN;
use jiff::Timestamp;
use jiff::civil::Date;

/// The words in a report's column of agents that are none.
const NO_AGENTS: [&str; 2] = ["command", "gate"];

/// What the attempts of a run used, as far as its report says.
pub fn of_report(run: &Earlier) -> Vec<Spent> {
    let given_up = { run.outcome().map(str::to_lowercase) }
        .is_some_and(|o| o.starts_with("cancel") || o.starts_with("given up"));
    let stages = &run.summary.stages;
    let rows = stages.iter().enumerate().map(|(n, stage)| {
        let mut later = stages.iter().skip(n + 1).filter(|s| s.name == stage.name);
        let billing = billing(stage);
        let again =
            later.any(|s| billing == Billing::NoAgent || self::billing(s) != Billing::NoAgent);
        row(run, stage, billing, again, given_up)
    });
    rows.collect()
}

fn row(
    run: &Earlier,
    stage: &StageSummary,
    billing: Billing,
    again: bool,
    given_up: bool,
) -> Spent {
    let said = |text: &str| {
        let text = text.trim();
        let unknown = text.is_empty() || text == "-" || text.eq_ignore_ascii_case("unknown");
        (!unknown).then(|| text.to_owned())
    };
    // Where the whole has no status of its own, the last stage's is none of the whole.
    let completed = { run.summary.status.as_deref() }
        .is_some_and(|status| Fate::of(status, false, false) == Fate::Passed);
    let has_agent = !NO_AGENTS.contains(&stage.agent.as_str());
    // A person's attempt is marked so: it is theirs.
    let agent = stage.agent.strip_prefix("with ").unwrap_or(&stage.agent);
    let started = started(&stage.date);
    Spent {
        run: run.name().to_owned(),
        task: run.task.as_ref().map(ToString::to_string),
        workflow: run.summary.workflow.clone(),
        stage: stage.name.clone(),
        attempt: stage.id.clone(),
        agent: said(agent).filter(|_| has_agent),
        model: said(&stage.model).filter(|_| has_agent),
        started,
        on: day(&stage.date).filter(|_| started.is_none()),
        result: stage.status.clone(),
        fate: Fate::of(&stage.status, again, given_up),
        completed,
        took_ms: said(&stage.took).and_then(|t| took(&t)),
        billing,
        input: None,
        output: None,
        cached: None,
        tokens: said(&stage.tokens).and_then(|t| amount(&t, 1)),
        cost_micros: said(&stage.cost)
            .filter(|_| billing == Billing::Metered)
            .and_then(|c| amount(c.strip_prefix('$')?, 1_000_000)),
        source: Source::Report,
    }
}

fn billing(stage: &StageSummary) -> Billing {
    let zero = |text: &str, unit| amount(text, unit) == Some(0);
    let nothing = zero(&stage.tokens, 1) && { stage.cost.strip_prefix('$') }
        .is_some_and(|c| zero(c, 1_000_000));
    if NO_AGENTS.contains(&stage.agent.as_str()) || nothing {
        Billing::NoAgent
    } else if stage.cost == PLAN {
        Billing::Plan
    } else {
        Billing::Metered
    }
}

/// The moment, where all of it is written.
fn started(text: &str) -> Option<Timestamp> {
    let time = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %:z", text.trim()).ok()?;
    time.to_timestamp().ok()
}

/// The day that a date begins with.
fn day(text: &str) -> Option<Date> {
    text.trim().get(..10)?.parse().ok()
}

/// Milliseconds, from what a report writes: `0.4s`, `12s`, `3m12s`, `1h04m`.
fn took(text: &str) -> Option<u64> {
    if let Some(seconds) = text.strip_suffix('s').filter(|t| t.contains('.')) {
        return amount(seconds, 1_000);
    }
    parse_duration(text).ok()?.checked_mul(1_000)
}

/// A number with parts of ten and a unit behind it, so many times: `88.4k`, `0.61`, `12,400`.
fn amount(text: &str, times: u64) -> Option<u64> {
    let text = text.trim().replace(',', "");
    let (number, scale) = match text.strip_suffix(['k', 'K']) {
        Some(number) => (number, 1_000),
        None => match text.strip_suffix('M') {
            Some(number) => (number, 1_000_000),
            None => (text.as_str(), 1),
        },
    };
    let (whole, parts) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(parts) || parts.len() > 9 {
        return None;
    }
    let unit = times.checked_mul(scale)?;
    let whole: u64 = whole.parse().ok()?;
    let ten = 10u128.checked_pow(u32::try_from(parts.len()).ok()?)?;
    let parts: u128 = if parts.is_empty() {
        0
    } else {
        parts.parse().ok()?
    };
    let parts = u64::try_from(parts.checked_mul(u128::from(unit))? / ten).ok()?;
    whole.checked_mul(unit)?.checked_add(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::duration;
    use crate::terms::usage::{count, dollars};
    use proptest::prelude::*;

    #[test]
    fn amounts_read_as_reports_write_them() {
        assert_eq!(amount("88.4k", 1), Some(88_400));
        assert_eq!(amount("1.2M", 1), Some(1_200_000));
        assert_eq!(amount("0.0042", 1_000_000), Some(4_200));
        assert_eq!(amount("12,400", 1), Some(12_400));
        for bad in [
            "",
            "x",
            "-1",
            "1.2.3",
            ".5",
            "99999999999999999999",
            "1e9",
            "٣",
        ] {
            assert_eq!(amount(bad, 1), None, "{bad}");
        }
        assert_eq!(took("0.4s"), Some(400));
        assert_eq!(took("3m12s"), Some(192_000));
        assert_eq!(took("1h04m"), Some(3_840_000));
        assert_eq!(took("soon"), None);
        assert_eq!(
            started("2026-05-03 10:00:07 +02:00").map(|t| t.to_string()),
            Some("2026-05-03T08:00:07Z".to_owned())
        );
        assert_eq!(
            (started("2026-05-03"), day("2026-05-03 10:00")),
            (None, day("2026-05-03"))
        );
    }

    proptest! {
        #[test]
        fn what_a_report_says_is_read_to_its_last_digit(n in 10_000u64..4_000_000_000) {
            prop_assert_eq!(amount(&count(n), 1).map(count), Some(count(n)));
            let cost = dollars(n);
            prop_assert_eq!(amount(&cost[1..], 1_000_000).map(dollars), Some(cost));
            let text = duration::took(n / 100);
            prop_assert_eq!(took(&text).map(duration::took), Some(text));
        }
    }
}
