//! Giving an order to a run, and waiting until it is taken up: what came of it is read from the
//! run's journal, never assumed.

use super::out::{Role, paint};
use super::{Context, MISUSE, Outcome};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::store::journal::Record;
use crate::store::watch::Watch;
use crate::supervisor::control::{Entry, why_refused};
use crate::supervisor::start;
use crate::terms::RunId;
use color_eyre::eyre::{Report, bail};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an order may lie there before it is said that nobody takes it up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);
/// How often it is looked although nothing signalled.
const TICK: Duration = Duration::from_millis(500);
/// How much of a supervisor's log is shown.
const LOG_LINES: usize = 3;

/// What came of an order.
#[derive(Debug)]
pub enum Came {
    /// It was taken up; every fact that entered since, the order's own among them.
    Taken(Vec<Record<Entry>>),
    /// It is not lawful now, and why.
    Refused(String),
}

/// Gives an order and waits until it is taken up.
pub fn give(view: &mut RunView, event: &Event) -> Result<Came, Report> {
    if let Err(refusal) = view.run.may(event) {
        return Ok(Came::Refused(refusal.to_string()));
    }
    let name = start::order(&view.dirs, &view.order.home, event)?;
    let is_it = |record: &Record<Entry>| record.event.order.as_ref() == Some(&name);
    let Some(seen) = until(view, |_, seen| seen.iter().any(is_it))? else {
        bail!(
            "the order lies in {} and nobody took it up within {} s{}",
            view.dirs.control().display(),
            PATIENCE.as_secs(),
            last_words(view.dirs.path())
        )
    };
    let refused = seen.iter().find_map(|record| match &record.event.event {
        Event::Noted { text } if is_it(record) => Some(why_refused(text).to_owned()),
        _ => None,
    });
    Ok(refused.map_or(Came::Taken(seen), Came::Refused))
}

/// Looks at a run, of which somebody was asked to take care, until it is as wanted; the facts that
/// entered meanwhile. A supervisor that does not come is started again. `None`: it never was so.
fn until(
    view: &mut RunView,
    wanted: impl Fn(&RunView, &[Record<Entry>]) -> bool,
) -> Result<Option<Vec<Record<Entry>>>, Report> {
    let mut seen = Vec::new();
    let mut watch = Watch::new([
        view.dirs.path().to_owned(),
        view.dirs.control(),
        view.active_dir().path().to_owned(),
    ]);
    let begun = Instant::now();
    let mut woken = begun;
    while begun.elapsed() < PATIENCE {
        seen.extend(view.follow()?);
        if wanted(view, &seen) {
            return Ok(Some(seen));
        }
        if !view.supervised && woken.elapsed() > STARTING {
            start::wake(view.dirs.path(), &view.order.home)?;
            woken = Instant::now();
        }
        watch.wait(TICK);
    }
    Ok(None)
}

/// Wakes a supervisor for a run that should go on, and waits until one holds it or something
/// happened.
pub fn wake(view: &mut RunView) -> Result<(), Report> {
    wake_until(view, |view, seen| view.supervised || !seen.is_empty()).map(drop)
}

/// Wakes a supervisor and waits until the run is as wanted; the facts that entered meanwhile.
pub fn wake_until(
    view: &mut RunView,
    wanted: impl Fn(&RunView, &[Record<Entry>]) -> bool,
) -> Result<Vec<Record<Entry>>, Report> {
    start::wake(view.dirs.path(), &view.order.home)?;
    match until(view, wanted)? {
        Some(seen) => Ok(seen),
        None => bail!(
            "a supervisor of {} was started, and nothing came of it within {} s{}",
            view.order.run,
            PATIENCE.as_secs(),
            last_words(view.dirs.path())
        ),
    }
}

/// The last lines a supervisor left in its log.
pub fn last_words(run_dir: &Path) -> String {
    let text = std::fs::read(run_dir.join("supervisor.log")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    if last.is_empty() {
        String::new()
    } else {
        format!("; its supervisor said: {}", last.join(" / "))
    }
}

/// Gives an order, says what came of it, and returns the exit code.
pub fn carry_out(context: &Context, view: &mut RunView, event: &Event, did: &str) -> Outcome {
    match give(view, event)? {
        Came::Taken(_) => {
            accepted(context, view, did);
            Ok(0)
        }
        Came::Refused(why) => {
            refused(context, view, &why);
            Ok(MISUSE)
        }
    }
}

/// Says that an order was taken up.
pub fn accepted(context: &Context, view: &RunView, did: &str) {
    let run = &view.order.run;
    let state = view.state();
    context.out.text(format!(
        "{} {did}; it is {}",
        paint(Role::Name, run),
        paint(Role::Title, state)
    ));
    context.out.object(&json!({
        "type": "order", "run": run, "accepted": true, "did": did, "state": state.word(),
    }));
}

/// A reason with the run that it is about, which some name themselves.
fn named(run: &RunId, why: &str) -> String {
    if why
        .strip_prefix(run.as_str())
        .is_some_and(|rest| rest.starts_with(' '))
    {
        return why.to_owned();
    }
    format!("{run}: {why}")
}

/// Says that an order was refused.
pub fn refused(context: &Context, view: &RunView, why: &str) {
    let run = &view.order.run;
    if context.out.json {
        context.out.object(&json!({
            "type": "order", "run": run, "accepted": false, "reason": why, "state": view.state().word(),
        }));
    } else {
        context.out.trouble("refused:", &named(run, why));
    }
}
