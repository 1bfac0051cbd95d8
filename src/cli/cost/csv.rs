//! What was spent as comma-separated values, by RFC 4180. The columns and their order stay as they are;
//! what is not known is empty, and never a nought.

use super::Asked;
use crate::cli::Context;
use crate::records::spending::{By, Known, Spent, groups};
use crate::text::SafeText;

/// The columns of a row an attempt.
const ATTEMPT: [&str; 19] = [
    "run",
    "task",
    "workflow",
    "stage",
    "attempt",
    "agent",
    "model",
    "day",
    "started",
    "result",
    "outcome",
    "billing",
    "took_ms",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "tokens",
    "cost_usd",
    "source",
];

/// The columns of a group, after those that it is put together by.
const SUMS: [&str; 14] = [
    "billing",
    "attempts",
    "took_ms",
    "took_ms_unknown",
    "input_tokens",
    "input_tokens_unknown",
    "output_tokens",
    "output_tokens_unknown",
    "cached_tokens",
    "cached_tokens_unknown",
    "tokens",
    "tokens_unknown",
    "cost_usd",
    "cost_usd_unknown",
];

/// Prints a header and a row an attempt or a group.
pub(super) fn print(context: &Context, asked: &Asked, rows: &[&Spent]) {
    let line = |fields: Vec<String>| {
        let fields: Vec<String> = fields.iter().map(|f| field(f)).collect();
        // What ends the line besides is the line feed of every line that is printed.
        context.out.verbatim(&format!("{}\r", fields.join(",")));
    };
    if asked.by == [By::Attempt] {
        line(ATTEMPT.map(str::to_owned).to_vec());
        for row in rows {
            line(attempt(row, asked));
        }
        return;
    }
    let by = asked.by.iter().map(|by| by.word());
    line(by.chain(SUMS).map(str::to_owned).collect());
    for group in groups(rows.iter().copied(), &asked.by, &asked.zone) {
        let mut fields: Vec<String> = { group.keys.into_iter() }
            .map(Option::unwrap_or_default)
            .collect();
        fields.push(group.billing.code().to_owned());
        fields.push(group.sum.attempts.to_string());
        let sum = &group.sum;
        for known in [sum.took_ms, sum.input, sum.output, sum.cached, sum.tokens] {
            fields.extend(both(known, |n| n.to_string()));
        }
        fields.extend(both(sum.cost, usd));
        line(fields);
    }
}

/// What is known, and of how many it is not.
fn both(known: Known, of: impl Fn(u64) -> String) -> [String; 2] {
    [
        known.part().map(of).unwrap_or_default(),
        known.unknown().to_string(),
    ]
}

fn attempt(row: &Spent, asked: &Asked) -> Vec<String> {
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    vec![
        row.run.clone(),
        own(&row.task),
        own(&row.workflow),
        row.stage.clone(),
        row.attempt.clone(),
        own(&row.agent),
        own(&row.model),
        row.day(&asked.zone)
            .map(|d| d.to_string())
            .unwrap_or_default(),
        row.started.map(|at| at.to_string()).unwrap_or_default(),
        row.result.clone(),
        row.fate.word().to_owned(),
        row.billing.code().to_owned(),
        number(row.took_ms),
        number(row.input),
        number(row.output),
        number(row.cached),
        number(row.tokens),
        row.cost_micros.map(usd).unwrap_or_default(),
        match row.source {
            crate::records::spending::Source::Journal => "journal",
            crate::records::spending::Source::Report => "report",
            crate::records::spending::Source::Dialogue => "dialogue",
        }
        .to_owned(),
    ]
}

/// Dollars to the last millionth.
fn usd(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A field, in quotes where it must be.
fn field(text: &str) -> String {
    let text = SafeText::line(text).into_string();
    if text.contains(['"', ',', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(field("Build"), "Build");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"so\""), "\"say \"\"so\"\"\"");
        assert_eq!(field(" x"), "\" x\"");
        assert_eq!(field(""), "");
        assert!(!field("a\u{1b}[2J").contains('\u{1b}'));
        assert_eq!(
            (usd(0), usd(1_200_005)),
            ("0.000000".into(), "1.200005".into())
        );
    }
}
