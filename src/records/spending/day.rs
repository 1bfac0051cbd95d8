//! What all runs of a project used on a day, of which its budget is: the rows that every sum is made of,
//! those that were started on that day.

use super::{Billing, Spent, of_run};
use crate::engine::day::{Aside, DayUsed};
use crate::records::runs::RunView;
use crate::store::fs::{Disk, Fs};
use crate::supervisor::day::{Asked, Seen};
use crate::terms::Usage;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Looks at every run that anything was recorded of since that day began. What can't be read is counted
/// as that.
pub fn used(asked: Asked<'_>) -> Seen {
    let Asked { engine, now, day } = asked;
    let zone = now.time_zone();
    let began = day.to_zoned(zone.clone()).ok();
    let began = began.and_then(|at| at.start_of_day().ok());
    let began = began.map(|at| at.timestamp().as_nanosecond());
    let mut seen = Seen::default();
    let Ok(ids) = engine.run_ids(&Disk) else {
        seen.used.unread = 1;
        return seen;
    };
    for id in ids {
        let dirs = engine.run(&id);
        let journal = Disk.stat(&dirs.journal()).ok().flatten();
        let written = journal.map(|stat| stat.fingerprint.mtime_ns);
        // Nothing was started before there was a journal, and nothing since it was last written.
        let Some(written) = written else { continue };
        if began.is_some_and(|began| written < began) {
            continue;
        }
        match RunView::read(dirs) {
            Ok(view) => add(&mut seen, &view, (day, zone), now.timestamp()),
            Err(_) => seen.used.unread += 1,
        }
    }
    seen
}

fn add(seen: &mut Seen, view: &RunView, (day, zone): (Date, &TimeZone), now: Timestamp) {
    let rows = of_run(view);
    for row in rows.iter().filter(|row| row.day(zone) == Some(day)) {
        if row.is_running() {
            set_aside(&mut seen.used.aside, row, &rows, now);
        } else {
            let attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
            let mut persons = attempts.filter(|a| a.by.is_some());
            // A person's own time is on no budget.
            let theirs = persons.any(|a| a.public.to_string() == row.attempt);
            count(&mut seen.used, row, theirs);
        }
    }
    if let Some(more) = view.run.day_raised.get(&day) {
        seen.used.raised = seen.used.raised.and(*more);
    }
    seen.used.warned |= view.run.day_warned == Some(day);
    if view.run.day_hold().is_some() && !view.is_over() && view.not_here.is_none() {
        seen.held.push((view.dirs.clone(), view.order.home.clone()));
    }
}

/// Counts an attempt that has ended, as a run counts its own.
fn count(used: &mut DayUsed, row: &Spent, theirs: bool) {
    let took = row.took_ms.filter(|_| !theirs);
    used.took_ms = used.took_ms.saturating_add(took.unwrap_or(0));
    if row.billing == Billing::NoAgent {
        return;
    }
    let usage = Usage {
        output: row.tokens,
        cost_micros: row.cost_micros,
        ..Usage::default()
    };
    used.total.add(&match row.billing {
        Billing::Plan => usage.on_plan(),
        Billing::Metered | Billing::NoAgent => usage,
    });
}

/// Sets aside for an attempt that runs what its stage told last, and the time that it has run at least.
fn set_aside(aside: &mut Aside, row: &Spent, rows: &[Spent], now: Timestamp) {
    let same = |other: &&Spent| other.stage == row.stage && !other.is_running();
    let told = |of: fn(&Spent) -> Option<u64>| rows.iter().filter(same).filter_map(of).next_back();
    let ran = row
        .started
        .map_or(0, |at| now.duration_since(at).as_millis());
    let ran = u64::try_from(ran).unwrap_or(0);
    aside.attempts += 1;
    aside.cost_micros = aside
        .cost_micros
        .saturating_add(told(|r| r.cost_micros).unwrap_or(0));
    aside.tokens = aside.tokens.saturating_add(told(|r| r.tokens).unwrap_or(0));
    let took = told(|r| r.took_ms).unwrap_or(0);
    aside.took_ms = aside.took_ms.saturating_add(took.max(ran));
}
