//! Where things are on the screen: what is painted there and what a click there means go by the
//! same numbers.

pub mod graph;

use super::app::{App, Pane, View};
use crate::records::runs::RunView;

/// The rows over the body.
pub const TOP: u16 = 3;
/// The rows that are not the body's.
pub const CHROME: u16 = 5;
/// From this many columns on both panes are shown.
pub const TWO_PANES: u16 = 100;

/// The column at which the right pane begins.
pub fn divider(app: &App) -> u16 {
    let (width, _) = app.size;
    match app.view {
        View::Backlog => width / 2,
        View::Pipeline => (width * 2 / 5).min(58),
        View::Artifacts => (width / 4).clamp(28, 44),
    }
}

/// The rows over a pane's own list.
pub fn head(view: View, pane: Pane) -> u16 {
    match (view, pane) {
        (View::Pipeline | View::Artifacts, Pane::Right) | (View::Backlog, Pane::Left) => 1,
        _ => 0,
    }
}

/// The rows of a list in a pane.
pub fn list_rows(app: &App, pane: Pane) -> usize {
    let taken = CHROME + head(app.view, pane) + brief(app);
    usize::from(app.size.1.saturating_sub(taken))
}

/// The rows below the backlog's list that say the chosen entry in short, where nothing stands beside
/// it.
pub fn brief(app: &App) -> u16 {
    let alone = app.view == View::Backlog && app.pane == Pane::Left && !app.two_panes();
    if alone && !app.zoom && app.size.1 >= 16 {
        3
    } else {
        0
    }
}

/// The fewest columns of a page that has another beside it.
const LEAF: u16 = 48;

/// The pages that are shown beside each other: which, at which column of the screen, and how many
/// columns each has.
pub fn leaves(app: &App) -> Vec<(usize, u16, u16)> {
    let from = if app.two_panes() {
        divider(app).saturating_add(1)
    } else {
        0
    };
    let width = app.size.0.saturating_sub(from);
    let all = app.run.shelf.leaves.len();
    let room = usize::from((width / LEAF).max(1));
    let shown = all.min(room);
    // As many as there is room for, that with the focus among them.
    let first = (app.run.shelf.at + 1).saturating_sub(shown);
    let each = width / u16::try_from(shown.max(1)).unwrap_or(1);
    (0..shown)
        .map(|n| {
            let x = from + each * u16::try_from(n).unwrap_or(0);
            let last = n + 1 == shown;
            // A rule stands between two of them.
            let columns = if last {
                app.size.0 - x
            } else {
                each.saturating_sub(2)
            };
            (first + n, x, columns)
        })
        .collect()
}

/// The rows of a page: that of a gate leaves one for the keys that decide.
pub fn leaf_rows(app: &App, leaf: usize) -> usize {
    let leaf = app.run.shelf.leaves.get(leaf);
    let asks = leaf.is_some_and(|l| l.gate().is_some());
    list_rows(app, Pane::Right).saturating_sub(usize::from(asks))
}

/// The rows of the stages of a run: each stage's number, and whether it is the row below it that
/// says more.
pub fn stage_rows(view: &RunView) -> Vec<(usize, bool)> {
    let mut rows = Vec::new();
    for (n, record) in view.run.stages.iter().enumerate() {
        rows.push((n, false));
        let more = record.stop.is_some()
            || record.asking.is_some()
            || record.loop_count > 1
            || !record.artifacts.is_empty();
        if more {
            rows.push((n, true));
        }
    }
    rows
}

/// The first row that is shown, so that the chosen stage is in sight.
pub fn first_row(rows: &[(usize, bool)], chosen: usize, height: usize) -> usize {
    let last = rows.iter().rposition(|(n, _)| *n == chosen).unwrap_or(0);
    (last + 1).saturating_sub(height.max(1))
}
