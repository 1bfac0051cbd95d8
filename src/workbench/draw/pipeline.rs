//! The pipeline of a run: its stages with live state, the attempts of the chosen one, the time they
//! took; and the attempt's timeline.

use super::frame::{live_ms, state_word};
use super::line::Line;
use super::{panes, rows};
use crate::engine::record::StageRecord;
use crate::records::runs::RunView;
use crate::terms::StageState;
use crate::text::{Role, duration, width};
use crate::workbench::app::{App, Pane, run};
use crate::workbench::layout;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The most columns of a stage's name.
const NAMES: usize = 24;

/// The look of a stage's state.
pub fn role(state: StageState) -> Role {
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

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let Some(view) = app.target() else {
        let text = "  This run is gone. 1 goes back to the backlog.";
        return Line::new(app.theme)
            .text(text)
            .draw(frame, rows(body, 1, 1), None);
    };
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        stages(app, view, frame, area);
    }
    if let Some(area) = right {
        timeline(app, view, frame, area);
    }
}

fn stages(app: &App, view: &RunView, frame: &mut Frame<'_>, area: Rect) {
    let mut y = 0;
    let mut put = |line: Line, over, frame: &mut Frame<'_>| {
        if y < area.height {
            line.draw(frame, rows(area, y, 1), over);
            y += 1;
        }
    };
    let scroll = app.run.stage;
    let names = view.run.plan.stages.iter().map(|s| width(&s.name));
    let names = names.max().unwrap_or(0).clamp(8, NAMES);
    let list = layout::stage_rows(view);
    let first = layout::first_row(&list, scroll.at, area.height.into());
    for (n, is_below) in list.into_iter().skip(first) {
        let Some(record) = view.run.stages.get(n) else {
            continue;
        };
        if is_below {
            let line = below(app, view, record);
            put(line.unwrap_or_else(|| Line::new(app.theme)), None, frame);
        } else {
            let over = (n == scroll.at).then(|| app.theme.chosen(app.pane == Pane::Left));
            put(stage(app, view, record, names), over, frame);
        }
    }
    put(Line::new(app.theme), None, frame);
    if let Some(record) = view.run.stages.get(scroll.at) {
        for line in attempts(app, record) {
            put(line, None, frame);
        }
    }
    put(Line::new(app.theme), None, frame);
    for line in gate(app, view) {
        put(line, None, frame);
    }
}

fn stage(app: &App, view: &RunView, record: &StageRecord, names: usize) -> Line {
    let planned = view.run.plan.stage(&record.id);
    let name = planned.map_or_else(|| record.id.to_string(), |s| s.name.clone());
    let took = record.took_ms.saturating_add(live_ms(app, record));
    let used = if record.attempts.is_empty() {
        String::new()
    } else {
        format!("{}  {} ", duration(took), record.total.cost_text())
    };
    let mut line = Line::new(app.theme)
        .text(" ")
        .role(role(record.state), record.state.glyph().to_string())
        .text(" ")
        .column(None, name, names)
        .text("  ")
        .role(role(record.state), record.state.to_string());
    if view.run.is_stale(&record.id) {
        line = line.role(Role::Attention, "  stale");
    }
    line.right(Role::Quiet, used)
}

/// What else there is to say of a stage, in one line below it.
fn below(app: &App, view: &RunView, record: &StageRecord) -> Option<Line> {
    let planned = view.run.plan.stage(&record.id)?;
    let line = Line::new(app.theme).role(Role::Quiet, " │    ");
    if let Some(stop) = &record.stop {
        return Some(line.role(Role::Bad, format!("{}: {}", stop.code, stop.reason)));
    }
    if record.asking.is_some() {
        return Some(line.role(Role::Attention, "asks for your approval"));
    }
    if record.loop_count > 1 {
        let of = planned.looping.as_ref().map(|l| l.max_iterations);
        let of = of.map_or_else(String::new, |n| format!(" of {n}"));
        return Some(line.text(format!("round {}{of}", record.loop_count)));
    }
    let artifacts: Vec<&str> = record
        .artifacts
        .iter()
        .filter_map(|a| a.path.as_str().rsplit('/').next())
        .collect();
    (!artifacts.is_empty()).then(|| line.role(Role::Quiet, artifacts.join(", ")))
}

fn attempts(app: &App, record: &StageRecord) -> Vec<Line> {
    let head = format!(" Attempts of {}", record.id);
    let mut lines = vec![Line::new(app.theme).role(Role::Quiet, head)];
    for attempt in record.attempts.iter().rev() {
        let line = Line::new(app.theme).text(" ");
        let line = match &attempt.result {
            None => line
                .role(Role::Live, "◐ ")
                .text(format!("{}  running", attempt.public))
                .right(Role::Quiet, format!("{} ", duration(live_ms(app, record)))),
            Some(result) => {
                let (role, mark) = if result.outcome == crate::terms::Outcome::Passed {
                    (Role::Good, '✓')
                } else {
                    (Role::Bad, '✗')
                };
                line.role(role, format!("{mark} "))
                    .text(format!("{}  {}  ", attempt.public, result.outcome))
                    .role(Role::Quiet, &result.reason)
                    .right(Role::Quiet, format!(" {} ", duration(result.took_ms)))
            }
        };
        lines.push(line);
    }
    if record.attempts.is_empty() {
        lines.push(Line::new(app.theme).role(Role::Quiet, " none yet"));
    }
    for finding in &record.findings {
        lines.push(Line::new(app.theme).role(Role::Bad, format!("   {finding}")));
    }
    lines
}

fn gate(app: &App, view: &RunView) -> Vec<Line> {
    let Some((stage, _, evidence)) = run::gate(view) else {
        return Vec::new();
    };
    let key = |action| app.keymap.key(action).unwrap_or_default();
    use crate::workbench::actions::Action;
    vec![
        Line::new(app.theme)
            .text(" ")
            .role(Role::Attention, format!("? {stage} asks for your approval"))
            .role(Role::Quiet, format!("  on {}", evidence.short())),
        Line::new(app.theme)
            .text("   ")
            .role(Role::Command, key(Action::Approve))
            .text(" approve   ")
            .role(Role::Command, key(Action::SendBack))
            .text(" send back"),
    ]
}

fn timeline(app: &App, view: &RunView, frame: &mut Frame<'_>, area: Rect) {
    head(app, view).draw(frame, rows(area, 0, 1), None);
    let area = rows(area, 1, area.height.saturating_sub(1));
    let scroll = app.run.timeline;
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some(told) = app.run.lines.get(n) else {
            break;
        };
        let focused = app.pane == Pane::Right;
        let over = (focused && n == scroll.at).then(|| app.theme.chosen(true));
        Line::new(app.theme)
            .role(Role::Quiet, format!("{:>7}  ", duration(told.ms)))
            .column(Some(told.role), told.word, 10)
            .text(told.text.replace('\n', " "))
            .right(told.role, &told.right)
            .draw(frame, rows(area, y, 1), over);
    }
    if app.run.lines.is_empty() {
        let text = match app.run.attempt {
            Some(_) => "  nothing told yet",
            None => "  no attempt of this stage yet",
        };
        Line::new(app.theme)
            .role(Role::Quiet, text)
            .draw(frame, rows(area, 1, 1), None);
    }
}

fn head(app: &App, view: &RunView) -> Line {
    let record = view.run.stages.get(app.run.stage.at);
    let planned = record.and_then(|r| view.run.plan.stage(&r.id));
    let attempt = record.and_then(|r| r.current_attempt());
    let mut line = Line::new(app.theme);
    if let Some(attempt) = attempt {
        line = line.role(Role::Title, &attempt.public);
        if let Some(result) = &attempt.result {
            line = line.text("  ").text(result.outcome.to_string());
            if let Some(model) = &result.model {
                line = line.role(Role::Quiet, format!("  {model}"));
            }
            line = line.role(Role::Quiet, format!("  {}", result.sandbox));
        }
    } else if let Some(stage) = planned {
        line = line.role(Role::Title, &stage.name);
    } else {
        line = line.role(Role::Title, state_word(view));
    }
    let running = attempt.is_some_and(|a| a.result.is_none());
    if running && app.run.follow {
        return line.right(Role::Live, "⇣ following ");
    }
    let below = app.run.lines.len().saturating_sub(app.run.timeline.at + 1);
    if running && below > 0 {
        return line.right(Role::Attention, format!("⇣ {below} below "));
    }
    line
}
