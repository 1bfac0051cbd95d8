//! `cost`: what was spent, by what it was spent for.

mod csv;
mod table;

use super::out::{Role, paint, safe};
use super::{Context, Outcome};
use crate::dialogue::spent::spending;
use crate::records::project::Project;
use crate::records::spending::today::{Share, shares};
use crate::records::spending::{
    Billing, By, Group, Period, Spending, Spent, Sum, Totals, groups, told,
};
use crate::records::user::cache_folder;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// What is looked at unless something else is asked for.
const USUAL: &str = "7d";
/// The same of how it is put together.
const USUAL_BY: [By; 2] = [By::Stage, By::Agent];

/// Shows what was spent, by stage and agent of the last seven days unless asked otherwise
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From this day on: a date, or how many days or weeks back, today counted (7d, 2w)
    #[arg(long, value_name = "DAY", conflicts_with = "all", value_parser = since)]
    since: Option<Back>,
    /// To this day, which is counted
    #[arg(long, value_name = "DAY", conflicts_with = "all", value_parser = day)]
    until: Option<Date>,
    /// What to put together by: stage, agent, model, task, workflow, outcome, day, run; attempt for a
    /// row each
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', value_parser = by)]
    by: Vec<By>,
    /// All there ever was
    #[arg(long)]
    all: bool,
    /// As comma-separated values (RFC 4180); what is not known is empty
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// A day, or how many days back.
#[derive(Debug, Clone, Copy)]
enum Back {
    Day(Date),
    Days(i64),
}

fn day(text: &str) -> Result<Date, String> {
    let text = text.trim();
    text.parse()
        .map_err(|_| format!("'{text}' is no day; write one as 2026-11-01"))
}

fn since(text: &str) -> Result<Back, String> {
    let days = |unit: char, times: i64| {
        let n: i64 = text.strip_suffix(unit)?.parse().ok()?;
        let n = n.checked_mul(times)?;
        (1..=36_600).contains(&n).then_some(Back::Days(n))
    };
    let back = days('d', 1).or_else(|| days('w', 7));
    let or = |_| format!("'{text}' is no day; write one as 2026-11-01, or 7d, or 2w");
    back.map_or_else(|| day(text).map(Back::Day).map_err(or), Ok)
}

fn by(text: &str) -> Result<By, String> {
    By::of(text.trim()).ok_or_else(|| {
        let all: Vec<&str> = By::ALL.iter().map(|by| by.word()).collect();
        format!(
            "'{text}' is nothing to put it together by; there are {}",
            all.join(", ")
        )
    })
}

/// What was asked for, with days as they are now.
struct Asked {
    period: Period,
    by: Vec<By>,
    zone: TimeZone,
    now: Timestamp,
    /// The period in words.
    words: String,
}

impl Asked {
    fn of(args: &Args) -> Result<Self, color_eyre::Report> {
        let now = jiff::Zoned::now();
        let today = now.date();
        let usual = || since(USUAL).map_err(color_eyre::Report::msg);
        // To a day that is named: from the beginning.
        let from = if args.all || (args.since.is_none() && args.until.is_some()) {
            None
        } else {
            Some(args.since.map_or_else(usual, Ok)?)
        };
        let (since, told) = match from {
            None => (None, None),
            Some(Back::Day(day)) => (Some(day), Some(format!("since {day}"))),
            Some(Back::Days(1)) => (Some(today), Some("today".to_owned())),
            Some(Back::Days(n)) => {
                let first = today.checked_sub((n - 1).days())?;
                (Some(first), Some(format!("in the last {n} days")))
            }
        };
        let to = args.until.map(|day| format!("to {day}"));
        let words: Vec<String> = told.into_iter().chain(to).collect();
        let mut by = Vec::new();
        for one in &args.by {
            if !by.contains(one) {
                by.push(*one);
            }
        }
        if by.contains(&By::Attempt) {
            // A row an attempt has everything of it.
            by = vec![By::Attempt];
        } else if by.is_empty() {
            by = USUAL_BY.to_vec();
        }
        Ok(Self {
            period: Period {
                since,
                until: args.until,
            },
            by,
            zone: now.time_zone().clone(),
            now: now.timestamp(),
            words: words.join(" "),
        })
    }

    /// How today stands to its budget, where today is asked for.
    fn today(&self, project: &Project) -> Vec<Share> {
        let now = self.now.to_zoned(self.zone.clone());
        match self.period.until {
            Some(until) if until < now.date() => Vec::new(),
            _ => shares(project, &now),
        }
    }
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let asked = Asked::of(args)?;
    let all = spending(&project, cache_folder().as_deref());
    let (rows, undated) = told::within(&all, asked.period, &asked.zone);
    let notes = told::notes(&all, &rows, undated);
    let today = asked.today(&project);
    if args.csv {
        csv::print(context, &asked, &rows);
        for note in notes {
            context.out.error(safe(&note));
        }
    } else if context.out.json {
        objects(context, &asked, &rows, &notes);
        for share in today {
            context.out.object(&json!({
                "type": "today", "of": share.of, "percent": share.percent,
                "at_least": share.at_least, "text": share.text,
            }));
        }
    } else {
        text(context, &asked, (&all, &rows, &today), &notes);
    }
    Ok(0)
}

fn text(
    context: &Context,
    asked: &Asked,
    (all, rows, today): (&Spending, &[&Spent], &[Share]),
    notes: &[String],
) {
    let out = &context.out;
    if rows.is_empty() {
        let words = if asked.words.is_empty() {
            String::new()
        } else {
            format!(" {}", asked.words)
        };
        let more = if asked.period.is_all() {
            "."
        } else {
            "; `harness-tui cost --all` counts all there ever was."
        };
        out.text(format!("Nothing was spent{words}{more}"));
    } else {
        let words = match asked.words.as_str() {
            "" => "in all".to_owned(),
            words => words.to_owned(),
        };
        let title = format!("{} {words}", told::head(rows));
        out.text(paint(Role::Title, title));
        for (word, line) in told::sums(rows, false) {
            let word = paint(Role::Quiet, format!("  {word:<11}"));
            out.hung(13, &format!("{word}{}", safe(&line)));
        }
    }
    for line in told::windows(all, asked.now) {
        let word = paint(Role::Quiet, format!("  {:<11}", "on a plan"));
        out.hung(13, &format!("{word}{}", safe(&line)));
    }
    for share in today {
        let word = paint(Role::Quiet, format!("  {:<11}", "today"));
        out.hung(13, &format!("{word}{}", safe(&share.text)));
    }
    if !rows.is_empty() {
        out.text("");
        let found = groups(rows.iter().copied(), &asked.by, &asked.zone);
        table::print(out, asked, &found);
    }
    if !notes.is_empty() {
        out.text("");
    }
    for note in notes {
        out.hung(2, &paint(Role::Quiet, safe(note)));
    }
}

/// A sum as JSON: what is known of each, and of how many attempts it is not.
fn sum_object(sum: &Sum) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("attempts", json!(sum.attempts));
    for (name, known) in [
        ("took_ms", sum.took_ms),
        ("input_tokens", sum.input),
        ("output_tokens", sum.output),
        ("cached_tokens", sum.cached),
        ("tokens", sum.tokens),
        ("cost_micros", sum.cost),
    ] {
        put(name, json!(known.part()));
        put(&format!("{name}_unknown"), json!(known.unknown()));
    }
    object
}

fn objects(context: &Context, asked: &Asked, rows: &[&Spent], notes: &[String]) {
    let out = &context.out;
    let totals = Totals::of(rows.iter().copied());
    let (since, until) = (asked.period.since, asked.period.until);
    for billing in Billing::ALL {
        let mut object = sum_object(totals.by(billing));
        object.insert("type".to_owned(), json!("total"));
        object.insert("billing".to_owned(), json!(billing.code()));
        object.insert("since".to_owned(), json!(since.map(|d| d.to_string())));
        object.insert("until".to_owned(), json!(until.map(|d| d.to_string())));
        out.object(&Value::Object(object));
    }
    if asked.by == [By::Attempt] {
        for row in rows {
            out.object(&attempt_object(row, &asked.zone));
        }
    } else {
        for group in groups(rows.iter().copied(), &asked.by, &asked.zone) {
            out.object(&group_object(asked, &group));
        }
    }
    for note in notes {
        out.object(&json!({ "type": "note", "text": note }));
    }
}

fn group_object(asked: &Asked, group: &Group) -> Value {
    let mut object = sum_object(&group.sum);
    object.insert("type".to_owned(), json!("group"));
    object.insert("billing".to_owned(), json!(group.billing.code()));
    for (by, key) in asked.by.iter().zip(&group.keys) {
        object.insert(by.word().to_owned(), json!(key));
    }
    Value::Object(object)
}

fn attempt_object(row: &Spent, zone: &TimeZone) -> Value {
    json!({
        "type": "attempt", "run": row.run, "task": row.task, "workflow": row.workflow,
        "stage": row.stage, "attempt": row.attempt, "agent": row.agent, "model": row.model,
        "day": row.day(zone).map(|d| d.to_string()), "started": row.started,
        "result": row.result, "outcome": row.fate, "billing": row.billing.code(),
        "took_ms": row.took_ms, "input_tokens": row.input, "output_tokens": row.output,
        "cached_tokens": row.cached, "tokens": row.tokens, "cost_micros": row.cost_micros,
        "source": row.source,
    })
}
