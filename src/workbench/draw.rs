//! The screen as a function of the state: a file a region.
//!
//! ```text
//!  top     project, branch, what waits, the run        what was read when
//!  tabs    the views
//!  ─────
//!  body    one pane, or two beside each other
//!  ─────
//!  footer  the keys that work here                                 ? more
//! ```
//!
//! Law: reads the state and paints; changes nothing but the note of what was put where, asks nothing. Outside text is painted as
//! [`crate::text::SafeText`] only.

mod artifacts;
mod ask;
mod backlog;
mod costs;
mod dialogue;
mod empty;
mod entry;
mod frame;
mod line;
mod list;
mod overlay;
mod page;
mod pipeline;
mod proven;
mod runs;
mod themes;

use super::app::{App, View};
use super::layout::{CHROME, TOP, divider};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The smallest screen that is drawn on.
const SMALLEST: (u16, u16) = (40, 10);

/// Paints the screen.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    app.painted.begin();
    frame.buffer_mut().set_style(area, app.theme.ground());
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame::too_small(app, frame, SMALLEST);
        return;
    }
    frame::top(app, frame, rows(area, 0, 1));
    frame::tabs(app, frame, rows(area, 1, 1));
    frame::rule(app, frame, rows(area, 2, 1));
    let body = rows(area, TOP, area.height - CHROME);
    match app.view {
        View::Backlog => backlog::draw(app, frame, body),
        View::Dialogue => dialogue::draw(app, frame, body),
        View::Pipeline => pipeline::draw(app, frame, body),
        View::Artifacts => artifacts::draw(app, frame, body),
    }
    frame::rule(app, frame, rows(area, area.height - 2, 1));
    frame::footer(app, frame, rows(area, area.height - 1, 1));
    overlay::draw(app, frame, body);
    frame::toasts(app, frame, body);
    selected(app, frame);
}

/// Marks the text that is selected.
fn selected(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    for row in app
        .selection
        .iter()
        .flat_map(super::app::mouse::Selection::rows)
    {
        let row = row.intersection(area);
        frame.buffer_mut().set_style(row, app.theme.chosen(true));
    }
}

/// Some rows of an area.
fn rows(area: Rect, from: u16, count: u16) -> Rect {
    Rect {
        y: area.y + from.min(area.height),
        height: count.min(area.height.saturating_sub(from)),
        ..area
    }
}

/// The body as the panes that are shown: left, right.
fn panes(app: &App, frame: &mut Frame<'_>, body: Rect) -> (Option<Rect>, Option<Rect>) {
    use super::app::Pane;
    if !app.two_panes() {
        return match app.pane {
            Pane::Left => (Some(body), None),
            Pane::Right => (None, Some(body)),
        };
    }
    let at = divider(app);
    let left = Rect {
        width: at - 1,
        ..body
    };
    let right = Rect {
        x: body.x + at + 1,
        width: body.width - at - 1,
        ..body
    };
    line::upright(app.theme, frame, body.x + at - 1, body);
    (Some(left), Some(right))
}
