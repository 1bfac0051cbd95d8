//! The attempts of the chosen stage, newest first, and what is to be mended.

use super::graph::Painted;
use crate::engine::plan::Work;
use crate::engine::record::AttemptRecord;
use crate::records::runs::RunView;
use crate::terms::Outcome;
use crate::terms::usage::count;
use crate::text::{Role, SafeText, duration, width, wrap};
use crate::workbench::app::history::short_id;
use crate::workbench::app::{App, edited};
use crate::workbench::draw::frame::live_ms;
use crate::workbench::draw::line::Line;
use crate::workbench::layout::StagePane;

/// The most rows of a finding.
const ROWS: usize = 3;
/// How many edits by hand are shown.
const EDITS: usize = 3;

/// The word over the list, the list, the findings.
pub fn lines(app: &App, view: &RunView, parts: &StagePane, columns: usize) -> Vec<Painted> {
    let Some(record) = view.run.stages.get(app.run.stage.at) else {
        return Vec::new();
    };
    let stage = view.run.plan.stages.get(app.run.stage.at);
    let name = stage.map_or_else(|| record.id.to_string(), |s| s.name.clone());
    let gate = stage.is_some_and(|s| s.work == Work::Gate);
    let head = if gate {
        format!(" {}", name.to_uppercase())
    } else {
        format!(" ATTEMPTS OF {}", name.to_uppercase())
    };
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
        lines.push((attempt_line(app, attempt, live, columns), over));
    }
    if record.attempts.is_empty() {
        let none = if gate {
            " nothing runs here: a person decides"
        } else {
            " none yet"
        };
        lines.push((Line::new(app.theme).role(Role::Quiet, none), None));
    }
    let mut told = |role, text: &str| {
        let text = SafeText::line(text);
        let rows = wrap(text.as_str(), columns.saturating_sub(4).max(8));
        let line = |row| Line::new(app.theme).text("   ").role(role, row);
        lines.extend(rows.into_iter().take(ROWS).map(|row| (line(row), None)));
    };
    let names = |reason: &str| record.findings.iter().any(|f| reason.contains(&f.text));
    if let Some(stop) = record.stop.as_ref().filter(|s| !names(&s.reason)) {
        told(Role::Bad, &format!("{} [{}]", stop.reason, stop.code));
    }
    for finding in &record.findings {
        told(Role::Bad, &finding.to_string());
    }
    let bounds = stage.map(|s| s.bounds(&view.run.plan)).unwrap_or_default();
    if !bounds.is_empty() {
        let line = Line::new(app.theme).role(Role::Quiet, format!(" {}", bounds.join(", ")));
        lines.push((line, None));
    }
    lines
}

/// What people wrote into run-state.md, what it orders, and whether it was taken.
pub fn edits(app: &App, view: &RunView) -> Vec<Painted> {
    let edits = edited::edits(&view.run);
    let pending = app.run.pending.as_ref();
    if edits.is_empty() && pending.is_none() {
        return Vec::new();
    }
    let head = " EDITS OF RUN-STATE.MD";
    let mut lines = vec![
        (Line::new(app.theme), None),
        (Line::new(app.theme).role(Role::Quiet, head), None),
    ];
    if let Some(asks) = pending {
        let line = Line::new(app.theme)
            .role(Role::Attention, " ● not taken up yet  ")
            .text(asks);
        lines.push((line, None));
    }
    for edit in edits.iter().rev().take(EDITS) {
        let at = edit.at.to_zoned(app.zone.clone()).strftime("%H:%M");
        let (look, mark) = if edit.taken {
            (Role::Good, '✓')
        } else {
            (Role::Bad, '✗')
        };
        let word = if edit.taken { "taken" } else { "put back" };
        let line = Line::new(app.theme)
            .role(look, format!(" {mark} "))
            .role(Role::Quiet, format!("{at}  {word}  "))
            .text(&edit.text);
        lines.push((line, None));
    }
    lines
}

/// The look and the mark of how an attempt came out.
pub fn mark(outcome: Outcome) -> (Role, char) {
    match outcome {
        Outcome::Passed => (Role::Good, '✓'),
        Outcome::Paused | Outcome::Returned => (Role::Attention, '‖'),
        Outcome::NeedsInput => (Role::Attention, '?'),
        _ => (Role::Bad, '✗'),
    }
}

fn attempt_line(app: &App, attempt: &AttemptRecord, live: u64, columns: usize) -> Line {
    let line = Line::new(app.theme).text(" ");
    let id = short_id(attempt);
    let Some(result) = &attempt.result else {
        return line
            .role(Role::Live, "◐ ")
            .text(id)
            .role(
                Role::Live,
                format!(
                    "  {}",
                    attempt.with().unwrap_or_else(|| "running".to_owned())
                ),
            )
            .right(
                Role::Quiet,
                format!("{:>7} {:>6} {:>6} ", duration(live), "", ""),
            );
    };
    let (role, mark) = mark(result.outcome);
    let told = |known: Option<String>| known.unwrap_or_else(|| "?".to_owned());
    let used = format!(
        "{:>7} {:>6} {:>6} ",
        told(result.took_ms.map(crate::text::took)),
        told(result.usage.tokens().map(count)),
        told(result.usage.cost_text()),
    );
    let line = line
        .role(role, format!("{mark} "))
        .text(id)
        .role(role, format!("  {}", result.outcome.said()));
    let line = match attempt.with() {
        Some(with) => {
            let with = format!(" {}", SafeText::line(&with));
            let fits = line.width() + width(&with) + width(&used) < columns;
            let with = if fits { with } else { " by hand".to_owned() };
            line.role(Role::Attention, with)
        }
        None => line,
    };
    // A reason that is cut after a word says nothing.
    let reason = format!("  {}", SafeText::line(&result.reason));
    let fits = line.width() + width(&reason) + width(&used) < columns;
    let line = if fits {
        line.role(Role::Quiet, reason)
    } else {
        line
    };
    line.right(Role::Quiet, used)
}
