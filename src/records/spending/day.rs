//! What all runs of a project used on a day, of which its budget is: the rows that every sum is made of,
//! those that were started on that day.

use super::{Billing, Spent, of_run};
use crate::engine::day::{Aside, DayUsed};
use crate::engine::record::AttemptRecord;
use crate::records::runs::RunView;
use crate::store::fs::{Disk, Fs};
use crate::supervisor::day::{Asked, Seen};
use crate::terms::{Outcome, Usage};
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
    let attempt_of = |row: &Spent| {
        let mut attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
        attempts.find(|a| a.public.as_str() == row.attempt)
    };
    for row in rows.iter().filter(|row| row.day(zone) == Some(day)) {
        let attempt = attempt_of(row);
        // A person's own time is on no budget.
        let theirs = attempt.is_some_and(|a| a.by.is_some());
        if !row.is_running() {
            count(&mut seen.used, row, theirs);
        } else if theirs {
            // Nobody knows what they will use, and nobody asks them to have less.
        } else if attempt.is_some_and(|a| view.supervised || view.lives(a)) {
            // What a person used, or who was lost, tells nothing of what it will use.
            let ended = |a: &AttemptRecord| {
                let result = a.result.as_ref();
                a.by.is_none() && result.is_some_and(|r| r.outcome != Outcome::Interrupted)
            };
            let same =
                |other: &&Spent| other.stage == row.stage && attempt_of(other).is_some_and(ended);
            let before: Vec<&Spent> = rows.iter().filter(same).collect();
            set_aside(&mut seen.used.aside, row, &before, now);
        } else {
            // It is gone, and left no word of what it used.
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
    used.lost += usize::from(row.took_ms.is_none() && !theirs);
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

/// Sets aside for an attempt at work what those of its stage `before` it told last, and the time that it has
/// run at least.
fn set_aside(aside: &mut Aside, row: &Spent, before: &[&Spent], now: Timestamp) {
    let told = |of: fn(&Spent) -> Option<u64>| before.iter().rev().find_map(|row| of(row));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Run;
    use crate::engine::event::Attempted;
    use crate::engine::testkit::{agent, person, plan, sid};
    use crate::store::journal::Cursor;
    use crate::store::layout::EngineDir;
    use crate::store::lock::Lock;
    use crate::supervisor::order::testing::order;
    use crate::terms::{AttemptId, PublicId};

    const NOW: &str = "2026-04-02T12:00:00Z";

    /// A run whose one attempt has no result, an hour after it was begun.
    fn begun(folder: &std::path::Path, by_person: bool) -> RunView {
        let mut run = Run::new(plan(vec![agent("build", &[])]));
        run.stages[0].attempts.push(AttemptRecord {
            id: AttemptId {
                stage: sid("build"),
                iteration: 1,
                attempt: 1,
            },
            public: PublicId::new("RUN-2026-04-02-T014-BUILD-1").unwrap(),
            started: "2026-04-02T11:00:00Z".parse().unwrap(),
            seal: None,
            by: by_person.then(person),
            result: None,
            agent: None,
            thrown: false,
        });
        let order = order(folder);
        let dirs = EngineDir::at(folder.join(".git/harness")).run(&order.run);
        RunView::of_parts(order, run, dirs, Cursor::default())
    }

    fn seen(view: &RunView) -> DayUsed {
        let mut seen = Seen::default();
        let now: Timestamp = NOW.parse().unwrap();
        let zone = TimeZone::UTC;
        let day = now.to_zoned(zone.clone()).date();
        add(&mut seen, view, (day, &zone), now);
        seen.used
    }

    #[test]
    fn only_for_an_attempt_at_work_is_anything_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let mut view = begun(folder.path(), false);
        // Its process is gone, and so is its supervisor: an hour that nobody works takes no hour.
        let used = seen(&view);
        assert_eq!((used.aside, used.took_ms), (Aside::default(), 0));
        assert_eq!((used.lost, used.total.cost_unknown), (1, 1));
        // About to be started, or ended and not looked at yet.
        view.supervised = true;
        let hour = Aside {
            took_ms: 3_600_000,
            attempts: 1,
            ..Aside::default()
        };
        assert_eq!((seen(&view).aside, seen(&view).lost), (hour, 0));
        // It outlives its supervisor.
        view.supervised = false;
        let heartbeat = view.attempt_dir(&view.run.stages[0].attempts[0].id);
        let heartbeat = heartbeat.heartbeat();
        std::fs::create_dir_all(heartbeat.parent().unwrap()).unwrap();
        let held = Lock::try_take(&heartbeat).unwrap();
        assert!(held.is_some());
        assert_eq!((seen(&view).aside, seen(&view).lost), (hour, 0));
    }

    #[test]
    fn what_a_person_used_and_what_was_lost_tells_nothing_of_what_an_agent_will_use() {
        let folder = tempfile::tempdir().unwrap();
        for (by_person, outcome, hours) in [
            (false, Outcome::Crashed, 2),
            (true, Outcome::Crashed, 1),
            (false, Outcome::Interrupted, 1),
        ] {
            let mut view = begun(folder.path(), by_person);
            view.supervised = true;
            let record = &mut view.run.stages[0];
            let mut now = begun(folder.path(), false).run.stages[0].attempts[0].clone();
            now.id.attempt = 2;
            now.public = PublicId::new("RUN-2026-04-02-T014-BUILD-2").unwrap();
            let id = record.attempts[0].id.clone();
            let mut result = Attempted::lost(id, "so", Some(2 * 3_600_000));
            result.outcome = outcome;
            record.attempts[0].result = Some(result);
            record.attempts.push(now);
            assert_eq!(seen(&view).aside.took_ms, hours * 3_600_000, "{outcome}");
        }
    }

    #[test]
    fn a_persons_own_time_is_on_no_budget() {
        let folder = tempfile::tempdir().unwrap();
        for supervised in [true, false] {
            let mut view = begun(folder.path(), true);
            view.supervised = supervised;
            assert_eq!(seen(&view), DayUsed::default());
        }
    }
}
