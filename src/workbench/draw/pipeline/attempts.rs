//! The attempts of the chosen stage, newest first, and what is to be mended.

use super::graph::Painted;
use crate::engine::record::AttemptRecord;
use crate::records::runs::RunView;
use crate::terms::Outcome;
use crate::terms::usage::{count, dollars};
use crate::text::{Role, duration};
use crate::workbench::app::App;
use crate::workbench::draw::frame::live_ms;
use crate::workbench::draw::line::Line;
use crate::workbench::layout::StagePane;

/// The word over the list, the list, the findings.
pub fn lines(app: &App, view: &RunView, parts: &StagePane) -> Vec<Painted> {
    let Some(record) = view.run.stages.get(app.run.stage.at) else {
        return Vec::new();
    };
    let stage = view.run.plan.stages.get(app.run.stage.at);
    let name = stage.map_or_else(|| record.id.to_string(), |s| s.name.clone());
    let head = format!(" ATTEMPTS OF {}", name.to_uppercase());
    let head = Line::new(app.theme).role(Role::Quiet, head);
    let shown = app.run.attempt_at(view);
    let many = record.attempts.len();
    let head = match shown {
        Some(at) if many > 1 => head.right(Role::Quiet, format!("{} of {many} ", at + 1)),
        _ => head,
    };
    let mut lines = vec![(head, None)];
    for n in 0..parts.attempts {
        let Some(at) = parts.attempt(n) else { break };
        let Some(attempt) = record.attempts.get(at) else {
            break;
        };
        let over = (shown == Some(at) && many > 1).then(|| app.theme.chosen(false));
        let live = if at + 1 == many {
            live_ms(app, record)
        } else {
            0
        };
        lines.push((attempt_line(app, attempt, live), over));
    }
    if record.attempts.is_empty() {
        lines.push((Line::new(app.theme).role(Role::Quiet, " none yet"), None));
    }
    for finding in &record.findings {
        let line = Line::new(app.theme).role(Role::Bad, format!("   {finding}"));
        lines.push((line, None));
    }
    lines
}

/// The look and the mark of how an attempt came out.
pub fn mark(outcome: Outcome) -> (Role, char) {
    match outcome {
        Outcome::Passed => (Role::Good, '✓'),
        Outcome::Paused => (Role::Attention, '‖'),
        Outcome::NeedsInput => (Role::Attention, '?'),
        _ => (Role::Bad, '✗'),
    }
}

/// An attempt's id without the part that is its run's.
pub fn short_id(attempt: &AttemptRecord) -> String {
    let public = attempt.public.to_string();
    public.splitn(6, '-').skip(4).collect::<Vec<_>>().join("-")
}

fn attempt_line(app: &App, attempt: &AttemptRecord, live: u64) -> Line {
    let line = Line::new(app.theme).text(" ");
    let id = short_id(attempt);
    let Some(result) = &attempt.result else {
        return line
            .role(Role::Live, "◐ ")
            .text(id)
            .role(Role::Live, "  running")
            .right(
                Role::Quiet,
                format!("{:>7} {:>7} {:>7} ", duration(live), "", ""),
            );
    };
    let (role, mark) = mark(result.outcome);
    let told = |known: Option<String>| known.unwrap_or_else(|| "?".to_owned());
    let used = format!(
        "{:>7} {:>7} {:>7} ",
        duration(result.took_ms),
        told(result.usage.tokens().map(count)),
        told(result.usage.cost_micros.map(dollars)),
    );
    line.role(role, format!("{mark} "))
        .text(id)
        .role(role, format!("  {}", result.outcome))
        .role(Role::Quiet, format!("  {}", result.reason))
        .right(Role::Quiet, used)
}
