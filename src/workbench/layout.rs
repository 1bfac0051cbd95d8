//! Where things are on the screen: what is painted there and what a click there means go by the
//! same numbers.

pub mod graph;

use super::actions::Action;
use super::app::stages::Note;
use super::app::{App, Pane, View};
use crate::records::runs::RunView;
use ratatui::layout::Rect;

/// The rows over the body.
pub const TOP: u16 = 3;
/// The rows that are not the body's.
pub const CHROME: u16 = 5;
/// From this many columns on both panes are shown.
pub const TWO_PANES: u16 = 100;

/// The fewest columns that a pane can be made.
const NARROWEST: u16 = 20;

/// The columns and rows of the pane, or of the page among several, at this column of the screen.
pub fn pane_at(app: &App, column: u16) -> Rect {
    let (width, height) = app.size;
    let body = |x: u16, columns: u16| Rect::new(x, TOP, columns, height.saturating_sub(CHROME));
    if !app.two_panes() {
        return body(0, width);
    }
    let at = divider(app);
    if column < at {
        return body(0, at.saturating_sub(1));
    }
    let pages = leaves(app).into_iter().rev();
    let page = pages.filter(|(_, x, _)| app.view == View::Artifacts && *x <= column);
    match page.into_iter().next() {
        Some((_, x, columns)) => body(x, columns),
        None => body(at + 1, width.saturating_sub(at + 1)),
    }
}

/// The column at which the right pane begins.
pub fn divider(app: &App) -> u16 {
    let (width, _) = app.size;
    if let Some(wanted) = app.dividers.get(&app.view) {
        let most = width.saturating_sub(NARROWEST).max(NARROWEST);
        return (*wanted).clamp(NARROWEST, most);
    }
    match app.view {
        View::Backlog => width * 11 / 20,
        View::Dialogue => width / 2,
        View::Pipeline => (width * 2 / 5).clamp(50, 64),
        View::Artifacts => (width / 4).clamp(28, 44),
    }
}

/// The rows over a pane's own list.
pub fn head(view: View, pane: Pane) -> u16 {
    match (view, pane) {
        (View::Pipeline | View::Dialogue, _)
        | (View::Artifacts, Pane::Right)
        | (View::Backlog, Pane::Left) => 1,
        _ => 0,
    }
}

/// The rows of a list in a pane.
pub fn list_rows(app: &App, pane: Pane) -> usize {
    let foot = match (app.view, pane) {
        (View::Dialogue, Pane::Left) => app.talk_foot(),
        _ => 0,
    };
    let taken = CHROME + strip(app) + head(app.view, pane) + brief(app) + foot;
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

/// From this many columns on a gate's page has the change beside it.
pub const TWO_PAGES: usize = 150;

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

/// The rows of a page: that of a gate leaves one to say why nothing can be approved now.
pub fn leaf_rows(app: &App, leaf: usize) -> usize {
    let leaf = app.run.shelf.leaves.get(leaf);
    let asks = leaf.is_some_and(|l| l.gate().is_some());
    let held = asks && app.may(Action::Approve).is_err();
    list_rows(app, Pane::Right).saturating_sub(usize::from(held))
}

/// The widest that a layer over the view gets.
pub const WIDEST: u16 = 132;
/// The columns of the word that leads a line of a question.
pub const WORD: usize = 10;

/// The columns of a question's lines beside the words that lead them.
pub fn asked_columns((columns, _): (u16, u16)) -> usize {
    usize::from(columns.min(WIDEST))
        .saturating_sub(WORD + 5)
        .max(8)
}

/// The columns of a row that says what can be answered: beside the last of them stands how much more
/// there is to read.
pub fn answer_columns((columns, _): (u16, u16)) -> usize {
    usize::from(columns.min(WIDEST))
        .saturating_sub(4 + 20)
        .max(8)
}

/// The most rows of a question's lines that are shown at once: its frame, an empty row and that of
/// the answers stay.
pub fn asked_rows((_, rows): (u16, u16)) -> usize {
    usize::from(rows.saturating_sub(CHROME)).saturating_sub(4)
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

/// The rows of the stage line over the body's only pane, with what is to be said of the chosen stage
/// where its graph is not in sight, and the rule below it.
pub fn strip(app: &App) -> u16 {
    let only_one = app.size.0 < TWO_PANES && !app.zoom;
    if app.view != View::Pipeline || !only_one {
        return 0;
    }
    2 + u16::from(said_of_the_chosen(app).is_some())
}

/// The first thing that is wrong with the chosen stage, or that it waits for, where only the rows of
/// its attempt are in sight.
pub fn said_of_the_chosen(app: &App) -> Option<&Note> {
    let hidden = app.pane == Pane::Right && app.size.1 >= 16;
    let notes = app
        .run
        .stages
        .notes
        .get(app.run.stage.at)
        .filter(|_| hidden)?;
    notes.iter().find(|note| !note.quiet)
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
