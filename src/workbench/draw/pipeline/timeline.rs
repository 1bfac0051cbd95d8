//! The timeline of the chosen attempt.

use super::chosen;
use crate::engine::plan::Work;
use crate::records::runs::RunView;
use crate::render::Look;
use crate::terms::{RunState, StageState};
use crate::text::{Role, SafeText, duration, width, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::page::places;
use crate::workbench::app::timeline::{Entry, Kind, Row};
use crate::workbench::app::would::approve;
use crate::workbench::app::{App, Pane};
use crate::workbench::draw::frame::state_word;
use crate::workbench::draw::line::Line;
use crate::workbench::draw::rows;
use crate::workbench::layout::TIMES;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The columns of the time, and of the word.
const TIME: usize = 7;
const WORD: usize = 9;

/// Paints it.
pub fn draw(app: &App, view: &RunView, frame: &mut Frame<'_>, area: Rect) {
    head(app, view).draw(frame, rows(area, 0, 1), None);
    let area = rows(area, 1, area.height.saturating_sub(1));
    let timeline = &app.run.timeline;
    let live = live_since(app, view);
    for (y, (at, entry, row)) in (0..area.height).zip(timeline.shown(area.height.into())) {
        let is_chosen = app.pane == Pane::Right && at == timeline.at;
        let over = is_chosen.then(|| chosen(app, Pane::Right));
        line(app, entry, row, live).draw(frame, rows(area, y, 1), over);
    }
    if timeline.is_empty() {
        for (y, line) in (1..area.height).zip(nothing_told(app, view, area.width)) {
            line.draw(frame, rows(area, y, 1), None);
        }
    }
}

/// What stands where nothing was told: what a person decides or decided there, or what is waited
/// for.
fn nothing_told(app: &App, view: &RunView, columns: u16) -> Vec<Line> {
    let line = || Line::new(app.theme).text("  ");
    let record = view.run.stages.get(app.run.stage.at);
    let stage = view.run.plan.stages.get(app.run.stage.at);
    let (Some(record), Some(stage)) = (record, stage) else {
        return Vec::new();
    };
    if record.asking.is_some() {
        let key = app.key_or_name(Action::Artifacts);
        let says = " shows all that you decide on, with the change, and asks";
        let mut lines: Vec<Line> = approve(view).iter().map(|l| line().text(l)).collect();
        lines.push(Line::new(app.theme));
        lines.push(line().role(Role::Command, key).text(says));
        return lines;
    }
    if app.run.attempt.is_some() {
        return vec![line().role(Role::Quiet, "nothing told yet")];
    }
    let given = record.approved_after.as_ref();
    if let Some(given) = given.or(record.approved_before.as_ref()) {
        let by = format!("approved by {}, {}", given.by.name, app.clock(given.at));
        let on = format!("  on the evidence {}", given.evidence.short());
        return vec![
            line().role(Role::Good, "✓ ").text(by),
            line().role(Role::Quiet, on),
        ];
    }
    if view.state() == RunState::Interrupted && !record.state.is_done() {
        return forsaken(app, view, columns);
    }
    let says = match (&stage.work, record.state) {
        (_, StageState::Skipped) => "left out",
        (Work::Gate, state) if state.is_done() => "passed; no person was asked",
        (Work::Gate, _) => "a person decides here, once all before it is done",
        _ => "no attempt of this stage yet",
    };
    vec![line().role(Role::Quiet, says)]
}

/// That nobody carries the run on, why, and by which key somebody does.
fn forsaken(app: &App, view: &RunView, columns: u16) -> Vec<Line> {
    let line = || Line::new(app.theme).text("  ");
    let (why, at) = view.forsaken();
    let why = at.map_or(why.clone(), |at| format!("{why}, {}", app.clock(at)));
    let room = usize::from(columns).saturating_sub(6);
    let rows = wrap(SafeText::line(&why).as_str(), room);
    let mut lines: Vec<Line> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            let mark = if n == 0 { "! " } else { "  " };
            line().role(Role::Attention, mark).text(row)
        })
        .collect();
    lines.push(Line::new(app.theme));
    let key = app.key_or_name(Action::Pause);
    lines.push(line().role(Role::Command, key).text(" lets it go on"));
    lines
}

/// For how many milliseconds the attempt that is shown has been running; `None`: it does not run.
fn live_since(app: &App, view: &RunView) -> Option<u64> {
    let at = app.run.attempt_at(view)?;
    let attempt = app.run.attempts(view).get(at)?;
    if attempt.result.is_some() || !view.supervised {
        return None;
    }
    let gone = app.now.duration_since(attempt.started).as_millis();
    Some(u64::try_from(gone).unwrap_or(0))
}

fn line(app: &App, entry: &Entry, row: &Row, live: Option<u64>) -> Line {
    let new = Line::new(app.theme);
    let told = &entry.line;
    let style = match told.word {
        "thinks" | "raw" => app.theme.style(Role::Quiet),
        _ => Style::new(),
    };
    let beside = || {
        new.clone()
            .styled(app.theme.rule(), format!("{:>TIMES$}", "│ "))
    };
    match row.kind {
        Kind::Head | Kind::Began if entry.follows => {
            marked(app, new.text(" ".repeat(TIMES)), style, &row.text)
        }
        Kind::Head | Kind::Began => {
            let line = new
                .role(Role::Quiet, format!("{:>TIME$}  ", duration(told.ms)))
                .column(Some(told.role), told.word, WORD);
            let line = marked(app, line, style, &row.text);
            if row.kind == Kind::Began {
                return line;
            }
            ended(line, entry, live)
        }
        Kind::Text => marked(app, new.text(" ".repeat(TIMES)), style, &row.text),
        Kind::Went => new.right(told.role, format!("{} ", row.text)),
        Kind::Folded(hidden) => {
            let key = app.key_or_name(Action::Fold);
            beside().role(Role::Quiet, format!("… {hidden} more, {key} unfolds"))
        }
        Kind::Added => marked(app, beside(), app.theme.look(Look::Added), &row.text),
        Kind::Removed => marked(app, beside(), app.theme.look(Look::Removed), &row.text),
        Kind::Hunk => marked(app, beside(), app.theme.look(Look::Hunk), &row.text),
        Kind::Context => marked(app, beside(), Style::new(), &row.text),
        Kind::Output => {
            let quiet = app.theme.style(Role::Quiet);
            marked(app, beside(), quiet, &row.text)
        }
    }
}

/// How it went, at the right; of what goes on how long it has.
fn ended(line: Line, entry: &Entry, live: Option<u64>) -> Line {
    let told = &entry.line;
    match live.filter(|_| entry.open) {
        Some(live) => {
            let gone = duration(live.saturating_sub(told.ms));
            line.right(Role::Live, format!("◐ {gone} "))
        }
        None if entry.open => line.right(Role::Quiet, "no end told "),
        None if told.right.is_empty() => line,
        None => line.right(told.role, format!("{} ", told.right)),
    }
}

/// Text with what is searched for marked in it.
fn marked(app: &App, line: Line, style: Style, text: &str) -> Line {
    let mut line = line;
    let mut from = 0;
    for (begin, end) in places(text, &app.run.timeline.wanted) {
        line = line
            .styled(style, between(text, from, begin))
            .styled(app.theme.found(), between(text, begin, end));
        from = end;
    }
    line.styled(style, between(text, from, usize::MAX))
}

/// The part of a text from one column to another.
fn between(text: &str, from: usize, to: usize) -> String {
    if from == 0 && to == usize::MAX {
        return text.to_owned();
    }
    let mut column = 0;
    let mut part = String::new();
    for c in text.chars() {
        if column >= from && column < to {
            part.push(c);
        }
        column += width(c.encode_utf8(&mut [0; 4]));
    }
    part
}

fn head(app: &App, view: &RunView) -> Line {
    let record = view.run.stages.get(app.run.stage.at);
    let planned = record.and_then(|r| view.run.plan.stage(&r.id));
    let attempts = app.run.attempts(view);
    let attempt = app.run.attempt_at(view).and_then(|at| attempts.get(at));
    let mut line = Line::new(app.theme).text(" ");
    let asks = record.is_some_and(|r| r.asking.is_some());
    let Some(attempt) = attempt else {
        let title = planned.map_or_else(|| state_word(view), |s| s.name.clone());
        let line = line.role(Role::Title, title);
        return if asks { asking(app, line) } else { line };
    };
    line = line.role(Role::Title, &attempt.public);
    if let Some(with) = attempt.with() {
        line = line.role(Role::Attention, format!("  {}", SafeText::line(&with)));
    } else if let Some(agent) = attempt.agent.as_ref() {
        line = line.role(Role::Name, format!("  {agent}"));
    }
    if let Some(result) = &attempt.result {
        line = line.text("  ").text(result.outcome.said());
        if let Some(model) = &result.model {
            line = line.role(Role::Quiet, format!("  {model}"));
        }
        line = line.role(Role::Quiet, format!("  {}", result.sandbox));
    } else if let Some(stage) = planned {
        line = line.role(Role::Quiet, format!("  {}", stage.profile.name));
    }
    if asks {
        return asking(app, line);
    }
    let timeline = &app.run.timeline;
    if attempt.result.is_none() && timeline.follow {
        return line.right(Role::Live, "⇣ following ");
    }
    match timeline.news() {
        0 => line,
        news => {
            let key = app.key_or_name(Action::Follow);
            line.right(Role::Attention, format!("⇣ {news} new, {key} follows "))
        }
    }
}

/// Where the graph is not in sight, it is said here too that the stage waits.
fn asking(app: &App, line: Line) -> Line {
    if app.two_panes() {
        return line;
    }
    line.right(Role::Attention, "? asks for your approval ")
}
