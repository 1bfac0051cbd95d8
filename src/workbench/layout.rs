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

/// The rows over a pane's own list: the right ones but the backlog's have a head.
pub fn head(view: View, pane: Pane) -> u16 {
    match (view, pane) {
        (View::Pipeline | View::Artifacts, Pane::Right) => 1,
        _ => 0,
    }
}

/// The rows of a list in a pane.
pub fn list_rows(app: &App, pane: Pane) -> usize {
    let taken = CHROME + head(app.view, pane);
    usize::from(app.size.1.saturating_sub(taken))
}

/// The columns that the right pane has, or the only one there is room for.
pub fn right_columns(app: &App) -> usize {
    let taken = if app.two_panes() {
        divider(app).saturating_add(2)
    } else {
        1
    };
    usize::from(app.size.0.saturating_sub(taken))
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
