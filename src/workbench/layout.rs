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
        View::Pipeline => (width * 2 / 5).clamp(50, 64),
        View::Artifacts => (width / 4).clamp(28, 44),
    }
}

/// The rows over a pane's own list: the right ones but the backlog's have a head.
pub fn head(view: View, pane: Pane) -> u16 {
    match (view, pane) {
        (View::Pipeline, _) | (View::Artifacts, Pane::Right) => 1,
        _ => 0,
    }
}

/// The rows of a list in a pane.
pub fn list_rows(app: &App, pane: Pane) -> usize {
    let taken = CHROME + strip(app) + head(app.view, pane);
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

/// The columns of a timeline that the time and the word take.
pub const TIMES: usize = 18;
/// The most attempts that are listed at once.
const ATTEMPTS: usize = 6;

/// The rows of the stage line over the body's only pane, with the rule below it.
pub fn strip(app: &App) -> u16 {
    let only_one = app.size.0 < TWO_PANES && !app.zoom;
    if app.view == View::Pipeline && only_one {
        2
    } else {
        0
    }
}

/// How the rows of the pane of stages are shared out. They are counted from below its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StagePane {
    /// The rows of the graph.
    pub graph: usize,
    /// Its first row that is shown.
    pub first: usize,
    /// The row at which the list of attempts begins.
    pub attempts_at: usize,
    /// How many attempts are listed.
    pub attempts: usize,
    /// How many there are.
    all: usize,
    /// How many newer ones are left out.
    above: usize,
}

impl StagePane {
    /// The number of the attempt on the n-th row of the list: the newest stands first.
    pub fn attempt(&self, n: usize) -> Option<usize> {
        self.all.checked_sub(1 + self.above + n)
    }
}

/// How the rows of the pane of stages are shared out.
pub fn stage_pane(app: &App, view: &RunView) -> StagePane {
    let height = list_rows(app, Pane::Left);
    let all = app.run.attempts(view).len();
    let attempts = all.clamp(1, ATTEMPTS);
    // The sum, an empty row, the word over the list, the list.
    let below = 3 + attempts.min(3);
    let most = height.saturating_sub(below).max(height * 3 / 5).max(1);
    let rows = app.run.stages.rows(most);
    let graph = rows.len().min(most);
    let last = rows
        .iter()
        .rposition(|r| r.what.stage() == Some(app.run.stage.at))
        .unwrap_or(0);
    let attempts_at = graph + 3;
    let attempts = attempts.min(height.saturating_sub(attempts_at)).min(all);
    let chosen = app.run.attempt_at(view).map_or(0, |at| all - 1 - at);
    StagePane {
        graph,
        first: (last + 1).saturating_sub(graph),
        attempts_at,
        attempts,
        all,
        above: (chosen + 1).saturating_sub(attempts.max(1)),
    }
}
