//! `status --all`: what waits and what runs in every repository in which this person used the
//! program. The engine's own records are read there, and nothing of the repository is started.

use super::cost_of;
use crate::cli::Context;
use crate::cli::out::{Out, Role, paint, safe};
use crate::records::glance::{Brief, Glance, Place, here};
use crate::records::user::{UserDir, cache_folder};
use crate::store::layout::EngineDir;
use crate::store::user::repositories::{Known, Repositories};
use crate::text::measure::{pad, truncate, width};
use crate::text::{age, many};
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many that run are listed of each.
const MAX_RUNNING: usize = 5;
/// Columns of what a run needs, and of its age.
const NEED: usize = 20;
const AGE: usize = 7;

/// The repositories that are known: those that are there, and those that are gone.
#[derive(Debug, Default)]
pub(super) struct All {
    pub(super) here: Vec<Known>,
    pub(super) gone: Vec<Known>,
}

/// The repositories of this user, that of this folder among them.
pub(super) fn known(context: &Context) -> All {
    let user = UserDir::find();
    let noted = user.map_or_else(Vec::new, |u| Repositories::of(&u).all());
    let mut there: Vec<Known> = Vec::new();
    let mut gone = Vec::new();
    for known in noted {
        match here(&known.home) {
            // It may be another one by now than it was.
            Place::At(engine, _) if there.iter().all(|k| !same(k, &engine)) => {
                let engine = engine.path().to_owned();
                there.push(Known { engine, ..known });
            }
            Place::At(..) => {}
            Place::Unusual if known.engine.is_dir() => there.push(known),
            Place::Unusual | Place::None => gone.push(known),
        }
    }
    if let Place::At(engine, home) = here(&context.cwd)
        && there.iter().all(|k| !same(k, &engine))
    {
        let (engine, at) = (engine.path().to_owned(), Timestamp::now());
        there.insert(0, Known { home, engine, at });
    }
    All { here: there, gone }
}

fn same(known: &Known, engine: &EngineDir) -> bool {
    let real = |path: &std::path::Path| path.canonicalize().ok();
    known.engine == engine.path() || real(&known.engine) == real(engine.path())
}

/// Shows them, those in which something waits first; lets go of those that are gone.
pub(super) fn show(context: &Context) {
    let out = &context.out;
    let all = known(context);
    let cache = cache_folder();
    let look = |known: Known| {
        let glance = Glance::at(&EngineDir::at(known.engine.clone()), cache.as_deref());
        (known, glance)
    };
    let mut seen: Vec<(Known, Glance)> = all.here.into_iter().map(look).collect();
    // Stable: otherwise the one that was used last comes first.
    seen.sort_by_key(|(_, glance)| (glance.needs() == 0, glance.running() == 0));
    let now = Timestamp::now();
    let mut quiet = Vec::new();
    let mut shown = 0;
    for (known, glance) in &seen {
        if out.json {
            objects(out, known, glance);
        } else if glance.needs() + glance.running() + glance.unreadable == 0 {
            quiet.push(known);
        } else {
            if shown > 0 {
                out.text("");
            }
            shown += 1;
            project(out, known, glance, now);
        }
        glance.keep();
    }
    if !quiet.is_empty() {
        if shown > 0 {
            out.text("");
        }
        out.text(paint(Role::Title, "Nothing waits or runs"));
        for known in quiet {
            out.text(format!("  {}", safe(&known.home.display().to_string())));
        }
    }
    let user = UserDir::find();
    for gone in &all.gone {
        let home = gone.home.display().to_string();
        out.object(&json!({ "type": "gone", "repository": home }));
        let said = format!("{home} is not there any more, and is no longer listed");
        out.text(paint(Role::Quiet, safe(&said)));
        if let Some(user) = &user {
            Repositories::of(user).forget(gone);
        }
    }
    if seen.is_empty() && all.gone.is_empty() {
        out.text(
            "No repository is known yet: a run, or the workbench, adds the one it is used in.",
        );
    }
}

fn project(out: &Out, known: &Known, glance: &Glance, now: Timestamp) {
    let name = known.home.file_name().unwrap_or_default().to_string_lossy();
    out.text(format!(
        "{}  {}",
        paint(Role::Title, safe(&name)),
        paint(Role::Quiet, safe(&known.home.display().to_string()))
    ));
    let needs = glance.all_needs();
    let running = glance.all_running();
    let ids = needs.iter().chain(&running).map(|b| width(b.run.as_str()));
    let id = ids.max().unwrap_or(0);
    for brief in &needs {
        row(out, brief, (id, now), Role::Attention);
    }
    for brief in running.iter().take(MAX_RUNNING) {
        row(out, brief, (id, now), Role::Live);
    }
    let more = running.len().saturating_sub(MAX_RUNNING);
    if more > 0 {
        let more = format!(
            "  and {} that {} more",
            many(more, "run"),
            if more == 1 { "goes on" } else { "go on" }
        );
        out.text(paint(Role::Quiet, more));
    }
    if glance.unreadable > 0 {
        let bad = many(glance.unreadable, "run");
        out.text(format!(
            "  {} {bad} can't be read; `harness-tui status` there says why",
            paint(Role::Bad, "!")
        ));
    }
}

fn row(out: &Out, brief: &Brief, (id, now): (usize, Timestamp), role: Role) {
    let (says, since) = match &brief.need {
        Some(need) => (need.short(), need.since),
        None => {
            let stage = brief.stage.clone().unwrap_or_default();
            (format!("{} {stage}", brief.state), None)
        }
    };
    let gone = since.map(|at| now.duration_since(at).as_secs());
    let gone = gone.map_or_else(String::new, |s| age(u64::try_from(s).unwrap_or(0)));
    let cost = brief.need.as_ref().map(|n| cost_of(&n.total));
    let room = out
        .width
        .saturating_sub(2 + id + 2 + NEED + 2 + AGE + 12)
        .clamp(8, 60);
    out.text(format!(
        "  {}  {}  {}  {:>AGE$}  {}",
        paint(Role::Name, pad(brief.run.as_str(), id)),
        paint(
            role,
            pad(truncate(safe(&says).as_str(), NEED).as_str(), NEED)
        ),
        pad(safe(&brief.title).as_str(), room),
        gone,
        paint(Role::Quiet, cost.unwrap_or_default()),
    ));
}

fn objects(out: &Out, known: &Known, glance: &Glance) {
    let home = known.home.display().to_string();
    out.object(&json!({
        "type": "repository", "repository": home, "engine": known.engine.display().to_string(),
        "needs": glance.needs(), "running": glance.running(), "runs": glance.runs(),
        "unreadable": glance.unreadable,
    }));
    for brief in glance.all_needs().iter().chain(&glance.all_running()) {
        out.object(&object(&home, brief));
    }
}

fn object(home: &str, brief: &Brief) -> Value {
    let need = brief.need.as_ref();
    let total = need.map(|n| n.total);
    json!({
        "type": "run", "repository": home, "run": brief.run, "state": brief.state.word(),
        "task": brief.task, "title": brief.title, "stage": brief.stage, "updated": brief.updated,
        "needs_you": need.is_some(), "need": need.map(|n| n.kind), "since": need.and_then(|n| n.since),
        "asks": need.map(|n| &n.asks), "command": need.map(|n| &n.command),
        "cost_micros": total.and_then(|t| t.cost()),
    })
}
