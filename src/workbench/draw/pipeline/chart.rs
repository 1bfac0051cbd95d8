//! The time of the run: a row a stage, work and waiting told apart, the axis in time of day.

use super::graph::Painted;
use super::role;
use crate::records::runs::RunView;
use crate::records::spans::Wait;
use crate::text::{Role, age, duration, truncate, width};
use crate::workbench::app::App;
use crate::workbench::app::chart::{Bar, Cell, Chart, chart};
use crate::workbench::draw::line::Line;
use crate::workbench::draw::{overlay, rows};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The most columns of a stage's name beside its row.
const NAMES: usize = 14;
/// The signs, each with what it means.
const SIGNS: [(Cell, &str); 5] = [
    (Cell::Works, "works"),
    (Cell::Waits(Wait::You), "waits for you"),
    (Cell::Waits(Wait::Provider), "waits for a provider"),
    (Cell::Waits(Wait::Mending), "stopped"),
    (Cell::Waits(Wait::Pause), "paused"),
];

/// The chart in these columns, where it has at most so many rows; else nothing.
pub fn lines(app: &App, view: &RunView, columns: usize, most: usize) -> Vec<Painted> {
    let names = names(view);
    let room = columns.saturating_sub(names + 3);
    if room < 12 {
        return Vec::new();
    }
    let chart = chart(&view.run, &view.spans, app.now, &app.zone, room);
    // The word over it, and the axis.
    if chart.bars.is_empty() || chart.bars.len() + 2 > most {
        return Vec::new();
    }
    let head = Line::new(app.theme)
        .role(Role::Quiet, " TIME")
        .right(Role::Quiet, format!("{} ", sums(&chart)));
    let mut lines = vec![(head, None)];
    lines.extend(body(app, view, &chart, names));
    lines
}

/// The chart over the view, as large as there is room.
pub fn large(app: &App, frame: &mut Frame<'_>, body_area: Rect) {
    let Some(view) = app.target() else { return };
    let names = names(view);
    let columns = usize::from(body_area.width).saturating_sub(names + 8);
    let chart = chart(&view.run, &view.spans, app.now, &app.zone, columns);
    let mut lines = body(app, view, &chart, names);
    lines.push((Line::new(app.theme), None));
    let mut signs = Line::new(app.theme).text(" ");
    for (cell, word) in SIGNS {
        signs = signs
            .role(look(cell, Role::Good), cell.glyph().to_string())
            .role(Role::Quiet, format!(" {word}   "));
    }
    lines.push((signs, None));
    let all = format!(" {} in all: {}", duration(chart.all_ms), sums(&chart));
    lines.push((Line::new(app.theme).text(all), None));
    let room = match app.desk.disks.get(&view.order.run) {
        None => "counting what its trees take on the disk…".to_owned(),
        Some(None) => "none of its trees is on this disk".to_owned(),
        Some(Some(usage)) => format!("{usage} on the disk in its trees"),
    };
    lines.push((
        Line::new(app.theme).role(Role::Quiet, format!(" {room}")),
        None,
    ));
    let inner = overlay::wide(app, frame, body_area, " Time of the run ", lines.len());
    for (y, (line, _)) in (0..inner.height).zip(lines) {
        line.draw(frame, rows(inner, y, 1), None);
    }
}

fn names(view: &RunView) -> usize {
    let names = view.run.plan.stages.iter().map(|s| width(&s.name));
    names.max().unwrap_or(0).clamp(4, NAMES)
}

/// Where the time went.
fn sums(chart: &Chart) -> String {
    let mut said = vec![format!("worked {}", duration(chart.works_ms))];
    for (ms, word) in [
        (chart.you_ms, "waited for you"),
        (chart.provider_ms, "for a provider"),
    ] {
        if ms >= 1_000 {
            // In one unit: it is told anew as often as that changes.
            said.push(format!("{word} {}", age(ms / 1_000)));
        }
    }
    said.join(", ")
}

fn body(app: &App, view: &RunView, chart: &Chart, names: usize) -> Vec<Painted> {
    let mut lines = Vec::new();
    for bar in &chart.bars {
        let name = view.run.plan.stages.get(bar.stage);
        let name = truncate(name.map_or("", |s| s.name.as_str()), names);
        let missing = names.saturating_sub(width(&name));
        let line =
            Line::new(app.theme).role(Role::Quiet, format!(" {}{name} ", " ".repeat(missing)));
        lines.push((bar_line(view, line, bar), None));
    }
    let mut axis = String::new();
    for (at, text) in &chart.axis {
        let missing = at.saturating_sub(axis.len());
        axis.push_str(&" ".repeat(missing));
        axis.push_str(text);
    }
    let lead = " ".repeat(names + 2);
    let axis = Line::new(app.theme).role(Role::Quiet, format!("{lead}{axis}"));
    lines.push((axis, None));
    lines
}

fn bar_line(view: &RunView, line: Line, bar: &Bar) -> Line {
    let state = view.run.stages.get(bar.stage).map(|s| role(s.state));
    let own = state.unwrap_or(Role::Quiet);
    let mut line = line;
    let mut cells = bar.cells.iter().copied().peekable();
    while let Some(cell) = cells.next() {
        let mut piece = cell.glyph().to_string();
        while let Some(next) = cells.next_if_eq(&cell) {
            piece.push(next.glyph());
        }
        line = line.role(look(cell, own), piece);
    }
    line
}

fn look(cell: Cell, own: Role) -> Role {
    match cell {
        Cell::Empty | Cell::Waits(Wait::Pause) => Role::Quiet,
        Cell::Works => own,
        Cell::Now => Role::Live,
        Cell::Waits(Wait::You) => Role::Attention,
        Cell::Waits(Wait::Provider) => Role::Name,
        Cell::Waits(Wait::Mending) => Role::Bad,
    }
}
