//! One run whole: what it is, its stages, why it is where it is, what comes next.

use super::{cost, object, role_of, taken, took, tree_of};
use crate::cli::follow::ending::why_lines;
use crate::cli::out::{Out, Role, paint, safe};
use crate::cli::{Context, why};
use crate::engine::record::StageRecord;
use crate::landing::clean::trees_of;
use crate::records::runs::RunView;
use crate::terms::StageState;
use crate::text::measure::{pad, truncate, width};
use crate::text::say;
use serde_json::json;
use std::path::Path;

/// The columns before a head line's text.
const NAMES: usize = 13;
/// The columns of a stage's state.
const STATE: usize = 17;
/// From this width on, a stage's row tells its iteration.
const ROOMY: usize = 100;

/// How many files of its trees are counted: nobody waits for long.
const MOST_FILES: usize = 200_000;

/// Shows it.
pub(super) fn show(context: &Context, view: &RunView) {
    let out = &context.out;
    if out.json {
        let whole = why::whole(view, None);
        out.object(&object(context, view, (Some(&whole), Some(&view.beside()))));
        for record in &view.run.stages {
            out.object(&stage_object(view, record));
        }
        return;
    }
    head(out, view);
    out.text("");
    stages(out, view);
    out.text("");
    tail(context, view);
}

fn head(out: &Out, view: &RunView) {
    let state = taken(view).map_or_else(|| view.state().to_string(), str::to_owned);
    let state = paint(role_of(view), state);
    out.text(format!("{}  {state}", paint(Role::Title, &view.order.run)));
    let line = |name: &str, text: &str| {
        out.text(format!("  {}  {}", pad(name, 9), safe(text)));
    };
    if let Some(task) = &view.run.plan.task {
        line("task", &format!("{} {}", task.id, task.title));
    }
    line("workflow", &view.run.plan.workflow);
    let from = view.order.base_branch.as_deref().unwrap_or("no branch");
    let base = view.order.started_on().short();
    let place = match view.order.in_place {
        Some(_) => ("in place", String::new()),
        None if view.order.private.is_some() => ("kept by", format!("{} ", view.order.branch)),
        None => ("branch", format!("{} ", view.order.branch)),
    };
    let now = view.run.refreshed_on.as_ref();
    let now = now.map_or_else(String::new, |on| format!(", refreshed at {}", on.short()));
    line(place.0, &format!("{}from {from} at {base}{now}", place.1));
    let beside = view.beside();
    if let Some(moved) = &beside.moved {
        line("base", &moved.told());
        line("", &moved.remedy(&view.order.run));
    }
    for (n, told) in beside.lines().iter().enumerate() {
        line(if n == 0 { "beside" } else { "" }, told);
    }
    let home = &view.order.home;
    if let Some(tree) = tree_of(view) {
        line("tree", &short(out, home, tree));
    }
    if let Some(usage) = trees_of(view, MOST_FILES) {
        line("disk", &format!("{usage} in its trees"));
    }
    let active = view.active_dir().report();
    let report = if active.exists() {
        active
    } else {
        view.report_path()
    };
    line("report", &short(out, home, &report));
    let total = view.run.total();
    if total.attempts > 0 {
        let tokens = total.tokens_text();
        let took = say::duration(took(view));
        line("used", &format!("{took}, {tokens} tokens, {}", cost(view)));
    }
    if let (Some(review), None) = (&view.run.in_review, &view.run.landed) {
        line("review", &view.run.told_of(review));
    }
    if let Some(landed) = &view.run.landed {
        let commit = landed.commit.short();
        line(
            "landed",
            &format!("on {} by {}, {commit}", landed.into, landed.how),
        );
    }
}

/// A path whole where it fits beside its name, else from the checkout on.
fn short(out: &Out, home: &Path, path: &Path) -> String {
    let whole = path.to_string_lossy();
    if !out.terminal || width(&whole) + NAMES <= out.width {
        return whole.into_owned();
    }
    let beside = || path.strip_prefix(home.parent()?).ok();
    match (path.strip_prefix(home), beside()) {
        (Ok(inside), _) => inside.to_string_lossy().into_owned(),
        (_, Some(beside)) => format!("../{}", beside.to_string_lossy()),
        _ => whole.into_owned(),
    }
}

fn stages(out: &Out, view: &RunView) {
    let names = view.run.plan.stages.iter().map(|s| width(&s.name));
    let column = names.max().unwrap_or(0).clamp(5, 32);
    let roomy = out.width >= ROOMY;
    let title = format!(
        "    {}  {}{}  attempts     took  cost",
        pad("stage", column),
        pad("state", STATE),
        if roomy { "  iteration" } else { "" }
    );
    out.text(paint(Role::Quiet, title));
    for record in &view.run.stages {
        let stage = view.run.plan.stage(&record.id);
        let name = stage.map_or(record.id.as_str(), |s| s.name.as_str());
        let name = pad(&truncate(safe(name).as_str(), column), column);
        let state = record.state;
        let known = !record.attempts.is_empty();
        let count = |n: usize| {
            if n == 0 {
                "-".to_owned()
            } else {
                n.to_string()
            }
        };
        let dash = || "-".to_owned();
        let took = if known {
            say::duration(record.took_ms)
        } else {
            dash()
        };
        let cost = if known {
            record.total.cost_text()
        } else {
            dash()
        };
        let iteration = usize::try_from(record.iteration).unwrap_or(usize::MAX);
        let iteration = if roomy {
            format!("  {:>9}", count(iteration))
        } else {
            String::new()
        };
        let stale = if view.run.is_stale(&record.id) {
            paint(Role::Attention, "  stale")
        } else {
            String::new()
        };
        out.text(format!(
            "  {} {name}  {}{iteration}  {:>8}  {took:>7}  {cost}{stale}",
            paint(role(state), state.glyph()),
            paint(role(state), pad(&state.to_string(), STATE)),
            count(record.attempts.len()),
        ));
    }
}

/// Why it is where it is: the six lines; and what is stale of it.
fn tail(context: &Context, view: &RunView) {
    for (stage, changed) in view.run.stale() {
        let text = format!("{stage} is stale: {} changed since", changed.join(", "));
        context.out.text(safe(&text));
    }
    why_lines(context, &why::whole(view, None));
}

fn role(state: StageState) -> Role {
    match state {
        StageState::Passed => Role::Good,
        StageState::Running => Role::Live,
        StageState::Failed | StageState::Blocked => Role::Bad,
        StageState::Pending | StageState::Ready | StageState::Skipped | StageState::Cancelled => {
            Role::Quiet
        }
        _ => Role::Attention,
    }
}

fn stage_object(view: &RunView, record: &StageRecord) -> serde_json::Value {
    let stage = view.run.plan.stage(&record.id);
    json!({
        "type": "stage",
        "run": view.order.run,
        "id": record.id,
        "name": stage.map(|s| &s.name),
        "state": record.state.word(),
        "iteration": record.iteration,
        "attempts": record.attempts.len(),
        "took_ms": (!record.attempts.is_empty()).then_some(record.took_ms),
        "cost_micros": record.total.cost(),
        "tokens": (record.total.attempts > 0 && record.total.tokens_unknown == 0)
            .then_some(record.total.tokens),
        "stale": view.run.is_stale(&record.id),
        "stop": record.stop.as_ref().map(|s| json!({ "code": s.code, "reason": s.reason })),
        "commit": record.commit,
    })
}
