//! Runs that only a report tells of.

use crate::cli::out::{Out, Role, paint, safe};
use crate::records::earlier::{self, Earlier};
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::TaskId;
use crate::text::SafeText;
use crate::text::measure::{pad, truncate, width};
use serde_json::json;

/// How many are listed.
const MAX_LISTED: usize = 5;

/// Those of a project that has these runs of its own.
pub(super) fn of(project: &Project, views: &[RunView]) -> Vec<Earlier> {
    let known = views.iter().map(|v| v.order.run.to_string()).collect();
    earlier::all(project, &known)
}

/// A row each, the latest first.
pub(super) fn list(out: &Out, runs: &[Earlier]) {
    let widest = runs
        .iter()
        .take(MAX_LISTED)
        .map(|r| width(safe(r.name()).as_str()));
    let id = widest.max().unwrap_or(0);
    for run in runs.iter().take(MAX_LISTED) {
        let day = run.days().map_or("", |(_, last)| last);
        let outcome = run.outcome().unwrap_or("says nothing of its outcome");
        let room = out.width.saturating_sub(id + 18).max(12);
        out.text(format!(
            "  {}  {}  {}",
            paint(Role::Name, pad(safe(run.name()).as_str(), id)),
            pad(safe(day).as_str(), 10),
            truncate(safe(outcome).as_str(), room),
        ));
    }
    if runs.len() > MAX_LISTED {
        let more = format!(
            "  and {} more; each is a file in runs/",
            runs.len() - MAX_LISTED
        );
        out.text(paint(Role::Quiet, more));
    }
}

/// One whole: what it says of itself, its stages, and where its report lies.
pub(super) fn show(out: &Out, run: &Earlier) {
    if out.json {
        return out.object(&object(run));
    }
    let summary = &run.summary;
    out.text(paint(Role::Title, safe(run.name())));
    out.text(paint(
        Role::Quiet,
        "Only its report tells of it: it was made before, elsewhere, or was cleaned away.",
    ));
    let row = |word: &str, says: Option<&str>| {
        if let Some(says) = says {
            out.text(format!("  {word:<9}{}", safe(says)));
        }
    };
    row("task", run.task.as_ref().map(TaskId::as_str));
    row("outcome", run.outcome());
    row("at", summary.current_stage.as_deref());
    row("stopped", summary.stop_reason.as_deref());
    row("report", Some(run.path.as_str()));
    if !summary.stages.is_empty() {
        out.text(format!("\n{}", paint(Role::Title, "Stages")));
    }
    for stage in &summary.stages {
        let [name, date, status] = [&stage.name, &stage.date, &stage.status].map(|t| safe(t));
        out.text(format!(
            "  {}  {}  {status}",
            pad(name.as_str(), 24),
            pad(date.as_str(), 10),
        ));
    }
    out.text(format!("\n{}", paint(Role::Title, "Report")));
    out.text(SafeText::block(run.text.trim_end()));
}

/// It as `--json` shows it.
pub(super) fn object(run: &Earlier) -> serde_json::Value {
    let stages = run.summary.stages.iter().map(|stage| {
        json!({
            "name": stage.name, "id": stage.id, "status": stage.status, "date": stage.date,
        })
    });
    json!({
        "type": "earlier_run", "run": run.name(), "task": run.task, "report": run.path.as_str(),
        "outcome": run.outcome(), "current_stage": run.summary.current_stage,
        "stop_reason": run.summary.stop_reason, "stages": stages.collect::<Vec<_>>(),
    })
}
