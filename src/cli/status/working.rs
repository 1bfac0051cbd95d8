//! Who is at work now: the stages of each run that go side by side, and the agents in them, since when.

use crate::cli::out::{Out, Role, paint, safe};
use crate::engine::plan::Work;
use crate::engine::record::StageRecord;
use crate::records::runs::RunView;
use crate::text::age;
use crate::text::measure::{pad, width};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// An attempt that is at work.
struct Attempt<'a> {
    view: &'a RunView,
    record: &'a StageRecord,
    /// The stage's name.
    stage: &'a str,
    /// The agent's name in harness.yaml; `None`: it is a command.
    agent: Option<&'a str>,
    id: String,
    since: Timestamp,
    /// How many stages of the run are at work.
    beside: usize,
}

/// Those of these runs.
fn attempts(views: &[RunView]) -> Vec<Attempt<'_>> {
    let live = views.iter().filter(|v| v.goes_on());
    let of_run = |view| {
        let at_work = |record| attempt(view, record);
        let mut all: Vec<Attempt<'_>> = view.run.stages.iter().filter_map(at_work).collect();
        let beside = all.len();
        for attempt in &mut all {
            attempt.beside = beside;
        }
        all
    };
    live.flat_map(of_run).collect()
}

fn attempt<'a>(view: &'a RunView, record: &'a StageRecord) -> Option<Attempt<'a>> {
    let current = record.current_attempt().filter(|a| a.result.is_none())?;
    let stage = view.run.plan.stage(&record.id)?;
    let agent = match &stage.work {
        Work::Role(work) => Some(work.agent.name.as_str()),
        _ => None,
    };
    Some(Attempt {
        view,
        record,
        stage: &stage.name,
        agent,
        id: current.public.to_string(),
        since: current.started,
        beside: 1,
    })
}

/// Lists them: a head for each run, with how many go side by side.
pub(super) fn show(out: &Out, views: &[RunView], section: &mut impl FnMut(&str)) {
    let all = attempts(views);
    if all.is_empty() {
        return;
    }
    section("At work");
    let now = Timestamp::now();
    let names = all.iter().map(|a| width(safe(a.who()).as_str()));
    let who = names.max().unwrap_or(0).min(24);
    let stages = all.iter().map(|a| width(safe(a.stage).as_str()));
    let stage = stages.max().unwrap_or(0).min(32);
    for attempt in &all {
        let gone = now.duration_since(attempt.since).as_secs();
        let gone = age(u64::try_from(gone).unwrap_or(0));
        let at = attempt.since.to_zoned(TimeZone::system());
        let wave = match attempt.beside {
            1 => String::new(),
            n => paint(Role::Quiet, format!("  1 of {n} side by side")),
        };
        out.text(format!(
            "  {} {}  {}  {}  since {} ({gone}){wave}",
            paint(Role::Live, "◐"),
            pad(safe(attempt.who()).as_str(), who),
            pad(safe(attempt.stage).as_str(), stage),
            paint(Role::Name, &attempt.view.order.run),
            at.strftime("%H:%M"),
        ));
    }
}

/// They as `--json` shows them.
pub(super) fn objects(views: &[RunView]) -> Vec<Value> {
    let object = |attempt: &Attempt<'_>| {
        json!({
            "type": "agent", "run": attempt.view.order.run, "stage": attempt.record.id,
            "attempt": attempt.id, "agent": attempt.agent, "since": attempt.since,
            "side_by_side": attempt.beside,
        })
    };
    attempts(views).iter().map(object).collect()
}

impl Attempt<'_> {
    fn who(&self) -> &str {
        self.agent.unwrap_or("a command")
    }
}
